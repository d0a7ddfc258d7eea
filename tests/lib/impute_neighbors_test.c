#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/resource.h>

#include "each_cpu.h"
#include "preparing.h"
#include "stage/impute_neighbors.h"
#include "table/arrow.h"

static int learn(const struct ns_lesson *lesson, int64_t n_neighbors, int weights, bool inf_missing)
{
	struct ns_impute_neighbors_options options = {n_neighbors, weights, inf_missing};
	return ns_impute_neighbors_learn(&p.stage, lesson, &options, &p.arena, &p.err);
}

static int learn_from(const char *text, int64_t n_neighbors, int weights, bool inf_missing)
{
	struct ns_lesson lesson;
	read_lesson_of(&lesson, &p, text);
	return learn(&lesson, n_neighbors, weights, inf_missing);
}

/* --- as scikit-learn --- */

/* The tables, learnt and applied with one setting; every missing value is filled in. */
static void impute(struct ns_frame out[2], const char *const paths[2], int64_t n_neighbors, int weights)
{
	struct ns_lesson lesson;
	read_lesson(&lesson, &p, paths[0]);
	assert_int_equal(learn(&lesson, n_neighbors, weights, false), NS_OK);
	for (int new = 0; new < 2; new++) {
		assert_int_equal(apply_to(&out[new], &p, paths[new]), NS_OK);
		for (size_t i = 0; i < out[new].width; i++)
			for (size_t row = 0; row < out[new].rows; row++)
				assert_true(isfinite(out[new].series[i].numbers[row]));
	}
}

static void check_table(const char *name)
{
	const char *paths[2] = {ns_format(&p.arena, "tests/data/knn/%s.csv", name), ns_format(&p.arena, "tests/data/knn/%s-new.csv", name)};
	struct ns_frame expected, out[2];
	double learnt[2] = {0, 0};
	assert_int_equal(read_frame(&expected, &p, ns_format(&p.arena, "tests/data/knn/%s-expected.csv", name), NULL, false), NS_OK);
	assert_true(expected.rows > 50);
	for (size_t i = 0; i < expected.rows; i++) {
		double k = number_at(&expected, "n_neighbors", i), distance = number_at(&expected, "distance", i);
		if (k != learnt[0] || distance != learnt[1])
			impute(out, paths, (int64_t)k, distance == 1 ? NS_IMPUTE_DISTANCE : NS_IMPUTE_UNIFORM);
		learnt[0] = k;
		learnt[1] = distance;
		size_t new = number_at(&expected, "new", i) == 1, row = (size_t)number_at(&expected, "row", i);
		double value = out[new].series[(size_t)number_at(&expected, "column", i)].numbers[row], wanted = number_at(&expected, "value", i);
		if (!(fabs(value - wanted) <= 1e-12 * fmax(fabs(wanted), 1e-3)))
			fail_msg("%s: line %zu: %.17g, expected %.17g", name, i + 2, value, wanted);
	}
}

