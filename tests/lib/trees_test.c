#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/model.h"
#include "model/trees_fast.h"
#include "table/arrow.h"
#include "table/table.h"
#include "forests.h"

static const struct ns_trees_shape two_classes = {.link = NS_LINK_MEAN, .outputs = 2, .width = 2, .scale = 1};

/* Two trees over two features: x0 <= 0 ? a : (x1 <= 1.5 ? b : c), and a single leaf. */
static const size_t first[] = {0, 5, 6};
static const struct ns_node nodes[] = {{0, 0, 1, 0}, LEAF(1), {1.5, 1, 3, 0}, LEAF(3), LEAF(4), LEAF(0)};
static const uint32_t samples[] = {10, 4, 6, 3, 3, 10};
static const double values[] = {0, 0, 1, 0, 0, 0, 1.0 / 3, 2.0 / 3, 0, 1, 0.5, 0.5};

static struct ns_trees two_trees(struct ns_arena *arena)
{
	struct ns_trees trees;
	ns_trees_make(&trees, &two_classes, 2, first, nodes, samples, values, arena);
	return trees;
}

static void rows_go_left_up_to_the_threshold(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_trees trees = two_trees(&arena);
	const double x0[] = {-0.0, 0.0, DBL_TRUE_MIN, 1, 1, -1e300, 1e300}, x1[] = {9, 9, 1.5, 1.5, nextafter(1.5, 2), 0, 1e300};
	const double expected[] = {0.75, 0.75, (1.0 / 3 + 0.5) / 2, (1.0 / 3 + 0.5) / 2, 0.25, 0.75, 0.25};
	double out[14];
	ns_trees_predict(out, &trees, 2, (const double *[]){x0, x1}, 7); /* 7 rows pay for a layout of 6 nodes */
	assert_non_null(ns_trees_fast_layout(trees.fast));
	for (int again = 0; again < 2; again++) {
		for (size_t row = 0; row < 7; row++) {
			assert_true(out[2 * row] == expected[row]);
			assert_true(fabs(out[2 * row + 1] - (1 - expected[row])) < 1e-15);
		}
		trees.fast = NULL;
		ns_trees_predict(out, &trees, 2, (const double *[]){x0, x1}, 7);
	}
	ns_arena_release(&arena);
}

static void no_rows_are_no_work(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_trees trees = two_trees(&arena);
	ns_trees_predict(NULL, &trees, 2, (const double *[]){NULL, NULL}, 0);
	assert_null(ns_trees_fast_layout(trees.fast));
	ns_arena_release(&arena);
}

/* Walking row by row, and laid out. */
static void assert_predicts(struct ns_trees *trees, const double *const *x, size_t rows, const double *expected, size_t classes)
{
	double out[32];
	for (int again = 0; again < 2; again++) {
		ns_trees_predict(out, trees, 2, x, rows);
		for (size_t i = 0; i < rows * classes; i++)
			assert_true(fabs(out[i] - expected[i]) < 1e-15);
		trees->fast = NULL;
	}
}

static void missing_values_go_where_the_node_says(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	static const struct ns_node sides[] = {{0, 0, 1, 1}, LEAF(1), {1.5, 1, 3, 0}, LEAF(3), {0.5, 0, 5, 0}, LEAF(5), LEAF(6)};
	static const double leaf[] = {0, 0, 1, 0, 0, 0, 0.5, 0.5, 0, 0, 0.25, 0.75, 0, 1};
	static const uint32_t rows[] = {24, 4, 20, 4, 16, 8, 8};
	struct ns_trees_shape shape = two_classes;
	struct ns_trees trees;
	shape.missing = true;
	ns_trees_make(&trees, &shape, 1, (const size_t[]){0, 7}, sides, rows, leaf, &arena);
	const double nan = (double)NAN, x0[] = {nan, nan, 1, 0.25, 0.25, 0.5, 1}, x1[] = {0, nan, nan, nan, 0, 2, 2};
	assert_predicts(&trees, (const double *[]){x0, x1}, 7, (const double[]){1, 0, 1, 0, 0, 1, 0.25, 0.75, 0.5, 0.5, 0.25, 0.75, 0, 1}, 2);
	ns_arena_release(&arena);
}

