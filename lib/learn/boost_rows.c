#include "learn/boost_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "learn/boost_numbers.h"
#include "learn/lanes.h"

#if defined(NS_LANES_WIDE)
#include <immintrin.h>
#endif

enum { PRECISION = 20, PLAIN_BITS = 62, LINE = 64, BLOCK = 1 << 13, LARGE = 1 << 15, PIECES = 4, AHEAD = 32, WIDE = 16 };

static int bits_of(uint64_t value)
{
	return value ? 64 - __builtin_clzll(value) : 0;
}

static void *lines_of(size_t count, size_t size)
{
	void *lines = aligned_alloc(LINE, (count * size / LINE + 1) * LINE);
	if (!lines)
		ns_die_of_memory();
	return lines;
}

void ns_boost_rows_init(struct ns_boost_rows *rows, const struct ns_boost_cells *cells, const struct ns_bits *bits, const uint32_t *weight, uint64_t total,
	enum ns_loss loss, int threads)
{
	int room = PLAIN_BITS - 2 * bits_of(total);
	bool weighted = weight || room < PRECISION / 2 + 3;
	*rows = (struct ns_boost_rows){.cells = cells, .bits = bits, .weight = weight, .loss = loss, .threads = threads, .entries = cells->entries};
	rows->precision = weighted || room > PRECISION ? PRECISION : room;
	rows->limits = (struct ns_limits){.shift = bits_of(weighted ? cells->rows : total), .weighted = weighted, .min_rows = 1, .min_weight = 1};
	rows->size = cells->features * cells->width * (weighted ? 2 : 1);
	if (bits) {
		rows->marks = lines_of(bits->pitch, 1);
		rows->planes = lines_of(bits->pitch, NS_PLANES);
		rows->selected = lines_of(bits->pitch, NS_PLANES);
		rows->above = lines_of(bits->count + 4, sizeof *rows->above);
		rows->ones = lines_of(cells->entries, 1);
		memset(rows->ones, 1, cells->entries);
		return;
	}
	rows->list = ns_malloc_array(cells->entries + 1, sizeof *rows->list);
	rows->spare = ns_malloc_array(cells->entries + (size_t)threads * PIECES * WIDE + WIDE, sizeof *rows->spare);
	rows->numbers = lines_of(cells->entries, (weighted ? 2 : 1) * sizeof *rows->numbers);
	rows->partial = lines_of(rows->size * (size_t)threads, sizeof *rows->partial);
}

void ns_boost_rows_release(struct ns_boost_rows *rows)
{
	free(rows->marks);
	free(rows->planes);
	free(rows->selected);
	free(rows->above);
	free(rows->ones);
	free(rows->list);
	free(rows->spare);
	free(rows->numbers);
	free(rows->partial);
	*rows = (struct ns_boost_rows){0};
}

static double scale_of(const struct ns_boost_rows *rows)
{
	return ldexp(1, rows->exponent);
}

static void number_block(void *context, size_t block, int worker)
{
	(void)worker;
	const struct ns_boost_rows *rows = context;
	size_t start = block * BLOCK, count = rows->entries - start < BLOCK ? rows->entries - start : BLOCK;
	const uint8_t *drawn = rows->drawn ? rows->drawn + start : NULL;
	int shift = rows->limits.shift;
	if (rows->limits.weighted)
		ns_numbers_weighted(rows->numbers + 2 * start, rows->gradient + start, drawn, rows->weight ? rows->weight + start : NULL, count, scale_of(rows), shift);
	else
		ns_numbers_plain(rows->numbers + start, rows->gradient + start, drawn, count, scale_of(rows), shift);
	if (!drawn)
		for (size_t e = start; e < start + count; e++)
			rows->list[e] = (uint32_t)e;
}

/* Entries that are drawn first, then the others. */
static void list_drawn(struct ns_boost_rows *rows)
{
	size_t out = 0;
	rows->in = 0;
	for (size_t e = 0; e < rows->entries; e++) {
		rows->list[rows->in] = (uint32_t)e;
		rows->spare[out] = (uint32_t)e;
		rows->in += rows->drawn[e] > 0;
		out += rows->drawn[e] == 0;
	}
	memcpy(rows->list + rows->in, rows->spare, out * sizeof *rows->list);
}

