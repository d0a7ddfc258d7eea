#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <mongoc/mongoc.h>
#include <sys/stat.h>

#include "child.h"
#include "net/mongo_parts.h"

static struct ns_arena arena;
static struct ns_err err;

static int begin(void **state)
{
	(void)state;
	err.text[0] = '\0';
	return 0;
}

static int end(void **state)
{
	(void)state;
	ns_arena_release(&arena);
	return 0;
}

static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

/* --- .env --- */

static void expect_dotenv(const char *text, const char *expected, size_t expected_line)
{
	const char *value;
	size_t line = 0;
	assert_int_equal(ns_dotenv_find(&value, &line, text, strlen(text), ".env", "NAME", &arena, &err), NS_OK);
	if (!expected) {
		assert_null(value);
		return;
	}
	assert_non_null(value);
	assert_string_equal(value, expected);
	assert_int_equal(line, expected_line);
}

static void test_dotenv_plain(void **state)
{
	(void)state;
	expect_dotenv("", NULL, 0);
	expect_dotenv("NAME=a", "a", 1);
	expect_dotenv("NAME=\n", "", 1);
	expect_dotenv("\xef\xbb\xbfNAME=a\r\n", "a", 1);
	expect_dotenv("# NAME=no\n\nexport NAME = a b \t\r\nOTHER=c\n", "a b", 3);
	expect_dotenv("export\tNAME=a", "a", 1);
	expect_dotenv("NAME=a#b # c\n", "a#b", 1);
	expect_dotenv("NAME=#a\n", "", 1);
	expect_dotenv("NAME=$HOME\\n${X}\n", "$HOME\\n${X}", 1);
	expect_dotenv("NAME=a=b&c=d\n", "a=b&c=d", 1);
	expect_dotenv("NAME=it's\n", "it's", 1);
	expect_dotenv("NAME=a\nNAME=b\n", "b", 2);
	expect_dotenv("NAMES=a\nMY_NAME=b\nname=c\nNAME\nNAME x=d\n=e\nexport\n", NULL, 0);
	expect_dotenv("export=a\nNAME=b", "b", 2);
}

static void test_dotenv_quoted(void **state)
{
	(void)state;
	expect_dotenv("NAME=\"a b\" # c", "a b", 1);
	expect_dotenv("NAME='a # \"b\\\"'\r\n", "a # \"b\\\"", 1);
	expect_dotenv("NAME=\"\\\"\\\\\\$\\`\\n\"", "\"\\$`\\n", 1);
	expect_dotenv("NAME=''", "", 1);
	expect_dotenv("KEY=\"-----\nNAME=no\n-----\"\nNAME=a\n", "a", 4);
	expect_dotenv("NAME='a\nb'\n", "a\nb", 1);
	expect_dotenv("OTHER='never closed\nNAME=a\n", "a", 2);
	expect_dotenv("OTHER='a'b\nNAME=a\n", "a", 2);
}

static void expect_fault(const char *text, const char *expected)
{
	const char *value;
	size_t line;
	assert_int_equal(ns_dotenv_find(&value, &line, text, strlen(text), ".env", "NAME", &arena, &err), NS_ECALL);
	assert_string_equal(err.text, expected);
}

static void test_dotenv_faults(void **state)
{
	(void)state;
	expect_fault("\nNAME='secret\n", ".env:2: NAME: a quote that begins here is never closed");
	expect_fault("NAME=\"secret\\\"", ".env:1: NAME: a quote that begins here is never closed");
	expect_fault("NAME='secret' more\n", ".env:1: NAME: something stands behind the closing quote");
}

/* --- where the address is --- */

static void expect_address(const char *uri, const char *text, const char *origin)
{
	struct ns_address address;
	char *argument = uri ? ns_strdup(&arena, uri) : NULL;
	assert_int_equal(ns_address_find(&address, argument, &arena, &err), NS_OK);
	assert_string_equal(address.text, text);
	assert_string_equal(address.origin, origin);
}

static void expect_no_address(const char *uri, const char *expected)
{
	struct ns_address address;
	assert_int_equal(ns_address_find(&address, uri ? ns_strdup(&arena, uri) : NULL, &arena, &err), NS_ECALL);
	assert_string_equal(err.text, expected);
}

