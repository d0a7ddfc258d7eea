/*
 * file: files that appear under their name only when they are complete.
 *
 * ns_file_create opens a temporary file ".NAME.XXXXXX" in the same folder; ns_file_commit flushes, fsyncs, closes and
 * renames it; ns_file_discard removes it. What was not committed is removed when the process ends by exit or by
 * SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT, SIGXCPU. Mode is 0666 less umask, or the mode of the file it replaces; a symbolic
 * link stays, the file it points to is replaced. A name that is not a regular file (/dev/full, a FIFO, /dev/stdout, /dev/fd/N) is
 * written directly. "-" is stdout. Neither stdout nor a name can be two outputs at once.
 *
 * Outputs are buffered: bytes leave in the pieces they were written in or several such pieces together, so an output whose
 * writer hands over whole rows is cut between rows, if at all. Messages: "FILE: cannot create: REASON", "FILE: cannot write:
 * REASON". A signal or kill -9 cuts a direct output without when_cut: that a tool died, pipefail tells. Not for several threads
 * on one file.
 */
#ifndef NS_BASE_FILE_H
#define NS_BASE_FILE_H

#include "base/arena.h"
#include "base/err.h"

struct ns_file {
	int fd;
	char *path;            /* for messages: as the user wrote it, or "stdout" */
	char *temporary;       /* NULL where written directly */
	char *target;          /* the name it will have, links followed; NULL where written directly */
	bool direct;
	bool only_new;         /* may be set: where a file has come under that name meanwhile, committing fails (File exists) */
	const char *when_cut;  /* the last bytes of a direct output that is discarded (CSV: an open quote); NULL: none */
	struct ns_buffer pending;
	uint64_t sent;         /* bytes that have left */
	bool written, failed;  /* any bytes at all so far; a write has failed, so that nothing more is tried */
	struct ns_file *next;  /* the list of open files */
};

int ns_file_create(struct ns_file **out, const char *path, struct ns_err *err);
int ns_file_write(struct ns_file *file, const void *bytes, size_t size, struct ns_err *err); /* buffered, 256 KiB; large ones are not copied */
int ns_file_flush(struct ns_file *file, struct ns_err *err);
int ns_file_flush_direct(struct ns_err *err); /* every open direct output: before a read that would block */
bool ns_file_direct_pending(void);            /* whether that would write anything */
/*
 * Asks for a pipe that holds 256 KiB, so that its two ends take turns less often: for a long stream, where that takes less
 * time than it saves. Where it is no pipe, or the system grants no more, nothing changes.
 */
void ns_file_widen_pipe(int fd);
void ns_file_discard_all(void);               /* every open file: when the run has failed */
/* when_cut behind what has left of every direct output: memory is exhausted, from any thread. */
void ns_file_cut_all(void);
bool ns_file_any_open(void);
int ns_file_commit(struct ns_file *file, struct ns_err *err);  /* frees file, whatever the result */
/*
 * Frees file; NULL is fine. A direct output that was written to gets its pending bytes and then when_cut, so that a reader
 * downstream meets the open quote and cannot take what came for the whole; not on a terminal, where a person reads.
 */
void ns_file_discard(struct ns_file *file);

/* Whole small files; "-" is stdin. Text gets a NUL behind it that *size does not count. Larger than max: NS_EDATA. */
int ns_file_slurp(char **text, size_t *size, const char *path, size_t max, struct ns_arena *arena, struct ns_err *err);
int ns_file_store(const char *path, const void *bytes, size_t size, struct ns_err *err);

/*
 * Puts /dev/null where stdin, stdout or stderr was closed by the caller, opened the wrong way round, so that no data file
 * gets their numbers and using them is still an error. ns_tool_main calls it first.
 */
int ns_file_guard_standard(struct ns_err *err);

/*
 * EPIPE: a reader downstream that went away ends the tool silently, by SIGPIPE where that is not ignored. The
 * functions above do it themselves (raise, then exit 141 where the signal is ignored).
 */

#endif
