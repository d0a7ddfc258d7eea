/* ns-validate: a table through unchanged where it is what its schema says, else exit 1 and a report; a first schema from a table. */
#include "base/file.h"
#include "stat/infer_schema.h"
#include "stat/validate.h"

static struct conf {
	struct ns_table_options table;
	struct ns_validate_options validate;
	bool infer, strict;
} conf = {.table = {NS_TABLE_OPTIONS_INIT}, .validate = {.max_bad = -1}};

static const struct ns_opt options[] = {
	NS_OPTION_SCHEMA(conf.table),
	NS_OPTION_TARGET(conf.table),
	{0, "require-target", NULL, "the target must be there, too", NS_OPT_FLAG, &conf.validate.require_target, 0, 0, NULL, NULL},
	{0, "report", "FILE", "write what was checked and found, as YAML", NS_OPT_TEXT, &conf.validate.report, 0, 0, NULL, NULL},
	{0, "errors", "FILE", "write every violation: line, column, value, rule", NS_OPT_TEXT, &conf.validate.errors, 0, 0, NULL, NULL},
	{0, "invalid", "FILE", "set bad rows aside in FILE and let the good ones on", NS_OPT_TEXT, &conf.validate.invalid, 0, 0, NULL, NULL},
	{0, "max-bad", "N", "so many bad rows may be set aside", NS_OPT_INTEGER, &conf.validate.max_bad, 0, 1e15, NULL, NULL},
	{0, "spool", NULL, "check a pipe, too, to its end before the first row leaves", NS_OPT_FLAG, &conf.validate.spool, 0, 0, NULL, NULL},
	{0, "infer", NULL, "write a first schema for the input instead", NS_OPT_FLAG, &conf.infer, 0, 0, NULL, NULL},
	{0, "strict", NULL, "infer ranges and values as narrow as the input", NS_OPT_FLAG, &conf.strict, 0, 0, NULL, NULL},
	NS_OPTIONS_INPUT(conf.table),
	NS_OPTIONS_OUTPUT(conf.table),
	{0},
};

static int check_call(struct ns_err *err)
{
	if (conf.infer == (conf.table.schema != NULL))
		return ns_fail(err, NS_ECALL, "-S FILE names the schema to check against, --infer makes one: give one of the two");
	const struct ns_validate_options *of = &conf.validate;
	if (conf.infer && (of->report || of->errors || of->invalid || of->max_bad >= 0 || of->spool || of->require_target))
		return ns_fail(err, NS_ECALL, "--infer checks nothing: leave out the options of checking");
	if (!conf.infer && (conf.table.on_error != NS_ON_ERROR_STOP || conf.table.rejects))
		return ns_fail(err, NS_ECALL, "--on-error belongs to --infer; checking finds all bad rows, and --invalid FILE sets them aside");
	if (conf.strict && !conf.infer)
		return ns_fail(err, NS_ECALL, "--strict belongs to --infer");
	if (of->max_bad >= 0 && !of->invalid)
		return ns_fail(err, NS_ECALL, "--max-bad needs --invalid FILE, where the bad rows go");
	return NS_OK;
}

static int infer(char **paths, int count, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_reader *reader;
	struct ns_buffer out = NS_BUFFER_INIT((size_t)16 << 20); /* as much as is read as a schema */
	NS_TRY(ns_reader_open(&reader, paths, count, &conf.table, true, arena, err));
	int status = ns_infer_schema(&out, reader, ns_reader_target(reader), conf.strict, arena, err);
	if (status == NS_OK)
		status = ns_reader_finish(reader, err);
	if (status == NS_OK)
		status = ns_file_store("-", out.data, out.size, err);
	ns_buffer_release(&out);
	return status;
}

static int run(char **paths, int count, struct ns_arena *arena, struct ns_err *err)
{
	NS_TRY(check_call(err));
	return conf.infer ? infer(paths, count, arena, err) : ns_validate(paths, count, &conf.table, &conf.validate, arena, err);
}

static const struct ns_tool tool = {
	.name = "ns-validate",
	.about = "check a table against its schema, or infer a schema",
	.usage = (const char *const[]){"-S FILE [-t NAME] [--report FILE] [--errors FILE] [--invalid FILE [--max-bad N]] [FILE...]",
		"--infer [-t NAME] [--strict] [FILE...]", NULL},
	.examples = (const char *const[]){"ns-validate -S schema/phishing.yaml --report report.yaml < all.csv > good.csv",
		"ns-validate --infer -t Result < all.csv > schema.yaml", NULL},
	.options = options,
	.operands_max = -1,
	.reads_stdin = true,
	.run = run,
};

int main(int argc, char **argv)
{
	return ns_tool_main(&tool, argc, argv);
}
