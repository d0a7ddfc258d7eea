/*
 * library: shared libraries that are loaded when they are asked for, since they need not be there, or take too long to load for
 * those who do not use them.
 */
#ifndef NS_BASE_LIBRARY_H
#define NS_BASE_LIBRARY_H

#include "base/err.h"

/* Loads the library of this file name (again: cheap); it stays until the process ends. NS_ECALL, `need` in front: who needs what. */
int ns_library_open(void **library, const char *file, const char *need, struct ns_err *err);

/* *function, a pointer to a function, becomes the one of this name. NS_ECALL: `called`, the library, has none, and the remedy. */
int ns_library_find(void *function, void *library, const char *name, const char *called, const char *remedy, struct ns_err *err);

#endif
