/*
 * continuous: a table of continuous features and a label y, 0 or 1, that hangs on some of them: continuous ROWS FEATURES SEED [raw]
 *
 * Writes an Arrow stream to stdout, or with `raw` the same rows as doubles, y last. Half of the features are uniform, a quarter
 * normal, a quarter has a heavy tail; the label follows a curved function of the first ten, with noise.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/elementary.h"
#include "base/random.h"
#include "table/stream.h"

enum { BATCH = 65536 };

static double draw(struct ns_random *random, size_t feature)
{
	if (feature % 4 == 2)
		return ns_random_normal(random);
	return feature % 4 == 3 ? ns_exp(1.5 * ns_random_normal(random)) : ns_random_real(random) * 2 - 1;
}

/* From the first ten features; fewer count as zeroes. */
static double score(const double *x)
{
	double tail = x[3] > 20 ? 20 : x[3];
	return 2 * x[0] * x[1] + (x[2] > 0.5) + 0.05 * tail - x[4] * x[4] + 0.8 * x[5] + 0.3 * x[6] * (x[7] > 1) + (x[8] > 0 && x[9] > 0) - 0.5;
}

static void fill(double **numbers, size_t rows, size_t features, struct ns_random *random)
{
	for (size_t row = 0; row < rows; row++) {
		double x[10] = {0};
		for (size_t f = 0; f < features; f++) {
			double value = draw(random, f);
			numbers[f][row] = value;
			if (f < 10)
				x[f] = value;
		}
		numbers[features][row] = score(x) + 0.7 * ns_random_normal(random) > 0;
	}
}

static int write_raw(const struct ns_table *table)
{
	for (size_t row = 0; row < table->rows; row++)
		for (size_t i = 0; i < table->width; i++)
			if (fwrite(&table->columns[i].numbers[row], sizeof(double), 1, stdout) != 1)
				return NS_ECALL;
	return NS_OK;
}

static int run(size_t rows, size_t features, uint64_t seed, bool raw, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_table_options options = {NS_TABLE_OPTIONS_INIT, .output_format = NS_OUTPUT_ARROW};
	struct ns_table table = {.width = features + 1, .columns = NS_NEW_ARRAY(arena, struct ns_column, features + 1), .source = "continuous"};
	double **numbers = NS_NEW_ARRAY(arena, double *, features + 1);
	struct ns_random random;
	struct ns_writer *writer = NULL;
	ns_random_init(&random, seed, "continuous", 0, 0);
	for (size_t i = 0; i <= features; i++) {
		table.columns[i].name = i < features ? ns_format(arena, "x%zu", i + 1) : "y";
		numbers[i] = NS_NEW_ARRAY(arena, double, BATCH);
		ns_column_set_numbers(&table.columns[i], numbers[i]);
	}
	if (!raw)
		NS_TRY(ns_writer_open(&writer, NULL, &options, NULL, arena, err));
	for (size_t left = rows; left; left -= table.rows) {
		table.rows = left < BATCH ? left : BATCH;
		fill(numbers, table.rows, features, &random);
		NS_TRY(raw ? write_raw(&table) : ns_writer_write(writer, &table, NULL, 0, err));
	}
	return raw ? NS_OK : ns_writer_finish(writer, err);
}

int main(int argc, char **argv)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_err err = {"cannot write"};
	if (argc < 4)
		return NS_ECALL;
	int status = run(strtoul(argv[1], NULL, 10), strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10), argc > 4, &arena, &err);
	if (status != NS_OK)
		fprintf(stderr, "continuous: %s\n", err.text);
	ns_arena_release(&arena);
	return status;
}
