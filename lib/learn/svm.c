#include "learn/svm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "learn/design.h"

static const double VALUE_MOST = 1e150; /* of which the square is a double */
enum { ROWS_MOST = 1 << 28, CACHE_MEGABYTES = 200, FEW_ROWS = 2000 };

/* --- entries --- */

static int check_values(const struct ns_training *training, struct ns_err *err)
{
	for (size_t f = 0; f < training->features; f++)
		for (size_t i = 0; i < training->rows; i++)
			if (!(fabs(training->x[f][i]) <= VALUE_MOST))
				return ns_fail(err, NS_EDATA, "svc: a value of %.17g, whose square is too large; put the columns on one scale (ns-scale)", training->x[f][i]);
	return NS_OK;
}

/* What a copy weighs, for each class: 1, or the least weight there is where not all are whole numbers. */
static double *find_units(const struct ns_training *training, struct ns_arena *arena)
{
	double *unit = NS_NEW_ARRAY(arena, double, training->classes);
	bool whole = true;
	for (size_t i = 0; training->weight && i < training->rows; i++) {
		double weight = training->weight[i], *least = &unit[training->y[i]];
		whole = whole && weight == floor(weight);
		*least = *least == 0 || weight < *least ? weight : *least;
	}
	for (uint32_t c = 0; whole && c < training->classes; c++)
		unit[c] = 1;
	return unit;
}

/* A row's copies, as a whole number. */
static double copies_of(const struct ns_training *training, const double *unit, size_t row)
{
	return training->weight ? round(training->weight[row] / unit[training->y[row]]) : 1;
}

static int check_weights(const struct ns_training *training, const double *unit, struct ns_err *err)
{
	double rows = 0;
	for (size_t i = 0; i < training->rows; i++) {
		double copies = copies_of(training, unit, i), least = unit[training->y[i]];
		if (training->weight && fabs(training->weight[i] / least - copies) > 1e-9 * copies)
			return ns_fail(err, NS_EDATA, "svc: weights must be whole numbers, or multiples of the least one of their class: one is %.17g, where that is %.17g",
				training->weight[i], least);
		rows += copies;
	}
	if (rows > ROWS_MOST)
		return ns_fail(err, NS_EDATA, "svc: %.0f rows; at most %d", rows, ROWS_MOST);
	return NS_OK;
}

/* Class by class, in each in the canonical order; place[e] = the e-th of the entries among the distinct. */
static uint32_t *order_by_class(struct ns_svm_entries *entries, const struct ns_training *training, const struct ns_distinct *distinct,
	struct ns_arena *arena)
{
	size_t *first = NS_NEW_ARRAY(arena, size_t, (size_t)training->classes + 2);
	uint32_t *present = NS_NEW_ARRAY(arena, uint32_t, training->classes), *place = NS_NEW_ARRAY(arena, uint32_t, distinct->count);
	for (size_t e = 0; e < distinct->count; e++)
		first[training->y[distinct->order[distinct->first[e]]] + 2]++;
	for (uint32_t c = 0; c < training->classes; c++)
		first[c + 2] += first[c + 1];
	for (size_t e = 0; e < distinct->count; e++)
		place[first[training->y[distinct->order[distinct->first[e]]] + 1]++] = (uint32_t)e;
	for (uint32_t c = 0; c < training->classes; c++)
		if (first[c + 1] > first[c]) {
			first[entries->present_count] = first[c];
			present[entries->present_count++] = c;
		}
	first[entries->present_count] = distinct->count;
	entries->present = present;
	entries->first = first;
	entries->count = distinct->count;
	return place;
}

