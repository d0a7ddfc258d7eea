#include "model/cells.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"

enum { LANES = NS_RANK_LANES, GROUP = NS_CELL_GROUP, TILE = 1024, BLOCK_BYTES = 1024 * 1024 };

static const size_t sizes[] = {[NS_CELL_BITS] = 8, [NS_CELL_BYTES] = 1, [NS_CELL_WORDS] = 2, [NS_CELL_DOUBLES] = 8};

void ns_cells_init(struct ns_cells *cells, enum ns_cell kind, const struct ns_ranks *ranks, size_t rows)
{
	size_t stride = kind == NS_CELL_BITS || ranks->count == 0 ? 1 : ranks->count, row_size = stride * sizes[kind];
	size_t room = BLOCK_BYTES / row_size / GROUP * GROUP;
	room = room < GROUP ? GROUP : room > NS_CELL_ROWS ? NS_CELL_ROWS : room;
	room = rows < room ? (rows + GROUP - 1) / GROUP * GROUP : room;
	*cells = (struct ns_cells){.kind = kind, .stride = stride, .room = room, .cells = ns_malloc_array(room, row_size)};
	memset(cells->cells, 0, room * row_size);
}

void ns_cells_release(struct ns_cells *cells)
{
	free(cells->cells);
	*cells = (struct ns_cells){0};
}

/* One slot's bits, some rows. A missing value is not > and not <= anything. */
static inline __attribute__((always_inline)) void add_bits(uint64_t *restrict bits, const struct ns_rank_slot *slot, const double *restrict x, size_t rows)
{
	for (size_t i = 0; i < slot->count; i++) {
		double threshold = slot->thresholds[i];
		uint64_t bit = UINT64_C(1) << (slot->first + i);
		for (size_t row = 0; row < rows && slot->missing_left; row++)
			bits[row] |= x[row] > threshold ? bit : 0;
		for (size_t row = 0; row < rows && !slot->missing_left; row++)
			bits[row] |= x[row] <= threshold ? 0 : bit;
	}
}

/* So many rows' bits stay near while slot after slot is added. */
#define FILL_BITS(name, target)                                                                                                               \
	target static void name(uint64_t *bits, const struct ns_ranks *ranks, const double *const *x, size_t start, size_t rows)              \
	{                                                                                                                                     \
		memset(bits, 0, rows * sizeof *bits);                                                                                         \
		for (size_t first = 0; first < rows; first += TILE)                                                                           \
			for (size_t s = 0; s < ranks->count; s++) {                                                                           \
				const struct ns_rank_slot *slot = &ranks->slots[s];                                                           \
				add_bits(bits + first, slot, x[slot->feature] + start + first, rows - first < TILE ? rows - first : TILE);    \
			}                                                                                                                     \
	}
FILL_BITS(fill_bits, )
#if defined(__x86_64__)
FILL_BITS(fill_bits_avx2, __attribute__((target("avx2"))))
FILL_BITS(fill_bits_512, __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))))
#endif

static void fill_all_bits(uint64_t *bits, const struct ns_ranks *ranks, const double *const *x, size_t start, size_t rows)
{
#if defined(__x86_64__)
	if (ns_cpu() >= NS_CPU_AVX512)
		fill_bits_512(bits, ranks, x, start, rows);
	else if (ns_cpu() == NS_CPU_AVX2)
		fill_bits_avx2(bits, ranks, x, start, rows);
	else
		fill_bits(bits, ranks, x, start, rows);
#else
	fill_bits(bits, ranks, x, start, rows);
#endif
}

/* LANES values of a slot as cells. */
static void fill_lanes(void *cells, size_t at, enum ns_cell kind, const struct ns_rank_slot *slot, const double *x)
{
	double missing = slot->missing_left ? -(double)INFINITY : (double)INFINITY;
	uint32_t codes[LANES];
	for (size_t lane = 0; lane < LANES && kind == NS_CELL_DOUBLES; lane++)
		((double *)cells)[at + lane] = isnan(x[lane]) ? missing : x[lane];
	if (kind == NS_CELL_DOUBLES)
		return;
	ns_rank_codes(codes, slot, x);
	for (size_t lane = 0; lane < LANES; lane++)
		if (kind == NS_CELL_BYTES)
			((uint8_t *)cells)[at + lane] = (uint8_t)codes[lane];
		else
			((uint16_t *)cells)[at + lane] = (uint16_t)codes[lane];
}

/* Slot by slot, so that each one's thresholds stay near. */
void ns_cells_fill(struct ns_cells *cells, const struct ns_ranks *ranks, const double *const *x, size_t start, size_t rows)
{
	cells->rows = rows;
	if (cells->kind == NS_CELL_BITS) {
		fill_all_bits(cells->cells, ranks, x, start, rows);
		return;
	}
	for (size_t s = 0; s < ranks->count; s++) {
		const struct ns_rank_slot *slot = &ranks->slots[s];
		const double *values = x[slot->feature] + start;
		for (size_t row = 0; row < rows; row += LANES) {
			double last[LANES] = {0};
			const double *lanes = values + row;
			if (rows - row < LANES)
				lanes = memcpy(last, lanes, (rows - row) * sizeof *last);
			fill_lanes(cells->cells, ns_cell_of(cells, row) + s * GROUP, cells->kind, slot, lanes);
		}
	}
}
