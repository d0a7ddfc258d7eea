#include <errno.h>
#include <mongoc/mongoc.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/opt.h"
#include "net/mongo_parts.h"

#define DOTENV ".env"
enum { FILE_MAX = 1024 * 1024 };

static const char *const names[] = {"MONGODB_URI", "MONGO_DB_URL", "MONGO_DB_URI"};
enum { NAMES = sizeof names / sizeof *names };

/* The lists of processes show argv; what the address says has been copied. */
static void overwrite(const char *argument)
{
	char *bytes = (char *)(uintptr_t)argument;
	size_t size = strlen(bytes);
	memset(bytes, 0, size);
	memset(bytes, '*', size < 3 ? size : 3);
}

static int address_from_file(struct ns_address *out, const char *path, struct ns_arena *arena, struct ns_err *err)
{
	char *text;
	size_t size, line = 1;
	if (*path == '\0')
		return ns_fail(err, NS_ECALL, "%s: '@' wants the name of a file behind it", out->origin);
	int status = ns_file_slurp(&text, &size, path, FILE_MAX, arena, err);
	if (status != NS_OK)
		return NS_ECALL;
	if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	for (char *next; *text; text = next, line++) {
		size_t length = strcspn(text, "\n"), begin = strspn(text, " \t\r");
		next = text + length + (text[length] == '\n');
		while (length > begin && strchr(" \t\r", text[length - 1]))
			length--;
		if (begin >= length || text[begin] == '#')
			continue;
		*out = (struct ns_address){ns_strndup(arena, text + begin, length - begin), ns_format(arena, "%s:%zu", path, line), path};
		return NS_OK;
	}
	return ns_fail(err, NS_ECALL, "%s: there is no address in it", path);
}

/* The address itself, or @FILE that holds it. */
static int take(struct ns_address *out, const char *text, const char *origin, const char *file, struct ns_arena *arena,
	struct ns_err *err)
{
	*out = (struct ns_address){ns_strdup(arena, text), origin, file};
	return *text == '@' ? address_from_file(out, out->text + 1, arena, err) : NS_OK;
}

static int find_in_dotenv(struct ns_address *out, struct ns_arena *arena, struct ns_err *err)
{
	struct stat status;
	char *text;
	size_t size, line;
	if (stat(DOTENV, &status) || S_ISDIR(status.st_mode)) /* a folder of that name is somebody's Python */
		return NS_OK;
	if (ns_file_slurp(&text, &size, DOTENV, FILE_MAX, arena, err) != NS_OK)
		return NS_ECALL;
	for (int i = 0; i < NAMES; i++) {
		const char *value;
		NS_TRY(ns_dotenv_find(&value, &line, text, size, DOTENV, names[i], arena, err));
		if (value && *value)
			return take(out, value, ns_format(arena, "%s:%zu: %s", DOTENV, line, names[i]), DOTENV, arena, err);
	}
	return NS_OK;
}

int ns_address_find(struct ns_address *out, const char *uri, struct ns_arena *arena, struct ns_err *err)
{
	*out = (struct ns_address){NULL, NULL, NULL};
	if (uri) {
		int status = take(out, uri, "--uri", NULL, arena, err);
		if (*uri != '@')
			overwrite(uri);
		return status;
	}
	for (int i = 0; i < NAMES; i++) {
		const char *value = getenv(names[i]);
		if (value && *value)
			return take(out, value, names[i], NULL, arena, err);
	}
	NS_TRY(find_in_dotenv(out, arena, err));
	if (!out->text)
		return ns_fail(err, NS_ECALL, "the server is not known: --uri URI, --uri @FILE, the environment's MONGODB_URI or a .env file says where it is");
	return NS_OK;
}

/* Options whose values are secret, besides the password. */
static bool is_secret_option(const char *name, size_t size)
{
	static const char *const secret[] = {"tlsCertificateKeyFilePassword", "sslClientCertificateKeyPassword", "authMechanismProperties",
		"proxyPassword", "password"};
	for (size_t i = 0; i < sizeof secret / sizeof *secret; i++)
		if (strlen(secret[i]) == size && strncasecmp(name, secret[i], size) == 0)
			return true;
	return false;
}

static void clean_options(struct ns_buffer *out, struct ns_secrets *secrets, const char *options, struct ns_arena *arena)
{
	while (*options) {
		size_t size = strcspn(options, "&;"), name = strcspn(options, "=");
		bool secret = name < size && is_secret_option(options, name);
		ns_buffer_append(out, options, secret ? name + 1 : size);
		if (secret)
			ns_secrets_add(secrets, options + name + 1, size - name - 1, arena);
		if (secret && size > name + 1) /* a value still, that every one of these options takes */
			ns_buffer_printf(out, "SERVICE_NAME:x");
		options += size;
		if (*options)
			ns_buffer_append(out, options++, 1);
	}
}

/*
 * The address without its secrets, which are added to the list: what libmongoc has to say about this one can be shown. The password
 * ends at the last @ before the first slash, as it does in an address that is well formed; in one that is not (`broken`) at
 * the last @ of all.
 */
