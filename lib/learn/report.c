#include "learn/report.h"

#include <string.h>

static int add_text(struct ns_table *table, const char *name, const char *const *values, struct ns_arena *arena,
	struct ns_err *err)
{
	struct ns_span *spans = NS_NEW_ARRAY(arena, struct ns_span, table->rows);
	for (size_t row = 0; row < table->rows; row++)
		spans[row] = (struct ns_span){values[row], strlen(values[row])};
	return ns_column_set_text(ns_table_add(table, name, arena), spans, table->rows, arena, err);
}

/* score_k or train_score_k. */
static void add_fold(struct ns_table *table, const char *name, int k, const struct ns_candidate *found, size_t candidates,
	struct ns_arena *arena)
{
	double *values = ns_table_add_numbers(table, ns_format(arena, "%s_%d", name, k + 1), arena);
	for (size_t c = 0; c < candidates; c++)
		values[c] = strcmp(name, "score") == 0 ? found[c].scores[k] : found[c].train_scores[k];
}

static void add_seconds(struct ns_table *table, const struct ns_candidate *found, size_t candidates, struct ns_arena *arena)
{
	double *fit = ns_table_add_numbers(table, "fit_seconds", arena);
	for (size_t c = 0; c < candidates; c++)
		fit[c] = found[c].fit_seconds;
	double *score = ns_table_add_numbers(table, "score_seconds", arena);
	for (size_t c = 0; c < candidates; c++)
		score[c] = found[c].score_seconds;
}

int ns_report_table(struct ns_table *table, const struct ns_learner *learner, const struct ns_candidate *found,
	size_t candidates, const struct ns_texts *given, const struct ns_search_options *options, struct ns_arena *arena, struct ns_err *err)
{
	*table = (struct ns_table){.rows = candidates, .source = "candidates"};
	const char **names = NS_NEW_ARRAY(arena, const char *, candidates), **params = NS_NEW_ARRAY(arena, const char *, candidates),
		   **metric = NS_NEW_ARRAY(arena, const char *, candidates);
	for (size_t c = 0; c < candidates; c++) {
		names[c] = learner->name;
		params[c] = ns_learner_describe(learner, found[c].values, given, arena);
		metric[c] = options->score;
	}
	NS_TRY(add_text(table, "learner", names, arena, err));
	NS_TRY(add_text(table, "params", params, arena, err));
	double *folds = ns_table_add_numbers(table, "folds", arena), *rows = ns_table_add_numbers(table, "rows", arena);
	NS_TRY(add_text(table, "by", metric, arena, err));
	double *score = ns_table_add_numbers(table, "score", arena);
	double *deviation = ns_table_add_numbers(table, "score_deviation", arena);
	double *train = ns_table_add_numbers(table, "train_score", arena);
	for (size_t c = 0; c < candidates; c++) {
		folds[c] = found[c].folds;
		rows[c] = (double)found[c].rows;
		score[c] = found[c].score;
		deviation[c] = found[c].score_deviation;
		train[c] = found[c].train_score;
	}
	for (size_t m = 0; ns_metrics_names[m]; m++) {
		double *values = ns_table_add_numbers(table, ns_metrics_names[m], arena);
		for (size_t c = 0; c < candidates; c++)
			values[c] = found[c].metrics[m];
	}
	for (int k = 0; k < found->folds; k++)
		add_fold(table, "score", k, found, candidates, arena);
	for (int k = 0; k < found->folds; k++)
		add_fold(table, "train_score", k, found, candidates, arena);
	if (options->timing)
		add_seconds(table, found, candidates, arena);
	return NS_OK;
}
