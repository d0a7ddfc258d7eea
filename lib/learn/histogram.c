#include "learn/histogram.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/parallel.h"
#include "learn/boost_split.h"
#include "learn/lanes.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { AHEAD = 32, GROUP = 4, UNROLL = 8, LINE = 64 };

/* One row into one bin of each of so many features. */
NS_LANES void add_some(int64_t *restrict sums, const uint8_t *restrict codes, size_t features, size_t step, int64_t a, int64_t b, size_t count)
{
	for (size_t f = 0; f < features; f++) {
		int64_t *bin = sums + f * step + codes[f] * count;
		bin[0] += a;
		if (count == 2)
			bin[1] += b;
	}
}

/* All features: 8, 4, 2 and 1 at a time, so that all loops are of a known length. */
NS_LANES void add_row(int64_t *restrict sums, const uint8_t *restrict codes, size_t features, size_t step, int64_t a, int64_t b, size_t count)
{
	for (size_t f = features; f >= UNROLL; f -= UNROLL, sums += UNROLL * step, codes += UNROLL)
		add_some(sums, codes, UNROLL, step, a, b, count);
	if (features & 4)
		add_some(sums, codes, 4, step, a, b, count);
	sums += (features & 4) * step;
	codes += features & 4;
	if (features & 2)
		add_some(sums, codes, 2, step, a, b, count);
	sums += (features & 2) * step;
	codes += features & 2;
	if (features & 1)
		add_some(sums, codes, 1, step, a, b, count);
}

NS_LANES void add_rows(int64_t *restrict sums, const struct ns_boost_cells *cells, size_t step, const uint32_t *restrict list, size_t start, size_t end,
	const int64_t *restrict numbers, size_t count)
{
	const uint8_t *codes = cells->codes;
	size_t stride = cells->stride, features = cells->features;
	for (size_t i = start; i < end; i++) {
		size_t entry = list ? list[i] : i;
		if (list && i + AHEAD < end) {
			__builtin_prefetch(codes + list[i + AHEAD] * stride);
			__builtin_prefetch(numbers + list[i + AHEAD] * count);
		}
		add_row(sums, codes + entry * stride, features, step, numbers[entry * count], count == 2 ? numbers[entry * count + 1] : 0, count);
	}
}

static __attribute__((noinline)) void add_full(int64_t *sums, const struct ns_boost_cells *cells, const uint32_t *list, size_t start, size_t end, const int64_t *numbers)
{
	add_rows(sums, cells, NS_WIDTH_MAX, list, start, end, numbers, 1);
}

static __attribute__((noinline)) void add_plain(int64_t *sums, const struct ns_boost_cells *cells, const uint32_t *list, size_t start, size_t end, const int64_t *numbers)
{
	add_rows(sums, cells, cells->width, list, start, end, numbers, 1);
}

static __attribute__((noinline)) void add_weighted(int64_t *sums, const struct ns_boost_cells *cells, const uint32_t *list, size_t start, size_t end, const int64_t *numbers)
{
	add_rows(sums, cells, 2 * cells->width, list, start, end, numbers, 2);
}

void ns_histogram_add(int64_t *sums, const struct ns_boost_cells *cells, const uint32_t *list, size_t start, size_t end, const int64_t *numbers, int count)
{
	(count == 2 ? add_weighted : cells->width == NS_WIDTH_MAX ? add_full : add_plain)(sums, cells, list, start, end, numbers);
}

static uint32_t codes_of(const struct ns_cut *cut)
{
	return cut->count + cut->missing;
}

size_t ns_bits_count(const struct ns_boost_cells *cells)
{
	size_t count = 0;
	for (size_t f = 0; f < cells->features; f++)
		count += codes_of(&cells->cuts[f]) - 1;
	return count;
}

struct filling {
	const struct ns_bits *bits;
	const struct ns_boost_cells *cells;
};

static void fill_feature(void *context, size_t f, int worker)
{
	(void)worker;
	const struct filling *work = context;
	const struct ns_bits *bits = work->bits;
	const uint8_t *codes = work->cells->column_codes + f * bits->entries;
	for (uint32_t b = bits->first[f]; b < bits->first[f + 1]; b++) {
		uint8_t *bytes = bits->bytes + b * bits->pitch, least = (uint8_t)(b - bits->first[f]);
		for (size_t e = 0; e < bits->entries; e++)
			bytes[e] = codes[e] > least;
		memset(bytes + bits->entries, 0, bits->pitch - bits->entries);
	}
}

