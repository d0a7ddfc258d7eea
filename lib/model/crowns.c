#include "model/crowns.h"

#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* A node that less than one in RARE rows come to is left to those few. */
enum { LEVELS = NS_CROWN_LEVELS, EXITS = 1 << LEVELS, RARE = 64, GROUP = NS_CELL_GROUP };

/* --- making them --- */

/* A tree's crown behind the nodes that are there: place by place, level by level. */
static void make_crown(struct ns_crowns *crowns, size_t *count, const struct ns_trees *trees, const struct ns_ranks *ranks, size_t tree)
{
	uint32_t number[2 * EXITS] = {0}; /* the place's node, within the tree; UINT32_MAX: none */
	double all = ns_narrow_number(&trees->samples, trees->first[tree]), passed = 0;
	for (uint32_t place = 1; place < EXITS; place++) {
		if ((place & (place - 1)) == 0)
			crowns->first[tree * LEVELS + (size_t)__builtin_ctz(place)] = *count;
		struct ns_node node = number[place] == UINT32_MAX ? (struct ns_node){.feature = -1} : ns_trees_node(trees, tree, number[place]);
		double rows = node.feature < 0 ? 0 : ns_narrow_number(&trees->samples, trees->first[tree] + number[place]);
		bool inside = node.feature >= 0 && rows >= all / RARE;
		number[2 * place] = inside ? node.left : number[place];
		number[2 * place + 1] = inside ? (uint32_t)node.left + 1 : UINT32_MAX;
		if (!inside)
			continue;
		passed += rows;
		uint32_t slot = ns_rank_slot_of(ranks, node);
		crowns->nodes[(*count)++] = (struct ns_crown_node){(uint16_t)slot, (uint16_t)ns_rank_code(&ranks->slots[slot], node.threshold), place};
	}
	memcpy(crowns->exits + tree * EXITS, number + EXITS, EXITS * sizeof *number);
	crowns->steps[tree] = all > 0 ? passed / all : 0;
}

void ns_crowns_init(struct ns_crowns *crowns, const struct ns_trees *trees, const struct ns_ranks *ranks)
{
	size_t count = 0;
	*crowns = (struct ns_crowns){.nodes = ns_malloc_array(trees->count, EXITS * sizeof *crowns->nodes),
		.first = ns_malloc_array(trees->count * LEVELS + 1, sizeof *crowns->first),
		.exits = ns_malloc_array(trees->count, EXITS * sizeof *crowns->exits),
		.steps = ns_malloc_array(trees->count, sizeof *crowns->steps)};
	for (size_t t = 0; t < trees->count; t++)
		make_crown(crowns, &count, trees, ranks, t);
	crowns->first[trees->count * LEVELS] = count;
}

void ns_crowns_release(struct ns_crowns *crowns)
{
	free(crowns->nodes);
	free(crowns->first);
	free(crowns->exits);
	free(crowns->steps);
	*crowns = (struct ns_crowns){0};
}

/* --- passing them --- */

/* Which of 64 cells are above the code. */
static inline uint64_t above_bytes(const void *cells, uint16_t code)
{
	const uint8_t *cell = cells;
	uint64_t above = 0;
#if defined(__x86_64__)
	for (int i = 0; i < GROUP; i += 16) {
		__m128i rest = _mm_subs_epu8(_mm_loadu_si128((const __m128i *)(const void *)(cell + i)), _mm_set1_epi8((char)code));
		above |= (uint64_t)(~_mm_movemask_epi8(_mm_cmpeq_epi8(rest, _mm_setzero_si128())) & 0xffff) << i;
	}
#else
	for (int i = 0; i < GROUP; i++)
		above |= (uint64_t)(cell[i] > code) << i;
#endif
	return above;
}

static inline uint64_t above_words(const void *cells, uint16_t code)
{
	const uint16_t *cell = cells;
	uint64_t above = 0;
#if defined(__x86_64__)
	for (int i = 0; i < GROUP; i += 16) {
		const __m128i *at = (const __m128i *)(const void *)(cell + i);
		__m128i low = _mm_cmpeq_epi16(_mm_subs_epu16(_mm_loadu_si128(at), _mm_set1_epi16((short)code)), _mm_setzero_si128());
		__m128i high = _mm_cmpeq_epi16(_mm_subs_epu16(_mm_loadu_si128(at + 1), _mm_set1_epi16((short)code)), _mm_setzero_si128());
		above |= (uint64_t)(~_mm_movemask_epi8(_mm_packs_epi16(low, high)) & 0xffff) << i;
	}
#else
	for (int i = 0; i < GROUP; i++)
		above |= (uint64_t)(cell[i] > code) << i;
#endif
	return above;
}

