#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/random.h"

#define KEY UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)

/* The published vectors, by OpenSSL; 128 bits in two pieces, cut at each place. */
static void siphash_as_published(void **state)
{
	(void)state;
	FILE *file = fopen("tests/data/siphash.csv", "r");
	char line[200], hash64[17], hash128[33], hex[33];
	unsigned char message[64];
	size_t size, rows = 0;
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof line, file));
	while (fscanf(file, "%zu,%16[0-9a-f],%32[0-9a-f]\n", &size, hash64, hash128) == 3) {
		for (size_t i = 0; i < size; i++)
			message[i] = (unsigned char)i;
		uint64_t hash = ns_hash64(message, size, KEY);
		for (int i = 0; i < 8; i++)
			snprintf(hex + 2 * i, 3, "%02x", (unsigned)(hash >> 8 * i & 0xff));
		assert_string_equal(hex, hash64);
		for (size_t cut = 0; cut <= size; cut++) {
			struct ns_hasher hasher;
			ns_hasher_init(&hasher, KEY);
			ns_hasher_add(&hasher, message, cut);
			ns_hasher_add(&hasher, NULL, 0);
			ns_hasher_add(&hasher, message + cut, size - cut);
			ns_hasher_hex(hex, &hasher);
			assert_string_equal(hex, hash128);
		}
		rows++;
	}
	assert_int_equal(rows, 64);
	fclose(file);
}

/* The first results of the authors' xoshiro256plusplus.c from the state 1, 2, 3, 4. */
static void xoshiro_as_published(void **state)
{
	(void)state;
	static const uint64_t expected[] = {
		41943041, 58720359, UINT64_C(3588806011781223), UINT64_C(3591011842654386), UINT64_C(9228616714210784205),
		UINT64_C(9973669472204895162), UINT64_C(14011001112246962877), UINT64_C(12406186145184390807),
		UINT64_C(15849039046786891736), UINT64_C(10450023813501588000),
	};
	struct ns_random random = {{1, 2, 3, 4}};
	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
		assert_true(ns_random_next(&random) == expected[i]);
}

/* The seeding as the header says it, done by hand. */
static void streams_are_named(void **state)
{
	(void)state;
	static const unsigned char message[] = "forest\0\7\0\0\0\0\0\0\0\0\1\0\0\0\0\0"; /* the last zero of b is the literal's own */
	struct ns_random random, other;
	ns_random_init(&random, 42, "forest", 7, 256);
	assert_int_equal(sizeof message, 7 + 16);
	for (uint64_t k = 0; k < 2; k++) {
		struct ns_hasher hasher;
		uint64_t words[2];
		ns_hasher_init(&hasher, 42, k);
		ns_hasher_add(&hasher, message, sizeof message);
		ns_hasher_done(words, &hasher);
		assert_true(random.state[2 * k] == words[0] && random.state[2 * k + 1] == words[1]);
	}
	static const struct {
		uint64_t seed;
		const char *name;
		uint64_t a, b;
	} others[] = {{43, "forest", 7, 256}, {42, "forests", 7, 256}, {42, "forest", 8, 256}, {42, "forest", 7, 257}, {42, "forest", 256, 7}};
	uint64_t first = ns_random_next(&random);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		ns_random_init(&other, others[i].seed, others[i].name, others[i].a, others[i].b);
		assert_true(ns_random_next(&other) != first);
	}
}

static void below_is_uniform(void **state)
{
	(void)state;
	enum { DRAWS = 70000 };
	struct ns_random random;
	unsigned counts[7] = {0};
	ns_random_init(&random, 1, "test", 0, 0);
	for (int i = 0; i < DRAWS; i++)
		counts[ns_random_below(&random, 7)]++;
	for (int i = 0; i < 7; i++)
		assert_in_range(counts[i], DRAWS / 7 - 400, DRAWS / 7 + 400); /* more than four deviations of 93 */
	assert_int_equal(ns_random_below(&random, 1), 0);
	/* With three quarters of the range as the bound a result without rejection would be twice as likely in some thirds. */
	uint64_t bound = UINT64_C(3) << 62;
	unsigned thirds[3] = {0};
	for (int i = 0; i < 30000; i++) {
		uint64_t draw = ns_random_below(&random, bound);
		assert_true(draw < bound);
		thirds[draw % 3]++;
	}
	for (int i = 0; i < 3; i++)
		assert_in_range(thirds[i], 10000 - 400, 10000 + 400);
}

