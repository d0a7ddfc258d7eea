#include "learn/xgboost_library.h"

#include <dlfcn.h>
#include <string.h>

static int find(void *function, void *handle, const char *name, struct ns_err *err)
{
	void *found = dlsym(handle, name);
	if (!found)
		return ns_fail(err, NS_ECALL, "libxgboost has no %s: netsec needs version 1.7 or a later one that is like it", name);
	memcpy(function, &found, sizeof found); /* C knows no cast from an object's address to a function's; POSIX says they are alike */
	return NS_OK;
}

int ns_xgboost_open(struct ns_xgboost *library, const char *file, struct ns_err *err)
{
	void *handle = dlopen(file, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
	if (!handle)
		return ns_fail(err, NS_ECALL, "the learner xgboost needs libxgboost (Debian's package libxgboost0): %s", dlerror());
#define FIND(name) NS_TRY(find(&library->name, handle, #name, err));
	NS_XGBOOST_FUNCTIONS(FIND)
#undef FIND
	dlclose(handle); /* it stays: RTLD_NODELETE */
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
