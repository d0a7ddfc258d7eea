#include "learn/masks.h"

#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"

enum { BYTES = NS_MASK_BITS / 8, BYTE = 255 };

bool ns_masks_init(struct ns_masks *masks, const struct ns_bins *bins)
{
	uint64_t bits = 0;
	if (bins->classes != 2)
		return false;
	for (size_t f = 0; f < bins->features && bits <= NS_MASK_BITS; f++)
		bits += (uint64_t)bins->columns[f].count - 1 + bins->columns[f].missing;
	if (bits > NS_MASK_BITS)
		return false;
	*masks = (struct ns_masks){.bits = (uint32_t)bits};
	masks->of_entry = ns_malloc_array(bins->entries, sizeof *masks->of_entry);
	masks->first = ns_malloc_array(bins->features, sizeof *masks->first);
	memset(masks->of_entry, 0, bins->entries * sizeof *masks->of_entry);
	uint32_t first = 0;
	for (uint32_t f = 0; f < bins->features; f++) {
		const struct ns_bins_column *column = &bins->columns[f];
		struct ns_codes codes = ns_bins_codes(bins, f, bins->entries);
		masks->first[f] = (uint8_t)first;
		for (uint32_t e = 0; e < bins->entries; e++) {
			uint32_t code = ns_code(codes, e);
			uint64_t mask = code == column->count ? UINT64_C(1) << (code - 1) : code ? UINT64_MAX >> (NS_MASK_BITS - code) : 0;
			masks->of_entry[e] |= first < NS_MASK_BITS ? mask << first : 0;
		}
		first += column->count - 1 + column->missing;
	}
	return true;
}

void ns_masks_release(struct ns_masks *masks)
{
	free(masks->of_entry);
	free(masks->first);
	*masks = (struct ns_masks){0};
}

/*
 * Rows are added up in bytes, which are emptied into the counts before they could overflow. Portable: a table makes eight bytes of
 * eight bits, so that one word is eight counters.
 */
struct bytes {
	uint64_t all[BYTES], ones[BYTES];
};

static void empty(struct ns_masks *masks, struct bytes *bytes)
{
	uint8_t all[NS_MASK_BITS], ones[NS_MASK_BITS];
	for (int i = 0; i < BYTES; i++)
		for (int j = 0; j < 8; j++) {
			all[8 * i + j] = (uint8_t)(bytes->all[i] >> 8 * j);
			ones[8 * i + j] = (uint8_t)(bytes->ones[i] >> 8 * j);
		}
	for (int i = 0; i < NS_MASK_BITS; i++) {
		masks->all[i] += all[i];
		masks->ones[i] += ones[i];
	}
	memset(bytes, 0, sizeof *bytes);
}

/* Byte j of the result is bit j. */
static uint64_t spread(uint64_t bits)
{
	uint64_t low = (bits & 0x7f) * UINT64_C(0x0002040810204081) & UINT64_C(0x0101010101010101);
	return low | (bits >> 7 & 1) << 56;
}

static void count_portably(struct ns_masks *masks, const struct ns_item *items, const uint64_t *of_item, size_t count)
{
	struct bytes bytes = {0};
	uint32_t used = 0;
	int words = (int)(masks->bits + 7) / 8;
	memset(masks->all, 0, sizeof masks->all);
	memset(masks->ones, 0, sizeof masks->ones);
	for (size_t i = 0; i < count; i++) {
		uint32_t drawn = ns_item_drawn(items[i]);
		uint64_t mask = of_item[i], is_one = -(uint64_t)ns_item_class(items[i]);
		if (used + drawn > BYTE) {
			empty(masks, &bytes);
			used = 0;
		}
		used += drawn;
		for (int w = 0; w < words; w++) {
			uint64_t add = spread(mask >> 8 * w & 0xff) * drawn;
			bytes.all[w] += add;
			bytes.ones[w] += add & is_one;
		}
	}
	empty(masks, &bytes);
}

#if defined(__x86_64__)
#include <immintrin.h>

/* One register holds all 64 counters, and the row's mask says which of them grow. */
__attribute__((target("avx512f,avx512bw,avx512vl"))) static inline void empty_avx512(uint32_t *counts, __m512i bytes, bool first)
{
	__m128i quarters[] = {_mm512_castsi512_si128(bytes), _mm512_extracti32x4_epi32(bytes, 1), _mm512_extracti32x4_epi32(bytes, 2),
		_mm512_extracti32x4_epi32(bytes, 3)};
	for (int i = 0; i < 4; i++) {
		__m512i wide = _mm512_cvtepu8_epi32(quarters[i]);
		_mm512_storeu_si512(counts + 16 * i, first ? wide : _mm512_add_epi32(wide, _mm512_loadu_si512(counts + 16 * i)));
	}
}

