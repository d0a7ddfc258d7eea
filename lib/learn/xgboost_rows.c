#include "learn/xgboost_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "base/random.h"

enum { CHUNK = 1024 };

struct key {
	uint64_t hash;
	uint32_t row;
};

struct filling {
	const struct ns_training *training;
	size_t features;
	float *x; /* in the training's order */
	struct key *keys;
};

static float to_float(double value)
{
	if (isnan(value))
		return NAN; /* one NaN for all, so that bytes can be compared */
	return (float)fmin(fmax(value, -(double)NS_XGBOOST_MOST), (double)NS_XGBOOST_MOST) + 0.0f; /* -0 is 0 */
}

static void fill_chunk(void *context, size_t chunk, int worker)
{
	(void)worker;
	const struct filling *work = context;
	const struct ns_training *training = work->training;
	size_t start = chunk * CHUNK, end = training->rows - start < CHUNK ? training->rows : start + CHUNK;
	for (size_t f = 0; f < work->features; f++)
		for (size_t row = start; row < end; row++)
			work->x[row * work->features + f] = f < training->features ? to_float(training->x[f][row]) : 0;
	for (size_t row = start; row < end; row++)
		work->keys[row] = (struct key){ns_hash64(work->x + row * work->features, work->features * sizeof(float), training->y[row], 0), (uint32_t)row};
}

/* Of two rows' floats and classes; 0 where they are one row for the learner. */
static int compare_rows(const struct key *i, const struct key *j, const struct filling *work)
{
	if (i->hash != j->hash)
		return i->hash < j->hash ? -1 : 1;
	uint32_t a = work->training->y[i->row], b = work->training->y[j->row];
	if (a != b)
		return a < b ? -1 : 1;
	return memcmp(work->x + i->row * work->features, work->x + j->row * work->features, work->features * sizeof(float));
}

/* Equal rows by weight, for their sum is taken in this order. */
static int compare_keys(const void *a, const void *b, void *context)
{
	const struct key *i = a, *j = b;
	const struct filling *work = context;
	int order = compare_rows(i, j, work);
	if (order || !work->training->weight)
		return order;
	double x = work->training->weight[i->row], y = work->training->weight[j->row];
	return (x > y) - (x < y);
}

static void gather(struct ns_xgboost_rows *rows, const struct filling *work, bool merge)
{
	const struct ns_training *training = work->training;
	for (size_t i = 0; i < training->rows; i++) {
		size_t row = work->keys[i].row;
		if (!merge || i == 0 || compare_rows(&work->keys[i - 1], &work->keys[i], work) != 0) {
			memcpy(rows->x + rows->count * rows->features, work->x + row * rows->features, rows->features * sizeof(float));
			rows->y[rows->count] = training->y[row];
			rows->weight[rows->count] = 0;
			rows->rows[rows->count++] = 0;
		}
		rows->weight[rows->count - 1] += training->weight ? training->weight[row] : 1;
		rows->rows[rows->count - 1]++;
	}
}

void ns_xgboost_rows_init(struct ns_xgboost_rows *rows, const struct ns_training *training, bool merge)
{
	size_t count = training->rows, features = training->features ? training->features : 1;
	*rows = (struct ns_xgboost_rows){.features = features};
	struct filling work = {training, features, ns_malloc_array(count, features * sizeof(float)), ns_malloc_array(count, sizeof *work.keys)};
	ns_parallel(training->threads, (count + CHUNK - 1) / CHUNK, fill_chunk, &work);
	qsort_r(work.keys, count, sizeof *work.keys, compare_keys, &work);
	rows->x = ns_malloc_array(count, features * sizeof(float));
	rows->y = ns_malloc_array(count, sizeof *rows->y);
	rows->weight = ns_malloc_array(count, sizeof *rows->weight);
	rows->rows = ns_malloc_array(count, sizeof *rows->rows);
	gather(rows, &work, merge);
	free(work.keys);
	free(work.x);
}

void ns_xgboost_rows_release(struct ns_xgboost_rows *rows)
{
	free(rows->x);
	free(rows->y);
	free(rows->weight);
	free(rows->rows);
	*rows = (struct ns_xgboost_rows){0};
}
