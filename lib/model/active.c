#include "model/active.h"

#include "base/cpu.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* From row `first` on, behind the `count` that were found before it. */
static size_t find(uint32_t *restrict active, size_t count, const uint32_t *restrict at, size_t first, size_t rows, uint32_t leaves)
{
	for (size_t row = first; row < rows; row++) {
		active[count] = (uint32_t)row;
		count += at[row] >= leaves;
	}
	return count;
}

#if defined(__x86_64__)
__attribute__((target("avx512f"))) static size_t find_512(uint32_t *restrict active, const uint32_t *restrict at, size_t rows, uint32_t leaves)
{
	__m512i row = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), many = _mm512_set1_epi32((int)leaves);
	size_t count = 0, i = 0;
	for (; i + 16 <= rows; i += 16) {
		__mmask16 inside = _mm512_cmpge_epu32_mask(_mm512_loadu_si512(at + i), many);
		_mm512_storeu_si512(active + count, _mm512_maskz_compress_epi32(inside, row));
		count += (size_t)__builtin_popcount(inside);
		row = _mm512_add_epi32(row, _mm512_set1_epi32(16));
	}
	return find(active, count, at, i, rows, leaves);
}
#endif

size_t ns_active_find(uint32_t *active, const uint32_t *at, size_t rows, uint32_t leaves)
{
#if defined(__x86_64__)
	if (ns_cpu() >= NS_CPU_AVX512)
		return find_512(active, at, rows, leaves);
#endif
	return find(active, 0, at, 0, rows, leaves);
}
