#include "stage/impute_neighbors.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/random.h"
#include "near/donors.h"
#include "near/repeats.h"
#include "stage/compact.h"
#include "stage/filling.h"
#include "stage/stage_table.h"
#include "stat/quantile.h"

static const char *const weightings[] = {"uniform", "distance"};
static const char *const infinities[] = {"keep", "missing"};
static const char key_neighbors[] = "ns:n_neighbors", key_weights[] = "ns:weights", key_inf[] = "ns:inf", key_rows[] = "ns:rows";
static const char key_means[] = "ns:means", column_weight[] = "ns:weight";

struct state {
	struct ns_donors donors;
	size_t n_neighbors;
	int weights, inf_missing;
	const double *means;
	struct ns_compact_range *ranges; /* of the columns, where one neighbour is all that is asked for */
};

/* --- learning --- */

/* Is the value kept as another one? -0 is, as 0, which it is equal to. */
static bool changes(double value, bool inf_missing)
{
	return isinf(value) ? inf_missing : value == 0 && signbit(value);
}

/* The column's values with NaN for all that is missing: as they are, or a copy. */
static const double *with_holes(const struct ns_series *series, size_t rows, bool inf_missing, struct ns_arena *arena)
{
	size_t same = 0;
	while (same < rows && !changes(series->numbers[same], inf_missing))
		same++;
	if (same == rows)
		return series->numbers;
	double *values = NS_NEW_ARRAY(arena, double, rows);
	for (size_t row = 0; row < rows; row++)
		values[row] = inf_missing && isinf(series->numbers[row]) ? NAN : series->numbers[row] + 0.0;
	return values;
}

static int learn_mean(double *mean, double *scratch, const double *values, const struct ns_lesson *lesson, const struct ns_series *series,
	struct ns_err *err)
{
	size_t count = ns_present(scratch, values, lesson->rows);
	if (count == 0)
		return ns_lesson_empty(lesson, series, "", err);
	for (size_t i = 0; i < count; i++)
		if (isinf(scratch[i]))
			return ns_fail(err, NS_EDATA, "%s: column '%s': infinities among its values have no distance (--inf missing)", lesson->source,
				series->name);
	*mean = ns_mean(scratch, count);
	return NS_OK;
}

static char *join_numbers(const double *numbers, size_t count, struct ns_arena *arena)
{
	const char **texts = NS_NEW_ARRAY(arena, const char *, count);
	for (size_t i = 0; i < count; i++) {
		char text[NS_NUMBER_MAX];
		texts[i] = ns_strndup(arena, text, ns_number_print(text, numbers[i]));
	}
	return ns_list_join(texts, count, arena);
}

static bool is_empty(const double *const *x, size_t width, size_t row)
{
	for (size_t i = 0; i < width; i++)
		if (!isnan(x[i][row]))
			return false;
	return true;
}

/*
 * The order of the rows kept says which of two that are equally far is the nearer one. So that it does not depend on how they came, and
 * yet has nothing to do with what is filled in, as rows sorted by their values would, each training row draws a number, by its values and
 * by how many equal ones were counted before it; a kept row stands where the lowest of its draws does, the sooner the more it stands for.
 */
struct draw {
	uint64_t lowest;
	uint32_t row;
	double weight;
};

static uint64_t draw_lowest(const double *const *x, size_t width, uint32_t row, double weight)
{
	struct ns_hasher hasher;
	uint64_t words[2], lowest = UINT64_MAX;
	ns_hasher_init(&hasher, 0x696d70757465, 0x6b6e6e);
	for (size_t i = 0; i < width; i++) {
		uint64_t bits = UINT64_MAX; /* missing */
		if (!isnan(x[i][row]))
			memcpy(&bits, &x[i][row], sizeof bits);
		ns_hasher_add(&hasher, &bits, sizeof bits);
	}
	ns_hasher_done(words, &hasher);
	for (uint64_t k = 0; k < (uint64_t)weight; k++) {
		uint64_t number = ns_hash64(&k, sizeof k, words[0], words[1]);
		lowest = number < lowest ? number : lowest;
	}
	return lowest;
}

static int compare_draws(const void *a, const void *b)
{
	const struct draw *left = a, *right = b;
	return (left->lowest > right->lowest) - (left->lowest < right->lowest);
}

static void put_in_order(uint32_t *distinct, double *weights, size_t count, const double *const *x, size_t width)
{
	struct draw *draws = ns_malloc_array(count, sizeof *draws);
	for (size_t i = 0; i < count; i++)
		draws[i] = (struct draw){draw_lowest(x, width, distinct[i], weights[i]), distinct[i], weights[i]};
	qsort(draws, count, sizeof *draws, compare_draws);
	for (size_t i = 0; i < count; i++) {
		distinct[i] = draws[i].row;
		weights[i] = draws[i].weight;
	}
	free(draws);
}

