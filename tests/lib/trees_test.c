#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <string.h>

#include "model/model.h"
#include "table/arrow.h"
#include "table/table.h"

#define LEAF(self) {.threshold = (double)INFINITY, .feature = -1, .left = (self)}

/* Two trees over two features: x0 <= 0 ? a : (x1 <= 1.5 ? b : c), and a single leaf. */
static const size_t first[] = {0, 5, 6};
static const struct ns_node nodes[] = {{0, 0, 1}, LEAF(1), {1.5, 1, 3}, LEAF(3), LEAF(4), LEAF(0)};
static const uint32_t samples[] = {10, 4, 6, 3, 3, 10};
static const double values[] = {0, 0, 1, 0, 0, 0, 0.25, 0.75, 0, 1, 0.5, 0.5};
static const struct ns_trees two_trees = {.link = NS_LINK_MEAN, .outputs = 2, .count = 2, .first = first, .nodes = nodes, .samples = samples, .values = values};

static void rows_go_left_up_to_the_threshold(void **state)
{
	(void)state;
	const double x0[] = {-0.0, 0.0, DBL_TRUE_MIN, 1, 1, -1e300, 1e300}, x1[] = {9, 9, 1.5, 1.5, nextafter(1.5, 2), 0, 1e300};
	const double expected[] = {0.75, 0.75, 0.375, 0.375, 0.25, 0.75, 0.25};
	double out[14];
	ns_trees_predict(out, &two_trees, 2, (const double *[]){x0, x1}, 7);
	for (size_t row = 0; row < 7; row++) {
		assert_true(out[2 * row] == expected[row]);
		assert_true(out[2 * row + 1] == 1 - expected[row]);
	}
}

static void a_row_does_not_depend_on_its_neighbours(void **state)
{
	(void)state;
	enum { ROWS = 1000 };
	static double x0[ROWS], x1[ROWS], together[2 * ROWS], alone[2];
	for (size_t row = 0; row < ROWS; row++) {
		x0[row] = (double)(row * 7 % 11) - 5;
		x1[row] = (double)(row * 5 % 13) / 4;
	}
	ns_trees_predict(together, &two_trees, 2, (const double *[]){x0, x1}, ROWS);
	for (size_t row = 0; row < ROWS; row++) {
		ns_trees_predict(alone, &two_trees, 2, (const double *[]){x0 + row, x1 + row}, 1);
		assert_memory_equal(alone, together + 2 * row, sizeof alone);
	}
}

static void no_rows_are_no_work(void **state)
{
	(void)state;
	ns_trees_predict(NULL, &two_trees, 2, (const double *[]){NULL, NULL}, 0);
}

static struct ns_model model_of(const struct ns_trees *trees)
{
	return (struct ns_model){.form = NS_MODEL_TREES, .classes = 2, .features = 2, .trees = *trees};
}

static void assert_same(const struct ns_trees *a, const struct ns_trees *b)
{
	assert_int_equal(a->count, b->count);
	assert_int_equal(a->outputs, b->outputs);
	assert_memory_equal(a->first, b->first, (a->count + 1) * sizeof *a->first);
	size_t count = a->first[a->count];
	for (size_t i = 0; i < count; i++) {
		assert_true(a->nodes[i].threshold == b->nodes[i].threshold);
		assert_int_equal(a->nodes[i].feature, b->nodes[i].feature);
		assert_int_equal(a->nodes[i].left, b->nodes[i].left);
	}
	assert_memory_equal(a->samples, b->samples, count * sizeof *a->samples);
	assert_memory_equal(a->values, b->values, count * a->outputs * sizeof *a->values);
}

static void a_model_survives_its_table(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_model model = model_of(&two_trees), back;
	struct ns_table table;
	struct ns_err err;
	ns_model_to_table(&table, &model, &arena);
	assert_string_equal(ns_metadata_find(&table.metadata, "ns:form"), "trees");
	assert_int_equal(ns_model_from_table(&back, &table, 2, 2, &arena, &err), NS_OK);
	assert_same(&back.trees, &two_trees);
	ns_arena_release(&arena);
}