void ns_bits_init(struct ns_bits *bits, const struct ns_boost_cells *cells, int threads)
{
	size_t pitch = (cells->entries + LINE - 1) / LINE * LINE;
	*bits = (struct ns_bits){.entries = cells->entries, .pitch = pitch};
	bits->first = ns_malloc_array(cells->features + 1, sizeof *bits->first);
	bits->first[0] = 0;
	for (size_t f = 0; f < cells->features; f++)
		bits->first[f + 1] = bits->first[f] + codes_of(&cells->cuts[f]) - 1;
	bits->count = bits->first[cells->features];
	bits->bytes = aligned_alloc(LINE, (bits->count + GROUP) * pitch);
	if (!bits->bytes)
		ns_die_of_memory();
	memset(bits->bytes + bits->count * pitch, 0, GROUP * pitch);
	memset(bits->bytes + bits->count * pitch, 1, cells->entries);
	struct filling work = {bits, cells};
	ns_parallel(threads, cells->features, fill_feature, &work);
}

void ns_bits_release(struct ns_bits *bits)
{
	free(bits->bytes);
	free(bits->first);
	*bits = (struct ns_bits){0};
}

/* sums[column][plane] of a group of columns. */
typedef void products(int32_t sums[GROUP][NS_PLANES], const uint8_t *columns, const int8_t *planes, size_t pitch);

static void products_any(int32_t sums[GROUP][NS_PLANES], const uint8_t *columns, const int8_t *planes, size_t pitch)
{
	for (size_t c = 0; c < GROUP; c++)
		for (size_t p = 0; p < NS_PLANES; p++) {
			int32_t sum = 0;
			for (size_t e = 0; e < pitch; e++)
				sum += columns[c * pitch + e] * planes[p * pitch + e];
			sums[c][p] = sum;
		}
}

#if defined(NS_LANES_WIDE)
NS_LANES_AVX2 int32_t add_lanes(__m256i v)
{
	__m128i four = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
	four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4e));
	return _mm_cvtsi128_si32(_mm_add_epi32(four, _mm_shuffle_epi32(four, 0xb1)));
}

/* Pairs of products fit 16 bits, and 64 steps of them too; then they are added up in 32. */
NS_LANES_AVX2 void products_avx2(int32_t sums[GROUP][NS_PLANES], const uint8_t *columns, const int8_t *planes, size_t pitch)
{
	const __m256i ones = _mm256_set1_epi16(1);
	for (size_t p = 0; p < NS_PLANES; p++) {
		__m256i wide[GROUP];
		for (size_t c = 0; c < GROUP; c++)
			wide[c] = _mm256_setzero_si256();
		for (size_t start = 0, end; start < pitch; start = end) {
			__m256i narrow[GROUP];
			end = pitch - start < 2048 ? pitch : start + 2048;
			for (size_t c = 0; c < GROUP; c++)
				narrow[c] = _mm256_setzero_si256();
			for (size_t e = start; e < end; e += 32) {
				__m256i plane = _mm256_load_si256((const __m256i *)(planes + p * pitch + e));
				for (size_t c = 0; c < GROUP; c++)
					narrow[c] = _mm256_add_epi16(narrow[c], _mm256_maddubs_epi16(_mm256_load_si256((const __m256i *)(columns + c * pitch + e)), plane));
			}
			for (size_t c = 0; c < GROUP; c++)
				wide[c] = _mm256_add_epi32(wide[c], _mm256_madd_epi16(narrow[c], ones));
		}
		for (size_t c = 0; c < GROUP; c++)
			sums[c][p] = add_lanes(wide[c]);
	}
}

#define NS_VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))

/* Sums of one column with every plane: names, not an array, for compilers copy arrays of registers about. */
struct column_sums {
	__m512i low, middle, high, copies;
};

NS_VNNI NS_LANES void multiply_column(struct column_sums *sums, const uint8_t *column, __m512i low, __m512i middle, __m512i high, __m512i copies)
{
	__m512i bits = _mm512_load_si512(column);
	sums->low = _mm512_dpbusd_epi32(sums->low, bits, low);
	sums->middle = _mm512_dpbusd_epi32(sums->middle, bits, middle);
	sums->high = _mm512_dpbusd_epi32(sums->high, bits, high);
	sums->copies = _mm512_dpbusd_epi32(sums->copies, bits, copies);
}

NS_VNNI NS_LANES void add_column(int32_t to[NS_PLANES], const struct column_sums *sums)
{
	to[0] = _mm512_reduce_add_epi32(sums->low);
	to[1] = _mm512_reduce_add_epi32(sums->middle);
	to[2] = _mm512_reduce_add_epi32(sums->high);
	to[3] = _mm512_reduce_add_epi32(sums->copies);
}

