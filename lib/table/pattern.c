#include "table/pattern.h"

#include <stdbool.h>
#include <string.h>

enum { LENGTH_MAX = 1000, GROUPS_MAX = 32, COST_MAX = 10000 };

/* The byte behind a bracket expression: [^]abc], with [:class:] in it. */
static const char *skip_bracket(const char *at)
{
	at += 1 + (at[1] == '^');
	at += *at == ']';
	while (*at && *at != ']') {
		char kind = at[1];
		if (*at == '[' && (kind == ':' || kind == '.' || kind == '=')) {
			for (at += 2; *at && !(at[0] == kind && at[1] == ']'); at++)
				;
			at += *at ? 2 : 0;
		} else {
			at++;
		}
	}
	return *at ? at + 1 : at;
}

/* What a part of the pattern comes to: its characters with all repetitions written out, and whether it can match nothing. */
struct part {
	size_t size;
	bool empty;
};

/* An open group. */
struct group {
	size_t size;         /* of all of it so far */
	bool other_empty;    /* a branch before this one can match nothing */
	bool before, branch; /* this branch can match nothing: without its last part, with it */
};

struct repeat {
	size_t least, most; /* most counts x{2,} as xxx* */
	bool endless;
};

static size_t read_count(const char **at)
{
	size_t number = 0;
	for (; **at >= '0' && **at <= '9'; ++*at)
		number = number > COST_MAX ? number : number * 10 + (size_t)(**at - '0');
	return number;
}

/* The repetition at *at: * + ? or {m,n}. */
static struct repeat read_repeat(const char **at)
{
	char kind = *(*at)++;
	if (kind != '{')
		return (struct repeat){kind == '+', kind == '+' ? 2 : 1, kind != '?'};
	size_t least = read_count(at), most = least;
	bool endless = false;
	if (**at == ',') {
		++*at;
		endless = !(**at >= '0' && **at <= '9');
		most = endless ? least : read_count(at);
	}
	*at += **at == '}';
	return (struct repeat){least, (most > least ? most : least) + 1, endless};
}

static bool is_repeat(const char *at)
{
	return *at == '*' || *at == '+' || *at == '?' || (*at == '{' && (at[1] == ',' || (at[1] >= '0' && at[1] <= '9')));
}

/* One character, escape or bracket expression that is no group and no repetition. */
static struct part read_atom(const char **at)
{
	bool escaped = **at == '\\' && (*at)[1];
	bool anchor = escaped ? strchr("bB<>`'", (*at)[1]) != NULL : **at == '^' || **at == '$';
	*at = !escaped && **at == '[' ? skip_bracket(*at) : *at + 1 + escaped;
	return (struct part){1, anchor};
}

static void add(struct group *group, struct part part)
{
	group->size += part.size;
	group->before = group->branch;
	group->branch = group->branch && part.empty;
}

/* In place of the last part the same part repeated. */
static struct part repeat(struct group *group, struct part last, struct repeat times)
{
	struct part all = {last.size * times.most + 1, last.empty || times.least == 0};
	group->size -= last.size;
	group->branch = group->before;
	add(group, all);
	return all;
}

/* Why a pattern is too much; NULL where it is not. */
static const char *too_much(const char *pattern)
{
	struct group groups[GROUPS_MAX + 1] = {{.before = true, .branch = true}}, *group = groups;
	struct part last = {0};
	for (const char *at = pattern; *at && group->size <= COST_MAX;) {
		if (is_repeat(at)) {
			struct repeat times = read_repeat(&at);
			if (times.endless && last.empty)
				return "a part that may be empty is repeated without end, as in (a*)*";
			last = repeat(group, last, times);
			continue;
		}
		if (at[0] == '\\' && at[1] >= '1' && at[1] <= '9')
			return "back-references such as \\1 are not allowed";
		if (*at == '(' && group == groups + GROUPS_MAX)
			return "groups are nested too deep";
		if (*at == '(') {
			*++group = (struct group){.before = true, .branch = true};
			last = (struct part){0, true};
			at++;
		} else if (*at == '|') {
			*group = (struct group){group->size + 1, group->other_empty || group->branch, true, true};
			last = (struct part){0, true};
			at++;
		} else if (*at == ')' && group > groups) {
			last = (struct part){group->size + 1, group->other_empty || group->branch};
			add(--group, last);
			at++;
		} else {
			last = read_atom(&at);
			add(group, last);
		}
	}
	return group->size > COST_MAX ? "repetitions make it too long" : NULL;
}

const char *ns_pattern_compile(regex_t *regex, const char *pattern, char *reason, size_t capacity)
{
	if (strlen(pattern) > LENGTH_MAX)
		return "longer than 1000 bytes";
	const char *problem = too_much(pattern);
	if (problem)
		return problem;
	int status = regcomp(regex, pattern, REG_EXTENDED | REG_NOSUB);
	if (status == 0)
		return NULL;
	regerror(status, regex, reason, capacity);
	return reason;
}
