#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/file.h"
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

static bool is_address(const char *text)
{
	return strncasecmp(text, "mongodb://", 10) == 0 || strncasecmp(text, "mongodb+srv://", 14) == 0;
}

int ns_mongo_check_operands(char **operands, int count, struct ns_err *err)
{
	for (int i = 0; i < count; i++)
		if (is_address(operands[i]))
			return ns_fail(err, NS_ECALL, "operand %d is the address of a server, which stands behind --uri", i + 1);
	return NS_OK;
}

static int address_from_file(struct ns_address *out, const char *path, struct ns_arena *arena, struct ns_err *err)
{
	char *text;
	size_t size, line = 1;
	if (*path == '\0')
		return ns_fail(err, NS_ECALL, "%s: '@' wants the name of a file behind it", out->origin);
	if (is_address(path))
		return ns_fail(err, NS_ECALL, "%s: behind '@' stands an address, not the name of a file that holds one", out->origin);
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
