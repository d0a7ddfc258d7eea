#include "learn/boost_loss.h"

#include <math.h>
#include <string.h>

#include "base/elementary.h"
#include "learn/lanes.h"

enum { BLOCK = 256 };

/* e^x for x <= 0 within 2 units in the last place; below -700 as for -700. No branches: loops over it become vectors. */
NS_LANES double exp_below(double x)
{
	x = x > -700 ? x : -700;
	double shifted = x * 0x1.71547652b82fep0 + 0x1.8p52, n = shifted - 0x1.8p52; /* x / log 2, rounded to an integer */
	double r = (x - n * 0x1.62e42fee00000p-1) - n * 0x1.a39ef35793c76p-33, r2 = r * r, r4 = r2 * r2;
	double low = (1 + r) + r2 * (1.0 / 2 + r * (1.0 / 6));
	double middle = (1.0 / 24 + r * (1.0 / 120)) + r2 * (1.0 / 720 + r * (1.0 / 5040));
	double high = (1.0 / 40320 + r * (1.0 / 362880)) + r2 * (1.0 / 3628800 + r * (1.0 / 39916800));
	double series = low + r4 * (middle + r4 * high);
	uint64_t bits, power;
	memcpy(&bits, &series, sizeof bits);
	memcpy(&power, &shifted, sizeof power);
	bits += power << 52;
	memcpy(&series, &bits, sizeof series);
	return series;
}

NS_LANES uint32_t float_bits(float value)
{
	uint32_t bits;
	memcpy(&bits, &value, sizeof bits);
	return bits & 0x7fffffff;
}

NS_LANES void logistic(float *restrict gradient, uint32_t *restrict most, const double *restrict scores, const uint32_t *restrict y, size_t count)
{
	int32_t greatest = (int32_t)*most;
	for (size_t e = 0; e < count; e++) {
		double toward = y[e] ? -scores[e] : scores[e]; /* 1 - p of the class the entry is of, as a score */
		double small = exp_below(toward < 0 ? toward : -toward);
		double size = (toward < 0 ? small : 1) / (1 + small);
		gradient[e] = (float)(y[e] ? size : -size);
		int32_t bits = (int32_t)float_bits(gradient[e]);
		greatest = bits > greatest ? bits : greatest;
	}
	*most = (uint32_t)greatest;
}

/* The exponent is kept below 80, so that a gradient is a float. */
NS_LANES void exponential(float *restrict gradient, uint32_t *restrict most, const double *restrict scores, const uint32_t *restrict y, size_t count)
{
	int32_t greatest = (int32_t)*most;
	for (size_t e = 0; e < count; e++) {
		double toward = y[e] ? -scores[e] : scores[e];
		double size = exp_below((toward < 80 ? toward : 80) - 80) * 0x1.55779b984f3ebp+115; /* e^80 */
		gradient[e] = (float)(y[e] ? size : -size);
		int32_t bits = (int32_t)float_bits(gradient[e]);
		greatest = bits > greatest ? bits : greatest;
	}
	*most = (uint32_t)greatest;
}

/* A block of entries at a time: the greatest score, the sum of powers, then each output's share of it. */
NS_LANES void softmax(float *restrict gradient, uint32_t *restrict most, const double *restrict scores, const uint32_t *restrict y, uint32_t outputs, size_t pitch,
	size_t count)
{
	double top[BLOCK], sum[BLOCK];
	for (size_t e = 0; e < count; e++) {
		top[e] = scores[e];
		sum[e] = 0;
	}
	for (size_t k = 1; k < outputs; k++)
		for (size_t e = 0; e < count; e++)
			top[e] = scores[k * pitch + e] > top[e] ? scores[k * pitch + e] : top[e];
	for (size_t k = 0; k < outputs; k++)
		for (size_t e = 0; e < count; e++)
			sum[e] += exp_below(scores[k * pitch + e] - top[e]);
	for (uint32_t k = 0; k < outputs; k++) {
		int32_t greatest = (int32_t)most[k];
		for (size_t e = 0; e < count; e++) {
			double part = exp_below(scores[k * pitch + e] - top[e]);
			gradient[k * pitch + e] = (float)((y[e] == k ? sum[e] - part : -part) / sum[e]);
			int32_t bits = (int32_t)float_bits(gradient[k * pitch + e]);
			greatest = bits > greatest ? bits : greatest;
		}
		most[k] = (uint32_t)greatest;
	}
}

NS_LANES void any_loss_any(float *gradient, uint32_t *most, enum ns_loss loss, const double *scores, const uint32_t *y, uint32_t outputs, size_t pitch, size_t count)
{
	if (loss == NS_LOSS_LOGISTIC)
		logistic(gradient, most, scores, y, count);
	else if (loss == NS_LOSS_EXPONENTIAL)
		exponential(gradient, most, scores, y, count);
	else
		for (size_t first = 0; first < count; first += BLOCK)
			softmax(gradient + first, most, scores + first, y + first, outputs, pitch, count - first < BLOCK ? count - first : BLOCK);
}

NS_LANES_CHOOSE(any_loss,
	(float *gradient, uint32_t *most, enum ns_loss loss, const double *scores, const uint32_t *y, uint32_t outputs, size_t pitch, size_t count),
	(gradient, most, loss, scores, y, outputs, pitch, count))

void ns_loss_gradient(float *gradient, uint32_t *most, enum ns_loss loss, const double *scores, const uint32_t *y, uint32_t outputs, size_t pitch, size_t count)
{
	any_loss(gradient, most, loss, scores, y, outputs, pitch, count);
}

void ns_loss_start(double *scores, enum ns_loss loss, const double *share, uint32_t classes)
{
	const double least = 0x1p-23; /* scikit-learn's: no class is impossible */
	if (loss == NS_LOSS_SOFTMAX) {
		for (uint32_t k = 0; k < classes; k++)
			scores[k] = ns_log(share[k] < least ? least : share[k] > 1 - least ? 1 - least : share[k]);
		return;
	}
	double p = share[1] < least ? least : share[1] > 1 - least ? 1 - least : share[1];
	scores[0] = ns_log(p / (1 - p)) * (loss == NS_LOSS_EXPONENTIAL ? 0.5 : 1);
}

double ns_loss_value(enum ns_loss loss, const double *scores, uint32_t y, uint32_t outputs, size_t pitch)
{
	if (loss == NS_LOSS_SOFTMAX) {
		double top = scores[0], sum = 0;
		for (size_t k = 1; k < outputs; k++)
			top = scores[k * pitch] > top ? scores[k * pitch] : top;
		for (size_t k = 0; k < outputs; k++)
			sum += ns_exp(scores[k * pitch] - top);
		return ns_log(sum) + top - scores[y * pitch];
	}
	double toward = y ? -scores[0] : scores[0];
	if (loss == NS_LOSS_EXPONENTIAL)
		return ns_exp(toward);
	return 2 * (ns_log(1 + ns_exp(-fabs(toward))) + (toward > 0 ? toward : 0));
}
