#include "table/streams.h"

#include <string.h>

#include "base/number.h"
#include "table/arrow.h"
#include "table/bytes.h"

enum { STREAMS_BYTES = 1 << 30, STREAMS_MAX = 1000 };

/* The file in the arena where it is Arrow; else *size is 0. */
static int read_file(char **data, size_t *size, const char **name, const char *path, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_bytes *bytes;
	const unsigned char *head;
	size_t got;
	*size = 0;
	NS_TRY(ns_bytes_open(&bytes, path, false, err));
	int status = ns_bytes_peek(&head, &got, bytes, err);
	if (status == NS_OK && ns_format_arrow.sniff(head, got))
		status = ns_bytes_read_all(data, size, bytes, STREAMS_BYTES, "a model or a bundle", arena, err);
	*name = ns_strdup(arena, ns_bytes_name(bytes));
	ns_bytes_close(bytes);
	return status;
}

int ns_streams_read(struct ns_streams *streams, const char *path, struct ns_arena *arena, struct ns_err *err)
{
	char *data;
	size_t size, used;
	*streams = (struct ns_streams){.tables = NS_NEW_ARRAY(arena, struct ns_table, STREAMS_MAX),
		.bytes = NS_NEW_ARRAY(arena, struct ns_span, STREAMS_MAX)};
	NS_TRY(read_file(&data, &size, &streams->path, path, arena, err));
	for (size_t at = 0; at < size; at += used) {
		if (streams->count == STREAMS_MAX)
			return ns_fail(err, NS_EDATA, "%s: more than %d streams", streams->path, STREAMS_MAX);
		NS_TRY(ns_arrow_read_table(&streams->tables[streams->count], &used, data + at, size - at, streams->path, arena, err));
		streams->bytes[streams->count++] = (struct ns_span){data + at, used};
	}
	return NS_OK;
}

static const char *name_of(const struct ns_table *table)
{
	const char *name = ns_metadata_find(&table->metadata, "ns:stage");
	return name ? name : "";
}

static int fail_which(const struct ns_streams *streams, const char *which, bool several, struct ns_err *err)
{
	struct ns_buffer list = NS_BUFFER_INIT(600);
	for (size_t i = 0; i < streams->count && list.size < 400; i++)
		(void)ns_buffer_printf(&list, "%s%zu %.40s", i ? ", " : "", i + 1, name_of(&streams->tables[i]));
	int status = ns_fail(err, NS_ECALL, "%s: %s '%s' (it holds %s)", streams->path, several ? "more than one stage" : "no stage", which,
		streams->count ? list.data : "none");
	ns_buffer_release(&list);
	return status;
}

int ns_streams_find(size_t *at, const struct ns_streams *streams, const char *which, struct ns_err *err)
{
	int64_t number;
	size_t hits = 0;
	if (ns_integer_parse(&number, which, strlen(which))) {
		if (number < 1 || (uint64_t)number > streams->count)
			return fail_which(streams, which, false, err);
		*at = (size_t)number - 1;
		return NS_OK;
	}
	for (size_t i = 0; i < streams->count; i++) {
		if (strcmp(name_of(&streams->tables[i]), which) == 0) {
			*at = i;
			hits++;
		}
	}
	return hits == 1 ? NS_OK : fail_which(streams, which, hits > 1, err);
}

static int print_line(struct ns_buffer *out, const struct ns_pair *pair)
{
	if (ns_buffer_printf(out, "%s: ", pair->key))
		return -1;
	for (const char *c = pair->value; *c; c++)
		if (ns_buffer_append(out, *c == '\n' ? "\\n" : c, *c == '\n' ? 2 : 1))
			return -1;
	return ns_buffer_append(out, "\n", 1);
}

int ns_streams_print_metadata(struct ns_buffer *out, const struct ns_streams *streams)
{
	for (size_t i = 0; i < streams->count; i++) {
		const struct ns_metadata *metadata = &streams->tables[i].metadata;
		if (out->size && ns_buffer_append(out, "\n", 1))
			return -1;
		for (size_t k = 0; k < metadata->count; k++)
			if (print_line(out, &metadata->pairs[k]))
				return -1;
	}
	return 0;
}
