#include "base/opt.h"

#include <ctype.h>
#include <string.h>

#include "base/opt_parts.h"

/* Every tool has these. Help and version have no value: reading them ends the reading. */
static const struct ns_opt standard[] = {
	{'q', "quiet", NULL, "no remarks on stderr, errors only", NS_OPT_FLAG, &ns_quiet, 0, 0, NULL, NULL},
	{'h', "help", NULL, "print this help and exit", NS_OPT_FLAG, NULL, 0, 0, NULL, NULL},
	{'V', "version", NULL, "print the version and exit", NS_OPT_FLAG, NULL, 0, 0, NULL, NULL},
};
enum { QUIET, HELP, VERSION, STANDARD };
static const char completion[] = "--complete";

/* An option as it was used, in the order of the command line. */
struct use {
	const struct ns_opt *opt;
	const char *text;
};

struct reader {
	const struct ns_tool *tool;
	const struct ns_opt_table *table;
	struct ns_command_line *line;
	struct use *uses;
	size_t used;
	char **argv; /* what is left, NULL-terminated */
	struct ns_arena *arena;
	struct ns_err *err;
};

void ns_opt_table_init(struct ns_opt_table *table, const struct ns_tool *tool, struct ns_arena *arena)
{
	size_t own = 0;
	while (tool->options[own].name)
		own++;
	table->count = own + STANDARD;
	table->options = NS_NEW_ARRAY(arena, const struct ns_opt *, table->count);
	for (size_t i = 0; i < own; i++)
		table->options[i] = &tool->options[i];
	for (size_t i = 0; i < STANDARD; i++)
		table->options[own + i] = &standard[i];
}

const struct ns_opt *ns_opt_find(const struct ns_opt_table *table, const char *text)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct ns_opt *opt = table->options[i];
		bool by_letter = opt->letter && text[0] == '-' && text[1] == opt->letter && text[2] == '\0';
		if (by_letter || (strncmp(text, "--", 2) == 0 && strcmp(text + 2, opt->name) == 0))
			return opt;
	}
	return NULL;
}

static int unknown_long(const struct reader *reader, const char *name)
{
	const char **names = NS_NEW_ARRAY(reader->arena, const char *, reader->table->count);
	for (size_t i = 0; i < reader->table->count; i++)
		names[i] = reader->table->options[i]->name;
	const char *near = ns_nearest_name(name, names, reader->table->count);
	if (near)
		return ns_fail(reader->err, NS_ECALL, "unknown option '--%s' (did you mean '--%s'?)", name, near);
	return ns_fail(reader->err, NS_ECALL, "unknown option '--%s' (see '%s --help')", name, reader->tool->name);
}

static int unknown_letter(const struct reader *reader, char letter)
{
	char c = (char)(islower((unsigned char)letter) ? toupper((unsigned char)letter) : tolower((unsigned char)letter));
	if (c != letter && ns_opt_find(reader->table, (char[]){'-', c, '\0'}))
		return ns_fail(reader->err, NS_ECALL, "unknown option '-%c' (did you mean '-%c'?)", letter, c);
	return ns_fail(reader->err, NS_ECALL, "unknown option '-%c' (see '%s --help')", letter, reader->tool->name);
}

/* The option of this name, or the only one that begins with it. */
static int find_long(const struct ns_opt **found, const struct reader *reader, const char *name)
{
	size_t size = strlen(name);
	*found = NULL;
	for (size_t i = 0; i < reader->table->count; i++) {
		const struct ns_opt *opt = reader->table->options[i];
		if (strcmp(opt->name, name) == 0) {
			*found = opt;
			return NS_OK;
		}
	}
	for (size_t i = 0; i < reader->table->count && size; i++) {
		const struct ns_opt *opt = reader->table->options[i];
		if (strncmp(opt->name, name, size) != 0)
			continue;
		if (*found)
			return ns_fail(reader->err, NS_ECALL, "option '--%s' is ambiguous: '--%s' or '--%s'", name, (*found)->name, opt->name);
		*found = opt;
	}
	return *found ? NS_OK : unknown_long(reader, name);
}

static void use(struct reader *reader, const struct ns_opt *opt, const char *text)
{
	if (opt == &standard[HELP])
		reader->line->help = true;
	else if (opt == &standard[VERSION])
		reader->line->version = true;
	else
		reader->uses[reader->used++] = (struct use){opt, text};
}

