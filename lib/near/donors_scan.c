#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/cpu.h"
#include "near/donors_parts.h"

/* Bits of each byte, in every width; up to 31 of these add up within their bytes, and the planes add 1 + 3 + 5 + 7 of them. */
#define BITS_OF_PAIRS(x) ((x) - ((x) >> 1 & 0x55555555))
#define BITS_OF_FOURS(x) (((x) & 0x33333333) + ((x) >> 2 & 0x33333333))
#define BITS_OF_BYTES(x) (((x) + ((x) >> 4)) & 0x0f0f0f0f)
#define COUNT_BYTES(x) BITS_OF_BYTES(BITS_OF_FOURS(BITS_OF_PAIRS(x)))
#define PAIRS_OF_BYTES(x) (((x) & 0x00ff00ff) + ((x) >> 8 & 0x00ff00ff))
#define ADD_PAIRS(x) (((x) + ((x) >> 16)) & 0xffff)
#define ADD_BYTES(x) ADD_PAIRS(PAIRS_OF_BYTES(x))

#define COUNT(x) COUNT_BYTES(x)
#define TOTAL(x) ADD_BYTES(x)

#define AT(name) name##_baseline
#define TARGET
#define WIDTH 16
#if defined(__x86_64__)
#define POSITIVE(x) (singles_baseline)_mm_max_ps((__m128)(x), _mm_setzero_ps())
#define LESS(x, y) (unsigned)_mm_movemask_ps(_mm_cmplt_ps((__m128)(x), _mm_set1_ps(y)))
#else
#define POSITIVE(x) (singles_baseline)((words_baseline)(x) & ((x) > 0))
#define LESS(x, y) ((unsigned)((x)[0] < (y)) | (unsigned)((x)[1] < (y)) << 1 | (unsigned)((x)[2] < (y)) << 2 | (unsigned)((x)[3] < (y)) << 3)
#endif
#include "near/donors_loops.h"

#if defined(__x86_64__)

/* Looked up by halves of bytes. */
__attribute__((target("avx2"))) static inline __m256i count_avx2(__m256i x)
{
	const __m256i half = _mm256_set1_epi8(15), counts = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3,
		2, 3, 3, 4);
	return _mm256_add_epi8(_mm256_shuffle_epi8(counts, _mm256_and_si256(x, half)), _mm256_shuffle_epi8(counts, _mm256_and_si256(_mm256_srli_epi16(x, 4), half)));
}

#undef AT
#undef TARGET
#undef WIDTH
#undef COUNT
#undef TOTAL
#undef POSITIVE
#undef LESS
#define AT(name) name##_avx2
#define TARGET __attribute__((target("avx2")))
#define WIDTH 32
#define COUNT(x) (words_avx2)count_avx2((__m256i)(x))
#define TOTAL(x) (words_avx2)_mm256_madd_epi16(_mm256_maddubs_epi16((__m256i)(x), _mm256_set1_epi8(1)), _mm256_set1_epi16(1))
#define POSITIVE(x) (singles_avx2)_mm256_max_ps((__m256)(x), _mm256_setzero_ps())
#define LESS(x, y) (unsigned)_mm256_movemask_ps(_mm256_cmp_ps((__m256)(x), _mm256_set1_ps(y), _CMP_LT_OQ))
#include "near/donors_loops.h"

/* The machines that count bits so wide. */
#undef AT
#undef TARGET
#undef WIDTH
#undef COUNT
#undef TOTAL
#undef POSITIVE
#undef LESS
#define AT(name) name##_avx512
#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq")))
#define WIDTH 64
#define COUNT(x) (words_avx512)_mm512_popcnt_epi32((__m512i)(x))
#define TOTAL(x) (x)
#define POSITIVE(x) (singles_avx512)_mm512_max_ps((__m512)(x), _mm512_setzero_ps())
#define LESS(x, y) _mm512_cmp_ps_mask((__m512)(x), _mm512_set1_ps(y), _CMP_LT_OQ)
#include "near/donors_loops.h"

static void scan(struct ns_seeker *seeker, size_t first, size_t count)
{
	enum ns_cpu cpu = ns_cpu();
	bool bits = seeker->way == NS_SEEK_BITS;
	if (cpu >= NS_CPU_AVX512 && __builtin_cpu_supports("avx512vpopcntdq"))
		(bits ? scan_bits_avx512 : scan_singles_avx512)(seeker, first, count);
	else if (cpu >= NS_CPU_AVX2)
		(bits ? scan_bits_avx2 : scan_singles_avx2)(seeker, first, count);
	else
		(bits ? scan_bits_baseline : scan_singles_baseline)(seeker, first, count);
}

#else

static void scan(struct ns_seeker *seeker, size_t first, size_t count)
{
	(seeker->way == NS_SEEK_BITS ? scan_bits_baseline : scan_singles_baseline)(seeker, first, count);
}

#endif

void ns_donors_scan(struct ns_seeker *seeker, size_t first, size_t count)
{
	if (seeker->way != NS_SEEK_ALL)
		scan(seeker, first, count);
	else
		for (size_t at = 0; at < count && seeker->limit > 0; at += NS_DONORS_TILE)
			ns_seeker_take(seeker, count - at < NS_DONORS_TILE ? (UINT64_C(1) << (count - at)) - 1 : UINT64_MAX, first + at, NULL);
}
