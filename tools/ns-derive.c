/* ns-derive: a table in, the same table with columns that were computed from its own, and without those that say nothing new, out. */
#include <string.h>

#include "base/file.h"
#include "base/parallel.h"
#include "stage/derive.h"
#include "stage/prepare.h"
#include "table/expression.h"

static struct conf {
	struct ns_prepare prepare;
	struct ns_derive_options derive;
	struct ns_texts files; /* of expressions */
	bool chosen, correlated_given, functions;
} conf = {.prepare.table = {NS_TABLE_OPTIONS_INIT}};

static const struct ns_opt options[] = {
	{0, "expressions", "FILE", "more expressions, one a line; # begins a remark (may be repeated)", NS_OPT_TEXTS, &conf.files, 0, 0, NULL, NULL},
	{0, "interactions", "LIST", "the products of all pairs of these columns, called a*b", NS_OPT_LIST, &conf.derive.interactions, 0, 0, NULL, NULL},
	{0, "drop", "LIST", "leave these columns out", NS_OPT_LIST, &conf.derive.drop, 0, 0, NULL, NULL},
	{0, "drop-constant", NULL, "leave out columns that are the same in every row", NS_OPT_FLAG, &conf.derive.constant, 0, 0, NULL, NULL},
	{0, "drop-duplicate", NULL, "leave out columns that are equal to an earlier one in every row", NS_OPT_FLAG, &conf.derive.duplicate, 0, 0, NULL, NULL},
	{0, "drop-correlated", "R", "leave out number columns whose correlation with an earlier one is R or more, or -R or less", NS_OPT_REAL, &conf.derive.correlated, 0, 1, NULL, &conf.correlated_given},
	{0, "functions", NULL, "list the functions that expressions may use", NS_OPT_FLAG, &conf.functions, 0, 0, NULL, NULL},
	{'c', "columns", "LIST", "what --drop-constant, -duplicate and -correlated may leave out: names, patterns 'src_*', positions #5-8", NS_OPT_LIST, &conf.prepare.table.columns, 0, 0, NULL, &conf.chosen},
	{'x', "exclude", "LIST", "all columns but these", NS_OPT_LIST, &conf.prepare.table.exclude, 0, 0, NULL, &conf.chosen},
	{'w', "write-model", "FILE", "write the stage to FILE, then apply it", NS_OPT_TEXT, &conf.prepare.write, 0, 0, NULL, NULL},
	NS_OPTIONS_FLOW(conf.prepare.flow),
	{'j', "threads", "N", "threads (0: all cores)", NS_OPT_INTEGER, &conf.prepare.threads, 0, 256, NULL, NULL},
	NS_OPTION_TARGET(conf.prepare.table),
	NS_OPTION_SCHEMA(conf.prepare.table),
	NS_OPTIONS_INPUT(conf.prepare.table),
	NS_OPTIONS_OUTPUT(conf.prepare.table),
	{0},
};

/* An expression has a '='; a file whose name has one is given with its folder. */
static bool is_file(const char *operand)
{
	return !strchr(operand, '=') || operand[0] == '/' || operand[0] == '.';
}

/* Parts files from expressions, which come behind those of --expressions; the number of files. */
static int sort_operands(int *files, char **operands, int count, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_texts *expressions = &conf.derive.expressions;
	*files = 0;
	for (size_t i = 0; i < conf.files.count; i++) {
		if (strcmp(conf.files.items[i], "-") == 0)
			return ns_fail(err, NS_ECALL, "--expressions: name a file: standard input is the table's");
		NS_TRY(ns_derive_read_file(expressions, conf.files.items[i], arena, err));
	}
	const char **items = NS_NEW_ARRAY(arena, const char *, expressions->count + (size_t)count);
	for (size_t i = 0; i < expressions->count; i++)
		items[i] = expressions->items[i];
	expressions->items = items;
	for (int i = 0; i < count; i++)
		if (is_file(operands[i]))
			operands[(*files)++] = operands[i];
		else
			items[expressions->count++] = operands[i];
	return NS_OK;
}

