#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "each_cpu.h"
#include "near/donors.h"

/* --- tables --- */

enum kind { CODES, LEVELS, ODD_LEVELS, COUNTS, CONTINUOUS, MAGNITUDES, HUGE_VALUES, TINY_VALUES, EQUAL_VALUES, OFFSET_VALUES, NEAR_TIES, KINDS };

/* A value of a table of this kind; of rows that ask sometimes one that no donor can have. */
static double draw(struct ns_random *random, enum kind kind, size_t feature, bool asks)
{
	bool strange = asks && ns_random_below(random, 60) == 0;
	uint64_t level = ns_random_below(random, feature % 3 == 0 ? 2 : 5);
	double normal = ns_random_normal(random);
	switch (kind) {
	case CODES: return strange ? 7 : (double)ns_random_below(random, 2 + feature % 2) - 1;
	case LEVELS: return strange ? 0.3 : (double)level * 0.125 + (double)feature;
	case ODD_LEVELS: return strange ? 1e-30 : (double)level * 3 - 6;
	case COUNTS: return strange ? -1e9 : (double)ns_random_below(random, 40 + 100 * feature);
	case CONTINUOUS: return strange ? 1e6 : normal;
	case MAGNITUDES: return strange ? 1e300 : normal * pow(10, (double)(feature % 13) - 6);
	case HUGE_VALUES: return strange ? normal : normal * (feature % 2 ? 1e155 : 1e150);
	case TINY_VALUES: return strange ? 1 : normal * 1e-160;
	case EQUAL_VALUES: return strange ? 2 : 3;
	case OFFSET_VALUES: return strange ? 0 : 1e9 + normal;
	default: return asks ? 0.1 : (level % 2 ? 0.7 : -0.7) * (1 + 1e-10 * normal); /* single precision cannot tell them apart */
	}
}

struct rows {
	size_t count, features;
	const double **x;
};

static struct rows make_rows(struct ns_random *random, enum kind kind, size_t count, size_t features, bool asks, struct ns_arena *arena)
{
	struct rows rows = {count, features, NS_NEW_ARRAY(arena, const double *, features)};
	uint64_t missing = 1 + ns_random_below(random, 3) * 2;
	for (size_t f = 0; f < features; f++) {
		double *x = NS_NEW_ARRAY(arena, double, count);
		for (size_t row = 0; row < count; row++) {
			x[row] = draw(random, kind, f, asks);
			if (ns_random_below(random, 10) < missing || row % 29 == 28)
				x[row] = NAN;
			if (asks && ns_random_below(random, 50) == 0)
				x[row] = INFINITY;
		}
		rows.x[f] = x;
	}
	return rows;
}

/* --- what the header says, one by one --- */

static double measure(const struct rows *donors, size_t donor, const struct rows *asking, size_t row)
{
	double sum = 0;
	size_t common = 0;
	for (size_t f = 0; f < donors->features; f++) {
		double by = donors->x[f][donor] - asking->x[f][row];
		if (!isfinite(asking->x[f][row]) || isnan(by))
			continue;
		sum += by * by;
		common++;
	}
	return common ? sum / (double)common : INFINITY;
}

static int nearer(const void *left, const void *right)
{
	const struct ns_donor *a = left, *b = right;
	if (a->apart != b->apart)
		return a->apart < b->apart ? -1 : 1;
	return (a->row > b->row) - (a->row < b->row);
}

struct expected {
	const struct rows *donors, *asking;
	const uint32_t *weights, *order;
	size_t k, answers;
	struct ns_donor *all;  /* room for every donor */
	uint8_t *answered;     /* of [query * features + feature] */
};

static size_t find_expected(const struct expected *expected, size_t row, size_t feature)
{
	size_t count = 0, copies = 0, kept = 0;
	for (size_t donor = 0; donor < expected->donors->count; donor++)
		if (!isnan(expected->donors->x[feature][donor]))
			expected->all[count++] = (struct ns_donor){(uint32_t)donor, expected->weights ? expected->weights[donor] : 1,
				measure(expected->donors, donor, expected->asking, row)};
	qsort(expected->all, count, sizeof *expected->all, nearer);
	for (; kept < count && copies < expected->k; kept++) {
		struct ns_donor *donor = &expected->all[kept];
		if (donor->copies > expected->k - copies)
			donor->copies = (uint32_t)(expected->k - copies);
		copies += donor->copies;
	}
	return kept;
}

/* Each answer is kept: cmocka's failures are for the main thread. */
struct answers {
	struct ns_donor **near; /* of [query * features + feature] */
	size_t *count, features;
	int *times;
};

static void keep(void *context, size_t query, size_t feature, const struct ns_donor *near, size_t count)
{
	struct answers *answers = context;
	size_t at = query * answers->features + feature;
	answers->near[at] = ns_malloc_array(count + 1, sizeof *near);
	if (count)
		memcpy(answers->near[at], near, count * sizeof *near);
	answers->count[at] = count;
	answers->times[at]++;
}

static void check(const struct expected *expected, const struct answers *answers, size_t queries)
{
	for (size_t query = 0; query < queries; query++)
		for (size_t f = 0; f < answers->features; f++) {
			size_t at = query * answers->features + f, row = expected->order ? expected->order[query] : query;
			assert_int_equal(answers->times[at], isnan(expected->asking->x[f][row]));
			if (!answers->times[at])
				continue;
			size_t count = find_expected(expected, row, f);
			assert_int_equal(answers->count[at], count);
			for (size_t i = 0; i < count; i++) {
				const struct ns_donor *donor = &answers->near[at][i], *wanted = &expected->all[i];
				if (donor->row != wanted->row || donor->copies != wanted->copies || donor->apart != wanted->apart)
					fail_msg("query %zu, feature %zu, donor %zu: %u x %u at %.17g, expected %u x %u at %.17g", query, f, i, donor->row, donor->copies,
						donor->apart, wanted->row, wanted->copies, wanted->apart);
			}
			free(answers->near[at]);
		}
}

