#include <mongoc/mongoc.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "net/mongo_parts.h"

enum { SHORTEST_PAUSE = 100, LONGEST_PAUSE = 2000 }; /* milliseconds */
enum { UNAUTHORIZED = 13, AUTHENTICATION_FAILED = 18 };

/* What helps, by what libmongoc or the server says; the first that fits. */
static const struct {
	const char *part, *remedy;
} remedies[] = {
	{"certificate verify failed", "tlsCAFile=FILE in the address names the authority that signed the server's certificate"},
	{"Cannot load Certificate Authorities", "tlsCAFile in the address must name a file of PEM certificates"},
	{"TLS handshake", "does the server speak TLS? tls=true in the address asks for it"},
	{"Failed to connect", "does a server run there? does the address name the right port?"},
	{"connection refused", "does a server run there? does the address name the right port?"},
	{"connection closed", "a server that wants TLS needs tls=true in the address"},
	{"Failed to resolve", "is the host's name right?"},
	{"Failed to look up SRV", "does the domain name service know that host? mongodb:// with the servers' names does without"},
	{"Failed to look up TXT", "does the domain name service know that host? mongodb:// with the servers' names does without"},
	{"requires authentication", "USER:PASSWORD@ in front of the address's host"},
	{"Authentication failed", "are user, password and authSource in the address right?"},
	{"answers in time", "serverSelectionTimeoutMS in the address gives it longer"},
	{"timeout calling", "connectTimeoutMS in the address gives it longer"},
};

static const char *remedy_for(const char *reason)
{
	for (size_t i = 0; i < sizeof remedies / sizeof *remedies; i++)
		if (strcasestr(reason, remedies[i].part))
			return remedies[i].remedy;
	return NULL;
}

/* libmongoc's words, without those that say how it looked for a server. */
static const char *reason_of(const bson_error_t *error, char *out, size_t capacity)
{
	const char *list = strchr(error->message, '[');
	if (error->domain == MONGOC_ERROR_SERVER_SELECTION && list)
		snprintf(out, capacity, "no server answers: %s", list);
	else if (error->domain == MONGOC_ERROR_SERVER_SELECTION && strstr(error->message, "expired"))
		snprintf(out, capacity, "no server answers in time");
	else if (strstr(error->message, "socket error or timeout"))
		snprintf(out, capacity, "the connection broke, or nothing came within socketTimeoutMS");
	else
		snprintf(out, capacity, "%s", error->message);
	size_t size = strlen(out);
	if (size && out[size - 1] == '.')
		out[size - 1] = '\0';
	return out;
}

int ns_mongo_fail(struct ns_err *err, const struct ns_mongo *mongo, const bson_error_t *error, const char *format, ...)
{
	char what[512], reason[BSON_ERROR_BUFFER_SIZE + 64], shown[sizeof reason + 64];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(what, sizeof what, format, arguments);
	va_end(arguments);
	ns_secrets_hide(shown, sizeof shown, &mongo->secrets, reason_of(error, reason, sizeof reason));
	bool logged = *mongo->logged && (strstr(error->message, "connection error") || strstr(error->message, "initialize TLS"));
	const char *remedy = remedy_for(logged ? mongo->logged : shown);
	return ns_fail(err, NS_ECALL, "%s: %s%s%s%s%s%s", what, shown, logged ? ": " : "", logged ? mongo->logged : "",
		remedy ? " (" : "", remedy ? remedy : "", remedy ? ")" : "");
}

/*
 * The codes of servers that are going away, have lost what was asked about, or are not the primary any more: those of the drivers'
 * specification of retryable reads, and those of a cursor or an operation that somebody ended.
 */
static bool is_passing_code(uint32_t code)
{
	static const uint32_t passing[] = {6, 7, 43, 63, 89, 91, 133, 134, 136, 150, 175, 189, 202, 234, 237, 262, 317, 358, 365, 384, 9001,
		10107, 11600, 11601, 11602, 13388, 13435, 13436};
	for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
		if (passing[i] == code)
			return true;
	return false;
}

bool ns_mongo_is_passing(const bson_error_t *error)
{
	switch (error->domain) {
	case MONGOC_ERROR_STREAM:
	case MONGOC_ERROR_SERVER_SELECTION:
		return true;
	case MONGOC_ERROR_SERVER:
	case MONGOC_ERROR_WRITE_CONCERN:
		return is_passing_code(error->code);
	default:
		return false;
	}
}

static int64_t now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

bool ns_mongo_try_again(struct ns_patience *patience, const struct ns_mongo *mongo, const bson_error_t *error)
{
	int64_t present = now();
	if (!mongo->answered || !ns_mongo_is_passing(error))
		return false;
	if (!patience->pause)
		*patience = (struct ns_patience){present + mongo->patience, SHORTEST_PAUSE};
	int64_t left = patience->deadline - present, pause = patience->pause < left ? patience->pause : left;
	if (left <= 0)
		return false;
	struct timespec rest = {pause / 1000, pause % 1000 * 1000000};
	nanosleep(&rest, NULL);
	patience->pause = patience->pause * 2 < LONGEST_PAUSE ? patience->pause * 2 : LONGEST_PAUSE;
	return true;
}