static void test_address_order(void **state)
{
	(void)state;
	static const char unknown[] = "the server is not known: --uri URI, --uri @FILE, the environment's MONGODB_URI or a .env file says where it is";
	expect_no_address(NULL, unknown);
	put(".env", "MONGO_DB_URI=mongodb://f\n");
	expect_address(NULL, "mongodb://f", ".env:1: MONGO_DB_URI");
	put(".env", "MONGO_DB_URI=mongodb://f\nMONGO_DB_URL='mongodb://e'\n");
	expect_address(NULL, "mongodb://e", ".env:2: MONGO_DB_URL");
	put(".env", "MONGODB_URI=mongodb://d\nMONGO_DB_URL='mongodb://e'\n");
	expect_address(NULL, "mongodb://d", ".env:1: MONGODB_URI");
	setenv("MONGO_DB_URI", "mongodb://c", 1);
	expect_address(NULL, "mongodb://c", "MONGO_DB_URI");
	setenv("MONGO_DB_URL", "mongodb://b", 1);
	expect_address(NULL, "mongodb://b", "MONGO_DB_URL");
	setenv("MONGODB_URI", "", 1);
	expect_address(NULL, "mongodb://b", "MONGO_DB_URL");
	setenv("MONGODB_URI", "mongodb://a", 1);
	expect_address(NULL, "mongodb://a", "MONGODB_URI");
	expect_address("mongodb://x", "mongodb://x", "--uri");
	unsetenv("MONGODB_URI");
	unsetenv("MONGO_DB_URL");
	unsetenv("MONGO_DB_URI");
	put(".env", "MONGODB_URI=\n");
	expect_no_address(NULL, unknown);
	remove(".env");
	mkdir(".env", 0700);
	expect_no_address(NULL, unknown);
	rmdir(".env");
}

static void test_address_file(void **state)
{
	(void)state;
	put("uri", "\xef\xbb\xbf# the server\r\n\r\n  mongodb://h/ \r\nmongodb://other/\n");
	expect_address("@uri", "mongodb://h/", "uri:3");
	setenv("MONGODB_URI", "@uri", 1);
	expect_address(NULL, "mongodb://h/", "uri:3");
	unsetenv("MONGODB_URI");
	put("uri", "# nothing\n");
	expect_no_address("@uri", "uri: there is no address in it");
	expect_no_address("@", "--uri: '@' wants the name of a file behind it");
	expect_no_address("@nosuch", "nosuch: No such file or directory");
	remove("uri");
}

static void test_argument_is_overwritten(void **state)
{
	(void)state;
	struct ns_address address;
	char uri[] = "mongodb://jo:secret@h/", zeros[sizeof uri] = "***", file[] = "@uri";
	assert_int_equal(ns_address_find(&address, uri, &arena, &err), NS_OK);
	assert_memory_equal(uri, zeros, sizeof uri);
	assert_string_equal(address.text, "mongodb://jo:secret@h/");
	ns_address_find(&address, file, &arena, &err);
	assert_string_equal(file, "@uri");
}

/* --- what the address says --- */

static int open_address(const char *text)
{
	struct ns_mongo *mongo;
	int status = ns_mongo_open(&mongo, ns_strdup(&arena, text), "mongo_test", &arena, &err);
	if (status == NS_OK)
		assert_non_null(ns_mongo_client(mongo));
	return status;
}

static void expect_refused(const char *text, const char *expected)
{
	assert_int_equal(open_address(text), NS_ECALL);
	assert_string_equal(err.text, expected);
}

#define ENCODING "--uri: user name and password must have : / ? # [ ] @ and % percent-encoded (@ is %40), and no other @ may stand in it"

static void test_address_refused(void **state)
{
	(void)state;
	expect_refused("http://h", "--uri: this is no address of a server: Invalid URI Schema, expecting 'mongodb://' or 'mongodb+srv://'");
	expect_refused("mongodb://", "--uri: this is no address of a server: Invalid host string in URI");
	expect_refused("mongodb://h/?tls=tru", "--uri: this is no address of a server: Unsupported value for \"tls\": \"tru\"");
	expect_refused("mongodb://jo:secret@h/?tls=secret-word&tls", "--uri: this is no address of a server: URI option \"tls\" contains no \"=\" sign");
	expect_refused("mongodb://jo:sec@ret@h/", ENCODING);
	expect_refused("mongodb://jo:sec/ret@h/", ENCODING);
	expect_refused("mongodb://jo:sec:ret@h/", ENCODING);
	expect_refused("mongodb://jo:sec%zzret@h/", ENCODING);
	expect_refused("mongodb://jo:12/34@h/?appname=a@b", ENCODING);
	expect_refused("mongodb://jo@h/", "--uri: a user without a password: USER:PASSWORD@ stands in front of the host");
	expect_refused("mongodb://h/?tls=true&tlsCAFile=/nosuch.pem", "--uri: tlsCAFile '/nosuch.pem': No such file or directory");
	expect_refused("mongodb://h/?tls=true&tlsCertificateKeyFile=/nosuch.pem", "--uri: tlsCertificateKeyFile '/nosuch.pem': No such file or directory");
}

