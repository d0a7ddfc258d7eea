#include "learn/boost_numbers.h"

#include <math.h>

#include "learn/boost_split.h"
#include "learn/lanes.h"

NS_LANES void fill_planes_any(int8_t *restrict planes, const float *restrict gradient, const uint8_t *restrict drawn, size_t count, size_t pitch, double scale)
{
	int8_t *low = planes, *middle = low + pitch, *high = middle + pitch, *copies = high + pitch;
	for (size_t e = 0; e < count; e++) { /* the lower bytes become signed: what is borrowed from the next higher is given to it */
		uint32_t number = (uint32_t)(ns_number_fixed(gradient[e], scale) * drawn[e]) + 0x8080;
		low[e] = (int8_t)((number & 0xff) - 0x80);
		middle[e] = (int8_t)((number >> 8 & 0xff) - 0x80);
		high[e] = (int8_t)(number >> 16);
		copies[e] = (int8_t)drawn[e];
	}
}

NS_LANES_CHOOSE(fill_planes, (int8_t *planes, const float *gradient, const uint8_t *drawn, size_t count, size_t pitch, double scale),
	(planes, gradient, drawn, count, pitch, scale))

NS_LANES void fill_numbers_any(int64_t *restrict numbers, const float *restrict gradient, const uint8_t *restrict drawn, size_t count, double scale, int shift)
{
	if (!drawn)
		for (size_t e = 0; e < count; e++)
			numbers[e] = (int64_t)((uint64_t)(int64_t)ns_number_fixed(gradient[e], scale) << shift) + 1;
	else
		for (size_t e = 0; e < count; e++)
			numbers[e] = (int64_t)((uint64_t)((int64_t)ns_number_fixed(gradient[e], scale) * drawn[e]) << shift) + drawn[e];
}

NS_LANES_CHOOSE(fill_numbers, (int64_t *numbers, const float *gradient, const uint8_t *drawn, size_t count, double scale, int shift),
	(numbers, gradient, drawn, count, scale, shift))

void ns_numbers_weighted(int64_t *numbers, const float *gradient, const uint8_t *drawn, const uint32_t *weight, size_t count, double scale, int shift)
{
	for (size_t e = 0; e < count; e++) {
		int64_t copies = drawn ? drawn[e] : 1, all = copies * (weight ? weight[e] : 1);
		numbers[2 * e] = all * ns_number_fixed(gradient[e], scale);
		numbers[2 * e + 1] = ns_sums_pack(shift, all, copies);
	}
}

NS_LANES void curve_any(int32_t *restrict curvature, const float *restrict gradient, const uint8_t *restrict drawn, enum ns_loss loss, size_t count, double scale)
{
	for (size_t e = 0; e < count; e++)
		curvature[e] = drawn[e] * ns_number_fixed(ns_loss_curvature(loss, fabsf(gradient[e])), scale);
}

NS_LANES_CHOOSE(curve, (int32_t *curvature, const float *gradient, const uint8_t *drawn, enum ns_loss loss, size_t count, double scale),
	(curvature, gradient, drawn, loss, count, scale))

void ns_numbers_planes(int8_t *planes, const float *gradient, const uint8_t *drawn, size_t count, size_t pitch, double scale)
{
	fill_planes(planes, gradient, drawn, count, pitch, scale);
}

void ns_numbers_plain(int64_t *numbers, const float *gradient, const uint8_t *drawn, size_t count, double scale, int shift)
{
	fill_numbers(numbers, gradient, drawn, count, scale, shift);
}

void ns_numbers_curvature(int32_t *curvature, const float *gradient, const uint8_t *drawn, enum ns_loss loss, size_t count, double scale)
{
	curve(curvature, gradient, drawn, loss, count, scale);
}