static void reals_and_normals(void **state)
{
	(void)state;
	enum { DRAWS = 200000 };
	struct ns_random random;
	double sum = 0, squares = 0, fourths = 0, reals = 0;
	int beyond = 0;
	ns_random_init(&random, 2, "test", 0, 0);
	for (int i = 0; i < DRAWS; i++) {
		double real = ns_random_real(&random), x = ns_random_normal(&random);
		assert_true(real >= 0 && real < 1);
		reals += real;
		sum += x;
		squares += x * x;
		fourths += x * x * x * x;
		beyond += fabs(x) > 1.959963984540054;
	}
	assert_true(fabs(reals / DRAWS - 0.5) < 0.003);
	assert_true(fabs(sum / DRAWS) < 0.01);
	assert_true(fabs(squares / DRAWS - 1) < 0.015);
	assert_true(fabs(fourths / DRAWS - 3) < 0.1);
	assert_true(fabs((double)beyond / DRAWS - 0.05) < 0.002);
}

static void shuffles_are_fair(void **state)
{
	(void)state;
	unsigned counts[6] = {0};
	for (uint64_t i = 0; i < 60000; i++) {
		struct ns_random random;
		uint32_t items[3] = {0, 1, 2};
		ns_random_init(&random, 3, "test", i, 0);
		ns_random_shuffle(&random, items, 3);
		assert_int_equal(items[0] + items[1] + items[2], 3);
		assert_int_equal(1u << items[0] | 1u << items[1] | 1u << items[2], 7);
		counts[items[0] * 2 + (items[1] > items[2])]++;
	}
	for (int i = 0; i < 6; i++)
		assert_in_range(counts[i], 10000 - 450, 10000 + 450);
	ns_random_shuffle(&(struct ns_random){{1, 2, 3, 4}}, NULL, 0);
}

/* What is drawn today is drawn for ever: models depend on it. */
static void results_are_these(void **state)
{
	(void)state;
	struct ns_random random;
	uint32_t items[8] = {0, 1, 2, 3, 4, 5, 6, 7};
	char found[300];
	ns_random_init(&random, 42, "forest", 0, 0);
	int size = snprintf(found, sizeof found, "%016llx", (unsigned long long)ns_random_next(&random));
	size += snprintf(found + size, sizeof found - (size_t)size, " %d", (int)ns_random_below(&random, 1000));
	size += snprintf(found + size, sizeof found - (size_t)size, " %a", ns_random_real(&random));
	size += snprintf(found + size, sizeof found - (size_t)size, " %a ", ns_random_normal(&random));
	ns_random_shuffle(&random, items, 8);
	for (int i = 0; i < 8; i++)
		size += snprintf(found + size, sizeof found - (size_t)size, "%d", items[i]);
	assert_string_equal(found, "29b9724509f665c6 59 0x1.5b441a6804178p-3 0x1.c69b9fb9fc6cbp+0 31502674");
}

static void hash_large(char hex[33], const void *bytes, size_t size)
{
	struct ns_hasher hasher;
	ns_hasher_init(&hasher, 1, 2);
	ns_hasher_add_large(&hasher, bytes, size);
	ns_hasher_hex(hex, &hasher);
}

/* The lanes are those of XXH64 with seed 0; what is made of them here was computed once. Every bit and the size count. */
static void large_pieces_are_these(void **state)
{
	(void)state;
	unsigned char bytes[200];
	char first[33], other[33];
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)(i * 37);
	hash_large(first, bytes, 199);
	assert_string_equal(first, "35cff364647e575821e3996e40c225c4");
	for (size_t bit = 0; bit < 199 * 8; bit++) {
		bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
		hash_large(other, bytes, 199);
		bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
		assert_string_not_equal(other, first);
	}
	for (size_t size = 0; size < 199; size++) {
		hash_large(other, bytes, size);
		assert_string_not_equal(other, first);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(siphash_as_published),
		cmocka_unit_test(xoshiro_as_published),
		cmocka_unit_test(streams_are_named),
		cmocka_unit_test(below_is_uniform),
		cmocka_unit_test(reals_and_normals),
		cmocka_unit_test(shuffles_are_fair),
		cmocka_unit_test(results_are_these),
		cmocka_unit_test(large_pieces_are_these),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