static const char *clean(struct ns_secrets *secrets, const char *text, bool broken, struct ns_arena *arena)
{
	struct ns_buffer out = NS_BUFFER_INIT(4 * strlen(text) + 64);
	const char *scheme = strstr(text, "://"), *begin = scheme ? scheme + 3 : text, *at = NULL;
	for (const char *s = begin; *s && (broken || *s != '/'); s++)
		at = *s == '@' ? s : at;
	ns_buffer_append(&out, text, (size_t)(begin - text));
	if (at) {
		const char *colon = memchr(begin, ':', (size_t)(at - begin));
		if (colon)
			ns_secrets_add(secrets, colon + 1, (size_t)(at - colon - 1), arena);
		ns_buffer_printf(&out, colon ? "user:password@" : "user@");
	}
	const char *rest = at ? at + 1 : begin, *options = strchr(rest, '?');
	ns_buffer_append(&out, rest, options ? (size_t)(options + 1 - rest) : strlen(rest));
	if (options)
		clean_options(&out, secrets, options + 1, arena);
	const char *cleaned = ns_strndup(arena, out.data, out.size);
	ns_buffer_release(&out);
	return cleaned;
}

static void note_warning(const char *text, void *context)
{
	static const char *const known[] = {MONGOC_URI_APPNAME, MONGOC_URI_AUTHMECHANISM, MONGOC_URI_AUTHMECHANISMPROPERTIES,
		MONGOC_URI_AUTHSOURCE, MONGOC_URI_COMPRESSORS, MONGOC_URI_CONNECTTIMEOUTMS, MONGOC_URI_DIRECTCONNECTION,
		MONGOC_URI_HEARTBEATFREQUENCYMS, MONGOC_URI_JOURNAL, MONGOC_URI_LOADBALANCED, MONGOC_URI_LOCALTHRESHOLDMS,
		MONGOC_URI_MAXSTALENESSSECONDS, MONGOC_URI_READCONCERNLEVEL, MONGOC_URI_READPREFERENCE, MONGOC_URI_READPREFERENCETAGS,
		MONGOC_URI_REPLICASET, MONGOC_URI_RETRYREADS, MONGOC_URI_RETRYWRITES, MONGOC_URI_SERVERSELECTIONTIMEOUTMS,
		MONGOC_URI_SERVERSELECTIONTRYONCE, MONGOC_URI_SOCKETCHECKINTERVALMS, MONGOC_URI_SOCKETTIMEOUTMS, MONGOC_URI_TLS,
		MONGOC_URI_TLSALLOWINVALIDCERTIFICATES, MONGOC_URI_TLSALLOWINVALIDHOSTNAMES, MONGOC_URI_TLSCAFILE,
		MONGOC_URI_TLSCERTIFICATEKEYFILE, MONGOC_URI_TLSCERTIFICATEKEYFILEPASSWORD, MONGOC_URI_TLSINSECURE, MONGOC_URI_W,
		MONGOC_URI_WTIMEOUTMS, MONGOC_URI_ZLIBCOMPRESSIONLEVEL};
	static const char unknown[] = "Unsupported URI option \"";
	const struct ns_address *address = context;
	char name[64];
	size_t size = strncmp(text, unknown, sizeof unknown - 1) == 0 ? strcspn(text + sizeof unknown - 1, "\"") : 0;
	if (size == 0 || size >= sizeof name) {
		ns_note("%s: %s", address->origin, text);
		return;
	}
	memcpy(name, text + sizeof unknown - 1, size);
	name[size] = '\0';
	const char *nearest = ns_nearest_name(name, known, sizeof known / sizeof *known);
	if (nearest)
		ns_note("%s: there is no option '%s': it has no effect (did you mean '%s'?)", address->origin, name, nearest);
	else
		ns_note("%s: there is no option '%s': it has no effect", address->origin, name);
}

/* libmongoc finds out about a file that is not there late, and says so only in its log. */
static int check_files(const mongoc_uri_t *uri, const struct ns_address *address, struct ns_err *err)
{
	static const char *const options[] = {MONGOC_URI_TLSCAFILE, MONGOC_URI_TLSCERTIFICATEKEYFILE};
	static const char *const shown[] = {"tlsCAFile", "tlsCertificateKeyFile"};
	for (int i = 0; i < 2; i++) {
		const char *path = mongoc_uri_get_option_as_utf8(uri, options[i], NULL);
		if (path && access(path, R_OK))
			return ns_fail_errno(err, "%s: %s '%s'", address->origin, shown[i], path);
	}
	return NS_OK;
}

static void note_readers(const struct ns_address *address, const struct ns_secrets *secrets)
{
	struct stat status;
	if (address->file && secrets->count > 0 && stat(address->file, &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & S_IROTH))
		ns_note("%s: holds a password, and everybody may read it: chmod 600 %s", address->file, address->file);
}

int ns_address_parse(mongoc_uri_t **out, struct ns_secrets *secrets, const struct ns_address *address, struct ns_arena *arena,
	struct ns_err *err)
{
	bson_error_t error = {0};
	*secrets = (struct ns_secrets){.count = 0};
	ns_mongo_listen(NULL, NULL);
	*out = mongoc_uri_new_with_error(address->text, &error);
	const char *cleaned = clean(secrets, address->text, !*out, arena);
	if (*out)
		ns_mongo_listen(note_warning, (void *)(uintptr_t)address);
	mongoc_uri_t *harmless = mongoc_uri_new_with_error(cleaned, &error);
	ns_mongo_listen(NULL, NULL);
	if (!*out && !harmless)
		return ns_fail(err, NS_ECALL, "%s: this is no address of a server: %s", address->origin, error.message);
	mongoc_uri_destroy(harmless);
	if (!*out)
		return ns_fail(err, NS_ECALL, "%s: user name and password must have : / ? # [ ] @ and %% percent-encoded (@ as %%40)", address->origin);
	note_readers(address, secrets);
	return check_files(*out, address, err);
}
