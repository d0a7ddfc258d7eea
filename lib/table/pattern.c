#include "table/pattern.h"

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

/* The larger number of {m,n}, at least 1; COST_MAX + 1 where larger. */
static size_t repetitions(const char **at)
{
	size_t most = 1, number = 0;
	for (const char *s = *at + 1;; s++) {
		if (*s >= '0' && *s <= '9') {
			number = number > COST_MAX ? number : number * 10 + (size_t)(*s - '0');
			continue;
		}
		most = number > most ? number : most;
		number = 0;
		if (*s != ',') {
			*at = *s == '}' ? s + 1 : s;
			return most;
		}
	}
}

/* Why a pattern is too much, found from how many characters it would be with all repetitions written out; NULL where it is not. */
static const char *too_much(const char *pattern)
{
	size_t total[GROUPS_MAX + 1] = {0}, atom = 0; /* written-out size of each open group, and of what a {m,n} would repeat */
	size_t depth = 0;
	for (const char *at = pattern; *at;) {
		size_t before = atom;
		atom = 1;
		if (*at == '\\' && at[1]) {
			if (at[1] >= '1' && at[1] <= '9')
				return "back-references such as \\1 are not allowed";
			at += 2;
		} else if (*at == '[') {
			at = skip_bracket(at);
		} else if (*at == '(') {
			if (depth == GROUPS_MAX)
				return "groups are nested too deep";
			total[++depth] = 0;
			atom = 0;
			at++;
		} else if (*at == ')' && depth > 0) {
			atom = total[depth--] + 1;
			at++;
		} else if (*at == '{' && (at[1] == ',' || (at[1] >= '0' && at[1] <= '9'))) {
			total[depth] -= before;
			atom = before * (repetitions(&at) + 1); /* x{2,} as xxx* */
		} else if (*at == '*' || *at == '+' || *at == '?') {
			total[depth] -= before;
			atom = (*at == '+' ? 2 : 1) * before + 1; /* x+ is written out as xx* */
			at++;
		} else {
			at++;
		}
		total[depth] += atom;
		if (total[depth] > COST_MAX)
			return "repetitions make it too long";
	}
	return NULL;
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
