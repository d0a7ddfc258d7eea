#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "table/spool.h"

static double value_at(size_t column, size_t row)
{
	return (double)column * 1e7 + (double)row;
}

/* So many rows in pieces of `step`, read back. */
static void fill_and_read(size_t columns, size_t rows, size_t step, size_t guess)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_spool *spool;
	struct ns_err err;
	const double **parts = NS_NEW_ARRAY(&arena, const double *, columns);
	double **numbers = NS_NEW_ARRAY(&arena, double *, columns), *values = NS_NEW_ARRAY(&arena, double, columns * step);
	assert_int_equal(ns_spool_open(&spool, columns, guess, &err), NS_OK);
	for (size_t at = 0; at < rows; at += step) {
		size_t count = rows - at < step ? rows - at : step;
		for (size_t c = 0; c < columns; c++) {
			parts[c] = values + c * step;
			for (size_t i = 0; i < count; i++)
				values[c * step + i] = value_at(c, at + i);
		}
		assert_int_equal(ns_spool_add(spool, parts, count, &err), NS_OK);
	}
	assert_int_equal(ns_spool_map(numbers, spool, &arena, &err), NS_OK);
	size_t wrong = 0;
	for (size_t c = 0; c < columns; c++)
		for (size_t i = 0; i < rows; i++)
			wrong += numbers[c][i] != value_at(c, i);
	assert_int_equal(wrong, 0);
	if (rows > 0) {
		numbers[0][rows - 1] = -1;
		assert_true(numbers[0][rows - 1] == -1 && (columns == 1 || numbers[1][0] == value_at(1, 0)));
	}
	ns_arena_release(&arena);
}

static void every_row_comes_back(void **state)
{
	(void)state;
	static const size_t rows[] = {0, 1, 511, 512, 8191, 8192, 8193, 3 * 8192, 3 * 8192 + 1, 100000};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		fill_and_read(1, rows[i], 1000, 0);
		fill_and_read(3, rows[i], 4096, 0);
		fill_and_read(3, rows[i], 70000, 20000);
	}
	fill_and_read(700, 20000, 3000, 0);  /* small buffers */
	fill_and_read(4096, 9000, 100, 0);
}

static void no_folder(void **state)
{
	(void)state;
	struct ns_spool *spool;
	struct ns_err err;
	assert_int_equal(setenv("TMPDIR", "/no/such/folder", 1), 0);
	assert_int_equal(ns_spool_open(&spool, 1, 0, &err), NS_ECALL);
	assert_string_equal(err.text, "temporary file in /no/such/folder: No such file or directory");
	assert_int_equal(unsetenv("TMPDIR"), 0);
}

/* A file that may not grow stands for a disk that is full. */
static void full_disk(void **state)
{
	(void)state;
	struct rlimit before, small;
	struct ns_spool *spool;
	struct ns_err err;
	double *numbers = calloc(100000, sizeof *numbers);
	const double *columns[] = {numbers};
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = 200000;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(ns_spool_open(&spool, 1, 0, &err), NS_OK);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	int status = ns_spool_add(spool, columns, 100000, &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(status, NS_ECALL);
	assert_string_equal(err.text, "temporary file in /tmp (TMPDIR names another folder): File too large");
	ns_spool_close(spool);
	ns_spool_close(NULL);
	free(numbers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_comes_back),
		cmocka_unit_test(no_folder),
		cmocka_unit_test(full_disk),
	};
	unsetenv("TMPDIR");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
