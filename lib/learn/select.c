#include "learn/select.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

/* --- which of two equally good ones is simpler --- */

/* Linear, one tree, what looks at the training rows, then ensembles. */
static const char *const simplest_first[] = {"logistic-regression", "decision-tree", "k-neighbors", "svc", "adaboost", "random-forest",
	"extra-trees", "gradient-boosting", "xgboost", NULL};

/* Less of these is simpler; of n_neighbors more is. */
static const char *const sizes[] = {"n_estimators", "max_depth", "max_leaf_nodes", "C", "n_neighbors"};
enum { SIZES = sizeof sizes / sizeof *sizes, MORE_IS_SIMPLER = 4 };

struct ranked {
	struct ns_reported item;
	double key; /* of the score: greater is better */
	size_t family;
	double size[SIZES];
};

/* The number of "n_estimators=128 criterion=gini"; infinity where it is a word (None) or not said. */
static double size_of(const char *params, const char *name)
{
	size_t length = strlen(name);
	double value = (double)INFINITY;
	for (const char *at = params; at && *at; at += strcspn(at, " "), at += *at == ' ') {
		if (strncmp(at, name, length) == 0 && at[length] == '=')
			(void)ns_number_parse(&value, at + length + 1, strcspn(at + length + 1, " "));
	}
	return value;
}

static struct ranked rank_of(const struct ns_reported *item, bool higher)
{
	struct ranked ranked = {.item = *item, .key = floor((higher ? item->score : -item->score) * 1e12 + 0.5)};
	while (simplest_first[ranked.family] && strcmp(simplest_first[ranked.family], item->learner) != 0)
		ranked.family++;
	for (size_t i = 0; i < SIZES; i++)
		ranked.size[i] = (i == MORE_IS_SIMPLER ? -1 : 1) * size_of(item->params, sizes[i]);
	return ranked;
}

/* Best first. */
static int compare(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	if (isnan(x->key) != isnan(y->key))
		return isnan(x->key) ? 1 : -1;
	if (x->key != y->key && !isnan(x->key))
		return x->key > y->key ? -1 : 1;
	if (x->family != y->family)
		return x->family < y->family ? -1 : 1;
	for (size_t i = 0; i < SIZES; i++)
		if (x->size[i] != y->size[i])
			return x->size[i] < y->size[i] ? -1 : 1;
	return x->item.index < y->item.index ? -1 : x->item.index > y->item.index;
}

static void sort(struct ns_reported_set *set, bool higher, struct ns_arena *arena)
{
	struct ranked *order = NS_NEW_ARRAY(arena, struct ranked, set->count);
	for (size_t i = 0; i < set->count; i++)
		order[i] = rank_of(&set->items[i], higher);
	qsort(order, set->count, sizeof *order, compare);
	for (size_t i = 0; i < set->count; i++)
		set->items[i] = order[i].item;
}

/* --- which one will do --- */

/* The bars as they apply to these reports. */
struct bars {
	bool higher; /* more is better */
	double base, gap;
	bool refuse;
};

/* How much worse rows look that were not learnt from. */
static double gap_of(const struct ns_reported *item, const struct bars *bars)
{
	return bars->higher ? item->train - item->score : item->score - item->train;
}

static bool has_gap(const struct ns_reported *item, const struct bars *bars)
{
	return fabs(gap_of(item, bars)) > bars->gap;
}

static const char *verdict(const struct ns_reported *item, const struct bars *bars)
{
	if (isnan(item->score))
		return "undefined";
	return item->score < bars->base ? "base" : has_gap(item, bars) ? "gap" : "";
}

static bool will_do(const struct ns_reported *item, const struct bars *bars)
{
	const char *why = verdict(item, bars);
	return *why == '\0' || (strcmp(why, "gap") == 0 && !bars->refuse);
}

static const char *why_none(const struct ns_reported_set *set, const struct bars *bars, struct ns_arena *arena)
{
	const struct ns_reported *best = set->items;
	const char *name = ns_reported_name(best, arena);
	if (best->score < bars->base)
		return ns_format(arena, "no model reaches %s %g: the best, '%s', has %.4f (--base-score sets the bar)", set->by, bars->base, name,
			best->score);
	return ns_format(arena, "no model's %s on the rows learnt from is within %g of that on the rows held out: the best, '%s', has %.4f and %.4f "
		"(--gap sets the bar)", set->by, bars->gap, name, best->train, best->score);
}

static void choose(struct ns_selection *selection, const struct ns_reported_set *set, const struct bars *bars, struct ns_arena *arena)
{
	for (size_t i = 0; i < set->count && !selection->chosen; i++)
		if (will_do(&set->items[i], bars))
			selection->chosen = &set->items[i];
	const struct ns_reported *chosen = selection->chosen;
	if (!chosen)
		selection->remark = why_none(set, bars, arena);
	else if (has_gap(chosen, bars))
		selection->remark = ns_format(arena, "'%s' is the best, but its %s is %.4f on the rows learnt from and %.4f on those held out: more than %g apart",
			ns_reported_name(chosen, arena), set->by, chosen->train, chosen->score, bars->gap);
}

/* --- the table --- */