/* Three trees of one leaf: sums of all outputs, or in turn. */
static void sums_become_probabilities(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	static const struct ns_node leaves[] = {LEAF(0), LEAF(0), LEAF(0)};
	static const uint32_t rows[] = {1, 1, 1};
	static const double base[] = {0.5, 0, -0.5}, scores[] = {1, 2, 3, 4, 5, 6, 7, 8, 9}, zeros[3];
	static const size_t starts[] = {0, 1, 2, 3};
	struct ns_trees trees;
	ns_trees_make(&trees, &(struct ns_trees_shape){.link = NS_LINK_LOGISTIC, .outputs = 1, .width = 1, .base = base, .scale = 0.25}, 3, starts, leaves,
		rows, scores, &arena);
	double p = 1 / (1 + exp(-2));
	assert_predicts(&trees, (const double *[]){zeros, zeros}, 3, (double[]){1 - p, p, 1 - p, p, 1 - p, p}, 2);
	trees.count = 2;
	trees.shape.scale = 0.5;
	assert_predicts(&trees, (const double *[]){zeros, zeros}, 1, (double[]){1 - p, p}, 2);
	ns_trees_make(&trees, &(struct ns_trees_shape){.link = NS_LINK_SOFTMAX, .outputs = 3, .width = 1, .base = base, .scale = 1}, 3, starts, leaves, rows,
		scores, &arena);
	double parts[] = {exp(1.5), exp(2), exp(2.5)}, sum = parts[0] + parts[1] + parts[2];
	assert_predicts(&trees, (const double *[]){zeros, zeros}, 3, (double[]){parts[0] / sum, parts[1] / sum, parts[2] / sum,
		parts[0] / sum, parts[1] / sum, parts[2] / sum, parts[0] / sum, parts[1] / sum, parts[2] / sum}, 3);
	ns_trees_make(&trees, &(struct ns_trees_shape){.link = NS_LINK_SOFTMAX, .outputs = 3, .width = 3, .base = base, .scale = 0.1}, 3, starts, leaves, rows,
		scores, &arena);
	double wide[] = {exp(1.7), exp(1.5), exp(1.3)};
	sum = wide[0] + wide[1] + wide[2];
	assert_predicts(&trees, (const double *[]){zeros, zeros}, 1, (double[]){wide[0] / sum, wide[1] / sum, wide[2] / sum}, 3);
	ns_arena_release(&arena);
}

/* --- to a table and back --- */

static struct ns_model model_of(const struct ns_trees *trees)
{
	return (struct ns_model){.form = NS_MODEL_TREES, .classes = 2, .features = 2, .trees = *trees};
}

static void assert_same_shape(const struct ns_trees_shape *a, const struct ns_trees_shape *b)
{
	assert_int_equal(a->link, b->link);
	assert_int_equal(a->outputs, b->outputs);
	assert_int_equal(a->width, b->width);
	assert_int_equal(a->missing, b->missing);
	assert_true(a->scale == b->scale);
	for (uint32_t o = 0; o < a->outputs && a->link != NS_LINK_MEAN; o++)
		assert_true(a->base[o] == b->base[o]);
}

static void assert_same(const struct ns_trees *a, const struct ns_trees *b)
{
	assert_int_equal(a->count, b->count);
	assert_same_shape(&a->shape, &b->shape);
	assert_memory_equal(a->first, b->first, (a->count + 1) * sizeof *a->first);
	for (size_t t = 0; t < a->count; t++)
		for (uint32_t i = 0; i < a->first[t + 1] - a->first[t]; i++) {
			struct ns_node of_a = ns_trees_node(a, t, i), of_b = ns_trees_node(b, t, i);
			assert_true(of_a.threshold == of_b.threshold);
			assert_int_equal(of_a.feature, of_b.feature);
			assert_int_equal(of_a.left, of_b.left);
			assert_int_equal(of_a.missing_left, of_b.missing_left);
			assert_true(ns_narrow_whole(&a->samples, a->first[t] + i) == ns_narrow_whole(&b->samples, b->first[t] + i));
			for (uint32_t v = 0; v < a->shape.width && of_a.feature < 0; v++)
				assert_true(ns_trees_value(a, t, i, v) == ns_trees_value(b, t, i, v));
		}
}

