#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/number.h"
#include "base/opt_parts.h"

enum { TEXT_MAX = 1024 * 1024, WIDEST = 32 };

static const char *argument_of(const struct ns_opt *opt)
{
	return opt->type == NS_OPT_FLAG ? NULL : opt->argument ? opt->argument : opt->choices;
}

/* "-s, --seed N", with blanks where there is no letter. */
static const char *form_of(const struct ns_opt *opt, struct ns_arena *arena)
{
	const char *argument = argument_of(opt);
	const char *letter = opt->letter ? ns_format(arena, "-%c, ", opt->letter) : "    ";
	return ns_format(arena, "%s--%s%s%s", letter, opt->name, argument ? " " : "", argument ? argument : "");
}

static const char *join(const struct ns_texts *texts, struct ns_arena *arena)
{
	const char *joined = texts->count ? texts->items[0] : NULL;
	for (size_t i = 1; i < texts->count; i++)
		joined = ns_format(arena, "%s,%s", joined, texts->items[i]);
	return joined;
}

static const char *number_default(const struct ns_opt *opt, double value, struct ns_arena *arena)
{
	char text[NS_NUMBER_MAX];
	bool limited = opt->min != 0 || opt->max != 0;
	if (isnan(value) || (limited && (value < opt->min || value > opt->max)))
		return NULL;
	return ns_strndup(arena, text, ns_number_print(text, value));
}

/* The live value as the user would write it, or NULL where there is none. */
static const char *default_of(const struct ns_opt *opt, struct ns_arena *arena)
{
	struct ns_texts words;
	switch (opt->type) {
	case NS_OPT_FLAG:
		return NULL;
	case NS_OPT_TEXT:
		return *(const char **)opt->value;
	case NS_OPT_TEXTS:
	case NS_OPT_LIST:
		return join(opt->value, arena);
	case NS_OPT_INTEGER:
		return number_default(opt, (double)*(int64_t *)opt->value, arena);
	case NS_OPT_REAL:
		return number_default(opt, *(double *)opt->value, arena);
	case NS_OPT_CHOICE:
		ns_opt_choices(&words, opt->choices, arena);
		return *(int *)opt->value >= 0 ? words.items[*(int *)opt->value] : NULL;
	case NS_OPT_CHAR:
		return *(char *)opt->value == '\t' ? "tab" : *(char *)opt->value ? ns_strndup(arena, opt->value, 1) : NULL;
	}
	return NULL;
}

static void print_usage(struct ns_buffer *text, const struct ns_tool *tool)
{
	for (size_t i = 0; tool->usage[i]; i++)
		ns_buffer_printf(text, "%s %s%s%s\n", i ? "      " : "usage:", tool->name, *tool->usage[i] ? " " : "", tool->usage[i]);
}

static void print_option(struct ns_buffer *text, const struct ns_opt *opt, int width, struct ns_arena *arena)
{
	const char *value = strstr(opt->help, "(default") ? NULL : default_of(opt, arena);
	ns_buffer_printf(text, "  %-*s  %s", width, form_of(opt, arena), opt->help);
	if (value)
		ns_buffer_printf(text, " (default: %s)", value);
	ns_buffer_append(text, "\n", 1);
}

static int write_out(struct ns_buffer *text, struct ns_err *err)
{
	int status = ns_file_store("-", text->data, text->size, err);
	ns_buffer_release(text);
	return status;
}

int ns_opt_print_help(const struct ns_tool *tool, const struct ns_opt_table *table, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_buffer text = NS_BUFFER_INIT(TEXT_MAX);
	int width = 0;
	for (size_t i = 0; i < table->count; i++) {
		int size = (int)strlen(form_of(table->options[i], arena));
		width = size > width && size <= WIDEST ? size : width;
	}
	print_usage(&text, tool);
	ns_buffer_printf(&text, "\n%s\n\noptions:\n", tool->about);
	for (size_t i = 0; i < table->count; i++)
		print_option(&text, table->options[i], width, arena);
	for (size_t i = 0; tool->examples && tool->examples[i]; i++)
		ns_buffer_printf(&text, "%s  %s\n", i ? "" : "\nexamples:\n", tool->examples[i]);
	return write_out(&text, err);
}

int ns_opt_print_version(const struct ns_tool *tool, struct ns_err *err)
{
	struct ns_buffer text = NS_BUFFER_INIT(TEXT_MAX);
	ns_buffer_printf(&text, "%s (netsec) %s\n", tool->name, ns_version);
	return write_out(&text, err);
}

int ns_opt_print_completion(const struct ns_opt_table *table, const char *completed, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_buffer text = NS_BUFFER_INIT(TEXT_MAX);
	for (size_t i = 0; i < table->count && !completed; i++) {
		const struct ns_opt *opt = table->options[i];
		if (opt->letter)
			ns_buffer_printf(&text, "-%c\n", opt->letter);
		ns_buffer_printf(&text, "--%s\n", opt->name);
	}
	const struct ns_opt *opt = completed ? ns_opt_find(table, completed) : NULL;
	struct ns_texts words = {0};
	if (opt && opt->type == NS_OPT_CHOICE)
		ns_opt_choices(&words, opt->choices, arena);
	for (size_t i = 0; i < words.count; i++)
		ns_buffer_printf(&text, "%s\n", words.items[i]);
	return write_out(&text, err);
}

void ns_opt_complain_usage(const struct ns_tool *tool)
{
	struct ns_buffer text = NS_BUFFER_INIT(TEXT_MAX);
	print_usage(&text, tool);
	ns_buffer_printf(&text, "Try '%s --help'.\n", tool->name);
	ssize_t ignored = write(STDERR_FILENO, text.data, text.size);
	(void)ignored; /* nobody is left to tell */
	ns_buffer_release(&text);
}
