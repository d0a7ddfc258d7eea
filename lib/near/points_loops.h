/*
 * points_loops: the innermost loops of points.c for one width of register, which includes this once for each, with
 *
 *	WIDTH     bytes of a register
 *	TARGET    the attribute that allows its instructions
 *	AT(name)  a name of its own for each width
 *
 * A tile's rows are taken 2 registers at a time, for up to 4 queries, so that 8 sums are in registers.
 */
typedef double AT(lanes) __attribute__((vector_size(WIDTH), may_alias));
typedef int64_t AT(bits) __attribute__((vector_size(WIDTH)));
typedef uint16_t AT(cells) __attribute__((vector_size(WIDTH), may_alias));
typedef int16_t AT(signed_cells) __attribute__((vector_size(WIDTH)));

/* Two registers of a tile, for `count` queries. */
TARGET static inline __attribute__((always_inline)) void AT(sum_pair)(double *out, const double *tile, const double *queries,
	const struct ns_points *points, enum ns_measure measure, size_t count)
{
	AT(lanes) sum[NS_POINTS_GROUP][2] = {{{0}}}, differs = (AT(lanes)){0} + points->apart;
	size_t features = points->features, numbers = points->numbers;
	for (size_t f = 0; f < features; f++, tile += LANES)
		for (size_t q = 0; q < count; q++)
			for (size_t half = 0; half < 2; half++) {
				AT(lanes) point = ((const AT(lanes) *)tile)[half], apart = point - queries[q * features + f];
				if (measure == NS_PRODUCT)
					sum[q][half] += point * queries[q * features + f];
				else if (measure == NS_MIXED && f >= numbers)
					sum[q][half] += (AT(lanes))((AT(bits))differs & (apart != 0));
				else if (measure == NS_EUCLIDEAN || measure == NS_MIXED)
					sum[q][half] += apart * apart;
				else
					sum[q][half] += (AT(lanes))((AT(bits))apart & INT64_MAX);
			}
	for (size_t q = 0; q < count; q++)
		memcpy(out + q * NS_POINTS_BLOCK, sum[q], sizeof sum[q]);
}

TARGET static inline __attribute__((always_inline)) void AT(sum_rows)(double *out, const struct ns_points *points, const double *queries, size_t first,
	enum ns_measure measure, size_t count)
{
	size_t last = points->rows - first < NS_POINTS_BLOCK ? points->rows : first + NS_POINTS_BLOCK, step = 2 * WIDTH / sizeof *out;
	for (size_t row = first; row < last; row += step)
		AT(sum_pair)(out + (row - first), points->values + row / LANES * LANES * points->features + row % LANES, queries, points, measure, count);
}

TARGET static void AT(measure)(double *out, const struct ns_points *points, const double *queries, size_t count, size_t first)
{
	if (points->measure == NS_EUCLIDEAN && count == NS_POINTS_GROUP)
		AT(sum_rows)(out, points, queries, first, NS_EUCLIDEAN, NS_POINTS_GROUP);
	else if (points->measure == NS_MANHATTAN && count == NS_POINTS_GROUP)
		AT(sum_rows)(out, points, queries, first, NS_MANHATTAN, NS_POINTS_GROUP);
	else if (points->measure == NS_PRODUCT && count == NS_POINTS_GROUP)
		AT(sum_rows)(out, points, queries, first, NS_PRODUCT, NS_POINTS_GROUP);
	else if (points->measure == NS_MIXED && count == NS_POINTS_GROUP)
		AT(sum_rows)(out, points, queries, first, NS_MIXED, NS_POINTS_GROUP);
	else
		for (size_t q = 0; q < count; q++)
			AT(sum_rows)(out + q * NS_POINTS_BLOCK, points, queries + q * points->features, first, points->measure, 1);
}

/* |a - b|^2 = |a|^2 + |b|^2 - 2 a.b, all modulo 2^16, which the distance itself is below. */
TARGET static inline __attribute__((always_inline)) void AT(sum_cell_pair)(uint16_t *out, const uint16_t *tile, const uint16_t *norms,
	const uint16_t *queries, const uint16_t *query_norms, size_t features, bool squared, size_t count)
{
	AT(cells) sum[NS_POINTS_GROUP][2] = {{{0}}};
	for (size_t f = 0; f < features; f++, tile += CELL_LANES)
		for (size_t q = 0; q < count; q++)
			for (size_t half = 0; half < 2; half++) {
				AT(cells) point = ((const AT(cells) *)tile)[half];
				AT(signed_cells) apart = (AT(signed_cells))(point - queries[q * features + f]);
				if (squared)
					sum[q][half] += point * queries[q * features + f];
				else
					sum[q][half] += (AT(cells))((apart ^ (apart < 0)) - (apart < 0));
			}
	for (size_t q = 0; q < count; q++) {
		for (size_t half = 0; squared && half < 2; half++)
			sum[q][half] = ((const AT(cells) *)norms)[half] + query_norms[q] - 2 * sum[q][half];
		memcpy(out + q * NS_POINTS_BLOCK, sum[q], sizeof sum[q]);
	}
}

TARGET static inline __attribute__((always_inline)) void AT(sum_cell_rows)(uint16_t *out, const struct ns_points *points, const uint16_t *queries,
	const uint16_t *query_norms, size_t first, bool squared, size_t count)
{
	size_t last = points->rows - first < NS_POINTS_BLOCK ? points->rows : first + NS_POINTS_BLOCK, step = 2 * WIDTH / sizeof *out;
	for (size_t row = first; row < last; row += step)
		AT(sum_cell_pair)(out + (row - first), points->cells + row / CELL_LANES * CELL_LANES * points->features + row % CELL_LANES,
			points->norms + row, queries, query_norms, points->features, squared, count);
}

TARGET static void AT(measure_cells)(uint16_t *out, const struct ns_points *points, const uint16_t *queries, size_t count, size_t first)
{
	bool squared = points->measure == NS_EUCLIDEAN;
	uint16_t norms[NS_POINTS_GROUP] = {0};
	for (size_t q = 0; squared && q < count; q++)
		for (size_t f = 0; f < points->features; f++)
			norms[q] = (uint16_t)(norms[q] + (uint32_t)queries[q * points->features + f] * queries[q * points->features + f]);
	if (squared && count == NS_POINTS_GROUP)
		AT(sum_cell_rows)(out, points, queries, norms, first, true, NS_POINTS_GROUP);
	else if (count == NS_POINTS_GROUP)
		AT(sum_cell_rows)(out, points, queries, norms, first, false, NS_POINTS_GROUP);
	else
		for (size_t q = 0; q < count; q++)
			AT(sum_cell_rows)(out + q * NS_POINTS_BLOCK, points, queries + q * points->features, norms + q, first, squared, 1);
}