/* The next word is the value, unless somebody asks for help there. */
static int use_next(struct reader *reader, const struct ns_opt *opt)
{
	const char *text = *reader->argv;
	if (!text || strcmp(text, "-h") == 0 || strcmp(text, "--help") == 0)
		return ns_fail(reader->err, NS_ECALL, "--%s: needs a value: %s", opt->name, opt->argument ? opt->argument : opt->choices);
	reader->argv++;
	use(reader, opt, text);
	return NS_OK;
}

static int read_long(struct reader *reader, const char *word)
{
	const struct ns_opt *opt;
	const char *equals = strchr(word, '=');
	const char *name = ns_strndup(reader->arena, word, equals ? (size_t)(equals - word) : strlen(word));
	NS_TRY(find_long(&opt, reader, name));
	if (opt->type != NS_OPT_FLAG && !equals)
		return use_next(reader, opt);
	if (opt->type == NS_OPT_FLAG && equals)
		return ns_fail(reader->err, NS_ECALL, "--%s: takes no value", opt->name);
	use(reader, opt, equals ? equals + 1 : NULL);
	return NS_OK;
}

static int read_letters(struct reader *reader, const char *letters)
{
	for (; *letters; letters++) {
		const struct ns_opt *opt = ns_opt_find(reader->table, (char[]){'-', *letters, '\0'});
		if (!opt)
			return unknown_letter(reader, *letters);
		if (opt->type != NS_OPT_FLAG && !letters[1])
			return use_next(reader, opt);
		use(reader, opt, letters + 1);
		if (opt->type != NS_OPT_FLAG)
			break;
	}
	return NS_OK;
}

static int read_word(struct reader *reader, const char *word)
{
	size_t size = sizeof completion - 1;
	if (strncmp(word, completion, size) == 0 && (word[size] == '\0' || word[size] == '=')) {
		reader->line->complete = true;
		reader->line->completed = word[size] ? word + size + 1 : NULL;
		return NS_OK;
	}
	return word[1] == '-' ? read_long(reader, word + 2) : read_letters(reader, word + 1);
}

/* Reads every word, also behind an error, for help may be asked for there. The first error is the one that is told. */
static int read_words(struct reader *reader)
{
	int status = NS_OK;
	struct ns_err *err = reader->err, later;
	bool ended = false;
	while (*reader->argv) {
		char *word = *reader->argv++;
		if (ended || word[0] != '-' || word[1] == '\0')
			reader->line->operands[reader->line->count++] = word;
		else if (strcmp(word, "--") == 0)
			ended = true;
		else if (read_word(reader, word) != NS_OK && status == NS_OK) {
			status = NS_ECALL;
			reader->err = &later;
		}
	}
	reader->err = err;
	return status;
}

static int store_uses(const struct reader *reader)
{
	for (size_t i = 0; i < reader->used; i++) {
		const struct use *one = &reader->uses[i];
		bool first = true;
		for (size_t k = 0; k < i && first; k++)
			first = reader->uses[k].opt != one->opt;
		NS_TRY(ns_opt_store(one->opt, one->text, first, reader->arena, reader->err));
	}
	return NS_OK;
}

static bool wants_information(const struct ns_command_line *line)
{
	return line->help || line->version || line->complete;
}

int ns_command_line_read(struct ns_command_line *line, const struct ns_tool *tool, const struct ns_opt_table *table, int argc, char **argv,
			 struct ns_arena *arena, struct ns_err *err)
{
	size_t bytes = 0;
	for (int i = 0; i < argc; i++)
		bytes += strlen(argv[i]) + 1; /* no more uses than letters */
	*line = (struct ns_command_line){.operands = NS_NEW_ARRAY(arena, char *, (size_t)argc + 1)};
	struct reader reader = {tool, table, line, NS_NEW_ARRAY(arena, struct use, bytes), 0, argc > 0 ? argv + 1 : argv, arena, err};
	int status = read_words(&reader);
	if (wants_information(line))
		return NS_OK;
	NS_TRY(status);
	return store_uses(&reader);
}

int ns_command_line_check(const struct ns_command_line *line, const struct ns_tool *tool, struct ns_err *err)
{
	int min = tool->operands_min, max = tool->operands_max;
	if (tool->alone && *tool->alone)
		return NS_OK;
	if (line->count < min)
		return ns_fail(err, NS_ECALL, "needs %d operand%s, not %d (see '%s --help')", min, min == 1 ? "" : "s", line->count, tool->name);
	if (max == 0 && line->count > 0)
		return ns_fail(err, NS_ECALL, "takes no operand: '%s'", line->operands[0]);
	if (max > 0 && line->count > max)
		return ns_fail(err, NS_ECALL, "takes at most %d operand%s: '%s' is one too many", max, max == 1 ? "" : "s", line->operands[max]);
	return NS_OK;
}
