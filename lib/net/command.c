#include "net/command.h"

#include <mongoc/mongoc.h>

bool ns_command_send(bson_t *reply, bool *repeated, bson_error_t *error, struct ns_mongo *mongo, const char *database, const bson_t *command)
{
	struct ns_patience patience = {0};
	if (repeated)
		*repeated = false;
	while (!mongoc_client_command_simple(ns_mongo_client(mongo), database, command, NULL, reply, error)) {
		if (!ns_mongo_try_again(&patience, mongo, error))
			return false;
		if (reply)
			bson_destroy(reply);
		if (repeated)
			*repeated = true;
	}
	return true;
}

bool ns_command_refused(const bson_error_t *error, uint32_t code)
{
	return error->domain == MONGOC_ERROR_SERVER && error->code == code;
}
