/* ns-export: files, or a collection of a MongoDB-compatible server, in; one checked table out. */
#include <string.h>
#include <unistd.h>

#include "net/collection.h"
#include "table/stream.h"
#include "table/view.h"

/* The options that only a collection has come first in the table; asked says which of them were given. */
enum { URI, QUERY, FIELDS, DROP, JOIN, EXTRA, SAMPLE, SINCE_FILE, SINCE_FIELD, OVERLAP, FULL, OF_COLLECTIONS };

static struct conf {
	struct ns_table_options table;
	struct ns_collection_options collection;
	bool asked[OF_COLLECTIONS];
} conf = {.table = {NS_TABLE_OPTIONS_INIT}, .collection = {.extra = NS_EXTRA_BY_SCHEMA, .sample = 1000, .overlap = -1}};

static const struct ns_opt options[] = {
	{0, "uri", "URI", "where the server is: mongodb://...; @FILE that holds it (default: MONGODB_URI and the like, .env)", NS_OPT_TEXT,
		&conf.collection.uri, 0, 0, NULL, &conf.asked[URI]},
	{0, "query", "JSON", "only the documents that match: extended JSON", NS_OPT_TEXT, &conf.collection.query, 0, 0, NULL, &conf.asked[QUERY]},
	{0, "fields", "JSON", "the fields that the server is to send: extended JSON", NS_OPT_TEXT, &conf.collection.fields, 0, 0, NULL,
		&conf.asked[FIELDS]},
	{0, "drop", "LIST", "fields not looked into: names, patterns", NS_OPT_LIST, &conf.collection.drop, 0, 0, NULL, &conf.asked[DROP]},
	{0, "join", "TEXT", "arrays are their elements with this between them", NS_OPT_TEXT, &conf.collection.join, 0, 0, NULL, &conf.asked[JOIN]},
	{0, "extra", NULL, "fields that are no column (default refuse; ignore where the schema allows them)", NS_OPT_CHOICE, &conf.collection.extra,
		0, 0, "refuse|ignore", &conf.asked[EXTRA]},
	{0, "sample", "N", "so many documents say which columns there are", NS_OPT_INTEGER, &conf.collection.sample, 1, 1e15, NULL, &conf.asked[SAMPLE]},
	{0, "since-file", "FILE", "only what is new since the last export, which is kept here", NS_OPT_TEXT, &conf.collection.since_file, 0, 0, NULL,
		&conf.asked[SINCE_FILE]},
	{0, "since-field", "NAME", "the field that tells what is new, dates or numbers (default: _id)", NS_OPT_TEXT, &conf.collection.since_field, 0, 0,
		NULL, &conf.asked[SINCE_FIELD]},
	{0, "overlap", "N", "how late documents may come: seconds, or the field's unit (default 600)", NS_OPT_INTEGER, &conf.collection.overlap, 0, 1e12, NULL,
		&conf.asked[OVERLAP]},
	{0, "full", NULL, "everything, whatever was exported before: a new beginning for --since-file", NS_OPT_FLAG, &conf.collection.full, 0, 0, NULL,
		&conf.asked[FULL]},
	NS_OPTION_COLUMNS(conf.table),
	NS_OPTIONS_OUTPUT(conf.table),
	NS_OPTIONS_INPUT(conf.table),
	NS_OPTION_SCHEMA(conf.table),
	{0},
};

static bool is_stdin(const char *operand)
{
	return strcmp(operand, "-") == 0;
}

static bool is_there(const char *operand)
{
	return is_stdin(operand) || access(operand, F_OK) == 0;
}

static bool is_named(const char *operand)
{
	return !is_stdin(operand);
}

/* --- a collection? --- */

static int check_collection(char **operands, int count, const char *option, struct ns_err *err)
{
	for (int i = 0; i < count && !conf.asked[URI]; i++)
		if (is_there(operands[i]))
			return ns_fail(err, NS_ECALL, "--%s is for a collection, but '%s' is a file", option, operands[i]);
	if (count != 2)
		return ns_fail(err, NS_ECALL, "--%s is for a collection, which takes two operands: DATABASE COLLECTION", option);
	return NS_OK;
}

