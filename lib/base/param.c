#include "base/param.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"

enum { CANDIDATES_MAX = 100000 };

/* Whose parameters they are, for messages. */
struct owner {
	const struct ns_param *params;
	const char *name, *hint;
};

/* The parameter's position, or -1. */
static int find_param(const struct owner *owner, const char *name, struct ns_err *err)
{
	const char *names[NS_PARAMS_MAX];
	size_t count = 0;
	for (; owner->params[count].name; count++) {
		if (strcmp(owner->params[count].name, name) == 0)
			return (int)count;
		names[count] = owner->params[count].name;
	}
	const char *near = ns_nearest_name(name, names, count);
	if (near)
		ns_fail(err, NS_ECALL, "%s has no parameter '%s' (did you mean '%s'?)", owner->name, name, near);
	else
		ns_fail(err, NS_ECALL, "%s has no parameter '%s'; %s", owner->name, name, owner->hint);
	return -1;
}

/* The choice that the word is in any case ("none", "True"), as the table spells it; NULL where it is none. */
static const char *find_choice(const char *choices, const char *word, struct ns_arena *arena)
{
	size_t length = strlen(word);
	for (const char *choice = choices; choice && *choice;) {
		size_t size = strcspn(choice, "|");
		if (size == length && strncasecmp(choice, word, size) == 0)
			return ns_strndup(arena, choice, size);
		choice += size + (choice[size] == '|');
	}
	return NULL;
}

static bool has_numbers(const struct ns_param *param)
{
	return param->min != 0 || param->max != 0;
}

/* "a whole number from 1 to 100 or one of sqrt|log2|None". */
static int refuse(const struct ns_param *param, const char *text, struct ns_arena *arena, struct ns_err *err)
{
	char low[NS_NUMBER_MAX + 1] = {0}, high[NS_NUMBER_MAX + 1] = {0};
	ns_number_print(low, param->min);
	ns_number_print(high, param->max);
	const char *range = !has_numbers(param) ? "" : ns_format(arena, "%s from %s to %s", param->integer ? "a whole number" : "a number", low, high);
	const char *words = !param->choices ? "" : ns_format(arena, strchr(param->choices, '|') ? "one of %s" : "%s", param->choices);
	return ns_fail(err, NS_ECALL, "parameter '%s': '%s' is not %s%s%s", param->name, text, range, *range && *words ? " or " : "", words);
}

static int parse_value(struct ns_value *value, const struct ns_param *param, const char *text, struct ns_arena *arena, struct ns_err *err)
{
	double number;
	const char *choice = find_choice(param->choices, text, arena);
	if (choice) {
		*value = (struct ns_value){(double)NAN, choice};
		return NS_OK;
	}
	if (!has_numbers(param) || !ns_number_parse(&number, text, strlen(text)) || !(number >= param->min && number <= param->max) ||
	    (param->integer && number != floor(number)))
		return refuse(param, text, arena, err);
	*value = (struct ns_value){number, ns_strdup(arena, text)};
	return NS_OK;
}

/* The values of one parameter; given: the text stood on the command line. */
struct axis {
	struct ns_value *values;
	size_t count;
	int param;
};

static int parse_axis(struct axis *axis, const struct owner *owner, const char *text, struct ns_arena *arena, struct ns_err *err)
{
	const char *name;
	struct ns_texts texts;
	NS_TRY(ns_opt_param(&name, &texts, "--param", text, arena, err));
	axis->param = find_param(owner, name, err);
	if (axis->param < 0)
		return NS_ECALL;
	axis->count = texts.count;
	axis->values = NS_NEW_ARRAY(arena, struct ns_value, texts.count);
	for (size_t i = 0; i < texts.count; i++)
		NS_TRY(parse_value(&axis->values[i], &owner->params[axis->param], texts.items[i], arena, err));
	return NS_OK;
}

static int read_axes(struct axis *axes, size_t *candidates, const struct owner *owner, const struct ns_texts *params, struct ns_arena *arena, struct ns_err *err)
{
	*candidates = 1;
	for (size_t i = 0; i < params->count; i++) {
		NS_TRY(parse_axis(&axes[i], owner, params->items[i], arena, err));
		for (size_t j = 0; j < i; j++)
			if (axes[j].param == axes[i].param)
				return ns_fail(err, NS_ECALL, "parameter '%s' is given twice; several values are one list: %s=A,B", owner->params[axes[i].param].name,
					owner->params[axes[i].param].name);
		if (axes[i].count > CANDIDATES_MAX / *candidates)
			return ns_fail(err, NS_ECALL, "a grid of more than %d candidates", CANDIDATES_MAX);
		*candidates *= axes[i].count;
	}
	return NS_OK;
}

int ns_param_grid(struct ns_value ***values, size_t *candidates, const struct ns_param *params, const struct ns_texts *given, const char *name,
	const char *hint, struct ns_arena *arena, struct ns_err *err)
{
	size_t width = 0;
	struct ns_value defaults[NS_PARAMS_MAX];
	struct axis *axes = NS_NEW_ARRAY(arena, struct axis, given->count);
	for (; params[width].name; width++)
		NS_TRY(parse_value(&defaults[width], &params[width], params[width].value, arena, err));
	NS_TRY(read_axes(axes, candidates, &(struct owner){params, name, hint}, given, arena, err));
	*values = NS_NEW_ARRAY(arena, struct ns_value *, *candidates);
	for (size_t c = 0; c < *candidates; c++) {
		(*values)[c] = NS_NEW_ARRAY(arena, struct ns_value, width);
		memcpy((*values)[c], defaults, width * sizeof *defaults);
		for (size_t i = given->count, rest = c; i-- > 0; rest /= axes[i].count)
			(*values)[c][axes[i].param] = axes[i].values[rest % axes[i].count];
	}
	return NS_OK;
}

int ns_param_read(struct ns_value *values, const struct ns_param *params, const struct ns_texts *given, const char *name, struct ns_arena *arena,
	struct ns_err *err)
{
	struct ns_value **grid;
	size_t candidates, width = 0;
	const char *names = "it has";
	for (; params[width].name; width++)
		names = ns_format(arena, "%s%s %s", names, width ? "," : "", params[width].name);
	NS_TRY(ns_param_grid(&grid, &candidates, params, given, name, names, arena, err));
	if (candidates > 1)
		return ns_fail(err, NS_ECALL, "-p: a list of values is for ns-fit; %s takes one for each parameter", name);
	memcpy(values, grid[0], width * sizeof *values);
	return NS_OK;
}

bool ns_param_is_given(const char *name, const struct ns_texts *given)
{
	size_t length = strlen(name);
	for (size_t i = 0; i < given->count; i++)
		if (strncmp(given->items[i], name, length) == 0 && given->items[i][length] == '=')
			return true;
	return false;
}
