/* ns-export: files, or a collection of a MongoDB-compatible server, in; one checked table out. */
#include <string.h>
#include <unistd.h>

#include "net/collection.h"
#include "net/mongo.h"
#include "table/stream.h"
#include "table/view.h"

static struct conf {
	struct ns_table_options table;
	struct ns_collection_options collection;
	bool asked[NS_COLLECTION_OPTIONS]; /* --uri is the first */
} conf = {.table = {NS_TABLE_OPTIONS_INIT}, .collection = {NS_COLLECTION_OPTIONS_INIT}};

static const struct ns_opt options[] = {
	NS_OPTIONS_COLLECTION(conf.collection, conf.asked), /* first, as in asked */
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
	bool by_uri = conf.asked[0];
	for (int i = 0; i < count && !by_uri; i++)
		if (is_there(operands[i]))
			return ns_fail(err, NS_ECALL, "--%s is for a collection, but '%s' is a file", option, operands[i]);
	if (count != 2)
		return ns_fail(err, NS_ECALL, "--%s is for a collection, which takes two operands: DATABASE COLLECTION", option);
	return NS_OK;
}

/* Could these be a database and a collection? No file is there, and a database's name has nothing of a file's in it. */
static bool can_be_collection(char **operands, int count)
{
	return count == 2 && !strpbrk(operands[0], "./\\ \"$") && !is_there(operands[0]) && !is_there(operands[1]);
}

/* What only a collection has was asked for; or it can be one, and it is known on which server. */
static int is_collection(bool *collection, char **operands, int count, struct ns_arena *arena, struct ns_err *err)
{
	const char *option = NULL;
	bool can_be = can_be_collection(operands, count);
	for (int i = NS_COLLECTION_OPTIONS - 1; i >= 0; i--)
		option = conf.asked[i] ? options[i].name : option;
	*collection = option || (can_be && ns_collection_has_server(arena));
	if (option)
		return check_collection(operands, count, option, err);
	if (can_be && !*collection)
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
	NS_TRY(ns_mongo_check_operands(operands, count, err));
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
