#include <fcntl.h>
#include <mongoc/mongoc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "net/mongo_parts.h"
#include "net/replies.h"

enum { PATIENCE = 30000 }; /* libmongoc's serverSelectionTimeoutMS */

struct listener {
	void (*say)(const char *text, void *context);
	void *context;
};

/* libmongoc has one log for the whole process. */
static struct listener listener;

static void hear(mongoc_log_level_t level, const char *domain, const char *message, void *context)
{
	(void)domain, (void)context;
	if (listener.say && level <= MONGOC_LOG_LEVEL_WARNING) {
		char line[512];
		snprintf(line, sizeof line, "%.*s", (int)strcspn(message, "\n"), message);
		listener.say(line, listener.context);
	}
}

void ns_mongo_listen(void (*say)(const char *text, void *context), void *context)
{
	listener = (struct listener){say, context};
	mongoc_log_set_handler(hear, NULL);
}

/*
 * Before main libmongoc makes a file in /dev/shm, for its counters, which nobody reads here. A process that is killed leaves it there,
 * and a later one of the same number would complain of it on stderr. So what was left under our number goes before libraries begin
 * (.preinit_array), by system calls alone, since nothing else is ready then; and the name of our own goes at once.
 */
#define COUNTERS "/dev/shm/mongoc-"
__attribute__((no_sanitize("address", "undefined", "thread"))) static void forget_counters(void)
{
	char name[sizeof COUNTERS + 10] = COUNTERS;
	long number = syscall(SYS_getpid);
	size_t size = sizeof COUNTERS - 1;
	for (long rest = number; rest; rest /= 10)
		size++;
	name[size] = '\0';
	for (long rest = number; rest; rest /= 10)
		name[--size] = (char)('0' + rest % 10);
	syscall(SYS_unlinkat, AT_FDCWD, name, 0);
}
__attribute__((section(".preinit_array"), used)) static void (*const before_libraries)(void) = forget_counters;
__attribute__((constructor)) static void behind_libraries(void)
{
	forget_counters();
}

/* Once in a process: libmongoc cannot begin again after its clean-up. */
static void initialize(void)
{
	ns_mongo_listen(NULL, NULL);
	mongoc_init();
	atexit(mongoc_cleanup);
	ns_memory_keep(); /* each answer of the server is some megabytes, which the kernel need not make anew and clear */
}

static void remember(const char *text, void *context)
{
	struct ns_mongo *mongo = context;
	ns_secrets_hide(mongo->logged, sizeof mongo->logged, &mongo->secrets, text);
}

static void close_client(void *what)
{
	struct ns_mongo *mongo = what;
	if (listener.context == mongo)
		ns_mongo_listen(NULL, NULL);
	mongoc_client_destroy(mongo->client);
}

static void server_answered(const mongoc_apm_server_heartbeat_succeeded_t *event)
{
	struct ns_mongo *mongo = mongoc_apm_server_heartbeat_succeeded_get_context(event);
	mongo->answered = true;
}

/*
 * One server that does not answer is reported at once. Of several, one may be about to become the primary: that is waited
 * for, unless the address says otherwise.
 */
static void set_defaults(mongoc_uri_t *uri, const char *application)
{
	const mongoc_host_list_t *hosts = mongoc_uri_get_hosts(uri);
	bool several = (hosts && hosts->next) || mongoc_uri_get_replica_set(uri) || mongoc_uri_get_srv_hostname(uri);
	if (several && !mongoc_uri_has_option(uri, MONGOC_URI_SERVERSELECTIONTRYONCE))
		mongoc_uri_set_option_as_bool(uri, MONGOC_URI_SERVERSELECTIONTRYONCE, false);
	if (!mongoc_uri_get_appname(uri))
		mongoc_uri_set_appname(uri, application);
}

static int connect_client(struct ns_mongo *mongo, const mongoc_uri_t *uri, const struct ns_address *address, struct ns_arena *arena,
	struct ns_err *err)
{
	bson_error_t error = {0};
	mongo->client = mongoc_client_new_from_uri_with_error(uri, &error);
	if (!mongo->client)
		return ns_mongo_fail(err, mongo, &error, "%s", address->origin);
	ns_arena_defer(arena, close_client, mongo);
	ns_mongo_listen(remember, mongo);
	ns_replies_guard(mongo->client);
	mongoc_client_set_error_api(mongo->client, MONGOC_ERROR_API_VERSION_2);
	mongoc_apm_callbacks_t *callbacks = mongoc_apm_callbacks_new();
	mongoc_apm_set_server_heartbeat_succeeded_cb(callbacks, server_answered);
	mongoc_client_set_apm_callbacks(mongo->client, callbacks, mongo);
	mongoc_apm_callbacks_destroy(callbacks);
	mongo->patience = mongoc_uri_get_option_as_int32(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, PATIENCE);
	return NS_OK;
}

int ns_mongo_open(struct ns_mongo **out, const char *uri, const char *application, struct ns_arena *arena, struct ns_err *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct ns_mongo *mongo = NS_NEW(arena, struct ns_mongo);
	struct ns_address address;
	mongoc_uri_t *parsed = NULL;
	NS_TRY(ns_address_find(&address, uri, arena, err));
	pthread_once(&once, initialize);
	int status = ns_address_parse(&parsed, &mongo->secrets, &address, arena, err);
	if (status == NS_OK) {
		set_defaults(parsed, application);
		status = connect_client(mongo, parsed, &address, arena, err);
	}
	mongoc_uri_destroy(parsed);
	*out = mongo;
	return status;
}

mongoc_client_t *ns_mongo_client(struct ns_mongo *mongo)
{
	return mongo->client;
}