static void a_model_survives_its_table(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_trees trees = two_trees(&arena);
	struct ns_model model = model_of(&trees), back;
	struct ns_table table;
	struct ns_err err;
	ns_model_to_table(&table, &model, &arena);
	assert_string_equal(ns_metadata_find(&table.metadata, "ns:form"), "trees");
	assert_int_equal(ns_model_from_table(&back, &table, 2, 2, &arena, &err), NS_OK);
	assert_same(&back.trees, &trees);
	ns_arena_release(&arena);
}

/* Through an Arrow stream; the columns' names as given. */
static void assert_survives_a_stream(const struct ns_trees *trees, size_t features, const char *columns)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_buffer bytes = NS_BUFFER_INIT(1 << 26);
	struct ns_trees back;
	struct ns_table table, read;
	struct ns_err err;
	const char *names = "";
	ns_trees_to_table(&table, trees, &arena);
	assert_int_equal(ns_arrow_write_table(&bytes, &table, &err), NS_OK);
	assert_int_equal(ns_arrow_read_table(&read, NULL, bytes.data, bytes.size, "model.ns", &arena, &err), NS_OK);
	for (size_t i = 0; i < read.width; i++)
		names = ns_format(&arena, "%s%s:%s ", names, read.columns[i].name, ns_arrow_type_name(&read.columns[i].array->type, &arena));
	assert_string_equal(names, columns);
	uint32_t classes = trees->shape.link == NS_LINK_LOGISTIC ? 2 : trees->shape.outputs;
	assert_int_equal(ns_trees_from_table(&back, &read, classes, features, &arena, &err), NS_OK);
	assert_same(&back, trees);
	ns_buffer_release(&bytes);
	ns_arena_release(&arena);
}

static void columns_are_as_narrow_as_can_be(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_trees trees = two_trees(&arena);
	assert_survives_a_stream(&trees, 2, "tree:uint8 feature:int8 threshold:float32 left:uint8 samples:uint8 count_1:uint8 ");
	trees = draw_forest((struct plan){.trees = 300, .size = 301, .features = 200}, &arena).trees;
	assert_survives_a_stream(&trees, 200, "tree:uint16 feature:int16 threshold:float64 left:uint16 samples:uint32 count_1:uint32 ");
	trees = draw_forest((struct plan){.trees = 2, .size = 66001, .features = 40000, .few = 30, .weighted = true}, &arena).trees;
	assert_survives_a_stream(&trees, 40000, "tree:uint8 feature:int32 threshold:float64 left:uint32 samples:uint32 value_0:float64 value_1:float64 ");
	ns_arena_release(&arena);
}

/* Proportions that no whole counts give are kept as they are, whatever the number of rows says. */
static void proportions_without_counts_are_kept(void **state)
{
	(void)state;
	static const double weighted[][2] = {{0.1, 0.9}, {1.0 / 3, 2.0 / 3}, {0.30000000000000004, 0.7}, {0.5, 0.5}};
	static const uint32_t rows[] = {3, 4, 10, 3};
	static const size_t one[] = {0, 1};
	static const struct ns_node leaf = LEAF(0);
	for (size_t i = 0; i < 4; i++) {
		struct ns_arena arena = NS_ARENA_INIT;
		struct ns_trees trees;
		ns_trees_make(&trees, &two_classes, 1, one, &leaf, &rows[i], weighted[i], &arena);
		assert_null(trees.counts);
		assert_true(ns_trees_value(&trees, 0, 0, 0) == weighted[i][0]);
		assert_true(ns_trees_value(&trees, 0, 0, 1) == weighted[i][1]);
		ns_arena_release(&arena);
	}
}

