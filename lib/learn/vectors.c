#include "learn/vectors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Beyond this share of distinct rows nothing is gained by copying them out. */
enum { FEW_REPEAT = 8 };

/* Sebastiano Vigna's mix of splitmix64. */
static uint64_t mix(uint64_t key)
{
	key = (key ^ key >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	key = (key ^ key >> 27) * UINT64_C(0x94d049bb133111eb);
	return key ^ key >> 31;
}

/* A number that equal rows share; column by column, as they lie. */
static uint64_t *hash_rows(const struct ns_training *data)
{
	uint64_t *hashes = ns_malloc_array(data->rows + 1, sizeof *hashes);
	memset(hashes, 0, data->rows * sizeof *hashes);
	for (size_t i = 0; i < data->features; i++)
		for (size_t row = 0; row < data->rows; row++) {
			double value = data->x[i][row] + 0.0; /* -0 is 0 */
			uint64_t bits = UINT64_MAX;
			if (!isnan(value))
				memcpy(&bits, &value, sizeof bits);
			hashes[row] = mix(hashes[row] + bits);
		}
	return hashes;
}

static bool are_equal(const struct ns_training *data, size_t a, size_t b)
{
	for (size_t i = 0; i < data->features; i++) {
		double x = data->x[i][a], y = data->x[i][b];
		if (x != y && !(isnan(x) && isnan(y)))
			return false;
	}
	return true;
}

/* The vector of each row, numbered as they come; first: the first row of each. Returns their number. */
static size_t find_vectors(uint32_t *of, uint32_t *first, const struct ns_training *data)
{
	size_t slots = 64, count = 0;
	while (slots < data->rows * 2)
		slots *= 2;
	uint64_t *hashes = hash_rows(data);
	uint32_t *table = ns_malloc_array(slots, sizeof *table); /* vector + 1; 0: free */
	memset(table, 0, slots * sizeof *table);
	for (size_t row = 0; row < data->rows; row++) {
		size_t at = hashes[row] & (slots - 1);
		while (table[at] && (hashes[first[table[at] - 1]] != hashes[row] || !are_equal(data, first[table[at] - 1], row)))
			at = (at + 1) & (slots - 1);
		if (!table[at]) {
			first[count] = (uint32_t)row;
			table[at] = (uint32_t)++count;
		}
		of[row] = table[at] - 1;
	}
	free(hashes);
	free(table);
	return count;
}

static const double *const *gather(const struct ns_training *data, const uint32_t *first, size_t count, struct ns_arena *arena)
{
	double **x = NS_NEW_ARRAY(arena, double *, data->features + 1);
	for (size_t i = 0; i < data->features; i++) {
		x[i] = NS_NEW_ARRAY(arena, double, count);
		for (size_t v = 0; v < count; v++)
			x[i][v] = data->x[i][first[v]];
	}
	return (const double *const *)x;
}

/* Rows by vector: those of vector v are order[start[v]] .. order[start[v + 1] - 1]. */
static uint32_t *sort_by_vector(uint32_t **start, const uint32_t *of, size_t rows, size_t vectors)
{
	uint32_t *order = ns_malloc_array(rows + 1, sizeof *order), *starts = ns_malloc_array(vectors + 2, sizeof *starts);
	memset(starts, 0, (vectors + 2) * sizeof *starts);
	for (size_t row = 0; row < rows; row++)
		starts[of[row] + 2]++;
	for (size_t v = 0; v < vectors; v++)
		starts[v + 2] += starts[v + 1];
	for (size_t row = 0; row < rows; row++)
		order[starts[of[row] + 1]++] = (uint32_t)row;
	*start = starts;
	return order;
}

/* An entry for each class of each vector. */
static void make_entries(struct ns_vectors *vectors, const uint32_t *of, const struct ns_training *data)
{
	uint32_t *start, *order = sort_by_vector(&start, of, data->rows, vectors->count);
	uint32_t *last = ns_malloc_array(data->classes, sizeof *last); /* the class's latest entry + 1 */
	memset(last, 0, data->classes * sizeof *last);
	size_t count = 0;
	for (size_t v = 0; v < vectors->count; v++) {
		size_t begin = count;
		for (uint32_t i = start[v]; i < start[v + 1]; i++) {
			uint32_t row = order[i], class = data->y[row];
			if (last[class] <= begin) {
				vectors->entries[count++] = (struct ns_vector_entry){(uint32_t)v, class, 0};
				last[class] = (uint32_t)count;
			}
			vectors->entries[last[class] - 1].rows++;
			vectors->entry_of[row] = last[class] - 1;
		}
	}
	vectors->entries_count = count;
	free(order);
	free(start);
	free(last);
}

void ns_vectors_init(struct ns_vectors *vectors, const struct ns_training *data, struct ns_arena *arena)
{
	uint32_t *of = ns_malloc_array(data->rows + 1, sizeof *of), *first = ns_malloc_array(data->rows + 1, sizeof *first);
	size_t distinct = find_vectors(of, first, data);
	*vectors = (struct ns_vectors){.count = distinct, .features = data->features, .rows = data->rows, .classes = data->classes,
		.entries = NS_NEW_ARRAY(arena, struct ns_vector_entry, data->rows), .entry_of = NS_NEW_ARRAY(arena, uint32_t, data->rows)};
	if (distinct > data->rows - data->rows / FEW_REPEAT) {
		vectors->count = data->rows;
		vectors->x = data->x;
		for (size_t row = 0; row < data->rows; row++)
			of[row] = (uint32_t)row;
	} else {
		vectors->x = gather(data, first, distinct, arena);
	}
	make_entries(vectors, of, data);
	free(of);
	free(first);
}

void ns_vectors_tally(struct ns_tally *tally, const struct ns_vectors *vectors, const uint32_t *fold, uint32_t k, bool inside,
	struct ns_arena *arena)
{
	*tally = (struct ns_tally){.entries = NS_NEW_ARRAY(arena, struct ns_vector_entry, vectors->entries_count)};
	uint32_t *rows = NS_NEW_ARRAY(arena, uint32_t, vectors->entries_count);
	for (size_t row = 0; row < vectors->rows; row++)
		rows[vectors->entry_of[row]] += !fold || (fold[row] == k) == inside;
	for (size_t e = 0; e < vectors->entries_count; e++) {
		if (rows[e] == 0)
			continue;
		tally->entries[tally->count] = vectors->entries[e];
		tally->entries[tally->count++].rows = rows[e];
		tally->rows += rows[e];
	}
}