/* Eight bits, one to a byte. */
static inline uint64_t spread(uint64_t bits)
{
	uint64_t apart = ((bits & 255) * UINT64_C(0x0101010101010101)) & UINT64_C(0x8040201008040201);
	return ((apart + UINT64_C(0x7f7f7f7f7f7f7f7f)) >> 7) & UINT64_C(0x0101010101010101);
}

static inline void join_answers(uint8_t way[GROUP], const uint64_t answers[LEVELS])
{
	for (int row = 0; row < GROUP; row += 8) {
		uint64_t ways = 0;
		for (int level = 0; level < LEVELS; level++)
			ways = ways << 1 | spread(answers[level] >> row);
		memcpy(way + row, &ways, sizeof ways);
	}
}

#if defined(__x86_64__)
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq")))

AVX512 static inline uint64_t above_bytes_512(const void *cells, uint16_t code)
{
	return _mm512_cmpgt_epu8_mask(_mm512_loadu_si512(cells), _mm512_set1_epi8((char)code));
}

AVX512 static inline uint64_t above_words_512(const void *cells, uint16_t code)
{
	__m512i codes = _mm512_set1_epi16((short)code);
	const uint16_t *cell = cells;
	return _mm512_cmpgt_epu16_mask(_mm512_loadu_si512(cell), codes) | (uint64_t)_mm512_cmpgt_epu16_mask(_mm512_loadu_si512(cell + 32), codes) << 32;
}

AVX512 static inline void join_answers_512(uint8_t way[GROUP], const uint64_t answers[LEVELS])
{
	__m512i ways = _mm512_setzero_si512();
	for (int level = 0; level < LEVELS; level++)
		ways = _mm512_or_si512(ways, _mm512_maskz_set1_epi8(answers[level], (char)(1 << (LEVELS - 1 - level))));
	_mm512_storeu_si512(way, ways);
}
#endif

/* One group of 64 rows after the other. */
#define PASS(name, target, cell_type, above, join)                                                                                                  \
	target static void name(uint32_t *restrict at, const struct ns_crown_node *restrict nodes, const size_t *restrict first, const uint32_t *restrict exits, \
		const cell_type *restrict cells, size_t stride, size_t rows)                                                                        \
	{                                                                                                                                           \
		for (size_t row = 0; row < rows; row += GROUP) {                                                                                    \
			const cell_type *group = cells + row * stride;                                                                              \
			uint64_t here[2 * EXITS], answers[LEVELS];                                                                                  \
			uint8_t way[GROUP];                                                                                                         \
			here[1] = UINT64_MAX;                                                                                                       \
			for (size_t level = 0; level < LEVELS; level++) {                                                                           \
				uint64_t answer = 0;                                                                                                \
				for (size_t i = first[level]; i < first[level + 1]; i++) {                                                          \
					uint64_t come = here[nodes[i].place];                                                                       \
					uint64_t right = come & above(group + (size_t)nodes[i].slot * GROUP, nodes[i].code);                        \
					answer |= right;                                                                                            \
					here[2 * nodes[i].place] = come ^ right;                                                                    \
					here[2 * nodes[i].place + 1] = right;                                                                       \
				}                                                                                                                   \
				answers[level] = answer;                                                                                            \
			}                                                                                                                           \
			join(way, answers);                                                                                                         \
			for (size_t i = 0; i < GROUP; i++)                                                                                          \
				at[row + i] = exits[way[i]];                                                                                        \
		}                                                                                                                                   \
	}
PASS(pass_bytes, , uint8_t, above_bytes, join_answers)
PASS(pass_words, , uint16_t, above_words, join_answers)
#if defined(__x86_64__)
PASS(pass_bytes_512, AVX512, uint8_t, above_bytes_512, join_answers_512)
PASS(pass_words_512, AVX512, uint16_t, above_words_512, join_answers_512)
#endif

void ns_crowns_pass(uint32_t *at, const struct ns_crowns *crowns, size_t tree, const struct ns_cells *cells)
{
	const size_t *first = crowns->first + tree * LEVELS;
	const uint32_t *exits = crowns->exits + tree * EXITS;
	bool bytes = cells->kind == NS_CELL_BYTES;
#if defined(__x86_64__)
	if (ns_cpu() >= NS_CPU_AVX512) {
		if (bytes)
			pass_bytes_512(at, crowns->nodes, first, exits, cells->cells, cells->stride, cells->rows);
		else
			pass_words_512(at, crowns->nodes, first, exits, cells->cells, cells->stride, cells->rows);
		return;
	}
#endif
	if (bytes)
		pass_bytes(at, crowns->nodes, first, exits, cells->cells, cells->stride, cells->rows);
	else
		pass_words(at, crowns->nodes, first, exits, cells->cells, cells->stride, cells->rows);
}