static void test_address_accepted(void **state)
{
	(void)state;
	assert_int_equal(open_address("mongodb://jo:s%40e%2F@[::1]:1/db?authSource=admin&authMechanism=SCRAM-SHA-256"), NS_OK);
	assert_int_equal(open_address("mongodb://a,b:2/?replicaSet=rs&readPreference=secondary"), NS_OK);
	assert_int_equal(open_address("mongodb://CN%3Djo@h/?authMechanism=MONGODB-X509&tls=true"), NS_OK);
}

static int note_options(void *context)
{
	struct ns_mongo *mongo;
	int status = ns_mongo_open(&mongo, context, "mongo_test", &arena, &err);
	ns_arena_release(&arena);
	return status;
}

static void expect_notes(const char *text, const char *expected)
{
	struct child child;
	run_child(&child, note_options, ns_strdup(&arena, text));
	assert_int_equal(child.status, NS_OK);
	assert_string_equal(child.err, expected);
}

static void test_address_notes(void **state)
{
	(void)state;
	expect_notes("mongodb://jo:secret@h/?tls=true&w=1", "");
	expect_notes("mongodb://jo:secret@h/?tlsCAFil=/x&compressors=zlib,rot13&frobnicate=secret",
		"netsec: --uri: there is no option 'tlscafil': it has no effect (did you mean 'tlsCAFile'?)\n"
		"netsec: --uri: Unsupported compressor: 'rot13'\n"
		"netsec: --uri: there is no option 'frobnicate': it has no effect\n");
}

static void test_file_that_everybody_reads(void **state)
{
	(void)state;
	put("uri", "mongodb://jo:secret@h/\n");
	expect_notes("@uri", "");
	chmod("uri", 0644);
	expect_notes("@uri", "netsec: uri: holds a password, and everybody may read it: chmod 600 uri\n");
	put("uri", "mongodb://h/\n");
	chmod("uri", 0644);
	expect_notes("@uri", "");
	remove("uri");
}

/* --- what failures say --- */

static void test_secrets(void **state)
{
	(void)state;
	struct ns_secrets secrets = {.count = 0};
	char out[64];
	ns_secrets_add(&secrets, "p%40ss", 6, &arena);
	ns_secrets_add(&secrets, "p@ssword", 8, &arena);
	ns_secrets_add(&secrets, "x", 1, &arena);
	ns_secrets_hide(out, sizeof out, &secrets, "x p%40ss y p@ss p@ssword p%40 p@s");
	assert_string_equal(out, "x *** y *** *** p%40 p@s");
	ns_secrets_hide(out, 10, &secrets, "0123456789");
	assert_string_equal(out, "012345");
}

static const char *failure(uint32_t domain, uint32_t code, const char *message, const char *logged)
{
	struct ns_mongo mongo = {0};
	bson_error_t error;
	ns_secrets_add(&mongo.secrets, "p%40ss", 6, &arena);
	snprintf(mongo.logged, sizeof mongo.logged, "%s", logged);
	bson_set_error(&error, domain, code, "%s", message);
	assert_int_equal(ns_mongo_fail(&err, &mongo, &error, "%s.%s", "d", "c"), NS_ECALL);
	return err.text;
}

