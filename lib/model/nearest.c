#include "model/nearest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "model/columns.h"
#include "near/neighbors.h"
#include "near/repeats.h"
#include "table/table.h"

enum { PORTION_MIN = 64, PORTION_MAX = 8192, PORTION_NEIGHBORS = 1 << 22 };

void ns_nearest_rows_init(struct ns_nearest_rows *rows, enum ns_measure measure, struct ns_arena *arena)
{
	ns_points_init(&rows->points, measure, rows->x, NULL, rows->count, rows->features, arena);
}

/* What a neighbour counts. Distances are taken in relation to the nearest one's, so that none is too large or small. */
static double weigh(double distance, double least)
{
	if (least == 0)
		return distance == 0;
	return isfinite(least) ? least / distance : 1;
}

/* A portion of queries, each different one once. */
struct portion {
	size_t rows, distinct, k;
	uint32_t *asks, *which; /* which[row]: the place in `asks` of the query that it is */
	uint32_t *nearest;      /* nearest[place * k + i] */
	double *distance;
	double *tied;           /* tied[place * classes + class]: counts of all rows as far as the last of these */
};

/* Counts of the rows as far as the i-th; returns the place of the first that is farther. */
static size_t count_group(double *counts, const struct ns_nearest_rows *rows, const struct portion *portion, size_t place, size_t i)
{
	const double *distance = portion->distance + place * portion->k;
	if (distance[i] == distance[portion->k - 1]) {
		memcpy(counts, portion->tied + place * rows->classes, rows->classes * sizeof *counts);
		return portion->k;
	}
	memset(counts, 0, rows->classes * sizeof *counts);
	for (double group = distance[i]; distance[i] == group; i++)
		for (uint32_t c = 0; c < rows->classes; c++)
			counts[c] += rows->counts[(size_t)portion->nearest[place * portion->k + i] * rows->classes + c];
	return i;
}

static void vote_one(double *probability, const struct ns_nearest *model, const struct portion *portion, size_t place, double *counts)
{
	const struct ns_nearest_rows *rows = model->rows;
	const double *distance = portion->distance + place * portion->k;
	bool squared = rows->points.measure == NS_EUCLIDEAN;
	double sum = 0, least = squared ? sqrt(distance[0]) : distance[0], left = (double)model->k;
	memset(probability, 0, rows->classes * sizeof *probability);
	for (size_t i = 0; left > 0 && i < portion->k;) {
		double weight = model->by_distance ? weigh(squared ? sqrt(distance[i]) : distance[i], least) : 1, copies = 0;
		i = count_group(counts, rows, portion, place, i);
		for (uint32_t c = 0; c < rows->classes; c++)
			copies += counts[c];
		if (copies > left)
			weight *= left / copies;
		for (uint32_t c = 0; c < rows->classes; c++)
			probability[c] += weight * counts[c];
		sum += weight * copies;
		left -= copies;
	}
	for (uint32_t c = 0; c < rows->classes; c++)
		probability[c] /= sum;
}

static void vote_all(double *probability, const struct ns_nearest *model, const struct portion *portion, double *shares, double *counts)
{
	uint32_t classes = model->rows->classes;
	for (size_t i = 0; i < portion->distinct; i++)
		vote_one(shares + i * classes, model, portion, i, counts);
	for (size_t row = 0; row < portion->rows; row++)
		memcpy(probability + row * classes, shares + (size_t)portion->which[row] * classes, classes * sizeof *shares);
}

/* Whether rows as far as the last neighbour are asked: those nearer are fewer than `most`. */
static bool reaches_last(const struct ns_nearest_rows *rows, const struct portion *portion, size_t place, double most)
{
	const double *distance = portion->distance + place * portion->k;
	double nearer = 0;
	for (size_t i = 0; i < portion->k && distance[i] < distance[portion->k - 1]; i++)
		for (uint32_t c = 0; c < rows->classes; c++)
			nearer += rows->counts[(size_t)portion->nearest[place * portion->k + i] * rows->classes + c];
	return nearer < most;
}

