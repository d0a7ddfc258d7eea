#include "learn/canonical.h"

#include <stdlib.h>
#include <string.h>

/* A row and its first feature as a number that sorts the same way: most pairs are decided there. */
struct entry {
	uint64_t first;
	uint32_t row;
};

static uint64_t sortable(double value)
{
	uint64_t bits;
	if (value != value)
		return UINT64_MAX;
	value += 0.0; /* -0 is 0 */
	memcpy(&bits, &value, sizeof bits);
	return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static int compare(const void *a, const void *b, void *context)
{
	const struct entry *left = a, *right = b;
	const struct ns_training *training = context;
	if (left->first != right->first)
		return left->first < right->first ? -1 : 1;
	for (size_t f = 1; f < training->features; f++) {
		uint64_t x = sortable(training->x[f][left->row]), y = sortable(training->x[f][right->row]);
		if (x != y)
			return x < y ? -1 : 1;
	}
	if (training->y[left->row] != training->y[right->row])
		return training->y[left->row] < training->y[right->row] ? -1 : 1;
	return left->row < right->row ? -1 : 1;
}

void ns_canonical_sort(uint32_t *rows, size_t count, const struct ns_training *training)
{
	struct entry *entries = ns_malloc_array(count, sizeof *entries);
	for (size_t i = 0; i < count; i++)
		entries[i] = (struct entry){training->features ? sortable(training->x[0][rows[i]]) : 0, rows[i]};
	qsort_r(entries, count, sizeof *entries, compare, (void *)training);
	for (size_t i = 0; i < count; i++)
		rows[i] = entries[i].row;
	free(entries);
}
