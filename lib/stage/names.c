#include "stage/names.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

void ns_names_init(struct ns_names *names, const char **items, size_t count)
{
	*names = (struct ns_names){.items = items};
	if (count)
		qsort(items, count, sizeof *items, by_name);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || strcmp(items[i], items[names->count - 1]) != 0)
			items[names->count++] = items[i];
}

ptrdiff_t ns_names_find(const struct ns_names *names, const char *name)
{
	const char *const *found = names->count ? bsearch(&name, names->items, names->count, sizeof name, by_name) : NULL;
	return found ? found - (const char *const *)names->items : -1;
}
