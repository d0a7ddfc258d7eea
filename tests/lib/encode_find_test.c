#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "stage/encode_find.h"

enum { MISSING = 1000000, UNKNOWN = 1000001 };
static const struct ns_encode_others others = {MISSING, UNKNOWN};

static int by_value(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;
	return (a > b) - (a < b);
}

static int by_text(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static size_t distinct_numbers(double *values, size_t count)
{
	size_t kept = 0;
	qsort(values, count, sizeof *values, by_value);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || values[i] != values[i - 1])
			values[kept++] = values[i];
	return kept;
}

/* What each category and each value between and around them is found to be, by whatever way; halving is the last. */
static void check_numbers(struct ns_encode_finder *finder, const double *values, size_t count)
{
	for (int way = 0; way < 2; way++) {
		for (size_t i = 0; i < count; i++) {
			double asked[] = {values[i], nextafter(values[i], INFINITY), nextafter(values[i], -INFINITY), values[i] + 0.5, NAN};
			uint32_t found[5];
			ns_encode_find_numbers(found, finder, asked, 5, others);
			assert_int_equal(found[0], i);
			assert_int_equal(found[4], MISSING);
			for (int k = 1; k < 4; k++) {
				const double *at = bsearch(&asked[k], values, count, sizeof *values, by_value);
				assert_int_equal(found[k], at ? (uint32_t)(at - values) : (uint32_t)UNKNOWN);
			}
		}
		finder->table = NULL;
		finder->slots = NULL;
	}
}

static void numbers_of_all_kinds(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_random random;
	struct ns_encode_finder finder;
	double values[3000];
	ns_random_init(&random, 1, "find", 0, 0);
	for (int kind = 0; kind < 6; kind++) {
		size_t count = kind == 5 ? 1 : 3000;
		for (size_t i = 0; i < count; i++) {
			double whole = (double)ns_random_below(&random, 4000), real = ns_random_normal(&random);
			values[i] = kind == 0 ? whole - 2000 : kind == 1 ? real : kind == 2 ? whole * 1e6 : kind == 3 ? whole + 0x1p53 : kind == 4 ? whole / 4 : -0.0;
		}
		if (kind == 1)
			values[0] = INFINITY;
		count = distinct_numbers(values, count);
		ns_encode_finder_init(&finder, NULL, values, count, &arena);
		assert_true((finder.table != NULL) == (kind == 0 || kind == 5));
		assert_true((finder.slots != NULL) != (finder.table != NULL));
		check_numbers(&finder, values, count);
	}
	ns_encode_finder_init(&finder, NULL, values, 0, &arena);
	uint32_t found[2];
	ns_encode_find_numbers(found, &finder, (double[]){1, NAN}, 2, others);
	assert_true(found[0] == UNKNOWN && found[1] == MISSING);
	ns_arena_release(&arena);
}

/* The least distance at which a difference rounds to a category that the value is not. */
static void nearly_a_category(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_encode_finder finder;
	const double values[] = {-1, 0, 1};
	uint32_t found[3];
	ns_encode_finder_init(&finder, NULL, values, 3, &arena);
	ns_encode_find_numbers(found, &finder, (double[]){1e-18, -0.0, 1}, 3, others);
	assert_true(found[0] == UNKNOWN && found[1] == 1 && found[2] == 2);
	ns_arena_release(&arena);
}

static char *text_of(struct ns_arena *arena, struct ns_random *random, size_t size)
{
	char *text = ns_strndup(arena, NULL, 0);
	if (size)
		text = ns_strndup(arena, "0123456789012345678901234567890123456789012345678901234567890123", size);
	for (size_t i = 0; i < size; i++)
		if (ns_random_below(random, 3) == 0)
			text[i] = (char)('a' + ns_random_below(random, 2));
	return text;
}

/* Texts of every length from 0 to 64, many of which differ in one byte only. */
static void texts_of_all_lengths(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_random random;
	struct ns_encode_finder finder;
	const char *texts[4000];
	size_t count = 0;
	ns_random_init(&random, 2, "find", 0, 0);
	for (size_t i = 0; i < 4000; i++)
		texts[i] = text_of(&arena, &random, i % 65);
	qsort(texts, 4000, sizeof *texts, by_text);
	for (size_t i = 0; i < 4000; i++)
		if (i == 0 || strcmp(texts[i], texts[i - 1]) != 0)
			texts[count++] = texts[i];
	/* Every other one is a category. */
	for (size_t i = 0; i < count / 2; i++) {
		const char *other = texts[2 * i + 1];
		texts[2 * i + 1] = texts[i];
		texts[i] = other;
	}
	size_t half = count / 2;
	qsort(texts, half, sizeof *texts, by_text);
	ns_encode_finder_init(&finder, texts, NULL, half, &arena);
	assert_non_null(finder.slots);
	struct ns_span *spans = NS_NEW_ARRAY(&arena, struct ns_span, count + 1);
	uint32_t *found = NS_NEW_ARRAY(&arena, uint32_t, count + 1);
	for (size_t i = 0; i < count; i++)
		spans[i] = (struct ns_span){texts[i], strlen(texts[i])};
	struct ns_column column = {.name = "t"};
	struct ns_err err;
	assert_int_equal(ns_column_set_text(&column, spans, count + 1, &arena, &err), NS_OK);
	for (int way = 0; way < 2; way++) {
		ns_encode_find(found, &finder, &column, count + 1, others);
		for (size_t i = 0; i < count; i++) {
			const char *const *at = bsearch(&texts[i], texts, half, sizeof *texts, by_text);
			assert_int_equal(found[i], at ? (uint32_t)(at - texts) : (uint32_t)UNKNOWN);
		}
		assert_int_equal(found[count], MISSING);
		finder.slots = NULL;
	}
	ns_arena_release(&arena);
}

/* Where the numbers stand among 128 slots, as encode_find.c has it. */
static size_t place(double number)
{
	uint64_t bits;
	memcpy(&bits, &number, sizeof bits);
	__extension__ unsigned __int128 product = (unsigned __int128)(bits ^ UINT64_C(0xa0761d6478bd642f)) * UINT64_C(0xe7037ed1a0b428db);
	return ((uint64_t)product ^ (uint64_t)(product >> 64)) & 127;
}

/* Categories that somebody chose so that they all hash to one place are found all the same. */
static void malice(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_encode_finder finder;
	double values[60];
	size_t count = 0;
	for (double x = 0.5; count < 60; x++)
		if (place(x) == 5)
			values[count++] = x;
	ns_encode_finder_init(&finder, NULL, values, count, &arena);
	assert_null(finder.slots);
	check_numbers(&finder, values, count);
	ns_arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_of_all_kinds),
		cmocka_unit_test(nearly_a_category),
		cmocka_unit_test(texts_of_all_lengths),
		cmocka_unit_test(malice),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