/* Deals the copies of each class to the parts, in an order that is drawn. */
static void hold_out(struct ns_svm_entries *entries, uint64_t seed, struct ns_arena *arena)
{
	uint64_t *rows = NS_NEW_ARRAY(arena, uint64_t, entries->present_count), all = 0;
	for (uint32_t i = 0; i < entries->present_count; i++) {
		for (size_t e = entries->first[i]; e < entries->first[i + 1]; e++)
			rows[i] += entries->copies[e];
		all += rows[i];
	}
	entries->parts = all > FEW_ROWS ? 3 : 5;
	uint32_t *held = ns_alloc_array(arena, entries->count, (size_t)entries->parts * sizeof *held);
	for (uint32_t i = 0; i < entries->present_count; i++) {
		uint32_t *row = ns_malloc_array(rows[i], sizeof *row), *next = row;
		for (size_t e = entries->first[i]; e < entries->first[i + 1]; e++)
			for (uint32_t copy = 0; copy < entries->copies[e]; copy++)
				*next++ = (uint32_t)e;
		struct ns_random random;
		ns_random_init(&random, seed, "platt", entries->present[i], 0);
		ns_random_shuffle(&random, row, rows[i]);
		for (size_t k = 0; k < rows[i]; k++)
			held[k % (size_t)entries->parts * entries->count + row[k]]++;
		free(row);
	}
	entries->held = held;
	entries->rows = rows;
}

int ns_svm_entries_make(struct ns_svm_entries *entries, const struct ns_training *training, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_distinct distinct;
	double *unit = find_units(training, arena);
	NS_TRY(check_values(training, err));
	NS_TRY(check_weights(training, unit, err));
	*entries = (struct ns_svm_entries){.features = training->features};
	ns_distinct_find(&distinct, training, arena);
	uint32_t *place = order_by_class(entries, training, &distinct, arena), *copies = NS_NEW_ARRAY(arena, uint32_t, distinct.count);
	double **x = NS_NEW_ARRAY(arena, double *, training->features);
	for (size_t f = 0; f < training->features; f++) {
		x[f] = NS_NEW_ARRAY(arena, double, distinct.count);
		for (size_t e = 0; e < distinct.count; e++)
			x[f][e] = training->x[f][distinct.order[distinct.first[place[e]]]] + 0.0; /* -0 is 0 */
	}
	for (size_t e = 0; e < distinct.count; e++)
		for (size_t k = distinct.first[place[e]]; k < distinct.first[place[e] + 1]; k++)
			copies[e] += (uint32_t)copies_of(training, unit, distinct.order[k]);
	for (uint32_t i = 0; i < entries->present_count; i++)
		unit[i] = unit[entries->present[i]];
	entries->unit = unit;
	entries->x = (const double *const *)x;
	entries->copies = copies;
	hold_out(entries, training->seed, arena);
	return NS_OK;
}

/* --- one pair --- */

/* The rows of one class that take part, as LIBSVM's rows from `at` on; entry[row] is where each comes from. */
static int list_rows(struct svm_problem *problem, uint32_t *entry, int at, double y, const struct ns_gram *gram, const struct ns_svm_entries *entries,
	uint32_t class, int part)
{
	for (size_t e = entries->first[class]; e < entries->first[class + 1]; e++) {
		uint32_t copies = entries->copies[e] - (part < entries->parts ? entries->held[(size_t)part * entries->count + e] : 0);
		for (uint32_t copy = 0; copy < copies; copy++, at++) {
			problem->x[at] = gram->nodes[e];
			problem->y[at] = y;
			entry[at] = (uint32_t)e;
		}
	}
	return at;
}

/* Adds up the coefficients of an entry's copies. */
static void collect(double *coefs, double *intercept, const struct svm_model *model, const uint32_t *entry, const struct ns_svm_entries *entries,
	uint32_t i, uint32_t j)
{
	size_t of_i = entries->first[i + 1] - entries->first[i];
	for (int v = 0; v < model->l; v++) {
		size_t e = entry[model->sv_indices[v] - 1];
		coefs[e < entries->first[i + 1] && e >= entries->first[i] ? e - entries->first[i] : of_i + e - entries->first[j]] += model->sv_coef[0][v];
	}
	*intercept = -model->rho[0];
}