/* The rows to keep, in their order, and how many equal ones each stands for. */
static size_t find_distinct(uint32_t *distinct, double *weights, const double *const *x, const struct ns_lesson *lesson, struct ns_arena *arena)
{
	uint32_t *which = NS_NEW_ARRAY(arena, uint32_t, lesson->rows);
	size_t count = ns_repeats_find(distinct, which, x, lesson->width, lesson->rows), kept = 0;
	for (size_t row = 0; row < lesson->rows; row++)
		weights[which[row]]++;
	for (size_t i = 0; i < count; i++)
		if (!is_empty(x, lesson->width, distinct[i])) {
			distinct[kept] = distinct[i];
			weights[kept++] = weights[i];
		}
	put_in_order(distinct, weights, kept, x, lesson->width);
	return kept;
}

static void put_metadata(struct ns_metadata *metadata, const struct ns_lesson *lesson, const double *means,
	const struct ns_impute_neighbors_options *options, struct ns_arena *arena)
{
	ns_metadata_set(metadata, key_neighbors, ns_format(arena, "%lld", (long long)options->n_neighbors), arena);
	ns_metadata_set(metadata, key_weights, weightings[options->weights], arena);
	ns_metadata_set(metadata, key_inf, infinities[options->inf_missing], arena);
	ns_metadata_set(metadata, key_rows, ns_format(arena, "%zu", lesson->rows), arena);
	ns_metadata_set(metadata, key_means, join_numbers(means, lesson->width, arena), arena);
}

static int learn(struct ns_table *table, const struct ns_lesson *lesson, const struct ns_impute_neighbors_options *options,
	struct ns_arena *arena, struct ns_err *err)
{
	double *weights = NS_NEW_ARRAY(arena, double, lesson->rows), *means = NS_NEW_ARRAY(arena, double, lesson->width);
	const double **x = NS_NEW_ARRAY(arena, const double *, lesson->width);
	uint32_t *distinct = NS_NEW_ARRAY(arena, uint32_t, lesson->rows);
	for (size_t i = 0; i < lesson->width; i++) {
		x[i] = with_holes(lesson->series[i], lesson->rows, options->inf_missing, arena);
		NS_TRY(learn_mean(&means[i], weights, x[i], lesson, lesson->series[i], err));
	}
	memset(weights, 0, lesson->rows * sizeof *weights);
	table->rows = find_distinct(distinct, weights, x, lesson, arena);
	put_metadata(&table->metadata, lesson, means, options, arena);
	ns_table_widen(table, lesson->width + 1, arena); /* at once: thousands one by one would be copied again and again */
	for (size_t i = 0; i < lesson->width; i++)
		ns_compact_put(&table->columns[i], lesson->series[i]->name, x[i], distinct, table->rows, arena);
	ns_compact_put(&table->columns[lesson->width], column_weight, weights, NULL, table->rows, arena);
	return NS_OK;
}

int ns_impute_neighbors_learn(struct ns_stage *stage, const struct ns_lesson *lesson, const struct ns_impute_neighbors_options *options,
	struct ns_arena *arena, struct ns_err *err)
{
	struct ns_table table = {0};
	struct ns_arena scratch = NS_ARENA_INIT; /* the stage is read back from its own bytes */
	int status = learn(&table, lesson, options, &scratch, err);
	if (status == NS_OK)
		status = ns_lesson_finish(stage, lesson, &ns_stage_impute_neighbors, &table, NULL, 0, arena, err);
	ns_arena_release(&scratch);
	return status;
}

/* --- the stage --- */

static int read_whole(int64_t *value, const struct ns_stage *stage, const char *key, int64_t least, struct ns_err *err)
{
	const char *text = ns_metadata_find(&stage->table.metadata, key);
	if (!text || !ns_integer_parse(value, text, strlen(text)) || *value < least)
		return ns_stage_damaged(stage, err, "'%s' is '%s'", key, text ? text : "");
	return NS_OK;
}

static int read_means(double **means, const struct ns_stage *stage, struct ns_arena *arena, struct ns_err *err)
{
	const char *text = ns_metadata_find(&stage->table.metadata, key_means), **texts;
	size_t count;
	ns_list_split(&texts, &count, text ? text : "", arena);
	if (count != stage->inputs_count)
		return ns_stage_damaged(stage, err, "%zu means for %zu columns", count, stage->inputs_count);
	*means = NS_NEW_ARRAY(arena, double, count);
	for (size_t i = 0; i < count; i++)
		if (!ns_number_parse(&(*means)[i], texts[i], strlen(texts[i])) || !isfinite((*means)[i]))
			return ns_stage_damaged(stage, err, "column '%s' has the mean '%s'", stage->inputs[i].name, texts[i]);
	return NS_OK;
}