static void test_failures(void **state)
{
	(void)state;
	enum { SELECTION = MONGOC_ERROR_SERVER_SELECTION, NONE = MONGOC_ERROR_SERVER_SELECTION_FAILURE };
	assert_string_equal(failure(SELECTION, NONE, "No suitable servers found (`serverSelectionTryOnce` set): [connection refused calling hello on 'h:1']", ""),
		"d.c: no server answers: [connection refused calling hello on 'h:1'] (does a server run there? does the address name the right port?)");
	assert_string_equal(failure(SELECTION, NONE, "No suitable servers found: `serverSelectionTimeoutMS` expired: [Failed to connect to target host: h:1]", ""),
		"d.c: no server answers: [Failed to connect to target host: h:1] (does a server run there? does the address name the right port?)");
	assert_string_equal(failure(SELECTION, NONE, "No suitable servers found: `serverSelectionTimeoutMS` expired", ""), "d.c: no server answers in time (serverSelectionTimeoutMS in the address gives it longer)");
	assert_string_equal(failure(SELECTION, NONE, "x: [TLS handshake failed: certificate verify failed (20): unable]", ""),
		"d.c: no server answers: [TLS handshake failed: certificate verify failed (20): unable] (tlsCAFile=FILE in the address names the authority that signed the server's certificate)");
	assert_string_equal(failure(SELECTION, NONE, "x: [Failed initialize TLS state.]", "Cannot load Certificate Authorities from 'x'"),
		"d.c: no server answers: [Failed initialize TLS state.]: Cannot load Certificate Authorities from 'x' (tlsCAFile in the address must name a file of PEM certificates)");
	assert_string_equal(failure(SELECTION, NONE, "x: [TLS handshake failed.]", ""), "d.c: no server answers: [TLS handshake failed.] (does the server speak TLS? tls=true in the address asks for it)");
	assert_string_equal(failure(SELECTION, NONE, "x: [connection closed calling hello on 'h']", ""), "d.c: no server answers: [connection closed calling hello on 'h'] (a server that wants TLS needs tls=true in the address)");
	assert_string_equal(failure(SELECTION, NONE, "x: [Failed to resolve h]", ""), "d.c: no server answers: [Failed to resolve h] (is the host's name right?)");
	assert_string_equal(failure(SELECTION, NONE, "x: [connection timeout calling hello on 'h']", ""), "d.c: no server answers: [connection timeout calling hello on 'h'] (connectTimeoutMS in the address gives it longer)");
	assert_string_equal(failure(MONGOC_ERROR_CLIENT, 11, "Authentication failed.", ""), "d.c: Authentication failed (are user, password and authSource in the address right?)");
	assert_string_equal(failure(MONGOC_ERROR_SERVER, 13, "command find requires authentication", ""), "d.c: command find requires authentication (USER:PASSWORD@ in front of the address's host)");
	assert_string_equal(failure(MONGOC_ERROR_STREAM, 3, "Failed to look up SRV record \"_mongodb._tcp.h\": unknown", ""),
		"d.c: Failed to look up SRV record \"_mongodb._tcp.h\": unknown (does the domain name service know that host? mongodb:// with the servers' names does without)");
	assert_string_equal(failure(MONGOC_ERROR_STREAM, 4, "Failed to send \"find\" command with database \"d\": Failed to read 4 bytes: socket error or timeout", ""),
		"d.c: the connection broke, or nothing came within socketTimeoutMS");
	assert_string_equal(failure(MONGOC_ERROR_SERVER, 2, "bad p@ss and p%40ss", "not said"), "d.c: bad *** and ***");
}

static bool passes(uint32_t domain, uint32_t code)
{
	bson_error_t error = {.domain = domain, .code = code};
	return ns_mongo_is_passing(&error);
}

static void test_passing(void **state)
{
	(void)state;
	static const uint32_t passing[] = {6, 7, 43, 89, 91, 189, 237, 262, 9001, 10107, 11600, 11601, 11602, 13435, 13436};
	static const uint32_t lasting[] = {2, 9, 13, 18, 26, 50, 59, 121, 11000};
	for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
		assert_true(passes(MONGOC_ERROR_SERVER, passing[i]));
	for (size_t i = 0; i < sizeof lasting / sizeof *lasting; i++)
		assert_false(passes(MONGOC_ERROR_SERVER, lasting[i]));
	assert_true(passes(MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_SOCKET));
	assert_true(passes(MONGOC_ERROR_SERVER_SELECTION, MONGOC_ERROR_SERVER_SELECTION_FAILURE));
	assert_false(passes(MONGOC_ERROR_CLIENT, MONGOC_ERROR_CLIENT_AUTHENTICATE));
	assert_false(passes(MONGOC_ERROR_PROTOCOL, MONGOC_ERROR_PROTOCOL_BAD_WIRE_VERSION));
}

static void test_try_again(void **state)
{
	(void)state;
	struct ns_mongo mongo = {.patience = 250};
	struct ns_patience patience = {0};
	bson_error_t error = {.domain = MONGOC_ERROR_STREAM}, lasting = {.domain = MONGOC_ERROR_CLIENT};
	assert_false(ns_mongo_try_again(&patience, &mongo, &error)); /* no server has been there */
	mongo.answered = true;
	assert_false(ns_mongo_try_again(&patience, &mongo, &lasting));
	int tries = 0;
	while (ns_mongo_try_again(&patience, &mongo, &error))
		tries++;
	assert_in_range(tries, 1, 3);
	assert_false(ns_mongo_try_again(&patience, &mongo, &error));
}

static void test_nobody_listens(void **state)
{
	(void)state;
	struct ns_mongo *mongo;
	int64_t milliseconds;
	char uri[] = "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=500";
	assert_int_equal(ns_mongo_open(&mongo, uri, "mongo_test", &arena, &err), NS_OK);
	assert_int_equal(ns_mongo_require_collection(mongo, "d", "c", &arena, &err), NS_ECALL);
	assert_non_null(strstr(err.text, "d.c: no server answers: ["));
	assert_int_equal(ns_mongo_now(&milliseconds, mongo, &err), NS_ECALL);
	assert_non_null(strstr(err.text, "the server's clock: no server answers: ["));
}

