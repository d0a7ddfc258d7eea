#include "near/repeats.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

/* Goes on from hash with 64 more bits (Fibonacci hashing; equal hashes only cost time). */
static uint32_t mix(uint32_t hash, double value)
{
	uint64_t bits;
	value = value != value ? (double)NAN : value + 0.0; /* -0 is 0 */
	memcpy(&bits, &value, sizeof bits);
	bits = (bits ^ hash) * 0x9e3779b97f4a7c15;
	return (uint32_t)(bits >> 32) ^ (uint32_t)bits;
}

static bool equal(const double *const *x, size_t features, uint32_t a, uint32_t b)
{
	for (size_t f = 0; f < features; f++)
		if (x[f][a] != x[f][b] && !(isnan(x[f][a]) && isnan(x[f][b])))
			return false;
	return true;
}

/* Column by column: reads memory in order. */
static void hash_rows(uint32_t *hashes, const double *const *x, size_t features, size_t rows)
{
	memset(hashes, 0, rows * sizeof *hashes);
	for (size_t f = 0; f < features; f++)
		for (size_t row = 0; row < rows; row++)
			hashes[row] = mix(hashes[row], x[f][row]);
}

size_t ns_repeats_find(uint32_t *distinct, uint32_t *which, const double *const *x, size_t features, size_t rows)
{
	size_t size = 2, count = 0;
	while (size < 2 * rows)
		size *= 2;
	uint32_t *table = ns_malloc_array(size, sizeof *table); /* places, one more than; 0: empty */
	memset(table, 0, size * sizeof *table);
	hash_rows(which, x, features, rows);
	for (size_t row = 0; row < rows; row++) {
		size_t at = which[row] & (size - 1);
		while (table[at] && !equal(x, features, distinct[table[at] - 1], (uint32_t)row))
			at = (at + 1) & (size - 1);
		if (!table[at]) {
			distinct[count] = (uint32_t)row;
			table[at] = (uint32_t)++count;
		}
		which[row] = table[at] - 1;
	}
	free(table);
	return count;
}