__attribute__((target("avx512f,avx512bw,avx512vl"))) static void count_avx512(struct ns_masks *masks, const struct ns_item *items,
	const uint64_t *of_item, size_t count)
{
	__m512i all = _mm512_setzero_si512(), ones = all;
	uint32_t used = 0;
	bool first = true;
	for (size_t i = 0; i < count; i++) {
		uint32_t drawn = ns_item_drawn(items[i]);
		uint64_t mask = of_item[i];
		if (used + drawn > BYTE) {
			empty_avx512(masks->all, all, first);
			empty_avx512(masks->ones, ones, first);
			all = ones = _mm512_setzero_si512();
			used = 0;
			first = false;
		}
		used += drawn;
		__m512i add = _mm512_set1_epi8((char)drawn);
		all = _mm512_mask_add_epi8(all, mask, all, add);
		ones = _mm512_mask_add_epi8(ones, mask & -(uint64_t)ns_item_class(items[i]), ones, add);
	}
	empty_avx512(masks->all, all, first);
	empty_avx512(masks->ones, ones, first);
}

/* A register of 32 counters for each half of the mask; the bits become bytes by a shuffle and a comparison. */
struct halves {
	__m256i all[2], ones[2];
};

__attribute__((target("avx2"))) static inline void empty_avx2(struct ns_masks *masks, struct halves *bytes)
{
	uint8_t all[NS_MASK_BITS], ones[NS_MASK_BITS];
	for (int h = 0; h < 2; h++) {
		_mm256_storeu_si256((__m256i *)(all + 32 * h), bytes->all[h]);
		_mm256_storeu_si256((__m256i *)(ones + 32 * h), bytes->ones[h]);
		bytes->all[h] = bytes->ones[h] = _mm256_setzero_si256();
	}
	for (int i = 0; i < NS_MASK_BITS; i++) {
		masks->all[i] += all[i];
		masks->ones[i] += ones[i];
	}
}

__attribute__((target("avx2"))) static void count_avx2(struct ns_masks *masks, const struct ns_item *items, const uint64_t *of_item, size_t count)
{
	const __m256i order = _mm256_set_epi64x(0x0303030303030303, 0x0202020202020202, 0x0101010101010101, 0);
	const __m256i bit = _mm256_set1_epi64x((long long)0x8040201008040201);
	struct halves bytes = {{_mm256_setzero_si256(), _mm256_setzero_si256()}, {_mm256_setzero_si256(), _mm256_setzero_si256()}};
	uint32_t used = 0;
	memset(masks->all, 0, sizeof masks->all);
	memset(masks->ones, 0, sizeof masks->ones);
	for (size_t i = 0; i < count; i++) {
		uint32_t drawn = ns_item_drawn(items[i]);
		if (used + drawn > BYTE) {
			empty_avx2(masks, &bytes);
			used = 0;
		}
		used += drawn;
		__m256i add = _mm256_set1_epi8((char)drawn), is_one = _mm256_set1_epi8((char)-(int)ns_item_class(items[i]));
		for (int h = 0; h < 2; h++) {
			__m256i mask = _mm256_shuffle_epi8(_mm256_set1_epi32((int)(of_item[i] >> 32 * h)), order);
			__m256i grow = _mm256_and_si256(_mm256_cmpeq_epi8(_mm256_and_si256(mask, bit), bit), add);
			bytes.all[h] = _mm256_add_epi8(bytes.all[h], grow);
			bytes.ones[h] = _mm256_add_epi8(bytes.ones[h], _mm256_and_si256(grow, is_one));
		}
	}
	empty_avx2(masks, &bytes);
}
#endif

void ns_masks_count(struct ns_masks *masks, const struct ns_item *items, const uint64_t *of_item, size_t count)
{
#if defined(__x86_64__)
	if (ns_cpu() >= NS_CPU_AVX512) {
		count_avx512(masks, items, of_item, count);
		return;
	}
	if (ns_cpu() == NS_CPU_AVX2) {
		count_avx2(masks, items, of_item, count);
		return;
	}
#endif
	count_portably(masks, items, of_item, count);
}
