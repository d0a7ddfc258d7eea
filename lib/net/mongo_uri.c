#include <mongoc/mongoc.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/opt.h"
#include "net/mongo_parts.h"

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
 * The address without its secrets, which are added to the list: what libmongoc has to say about this one can be shown. The only @ ends
 * the password, even where a slash in it makes another address of it.
 */
static const char *clean(struct ns_secrets *secrets, const char *text, struct ns_arena *arena)
{
	struct ns_buffer out = NS_BUFFER_INIT(4 * strlen(text) + 64);
	const char *scheme = strstr(text, "://"), *begin = scheme ? scheme + 3 : text, *at = strchr(begin, '@');
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
	static const char *const known[] = {"appName", "authMechanism", "authMechanismProperties", "authSource", "compressors", "connectTimeoutMS",
		"directConnection", "heartbeatFrequencyMS", "journal", "loadBalanced", "localThresholdMS", "maxStalenessSeconds",
		"readConcernLevel", "readPreference", "readPreferenceTags", "replicaSet", "retryReads", "retryWrites",
		"serverSelectionTimeoutMS", "serverSelectionTryOnce", "socketCheckIntervalMS", "socketTimeoutMS", "tls",
		"tlsAllowInvalidCertificates", "tlsAllowInvalidHostnames", "tlsCAFile", "tlsCertificateKeyFile",
		"tlsCertificateKeyFilePassword", "tlsDisableCertificateRevocationCheck", "tlsDisableOCSPEndpointCheck", "tlsInsecure",
		"w", "wTimeoutMS", "zlibCompressionLevel"};
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

static int fail_encoding(const struct ns_address *address, struct ns_err *err)
{
	return ns_fail(err, NS_ECALL, "%s: user name and password must have : / ? # [ ] @ and %% percent-encoded (@ is %%40), and no other @ may stand in it",
		address->origin);
}

/* libmongoc would end the process. */
static int check_password(const mongoc_uri_t *uri, const struct ns_address *address, struct ns_err *err)
{
	const char *mechanism = mongoc_uri_get_auth_mechanism(uri);
	bool needed = !mechanism || strncasecmp(mechanism, "SCRAM-", 6) == 0 || strcasecmp(mechanism, "PLAIN") == 0;
	if (mongoc_uri_get_username(uri) && !mongoc_uri_get_password(uri) && needed)
		return ns_fail(err, NS_ECALL, "%s: a user without a password: USER:PASSWORD@ stands in front of the host", address->origin);
	return NS_OK;
}

static int parse(mongoc_uri_t **out, struct ns_secrets *secrets, const struct ns_address *address, struct ns_arena *arena,
	struct ns_err *err)
{
	bson_error_t error = {0};
	const char *at = strchr(address->text, '@'), *cleaned = clean(secrets, address->text, arena);
	if (at && strchr(at + 1, '@'))
		return fail_encoding(address, err);
	ns_mongo_listen(NULL, NULL);
	*out = mongoc_uri_new_with_error(address->text, &error);
	if (*out)
		ns_mongo_listen(note_warning, (void *)(uintptr_t)address);
	mongoc_uri_t *harmless = mongoc_uri_new_with_error(cleaned, &error);
	ns_mongo_listen(NULL, NULL);
	bool sound = harmless != NULL;
	mongoc_uri_destroy(harmless);
	if (*out)
		return NS_OK;
	if (sound)
		return fail_encoding(address, err);
	return ns_fail(err, NS_ECALL, "%s: this is no address of a server: %s", address->origin, error.message);
}

int ns_address_parse(mongoc_uri_t **out, struct ns_secrets *secrets, const struct ns_address *address, struct ns_arena *arena,
	struct ns_err *err)
{
	*out = NULL;
	*secrets = (struct ns_secrets){.count = 0};
	NS_TRY(parse(out, secrets, address, arena, err));
	note_readers(address, secrets);
	NS_TRY(check_password(*out, address, err));
	return check_files(*out, address, err);
}