static void a_model_survives_a_stream(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_buffer bytes = NS_BUFFER_INIT(1 << 20);
	struct ns_model model = model_of(&two_trees), back;
	struct ns_table table, read;
	struct ns_err err;
	ns_model_to_table(&table, &model, &arena);
	assert_int_equal(ns_arrow_write_table(&bytes, &table, &err), NS_OK);
	assert_int_equal(ns_arrow_read_table(&read, NULL, bytes.data, bytes.size, "model.ns", &arena, &err), NS_OK);
	assert_int_equal(ns_model_from_table(&back, &read, 2, 2, &arena, &err), NS_OK);
	assert_same(&back.trees, &two_trees);
	ns_buffer_release(&bytes);
	ns_arena_release(&arena);
}

/* The table of two_trees as numbers that a test may spoil. */
enum { TREE, FEATURE, THRESHOLD, LEFT, SAMPLES, VALUE_0, VALUE_1, WIDTH, ROWS = 6 };
struct spoiled {
	double numbers[WIDTH][ROWS];
	struct ns_column columns[WIDTH];
	struct ns_table table;
};

static void spoil_nothing(struct spoiled *spoiled)
{
	static const char *const names[WIDTH] = {"tree", "feature", "threshold", "left", "samples", "value_0", "value_1"};
	*spoiled = (struct spoiled){.table = {.rows = ROWS, .width = WIDTH, .source = "model.ns"}};
	spoiled->table.columns = spoiled->columns;
	for (size_t c = 0; c < WIDTH; c++)
		spoiled->columns[c] = (struct ns_column){.name = names[c], .type = NS_NUMBER, .numbers = spoiled->numbers[c]};
	for (size_t i = 0; i < ROWS; i++) {
		bool leaf = nodes[i].feature < 0;
		spoiled->numbers[TREE][i] = i == 5;
		spoiled->numbers[FEATURE][i] = nodes[i].feature;
		spoiled->numbers[THRESHOLD][i] = leaf ? (double)NAN : nodes[i].threshold;
		spoiled->numbers[LEFT][i] = leaf ? 0 : nodes[i].left;
		spoiled->numbers[SAMPLES][i] = samples[i];
		spoiled->numbers[VALUE_0][i] = values[2 * i];
		spoiled->numbers[VALUE_1][i] = values[2 * i + 1];
	}
}

static void assert_refused(struct spoiled *spoiled, uint32_t outputs, const char *message)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_trees trees;
	struct ns_err err = {""};
	assert_int_equal(ns_trees_from_table(&trees, &spoiled->table, outputs, 2, &arena, &err), NS_EDATA);
	assert_string_equal(err.text, message);
	ns_arena_release(&arena);
}

static void a_table_of_numbers_is_read_too(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct spoiled spoiled;
	struct ns_trees trees;
	struct ns_err err;
	spoil_nothing(&spoiled);
	assert_int_equal(ns_trees_from_table(&trees, &spoiled.table, 2, 2, &arena, &err), NS_OK);
	assert_same(&trees, &two_trees);
	ns_arena_release(&arena);
}