/* --- extended JSON --- */

static void expect_json(const char *text, const char *expected)
{
	bson_t *document;
	assert_int_equal(ns_mongo_parse((struct _bson_t **)&document, text, "--query", &arena, &err), NS_OK);
	char *printed = bson_as_canonical_extended_json(document, NULL);
	assert_string_equal(printed, expected);
	bson_free(printed);
}

static void expect_bad_json(const char *text, const char *expected)
{
	struct _bson_t *document;
	assert_int_equal(ns_mongo_parse(&document, text, "--query", &arena, &err), NS_ECALL);
	assert_string_equal(err.text, expected);
}

static void test_json(void **state)
{
	(void)state;
	expect_json(" {} \n", "{ }");
	expect_json("{\"a\":{\"$gt\":3},\"b\":-1.5e3}", "{ \"a\" : { \"$gt\" : { \"$numberInt\" : \"3\" } }, \"b\" : { \"$numberDouble\" : \"-1500.0\" } }");
	expect_json("{\"a\":9223372036854775807,\"b\":\"99999999999999999999 \\\"8\"}", "{ \"a\" : { \"$numberLong\" : \"9223372036854775807\" }, \"b\" : \"99999999999999999999 \\\"8\" }");
	expect_json("{\"a\":-9223372036854775808}", "{ \"a\" : { \"$numberLong\" : \"-9223372036854775808\" } }");
	expect_json("{\"_id\":{\"$oid\":\"0123456789abcdef01234567\"}}", "{ \"_id\" : { \"$oid\" : \"0123456789abcdef01234567\" } }");
	expect_bad_json("[1]", "--query: '[1]' is no object of JSON: {\"NAME\": VALUE, ...}");
	expect_bad_json("", "--query: '' is no object of JSON: {\"NAME\": VALUE, ...}");
	expect_bad_json("{\"a\":}", "--query: '{\"a\":}': Got parse error at \"}\", position 5: \"VALUE_EXPECTED\"");
	expect_bad_json("{\"a\":1", "--query: '{\"a\":1': Incomplete JSON");
	expect_bad_json("{} x", "--query: '{} x': Got parse error at \"x\", position 3: \"SPECIAL_EXPECTED\"");
	expect_bad_json("{} {}", "--query: '{} {}': something stands behind the object");
	expect_bad_json("{\"a\":9223372036854775808}", "--query: 9223372036854775808 is too large for an integer: {\"$numberDecimal\": \"...\"} holds it");
	expect_bad_json("{\"a\":[-99999999999999999999]}", "--query: -99999999999999999999 is too large for an integer: {\"$numberDecimal\": \"...\"} holds it");
	expect_bad_json("{\"a\":{\"$oid\":\"xx\"}}", "--query: '{\"a\":{\"$oid\":\"xx\"}}': Invalid input string \"xx\", looking for OID");
}

int main(void)
{
	char folder[] = "/tmp/mongo_test.XXXXXX";
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	unsetenv("MONGODB_URI");
	unsetenv("MONGO_DB_URL");
	unsetenv("MONGO_DB_URI");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_dotenv_plain, begin, end),
		cmocka_unit_test_setup_teardown(test_dotenv_quoted, begin, end),
		cmocka_unit_test_setup_teardown(test_dotenv_faults, begin, end),
		cmocka_unit_test_setup_teardown(test_address_order, begin, end),
		cmocka_unit_test_setup_teardown(test_address_file, begin, end),
		cmocka_unit_test_setup_teardown(test_argument_is_overwritten, begin, end),
		cmocka_unit_test_setup_teardown(test_address_refused, begin, end),
		cmocka_unit_test_setup_teardown(test_address_accepted, begin, end),
		cmocka_unit_test_setup_teardown(test_address_notes, begin, end),
		cmocka_unit_test_setup_teardown(test_file_that_everybody_reads, begin, end),
		cmocka_unit_test_setup_teardown(test_secrets, begin, end),
		cmocka_unit_test_setup_teardown(test_failures, begin, end),
		cmocka_unit_test_setup_teardown(test_passing, begin, end),
		cmocka_unit_test_setup_teardown(test_try_again, begin, end),
		cmocka_unit_test_setup_teardown(test_nobody_listens, begin, end),
		cmocka_unit_test_setup_teardown(test_json, begin, end),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(folder);
	return failed;
}
