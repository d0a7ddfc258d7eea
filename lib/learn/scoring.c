#include "learn/scoring.h"

#include <string.h>

#include "stat/quantile.h"
#include "stat/ranking.h"

void ns_scoring_want_all(struct ns_scoring *scoring)
{
	scoring->ranking = scoring->loss = true;
}

void ns_scoring_want(struct ns_scoring *scoring, const char *metric)
{
	scoring->ranking = strcmp(metric, "roc_auc") == 0 || strcmp(metric, "pr_auc") == 0;
	scoring->loss = strcmp(metric, "log_loss") == 0 || strcmp(metric, "brier") == 0;
}

/* A vector's place in the ranking of a class. */
struct rank {
	uint64_t key;
	uint32_t rows, hits;
};

/* Sorts upwards by key, byte by byte from the lowest. Returns which of the two holds them then. */
static struct rank *sort_ranks(struct rank *ranks, struct rank *spare, size_t count)
{
	size_t starts[8][256] = {0};
	for (size_t i = 0; i < count; i++)
		for (int digit = 0; digit < 8; digit++)
			starts[digit][ranks[i].key >> 8 * digit & 0xff]++;
	for (int digit = 0; digit < 8; digit++) {
		size_t *start = starts[digit], sum = 0;
		if (start[ranks[0].key >> 8 * digit & 0xff] == count)
			continue; /* a byte that all have */
		for (int value = 0; value < 256; value++) {
			size_t here = start[value];
			start[value] = sum;
			sum += here;
		}
		for (size_t i = 0; i < count; i++)
			spare[start[ranks[i].key >> 8 * digit & 0xff]++] = ranks[i];
		struct rank *swap = ranks;
		ranks = spare;
		spare = swap;
	}
	return ranks;
}

static struct ns_areas rank_class(const struct ns_tally *tally, const double *probability, uint32_t classes, uint32_t class, struct rank *ranks)
{
	struct ns_areas areas = {0};
	size_t count = 0;
	for (size_t i = 0; i < tally->count; i++) {
		const struct ns_vector_entry *entry = &tally->entries[i];
		if (i == 0 || entry->vector != tally->entries[i - 1].vector)
			ranks[count++] = (struct rank){.key = ns_ranking_key(probability[(size_t)entry->vector * classes + class])};
		ranks[count - 1].rows += entry->rows;
		ranks[count - 1].hits += entry->class == class ? entry->rows : 0;
	}
	const struct rank *sorted = sort_ranks(ranks, ranks + tally->count, count);
	for (size_t left = count; left;) {
		uint64_t key = sorted[left - 1].key, rows = 0, hits = 0;
		for (; left && sorted[left - 1].key == key; left--) {
			rows += sorted[left - 1].rows;
			hits += sorted[left - 1].hits;
		}
		ns_areas_add(&areas, rows, hits);
	}
	return areas;
}

static void measure_ranking(struct ns_metrics *metrics, const struct ns_tally *tally, const double *probability, struct ns_arena *arena)
{
	struct rank *ranks = NS_NEW_ARRAY(arena, struct rank, 2 * tally->count);
	struct ns_areas *areas = NS_NEW_ARRAY(arena, struct ns_areas, metrics->classes);
	uint32_t count = 0;
	for (uint32_t c = 0; c < metrics->classes; c++)
		if (metrics->per_class[c].support && (metrics->classes != 2 || c == ns_metrics_ranked(metrics->positive)))
			areas[count++] = rank_class(tally, probability, metrics->classes, c, ranks);
	ns_metrics_rank(metrics, areas, count);
}

static void measure_loss(struct ns_metrics *metrics, const struct ns_tally *tally, const double *probability)
{
	struct ns_sum loss = {0}, brier = {0};
	uint32_t classes = metrics->classes, positive = ns_metrics_ranked(metrics->positive);
	for (size_t i = 0; i < tally->count; i++) {
		const struct ns_vector_entry *entry = &tally->entries[i];
		const double *row = probability + (size_t)entry->vector * classes;
		double own = ns_metrics_row_loss(row, classes, entry->class);
		double off = ns_metrics_row_brier(row, classes, entry->class, positive);
		for (uint32_t copy = 0; copy < entry->rows; copy++) {
			ns_sum_add(&loss, own);
			ns_sum_add(&brier, off);
		}
	}
	metrics->log_loss = ns_sum_value(&loss) / (double)metrics->rows;
	metrics->brier = ns_sum_value(&brier) / (double)metrics->rows;
}

static void count_confusion(struct ns_metrics *metrics, const struct ns_tally *tally, const double *probability, double threshold)
{
	uint32_t classes = metrics->classes, positive = (uint32_t)metrics->positive;
	bool two = classes == 2 && metrics->positive >= 0;
	for (size_t i = 0; i < tally->count; i++) {
		const struct ns_vector_entry *entry = &tally->entries[i];
		const double *row = probability + (size_t)entry->vector * classes;
		uint32_t chosen = !two ? ns_model_choose(row, classes, -1, 0) : row[positive] >= threshold ? positive : 1 - positive;
		metrics->confusion[(size_t)entry->class * classes + chosen] += entry->rows;
	}
}

void ns_scoring_measure(double *values, const struct ns_scoring *scoring, const struct ns_tally *tally, const double *probability,
	struct ns_arena *arena)
{
	uint32_t classes = scoring->classes;
	struct ns_metrics metrics = {.classes = classes, .positive = scoring->positive,
		.confusion = ns_alloc_array(arena, (size_t)classes * classes, sizeof *metrics.confusion),
		.per_class = NS_NEW_ARRAY(arena, struct ns_class_metrics, classes)};
	count_confusion(&metrics, tally, probability, scoring->threshold);
	ns_metrics_of_confusion(&metrics);
	if (scoring->ranking && metrics.rows)
		measure_ranking(&metrics, tally, probability, arena);
	if (scoring->loss && metrics.rows)
		measure_loss(&metrics, tally, probability);
	ns_metrics_values(values, &metrics);
}
