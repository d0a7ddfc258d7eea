/*
 * boost_numbers: gradients as integers, so that their sums do not depend on the order of adding.
 *
 * scale: what a gradient is multiplied with before it is rounded, a power of two; drawn: copies of each entry, at most NS_COPIES_MAX.
 */
#ifndef NS_LEARN_BOOST_NUMBERS_H
#define NS_LEARN_BOOST_NUMBERS_H

#include <stddef.h>
#include <stdint.h>

#include "learn/boost_loss.h"

/* Rounded, halves away from 0; the size is below 2^31. */
static inline int32_t ns_number_fixed(double value, double scale)
{
	double scaled = value * scale;
	return (int32_t)(scaled + (scaled < 0 ? -0.5 : 0.5));
}

/* Planes (histogram.h) of `count` entries, pitch bytes each; products of gradients and copies are below 2^23. */
void ns_numbers_planes(int8_t *planes, const float *gradient, const uint8_t *drawn, size_t count, size_t pitch, double scale);
/* Packed numbers (boost_split.h) of gradients and copies; drawn NULL: 1 each. */
void ns_numbers_plain(int64_t *numbers, const float *gradient, const uint8_t *drawn, size_t count, double scale, int shift);
/* Two an entry: the gradient times copies and weight; copies times weight, and the copies. weight: of a copy; NULL: 1. */
void ns_numbers_weighted(int64_t *numbers, const float *gradient, const uint8_t *drawn, const uint32_t *weight, size_t count, double scale, int shift);
/* Second derivatives times copies. */
void ns_numbers_curvature(int32_t *curvature, const float *gradient, const uint8_t *drawn, enum ns_loss loss, size_t count, double scale);

#endif
