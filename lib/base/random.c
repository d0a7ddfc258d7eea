#include "base/random.h"

#include <math.h>
#include <string.h>

#include "base/elementary.h"

static uint64_t rotate(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

void ns_random_init(struct ns_random *random, uint64_t seed, const char *name, uint64_t a, uint64_t b)
{
	unsigned char numbers[16];
	for (int i = 0; i < 8; i++) {
		numbers[i] = (unsigned char)(a >> 8 * i);
		numbers[8 + i] = (unsigned char)(b >> 8 * i);
	}
	for (uint64_t k = 0; k < 2; k++) {
		struct ns_hasher hasher;
		ns_hasher_init(&hasher, seed, k);
		ns_hasher_add(&hasher, name, strlen(name) + 1);
		ns_hasher_add(&hasher, numbers, sizeof numbers);
		ns_hasher_done(random->state + 2 * k, &hasher);
	}
}

uint64_t ns_random_next(struct ns_random *random)
{
	uint64_t *s = random->state;
	uint64_t result = rotate(s[0] + s[3], 23) + s[0], t = s[1] << 17;
	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return result;
}

uint64_t ns_random_below(struct ns_random *random, uint64_t bound)
{
	__uint128_t product = (__uint128_t)ns_random_next(random) * bound;
	if ((uint64_t)product < bound) {
		uint64_t surplus = -bound % bound; /* 2^64 modulo bound: that many results would come once too often */
		while ((uint64_t)product < surplus)
			product = (__uint128_t)ns_random_next(random) * bound;
	}
	return (uint64_t)(product >> 64);
}

double ns_random_real(struct ns_random *random)
{
	return (double)(ns_random_next(random) >> 11) * 0x1p-53;
}

double ns_random_normal(struct ns_random *random)
{
	double x, y, square;
	do {
		x = 2 * ns_random_real(random) - 1;
		y = 2 * ns_random_real(random) - 1;
		square = x * x + y * y;
	} while (square >= 1 || square == 0);
	return x * sqrt(-2 * ns_log(square) / square);
}

void ns_random_shuffle(struct ns_random *random, uint32_t *items, size_t count)
{
	for (size_t i = count; i > 1; i--) {
		size_t other = (size_t)ns_random_below(random, i);
		uint32_t item = items[i - 1];
		items[i - 1] = items[other];
		items[other] = item;
	}
}
