#include "learn/report.h"

#include <string.h>

#include "base/number.h"
#include "table/csv.h"

static int put_number(struct ns_buffer *out, double value)
{
	char text[NS_NUMBER_MAX];
	return ns_buffer_append(out, text, ns_number_print(text, value));
}

static int put_candidate(struct ns_buffer *out, const struct ns_learner *learner, const struct ns_candidate *candidate,
	const char *params, const char *score)
{
	int failed = ns_buffer_printf(out, "%s,", learner->name);
	failed |= ns_csv_put_field(out, params, strlen(params), ',');
	failed |= ns_buffer_printf(out, ",%d,%llu,%s", candidate->folds, (unsigned long long)candidate->rows, score);
	const double scores[] = {candidate->score, candidate->score_deviation, candidate->train_score};
	for (size_t i = 0; i < sizeof scores / sizeof scores[0]; i++)
		failed |= ns_buffer_append(out, ",", 1) | put_number(out, scores[i]);
	for (size_t m = 0; ns_metrics_names[m]; m++)
		failed |= ns_buffer_append(out, ",", 1) | put_number(out, candidate->metrics[m]);
	return failed | ns_buffer_append(out, "\n", 1);
}

int ns_report_print(struct ns_buffer *out, const struct ns_learner *learner, const struct ns_candidate *found,
	size_t candidates, const struct ns_texts *given, const char *score, struct ns_arena *arena)
{
	int failed = ns_buffer_printf(out, "learner,params,folds,rows,by,score,score_deviation,train_score");
	for (size_t m = 0; ns_metrics_names[m]; m++)
		failed |= ns_buffer_printf(out, ",%s", ns_metrics_names[m]);
	failed |= ns_buffer_append(out, "\n", 1);
	for (size_t c = 0; c < candidates; c++)
		failed |= put_candidate(out, learner, &found[c],
			ns_learner_describe(learner, found[c].values, given, arena), score);
	return failed;
}
