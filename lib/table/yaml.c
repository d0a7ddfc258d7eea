#include "table/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/utf8.h"

enum { DEPTH_MAX = 16, NODES_MAX = 1 << 20 };

struct reader {
	yaml_parser_t parser;
	yaml_event_t event; /* the present one */
	const char *text, *path;
	size_t size, nodes;
	struct ns_arena *arena;
	struct ns_err *err;
};

int ns_yaml_fail(struct ns_err *err, const char *path, int line, const char *format, ...)
{
	char text[2048];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	return ns_fail(err, NS_ECALL, "%s:%d: %s", path, line, text);
}

bool ns_yaml_is_null(const struct ns_yaml *node)
{
	static const char *const words[] = {"", "~", "null", "Null", "NULL"};
	for (size_t i = 0; node->kind == NS_YAML_SCALAR && node->plain && i < sizeof words / sizeof *words; i++)
		if (strcmp(node->text, words[i]) == 0)
			return true;
	return false;
}

const struct ns_yaml *ns_yaml_find(const struct ns_yaml *map, const char *key)
{
	for (const struct ns_yaml *item = map->kind == NS_YAML_MAP ? map->first : NULL; item; item = item->next)
		if (strcmp(item->key, key) == 0)
			return item;
	return NULL;
}

static int line_of(const struct reader *reader, size_t offset)
{
	int line = 1;
	for (size_t i = 0; i < offset && i < reader->size; i++)
		line += reader->text[i] == '\n';
	return line;
}

static int fail_as_libyaml(struct reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;
	if (parser->error == YAML_MEMORY_ERROR)
		ns_die_of_memory();
	const char *problem = parser->problem ? parser->problem : "not YAML";
	if (parser->error == YAML_READER_ERROR)
		return ns_yaml_fail(reader->err, reader->path, line_of(reader, parser->problem_offset), "%s", problem);
	int line = (int)parser->problem_mark.line + 1;
	if (!parser->context)
		return ns_yaml_fail(reader->err, reader->path, line, "%s", problem);
	return ns_yaml_fail(reader->err, reader->path, line, "%s, %s", problem, parser->context);
}

static int next_event(struct reader *reader)
{
	yaml_event_delete(&reader->event);
	return yaml_parser_parse(&reader->parser, &reader->event) ? NS_OK : fail_as_libyaml(reader);
}

static int event_line(const struct reader *reader)
{
	return (int)reader->event.start_mark.line + 1;
}

/* Anchors, aliases and tags: refused, each by its name. */
static int refuse_magic(struct reader *reader)
{
	const yaml_event_t *event = &reader->event;
	const yaml_char_t *anchor = NULL, *tag = NULL;
	switch (event->type) {
	case YAML_ALIAS_EVENT:
		return ns_yaml_fail(reader->err, reader->path, event_line(reader), "aliases such as '*%s' are not read; write the value out",
			(const char *)event->data.alias.anchor);
	case YAML_SCALAR_EVENT:
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
		break;
	default:
		break;
	}
	if (anchor)
		return ns_yaml_fail(reader->err, reader->path, event_line(reader), "anchors such as '&%s' are not read; write the value out", (const char *)anchor);
	if (tag)
		return ns_yaml_fail(reader->err, reader->path, event_line(reader), "tags such as '%s' are not read; leave it out", (const char *)tag);
	return NS_OK;
}

static int read_text(const char **text, struct reader *reader)
{
	const char *value = (const char *)reader->event.data.scalar.value;
	size_t size = reader->event.data.scalar.length;
	if (memchr(value, '\0', size))
		return ns_yaml_fail(reader->err, reader->path, event_line(reader), "a NUL character is no text");
	*text = ns_strndup(reader->arena, value, size);
	return NS_OK;
}

static int by_key_and_line(const void *a, const void *b)
{
	const struct ns_yaml *left = *(const struct ns_yaml *const *)a, *right = *(const struct ns_yaml *const *)b;
	int order = strcmp(left->key, right->key);
	return order ? order : (left->line > right->line) - (left->line < right->line);
}