static void start_listed(struct ns_boost_rows *rows, struct ns_sums *sums)
{
	ns_parallel(rows->threads, (rows->entries + BLOCK - 1) / BLOCK, number_block, rows);
	rows->in = rows->entries;
	if (rows->drawn)
		list_drawn(rows);
	*sums = (struct ns_sums){0};
	int64_t mask = (INT64_C(1) << rows->limits.shift) - 1;
	for (size_t e = 0; e < rows->entries; e++) {
		if (rows->limits.weighted) {
			sums->gradient += rows->numbers[2 * e];
			sums->weight += rows->numbers[2 * e + 1] >> rows->limits.shift;
			sums->rows += rows->numbers[2 * e + 1] & mask;
		} else {
			sums->gradient += rows->numbers[e] >> rows->limits.shift;
			sums->rows += rows->numbers[e] & mask;
		}
	}
	if (!rows->limits.weighted)
		sums->weight = sums->rows;
}

static void start_marked(struct ns_boost_rows *rows, struct ns_sums *sums)
{
	size_t pitch = rows->bits->pitch;
	for (size_t p = 0; p < NS_PLANES; p++)
		memset(rows->planes + p * pitch + rows->entries, 0, pitch - rows->entries);
	ns_numbers_planes(rows->planes, rows->gradient, rows->drawn, rows->entries, pitch, scale_of(rows));
	memset(rows->marks, 0, pitch);
	ns_planes_sum(&sums->gradient, &sums->rows, rows->bits, rows->planes);
	sums->weight = sums->rows;
}

struct ns_members ns_boost_rows_start(struct ns_boost_rows *rows, struct ns_sums *sums, const float *gradient, uint32_t most, const uint8_t *drawn)
{
	float greatest;
	int exponent = 0;
	memcpy(&greatest, &most, sizeof greatest);
	(void)frexp(greatest, &exponent);
	rows->exponent = greatest > 0 ? rows->precision - exponent : 0;
	rows->gradient = gradient;
	rows->drawn = drawn ? drawn : rows->cells->copies ? rows->cells->copies : rows->ones;
	if (rows->bits)
		start_marked(rows, sums);
	else
		start_listed(rows, sums);
	return (struct ns_members){0, 0, rows->in};
}

struct summing {
	const struct ns_boost_rows *rows;
	const struct ns_members *node;
	size_t pieces;
	int64_t *first; /* the first worker's histogram */
};

static void sum_piece(void *context, size_t piece, int worker)
{
	const struct summing *work = context;
	const struct ns_boost_rows *rows = work->rows;
	size_t count = work->node->end - work->node->start, start = work->node->start + count * piece / work->pieces;
	size_t end = work->node->start + count * (piece + 1) / work->pieces;
	int64_t *sums = worker == 0 ? work->first : rows->partial + (size_t)worker * rows->size;
	const uint32_t *list = count == rows->entries ? NULL : rows->list; /* the root's is 0, 1, 2 ... */
	ns_histogram_add(sums, rows->cells, list, start, end, rows->numbers, rows->limits.weighted ? 2 : 1);
}

static void sum_listed(struct ns_boost_rows *rows, int64_t *sums, const struct ns_members *node)
{
	bool large = rows->threads > 1 && node->end - node->start >= LARGE / 4;
	struct summing work = {rows, node, large ? (size_t)rows->threads * PIECES : 1, sums};
	memset(sums, 0, rows->size * sizeof *sums);
	if (large)
		memset(rows->partial, 0, (size_t)rows->threads * rows->size * sizeof *rows->partial);
	ns_parallel(rows->threads, work.pieces, sum_piece, &work);
	for (int worker = 1; large && worker < rows->threads; worker++) {
		const int64_t *partial = rows->partial + (size_t)worker * rows->size;
		for (size_t i = 0; i < rows->size; i++)
			sums[i] += partial[i];
	}
}

void ns_boost_rows_sum(struct ns_boost_rows *rows, int64_t *sums, const struct ns_members *node, const struct ns_sums *total)
{
	if (!rows->bits) {
		sum_listed(rows, sums, node);
		return;
	}
	const int8_t *planes = rows->planes;
	if (node->mark) {
		ns_planes_select(rows->selected, rows->planes, rows->marks, (uint8_t)node->mark, rows->bits->pitch);
		planes = rows->selected;
	}
	ns_bits_sum(sums, rows->above, rows->bits, rows->cells, planes, rows->limits.shift, ns_sums_pack(rows->limits.shift, total->gradient, total->rows));
}

