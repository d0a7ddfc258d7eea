#include <math.h>
#include <string.h>

#include "base/number.h"
#include "base/opt_parts.h"

/* A power of two is a full array: the next one is twice as large. */
static void add_text(struct ns_texts *texts, const char *text, struct ns_arena *arena)
{
	if ((texts->count & (texts->count - 1)) == 0) {
		const char **items = NS_NEW_ARRAY(arena, const char *, texts->count ? texts->count * 2 : 1);
		if (texts->count)
			memcpy(items, texts->items, texts->count * sizeof *items);
		texts->items = items;
	}
	texts->items[texts->count++] = text;
}

/* Splits at commas; "\," and "\\" stand for a comma and a backslash, every other backslash for itself (\N is a missing value). */
static void add_list(struct ns_texts *texts, const char *text, struct ns_arena *arena)
{
	for (bool more = true; more;) {
		char *item = ns_alloc(arena, strlen(text) + 1), *end = item;
		for (; *text && *text != ','; text++) {
			if (*text == '\\' && (text[1] == ',' || text[1] == '\\'))
				text++;
			*end++ = *text;
		}
		add_text(texts, item, arena);
		more = *text++ == ',';
	}
}

void ns_opt_choices(struct ns_texts *words, const char *choices, struct ns_arena *arena)
{
	*words = (struct ns_texts){0};
	for (const char *end; *choices; choices = *end ? end + 1 : end) {
		end = strchrnul(choices, '|');
		add_text(words, ns_strndup(arena, choices, (size_t)(end - choices)), arena);
	}
}

static int check_limits(const struct ns_opt *opt, double value, const char *text, struct ns_err *err)
{
	char min[NS_NUMBER_MAX + 1], max[NS_NUMBER_MAX + 1];
	if (isnan(value) || (opt->min == 0 && opt->max == 0) || (value >= opt->min && value <= opt->max))
		return NS_OK;
	min[ns_number_print(min, opt->min)] = '\0';
	max[ns_number_print(max, opt->max)] = '\0';
	if (opt->max == INFINITY)
		return ns_fail(err, NS_ECALL, "--%s: %s is less than %s", opt->name, text, min);
	if (opt->min == -INFINITY)
		return ns_fail(err, NS_ECALL, "--%s: %s is more than %s", opt->name, text, max);
	return ns_fail(err, NS_ECALL, "--%s: %s is not in [%s, %s]", opt->name, text, min, max);
}

static int store_integer(const struct ns_opt *opt, const char *text, struct ns_err *err)
{
	int64_t value;
	if (!ns_integer_parse(&value, text, strlen(text)))
		return ns_fail(err, NS_ECALL, "--%s: '%s' is not a whole number", opt->name, text);
	NS_TRY(check_limits(opt, (double)value, text, err));
	*(int64_t *)opt->value = value;
	return NS_OK;
}

static int store_real(const struct ns_opt *opt, const char *text, struct ns_err *err)
{
	double value;
	if (!ns_number_parse(&value, text, strlen(text)))
		return ns_fail(err, NS_ECALL, "--%s: '%s' is not a number", opt->name, text);
	NS_TRY(check_limits(opt, value, text, err));
	*(double *)opt->value = value;
	return NS_OK;
}

static int store_choice(const struct ns_opt *opt, const char *text, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_texts words;
	struct ns_buffer list = NS_BUFFER_INIT(sizeof err->text);
	ns_opt_choices(&words, opt->choices, arena);
	for (size_t i = 0; i < words.count; i++) {
		if (strcmp(words.items[i], text) == 0) {
			*(int *)opt->value = (int)i;
			ns_buffer_release(&list);
			return NS_OK;
		}
		ns_buffer_printf(&list, "%s%s", i ? ", " : "", words.items[i]);
	}
	ns_fail(err, NS_ECALL, "--%s: '%s' is not one of %s", opt->name, text, list.data);
	ns_buffer_release(&list);
	return NS_ECALL;
}

static int store_char(const struct ns_opt *opt, const char *text, struct ns_err *err)
{
	bool tab = strcmp(text, "\\t") == 0 || strcmp(text, "tab") == 0;
	if (!tab && (strlen(text) != 1 || (unsigned char)text[0] >= 0x80))
		return ns_fail(err, NS_ECALL, "--%s: '%s' is not one ASCII character", opt->name, text);
	*(char *)opt->value = tab ? '\t' : text[0];
	return NS_OK;
}

static int store(const struct ns_opt *opt, const char *text, bool first, struct ns_arena *arena, struct ns_err *err)
{
	bool is_text = opt->type == NS_OPT_TEXT || opt->type == NS_OPT_TEXTS;
	if (is_text && *text == '\0')
		return ns_fail(err, NS_ECALL, "--%s: must not be empty", opt->name);
	if (first && (opt->type == NS_OPT_TEXTS || opt->type == NS_OPT_LIST))
		*(struct ns_texts *)opt->value = (struct ns_texts){0};
	switch (opt->type) {
	case NS_OPT_FLAG:
		*(bool *)opt->value = !opt->choices;
		break;
	case NS_OPT_TEXT:
		*(const char **)opt->value = text;
		break;
	case NS_OPT_TEXTS:
		add_text(opt->value, text, arena);
		break;
	case NS_OPT_LIST:
		add_list(opt->value, text, arena);
		break;
	case NS_OPT_INTEGER:
		return store_integer(opt, text, err);
	case NS_OPT_REAL:
		return store_real(opt, text, err);
	case NS_OPT_CHOICE:
		return store_choice(opt, text, arena, err);
	case NS_OPT_CHAR:
		return store_char(opt, text, err);
	}
	return NS_OK;
}

int ns_opt_store(const struct ns_opt *opt, const char *text, bool first, struct ns_arena *arena, struct ns_err *err)
{
	NS_TRY(store(opt, text, first, arena, err));
	if (opt->given)
		*opt->given = true;
	return NS_OK;
}

int ns_opt_param(const char **name, struct ns_texts *values, const char *option, const char *text, struct ns_arena *arena,
	struct ns_err *err)
{
	const char *equals = strchr(text, '=');
	bool complete = equals && equals > text;
	*values = (struct ns_texts){0};
	if (complete)
		add_list(values, equals + 1, arena);
	for (size_t i = 0; i < values->count; i++)
		complete = complete && *values->items[i];
	if (!complete)
		return ns_fail(err, NS_ECALL, "%s: '%s' is not NAME=VALUE or NAME=VALUE,VALUE...", option, text);
	*name = ns_strndup(arena, text, (size_t)(equals - text));
	return NS_OK;
}
