/*
 * bytes: where a stream's bytes come from: a file, stdin or memory; gzip and zstd unwrapped by their first bytes.
 *
 * Compressed input may have several members or frames one after another; its end and checksum are checked: cut off is
 * NS_EDATA. Other well-known formats are refused by name (Parquet, zip, xz, bzip2). Before a read that would block,
 * direct outputs are flushed (ns_file_flush_direct), so that a live stream is answered at once.
 */
#ifndef NS_TABLE_BYTES_H
#define NS_TABLE_BYTES_H

#include "base/arena.h"
#include "base/err.h"

enum { NS_BYTES_HEAD = 64 };

struct ns_bytes;

/* path NULL or "-" is stdin. spool: keep what a pipe gave in an unlinked temporary file, so that rewind works. */
int ns_bytes_open(struct ns_bytes **out, const char *path, bool spool, struct ns_err *err);
void ns_bytes_open_memory(struct ns_bytes **out, const void *data, size_t size, const char *name); /* borrowed */
/* For tests: memory comes as from a live pipe, at most `portion` bytes a read, behind which the next would wait. */
void ns_bytes_drip(struct ns_bytes *bytes, size_t portion);
void ns_bytes_close(struct ns_bytes *bytes); /* NULL is fine */

/*
 * Reads up to size bytes; *got = 0 is the end. Returns what is there as soon as there is anything, so *got may be short;
 * *would_block (may be NULL) tells whether the next call would wait.
 */
int ns_bytes_read(size_t *got, bool *would_block, void *out, struct ns_bytes *bytes, size_t size, struct ns_err *err);
/* Exactly size bytes, or fewer at the end. */
int ns_bytes_read_full(size_t *got, void *out, struct ns_bytes *bytes, size_t size, struct ns_err *err);
/*
 * All that is left, into the arena. More than max bytes is NS_EDATA, where `what` says what this should have been ("a bundle").
 */
int ns_bytes_read_all(char **data, size_t *size, struct ns_bytes *bytes, size_t max, const char *what, struct ns_arena *arena,
	struct ns_err *err);
/*
 * The next bytes without taking them, up to 64, valid until the next call. *got is short only at the end, or where
 * a line end has come and the next read would wait: no magic number has one, and a live stream of short lines is answered at
 * once.
 */
int ns_bytes_peek(const unsigned char **head, size_t *got, struct ns_bytes *bytes, struct ns_err *err);
/* Back to the first byte: files by seeking, pipes from the spool. NS_ECALL where neither is possible. */
int ns_bytes_rewind(struct ns_bytes *bytes, struct ns_err *err);
const char *ns_bytes_name(const struct ns_bytes *bytes); /* for messages */
/* True once for each `what` (0 to 31) in the life of bytes, however often it is rewound: for remarks that are made once. */
bool ns_bytes_first_time(struct ns_bytes *bytes, int what);

#endif