/* Every link, width and missing side: what is read is what was made. */
static void all_shapes_survive_a_stream(void **state)
{
	(void)state;
	static const struct {
		struct ns_trees_shape shape;
		const char *columns;
	} cases[] = {
		{{.link = NS_LINK_MEAN, .outputs = 2, .width = 2, .scale = 1, .missing = true}, "missing:uint8 samples:uint32 count_1:uint32 "},
		{{.link = NS_LINK_MEAN, .outputs = 3, .width = 3, .scale = 1}, "samples:uint32 count_1:uint16 count_2:uint16 "},
		{{.link = NS_LINK_LOGISTIC, .outputs = 1, .width = 1, .scale = 0.1}, "samples:uint32 value_0:float64 "},
		{{.link = NS_LINK_LOGISTIC, .outputs = 1, .width = 1, .scale = -3, .missing = true}, "missing:uint8 samples:uint32 value_0:float64 "},
		{{.link = NS_LINK_SOFTMAX, .outputs = 3, .width = 1, .scale = 1e-300}, "samples:uint32 value_0:float64 "},
		{{.link = NS_LINK_SOFTMAX, .outputs = 3, .width = 3, .scale = 1, .missing = true},
			"missing:uint8 samples:uint32 value_0:float64 value_1:float64 value_2:float64 "},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ns_arena arena = NS_ARENA_INIT;
		struct forest forest = draw_forest((struct plan){.trees = 6, .size = 301, .features = 4, .shape = cases[i].shape}, &arena);
		assert_survives_a_stream(&forest.trees, 4, ns_format(&arena, "tree:uint8 feature:int8 threshold:float64 left:uint16 %s", cases[i].columns));
		ns_arena_release(&arena);
	}
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
	static struct ns_pair link = {"ns:link", "mean"};
	spoiled->table.metadata = (struct ns_metadata){&link, 1};
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

/* One column of counts instead of the two of values. */
static void count_instead(struct spoiled *spoiled)
{
	spoiled->columns[VALUE_0].name = "count_1";
	spoiled->table.width--;
	for (size_t i = 0; i < ROWS; i++)
		spoiled->numbers[VALUE_0][i] = nodes[i].feature < 0 ? round(values[2 * i + 1] * samples[i]) : 0;
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
	struct ns_trees trees, expected = two_trees(&arena);
	struct ns_err err;
	spoil_nothing(&spoiled);
	assert_int_equal(ns_trees_from_table(&trees, &spoiled.table, 2, 2, &arena, &err), NS_OK);
	assert_same(&trees, &expected);
	count_instead(&spoiled);
	assert_int_equal(ns_trees_from_table(&trees, &spoiled.table, 2, 2, &arena, &err), NS_OK);
	assert_same(&trees, &expected);
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
		{TREE, 0, -1, "model.ns: row 1: column 'tree' of a table of trees: -1 is not the tree before or the next one"},
		{TREE, 3, 0.5, "model.ns: row 4: column 'tree' of a table of trees: 0.5 is not a whole number from -1 to 2147483647"},
		{TREE, 5, (double)NAN, "model.ns: row 6: column 'tree' of a table of trees: nan is not a whole number from -1 to 2147483647"},
		{FEATURE, 0, 2, "model.ns: row 1: column 'feature' of a table of trees: 2 is not -1 or one of the model's features"},
		{FEATURE, 0, -2, "model.ns: row 1: column 'feature' of a table of trees: -2 is not a whole number from -1 to 2147483647"},
		{FEATURE, 0, 1e300, "model.ns: row 1: column 'feature' of a table of trees: 1.0000000000000001e+300 is not a whole number from -1 to 2147483647"},
		{THRESHOLD, 0, (double)INFINITY, "model.ns: row 1: column 'threshold' of a table of trees: inf is not a finite threshold"},
		{LEFT, 2, 2, "model.ns: row 3: column 'left' of a table of trees: 2 is not a later node of the tree with a right neighbour"},
		{LEFT, 2, 4, "model.ns: row 3: column 'left' of a table of trees: 4 is not a later node of the tree with a right neighbour"},
		{LEFT, 0, 2, "model.ns: row 2: a node of a tree that no node leads to"},
		{SAMPLES, 4, -1, "model.ns: row 5: column 'samples' of a table of trees: -1 is not a number of rows"},
		{VALUE_1, 1, 1.5, "model.ns: row 2: column 'value_1' of a table of trees: 1.5 is not a proportion"},
		{VALUE_0, 3, (double)NAN, "model.ns: row 4: column 'value_0' of a table of trees: nan is not a proportion"},
		{VALUE_0, 3, 0.5, "model.ns: row 4: the values of a leaf add up to 1.1666666666666665, not to 1"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct spoiled spoiled;
		spoil_nothing(&spoiled);
		spoiled.numbers[cases[i].column][cases[i].row] = cases[i].value;
		assert_refused(&spoiled, 2, cases[i].message);
	}
}

static void wrong_counts_are_refused(void **state)
{
	(void)state;
	static const struct {
		int column, row;
		double value;
		const char *message;
	} cases[] = {
		{SAMPLES, 1, 0, "model.ns: row 2: column 'samples' of a table of trees: 0 is not a leaf's number of rows"},
		{SAMPLES, 3, 1, "model.ns: row 4: column 'count_1' of a table of trees: 2 is not a part of the leaf's rows"},
		{VALUE_0, 4, 4, "model.ns: row 5: column 'count_1' of a table of trees: 4 is not a part of the leaf's rows"},
		{VALUE_0, 4, -1, "model.ns: row 5: column 'count_1' of a table of trees: -1 is not a part of the leaf's rows"},
		{VALUE_0, 4, 0.5, "model.ns: row 5: column 'count_1' of a table of trees: 0.5 is not a whole number from -1 to 2147483647"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct spoiled spoiled;
		spoil_nothing(&spoiled);
		count_instead(&spoiled);
		spoiled.numbers[cases[i].column][cases[i].row] = cases[i].value;
		assert_refused(&spoiled, 2, cases[i].message);
	}
	struct spoiled spoiled;
	spoil_nothing(&spoiled);
	count_instead(&spoiled);
	assert_refused(&spoiled, 3, "model.ns: a table of trees with 6 columns, not 7 as 3 classes need");
}

/* Boosting: the values of each leaf are scores, of link logistic one. */
static void score_instead(struct spoiled *spoiled, struct ns_pair metadata[static 3])
{
	spoil_nothing(spoiled);
	spoiled->table.metadata = (struct ns_metadata){metadata, 3};
	spoiled->table.width--;
}

static void wrong_links_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *link, *base, *scale;
		uint32_t classes;
		const char *message;
	} cases[] = {
		{"probit", "0", "1", 2, "model.ns: a table of trees of the unknown link 'probit'; a newer netsec may know it"},
		{"", "0", "1", 2, "model.ns: a table of trees of the unknown link ''; a newer netsec may know it"},
		{"logistic", "0", "1", 3, "model.ns: a table of trees of the link 'logistic' for 3 classes, not two"},
		{"logistic", "0\t1", "1", 2, "model.ns: a table of trees whose metadata 'ns:base' is not 1 number from -1e100 to 1e100"},
		{"logistic", "nan", "1", 2, "model.ns: a table of trees whose metadata 'ns:base' is not 1 number from -1e100 to 1e100"},
		{"softmax", "0\t1", "1", 3, "model.ns: a table of trees whose metadata 'ns:base' is not 3 numbers from -1e100 to 1e100"},
		{"softmax", "0\t1\tx", "1", 3, "model.ns: a table of trees whose metadata 'ns:base' is not 3 numbers from -1e100 to 1e100"},
		{"logistic", "0", "", 2, "model.ns: a table of trees whose metadata 'ns:scale' is not 1 number from -1e100 to 1e100"},
		{"logistic", "0", "2e100", 2, "model.ns: a table of trees whose metadata 'ns:scale' is not 1 number from -1e100 to 1e100"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct spoiled spoiled;
		struct ns_pair metadata[] = {{"ns:link", cases[i].link}, {"ns:base", cases[i].base}, {"ns:scale", cases[i].scale}};
		score_instead(&spoiled, metadata);
		assert_refused(&spoiled, cases[i].classes, cases[i].message);
	}
	struct spoiled spoiled;
	spoil_nothing(&spoiled);
	spoiled.table.metadata.count = 0;
	assert_refused(&spoiled, 2, "model.ns: a table of trees of the unknown link ''; a newer netsec may know it");
}

static void wrong_scores_are_refused(void **state)
{
	(void)state;
	struct spoiled spoiled;
	struct ns_pair metadata[] = {{"ns:link", "logistic"}, {"ns:base", "0"}, {"ns:scale", "1"}};
	static const double wrong[] = {(double)NAN, (double)INFINITY, -1e101};
	static const char *const names[] = {"nan", "inf", "-9.9999999999999998e+100"};
	struct ns_arena arena = NS_ARENA_INIT;
	for (size_t i = 0; i < 3; i++) {
		score_instead(&spoiled, metadata);
		spoiled.numbers[VALUE_0][0] = wrong[i]; /* of an inner node: anything */
		spoiled.numbers[VALUE_0][3] = wrong[i];
		assert_refused(&spoiled, 2, ns_format(&arena, "model.ns: row 4: column 'value_0' of a table of trees: %s is not a number from -1e100 to 1e100", names[i]));
	}
	ns_arena_release(&arena);
}

/* The column in front of samples; here behind, for no order is asked for. */
static void wrong_sides_are_refused(void **state)
{
	(void)state;
	static const double sides[][ROWS] = {{1, 0, 2, 0, 0, 0}, {-1, 0, 0, 0, 0, 0}, {0, 0, 0.5, 0, 0, 0}};
	static const char *const messages[] = {
		"model.ns: row 3: column 'missing' of a table of trees: 2 is not 1 (left) or 0 (right)",
		"model.ns: row 1: column 'missing' of a table of trees: -1 is not 1 (left) or 0 (right)",
		"model.ns: row 3: column 'missing' of a table of trees: 0.5 is not a whole number from -1 to 2147483647",
	};
	for (size_t i = 0; i < 3; i++) {
		struct spoiled spoiled;
		struct ns_column columns[WIDTH + 1];
		spoil_nothing(&spoiled);
		memcpy(columns, spoiled.columns, sizeof spoiled.columns);
		columns[WIDTH] = (struct ns_column){.name = "missing", .type = NS_NUMBER, .numbers = sides[i]};
		spoiled.table.columns = columns;
		spoiled.table.width++;
		assert_refused(&spoiled, 2, messages[i]);
	}
}

/* Columns of narrow types are borrowed: their cells are looked at as those of numbers are. */
static void wrong_narrow_columns_are_refused(void **state)
{
	(void)state;
	static const int8_t feature[ROWS] = {0, -1, -2, -1, -1, -1};
	static const float threshold[ROWS] = {0, 0, 1.5F, 0, 0, 0};
	static const uint8_t validity = 1; /* node 2's is missing */
	struct ns_arrow_array features = {.type = {.id = NS_ARROW_INT, .width = 8, .is_signed = true}, .rows = ROWS, .values = feature};
	struct ns_arrow_array thresholds = {.type = {.id = NS_ARROW_FLOAT, .width = 32}, .rows = ROWS, .nulls = 5, .validity = &validity, .values = threshold};
	struct ns_arrow_array texts = {.type = {.id = NS_ARROW_UTF8}, .rows = ROWS};
	struct spoiled spoiled;
	spoil_nothing(&spoiled);
	spoiled.columns[FEATURE].array = &features;
	assert_refused(&spoiled, 2, "model.ns: row 3: column 'feature' of a table of trees: -2 is not -1 or one of the model's features");
	spoil_nothing(&spoiled);
	spoiled.columns[THRESHOLD].array = &thresholds;
	assert_refused(&spoiled, 2, "model.ns: row 3: column 'threshold' of a table of trees: nan is not a finite threshold");
	spoil_nothing(&spoiled);
	spoiled.columns[LEFT].array = &texts;
	spoiled.columns[LEFT].numbers = NULL;
	assert_refused(&spoiled, 2, "model.ns: column 'left' of a table of trees has no numbers");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_go_left_up_to_the_threshold),
		cmocka_unit_test(no_rows_are_no_work),
		cmocka_unit_test(missing_values_go_where_the_node_says),
		cmocka_unit_test(sums_become_probabilities),
		cmocka_unit_test(a_model_survives_its_table),
		cmocka_unit_test(columns_are_as_narrow_as_can_be),
		cmocka_unit_test(all_shapes_survive_a_stream),
		cmocka_unit_test(proportions_without_counts_are_kept),
		cmocka_unit_test(a_table_of_numbers_is_read_too),
		cmocka_unit_test(wrong_cells_are_refused),
		cmocka_unit_test(wrong_counts_are_refused),
		cmocka_unit_test(wrong_links_are_refused),
		cmocka_unit_test(wrong_scores_are_refused),
		cmocka_unit_test(wrong_sides_are_refused),
		cmocka_unit_test(wrong_narrow_columns_are_refused),
		cmocka_unit_test(wrong_shapes_are_refused),
		cmocka_unit_test(an_unknown_form_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