/* How many training rows each row stands for. */
static int read_weights(uint32_t **weights, const struct ns_stage *stage, int64_t training, struct ns_arena *arena, struct ns_err *err)
{
	size_t rows = stage->table.rows;
	const double *numbers;
	double total = 0;
	NS_TRY(ns_compact_get(&numbers, stage, column_weight, arena, err));
	*weights = NS_NEW_ARRAY(arena, uint32_t, rows);
	for (size_t row = 0; row < rows; row++) {
		if (!(numbers[row] >= 1 && numbers[row] <= UINT32_MAX && numbers[row] == floor(numbers[row])))
			return ns_stage_damaged(stage, err, "row %zu stands for no number of rows", row + 1);
		(*weights)[row] = (uint32_t)numbers[row];
		total += numbers[row];
	}
	if (total > (double)training)
		return ns_stage_damaged(stage, err, "its rows stand for %.0f, of %lld", total, (long long)training);
	return NS_OK;
}

/* The rows, and what their columns are like. */
static int read_rows(struct state *state, const struct ns_stage *stage, const uint32_t *weights, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_arena scratch = NS_ARENA_INIT;
	size_t width = stage->inputs_count, rows = stage->table.rows;
	struct ns_compact_range *ranges = NS_NEW_ARRAY(arena, struct ns_compact_range, width);
	const double **x = NS_NEW_ARRAY(&scratch, const double *, width);
	int status = NS_OK;
	for (size_t i = 0; i < width && status == NS_OK; i++) {
		status = ns_compact_get(&x[i], stage, stage->inputs[i].name, &scratch, err);
		if (status == NS_OK)
			ranges[i] = ns_compact_range_of(x[i], NULL, rows);
		if (status == NS_OK && (ranges[i].least == -INFINITY || ranges[i].most == INFINITY))
			status = ns_stage_damaged(stage, err, "column '%s' has an infinite value", stage->inputs[i].name);
	}
	if (status == NS_OK)
		ns_donors_init(&state->donors, x, weights, rows, width, arena);
	state->ranges = state->n_neighbors == 1 ? ranges : NULL;
	ns_arena_release(&scratch);
	return status;
}

static int load(struct ns_stage *stage, struct ns_arena *arena, struct ns_err *err)
{
	struct state *state = stage->state = NS_NEW(arena, struct state);
	int64_t neighbors = 0, training = 0;
	uint32_t *weights = NULL;
	double *means = NULL;
	NS_TRY(read_whole(&neighbors, stage, key_neighbors, 1, err));
	NS_TRY(read_whole(&training, stage, key_rows, 0, err));
	NS_TRY(ns_stage_get_choice(&state->weights, stage, key_weights, weightings, 2, err));
	NS_TRY(ns_stage_get_choice(&state->inf_missing, stage, key_inf, infinities, 2, err));
	for (size_t i = 0; i < stage->inputs_count; i++)
		if (stage->inputs[i].type != NS_NUMBER)
			return ns_stage_damaged(stage, err, "column '%s' is text", stage->inputs[i].name);
	NS_TRY(read_means(&means, stage, arena, err));
	NS_TRY(read_weights(&weights, stage, training, arena, err));
	state->n_neighbors = (size_t)neighbors;
	state->means = means;
	NS_TRY(read_rows(state, stage, weights, arena, err));
	return NS_OK;
}

/* --- applying --- */

struct filling {
	const struct state *state;
	const double *const *x; /* the batch's columns, NaN where a value is to be filled in */
	double **filled;
	const uint32_t *rows;   /* that asked */
};

/* How much a donor counts, by its distance beside the nearest one's, so that nothing overflows. */
static double weight_of(const struct ns_donor *donor, const struct ns_donor *nearest, int weights)
{
	if (weights == NS_IMPUTE_UNIFORM)
		return donor->copies;
	if (nearest->apart == 0)
		return donor->apart == 0 ? donor->copies : 0;
	return donor->copies * sqrt(nearest->apart / donor->apart);
}

/* The mean of the donors' values, `share` of each at a time. */
static double mean_of(const struct state *state, size_t feature, const struct ns_donor *near, size_t count, double share)
{
	double sum = 0, total = 0;
	for (size_t i = 0; i < count; i++) {
		double weight = weight_of(&near[i], near, state->weights);
		sum += weight * (ns_donors_value(&state->donors, near[i].row, feature) * share);
		total += weight;
	}
	return sum / total;
}

