#include "stat/compare.h"

#include <math.h>
#include <string.h>

#include "base/elementary.h"

/* 1 - erf by its series, all of whose terms are positive: erf(z) = 2 z / sqrt(pi) exp(-z^2) sum (2 z^2)^k / (1 3 5 ... (2k + 1)). */
static double tail_by_series(double x)
{
	double term = 1, sum = 1;
	for (int k = 1; term > 0x1p-60 * sum; k++) {
		term *= x / (2 * k + 1);
		sum += term;
	}
	return 1 - 0x1.9884533d43651p-1 * sqrt(x) * ns_exp(-x / 2) * sum; /* sqrt(2 / pi) */
}

/* erfc(z) = exp(-z^2) / sqrt(pi) / (z + (1/2) / (z + 1 / (z + (3/2) / (z + ...)))), from the far end (Laplace). */
static double tail_by_fraction(double x)
{
	double z = sqrt(x / 2), fraction = z;
	for (int k = 200; k > 0; k--)
		fraction = z + k / 2.0 / fraction;
	return ns_exp(-x / 2) * 0x1.20dd750429b6dp-1 / fraction; /* 1 / sqrt(pi) */
}

double ns_chi_square_tail(double x)
{
	return x < 3 ? tail_by_series(x) : tail_by_fraction(x);
}

/* Twice the share of the 2^n outcomes of n coins with at most k heads, n < 53: integers, so exact. */
static double two_sided_binomial(uint64_t k, uint64_t n)
{
	uint64_t ways = 1, sum = 0;
	for (uint64_t i = 0; i <= k; i++) {
		sum += ways;
		ways = ways * (n - i) / (i + 1);
	}
	double p = (double)sum / (double)((uint64_t)1 << n) * 2;
	return p < 1 ? p : 1;
}

struct ns_mcnemar ns_mcnemar_test(uint64_t first_only, uint64_t this_only)
{
	uint64_t discordant = first_only + this_only, smaller = first_only < this_only ? first_only : this_only;
	struct ns_mcnemar test = {.first_only = first_only, .this_only = this_only, .exact = discordant < NS_MCNEMAR_EXACT};
	if (test.exact) {
		test.statistic = (double)smaller;
		test.p = two_sided_binomial(smaller, discordant);
	} else {
		double off = (double)(discordant - 2 * smaller) - 1; /* -1 where both are equal, as statsmodels has it */
		test.statistic = off * off / (double)discordant;
		test.p = ns_chi_square_tail(test.statistic);
	}
	return test;
}

static struct ns_mcnemar test_against(const struct ns_predictions *first, const struct ns_predictions *this)
{
	uint64_t first_only = 0, this_only = 0;
	for (size_t i = 0; i < first->rows; i++) {
		bool a = first->prediction[i] == first->truth[i], b = this->prediction[i] == first->truth[i];
		first_only += a && !b;
		this_only += b && !a;
	}
	return ns_mcnemar_test(first_only, this_only);
}

struct ns_compared *ns_compare(const struct ns_predictions *models, size_t count, const struct ns_bootstrap *bootstrap, struct ns_arena *arena)
{
	struct ns_compared *compared = NS_NEW_ARRAY(arena, struct ns_compared, count);
	struct ns_interval *own = NS_NEW_ARRAY(arena, struct ns_interval, count * NS_METRICS);
	struct ns_interval *differences = NS_NEW_ARRAY(arena, struct ns_interval, count * NS_METRICS);
	ns_bootstrap_intervals(own, differences, models, count, bootstrap, arena);
	for (size_t m = 0; m < count; m++) {
		const struct ns_predictions *one = &models[m];
		struct ns_compared *out = &compared[m];
		struct ns_metrics metrics;
		ns_metrics_compute(&metrics, one->truth, one->prediction, one->probability, one->rows, one->classes, one->positive, arena);
		ns_metrics_values(out->values, &metrics);
		out->name = one->source;
		out->undefined = metrics.undefined;
		for (size_t i = 0; i < NS_METRICS; i++)
			out->difference[i] = out->values[i] - compared[0].values[i];
		memcpy(out->own, own + m * NS_METRICS, sizeof out->own);
		memcpy(out->differences, differences + m * NS_METRICS, sizeof out->differences);
		out->mcnemar = test_against(&models[0], one);
	}
	return compared;
}