/* What decides where an entry goes. */
struct sorting {
	struct ns_boost_rows *rows;
	const struct ns_members *node;
	const uint8_t *codes;
	size_t step, pieces;
	uint32_t low, missing_code;
	bool missing_left;
	size_t *lefts; /* per piece */
};

static struct sorting sorting_of(struct ns_boost_rows *rows, const struct ns_members *node, const struct ns_question *question)
{
	const struct ns_boost_cells *cells = rows->cells;
	const struct ns_cut *cut = &cells->cuts[question->feature];
	bool columns = cells->column_codes != NULL;
	return (struct sorting){.rows = rows, .node = node, .low = question->low, .missing_left = question->missing_left,
		.codes = columns ? cells->column_codes + question->feature * cells->entries : cells->codes + question->feature,
		.step = columns ? 1 : cells->stride, .missing_code = cut->missing ? cut->count : 256};
}

/* Lefts to `lefts`, which may be where the list stands, rights to `rights`, in their order. Returns how many go left. */
static size_t divide_any(uint32_t *lefts, uint32_t *rights, const uint32_t *list, size_t count, const struct sorting *how)
{
	size_t left = 0, right = 0;
	for (size_t i = 0; i < count; i++) {
		uint32_t entry = list[i];
		if (i + AHEAD < count)
			__builtin_prefetch(&how->codes[list[i + AHEAD] * how->step]);
		bool goes_right = ns_code_right(how->codes[entry * how->step], how->low, how->missing_code, how->missing_left);
		rights[right] = entry;
		lefts[left] = entry;
		right += goes_right;
		left += !goes_right;
	}
	return left;
}

#if defined(NS_LANES_WIDE)
/* 16 at a time: what is written behind the ends is overwritten by the next, or belongs to nobody. */
NS_LANES_AVX512 size_t divide_avx512(uint32_t *lefts, uint32_t *rights, const uint32_t *list, size_t count, const struct sorting *how)
{
	const __m512i byte = _mm512_set1_epi32(0xff), low = _mm512_set1_epi32((int)how->low);
	const __m512i missing = _mm512_set1_epi32(how->missing_left ? (int)how->missing_code : -1);
	size_t left = 0, right = 0, i = 0;
	for (; i + WIDE <= count; i += WIDE) {
		__m512i entries = _mm512_loadu_si512(list + i);
		__m512i codes = _mm512_and_si512(_mm512_i32gather_epi32(entries, (const int *)how->codes, 1), byte);
		__mmask16 goes_right = _mm512_cmpgt_epi32_mask(codes, low) & _mm512_cmpneq_epi32_mask(codes, missing);
		_mm512_storeu_si512(lefts + left, _mm512_maskz_compress_epi32((__mmask16)~goes_right, entries));
		_mm512_storeu_si512(rights + right, _mm512_maskz_compress_epi32(goes_right, entries));
		unsigned rights_now = (unsigned)__builtin_popcount(goes_right);
		right += rights_now;
		left += WIDE - rights_now;
	}
	return left + divide_any(lefts + left, rights + right, list + i, count - i, how);
}
#endif

static size_t divide(uint32_t *lefts, uint32_t *rights, const uint32_t *list, size_t count, const struct sorting *how)
{
#if defined(NS_LANES_WIDE)
	if (ns_cpu() >= NS_CPU_AVX512 && how->step == 1 && how->rows->entries < INT32_MAX)
		return divide_avx512(lefts, rights, list, count, how);
#endif
	return divide_any(lefts, rights, list, count, how);
}

static size_t split_list(struct sorting *work)
{
	struct ns_boost_rows *rows = work->rows;
	uint32_t *list = rows->list + work->node->start;
	size_t count = work->node->end - work->node->start, left = divide(list, rows->spare, list, count, work);
	memcpy(list + left, rows->spare, (count - left) * sizeof *list);
	return work->node->start + left;
}

static size_t piece_start(const struct sorting *work, size_t piece)
{
	return work->node->start + (work->node->end - work->node->start) * piece / work->pieces;
}

/* Lefts to the front of the piece of the spare list, rights behind them. */
static void sort_piece(void *context, size_t piece, int worker)
{
	(void)worker;
	const struct sorting *work = context;
	size_t start = piece_start(work, piece), count = piece_start(work, piece + 1) - start;
	uint32_t *list = work->rows->list + start, *spare = work->rows->spare + start + piece * WIDE;
	size_t left = divide(list, spare, list, count, work);
	work->lefts[piece] = left;
	memcpy(list + left, spare, (count - left) * sizeof *list);
}

