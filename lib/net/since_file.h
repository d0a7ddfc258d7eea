/*
 * since_file: the bytes of the file in which since (since.h) keeps what was exported, and nothing else.
 *
 * Pure: from bytes to a struct and back, for the rest of since, tests and the fuzzer.
 */
#ifndef NS_NET_SINCE_FILE_H
#define NS_NET_SINCE_FILE_H

#include "base/file.h"
#include "base/opt.h"
#include "base/random.h"

enum ns_mark_kind { NS_MARK_NONE, NS_MARK_DATE, NS_MARK_INTEGER, NS_MARK_REAL };

/* A document's time: a date, or a number of whatever unit. */
struct ns_mark {
	enum ns_mark_kind kind;
	int64_t integer; /* NS_MARK_DATE: milliseconds since 1970; NS_MARK_INTEGER */
	double real;     /* NS_MARK_REAL: finite */
};

/*
 * One document that was exported: 96 bits of a hash of its _id, by which digests are sorted, and 32 bits of its time. By _id those
 * are the seconds of the ObjectId, the first byte the highest; by a field, a hash of the value.
 */
enum { NS_DIGEST_ID = 12, NS_DIGEST = 16 };
struct ns_digest {
	unsigned char bytes[NS_DIGEST];
};

/* So many documents can be kept in mind: 4 GiB. */
#define NS_DIGESTS_MAX ((uint64_t)1 << 28)

struct ns_since_file {
	const char *collection; /* "database.collection" */
	const char *call;       /* 32 hexadecimal digits */
	const char *by;         /* "_id", or the field */
	int64_t overlap;        /* how far behind the mark the digests reach; seconds, or the field's unit */
	struct ns_mark mark;
	uint64_t first, last, rows;
	struct ns_texts columns;
	const struct ns_digest *digests; /* ascending, each _id once */
	uint64_t count;
};

/*
 * The file's bytes, which are borrowed for the digests. NS_ECALL where they are no such file, of a later version, or not whole; the
 * last one with *damaged, and the remedy.
 */
int ns_since_parse(struct ns_since_file *file, bool *damaged, const char *bytes, size_t size, const char *path, struct ns_arena *arena,
	struct ns_err *err);
/* The text that stands before the digests; lives in the arena. */
const char *ns_since_head(const struct ns_since_file *file, struct ns_arena *arena);
/* The digest of all bytes before, which ends the file. */
void ns_since_seal(unsigned char seal[NS_DIGEST], struct ns_hasher *hasher);
void ns_since_hasher(struct ns_hasher *hasher);

int ns_digest_compare(const void *a, const void *b); /* by the _id, for qsort and bsearch */

#endif
