#include <endian.h>
#include <string.h>

#include "base/random.h"

static uint64_t rotate(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static void mix(uint64_t v[4], int rounds)
{
	for (int i = 0; i < rounds; i++) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] = rotate(v[0], 32) + v[3];
		v[2] += v[1];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[2] = rotate(v[2], 32);
	}
}

static void add_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	mix(v, 2);
	v[0] ^= word;
}

static void start(struct ns_hasher *hasher, uint64_t key0, uint64_t key1)
{
	*hasher = (struct ns_hasher){.v = {key0 ^ UINT64_C(0x736f6d6570736575), key1 ^ UINT64_C(0x646f72616e646f6d),
					   key0 ^ UINT64_C(0x6c7967656e657261), key1 ^ UINT64_C(0x7465646279746573)}};
}

/* The last word: the bytes that are left and, on top, the size modulo 256. */
static void finish(struct ns_hasher *hasher, uint64_t mark)
{
	add_word(hasher->v, hasher->tail | hasher->size << 56);
	hasher->v[2] ^= mark;
	mix(hasher->v, 4);
}

static uint64_t folded(const uint64_t v[4])
{
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t ns_hash64(const void *bytes, size_t size, uint64_t key0, uint64_t key1)
{
	struct ns_hasher hasher;
	start(&hasher, key0, key1);
	ns_hasher_add(&hasher, bytes, size);
	finish(&hasher, 0xff);
	return folded(hasher.v);
}

void ns_hasher_init(struct ns_hasher *hasher, uint64_t key0, uint64_t key1)
{
	start(hasher, key0, key1);
	hasher->v[1] ^= 0xee;
}

/* Into the tail, until it is a whole word; returns the bytes used. */
static size_t fill_tail(struct ns_hasher *hasher, const unsigned char *bytes, size_t size)
{
	size_t used = 0;
	while (used < size) {
		hasher->tail |= (uint64_t)bytes[used++] << hasher->size % 8 * 8;
		if (++hasher->size % 8 == 0) {
			add_word(hasher->v, hasher->tail);
			hasher->tail = 0;
			break;
		}
	}
	return used;
}

void ns_hasher_add(struct ns_hasher *hasher, const void *bytes, size_t size)
{
	const unsigned char *at = bytes;
	if (size && hasher->size % 8) {
		size_t used = fill_tail(hasher, at, size);
		at += used;
		size -= used;
	}
	for (; size >= 8; size -= 8, at += 8, hasher->size += 8) {
		uint64_t word;
		memcpy(&word, at, sizeof word);
		add_word(hasher->v, le64toh(word));
	}
	if (size)
		fill_tail(hasher, at, size);
}

/* The stripes of XXH64 (Y. Collet, xxHash): each lane is one to one in every word, so no single change is lost. */
void ns_hasher_add_large(struct ns_hasher *hasher, const void *bytes, size_t size)
{
	const uint64_t p1 = UINT64_C(0x9e3779b185ebca87), p2 = UINT64_C(0xc2b2ae3d27d4eb4f);
	uint64_t lanes[4] = {p1 + p2, p2, 0, 0 - p1}, total = htole64(size);
	const unsigned char *at = bytes;
	for (; size >= sizeof lanes; size -= sizeof lanes, at += sizeof lanes) {
		uint64_t words[4];
		memcpy(words, at, sizeof words);
		for (int i = 0; i < 4; i++)
			lanes[i] = rotate(lanes[i] + le64toh(words[i]) * p2, 31) * p1;
	}
	for (int i = 0; i < 4; i++)
		lanes[i] = htole64(lanes[i]);
	ns_hasher_add(hasher, lanes, sizeof lanes);
	ns_hasher_add(hasher, at, size);
	ns_hasher_add(hasher, &total, sizeof total);
}

void ns_hasher_done(uint64_t out[2], struct ns_hasher *hasher)
{
	finish(hasher, 0xee);
	out[0] = folded(hasher->v);
	hasher->v[1] ^= 0xdd;
	mix(hasher->v, 4);
	out[1] = folded(hasher->v);
}

void ns_hasher_hex(char out[33], struct ns_hasher *hasher)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t words[2];
	ns_hasher_done(words, hasher);
	for (int i = 0; i < 16; i++) {
		unsigned byte = (unsigned)(words[i / 8] >> i % 8 * 8 & 0xff);
		out[2 * i] = digits[byte >> 4];
		out[2 * i + 1] = digits[byte & 15];
	}
	out[32] = '\0';
}