/* Copies them to the spare list, where they belong. */
static void place_piece(void *context, size_t piece, int worker)
{
	(void)worker;
	const struct sorting *work = context;
	size_t start = piece_start(work, piece), left = work->node->start, right = left, size = work->lefts[piece];
	for (size_t p = 0; p < work->pieces; p++) {
		right += work->lefts[p];
		if (p < piece) {
			left += work->lefts[p];
			right += piece_start(work, p + 1) - piece_start(work, p) - work->lefts[p];
		}
	}
	uint32_t *spare = work->rows->spare;
	const uint32_t *list = work->rows->list + start;
	memcpy(spare + left, list, size * sizeof *list);
	memcpy(spare + right, list + size, (piece_start(work, piece + 1) - start - size) * sizeof *list);
}

static void return_piece(void *context, size_t piece, int worker)
{
	(void)worker;
	const struct sorting *work = context;
	size_t start = piece_start(work, piece), end = piece_start(work, piece + 1);
	memcpy(work->rows->list + start, work->rows->spare + start, (end - start) * sizeof *work->rows->list);
}

static size_t split_large_list(struct sorting *work)
{
	size_t middle = work->node->start;
	work->pieces = (size_t)work->rows->threads * PIECES;
	work->lefts = ns_malloc_array(work->pieces, sizeof *work->lefts);
	ns_parallel(work->rows->threads, work->pieces, sort_piece, work);
	ns_parallel(work->rows->threads, work->pieces, place_piece, work);
	ns_parallel(work->rows->threads, work->pieces, return_piece, work);
	for (size_t p = 0; p < work->pieces; p++)
		middle += work->lefts[p];
	free(work->lefts);
	return middle;
}

/* back: 0xff where missing values, which are so coded, go left all the same. */
struct remark {
	uint8_t from, left, right, low, missing_code, back;
};

NS_LANES void remark_any(uint8_t *restrict marks, const uint8_t *restrict codes, size_t count, struct remark how)
{
	for (size_t e = 0; e < count; e++) {
		uint8_t stays = codes[e] == how.missing_code ? how.back : 0;
		uint8_t goes_right = codes[e] > how.low ? (uint8_t)~stays : 0;
		uint8_t to = goes_right ? how.right : how.left;
		marks[e] = marks[e] == how.from ? to : marks[e];
	}
}

NS_LANES_CHOOSE(remark, (uint8_t *marks, const uint8_t *codes, size_t count, struct remark how), (marks, codes, count, how))

void ns_boost_rows_split(struct ns_boost_rows *rows, struct ns_members *left, struct ns_members *right, const struct ns_members *node,
	const struct ns_question *question, uint32_t left_mark, uint32_t right_mark)
{
	struct sorting work = sorting_of(rows, node, question);
	*left = (struct ns_members){left_mark, node->start, node->end};
	*right = (struct ns_members){right_mark, node->start, node->end};
	uint8_t back = work.missing_left && work.missing_code < 256 ? 0xff : 0;
	if (rows->bits)
		remark(rows->marks, work.codes, rows->entries, (struct remark){(uint8_t)node->mark, (uint8_t)left_mark, (uint8_t)right_mark,
			(uint8_t)work.low, (uint8_t)work.missing_code, back});
	else
		left->end = right->start = rows->threads > 1 && node->end - node->start >= LARGE ? split_large_list(&work) : split_list(&work);
}

static bool pure_list(const struct ns_boost_rows *rows, const struct ns_members *node)
{
	double scale = scale_of(rows);
	int32_t first = node->start < node->end ? ns_number_fixed(rows->gradient[rows->list[node->start]], scale) : 0;
	for (size_t i = node->start; i < node->end; i++)
		if (ns_number_fixed(rows->gradient[rows->list[i]], scale) != first)
			return false;
	return true;
}

/* Whether all gradients in the node have the bits of `first`. */
NS_LANES void compare_any(bool *same, const float *restrict gradient, const uint8_t *restrict marks, const uint8_t *restrict drawn, uint8_t mark, uint32_t first, size_t count)
{
	uint32_t differ = 0;
	for (size_t e = 0; e < count; e++) {
		uint32_t bits, in = marks[e] == mark && drawn[e] ? UINT32_MAX : 0;
		memcpy(&bits, &gradient[e], sizeof bits);
		differ |= (bits ^ first) & in;
	}
	*same = !differ;
}

