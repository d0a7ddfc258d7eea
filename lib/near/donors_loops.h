/*
 * donors_loops: the innermost loops of donors_scan.c for one width of register, which includes this once for each, with
 *
 *	WIDTH       bytes of a register
 *	TARGET      the attribute that allows its instructions
 *	AT(name)    a name of its own for each width
 *	COUNT(x)    of registers of 32-bit words: how many bits each has, or each of its bytes
 *	TOTAL(x)    of what COUNT gave, or a sum of it: each word's
 *	POSITIVE(x) of floats: x where it is more than 0, 0 where it is not or NaN
 *	LESS(x, y)  of floats: bit i is set where x[i] < y
 */
typedef uint32_t AT(words) __attribute__((vector_size(WIDTH), may_alias));
typedef int32_t AT(wholes) __attribute__((vector_size(WIDTH))); /* which machines make floats of */
typedef float AT(singles) __attribute__((vector_size(WIDTH), may_alias));

/* One tile in bits: how far each row is in squared units, and which are nearer than the limit. */
TARGET static inline __attribute__((always_inline)) uint64_t AT(meet_bits)(float *apart, const uint32_t *tile, const uint32_t *bits, size_t words,
	size_t planes, float limit)
{
	enum { LANES = WIDTH / 4 };
	uint64_t mask = 0;
	for (size_t lane = 0; lane < NS_DONORS_TILE; lane += LANES) {
		AT(words) sum = {0}, common = {0};
		for (size_t w = 0; w < words; w++) {
			const uint32_t *rows = tile + w * (planes + 1) * NS_DONORS_TILE + lane, *seeker = bits + w * (planes + 1);
			AT(words) both = *(const AT(words) *)rows & seeker[0], differ[NS_DONORS_PLANES_MAX], far = {0};
			for (size_t i = 0; i < planes; i++)
				differ[i] = (*(const AT(words) *)(rows + (i + 1) * NS_DONORS_TILE) ^ seeker[i + 1]) & both;
			for (size_t by = 1; by <= planes; by++) {
				AT(words) any = differ[0];
				for (size_t i = 1; i + by <= planes; i++)
					any |= differ[i];
				far += (uint32_t)(2 * by - 1) * COUNT(any);
				for (size_t i = 0; i + by < planes; i++)
					differ[i] &= differ[i + 1];
			}
			sum += TOTAL(far);
			common += TOTAL(COUNT(both));
		}
		AT(singles) quotient = __builtin_convertvector((AT(wholes))sum, AT(singles)) / __builtin_convertvector((AT(wholes))common, AT(singles));
		*(AT(singles) *)(apart + lane) = quotient;
		mask |= (uint64_t)LESS(quotient, limit) << lane;
	}
	return mask;
}

TARGET static inline __attribute__((always_inline)) void AT(scan_planes)(struct ns_seeker *seeker, size_t first, size_t count, size_t words, size_t planes)
{
	float apart[NS_DONORS_TILE] __attribute__((aligned(64)));
	for (size_t at = first; at < first + count && seeker->limit > 0; at += NS_DONORS_TILE) {
		uint64_t mask = AT(meet_bits)(apart, seeker->donors->bits + at * words * (planes + 1), seeker->bits, words, planes, (float)seeker->limit);
		if (mask)
			ns_seeker_take(seeker, mask, at, apart);
	}
}

TARGET static void AT(scan_bits)(struct ns_seeker *seeker, size_t first, size_t count)
{
	size_t words = seeker->donors->words, planes = seeker->donors->planes;
	if (words == 1 && planes == 1)
		AT(scan_planes)(seeker, first, count, 1, 1);
	else if (words == 1 && planes == 2)
		AT(scan_planes)(seeker, first, count, 1, 2);
	else if (planes == 1)
		AT(scan_planes)(seeker, first, count, words, 1);
	else if (planes == 2)
		AT(scan_planes)(seeker, first, count, words, 2);
	else if (planes == 3)
		AT(scan_planes)(seeker, first, count, words, 3);
	else
		AT(scan_planes)(seeker, first, count, words, 4);
}

/* Which rows of a tile may be nearer than the limit; four registers at a time. */
TARGET static inline __attribute__((always_inline)) uint64_t AT(meet_singles)(const float *tile, const uint32_t *present, const struct ns_seeker *seeker,
	float limit)
{
	enum { LANES = WIDTH / 4, STEP = 4 * LANES };
	const struct ns_donors *donors = seeker->donors;
	uint64_t mask = 0;
	for (size_t lane = 0; lane < NS_DONORS_TILE; lane += STEP) {
		AT(singles) sum[4] = {{0}};
		AT(words) common[4] = {{0}};
		for (size_t f = 0; f < seeker->there_count; f++) {
			const AT(singles) *rows = (const AT(singles) *)(tile + seeker->there[f] * (size_t)NS_DONORS_TILE + lane);
			for (size_t i = 0; i < 4; i++) {
				AT(singles) by = rows[i] - seeker->singles[f];
				sum[i] += POSITIVE(by * by);
			}
		}
		for (size_t w = 0; w < donors->words; w++)
			for (size_t i = 0; i < 4; i++) {
				const uint32_t *rows = present + w * (donors->planes + 1) * NS_DONORS_TILE + lane + i * LANES;
				common[i] += TOTAL(COUNT(*(const AT(words) *)rows & seeker->bits[w * (donors->planes + 1)]));
			}
		for (size_t i = 0; i < 4; i++)
			mask |= (uint64_t)LESS(sum[i] / __builtin_convertvector((AT(wholes))common[i], AT(singles)), limit) << (lane + i * LANES);
	}
	return mask;
}

TARGET static void AT(scan_singles)(struct ns_seeker *seeker, size_t first, size_t count)
{
	const struct ns_donors *donors = seeker->donors;
	float limit = ns_seeker_single_limit(seeker);
	for (size_t at = first; at < first + count && seeker->limit > 0; at += NS_DONORS_TILE) {
		uint64_t mask = AT(meet_singles)(donors->singles + at * donors->features, donors->bits + at * donors->words * (donors->planes + 1), seeker, limit);
		if (mask) {
			ns_seeker_take(seeker, mask, at, NULL);
			limit = ns_seeker_single_limit(seeker);
		}
	}
}