static void try(struct ns_random *random, enum kind kind, size_t rows, size_t features, size_t k, int threads)
{
	struct ns_arena arena = NS_ARENA_INIT;
	size_t queries = 1 + ns_random_below(random, 24);
	struct rows donated = make_rows(random, kind, rows, features, false, &arena), asking = make_rows(random, kind, queries, features, true, &arena);
	uint32_t *weights = NULL, *order = NULL;
	struct ns_donors donors;
	if (k % 2) {
		weights = NS_NEW_ARRAY(&arena, uint32_t, rows);
		for (size_t i = 0; i < rows; i++)
			weights[i] = 1 + (uint32_t)ns_random_below(random, 3);
		order = NS_NEW_ARRAY(&arena, uint32_t, queries);
		for (size_t i = 0; i < queries; i++)
			order[i] = (uint32_t)(queries - 1 - i);
	}
	struct answers answers = {NS_NEW_ARRAY(&arena, struct ns_donor *, queries * features), NS_NEW_ARRAY(&arena, size_t, queries * features), features,
		NS_NEW_ARRAY(&arena, int, queries * features)};
	struct expected expected = {.donors = &donated, .asking = &asking, .weights = weights, .order = order, .k = k};
	expected.all = NS_NEW_ARRAY(&arena, struct ns_donor, rows);
	ns_donors_init(&donors, donated.x, weights, rows, features, &arena);
	ns_donors_find(&donors, &(struct ns_donors_query){asking.x, order, queries, k, threads, keep, &answers});
	check(&expected, &answers, queries);
	ns_arena_release(&arena);
}

static void against_all_pairs(void **state)
{
	(void)state;
	static const size_t widths[] = {1, 2, 7, 31, 32, 33, 70}, ks[] = {1, 2, 3, 5, 40, 100000};
	struct ns_random random;
	for (enum kind kind = CODES; kind < KINDS; kind++)
		for (size_t w = 0; w < sizeof widths / sizeof *widths; w++)
			for (size_t i = (kind + w) % 2; i < sizeof ks / sizeof *ks; i += 2) {
				ns_random_init(&random, kind, "donors", w, i);
				try(&random, kind, 1 + ns_random_below(&random, 200), widths[w], ks[i], 1 + (int)(i / 2));
			}
}

/* Lists that do not find room together: a row asks several times. So many features that no more rows than these are needed. */
static void many_and_long_lists(void **state)
{
	(void)state;
	struct ns_random random;
	ns_random_init(&random, 1, "donors", 0, 0);
	try(&random, CODES, 1100, 200, 1099, 2);
	try(&random, CONTINUOUS, 1100, 200, 1099, 2);
}

/* Which loops a table is measured with is nobody's business but the test's: that none of them goes untried. */
static void ways(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_random random;
	struct ns_donors donors;
	static const size_t planes[KINDS] = {[CODES] = 2, [LEVELS] = 4, [ODD_LEVELS] = 4, [EQUAL_VALUES] = 1};
	for (enum kind kind = CODES; kind < KINDS; kind++) {
		ns_random_init(&random, kind, "ways", 0, 0);
		struct rows rows = make_rows(&random, kind, 500, 9, false, &arena);
		ns_donors_init(&donors, rows.x, NULL, 500, 9, &arena);
		assert_int_equal(donors.planes, planes[kind]);
		assert_non_null(donors.singles);
	}
	const double far[] = {1.7e308, -1.7e308, 0}, *x[] = {far, far};
	ns_donors_init(&donors, x, NULL, 3, 2, &arena);
	assert_true(donors.planes == 0 && !donors.singles);
	const double levels[] = {0, 1, 2, NAN}, *three[] = {levels};
	ns_donors_init(&donors, three, NULL, 4, 1, &arena);
	assert_int_equal(donors.planes, 2);
	const double more[] = {0, 1, 3, 5}, *six[] = {more};
	ns_donors_init(&donors, six, NULL, 4, 1, &arena);
	assert_int_equal(donors.planes, 0);
	const double coarse[] = {0, 64}, fine[] = {0, 0.25}, *uneven[] = {coarse, fine};
	ns_donors_init(&donors, uneven, NULL, 2, 2, &arena);
	assert_int_equal(donors.planes, 0);
	ns_donors_init(&donors, uneven, NULL, 0, 2, &arena);
	assert_int_equal(donors.planes, 1);
	ns_arena_release(&arena);
}

static void count_answers(void *context, size_t query, size_t feature, const struct ns_donor *near, size_t count)
{
	(void)near;
	assert_true(query == 0 && feature == 1 && count == 0);
	++*(int *)context;
}

static void no_donors(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_donors donors;
	const double one = 1, none = NAN, *asking[] = {&one, &none}, *x[] = {&one, &none};
	for (size_t rows = 0; rows < 2; rows++) {
		int answers = 0;
		ns_donors_init(&donors, x, NULL, rows, 2, &arena);
		ns_donors_find(&donors, &(struct ns_donors_query){asking, NULL, 1, 3, 1, count_answers, &answers});
		assert_int_equal(answers, 1);
	}
	ns_arena_release(&arena);
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(against_all_pairs),
		cmocka_unit_test(many_and_long_lists),
		cmocka_unit_test(ways),
		cmocka_unit_test(no_donors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return run_on_each_cpu(run);
}
