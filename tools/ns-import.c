/* ns-import: a table in, documents of a MongoDB collection out. */
#include <inttypes.h>

#include "base/file.h"
#include "net/import.h"
#include "net/mongo.h"

static struct conf {
	struct ns_import_options import;
	struct ns_table_options table;
} conf = {.table = {NS_TABLE_OPTIONS_INIT}};

static const struct ns_opt options[] = {
	{0, "uri", "URI|@FILE", "the server: mongodb://..., or a file that says it (default: MONGODB_URI of the environment or of .env)", NS_OPT_TEXT, &conf.import.uri, 0, 0, NULL, NULL},
	{0, "source", "NAME", "what the rows are known by, so that importing them again changes nothing (default: the file's name)", NS_OPT_TEXT, &conf.import.source, 0, 0, NULL, NULL},
	{0, "key", "COLUMN", "the column that tells rows apart, in place of all their values", NS_OPT_TEXT, &conf.import.key, 0, 0, NULL, NULL},
	{0, "replace", NULL, "load a new collection, which takes the place of the old one when it is complete", NS_OPT_FLAG, &conf.import.replace, 0, 0, NULL, NULL},
	{0, "date", "LIST", "columns to store as dates", NS_OPT_LIST, &conf.import.dates, 0, 0, NULL, NULL},
	{0, "null", NULL, "store missing values as null, not as fields that are not there", NS_OPT_FLAG, &conf.import.null, 0, 0, NULL, NULL},
	NS_OPTION_COLUMNS(conf.table),
	NS_OPTIONS_INPUT(conf.table),
	NS_OPTION_SCHEMA(conf.table),
	{0},
};

static int run(char **operands, int count, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_import_counts counts;
	struct ns_buffer out = NS_BUFFER_INIT(1 << 10);
	NS_TRY(ns_mongo_check_operands(operands, count, err));
	NS_TRY(ns_import(&counts, operands[0], operands[1], operands + 2, count - 2, &conf.import, &conf.table, arena, err));
	(void)ns_buffer_printf(&out, "inserted,unchanged,failed\n%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n", counts.inserted, counts.unchanged, counts.failed);
	int status = ns_file_store("-", out.data, out.size, err);
	ns_buffer_release(&out);
	return status;
}

static const struct ns_tool tool = {
	.name = "ns-import",
	.about = "bring a table into a MongoDB collection, each row once",
	.usage = (const char *const[]){"[--uri URI|@FILE] [--source NAME | --key COLUMN] [--replace] DATABASE COLLECTION [FILE...]", NULL},
	.examples = (const char *const[]){"ns-import networksecurity phisingdata phishing.csv", "ns-import --uri @mongo.uri --replace -S schema/phishing.yaml networksecurity phisingdata phishing.csv", NULL},
	.options = options,
	.operands_min = 2,
	.operands_max = -1,
	.reads_stdin = true,
	.run = run,
};

int main(int argc, char **argv)
{
	return ns_tool_main(&tool, argc, argv);
}