static void as_scikit_learn(void **state)
{
	(void)state;
	const char *names[] = {"codes", "levels", "counts", "continuous", "mixed", "wide", "narrow", "sparse"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		check_table(names[i]);
}

/* --- what the documentation promises beyond --- */

/* Of each of 300 places a row with b = 5, or -0, and four with b = 7, forwards or backwards: what each place takes for its b. */
static void take_of_ties(double taken[300], bool backwards)
{
	struct ns_frame frame;
	struct ns_buffer text = NS_BUFFER_INIT(1 << 16), asked = NS_BUFFER_INIT(1 << 16);
	ns_buffer_printf(&text, "a,b\n");
	ns_buffer_printf(&asked, "a,b\n");
	for (int i = 0; i < 5 * 300; i++) {
		int at = backwards ? 5 * 300 - 1 - i : i;
		ns_buffer_printf(&text, "%d,%s\n", at / 5 * 10, at % 5 ? "7" : at % 2 ? "5" : backwards ? "0" : "-0");
	}
	for (int i = 0; i < 300; i++)
		ns_buffer_printf(&asked, "%d,\n", i * 10);
	assert_int_equal(learn_from(ns_strndup(&p.arena, text.data, text.size), 1, NS_IMPUTE_UNIFORM, false), NS_OK);
	assert_int_equal(apply_to_text(&frame, &p, ns_strndup(&p.arena, asked.data, asked.size)), NS_OK);
	for (size_t i = 0; i < 300; i++)
		taken[i] = number_at(&frame, "b", i);
	ns_buffer_release(&text);
	ns_buffer_release(&asked);
}

static void ties_are_drawn(void **state)
{
	(void)state;
	double taken[300], again[300];
	char digest[NS_DIGEST_SIZE];
	int sevens = 0;
	take_of_ties(taken, false);
	memcpy(digest, p.stage.digest, sizeof digest);
	take_of_ties(again, true);
	assert_memory_equal(taken, again, sizeof taken);
	assert_memory_equal(digest, p.stage.digest, sizeof digest);
	for (size_t i = 0; i < 300; i++) {
		assert_true(taken[i] == 7 || taken[i] == 5 || (taken[i] == 0 && !signbit(taken[i])));
		sevens += taken[i] == 7;
	}
	assert_in_range(sevens, 200, 280); /* of 300, four in five */
}

static void infinitely_far(void **state)
{
	(void)state;
	struct ns_frame frame;
	/* b is known where a is not, but for one row: one more that is infinitely far is taken */
	const char *text = "a,b,c,d\n1,,1,\n,15,,3\n,15,,4\n2,60,,\n";
	assert_int_equal(learn_from(text, 2, NS_IMPUTE_UNIFORM, false), NS_OK);
	assert_int_equal(apply_to_text(&frame, &p, text), NS_OK);
	assert_true(number_at(&frame, "b", 0) == 37.5);
	assert_int_equal(learn_from(text, 2, NS_IMPUTE_DISTANCE, false), NS_OK);
	assert_int_equal(apply_to_text(&frame, &p, text), NS_OK);
	assert_true(number_at(&frame, "b", 0) == 60);
	assert_int_equal(apply_to_text(&frame, &p, "a,b,c,d\n,,,\n,,1,\n"), NS_OK);
	assert_true(number_at(&frame, "b", 0) == 30 && number_at(&frame, "a", 0) == 1.5);
	assert_true(number_at(&frame, "b", 1) == 30 && number_at(&frame, "a", 1) == 1);
}

static void means_do_not_overflow(void **state)
{
	(void)state;
	struct ns_frame frame;
	for (int weights = NS_IMPUTE_UNIFORM; weights <= NS_IMPUTE_DISTANCE; weights++) {
		assert_int_equal(learn_from("a,b\n1,1.5e308\n1,1e308\n1,1.25e308\n", 3, weights, false), NS_OK);
		assert_int_equal(apply_to_text(&frame, &p, "a,b\n1,\n3,\n,\n"), NS_OK);
		for (size_t row = 0; row < 3; row++)
			assert_true(fabs(number_at(&frame, "b", row) / 1.25e308 - 1) < 1e-15);
	}
}

static void infinities(void **state)
{
	(void)state;
	struct ns_frame frame;
	const char *text = "a,b\n1,10\ninf,20\n3,30\n";
	assert_int_equal(learn_from(text, 1, NS_IMPUTE_UNIFORM, false), NS_EDATA);
	assert_string_equal(p.err.text, "train.csv: column 'a': infinities among its values have no distance (--inf missing)");
	assert_int_equal(learn_from(text, 1, NS_IMPUTE_UNIFORM, true), NS_OK);
	assert_int_equal(apply_to_text(&frame, &p, "a,b\n-inf,29\n"), NS_OK);
	assert_true(number_at(&frame, "a", 0) == 3);
	assert_int_equal(learn_from("a,b\n1,10\n3,30\n", 1, NS_IMPUTE_UNIFORM, false), NS_OK);
	assert_int_equal(apply_to_text(&frame, &p, "a,b\n-inf,29\ninf,\n3,\n"), NS_OK);
	assert_true(number_at(&frame, "a", 0) == -INFINITY && number_at(&frame, "b", 0) == 29);
	assert_true(number_at(&frame, "a", 1) == INFINITY && number_at(&frame, "b", 1) == 20 && number_at(&frame, "b", 2) == 30);
}

static void nothing_to_learn_from(void **state)
{
	(void)state;
	assert_int_equal(learn_from("a,b\n,1\nNA,2\n", 1, NS_IMPUTE_UNIFORM, false), NS_EDATA);
	assert_string_equal(p.err.text, "train.csv: column 'a' has no value to learn from (-x 'a' leaves it out)");
	assert_int_equal(learn_from("a,b\ninf,1\n", 1, NS_IMPUTE_UNIFORM, true), NS_EDATA);
}

/* --- the table --- */

static const struct ns_arrow_array *array_of(const char *column)
{
	return p.stage.table.columns[ns_table_find(&p.stage.table, column)].array;
}

static void assert_type(const char *column, enum ns_arrow_id id, int32_t width, bool is_signed, size_t nulls)
{
	const struct ns_arrow_array *array = array_of(column);
	assert_int_equal(array->type.id, id);
	assert_int_equal(array->type.width, width);
	assert_int_equal(array->type.is_signed, is_signed);
	assert_int_equal(array->nulls, nulls);
}

static void smallest_types(void **state)
{
	(void)state;
	const char *text = "i8,u8,i16,u16,i32,u32,f32,f64,w64\n-128,0,-129,256,-32769,65536,0.5,0.1,4294967296\n127,255,0,65535,0,4294967295,,1,-1\n-0,,1,2,3,4,1e10,0,0\n";
	assert_int_equal(learn_from(text, 2, NS_IMPUTE_UNIFORM, false), NS_OK);
	assert_type("i8", NS_ARROW_INT, 8, true, 0);
	assert_type("u8", NS_ARROW_INT, 8, false, 1);
	assert_type("i16", NS_ARROW_INT, 16, true, 0);
	assert_type("u16", NS_ARROW_INT, 16, false, 0);
	assert_type("i32", NS_ARROW_INT, 32, true, 0);
	assert_type("u32", NS_ARROW_INT, 32, false, 0);
	assert_type("f32", NS_ARROW_FLOAT, 32, false, 1);
	assert_type("f64", NS_ARROW_FLOAT, 64, false, 0);
	assert_type("w64", NS_ARROW_FLOAT, 32, false, 0); /* it holds them */
	assert_type("ns:weight", NS_ARROW_INT, 8, true, 0);
}

static void distinct_rows(void **state)
{
	(void)state;
	double weights[3], a[3];
	struct ns_frame frame;
	assert_int_equal(learn_from("a,b\n2,\n,\n1,3\n2,NA\n1,3\n,\n1,\n1,3\n", 2, NS_IMPUTE_UNIFORM, false), NS_OK);
	assert_int_equal(p.stage.table.rows, 3);
	assert_true(ns_arrow_numbers(weights, array_of("ns:weight")) && ns_arrow_numbers(a, array_of("a")));
	for (size_t row = 0; row < 3; row++)
		assert_true(a[row] == (weights[row] == 2 ? 2 : 1));
	assert_true(weights[0] + weights[1] + weights[2] == 6 && weights[0] * weights[1] * weights[2] == 6);
	assert_string_equal(ns_metadata_find(&p.stage.table.metadata, "ns:rows"), "8");
	assert_string_equal(ns_metadata_find(&p.stage.table.metadata, "ns:means"), "1.3333333333333333\t3");
	assert_int_equal(apply_to_text(&frame, &p, "a,b\n,3\n"), NS_OK); /* of three equal rows two are enough */
	assert_true(number_at(&frame, "a", 0) == 1);
}

/* --- applying --- */

static void cells_stay_as_they_came(void **state)
{
	(void)state;
	assert_int_equal(learn_from("a,b\n1,10\n2,20\n3,31\n", 2, NS_IMPUTE_UNIFORM, false), NS_OK);
	struct ns_bundle bundle = {&p.stage, 1};
	struct ns_flow flow;
	struct ns_flow_options stages = {.bundle = &bundle};
	struct ns_table *batch;
	const char *text = "b,more,a\n1.50e1,\"x\",NA\n?,007,+2\n";
	char *paths[] = {file_of(&p, text, strlen(text))};
	const char *expected[3][2] = {{"1.50e1", "15"}, {"x", "007"}, {"1.5", "+2"}};
	assert_int_equal(ns_flow_open(&flow, paths, 1, &p.table, &stages, false, &p.arena, &p.err), NS_OK);
	assert_int_equal(ns_flow_next(&batch, &flow, &p.err), NS_OK);
	for (size_t i = 0; i < 3; i++)
		for (size_t row = 0; row < 2; row++) {
			struct ns_span cell = ns_column_text(&batch->columns[i], row);
			assert_int_equal(cell.size, strlen(expected[i][row]));
			assert_memory_equal(cell.data, expected[i][row], cell.size);
		}
	assert_int_equal(ns_flow_next(&batch, &flow, &p.err), NS_OK);
	assert_int_equal(ns_flow_finish(&flow, &p.err), NS_OK);
}

/* Of an Arrow column in a batch of `rows` rows, the first missing, what becomes. */
static struct ns_column apply_to_array(const struct ns_arrow_type *type, size_t rows)
{
	static const uint8_t validity[] = {0xfe};
	static double came[2];
	static uint64_t ones[2];
	struct ns_arrow_array array = {.type = *type, .rows = rows, .nulls = rows > 0, .validity = rows ? validity : NULL, .values = ones};
	assert_true(ns_arrow_numbers(came, &array));
	struct ns_column column = {.name = "a", .type = NS_NUMBER, .array = &array, .numbers = came};
	struct ns_table batch = {.rows = rows, .width = 1, .columns = &column};
	size_t at = 0;
	assert_int_equal(ns_stage_impute_neighbors.apply(&batch, &p.stage, &at, &p.arena, &p.err), NS_OK);
	assert_true(rows == 0 || !isnan(column.numbers[0]));
	return column;
}

static void arrow_types(void **state)
{
	(void)state;
	const struct ns_arrow_type int8 = {.id = NS_ARROW_INT, .width = 8, .is_signed = true}, uint8 = {.id = NS_ARROW_INT, .width = 8};
	const struct ns_arrow_type float32 = {.id = NS_ARROW_FLOAT, .width = 32}, float64 = {.id = NS_ARROW_FLOAT, .width = 64};
	for (size_t rows = 0; rows < 3; rows++) { /* 0: what the header says is what the batches are */
		assert_int_equal(learn_from("a\n-3\n3\n6\n", 1, NS_IMPUTE_UNIFORM, false), NS_OK);
		assert_non_null(apply_to_array(&int8, rows).array);
		assert_non_null(apply_to_array(&float32, rows).array);
		assert_null(apply_to_array(&uint8, rows).array);
		assert_int_equal(learn_from("a\n-3\n3\n7\n", 1, NS_IMPUTE_UNIFORM, false), NS_OK); /* the mean is no whole number */
		assert_null(apply_to_array(&int8, rows).array);
		assert_int_equal(learn_from("a\n-3\n3\n6\n", 2, NS_IMPUTE_UNIFORM, false), NS_OK);
		assert_null(apply_to_array(&int8, rows).array);
		assert_null(apply_to_array(&float32, rows).array);
		assert_non_null(apply_to_array(&float64, rows).array);
	}
}

/* The same whatever the number of threads, and whether rows come together, repeated or alone. */
static void threads_and_batches(void **state)
{
	(void)state;
	struct ns_lesson lesson;
	struct ns_frame alone, together, whole;
	char row[200], all[2000] = "c0,c1,c2,c3,c4,c5\n";
	FILE *file = fopen("tests/data/knn/counts-new.csv", "r");
	assert_non_null(file);
	read_lesson(&lesson, &p, "tests/data/knn/counts.csv");
	assert_int_equal(learn(&lesson, 3, NS_IMPUTE_DISTANCE, false), NS_OK);
	assert_int_equal(apply_to(&whole, &p, "tests/data/knn/counts-new.csv"), NS_OK);
	assert_non_null(fgets(row, sizeof row, file));
	for (size_t i = 0; fgets(row, sizeof row, file); i++) {
		assert_int_equal(apply_to_text(&alone, &p, ns_format(&p.arena, "c0,c1,c2,c3,c4,c5\n%s", row)), NS_OK);
		for (size_t f = 0; f < 6; f++)
			assert_memory_equal(&alone.series[f].numbers[0], &whole.series[f].numbers[i], sizeof(double));
		strncat(all, row, sizeof all - strlen(all) - 1);
		strncat(all, row, sizeof all - strlen(all) - 1);
	}
	fclose(file);
	p.stage.threads = 3;
	assert_int_equal(apply_to_text(&together, &p, all), NS_OK);
	assert_int_equal(together.rows, 2 * whole.rows);
	for (size_t i = 0; i < together.rows; i++)
		for (size_t f = 0; f < 6; f++)
			assert_memory_equal(&together.series[f].numbers[i], &whole.series[f].numbers[i / 2], sizeof(double));
}

/* --- damage --- */

static void learn_small(void)
{
	assert_int_equal(learn_from("a,b\n1,0.5\n3,2\n1,0.5\n", 2, NS_IMPUTE_UNIFORM, false), NS_OK);
}

static void refused(const char *what)
{
	assert_int_equal(reload(&p, NULL, 0), NS_EDATA);
	assert_string_equal(p.err.text, ns_format(&p.arena, "impute-knn: stage 'impute-knn' is damaged, learn it again: %s", what));
	learn_small();
}

static void refused_with(const char *key, const char *value, const char *what)
{
	ns_metadata_set(&p.stage.table.metadata, key, value, &p.arena);
	refused(what);
}

static void refused_column(const char *name, double first, double second, const char *what)
{
	double *numbers = NS_NEW_ARRAY(&p.arena, double, 2);
	numbers[0] = first;
	numbers[1] = second;
	ns_column_set_numbers(&p.stage.table.columns[ns_table_find(&p.stage.table, name)], numbers);
	refused(what);
}

static void damaged_tables(void **state)
{
	(void)state;
	learn_small();
	assert_int_equal(reload(&p, NULL, 0), NS_OK);
	refused_with("ns:n_neighbors", "0", "'ns:n_neighbors' is '0'");
	refused_with("ns:n_neighbors", "2.5", "'ns:n_neighbors' is '2.5'");
	refused_with("ns:n_neighbors", NULL, "'ns:n_neighbors' is ''");
	refused_with("ns:rows", "-1", "'ns:rows' is '-1'");
	refused_with("ns:rows", "2", "its rows stand for 3, of 2");
	refused_with("ns:weights", "squared", "'ns:weights' is 'squared'");
	refused_with("ns:inf", "perhaps", "'ns:inf' is 'perhaps'");
	refused_with("ns:means", "1", "1 means for 2 columns");
	refused_with("ns:means", "1\t", "column 'b' has the mean ''");
	refused_with("ns:means", "inf\t1", "column 'a' has the mean 'inf'");
	refused_column("ns:weight", 1, 0, "row 2 stands for no number of rows");
	refused_column("ns:weight", 1.5, 1, "row 1 stands for no number of rows");
	refused_column("ns:weight", NAN, 1, "row 1 stands for no number of rows");
	refused_column("ns:weight", 4294967296, 1, "row 1 stands for no number of rows");
	refused_column("b", 1, -INFINITY, "column 'b' has an infinite value");
	rename_column(&p, "b", "c");
	refused("no column 'b'");
	const struct ns_span texts[2] = {{"x", 1}, {"y", 1}};
	assert_int_equal(ns_column_set_text(&p.stage.table.columns[0], texts, 2, &p.arena, &p.err), NS_OK);
	refused("column 'a' holds no numbers");
	const struct ns_stage_input inputs[] = {{"a", NS_NUMBER}, {"b", NS_TEXT}};
	assert_int_equal(reload(&p, inputs, 2), NS_EDATA);
	assert_string_equal(p.err.text, "impute-knn: stage 'impute-knn' is damaged, learn it again: column 'b' is text");
}

/* Stages that say odd things, but can be applied. */
static void odd_tables(void **state)
{
	(void)state;
	struct ns_frame frame;
	learn_small();
	ns_metadata_set(&p.stage.table.metadata, "ns:n_neighbors", "9223372036854775807", &p.arena);
	refused_column("ns:weight", 1, 5, "its rows stand for 6, of 3");
	double *none = NS_NEW_ARRAY(&p.arena, double, 2);
	none[0] = none[1] = NAN;
	ns_metadata_set(&p.stage.table.metadata, "ns:n_neighbors", "9223372036854775807", &p.arena);
	ns_column_set_numbers(&p.stage.table.columns[0], none);
	struct ns_stage changed;
	struct ns_stage_parts parts = {.kind = p.stage.kind, .table = p.stage.table, .inputs = p.stage.inputs, .inputs_count = 2, .before = &p.before};
	assert_int_equal(ns_stage_make(&changed, &parts, &p.arena, &p.err), NS_OK);
	p.stage = changed;
	assert_int_equal(apply_to_text(&frame, &p, "a,b\n,0.5\n1,\n"), NS_OK);
	assert_true(number_at(&frame, "a", 0) == 5.0 / 3 && number_at(&frame, "b", 1) == 1);
}

/* KiB, the most that there was at once. */
static long memory_used(void)
{
	struct rusage usage;
	assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_maxrss;
}

/* Memory grows with the columns, not with their square, which would be 4 GB here. */
static void many_columns(void **state)
{
	(void)state;
	enum { COLUMNS = 10000, CELL = 8 };
	char *text = ns_alloc_array(&p.arena, 3 * COLUMNS, CELL), *end = text;
	for (int row = 0; row < 3; row++) /* the first is the header */
		for (int i = 0; i < COLUMNS; i++)
			end += snprintf(end, CELL, "%s%d%c", row ? "" : "c", i + row, i + 1 < COLUMNS ? ',' : '\n');
	long before = memory_used();
	assert_int_equal(learn_from(text, 1, NS_IMPUTE_UNIFORM, false), NS_OK);
	assert_true(p.stage.inputs_count == COLUMNS && p.stage.table.rows == 2);
	assert_in_range(memory_used() - before, 0, 1 << 20);
}

static int run(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(as_scikit_learn),
		TEST(ties_are_drawn),
		TEST(infinitely_far),
		TEST(means_do_not_overflow),
		TEST(infinities),
		TEST(nothing_to_learn_from),
		TEST(smallest_types),
		TEST(distinct_rows),
		TEST(cells_stay_as_they_came),
		TEST(arrow_types),
		TEST(threads_and_batches),
		TEST(damaged_tables),
		TEST(odd_tables),
		TEST(many_columns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return run_on_each_cpu(run);
}
