#include "learn/stump.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"

struct ns_stump_search {
	const struct ns_tally *tally;
	int threads;
	const int64_t *weight, *total;
	int64_t **scratch;      /* per worker: sums of a group's tally, of one column, and of what is left of a threshold */
	struct ns_stump *found; /* each column's best */
	int64_t *left;          /* of each of them */
};

struct ns_stump_search *ns_stump_search_new(const struct ns_tally *tally, int threads)
{
	struct ns_stump_search *search = ns_malloc_array(1, sizeof *search);
	size_t features = tally->bins->features, classes = tally->bins->classes;
	*search = (struct ns_stump_search){.tally = tally, .threads = threads};
	search->scratch = ns_malloc_array((size_t)search->threads, sizeof *search->scratch);
	for (int worker = 0; worker < search->threads; worker++)
		search->scratch[worker] = NULL;
	search->found = ns_malloc_array(features, sizeof *search->found);
	search->left = ns_malloc_array(features + 1, classes * sizeof *search->left);
	for (size_t f = 0; f < features; f++)
		search->found[f] = (struct ns_stump){.feature = UINT32_MAX, .score = -HUGE_VAL, .left = search->left + f * classes};
	return search;
}

void ns_stump_search_free(struct ns_stump_search *search)
{
	for (int worker = 0; worker < search->threads; worker++)
		free(search->scratch[worker]);
	free(search->scratch);
	free(search->left);
	free(search->found);
	free(search);
}

/* What is the greater the less impure both sides are; a side without weight makes it minus infinity. */
static double score(const int64_t *left, const int64_t *more, const int64_t *total, uint32_t classes)
{
	double square_left = 0, square_right = 0;
	int64_t weight_left = 0, weight_right = 0;
	for (uint32_t c = 0; c < classes; c++) {
		int64_t l = left[c] + (more ? more[c] : 0), r = total[c] - l;
		square_left += (double)l * (double)l;
		square_right += (double)r * (double)r;
		weight_left += l;
		weight_right += r;
	}
	if (weight_left <= 0 || weight_right <= 0)
		return -HUGE_VAL;
	return square_left / (double)weight_left + square_right / (double)weight_right;
}

static void keep_better(struct ns_stump *found, double score, uint32_t low, const int64_t *left, const int64_t *more, uint32_t classes)
{
	if (!(score > found->score))
		return;
	found->score = score;
	found->low = low;
	found->missing_left = more != NULL;
	for (uint32_t c = 0; c < classes; c++)
		found->left[c] = left[c] + (more ? more[c] : 0);
}

/* The column's best question; sums[class * codes + code]. */
static void scan(struct ns_stump *found, const struct ns_stump_search *search, uint32_t feature, const int64_t *sums, int64_t *left)
{
	uint32_t codes = search->tally->columns[feature].codes, values = search->tally->bins->columns[feature].count;
	uint32_t classes = search->tally->bins->classes;
	int64_t *missing = codes > values ? left + classes : NULL;
	found->feature = feature;
	found->score = -HUGE_VAL;
	for (uint32_t c = 0; c < classes; c++) {
		left[c] = 0;
		if (missing)
			missing[c] = sums[(size_t)c * codes + values];
	}
	for (uint32_t low = 0; low + 1 < codes; low++) {
		for (uint32_t c = 0; c < classes; c++)
			left[c] += sums[(size_t)c * codes + low];
		keep_better(found, score(left, NULL, search->total, classes), low, left, NULL, classes);
		if (missing && low + 1 < values)
			keep_better(found, score(left, missing, search->total, classes), low, left, missing, classes);
	}
	if (!missing) {
		uint32_t rows = search->tally->columns[feature].rows[found->low], all = search->tally->columns[feature].rows[codes - 1];
		found->missing_left = rows > all - rows;
	}
}

static void look_at_group(void *context, size_t group, int worker)
{
	const struct ns_stump_search *search = context;
	const struct ns_tally *tally = search->tally;
	size_t classes = tally->bins->classes;
	if (!search->scratch[worker])
		search->scratch[worker] = ns_malloc_array((2 * tally->largest + 2) * classes, sizeof **search->scratch);
	int64_t *sums = search->scratch[worker], *column = sums + tally->largest * classes, *left = column + tally->largest * classes;
	ns_tally_add(sums, tally, group, search->weight);
	for (uint32_t i = tally->groups[group].count; i-- > 0;) {
		uint32_t feature = tally->members[tally->groups[group].first + i];
		scan(&search->found[feature], search, feature, ns_tally_peel(column, sums, tally, group, i), left);
	}
}

void ns_stump_find(struct ns_stump *stump, struct ns_stump_search *search, const int64_t *weight, const int64_t *total, struct ns_random *random)
{
	uint64_t alike = 0;
	search->weight = weight;
	search->total = total;
	*stump = (struct ns_stump){.feature = UINT32_MAX, .score = -HUGE_VAL};
	ns_parallel(search->threads, search->tally->group_count, look_at_group, search);
	for (size_t f = 0; f < search->tally->bins->features; f++) {
		const struct ns_stump *found = &search->found[f];
		if (found->score > stump->score) {
			*stump = *found;
			alike = 1;
		} else if (alike && found->score == stump->score && ns_random_below(random, ++alike) == 0) {
			*stump = *found;
		}
	}
}

struct ns_node ns_stump_node(uint32_t *rows_left, const struct ns_stump *stump, const struct ns_tally *tally)
{
	const struct ns_bins_column *column = &tally->bins->columns[stump->feature];
	const struct ns_tally_column *counted = &tally->columns[stump->feature];
	bool any_right = stump->low + 1 < column->count;
	*rows_left = counted->rows[stump->low];
	if (stump->missing_left && counted->codes > column->count)
		*rows_left += counted->rows[column->count] - counted->rows[column->count - 1];
	return (struct ns_node){
		.threshold = any_right ? ns_bins_threshold(column, stump->low, stump->low + 1) : DBL_MAX,
		.feature = (int32_t)stump->feature,
		.left = 1,
		.missing_left = stump->missing_left,
	};
}
