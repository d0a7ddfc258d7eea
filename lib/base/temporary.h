/*
 * temporary: files that do not outlive the process unless they are renamed.
 *
 * A temporary file is removed when the process ends by exit, SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT or SIGXCPU (the signal
 * then takes its usual course; one that was ignored stays ignored). kill -9 leaves it behind, under a name that begins with a
 * dot. Removal from a signal handler is safe because the paths live in static storage. At most NS_TEMPORARY_MAX at a time.
 */
#ifndef NS_BASE_TEMPORARY_H
#define NS_BASE_TEMPORARY_H

#include "base/err.h"

enum { NS_TEMPORARY_MAX = 64 };

/*
 * Creates and opens (O_EXCL, mode 0666 less umask) ".NAME.XXXXXX" beside target, a path .../NAME. *path is valid until keep
 * or remove. NS_ECALL names `subject`.
 */
int ns_temporary_create(int *fd, char **path, const char *target, const char *subject, struct ns_err *err);
int ns_temporary_keep(char *path, const char *target); /* renames; 0, or -1 with errno, and it is still a temporary file */
/* The same where target may not be there: else -1, EEXIST. Where the file system cannot tell, it is replaced. */
int ns_temporary_keep_new(char *path, const char *target);
void ns_temporary_remove(char *path);                  /* keeps errno */
void ns_temporary_remove_all(void);

/* TMPDIR, else /tmp: where files lie that nobody is to see. */
const char *ns_temporary_folder(void);
/* An open file there that has no name, so that it is gone whenever the process is. */
int ns_temporary_nameless(int *fd, struct ns_err *err);

#endif