static void answer(void *context, size_t query, size_t feature, const struct ns_donor *near, size_t count)
{
	const struct filling *filling = context;
	const struct state *state = filling->state;
	double *out = &filling->filled[feature][filling->rows[query]], mean;
	if (count == 0 || near[0].apart == INFINITY) {
		*out = state->means[feature];
		return;
	}
	mean = mean_of(state, feature, near, count, 1);
	if (!isfinite(mean)) /* only the sum is too large */
		mean = mean_of(state, feature, near, count, 0x1p-64) * 0x1p64;
	*out = count == 1 ? ns_donors_value(&state->donors, near[0].row, feature) : mean;
}

/* What is to be filled in: x, and room beside it. Marks the rows. */
static void find_holes(struct filling *filling, bool *marks, const struct ns_table *batch, const struct ns_stage *stage, const size_t *at,
	struct ns_arena *arena)
{
	const struct state *state = stage->state;
	const double **x = NS_NEW_ARRAY(arena, const double *, stage->inputs_count);
	double **filled = NS_NEW_ARRAY(arena, double *, stage->inputs_count);
	for (size_t i = 0; i < stage->inputs_count; i++) {
		const double *numbers = x[i] = batch->columns[at[i]].numbers;
		if (ns_filling_count(numbers, batch->rows, state->inf_missing) == 0)
			continue;
		double *values = filled[i] = NS_NEW_ARRAY(arena, double, batch->rows), *holes = NS_NEW_ARRAY(arena, double, batch->rows);
		for (size_t row = 0; row < batch->rows; row++) {
			bool gone = ns_filling_is_gone(numbers[row], state->inf_missing);
			values[row] = holes[row] = gone ? NAN : numbers[row];
			marks[row] = marks[row] || gone;
		}
		x[i] = holes;
	}
	*filling = (struct filling){.state = state, .x = x, .filled = filled};
}

/* Rows that are equal to an earlier one get what that got. */
static void find_fills(struct filling *filling, const bool *marks, const struct ns_stage *stage, size_t rows, struct ns_arena *arena)
{
	const struct state *state = stage->state;
	uint32_t *distinct = NS_NEW_ARRAY(arena, uint32_t, rows), *which = NS_NEW_ARRAY(arena, uint32_t, rows);
	uint32_t *asking = NS_NEW_ARRAY(arena, uint32_t, rows);
	size_t count = ns_repeats_find(distinct, which, filling->x, stage->inputs_count, rows);
	struct ns_donors_query query = {.x = filling->x, .rows = asking, .k = state->n_neighbors, .threads = stage->threads, .answer = answer,
		.context = filling};
	for (size_t i = 0; i < count; i++)
		if (marks[distinct[i]])
			asking[query.count++] = distinct[i];
	filling->rows = asking;
	ns_donors_find(&state->donors, &query);
	for (size_t i = 0; i < stage->inputs_count; i++)
		for (size_t row = 0; row < rows && filling->filled[i]; row++)
			filling->filled[i][row] = filling->filled[i][distinct[which[row]]];
}

/* Is all that may be filled in of the type? Of one neighbour a value of its own, else a mean. */
static bool keeps_type(const struct state *state, size_t feature, const struct ns_arrow_type *type)
{
	if (state->ranges)
		return ns_compact_range_is_of_type(&state->ranges[feature], type) && ns_filling_is_of_type(state->means[feature], type);
	return type->id == NS_ARROW_FLOAT && type->width == 64;
}

static int apply(struct ns_table *batch, const struct ns_stage *stage, const size_t *at, struct ns_arena *arena, struct ns_err *err)
{
	const struct state *state = stage->state;
	struct filling filling;
	bool *marks = NS_NEW_ARRAY(arena, bool, batch->rows);
	find_holes(&filling, marks, batch, stage, at, arena);
	if (memchr(marks, true, batch->rows))
		find_fills(&filling, marks, stage, batch->rows, arena);
	for (size_t i = 0; i < stage->inputs_count; i++) {
		struct ns_column *column = &batch->columns[at[i]];
		const double *filled = filling.filled[i] ? filling.filled[i] : column->numbers;
		bool keeps = column->array && keeps_type(state, i, &column->array->type);
		if (filling.filled[i] || column->array || batch->rows == 0)
			NS_TRY(ns_filling_put(column, filled, batch->rows, state->inf_missing, keeps, arena, err));
	}
	return NS_OK;
}

const struct ns_stage_kind ns_stage_impute_neighbors = {.name = "impute-knn", .load = load, .apply = apply};
