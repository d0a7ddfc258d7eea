#include "learn/platt.h"

#include <math.h>

#include "base/elementary.h"

struct fit {
	const double *decision, *weight;
	const bool *positive;
	size_t count;
	double high, low; /* targets of the two classes */
};

/* The log loss, from whichever side loses no digits. */
static double loss_of(const struct fit *fit, double a, double b)
{
	double sum = 0;
	for (size_t i = 0; i < fit->count; i++) {
		double target = fit->positive[i] ? fit->high : fit->low, score = fit->decision[i] * a + b;
		double loss = score >= 0 ? target * score + ns_log(1 + ns_exp(-score)) : (target - 1) * score + ns_log(1 + ns_exp(score));
		sum += fit->weight[i] * loss;
	}
	return sum;
}

struct slope {
	double a, b, aa, ab, bb; /* first and second derivatives */
};

static struct slope slope_of(const struct fit *fit, double a, double b)
{
	struct slope slope = {.aa = 1e-12, .bb = 1e-12}; /* so that it is curved everywhere */
	for (size_t i = 0; i < fit->count; i++) {
		double decision = fit->decision[i], score = decision * a + b, e = ns_exp(-fabs(score));
		double near = 1 / (1 + e), far = e / (1 + e), p = score >= 0 ? far : near;
		double off = fit->weight[i] * ((fit->positive[i] ? fit->high : fit->low) - p), curve = fit->weight[i] * near * far;
		slope.a += decision * off;
		slope.b += off;
		slope.aa += decision * decision * curve;
		slope.ab += decision * curve;
		slope.bb += curve;
	}
	return slope;
}

void ns_platt_fit(double *a, double *b, const double *decision, const double *weight, const bool *positive, size_t count)
{
	enum { STEPS = 100 };
	double rows[2] = {0};
	for (size_t i = 0; i < count; i++)
		rows[positive[i]] += weight[i];
	struct fit fit = {decision, weight, positive, count, (rows[1] + 1) / (rows[1] + 2), 1 / (rows[0] + 2)};
	*a = 0;
	*b = ns_log((rows[0] + 1) / (rows[1] + 1));
	double loss = loss_of(&fit, *a, *b);
	for (int i = 0; i < STEPS; i++) {
		struct slope slope = slope_of(&fit, *a, *b);
		if (fabs(slope.a) < 1e-5 && fabs(slope.b) < 1e-5)
			return;
		double determinant = slope.aa * slope.bb - slope.ab * slope.ab;
		double step_a = -(slope.bb * slope.a - slope.ab * slope.b) / determinant, step_b = -(slope.aa * slope.b - slope.ab * slope.a) / determinant;
		double descent = slope.a * step_a + slope.b * step_b, length = 1;
		for (; length >= 1e-10; length /= 2) {
			double to_a = *a + length * step_a, to_b = *b + length * step_b, less = loss_of(&fit, to_a, to_b);
			if (less < loss + 1e-4 * length * descent) {
				*a = to_a;
				*b = to_b;
				loss = less;
				break;
			}
		}
		if (length < 1e-10)
			return; /* rounding hides what is left */
	}
}