static int refuse_doubles(const struct ns_yaml *map, struct reader *reader)
{
	if (map->count < 2)
		return NS_OK;
	const struct ns_yaml **items = NS_NEW_ARRAY(reader->arena, const struct ns_yaml *, map->count);
	size_t count = 0;
	for (const struct ns_yaml *item = map->first; item; item = item->next)
		items[count++] = item;
	qsort(items, count, sizeof *items, by_key_and_line);
	for (size_t i = 1; i < count; i++)
		if (strcmp(items[i - 1]->key, items[i]->key) == 0)
			return ns_yaml_fail(reader->err, reader->path, items[i]->line, "'%s' stands there twice, first on line %d", items[i]->key, items[i - 1]->line);
	return NS_OK;
}

static int read_node(struct ns_yaml **out, struct reader *reader, int depth);

/* The items behind the present event, which began a map or a list, up to its end. */
static int read_items(struct ns_yaml *parent, struct reader *reader, int depth)
{
	bool map = parent->kind == NS_YAML_MAP;
	struct ns_yaml **link = &parent->first;
	for (;;) {
		NS_TRY(next_event(reader));
		if (reader->event.type == YAML_MAPPING_END_EVENT || reader->event.type == YAML_SEQUENCE_END_EVENT)
			return map ? refuse_doubles(parent, reader) : NS_OK;
		const char *key = NULL;
		int line = event_line(reader);
		if (map) {
			NS_TRY(refuse_magic(reader));
			if (reader->event.type != YAML_SCALAR_EVENT)
				return ns_yaml_fail(reader->err, reader->path, line, "a key must be a word, not a list or a map");
			NS_TRY(read_text(&key, reader));
			NS_TRY(next_event(reader));
		}
		NS_TRY(read_node(link, reader, depth + 1));
		if (map) {
			(*link)->key = key;
			(*link)->line = line;
		}
		link = &(*link)->next;
		parent->count++;
	}
}

/* The node that begins with the present event. */
static int read_node(struct ns_yaml **out, struct reader *reader, int depth)
{
	NS_TRY(refuse_magic(reader));
	if (depth > DEPTH_MAX)
		return ns_yaml_fail(reader->err, reader->path, event_line(reader), "nested more than %d deep", DEPTH_MAX);
	if (++reader->nodes > NODES_MAX)
		return ns_yaml_fail(reader->err, reader->path, event_line(reader), "more than %d entries", NODES_MAX);
	struct ns_yaml *node = *out = NS_NEW(reader->arena, struct ns_yaml);
	node->line = event_line(reader);
	if (reader->event.type == YAML_SCALAR_EVENT) {
		node->plain = reader->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
		return read_text(&node->text, reader);
	}
	node->kind = reader->event.type == YAML_MAPPING_START_EVENT ? NS_YAML_MAP : NS_YAML_LIST;
	return read_items(node, reader, depth);
}

static int read_document(struct ns_yaml **root, struct reader *reader)
{
	NS_TRY(next_event(reader)); /* the stream's start */
	NS_TRY(next_event(reader));
	if (reader->event.type == YAML_STREAM_END_EVENT)
		return NS_OK;
	NS_TRY(next_event(reader));
	NS_TRY(read_node(root, reader, 1));
	NS_TRY(next_event(reader)); /* the document's end */
	NS_TRY(next_event(reader));
	if (reader->event.type != YAML_STREAM_END_EVENT)
		return ns_yaml_fail(reader->err, reader->path, event_line(reader), "a second document ('---') begins here; keep one");
	return NS_OK;
}

int ns_yaml_parse(struct ns_yaml **root, const char *text, size_t size, const char *path, struct ns_arena *arena, struct ns_err *err)
{
	struct reader reader = {.text = text, .size = size, .path = path, .arena = arena, .err = err};
	*root = NULL;
	for (size_t i = 0, length; i < size; i += length)
		if ((length = ns_utf8_length(text + i, size - i)) == 0)
			return ns_yaml_fail(err, path, line_of(&reader, i), "byte 0x%02x is not UTF-8; save the file as UTF-8", (unsigned char)text[i]);
	if (!yaml_parser_initialize(&reader.parser))
		ns_die_of_memory();
	yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, size);
	int status = read_document(root, &reader);
	yaml_event_delete(&reader.event);
	yaml_parser_delete(&reader.parser);
	return status;
}
