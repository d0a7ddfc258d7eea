/*
 * Hostile bundles. The bytes are read as tables; each is put behind the one before and sealed with the digest that it would have, since
 * chance does not find digests, so that what stands behind the digest is reached: every kind's load and apply. A bundle that is
 * taken is applied to small tables of the columns it asks for: with missing values, infinities and text that no training table had,
 * and, so that models predict, some without, once as rows that will be learnt from. Ends in success or a clean error; the rows that
 * come out are as many as went in, and every value can be read.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "stage/flow.h"
#include "table/arrow.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STAGES = 6, LARGE = 1 << 24, KINDS = 6, FEW = 5, MANY = 300, INPUTS = 200 };

static void require(int condition)
{
	if (!condition)
		abort();
}

static void require_clean(int status, const struct ns_err *err)
{
	require(status == NS_OK || (status == NS_EDATA && *err->text));
}

/* The table as a stage behind the chain: its bytes. */
static int seal(struct ns_buffer *bytes, struct ns_table *table, const struct ns_chain *chain, struct ns_arena *arena)
{
	struct ns_err err;
	ns_metadata_set(&table->metadata, "ns:after", chain->digest, arena);
	ns_metadata_set(&table->metadata, "ns:behind", chain->behind, arena);
	return ns_stage_seal(bytes, table, arena, &err);
}

/* All stages, as far as they are some. */
static void read_stages(struct ns_bundle *bundle, const uint8_t *data, size_t size, struct ns_arena *arena)
{
	struct ns_err err = {""};
	struct ns_chain chain = {.behind = ""};
	bundle->stages = NS_NEW_ARRAY(arena, struct ns_stage, STAGES);
	for (size_t at = 0, used, parsed; at < size && bundle->count < STAGES; at += used) {
		struct ns_table table;
		struct ns_buffer bytes = NS_BUFFER_INIT(LARGE);
		struct ns_stage *stage = &bundle->stages[bundle->count];
		int status = ns_stage_parse(stage, &parsed, data + at, size - at, "as it came", arena, &err);
		require_clean(status, &err);
		status = ns_arrow_read_table(&table, &used, data + at, size - at, "f", arena, &err);
		require_clean(status, &err);
		if (status == NS_OK)
			status = seal(&bytes, &table, &chain, arena);
		if (status == NS_OK) {
			const char *copy = ns_strndup(arena, bytes.data, bytes.size);
			status = ns_stage_parse(stage, &parsed, copy, bytes.size, "f", arena, &err);
			require_clean(status, &err);
			require(status != NS_OK || parsed == bytes.size);
		}
		ns_buffer_release(&bytes);
		if (status != NS_OK)
			return;
		chain = stage->after;
		bundle->count++;
	}
}

static void put_quoted(struct ns_buffer *csv, const char *text)
{
	(void)ns_buffer_append(csv, "\"", 1);
	for (; *text; text++)
		(void)ns_buffer_printf(csv, *text == '"' ? "\"%c" : "%c", *text);
	(void)ns_buffer_append(csv, "\"", 1);
}

/* A CSV table of what the stages ask for, tame or wild. */
static void make_input(struct ns_buffer *csv, const struct ns_bundle *bundle, bool tame, size_t rows)
{
	static const char *const numbers[2][KINDS] = {{"1", "", "inf", "-1e308", "0.1", "-0"}, {"1", "0", "2", "-1e308", "0.1", "5e-324"}};
	static const char *const texts[2][KINDS] = {{"a", "", "never seen", "1", "\"\xc3\xa9\"", "b"}, {"a", "b", "a", "b", "a", "b"}};
	const struct ns_stage_input *inputs[INPUTS];
	size_t count = 0;
	for (size_t s = 0; s < bundle->count; s++)
		for (size_t i = 0; i < bundle->stages[s].inputs_count && count < INPUTS; i++) {
			size_t known = 0;
			while (known < count && strcmp(inputs[known]->name, bundle->stages[s].inputs[i].name) != 0)
				known++;
			if (known == count)
				inputs[count++] = &bundle->stages[s].inputs[i];
		}
	for (size_t i = 0; i < count; i++) {
		put_quoted(csv, inputs[i]->name);
		(void)ns_buffer_append(csv, ",", 1);
	}
	(void)ns_buffer_append(csv, "more\n", 5);
	for (size_t row = 0; row < rows; row++) {
		for (size_t i = 0; i < count; i++)
			(void)ns_buffer_printf(csv, "%s,", (inputs[i]->type == NS_NUMBER ? numbers : texts)[tame][(row / 2 + row * i) % KINDS]);
		(void)ns_buffer_append(csv, "x\n", 2);
	}
}

/* Looks at every byte of every value, for the sanitizer's sake. */
static void look_at(const struct ns_table *batch)
{
	static volatile double sum;
	for (size_t i = 0; i < batch->width; i++) {
		const struct ns_column *column = &batch->columns[i];
		require(column->name && *column->name);
		require(!batch->rows || column->cells || column->numbers || column->array);
		for (size_t row = 0; row < batch->rows; row++) {
			if (column->numbers)
				sum = sum + column->numbers[row];
			struct ns_span text = column->cells ? ns_column_text(column, row) : (struct ns_span){0};
			for (size_t at = 0; at < text.size; at++)
				sum = sum + text.data[at];
		}
	}
}

static void apply(const struct ns_bundle *bundle, const char *path, size_t expected, bool training, struct ns_arena *arena)
{
	struct ns_table_options options = {NS_TABLE_OPTIONS_INIT};
	struct ns_flow_options stages = {.bundle = bundle, .training = training};
	struct ns_err err = {""};
	struct ns_flow flow;
	struct ns_table *batch;
	size_t rows = 0;
	char *paths[] = {ns_strdup(arena, path)};
	int status = ns_flow_open(&flow, paths, 1, &options, &stages, false, arena, &err);
	do {
		if (status == NS_OK)
			status = ns_flow_next(&batch, &flow, &err);
		if (status == NS_OK) {
			look_at(batch);
			rows += batch->rows;
			require(batch->width == flow.header.width);
		}
	} while (status == NS_OK && batch->rows);
	if (status == NS_OK)
		status = ns_flow_finish(&flow, &err);
	require_clean(status, &err);
	require(status != NS_OK || rows == expected);
}

static void try_table(const struct ns_bundle *bundle, bool tame, size_t rows, bool training, struct ns_arena *arena)
{
	struct ns_buffer csv = NS_BUFFER_INIT(LARGE);
	make_input(&csv, bundle, tame, rows);
	int file = memfd_create("bundle_fuzz", MFD_CLOEXEC);
	require(file >= 0 && write(file, csv.data, csv.size) == (ssize_t)csv.size);
	apply(bundle, ns_format(arena, "/proc/self/fd/%d", file), rows, training, arena);
	close(file);
	ns_buffer_release(&csv);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_bundle bundle = {0};
	ns_quiet = true;
	read_stages(&bundle, data, size, &arena);
	if (bundle.count) {
		try_table(&bundle, false, KINDS, false, &arena);
		try_table(&bundle, true, FEW, false, &arena);
		try_table(&bundle, true, MANY, false, &arena);
		try_table(&bundle, true, FEW, true, &arena);
	}
	ns_arena_release(&arena);
	return 0;
}
