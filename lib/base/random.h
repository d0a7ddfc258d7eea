/*
 * random: a named, seedable, splittable generator, and the keyed hash it is split by.
 *
 * The generator is xoshiro256++ 1.0 (Blackman & Vigna); its state is filled by SipHash-2-4 over
 * (seed, name, a, b). So each use has a stream of its own, ns_random_init(&r, seed, "forest", tree, 0): it depends on
 * what it is for, never on which thread draws or what was drawn before. The same on every machine, for ever: words 2k and 2k + 1
 * of the state are the 128 bits of SipHash with the key (seed, k) of the name's bytes, a NUL, a and b (little-endian, 8 bytes
 * each). Never draw twice in one expression: C does not say which draw comes first, and compilers differ.
 */
#ifndef NS_BASE_RANDOM_H
#define NS_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct ns_random {
	uint64_t state[4];
};

void ns_random_init(struct ns_random *random, uint64_t seed, const char *name, uint64_t a, uint64_t b);
uint64_t ns_random_next(struct ns_random *random);                   /* 64 random bits */
uint64_t ns_random_below(struct ns_random *random, uint64_t bound);  /* uniform in [0, bound), bound > 0, unbiased (Lemire 2019) */
double ns_random_real(struct ns_random *random);                     /* uniform in [0, 1), 53 bits */
double ns_random_normal(struct ns_random *random);                   /* standard normal (Marsaglia polar), own log: same bits everywhere */
void ns_random_shuffle(struct ns_random *random, uint32_t *items, size_t count); /* Fisher-Yates */

/* SipHash-2-4 with 64 or 128 bits of result (Aumasson & Bernstein, 2012). Keys are the words of the published 16-byte key. */
uint64_t ns_hash64(const void *bytes, size_t size, uint64_t key0, uint64_t key1);

/* The same fed in pieces: 128 bits, so that digests of files never meet by chance. */
struct ns_hasher {
	uint64_t v[4], tail;
	uint64_t size;
};
void ns_hasher_init(struct ns_hasher *hasher, uint64_t key0, uint64_t key1);
void ns_hasher_add(struct ns_hasher *hasher, const void *bytes, size_t size);
/*
 * Megabytes at once, some ten times faster: four lanes are taken, and their states added. Guards against mistakes, not against
 * malice.
 */
void ns_hasher_add_large(struct ns_hasher *hasher, const void *bytes, size_t size);
void ns_hasher_done(uint64_t out[2], struct ns_hasher *hasher);
void ns_hasher_hex(char out[33], struct ns_hasher *hasher); /* done, as 32 hex digits (the bytes as published) and a NUL */

#endif
