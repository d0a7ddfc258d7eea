/*
 * What mongo's files share: where the address comes from, what of it is secret, the connection.
 */
#ifndef NS_NET_MONGO_PARTS_H
#define NS_NET_MONGO_PARTS_H

#include "net/mongo.h"

struct _mongoc_uri_t;

/* Texts that no message may hold: the password and its like, as they are and as they stand in the address. */
struct ns_secrets {
	const char *items[12];
	size_t count;
};
void ns_secrets_add(struct ns_secrets *secrets, const char *text, size_t size, struct ns_arena *arena); /* and its decoded form */
/* Copies text, with *** where a secret stands. */
void ns_secrets_hide(char *out, size_t capacity, const struct ns_secrets *secrets, const char *text);

/* The address, and who said it: "--uri", "MONGODB_URI", ".env:3: MONGODB_URI", "FILE:1". */
struct ns_address {
	const char *text, *origin;
	const char *file; /* that holds it; NULL: none */
};
int ns_address_find(struct ns_address *out, const char *uri, struct ns_arena *arena, struct ns_err *err);
/* What libmongoc makes of it, checked; the caller destroys it. Notes options that libmongoc does not know. */
int ns_address_parse(struct _mongoc_uri_t **out, struct ns_secrets *secrets, const struct ns_address *address, struct ns_arena *arena,
	struct ns_err *err);

/*
 * The value of a name in the text of a .env file, *value NULL where there is none; the last one counts. Lines are NAME=VALUE, blanks
 * around both allowed, 'export ' in front; # begins a comment at the beginning of a line, and behind a blank. A value in single
 * quotes is taken as it is, in double quotes too but that a backslash takes the " \ $ or ` behind it; both may go over several
 * lines. Nothing is expanded. NS_ECALL: a quote of the value asked for that never closes, or something behind it.
 */
int ns_dotenv_find(const char **value, size_t *line, const char *text, size_t size, const char *path, const char *name,
	struct ns_arena *arena, struct ns_err *err);

struct ns_mongo {
	struct _mongoc_client_t *client;
	struct ns_secrets secrets;
	bool answered;      /* a server has been there */
	int64_t patience;   /* milliseconds for which something is tried again: serverSelectionTimeoutMS */
	char logged[512];   /* the last that libmongoc's log said, where its errors say less */
};

/* libmongoc's log goes to `say` from now on; NULL: nowhere. */
void ns_mongo_listen(void (*say)(const char *text, void *context), void *context);

#endif
