/*
 * command: a database command that may be sent twice, and is where that helps.
 */
#ifndef NS_NET_COMMAND_H
#define NS_NET_COMMAND_H

#include "net/mongo.h"

/* The server's codes that callers tell apart. */
enum {
	NS_CODE_NAMESPACE_NOT_FOUND = 26,
	NS_CODE_NAMESPACE_EXISTS = 48,
	NS_CODE_COMMAND_NOT_FOUND = 59,
	NS_CODE_INDEX_OPTIONS_CONFLICT = 85,
	NS_CODE_INDEX_KEYS_CONFLICT = 86,
	NS_CODE_NOT_IMPLEMENTED = 238,
	NS_CODE_DUPLICATE_KEY = 11000,
};

/*
 * Sends it to the primary, and again while the failure is one that passes (mongo.h). False: the last failure. *repeated, if not NULL:
 * an answer may have been lost before. reply may be NULL; else it is the caller's to destroy in either case.
 */
bool ns_command_send(struct _bson_t *reply, bool *repeated, struct _bson_error_t *error, struct ns_mongo *mongo, const char *database,
	const struct _bson_t *command);
/* Was it the server that said no, with this code? */
bool ns_command_refused(const struct _bson_error_t *error, uint32_t code);

#endif