static void find_neighbors(struct portion *portion, const struct ns_nearest_rows *rows, const double *const *x, double most, struct ns_arena *arena)
{
	struct ns_neighbors_query query = {.x = x, .rows = portion->asks, .count = portion->distinct, .k = portion->k, .threads = 1};
	ns_neighbors_find(portion->nearest, portion->distance, &rows->points, &query);
	uint32_t *place = NS_NEW_ARRAY(arena, uint32_t, portion->distinct), *asks = NS_NEW_ARRAY(arena, uint32_t, portion->distinct);
	double *last = NS_NEW_ARRAY(arena, double, portion->distinct), *sums = ns_alloc_array(arena, portion->distinct, rows->classes * sizeof *sums);
	query.count = 0;
	query.rows = asks;
	for (size_t i = 0; i < portion->distinct; i++) {
		if (!reaches_last(rows, portion, i, most))
			continue;
		place[query.count] = (uint32_t)i;
		asks[query.count] = portion->asks[i];
		last[query.count++] = portion->distance[(i + 1) * portion->k - 1];
	}
	ns_neighbors_tied(sums, &rows->points, &query, last, rows->counts, rows->classes);
	for (size_t i = 0; i < query.count; i++)
		memcpy(portion->tied + place[i] * rows->classes, sums + i * rows->classes, rows->classes * sizeof *sums);
}

void ns_nearest_predict_all(double *const *probability, const struct ns_nearest *const *models, size_t count, const double *const *x, size_t rows)
{
	struct ns_arena arena = NS_ARENA_INIT, scratch = NS_ARENA_INIT;
	const struct ns_nearest_rows *among = models[0]->rows;
	double most_rows = 0;
	for (size_t m = 0; m < count; m++)
		most_rows = fmax(most_rows, (double)models[m]->k);
	size_t k = most_rows < (double)among->count ? (size_t)most_rows : among->count, most = PORTION_NEIGHBORS / k;
	most = most > PORTION_MAX ? PORTION_MAX : most < PORTION_MIN ? PORTION_MIN : most;
	most = rows < most ? rows : most;
	struct portion portion = {.k = k, .asks = NS_NEW_ARRAY(&arena, uint32_t, most), .which = NS_NEW_ARRAY(&arena, uint32_t, most),
		.nearest = ns_alloc_array(&arena, most, k * sizeof(uint32_t)), .distance = ns_alloc_array(&arena, most, k * sizeof(double)),
		.tied = ns_alloc_array(&arena, most, among->classes * sizeof(double))};
	double *shares = ns_alloc_array(&arena, most, among->classes * sizeof *shares), *counts = NS_NEW_ARRAY(&arena, double, among->classes);
	const double **from = NS_NEW_ARRAY(&arena, const double *, among->features);
	for (size_t first = 0; first < rows; first += most) {
		portion.rows = rows - first < most ? rows - first : most;
		for (size_t f = 0; f < among->features; f++)
			from[f] = x[f] + first;
		portion.distinct = ns_repeats_find(portion.asks, portion.which, from, among->features, portion.rows);
		find_neighbors(&portion, among, from, most_rows, &scratch);
		for (size_t m = 0; m < count; m++)
			vote_all(probability[m] + first * among->classes, models[m], &portion, shares, counts);
		ns_arena_reset(&scratch);
	}
	ns_arena_release(&scratch);
	ns_arena_release(&arena);
}

void ns_nearest_predict(double *probability, const struct ns_nearest *nearest, const double *const *x, size_t rows)
{
	ns_nearest_predict_all(&probability, &nearest, 1, x, rows);
}

/* --- as a table --- */

static const char *const WHAT = "a table of neighbours", *const weights[] = {"uniform", "distance"}, *const metrics[] = {"euclidean", "manhattan"};

void ns_nearest_to_table(struct ns_table *table, const struct ns_nearest *nearest, struct ns_arena *arena)
{
	const struct ns_nearest_rows *rows = nearest->rows;
	double *counts = ns_malloc_array(rows->count, sizeof *counts), k = (double)nearest->k;
	*table = (struct ns_table){.rows = rows->count, .width = rows->features + rows->classes};
	struct ns_column *column = table->columns = NS_NEW_ARRAY(arena, struct ns_column, table->width);
	for (size_t f = 0; f < rows->features; f++)
		*column++ = ns_columns_pack(ns_format(arena, "value_%zu", f), rows->x[f], rows->count, arena);
	for (uint32_t c = 0; c < rows->classes; c++) {
		for (size_t i = 0; i < rows->count; i++)
			counts[i] = rows->counts[i * rows->classes + c];
		*column++ = ns_columns_pack(ns_format(arena, "count_%u", c), counts, rows->count, arena);
	}
	ns_columns_set_keys(&table->metadata, "ns:n_neighbors", &k, 1, arena);
	ns_metadata_set(&table->metadata, "ns:weights", weights[nearest->by_distance], arena);
	ns_metadata_set(&table->metadata, "ns:metric", metrics[rows->points.measure], arena);
	free(counts);
}

