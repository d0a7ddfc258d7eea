/*
 * mongo: a connection to a MongoDB-compatible server, by libmongoc.
 *
 * Where the server is, is said by the first of these that is there:
 *
 *	--uri URI              mongodb://USER:PASSWORD@HOST:PORT/?options, or mongodb+srv://...; its bytes in argv are overwritten at once,
 *	                       so that no list of processes shows them for long
 *	--uri @FILE            the first line of FILE that is not blank or a comment (#)
 *	MONGODB_URI, MONGO_DB_URL, MONGO_DB_URI     of the environment, in this order; @FILE here, too; empty ones are none
 *	the same names         in the file .env of the current folder: NAME=VALUE lines, 'export ' in front and quotes around allowed,
 *	                       nothing expanded
 *
 * A file with a password that everybody may read is noted. Everything libmongoc knows can be said in the URI: tls=true, tlsCAFile=...,
 * authMechanism=..., replicaSet=..., time-outs; an option that it does not know has no effect, and is noted. Where the URI does not say
 * serverSelectionTryOnce, one server that is not there is reported at once, while several, or a replica set, are given
 * serverSelectionTimeoutMS to have a primary.
 *
 * No message holds a password: what libmongoc says passes through ns_mongo_fail, which puts *** in its place, as written in the URI
 * and decoded. libmongoc's own log is silent. An address that cannot be read is NS_ECALL without the address; so is one with
 * more than one @, behind the first of which libmongoc would take a piece of the password for the host.
 *
 * mongoc.h is included by the files of this folder alone. One connection, one thread.
 */
#ifndef NS_NET_MONGO_H
#define NS_NET_MONGO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct ns_mongo;
struct _mongoc_client_t;
struct _bson_error_t;
struct _bson_t;

/*
 * uri: the value of --uri, or NULL; overwritten unless it is @FILE, so it must be writable, as argv is. Nothing is sent yet, but to
 * the domain name service: whether a server is there shows with the first command. Closed with the arena; libmongoc is cleaned up
 * when the process exits. application: shown in the server's log, "ns-export".
 */
int ns_mongo_open(struct ns_mongo **out, const char *uri, const char *application, struct ns_arena *arena, struct ns_err *err);

/* NS_ECALL where an operand is an address that should stand behind --uri; a message about it as a file or database would show its password. */
int ns_mongo_check_operands(char **operands, int count, struct ns_err *err);

/*
 * As ns_fail, with what libmongoc says behind it, "WHAT: REASON (REMEDY)", secrets left out; for failures that are no fault of the
 * data: NS_ECALL.
 */
int ns_mongo_fail(struct ns_err *err, const struct ns_mongo *mongo, const struct _bson_error_t *error, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * Trying again. A failure passes where the network, a lost cursor, a server that is shutting down or is not the primary any more, or
 * somebody who interrupted the operation is at fault; not where the password, a right, the question or an answer is.
 */
bool ns_mongo_is_passing(const struct _bson_error_t *error);
/*
 * True where what failed is worth trying again, after a pause (0.1 s at first, 2 s at most): for serverSelectionTimeoutMS from
 * the first failure, and only where a server has been reached at all. patience is {0} before, and anew after each success.
 */
struct ns_patience {
	int64_t deadline;
	int pause; /* milliseconds */
};
bool ns_mongo_try_again(struct ns_patience *patience, const struct ns_mongo *mongo, const struct _bson_error_t *error);

struct _mongoc_client_t *ns_mongo_client(struct ns_mongo *mongo); /* borrowed */

/*
 * Is there such a collection? NS_ECALL where not, with the nearest name of those there are. Where listing is not allowed, or not
 * known to the server, nothing is said.
 */
int ns_mongo_require_collection(struct ns_mongo *mongo, const char *database, const char *collection, struct ns_arena *arena,
	struct ns_err *err);

/* The server's clock, in milliseconds since 1970; this machine's where the server does not tell. */
int ns_mongo_now(int64_t *milliseconds, struct ns_mongo *mongo, struct ns_err *err);

/*
 * --query and the like: extended JSON (relaxed or canonical), one object and nothing behind it, integers within int64. NS_ECALL names
 * the option and where it goes wrong. *out lives as long as the arena.
 */
int ns_mongo_parse(struct _bson_t **out, const char *text, const char *option, struct ns_arena *arena, struct ns_err *err);

#endif
