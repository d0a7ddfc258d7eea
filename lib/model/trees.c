#include "model/trees.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * Rows go in blocks that fit the second-level cache: the larger they are, the less often a forest comes from memory. Within a block a
 * tree is walked by LANES rows at a time, so that their dependent loads overlap. Blocks are row-major, with one cell in front of
 * every row for the feature -1 that leaves ask for.
 */
enum { LANES = 8, BLOCK_CELLS = 64 * 1024, BLOCK_ROWS = 2048 };

static void walk(uint32_t *restrict at, const struct ns_node *restrict nodes, const double *restrict cells, size_t stride)
{
	uint32_t here[LANES] = {0}, moved;
	do {
		moved = 0;
		for (size_t lane = 0; lane < LANES; lane++) {
			const struct ns_node *node = nodes + here[lane];
			/* Not (x <= threshold): a NaN would leave its leaf. */
			uint32_t next = node->left + (cells[lane * stride + (size_t)(node->feature + 1)] > node->threshold);
			moved |= next ^ here[lane];
			here[lane] = next;
		}
	} while (moved);
	memcpy(at, here, sizeof here);
}

static void add_values(double *restrict out, const double *restrict values, uint32_t outputs, const uint32_t *at, size_t rows)
{
	for (size_t row = 0; row < rows; row++)
		for (uint32_t o = 0; o < outputs; o++)
			out[row * outputs + o] += values[at[row] * (size_t)outputs + o];
}

/* A block of up to BLOCK_ROWS rows; cells beyond the last row are zero and walk along unheard. */
static void predict_block(double *out, const struct ns_trees *trees, const double *cells, size_t stride, size_t rows)
{
	memset(out, 0, rows * trees->outputs * sizeof *out);
	for (size_t t = 0; t < trees->count; t++) {
		const struct ns_node *nodes = trees->nodes + trees->first[t];
		const double *values = trees->values + trees->first[t] * trees->outputs;
		for (size_t row = 0; row < rows; row += LANES) {
			uint32_t at[LANES];
			walk(at, nodes, cells + row * stride, stride);
			add_values(out + row * trees->outputs, values, trees->outputs, at, rows - row < LANES ? rows - row : LANES);
		}
	}
	for (size_t i = 0; i < rows * trees->outputs; i++)
		out[i] /= (double)trees->count;
}

void ns_trees_predict(double *out, const struct ns_trees *trees, size_t features, const double *const *x, size_t rows)
{
	assert(trees->link == NS_LINK_MEAN);
	size_t stride = features + 1;
	size_t block = BLOCK_CELLS / stride / LANES * LANES;
	block = block < LANES ? LANES : block > BLOCK_ROWS ? BLOCK_ROWS : block;
	block = rows < block ? (rows + LANES - 1) / LANES * LANES : block;
	double *cells = ns_malloc_array(block * sizeof *cells, stride);
	for (size_t start = 0; start < rows; start += block) {
		size_t size = rows - start < block ? rows - start : block;
		memset(cells, 0, block * stride * sizeof *cells);
		for (size_t f = 0; f < features; f++)
			for (size_t row = 0; row < size; row++)
				cells[row * stride + f + 1] = x[f][start + row];
		predict_block(out + start * trees->outputs, trees, cells, stride, size);
	}
	free(cells);
}