NS_VNNI static void products_vnni(int32_t sums[GROUP][NS_PLANES], const uint8_t *columns, const int8_t *planes, size_t pitch)
{
	const __m512i zero = _mm512_setzero_si512();
	struct column_sums a = {zero, zero, zero, zero}, b = a, c = a, d = a;
	for (size_t e = 0; e < pitch; e += LINE) {
		__m512i low = _mm512_load_si512(planes + e), middle = _mm512_load_si512(planes + pitch + e);
		__m512i high = _mm512_load_si512(planes + 2 * pitch + e), copies = _mm512_load_si512(planes + 3 * pitch + e);
		multiply_column(&a, columns + e, low, middle, high, copies);
		multiply_column(&b, columns + pitch + e, low, middle, high, copies);
		multiply_column(&c, columns + 2 * pitch + e, low, middle, high, copies);
		multiply_column(&d, columns + 3 * pitch + e, low, middle, high, copies);
	}
	add_column(sums[0], &a);
	add_column(sums[1], &b);
	add_column(sums[2], &c);
	add_column(sums[3], &d);
}
#endif

static products *products_here(void)
{
#if defined(NS_LANES_WIDE)
	if (ns_cpu() >= NS_CPU_VNNI)
		return products_vnni;
	if (ns_cpu() >= NS_CPU_AVX2)
		return products_avx2;
#endif
	return products_any;
}

double ns_bits_cost(void)
{
	return ns_cpu() >= NS_CPU_VNNI ? 0.05 : ns_cpu() >= NS_CPU_AVX2 ? 0.15 : 1;
}

static void select_any(int8_t *to, const int8_t *from, const uint8_t *marks, uint8_t mark, size_t pitch)
{
	for (size_t p = 0; p < NS_PLANES; p++)
		for (size_t e = 0; e < pitch; e++)
			to[p * pitch + e] = (int8_t)(marks[e] == mark ? from[p * pitch + e] : 0);
}

#if defined(NS_LANES_WIDE)
NS_LANES_AVX2 void select_avx2(int8_t *to, const int8_t *from, const uint8_t *marks, uint8_t mark, size_t pitch)
{
	__m256i wanted = _mm256_set1_epi8((char)mark);
	for (size_t e = 0; e < pitch; e += 32) {
		__m256i is = _mm256_cmpeq_epi8(_mm256_load_si256((const __m256i *)(marks + e)), wanted);
		for (size_t at = e; at < NS_PLANES * pitch; at += pitch)
			_mm256_store_si256((__m256i *)(to + at), _mm256_and_si256(_mm256_load_si256((const __m256i *)(from + at)), is));
	}
}
#endif

void ns_planes_select(int8_t *to, const int8_t *from, const uint8_t *marks, uint8_t mark, size_t pitch)
{
#if defined(NS_LANES_WIDE)
	if (ns_cpu() >= NS_CPU_AVX2) {
		select_avx2(to, from, marks, mark, pitch);
		return;
	}
#endif
	select_any(to, from, marks, mark, pitch);
}

static int64_t gradient_of(const int32_t planes[NS_PLANES])
{
	return planes[0] + INT64_C(256) * (planes[1] + INT64_C(256) * planes[2]);
}

void ns_planes_sum(int64_t *gradient, int64_t *copies, const struct ns_bits *bits, const int8_t *planes)
{
	int32_t group[GROUP][NS_PLANES];
	products_here()(group, bits->bytes + bits->count * bits->pitch, planes, bits->pitch);
	*gradient = gradient_of(group[0]);
	*copies = group[0][NS_PLANES - 1];
}

void ns_bits_sum(int64_t *sums, int64_t *above, const struct ns_bits *bits, const struct ns_boost_cells *cells, const int8_t *planes, int shift, int64_t all)
{
	products *multiply = products_here();
	for (size_t b = 0; b < bits->count; b += GROUP) {
		int32_t group[GROUP][NS_PLANES];
		multiply(group, bits->bytes + b * bits->pitch, planes, bits->pitch);
		for (size_t c = 0; c < GROUP; c++)
			above[b + c] = ns_sums_pack(shift, gradient_of(group[c]), group[c][NS_PLANES - 1]);
	}
	for (size_t f = 0; f < cells->features; f++) {
		int64_t *bin = sums + f * cells->width, rest = all;
		for (uint32_t b = bits->first[f]; b < bits->first[f + 1]; rest = above[b++])
			*bin++ = rest - above[b];
		*bin = rest;
	}
}