static int check_call(struct ns_err *err)
{
	const struct ns_derive_options *derive = &conf.derive;
	bool learns = ns_derive_reads(derive), derives = derive->expressions.count || derive->interactions.count || derive->drop.count || learns;
	if (conf.correlated_given && !(derive->correlated > 0))
		return ns_fail(err, NS_ECALL, "--drop-correlated: R is above 0 and at most 1");
	if (conf.chosen && !learns)
		return ns_fail(err, NS_ECALL, "-c and -x say which columns --drop-constant, --drop-duplicate and --drop-correlated may leave out");
	if (conf.prepare.write && !derives)
		return ns_fail(err, NS_ECALL, "-w: nothing to write: give an expression, --interactions or --drop");
	if (!conf.prepare.flow.models.count && !derives)
		return ns_fail(err, NS_ECALL, "nothing to do: give 'NAME = EXPRESSION', --interactions, --drop or -m FILE");
	return NS_OK;
}

static int list_functions(struct ns_arena *arena, struct ns_err *err)
{
	struct ns_buffer out = NS_BUFFER_INIT(1 << 20);
	for (const struct ns_expression_function *f = ns_expression_functions; f->name; f++)
		(void)ns_buffer_printf(&out, "%-42s %s\n", ns_format(arena, "%s(%s)", f->name, f->arguments), f->help);
	int status = ns_file_store("-", out.data, out.size, err);
	ns_buffer_release(&out);
	return status;
}

/* The stage that the call speaks of, behind those of -m. Without -w it is how the table came to be, not a stage that it has passed. */
static int derive(struct ns_flow *flow, struct ns_err *err)
{
	struct ns_stage stage;
	struct ns_chain before = flow->chain;
	const char *target = ns_reader_target(flow->reader);
	NS_TRY(ns_derive_learn(&stage, flow, &conf.derive, &conf.prepare.table, err));
	if (ns_derive_reads(&conf.derive))
		NS_TRY(ns_flow_rewind(flow, err));
	NS_TRY(ns_flow_extend(flow, &stage, err));
	if (conf.prepare.write)
		return ns_bundle_write(conf.prepare.write, &stage, 1, err);
	flow->chain = before;
	ns_chain_set(&flow->header.metadata, &before, flow->arena);
	if (target && ns_table_find(&flow->header, target) >= 0) /* it may have been made here */
		ns_metadata_set(&flow->header.metadata, "ns:target", target, flow->arena);
	return NS_OK;
}

static int run(char **operands, int count, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_flow flow;
	struct ns_writer *writer;
	struct ns_prepare *call = &conf.prepare;
	int files;
	if (conf.functions)
		return list_functions(arena, err);
	NS_TRY(sort_operands(&files, operands, count, arena, err));
	NS_TRY(check_call(err));
	call->flow.threads = call->table.threads = ns_parallel_threads((int)call->threads);
	call->flow.training = conf.derive.stored = call->write != NULL;
	NS_TRY(ns_flow_open(&flow, operands, files, &call->table, &call->flow, ns_derive_reads(&conf.derive), arena, err));
	NS_TRY(ns_writer_open(&writer, NULL, &call->table, flow.reader, arena, err));
	NS_TRY(derive(&flow, err));
	return ns_prepare_write(&flow, writer, err);
}

static const struct ns_tool tool = {
	.name = "ns-derive",
	.about = "compute columns from others, and leave out those that say nothing new",
	.usage = (const char *const[]){"'NAME = EXPRESSION'... [--drop LIST] [--drop-constant] [--drop-correlated R] [-w FILE] [-m FILE] [FILE...]", "-m FILE [FILE...]", "--functions", NULL},
	.examples = (const char *const[]){"ns-derive 'ratio = src_bytes / (dst_bytes + 1)' 'is_web = port in (80, 443)' < in.csv", "ns-derive 'dots = count(url, \".\")' --drop url -t Result -w derive.ns < train.csv > derived.csv", NULL},
	.options = options,
	.operands_max = -1,
	.reads_stdin = true,
	.is_file = is_file,
	.alone = &conf.functions,
	.run = run,
};

int main(int argc, char **argv)
{
	return ns_tool_main(&tool, argc, argv);
}