NS_LANES_CHOOSE(compare, (bool *same, const float *gradient, const uint8_t *marks, const uint8_t *drawn, uint8_t mark, uint32_t first, size_t count),
	(same, gradient, marks, drawn, mark, first, count))

static bool pure_marks(const struct ns_boost_rows *rows, uint8_t mark)
{
	double scale = scale_of(rows);
	bool same;
	uint32_t bits;
	size_t first = 0;
	while (rows->marks[first] != mark || !rows->drawn[first])
		first++;
	memcpy(&bits, &rows->gradient[first], sizeof bits);
	compare(&same, rows->gradient, rows->marks, rows->drawn, mark, bits, rows->entries);
	for (size_t e = first; !same && e < rows->entries; e++)
		if (rows->marks[e] == mark && rows->drawn[e] && ns_number_fixed(rows->gradient[e], scale) != ns_number_fixed(rows->gradient[first], scale))
			return false;
	return true;
}

bool ns_boost_rows_pure(const struct ns_boost_rows *rows, const struct ns_members *node)
{
	return rows->bits ? pure_marks(rows, (uint8_t)node->mark) : pure_list(rows, node);
}

/* The entry's own, in the units of its number. */
NS_LANES int64_t curvature_of(const struct ns_boost_rows *rows, size_t e, double scale)
{
	int64_t copies = rows->drawn ? rows->drawn[e] : 1;
	double size = fabsf(rows->gradient[e]);
	return copies * (rows->weight ? rows->weight[e] : 1) * ns_number_fixed(ns_loss_curvature(rows->loss, size), scale);
}

static void curvature_marked(const struct ns_boost_rows *rows, int64_t *curvature, const struct ns_members *nodes, size_t count)
{
	int64_t sums[4][NS_MARKS_MAX + 1] = {0};
	int32_t own[BLOCK];
	for (size_t first = 0; first < rows->entries; first += BLOCK) {
		size_t size = rows->entries - first < BLOCK ? rows->entries - first : BLOCK;
		ns_numbers_curvature(own, rows->gradient + first, rows->drawn + first, rows->loss, size, scale_of(rows));
		for (size_t e = 0; e < size; e++)
			sums[e % 4][rows->marks[first + e]] += own[e];
	}
	for (size_t i = 0; i < count; i++)
		curvature[i] = sums[0][nodes[i].mark] + sums[1][nodes[i].mark] + sums[2][nodes[i].mark] + sums[3][nodes[i].mark];
}

struct leaves {
	const struct ns_boost_rows *rows;
	const struct ns_members *nodes;
	int64_t *curvature;
	double *scores;
	const double *step;
};

static void curvature_listed(void *context, size_t i, int worker)
{
	(void)worker;
	const struct leaves *work = context;
	const struct ns_boost_rows *rows = work->rows;
	double scale = scale_of(rows);
	int64_t sum = 0;
	for (size_t at = work->nodes[i].start; at < work->nodes[i].end; at++)
		sum += curvature_of(rows, rows->list[at], scale);
	work->curvature[i] = sum;
}

void ns_boost_rows_curvature(const struct ns_boost_rows *rows, int64_t *curvature, const struct ns_members *nodes, size_t count)
{
	struct leaves work = {.rows = rows, .nodes = nodes, .curvature = curvature};
	if (rows->bits)
		curvature_marked(rows, curvature, nodes, count);
	else
		ns_parallel(rows->in >= LARGE ? rows->threads : 1, count, curvature_listed, &work);
}

static void move_listed(void *context, size_t i, int worker)
{
	(void)worker;
	const struct leaves *work = context;
	for (size_t at = work->nodes[i].start; at < work->nodes[i].end; at++)
		work->scores[work->rows->list[at]] += work->step[i];
}

void ns_boost_rows_move(const struct ns_boost_rows *rows, double *scores, const struct ns_members *nodes, const double *step, size_t count)
{
	struct leaves work = {.rows = rows, .nodes = nodes, .scores = scores, .step = step};
	if (!rows->bits) {
		ns_parallel(rows->in >= LARGE ? rows->threads : 1, count, move_listed, &work);
		return;
	}
	double steps[NS_MARKS_MAX + 1] = {0};
	for (size_t i = 0; i < count; i++)
		steps[nodes[i].mark] = step[i];
	for (size_t e = 0; e < rows->entries; e++)
		scores[e] += steps[rows->marks[e]];
}