/* Which of two words stands behind the key. */
static int read_word(int *which, const struct ns_table *table, const char *key, const char *const *words, struct ns_err *err)
{
	const char *word = ns_metadata_find(&table->metadata, key);
	if (!word || (strcmp(word, words[0]) != 0 && strcmp(word, words[1]) != 0))
		return ns_fail(err, NS_EDATA, "%s: %s: %s must be %s or %s", table->source, WHAT, key, words[0], words[1]);
	*which = strcmp(word, words[1]) == 0;
	return NS_OK;
}

static int read_counts(double *counts, double *total, const struct ns_table *table, uint32_t classes, size_t features, struct ns_arena *arena,
	struct ns_err *err)
{
	for (uint32_t c = 0; c < classes; c++) {
		const double *numbers;
		NS_TRY(ns_columns_wholes(&numbers, table, features + c, ns_format(arena, "count_%u", c), WHAT, 0, 0x1p52, arena, err));
		for (size_t i = 0; i < table->rows; i++)
			counts[i * classes + c] = numbers[i];
	}
	*total = 0;
	for (size_t i = 0; i < table->rows; i++) {
		double before = *total;
		for (uint32_t c = 0; c < classes; c++)
			*total += counts[i * classes + c];
		if (*total == before)
			return ns_fail(err, NS_EDATA, "%s: %s: row %zu stands for no row", table->source, WHAT, i + 1);
	}
	return NS_OK;
}

static int read_rows(struct ns_nearest_rows *rows, double *total, const struct ns_table *table, uint32_t classes, size_t features,
	struct ns_arena *arena, struct ns_err *err)
{
	const double **x = NS_NEW_ARRAY(arena, const double *, features);
	if (table->width < classes || table->width - classes != features)
		return ns_fail(err, NS_EDATA, "%s: %s: %zu columns do not fit %zu features and %u classes", table->source, WHAT, table->width, features, classes);
	if (table->rows == 0 || table->rows > UINT32_MAX - 1)
		return ns_fail(err, NS_EDATA, "%s: %s: %zu rows", table->source, WHAT, table->rows);
	double *counts = ns_alloc_array(arena, table->rows, classes * sizeof *counts);
	*rows = (struct ns_nearest_rows){.count = table->rows, .features = features, .classes = classes, .x = x, .counts = counts};
	for (size_t f = 0; f < features; f++)
		NS_TRY(ns_columns_numbers(&x[f], table, f, ns_format(arena, "value_%zu", f), WHAT, arena, err));
	return read_counts(counts, total, table, classes, features, arena, err);
}

int ns_nearest_from_table(struct ns_nearest *nearest, const struct ns_table *table, uint32_t classes, size_t features, struct ns_arena *arena,
	struct ns_err *err)
{
	struct ns_nearest_rows *rows = NS_NEW(arena, struct ns_nearest_rows);
	int weighted, metric;
	double k, total = 0;
	NS_TRY(read_rows(rows, &total, table, classes, features, arena, err));
	NS_TRY(read_word(&weighted, table, "ns:weights", weights, err));
	NS_TRY(read_word(&metric, table, "ns:metric", metrics, err));
	NS_TRY(ns_columns_key(&k, table, "ns:n_neighbors", WHAT, err));
	if (!(k >= 1 && k <= total && k <= UINT32_MAX && k == trunc(k)))
		return ns_fail(err, NS_EDATA, "%s: %s: %.17g neighbours of %.0f rows", table->source, WHAT, k, total);
	ns_nearest_rows_init(rows, metric ? NS_MANHATTAN : NS_EUCLIDEAN, arena);
	*nearest = (struct ns_nearest){.k = (uint64_t)k, .by_distance = weighted, .rows = rows};
	return NS_OK;
}