/* Two operands that are no files, where it is known which server is meant; or what only a collection has. */
static int is_collection(bool *collection, char **operands, int count, struct ns_arena *arena, struct ns_err *err)
{
	const char *option = NULL;
	for (int i = FULL; i >= URI; i--)
		option = conf.asked[i] ? options[i].name : option;
	*collection = option || (count == 2 && !is_there(operands[0]) && !is_there(operands[1]) && ns_collection_has_server(arena));
	if (*collection)
		return check_collection(operands, count, option ? option : "uri", err);
	if (count == 2 && !is_there(operands[0]) && !is_there(operands[1]))
		return ns_fail(err, NS_ECALL, "%s: No such file or directory (a DATABASE and COLLECTION need --uri, MONGODB_URI or .env)", operands[0]);
	return count ? NS_OK : ns_fail(err, NS_ECALL, "needs FILE..., or DATABASE COLLECTION (- is stdin)");
}

/* The database's own key is no data: it goes unless -c names columns. */
static void drop_key(struct ns_arena *arena, const struct ns_table *header)
{
	struct ns_texts *exclude = &conf.table.exclude;
	if (conf.table.columns.count || ns_table_find(header, "_id") < 0)
		return;
	const char **items = NS_NEW_ARRAY(arena, const char *, exclude->count + 1);
	if (exclude->count)
		memcpy(items, exclude->items, exclude->count * sizeof *items);
	items[exclude->count] = "_id";
	*exclude = (struct ns_texts){items, exclude->count + 1};
}

static int copy(uint64_t *rows, struct ns_reader *reader, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_writer *writer;
	struct ns_view view;
	struct ns_table *batch, out;
	drop_key(arena, ns_reader_header(reader));
	NS_TRY(ns_view_init(&view, ns_reader_header(reader), &conf.table, arena, err));
	ns_view_leave(&view, reader);
	NS_TRY(ns_writer_open(&writer, NULL, &conf.table, reader, arena, err));
	do {
		NS_TRY(ns_reader_next(&batch, reader, err));
		ns_view_apply(&out, batch, &view, ns_reader_batch_arena(reader));
		NS_TRY(ns_writer_write(writer, &out, NULL, 0, err));
		*rows += batch->rows;
	} while (batch->rows);
	NS_TRY(ns_reader_finish(reader, err));
	return ns_writer_finish(writer, err);
}

static int run(char **operands, int count, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_collection *collection;
	struct ns_reader *reader;
	bool is_one;
	uint64_t rows = 0;
	NS_TRY(is_collection(&is_one, operands, count, arena, err));
	if (is_one)
		NS_TRY(ns_collection_open(&collection, &reader, operands[0], operands[1], &conf.collection, &conf.table, arena, err));
	else
		NS_TRY(ns_reader_open(&reader, operands, count, &conf.table, false, arena, err));
	NS_TRY(copy(&rows, reader, arena, err));
	return is_one ? ns_collection_finish(collection, rows, err) : NS_OK;
}

static const struct ns_tool tool = {
	.name = "ns-export",
	.about = "bring files or a MongoDB collection into the pipeline: one checked table",
	.usage = (const char *const[]){"[-O csv|arrow] [-c LIST] [-x LIST] FILE...",
		"--uri URI|@FILE [--query JSON] [--since-file FILE] [-O csv|arrow] [-c LIST] [-x LIST] DATABASE COLLECTION", NULL},
	.examples = (const char *const[]){"ns-export data.csv", "ns-export -O arrow january.csv.gz february.csv.gz > winter.arrow",
		"ns-export --uri @mongo.uri networksecurity phisingdata > phishing.csv",
		"ns-export --uri @mongo.uri --since-file phishing.since networksecurity phisingdata > new.csv", NULL},
	.options = options,
	.operands_max = -1,
	.reads_stdin = true,
	.is_file = is_named,
	.run = run,
};

int main(int argc, char **argv)
{
	return ns_tool_main(&tool, argc, argv);
}
