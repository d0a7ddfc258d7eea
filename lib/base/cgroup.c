#include "base/cgroup.h"

#include <limits.h>
#include <string.h>

#include "base/file.h"
#include "base/number.h"

enum { LIST_MAX = 64 * 1024 };

/* "max 100000", "150000 100000"; 0 where there is no quota. */
static int quota_of(const char *path, struct ns_arena *arena)
{
	char *text;
	size_t size;
	int64_t quota, period;
	if (ns_file_slurp(&text, &size, path, LIST_MAX, arena, NULL) != NS_OK)
		return 0;
	size_t first = strcspn(text, " \n");
	const char *rest = text + first + (text[first] == ' ');
	if (!ns_integer_parse(&quota, text, first) || !ns_integer_parse(&period, rest, strcspn(rest, " \n")) || quota <= 0 || period <= 0)
		return 0;
	int64_t processors = (quota - 1) / period + 1;
	return processors < INT_MAX ? (int)processors : INT_MAX;
}

int ns_cgroup_processors(const char *list, const char *mount)
{
	struct ns_arena arena = NS_ARENA_INIT;
	char *text, *group = NULL, *slash;
	size_t size;
	int least = 0;
	if (ns_file_slurp(&text, &size, list, LIST_MAX, &arena, NULL) == NS_OK)
		group = strncmp(text, "0::/", 4) == 0 ? text + 3 : strstr(text, "\n0::/");
	if (group) {
		group = strchr(group, '/');
		group[strcspn(group, "\n")] = '\0';
		do { /* "/a/b", "/a", "" */
			int quota = quota_of(ns_format(&arena, "%s%s/cpu.max", mount, group), &arena);
			least = quota && (!least || quota < least) ? quota : least;
			slash = strrchr(group, '/');
			if (slash)
				*slash = '\0';
		} while (slash);
	}
	ns_arena_release(&arena);
	return least;
}
