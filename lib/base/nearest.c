#include <ctype.h>
#include <string.h>

#include "base/opt.h"

enum { LONGEST = 128 };

static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Optimal string alignment; three rows of its matrix suffice. Both are at most LONGEST bytes. */
static unsigned distance(const char *a, size_t a_size, const char *b, size_t b_size)
{
	unsigned rows[3][LONGEST + 1], *before = rows[0], *last = rows[1], *row = rows[2];
	for (size_t j = 0; j <= b_size; j++)
		last[j] = before[j] = (unsigned)j;
	for (size_t i = 1; i <= a_size; i++) {
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_size; j++) {
			unsigned best = last[j - 1] + !same(a[i - 1], b[j - 1]);
			if (last[j] + 1 < best)
				best = last[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]) && before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			row[j] = best;
		}
		unsigned *oldest = before;
		before = last;
		last = row;
		row = oldest;
	}
	return last[b_size];
}

const char *ns_nearest_name(const char *name, const char *const *names, size_t count)
{
	const char *nearest = NULL;
	size_t size = strlen(name), least = 1 + size / 4 + 1;
	if (size > LONGEST)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t other = strlen(names[i]);
		if (other > LONGEST)
			continue;
		unsigned steps = distance(name, size, names[i], other);
		if (steps < least && (steps < size || steps == 0)) {
			least = steps;
			nearest = names[i];
		}
	}
	return nearest;
}
