/*
 * screen_loops: the innermost loops of screen.c for one width of register, which includes this once for each, with
 *
 *	WIDTH          bytes of a register
 *	TARGET         the attribute that allows its instructions
 *	AT(name)       a name of its own for each width
 *	REGISTERS      of a tile that are taken at once
 *	LEAST(x, y)    bit i is set where x[i] >= y
 */
typedef float AT(singles) __attribute__((vector_size(WIDTH), may_alias));

TARGET static void AT(screen)(uint64_t *bits, const float *tile, const float *queries, const float *thresholds, size_t features)
{
	enum { SINGLES = WIDTH / 4, STEP = REGISTERS * SINGLES };
	for (size_t lane = 0; lane < NS_SCREEN_TILE; lane += STEP) {
		AT(singles) sum[NS_POINTS_GROUP][REGISTERS];
		for (size_t q = 0; q < NS_POINTS_GROUP; q++)
			for (size_t r = 0; r < REGISTERS; r++)
				sum[q][r] = *(const AT(singles) *)(tile + lane + r * SINGLES);
		const float *from = tile + NS_SCREEN_TILE + lane;
		for (size_t f = 0; f < features; f++, from += NS_SCREEN_TILE)
			for (size_t q = 0; q < NS_POINTS_GROUP; q++)
				for (size_t r = 0; r < REGISTERS; r++)
					sum[q][r] += *(const AT(singles) *)(from + r * SINGLES) * queries[q * features + f];
		for (size_t q = 0; q < NS_POINTS_GROUP; q++)
			for (size_t r = 0; r < REGISTERS; r++)
				bits[q * NS_SCREEN_TILES] |= (uint64_t)LEAST(sum[q][r], thresholds[q]) << (lane + r * SINGLES);
	}
}
