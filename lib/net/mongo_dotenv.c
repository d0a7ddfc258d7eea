#include <string.h>

#include "net/mongo_parts.h"

/* A place in the text. */
struct scan {
	const char *at, *end;
	size_t line;
};

struct assignment {
	const char *name;
	size_t name_size, line;
	struct ns_buffer value;
	const char *fault; /* NULL: none */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool line_ended(const struct scan *scan)
{
	return scan->at == scan->end || *scan->at == '\n';
}

static void skip_blanks(struct scan *scan)
{
	while (!line_ended(scan) && is_blank(*scan->at))
		scan->at++;
}

static void skip_line(struct scan *scan)
{
	while (!line_ended(scan))
		scan->at++;
	if (scan->at < scan->end) {
		scan->at++;
		scan->line++;
	}
}

/* NAME=, blanks and 'export ' allowed; false where the line is none. */
static bool read_name(struct assignment *out, struct scan *scan)
{
	static const char export[] = "export";
	do {
		skip_blanks(scan);
		out->name = scan->at;
		while (!line_ended(scan) && !is_blank(*scan->at) && *scan->at != '=' && *scan->at != '#')
			scan->at++;
		out->name_size = (size_t)(scan->at - out->name);
	} while (out->name_size == sizeof export - 1 && memcmp(out->name, export, out->name_size) == 0 && !line_ended(scan) &&
		is_blank(*scan->at));
	skip_blanks(scan);
	if (out->name_size == 0 || line_ended(scan) || *scan->at != '=')
		return false;
	scan->at++;
	return true;
}

static bool read_quoted(struct assignment *out, struct scan *scan)
{
	char quote = *scan->at++;
	for (; scan->at < scan->end && *scan->at != quote; scan->at++) {
		const char *next = scan->at + 1;
		if (quote == '"' && *scan->at == '\\' && next < scan->end && memchr("\"\\$`", *next, 4))
			scan->at = next;
		scan->line += *scan->at == '\n';
		ns_buffer_append(&out->value, scan->at, 1);
	}
	if (scan->at == scan->end)
		return false;
	scan->at++;
	return true;
}

static void read_plain(struct assignment *out, struct scan *scan)
{
	const char *start = scan->at;
	while (!line_ended(scan) && !(*scan->at == '#' && (scan->at == start || is_blank(scan->at[-1]))))
		scan->at++;
	const char *end = scan->at;
	while (end > start && is_blank(end[-1]))
		end--;
	ns_buffer_append(&out->value, start, (size_t)(end - start));
}

static void read_value(struct assignment *out, struct scan *scan)
{
	skip_blanks(scan);
	struct scan start = *scan;
	out->line = scan->line;
	out->fault = NULL;
	out->value.size = 0;
	if (line_ended(scan) || (*scan->at != '"' && *scan->at != '\'')) {
		read_plain(out, scan);
	} else if (!read_quoted(out, scan)) {
		out->fault = "a quote that begins here is never closed";
		*scan = start;
	} else {
		skip_blanks(scan);
		if (!line_ended(scan) && *scan->at != '#')
			out->fault = "something stands behind the closing quote";
	}
}

int ns_dotenv_find(const char **value, size_t *line, const char *text, size_t size, const char *path, const char *name,
	struct ns_arena *arena, struct ns_err *err)
{
	struct scan scan = {text, text + size, 1};
	struct assignment found = {.value = NS_BUFFER_INIT(size)};
	int status = NS_OK;
	if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		scan.at += 3;
	*value = NULL;
	for (; scan.at < scan.end && status == NS_OK; skip_line(&scan)) {
		if (!read_name(&found, &scan))
			continue;
		read_value(&found, &scan);
		if (found.name_size != strlen(name) || memcmp(found.name, name, found.name_size) != 0)
			continue;
		if (found.fault)
			status = ns_fail(err, NS_ECALL, "%s:%zu: %s: %s", path, found.line, name, found.fault);
		*value = ns_strndup(arena, found.value.data, found.value.size);
		*line = found.line;
	}
	ns_buffer_release(&found.value);
	return status;
}
