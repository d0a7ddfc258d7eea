/*
 * identity: which row is which: the text in a document's _ns.key, under a unique index, so that a row is stored once however often
 * it is imported.
 *
 * Without a key column, 32 hexadecimal digits of a hash of the row's source, its values that are not missing, in the order of their
 * columns' names, and k for the k-th row of the source that is equal to it: so equal rows all have keys, and neither the order of rows
 * and columns, nor the format, nor how types were inferred changes the set of them. A value counts by the rule for number columns,
 * whatever its column is: as a number where it is one (1, 1.0 and +1e0 are equal, -0 is 0) that is no code (number.h), as missing where it is
 * a word for missing (stream.h), else by its bytes; a number beyond 2^53 by its digits.
 *
 *	H = hash(N, bytes of the source,
 *	         for each value:  a number:  ns_hash64(name, 0, 0), double
 *	                          a text:    ns_hash64(name, 0, 1), its length, bytes)
 *	key = hash(H, k)                                              k = 1, 2, ...
 *
 *	hash    SipHash-2-4 with 128 bits of result (random.h), key0 "ns-impor", key1 "t rows 1"; printed as published
 *	        of words of 8 bytes, little-endian; bytes are filled up with zeroes to words; N: the source's length
 *
 * That layout is stored in databases: it never changes. H is kept in 64 of its bits to count k: among 100 million rows two different
 * ones meet once in 3,700 imports, and then the second has k = 2, which is a key as good.
 *
 * With a key column, NAME=VALUE, a number as the shortest decimal. A value that is missing, longer than NS_IDENTITY_KEY_MAX or came
 * before in the same import is NS_EDATA, naming the line, and that of the other.
 */
#ifndef NS_NET_IDENTITY_H
#define NS_NET_IDENTITY_H

#include "net/values.h"

enum { NS_IDENTITY_KEY_MAX = 512 }; /* bytes of NAME=VALUE: what an index of any server takes */

struct ns_identity;

struct ns_identity_options {
	const char *const *names; /* of the columns, as they come to ns_identity_take */
	size_t count;             /* those that make up the row */
	const char *source;       /* NULL: each file's own name, without folder and .csv .tsv .arrow .gz .zst */
	const char *key;          /* name of the key column; NULL: none */
	size_t key_column;        /* its place among the values, which may be behind count */
};

/* reader: whose words mean missing. */
int ns_identity_open(struct ns_identity **out, struct ns_reader *reader, const struct ns_identity_options *options, struct ns_arena *arena,
	struct ns_err *err);
/* The key of a row: to be called for every row once. Valid until the next call; UTF-8 without NUL bytes. */
int ns_identity_take(struct ns_span *key, struct ns_identity *identity, const struct ns_value *values, const struct ns_table *batch,
	size_t row, struct ns_err *err);

/* The name that rows of a file go by. */
const char *ns_identity_source(const char *path, struct ns_arena *arena);

#endif
