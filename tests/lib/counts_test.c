#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/counts.h"
#include "base/random.h"

static void test_counts(void **state)
{
	(void)state;
	struct ns_counts counts = {0};
	enum { KEYS = 6000 };
	for (uint64_t round = 0; round < 3; round++)
		for (uint64_t i = 0; i < KEYS; i++)
			assert_int_equal((*ns_counts_at(&counts, i % 2 ? ns_hash64(&i, sizeof i, 0, 0) : i << 40))++, round); /* also keys whose low bits are equal */
	assert_int_equal(counts.used, KEYS);
	assert_true(counts.capacity <= 2 * KEYS);
	ns_counts_release(&counts);
	assert_int_equal(*ns_counts_at(&counts, 0), 0);
	ns_counts_release(&counts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_counts)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
