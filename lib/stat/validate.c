#include "stat/validate.h"

#include <string.h>

#include "stat/check_report.h"

/* What a run holds. */
struct run {
	struct ns_check *check;
	struct ns_check_errors *errors;
	struct ns_reader *reader;
	struct ns_writer *writer;
	struct ns_metadata metadata;
	const struct ns_table_options *table;
	const struct ns_validate_options *options;
	bool twice, passed; /* twice: the first pass checks, the second writes */
};

static bool passes(const struct run *run)
{
	const struct ns_check *check = run->check;
	bool enough = run->options->invalid && (run->options->max_bad < 0 || check->bad_rows <= (uint64_t)run->options->max_bad);
	return check->in_header == 0 && (check->bad_rows == 0 || enough);
}

/* The good rows of a batch, as long as there is hope. */
static int write_batch(struct run *run, struct ns_table *batch, const bool *bad, struct ns_err *err)
{
	uint32_t *good = NULL;
	size_t count = 0;
	if (bad && run->options->invalid)
		NS_TRY(ns_reader_set_aside(run->reader, bad, err));
	if (!run->passed || !passes(run))
		return NS_OK;
	if (bad)
		good = NS_NEW_ARRAY(ns_reader_batch_arena(run->reader), uint32_t, batch->rows);
	for (size_t row = 0; bad && row < batch->rows; row++)
		if (!bad[row])
			good[count++] = (uint32_t)row;
	batch->metadata = run->metadata;
	return ns_writer_write(run->writer, batch, good, count, err);
}

static int pass(struct run *run, bool check, bool write, struct ns_err *err)
{
	struct ns_table *batch;
	bool *bad = NULL;
	do {
		NS_TRY(ns_reader_next(&batch, run->reader, err));
		if (check)
			NS_TRY(ns_check_batch(&bad, run->check, batch, err));
		if (write)
			NS_TRY(write_batch(run, batch, bad, err));
	} while (batch->rows);
	return NS_OK;
}

/* What was checked to its end goes through; where rows are to be set aside they are found again. */
static int second_pass(struct run *run, struct ns_err *err)
{
	bool some = run->check->bad_rows > 0;
	if (!run->options->invalid && !run->passed)
		return NS_OK;
	NS_TRY(ns_check_again(run->check, run->options->invalid, err));
	if (!some && run->table->output_format != NS_OUTPUT_ARROW)
		ns_reader_want_nothing(run->reader);
	return pass(run, some, true, err);
}

static int report(struct run *run, char **paths, int count, const char *error, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_check_inputs inputs = {.names = count ? paths[0] : "stdin", .several = count > 1};
	for (int i = 1; i < count; i++)
		inputs.names = ns_format(arena, "%s, %s", inputs.names, paths[i]);
	if (run->options->errors)
		NS_TRY(ns_check_errors_finish(run->errors, err));
	return run->options->report ? ns_check_report_store(run->options->report, run->check, &inputs, run->passed, error, err) : NS_OK;
}

/* They are written one after the other: the second would take the place of the first. */
static int check_names(const struct ns_validate_options *options, struct ns_err *err)
{
	const char *names[] = {options->report, options->errors, options->invalid};
	for (size_t i = 0; i < 3; i++)
		for (size_t k = 0; k < i; k++)
			if (names[i] && names[k] && strcmp(names[i], "-") != 0 && strcmp(names[i], names[k]) == 0)
				return ns_fail(err, NS_ECALL, "%s: cannot be two outputs at once: give them different names", names[i]);
	return NS_OK;
}

static int begin(struct run *run, char **paths, int count, struct ns_arena *arena, struct ns_err *err)
{
	NS_TRY(check_names(run->options, err));
	run->twice = run->options->spool || ns_paths_are_files(paths, count);
	NS_TRY(ns_reader_open(&run->reader, paths, count, run->table, run->twice, arena, err));
	NS_TRY(ns_writer_open(&run->writer, NULL, run->table, run->reader, arena, err));
	struct ns_check_options wishes = {.require_target = run->options->require_target,
		.typed = run->table->output_format == NS_OUTPUT_ARROW, .set_aside = run->twice ? NULL : run->options->invalid};
	if (run->options->errors) {
		NS_TRY(ns_check_errors_open(&run->errors, run->options->errors, count > 1, arena, err));
		wishes.tell = ns_check_errors_tell;
		wishes.context = run->errors;
	}
	run->metadata = ns_reader_header(run->reader)->metadata;
	const char *target = ns_reader_target(run->reader);
	if (target && ns_table_find(ns_reader_header(run->reader), target) >= 0)
		ns_schema_describe(&run->metadata, ns_reader_schema(run->reader), target, arena);
	return ns_check_start(&run->check, run->reader, &wishes, arena, err);
}

int ns_validate(char **paths, int count, const struct ns_table_options *table, const struct ns_validate_options *options, struct ns_arena *arena,
	struct ns_err *err)
{
	struct run run = {.table = table, .options = options, .passed = true};
	struct ns_err why = {""};
	int status = begin(&run, paths, count, arena, &why);
	if (status == NS_OK)
		status = pass(&run, true, !run.twice, &why);
	run.passed = status == NS_OK && passes(&run);
	if (run.check && status != NS_ECALL)
		NS_TRY(report(&run, paths, count, status ? why.text : NULL, arena, err));
	if (status == NS_OK && !run.passed)
		ns_check_fail(run.check, &why);
	else if (status == NS_OK && run.check->bad_rows)
		ns_note("%ju of %ju rows are set aside in '%s', the first: %s", (uintmax_t)run.check->bad_rows,
			(uintmax_t)run.check->rows, options->invalid, run.check->first.text);
	if (status == NS_OK && run.twice)
		NS_TRY(second_pass(&run, err));
	if (status == NS_OK)
		NS_TRY(ns_reader_finish(run.reader, err));
	if (run.passed)
		return ns_writer_finish(run.writer, err);
	*err = why;
	return status == NS_OK ? NS_EDATA : status;
}
