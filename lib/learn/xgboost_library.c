#include "learn/xgboost_library.h"

#include <string.h>

#include "base/library.h"

int ns_xgboost_open(struct ns_xgboost *xgboost, const char *file, struct ns_err *err)
{
	void *library;
	NS_TRY(ns_library_open(&library, file, "the learner xgboost needs libxgboost (Debian's package libxgboost0)", err));
#define FIND(name) \
	NS_TRY(ns_library_find(&xgboost->name, library, #name, "libxgboost", "netsec needs version 1.7 or a later one that is like it", err));
	NS_XGBOOST_FUNCTIONS(FIND)
#undef FIND
	return NS_OK;
}

/* "[12:34:56] file.cc:12: Check failed: a < b (3 vs. 2) : what is wrong", and a stack trace: from behind the time to the line's end. */
int ns_xgboost_fail(const struct ns_xgboost *library, struct ns_err *err)
{
	const char *text = library->XGBGetLastError(), *time_end = *text == '[' ? strstr(text, "] ") : NULL;
	if (time_end)
		text = time_end + 2;
	return ns_fail(err, NS_ECALL, "libxgboost: %.*s", (int)strcspn(text, "\n"), text);
}