static int add_text(struct ns_table *table, const char *name, const char *const *values, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_span *spans = NS_NEW_ARRAY(arena, struct ns_span, table->rows);
	for (size_t row = 0; row < table->rows; row++)
		if (values[row] && *values[row])
			spans[row] = (struct ns_span){values[row], strlen(values[row])};
	return ns_column_set_text(ns_table_add(table, name, arena), spans, table->rows, arena, err);
}

/* A column of the items' own numbers, which stand `offset` bytes into the struct. */
static void add_numbers(struct ns_table *table, const char *name, const struct ns_reported_set *set, size_t offset, struct ns_arena *arena)
{
	double *values = ns_table_add_numbers(table, name, arena);
	for (size_t row = 0; row < table->rows; row++)
		values[row] = *(const double *)(const void *)((const char *)&set->items[row] + offset);
}

/* What the reports tell beside means: each fold's score, the times. */
static void add_details(struct ns_table *table, const struct ns_reported_set *set, struct ns_arena *arena)
{
	size_t folds = set->all_folds ? set->items->count : 0;
	for (size_t k = 0; k < 2 * folds; k++) {
		double *values = ns_table_add_numbers(table, ns_format(arena, "%sscore_%zu", k < folds ? "" : "train_", k % folds + 1), arena);
		for (size_t row = 0; row < table->rows; row++)
			values[row] = (k < folds ? set->items[row].scores : set->items[row].train_scores)[k % folds];
	}
	if (!set->seconds)
		return;
	add_numbers(table, "fit_seconds", set, offsetof(struct ns_reported, fit_seconds), arena);
	add_numbers(table, "score_seconds", set, offsetof(struct ns_reported, score_seconds), arena);
}

static int build(struct ns_selection *selection, const struct ns_reported_set *set, const struct bars *bars, struct ns_arena *arena,
	struct ns_err *err)
{
	struct ns_table *table = &selection->table;
	const char **learner = NS_NEW_ARRAY(arena, const char *, set->count), **params = NS_NEW_ARRAY(arena, const char *, set->count),
		   **by = NS_NEW_ARRAY(arena, const char *, set->count), **verdicts = NS_NEW_ARRAY(arena, const char *, set->count);
	double *rank = ns_table_add_numbers(table, "rank", arena);
	for (size_t row = 0; row < set->count; row++) {
		const struct ns_reported *item = &set->items[row];
		rank[row] = (double)row + 1;
		learner[row] = item->learner;
		params[row] = item->params;
		by[row] = set->by;
		verdicts[row] = item == selection->chosen ? "chosen" : verdict(item, bars);
	}
	NS_TRY(add_text(table, "learner", learner, arena, err));
	NS_TRY(add_text(table, "params", params, arena, err));
	add_numbers(table, "folds", set, offsetof(struct ns_reported, folds), arena);
	add_numbers(table, "rows", set, offsetof(struct ns_reported, rows), arena);
	NS_TRY(add_text(table, "by", by, arena, err));
	add_numbers(table, "score", set, offsetof(struct ns_reported, score), arena);
	double *deviation = ns_table_add_numbers(table, "score_deviation", arena);
	add_numbers(table, "train_score", set, offsetof(struct ns_reported, train), arena);
	double *gap = ns_table_add_numbers(table, "gap", arena);
	for (size_t row = 0; row < set->count; row++) {
		deviation[row] = sqrt(set->items[row].variance);
		gap[row] = gap_of(&set->items[row], bars);
	}
	NS_TRY(add_text(table, "verdict", verdicts, arena, err));
	for (size_t m = 0; m < NS_METRICS; m++)
		add_numbers(table, ns_metrics_names[m], set, offsetof(struct ns_reported, metrics) + m * sizeof(double), arena);
	add_details(table, set, arena);
	return NS_OK;
}

int ns_select(struct ns_selection *selection, struct ns_reported_set *set, const struct ns_select_options *options, struct ns_arena *arena,
	struct ns_err *err)
{
	double unused;
	bool higher;
	if (!ns_metrics_value(&unused, &higher, &(struct ns_metrics){.positive = -1}, set->by))
		return ns_fail(err, NS_EDATA, "the reports are ranked by '%s', which is no metric", set->by);
	if (!higher && options->base_given)
		return ns_fail(err, NS_ECALL, "--base-score is for metrics of which more is better: the reports are ranked by %s", set->by);
	struct bars bars = {.higher = higher, .base = higher ? options->base_score : -(double)INFINITY,
		.gap = higher || options->gap_given ? options->gap : (double)INFINITY, .refuse = options->refuse};
	*selection = (struct ns_selection){.table = {.rows = set->count, .source = "candidates"}};
	sort(set, higher, arena);
	if (isnan(set->items->score))
		return ns_fail(err, NS_EDATA, "%s is undefined for every candidate: there is no best one", set->by);
	choose(selection, set, &bars, arena);
	return build(selection, set, &bars, arena, err);
}

const char *ns_select_command(const struct ns_reported *chosen, struct ns_arena *arena)
{
	const char *text = chosen->learner;
	for (const char *at = chosen->params; at && *at;) {
		size_t size = strcspn(at, " ");
		text = ns_format(arena, "%s -p %.*s", text, (int)size, at);
		at += size + (at[size] == ' ');
	}
	return text;
}
