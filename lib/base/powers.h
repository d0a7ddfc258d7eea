/*
 * powers: the leading bits of the powers of ten, shared by both directions of number.c.
 *
 * ns_powers[q - NS_POWER_MIN] holds 128 bits g with 10^q = g * 2^(floor(log2(10^q)) - 127): exact for q in [0, 55], rounded up
 * for q in [-27, -1], cut off elsewhere, which is the table that D. Lemire's proofs are about ("Number parsing at
 * a gigabyte per second", 2021; N. Mushtak & D. Lemire, "Fast number parsing without fallback", 2023).
 */
#ifndef NS_BASE_POWERS_H
#define NS_BASE_POWERS_H

#include <stdint.h>

enum { NS_POWER_MIN = -342, NS_POWER_MAX = 324 };

struct ns_power {
	uint64_t high, low;
};

extern const struct ns_power ns_powers[NS_POWER_MAX - NS_POWER_MIN + 1];

#endif
