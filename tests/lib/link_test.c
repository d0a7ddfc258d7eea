#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "model/link.h"

static void softmax_is_what_it_is_called(void **state)
{
	(void)state;
	double scores[] = {1, 2, 3}, sum = exp(1) + exp(2) + exp(3), large[] = {-1e200, 1e200, 1e200};
	ns_softmax(scores, 3);
	for (int k = 0; k < 3; k++)
		assert_true(fabs(scores[k] - exp(k + 1) / sum) < 1e-15);
	ns_softmax(large, 3);
	assert_memory_equal(large, ((double[]){0, 0.5, 0.5}), sizeof large);
}

static void logistic_is_a_softmax_of_two(void **state)
{
	(void)state;
	static const double special[] = {0, -0.0, 1e-320, -1e-320, 36.7, -36.7, 709.9, -709.9, 745.2, -745.2, 1e210, -1e210};
	struct ns_random random;
	ns_random_init(&random, 42, "link_test", 0, 0);
	for (size_t i = 0; i < 10000; i++) {
		double score = i < sizeof special / sizeof *special ? special[i] : ns_random_normal(&random) * (i % 2 ? 1 : 30);
		double expected[] = {0, score}, found[2];
		ns_softmax(expected, 2);
		ns_logistic(found, score);
		assert_memory_equal(found, expected, sizeof found);
		assert_true(fabs(found[1] - 1 / (1 + exp(-score))) < 1e-15);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(softmax_is_what_it_is_called),
		cmocka_unit_test(logistic_is_a_softmax_of_two),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
