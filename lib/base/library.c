#include "base/library.h"

#include <dlfcn.h>
#include <string.h>

int ns_library_open(void **library, const char *file, const char *need, struct ns_err *err)
{
	*library = dlopen(file, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
	if (!*library)
		return ns_fail(err, NS_ECALL, "%s: %s", need, dlerror());
	dlclose(*library); /* it stays: RTLD_NODELETE */
	return NS_OK;
}

int ns_library_find(void *function, void *library, const char *name, const char *called, const char *remedy, struct ns_err *err)
{
	void *found = dlsym(library, name);
	if (!found)
		return ns_fail(err, NS_ECALL, "%s has no %s: %s", called, name, remedy);
	memcpy(function, &found, sizeof found); /* C knows no cast from an object's address to a function's; POSIX says they are alike */
	return NS_OK;
}
