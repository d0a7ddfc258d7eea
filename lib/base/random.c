#include "base/random.h"

#include <math.h>
#include <string.h>

#include "base/elementary.h"

static inline uint64_t rotate(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static inline uint64_t read_little_endian(const unsigned char *bytes)
{
	uint64_t word = 0;
	for (int i = 7; i >= 0; i--)
		word = word << 8 | bytes[i];
	return word;
}

/* --- SipHash --- */

static inline void sip_rounds(uint64_t v[4], int rounds)
{
	while (rounds-- > 0) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] = rotate(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] = rotate(v[2], 32);
	}
}

static inline void sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_rounds(v, 2);
	v[0] ^= word;
}

static void sip_start(uint64_t v[4], uint64_t key0, uint64_t key1)
{
	v[0] = key0 ^ 0x736f6d6570736575;
	v[1] = key1 ^ 0x646f72616e646f6d;
	v[2] = key0 ^ 0x6c7967656e657261;
	v[3] = key1 ^ 0x7465646279746573;
}

uint64_t ns_hash64(const void *bytes, size_t size, uint64_t key0, uint64_t key1)
{
	const unsigned char *at = bytes;
	unsigned char last[8] = {0};
	uint64_t v[4];
	sip_start(v, key0, key1);
	size_t left = size;
	for (; left >= 8; at += 8, left -= 8)
		sip_word(v, read_little_endian(at));
	if (left)
		memcpy(last, at, left);
	last[7] = (unsigned char)size;
	sip_word(v, read_little_endian(last));
	v[2] ^= 0xff;
	sip_rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void ns_hasher_init(struct ns_hasher *hasher, uint64_t key0, uint64_t key1)
{
	*hasher = (struct ns_hasher){0};
	sip_start(hasher->v, key0, key1);
	hasher->v[1] ^= 0xee; /* the 128-bit variant */
}

void ns_hasher_add(struct ns_hasher *hasher, const void *bytes, size_t size)
{
	const unsigned char *at = bytes;
	for (; size && hasher->size % 8; size--) {
		hasher->tail |= (uint64_t)*at++ << (hasher->size % 8 * 8);
		if (++hasher->size % 8 == 0) {
			sip_word(hasher->v, hasher->tail);
			hasher->tail = 0;
		}
	}
	for (; size >= 8; at += 8, size -= 8, hasher->size += 8)
		sip_word(hasher->v, read_little_endian(at));
	for (; size; size--)
		hasher->tail |= (uint64_t)*at++ << (hasher->size++ % 8 * 8);
}

void ns_hasher_done(uint64_t out[2], struct ns_hasher *hasher)
{
	uint64_t *v = hasher->v;
	sip_word(v, hasher->tail | hasher->size << 56);
	v[2] ^= 0xee;
	sip_rounds(v, 4);
	out[0] = v[0] ^ v[1] ^ v[2] ^ v[3];
	v[1] ^= 0xdd;
	sip_rounds(v, 4);
	out[1] = v[0] ^ v[1] ^ v[2] ^ v[3];
}

void ns_hasher_hex(char out[33], struct ns_hasher *hasher)
{
	uint64_t words[2];
	ns_hasher_done(words, hasher);
	for (int i = 0; i < 32; i++)
		out[i] = "0123456789abcdef"[words[i / 16] >> (60 - i % 16 * 4) & 15];
	out[32] = '\0';
}

/* --- xoshiro256++ --- */

void ns_random_init(struct ns_random *random, uint64_t seed, const char *name, uint64_t a, uint64_t b)
{
	for (uint64_t i = 0; i < 4; i += 2) {
		struct ns_hasher hasher;
		const uint64_t numbers[3] = {a, b, i};
		unsigned char bytes[sizeof numbers];
		for (size_t n = 0; n < sizeof bytes; n++)
			bytes[n] = (unsigned char)(numbers[n / 8] >> (n % 8 * 8));
		ns_hasher_init(&hasher, seed, 0x72616e646f6d);
		ns_hasher_add(&hasher, bytes, sizeof bytes);
		ns_hasher_add(&hasher, name, strlen(name));
		ns_hasher_done(random->state + i, &hasher);
	}
	if (!(random->state[0] | random->state[1] | random->state[2] | random->state[3]))
		random->state[0] = 1; /* the one state it never leaves */
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
	unsigned __int128 product = (unsigned __int128)ns_random_next(random) * bound;
	if ((uint64_t)product < bound) {
		uint64_t least = -bound % bound;
		while ((uint64_t)product < least)
			product = (unsigned __int128)ns_random_next(random) * bound;
	}
	return (uint64_t)(product >> 64);
}

double ns_random_real(struct ns_random *random)
{
	return (double)(ns_random_next(random) >> 11) * 0x1p-53;
}

double ns_random_normal(struct ns_random *random)
{
	for (;;) {
		double x = 2 * ns_random_real(random) - 1, y = 2 * ns_random_real(random) - 1, r = x * x + y * y;
		if (r > 0 && r < 1)
			return x * sqrt(-2 * ns_log(r) / r);
	}
}

void ns_random_shuffle(struct ns_random *random, uint32_t *items, size_t count)
{
	for (size_t i = count; i > 1; i--) {
		size_t j = ns_random_below(random, i);
		uint32_t item = items[i - 1];
		items[i - 1] = items[j];
		items[j] = item;
	}
}