void ns_svm_solve(double *coefs, double *intercept, const struct ns_gram *gram, const struct ns_svm_entries *entries, uint32_t i, uint32_t j,
	int part, const struct ns_svm_settings *settings)
{
	struct ns_arena arena = NS_ARENA_INIT;
	size_t most = entries->rows[i] + entries->rows[j];
	struct svm_problem problem = {.y = NS_NEW_ARRAY(&arena, double, most), .x = NS_NEW_ARRAY(&arena, struct svm_node *, most)};
	uint32_t *entry = NS_NEW_ARRAY(&arena, uint32_t, most);
	int label[2] = {1, -1};
	double weight[2] = {settings->c[0], settings->c[1]};
	struct svm_parameter parameter = {.svm_type = C_SVC, .C = 1, .eps = settings->tolerance, .shrinking = settings->shrinking, .nr_weight = 2,
		.weight_label = label, .weight = weight, .cache_size = CACHE_MEGABYTES};
	memset(coefs, 0, (entries->first[i + 1] - entries->first[i] + entries->first[j + 1] - entries->first[j]) * sizeof *coefs);
	int of_i = list_rows(&problem, entry, 0, 1, gram, entries, i, part);
	problem.l = list_rows(&problem, entry, of_i, -1, gram, entries, j, part);
	*intercept = (of_i > 0) - (problem.l > of_i);
	if (of_i > 0 && problem.l > of_i) {
		ns_gram_parameters(&parameter, gram);
		struct svm_model *model = svm_train(&problem, &parameter);
		collect(coefs, intercept, model, entry, entries, i, j);
		svm_free_and_destroy_model(&model);
	}
	ns_arena_release(&arena);
}

/* The pair's entries one after the other: those with a coefficient, or copies in the part. */
static size_t list_entries(uint32_t *entry, uint32_t *at, const double *coefs, const struct ns_svm_entries *entries, uint32_t i, uint32_t j, int part)
{
	size_t count = 0, k = 0;
	for (int side = 0; side < 2; side++) {
		uint32_t class = side ? j : i;
		for (size_t e = entries->first[class]; e < entries->first[class + 1]; e++, k++)
			if (coefs ? coefs[k] != 0 : entries->held[(size_t)part * entries->count + e] > 0) {
				entry[count] = (uint32_t)e;
				at[count++] = (uint32_t)k;
			}
	}
	return count;
}

/* Sums over support vectors in their order; similar[q * count + entry] of the asking entries, NULL: in the matrix. */
static double decide(const struct ns_gram *gram, const double *similar, uint32_t asking, const uint32_t *vector, const double *coef, size_t vectors)
{
	double sum = 0;
	for (size_t v = 0; v < vectors; v++)
		sum += coef[v] * (similar ? similar[vector[v]] : ns_gram_at(gram, asking, vector[v]));
	return sum;
}

void ns_svm_decide(double *decisions, const double *coefs, double intercept, const struct ns_gram *gram, const struct ns_svm_entries *entries,
	uint32_t i, uint32_t j, int part)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_similarity_scratch scratch;
	size_t both = entries->first[i + 1] - entries->first[i] + entries->first[j + 1] - entries->first[j];
	uint32_t *vector = NS_NEW_ARRAY(&arena, uint32_t, both), *asking = NS_NEW_ARRAY(&arena, uint32_t, both), *at = NS_NEW_ARRAY(&arena, uint32_t, both);
	double *coef = NS_NEW_ARRAY(&arena, double, both), *similar = NULL;
	size_t vectors = list_entries(vector, at, coefs, entries, i, j, part);
	for (size_t v = 0; v < vectors; v++)
		coef[v] = coefs[at[v]];
	size_t count = list_entries(asking, at, NULL, entries, i, j, part);
	if (!gram->matrix) {
		ns_similarity_scratch_init(&scratch, &gram->similarity, &arena);
		similar = ns_alloc_array(&arena, NS_POINTS_GROUP, gram->count * sizeof *similar);
	}
	for (size_t q = 0; q < count; q++) {
		size_t in = q % NS_POINTS_GROUP;
		if (similar && in == 0)
			ns_similarity_measure(similar, gram->count, &gram->similarity, gram->x, asking + q, 0, count - q < NS_POINTS_GROUP ? count - q : NS_POINTS_GROUP,
				&scratch);
		decisions[at[q]] = decide(gram, similar ? similar + in * gram->count : NULL, asking[q], vector, coef, vectors) + intercept;
	}
	ns_arena_release(&arena);
}