static void wrong_cells_are_refused(void **state)
{
	(void)state;
	static const struct {
		int column, row;
		double value;
		const char *message;
	} cases[] = {
		{TREE, 0, 1, "model.ns: row 1: column 'tree' of a table of trees: 1 is not the tree before or the next one"},
		{TREE, 5, 7, "model.ns: row 6: column 'tree' of a table of trees: 7 is not the number of a tree"},
		{TREE, 5, 2, "model.ns: row 6: column 'tree' of a table of trees: 2 is not the tree before or the next one"},
		{TREE, 3, 0.5, "model.ns: row 4: column 'tree' of a table of trees: 0.5 is not the tree before or the next one"},
		{TREE, 5, (double)NAN, "model.ns: row 6: column 'tree' of a table of trees: nan is not the number of a tree"},
		{FEATURE, 0, 2, "model.ns: row 1: column 'feature' of a table of trees: 2 is not -1 or one of the model's features"},
		{FEATURE, 0, -2, "model.ns: row 1: column 'feature' of a table of trees: -2 is not -1 or one of the model's features"},
		{FEATURE, 0, 1e300, "model.ns: row 1: column 'feature' of a table of trees: 1.0000000000000001e+300 is not -1 or one of the model's features"},
		{THRESHOLD, 0, (double)INFINITY, "model.ns: row 1: column 'threshold' of a table of trees: inf is not a finite threshold"},
		{LEFT, 2, 2, "model.ns: row 3: column 'left' of a table of trees: 2 is not a later node of the tree with a right neighbour"},
		{LEFT, 2, 4, "model.ns: row 3: column 'left' of a table of trees: 4 is not a later node of the tree with a right neighbour"},
		{LEFT, 0, 2, "model.ns: row 2: a node of a tree that no node leads to"},
		{SAMPLES, 4, -1, "model.ns: row 5: column 'samples' of a table of trees: -1 is not a number of rows"},
		{VALUE_1, 1, 1.5, "model.ns: row 2: column 'value_1' of a table of trees: 1.5 is not a proportion"},
		{VALUE_0, 3, (double)NAN, "model.ns: row 4: column 'value_0' of a table of trees: nan is not a proportion"},
		{VALUE_0, 3, 0.5, "model.ns: row 4: the values of a leaf add up to 1.25, not to 1"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct spoiled spoiled;
		spoil_nothing(&spoiled);
		spoiled.numbers[cases[i].column][cases[i].row] = cases[i].value;
		assert_refused(&spoiled, 2, cases[i].message);
	}
}

static void wrong_shapes_are_refused(void **state)
{
	(void)state;
	struct spoiled spoiled;
	spoil_nothing(&spoiled);
	spoiled.numbers[FEATURE][1] = 1; /* both inner nodes lead to nodes 3 and 4 */
	spoiled.numbers[THRESHOLD][1] = 0;
	spoiled.numbers[LEFT][1] = 3;
	assert_refused(&spoiled, 2, "model.ns: row 3: column 'left' of a table of trees: 3 is not a node of its own: another node leads there too");
	spoil_nothing(&spoiled);
	assert_refused(&spoiled, 3, "model.ns: a table of trees with 7 columns, not 8 as 3 classes need");
	spoiled.columns[LEFT].name = "right";
	assert_refused(&spoiled, 2, "model.ns: a table of trees without a column 'left'");
	spoil_nothing(&spoiled);
	spoiled.columns[LEFT].numbers = NULL;
	assert_refused(&spoiled, 2, "model.ns: column 'left' of a table of trees has no numbers");
	spoil_nothing(&spoiled);
	spoiled.table.rows = 0;
	assert_refused(&spoiled, 2, "model.ns: a table of trees without rows");
}

static void an_unknown_form_is_refused(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct spoiled spoiled;
	struct ns_model model;
	struct ns_err err;
	spoil_nothing(&spoiled);
	assert_int_equal(ns_model_from_table(&model, &spoiled.table, 2, 2, &arena, &err), NS_EDATA);
	assert_string_equal(err.text, "model.ns: a model without its form (metadata 'ns:form')");
	ns_metadata_set(&spoiled.table.metadata, "ns:form", "oracle", &arena);
	assert_int_equal(ns_model_from_table(&model, &spoiled.table, 2, 2, &arena, &err), NS_EDATA);
	assert_string_equal(err.text, "model.ns: a model of the unknown form 'oracle'; a newer netsec may know it");
	ns_arena_release(&arena);
}

static void the_prediction_follows_the_probabilities(void **state)
{
	(void)state;
	assert_int_equal(ns_model_choose((const double[]){0.5, 0.5}, 2, 1, 0.5), 1);
	assert_int_equal(ns_model_choose((const double[]){0.5, 0.5}, 2, 0, 0.5), 0);
	assert_int_equal(ns_model_choose((const double[]){0.5, 0.5}, 2, -1, 0.5), 0);
	assert_int_equal(ns_model_choose((const double[]){0.7, 0.3}, 2, 1, 0.3), 1);
	assert_int_equal(ns_model_choose((const double[]){0.7, 0.3}, 2, 0, 0.8), 1);
	assert_int_equal(ns_model_choose((const double[]){0.2, 0.4, 0.4}, 3, 0, 0.1), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_go_left_up_to_the_threshold),
		cmocka_unit_test(a_row_does_not_depend_on_its_neighbours),
		cmocka_unit_test(no_rows_are_no_work),
		cmocka_unit_test(a_model_survives_its_table),
		cmocka_unit_test(a_model_survives_a_stream),
		cmocka_unit_test(a_table_of_numbers_is_read_too),
		cmocka_unit_test(wrong_cells_are_refused),
		cmocka_unit_test(wrong_shapes_are_refused),
		cmocka_unit_test(an_unknown_form_is_refused),
		cmocka_unit_test(the_prediction_follows_the_probabilities),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
