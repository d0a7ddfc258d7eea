#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "preparing.h"
#include "stat/normal.h"

static void as_scipy(void **state)
{
	struct ns_frame frame;
	begin(state);
	assert_int_equal(read_frame(&frame, &p, "tests/data/prepare/normal.csv", NULL, false), NS_OK);
	assert_true(frame.rows > 100);
	for (size_t row = 0; row < frame.rows; row++) {
		double share = number_at(&frame, "share", row), value = number_at(&frame, "value", row), ours = ns_normal_quantile(share);
		if (!(fabs(ours - value) <= 1e-15 * fmax(1, fabs(value))))
			fail_msg("%.17g: %.17g, expected %.17g", share, ours, value);
	}
	end(state);
}

static void both_halves_mirror(void **state)
{
	(void)state;
	for (int i = 1; i < 512; i++)
		assert_true(ns_normal_quantile(i / 1024.0) == -ns_normal_quantile(1 - i / 1024.0));
	assert_true(ns_normal_quantile(0.5) == 0);
}

static void ends_and_nonsense(void **state)
{
	(void)state;
	assert_true(ns_normal_quantile(0) == -INFINITY && ns_normal_quantile(1) == INFINITY);
	assert_true(isnan(ns_normal_quantile(-1e-9)) && isnan(ns_normal_quantile(1.5)) && isnan(ns_normal_quantile(NAN)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(as_scipy), cmocka_unit_test(both_halves_mirror), cmocka_unit_test(ends_and_nonsense)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
