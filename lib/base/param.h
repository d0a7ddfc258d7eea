/*
 * param: -p NAME=VALUE[,VALUE...], the parameters of a method under scikit-learn's names, by a table that says what each may be.
 *
 * The table drives parsing, checks, --list, metadata and the manual's test.
 */
#ifndef NS_BASE_PARAM_H
#define NS_BASE_PARAM_H

#include "base/opt.h"

/* A value of a parameter: number, or a word (choices; "None" is number NaN with text "None"). */
struct ns_value {
	double number;
	const char *text; /* as given (words as the table of parameters spells them), for reports and metadata */
};

struct ns_param {
	const char *name;    /* scikit-learn's; NULL ends the table */
	const char *help;    /* one line */
	const char *value;   /* the default, as text: "100", "gini", "None" */
	double min, max;     /* numbers, both inclusive; both 0: not a number */
	bool integer;
	const char *choices; /* words allowed in any case, "gini|entropy|log_loss"; beside a number range: "sqrt|log2|None" */
};
enum { NS_PARAMS_MAX = 32 };

/*
 * A grid: the product of all values given by NAME=V[,V...] over the defaults, the first parameter given varying slowest.
 * values[candidate][i] belongs to params[i]. Unknown names (with the nearest; else `hint` behind "; "), values out of range and
 * words that are no choice are NS_ECALL. `owner` is what has the parameters: "random-forest", "knn". At most 100,000 candidates.
 */
int ns_param_grid(struct ns_value ***values, size_t *candidates, const struct ns_param *params, const struct ns_texts *given,
	const char *owner, const char *hint, struct ns_arena *arena, struct ns_err *err);
/* One value each: values[i] belongs to params[i]. A list of values is NS_ECALL. */
int ns_param_read(struct ns_value *values, const struct ns_param *params, const struct ns_texts *given, const char *owner,
	struct ns_arena *arena, struct ns_err *err);
/* Does `given` name the parameter? */
bool ns_param_is_given(const char *name, const struct ns_texts *given);

#endif
