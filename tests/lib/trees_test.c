#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "base/random.h"
#include "model/model.h"
#include "model/trees_fast.h"
#include "table/arrow.h"
#include "table/table.h"

#define LEAF(self) {.threshold = (double)INFINITY, .feature = -1, .left = (self)}

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
	assert_string_equal(ns_trees_fast_layout(trees.fast), "bits");
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

/* --- all ways of walking give the same bits --- */

enum { MADE_ROWS = 9000 };

struct forest {
	struct ns_trees trees;
	size_t features;
	const double **x;
};

/* Thresholds: some of few, extremes among them, or any; the rows hold the thresholds themselves and their neighbours. */
static double draw_threshold(struct ns_random *random, size_t few)
{
	static const double extremes[] = {0, -0.0, 1e300, -1e300, DBL_MAX, -DBL_MAX, DBL_TRUE_MIN, -DBL_TRUE_MIN, DBL_MIN, 0.5, -0.5};
	if (ns_random_below(random, 4) == 0)
		return extremes[ns_random_below(random, sizeof extremes / sizeof *extremes)];
	return few ? (double)ns_random_below(random, few) / 8 - 3 : ns_random_normal(random);
}

/* Grows one tree of `size` nodes (odd) by splitting leaves drawn near the last ones, so that it is deep. */
static void draw_tree(struct ns_node *to, uint32_t *counts, double *shares, size_t size, size_t features, size_t few, bool weighted, struct ns_random *random)
{
	uint32_t *leaves = ns_malloc_array(size, sizeof *leaves), leaves_count = 1, made = 1;
	leaves[0] = 0;
	for (size_t i = 0; i < size; i++) {
		uint32_t count = 1 + (uint32_t)ns_random_below(random, 70000), part = (uint32_t)ns_random_below(random, count + 1);
		to[i] = (struct ns_node)LEAF((uint32_t)i);
		counts[i] = count;
		shares[2 * i] = weighted ? ns_random_real(random) : (double)part / count;
		shares[2 * i + 1] = weighted ? 1 - shares[2 * i] : (double)(count - part) / count;
	}
	/* Children come behind all nodes made before: a node's number is below its children's. */
	while (made < size) {
		uint32_t *leaf = &leaves[leaves_count - 1 - ns_random_below(random, leaves_count < 40 ? leaves_count : 40)];
		to[*leaf] = (struct ns_node){draw_threshold(random, few), (int32_t)ns_random_below(random, features), made & INT32_MAX, 0};
		*leaf = made++;
		leaves[leaves_count++] = made++;
	}
	free(leaves);
}

static struct forest draw_forest(size_t trees, size_t size, size_t features, size_t few, bool weighted, struct ns_arena *arena)
{
	struct forest forest = {.features = features};
	struct ns_random random;
	size_t *starts = NS_NEW_ARRAY(arena, size_t, trees + 1);
	struct ns_node *drawn = NS_NEW_ARRAY(arena, struct ns_node, trees * size);
	uint32_t *counts = NS_NEW_ARRAY(arena, uint32_t, trees * size);
	double *shares = NS_NEW_ARRAY(arena, double, 2 * trees * size);
	ns_random_init(&random, 42, "trees_test", trees, size);
	for (size_t t = 0; t < trees; t++) {
		starts[t + 1] = (t + 1) * size;
		draw_tree(drawn + t * size, counts + t * size, shares + 2 * t * size, size, features, few, weighted, &random);
	}
	ns_trees_make(&forest.trees, &two_classes, trees, starts, drawn, counts, shares, arena);
	forest.x = NS_NEW_ARRAY(arena, const double *, features);
	for (size_t f = 0; f < features; f++) {
		double *x = NS_NEW_ARRAY(arena, double, MADE_ROWS);
		for (size_t row = 0; row < MADE_ROWS; row++) {
			double value = draw_threshold(&random, few);
			x[row] = row % 3 == 0 ? value : nextafter(value, row % 3 == 1 ? -DBL_MAX : DBL_MAX);
		}
		forest.x[f] = x;
	}
	return forest;
}

static void assert_same_bits(size_t trees, size_t size, size_t features, size_t few, bool weighted, const char *layout)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct forest forest = draw_forest(trees, size, features, few, weighted, &arena);
	struct ns_trees slow = forest.trees, part = forest.trees;
	double *expected = NS_NEW_ARRAY(&arena, double, 2 * MADE_ROWS), *found = NS_NEW_ARRAY(&arena, double, 2 * MADE_ROWS), one[2];
	const double **from = NS_NEW_ARRAY(&arena, const double *, features);
	slow.fast = NULL;
	ns_trees_predict(expected, &slow, features, forest.x, MADE_ROWS);
	while (!ns_trees_fast_layout(forest.trees.fast))
		ns_trees_predict(found, &forest.trees, features, forest.x, MADE_ROWS);
	assert_string_equal(ns_trees_fast_layout(forest.trees.fast), layout);
	ns_trees_predict(found, &forest.trees, features, forest.x, MADE_ROWS);
	assert_memory_equal(found, expected, 2 * MADE_ROWS * sizeof *found);
	for (size_t row = 0; row < 100; row++) {
		for (size_t f = 0; f < features; f++)
			from[f] = forest.x[f] + row;
		ns_trees_predict(one, &forest.trees, features, from, 1);
		assert_memory_equal(one, expected + 2 * row, sizeof one);
	}
	slow.count = part.count = (trees + 1) / 2; /* the first trees alone */
	ns_trees_predict(expected, &slow, features, forest.x, 101);
	ns_trees_predict(found, &part, features, forest.x, 101);
	assert_memory_equal(found, expected, 202 * sizeof *found);
	ns_arena_release(&arena);
}

static void all_layouts_give_the_same_bits(void **state)
{
	(void)state;
	assert_same_bits(9, 301, 3, 8, false, "bits");
	assert_same_bits(3, 65535, 2, 12, true, "bits");
	assert_same_bits(9, 301, 5, 30, false, "bytes");
	assert_same_bits(9, 301, 256, 30, true, "bytes");
	assert_same_bits(3, 65535, 40, 40, false, "bytes");
	assert_same_bits(1, 65537, 40, 40, false, "words");   /* a tree of more than 65,536 nodes */
	assert_same_bits(9, 2001, 400, 30, false, "words");    /* more than 256 features */
	assert_same_bits(9, 2001, 5, 0, true, "words");        /* more than 255 thresholds of one */
	assert_same_bits(2, 140001, 1, 0, false, "doubles");   /* more than 65,535 */
	assert_same_bits(4, 1, 3, 0, false, "bits");           /* leaves alone */
}

/* A code has as many values as there are thresholds and one more: the last table that fits, the first that does not. */
static void assert_layout_of(size_t thresholds, const char *layout)
{
	struct ns_arena arena = NS_ARENA_INIT;
	size_t size = 2 * thresholds + 1, starts[] = {0, size}, rows = 4 * thresholds;
	struct ns_node *chain = NS_NEW_ARRAY(&arena, struct ns_node, size);
	uint32_t *counts = NS_NEW_ARRAY(&arena, uint32_t, size);
	double *shares = NS_NEW_ARRAY(&arena, double, 2 * size), *x = NS_NEW_ARRAY(&arena, double, rows), *out = NS_NEW_ARRAY(&arena, double, 2 * rows);
	for (size_t i = 0; i < size; i++) {
		bool inner = i % 2 == 0 && i < 2 * thresholds;
		chain[i] = inner ? (struct ns_node){(double)(i / 2), 0, ((uint32_t)i + 1) & INT32_MAX, 0} : (struct ns_node)LEAF((uint32_t)i);
		counts[i] = (uint32_t)size;
		shares[2 * i] = (double)i / (double)size; /* which leaf it is */
		shares[2 * i + 1] = (double)(size - i) / (double)size;
	}
	for (size_t row = 0; row < rows; row++)
		x[row] = (double)row / 4;
	struct ns_trees trees;
	ns_trees_make(&trees, &two_classes, 1, starts, chain, counts, shares, &arena);
	while (!ns_trees_fast_layout(trees.fast))
		ns_trees_predict(out, &trees, 1, (const double *[]){x}, 64);
	assert_string_equal(ns_trees_fast_layout(trees.fast), layout);
	size_t last = rows - 64; /* the last 16 thresholds */
	ns_trees_predict(out, &trees, 1, (const double *[]){x + last}, 64);
	for (size_t i = 0; i < 64; i++) {
		size_t question = (size_t)ceil(x[last + i]), leaf = question < thresholds ? 2 * question + 1 : size - 1;
		assert_true(out[2 * i] == (double)leaf / (double)size);
	}
	ns_arena_release(&arena);
}

static void the_last_code_that_fits_is_right(void **state)
{
	(void)state;
	assert_layout_of(63, "bits");
	assert_layout_of(64, "bytes");
	assert_layout_of(255, "bytes");
	assert_layout_of(256, "words");
	assert_layout_of(65535, "words");
	assert_layout_of(65536, "doubles");
}

struct piece {
	const struct forest *forest;
	double *out;
};

static void predict_piece(void *context, size_t i, int worker)
{
	const struct piece *piece = context;
	const double *x[5];
	(void)worker;
	for (size_t f = 0; f < 5; f++)
		x[f] = piece->forest->x[f] + 45 * i;
	ns_trees_predict(piece->out + 90 * i, &piece->forest->trees, 5, x, 45);
}

static void threads_share_one_layout(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct forest forest = draw_forest(9, 301, 5, 30, false, &arena);
	struct ns_trees slow = forest.trees;
	static double expected[2 * MADE_ROWS], found[2 * MADE_ROWS];
	slow.fast = NULL;
	ns_trees_predict(expected, &slow, 5, forest.x, MADE_ROWS);
	struct piece piece = {&forest, found};
	ns_parallel(4, MADE_ROWS / 45, predict_piece, &piece);
	assert_non_null(ns_trees_fast_layout(forest.trees.fast));
	assert_memory_equal(found, expected, sizeof found);
	ns_arena_release(&arena);
}

/* --- to a table and back --- */

static struct ns_model model_of(const struct ns_trees *trees)
{
	return (struct ns_model){.form = NS_MODEL_TREES, .classes = 2, .features = 2, .trees = *trees};
}

static void assert_same(const struct ns_trees *a, const struct ns_trees *b)
{
	assert_int_equal(a->count, b->count);
	assert_int_equal(a->shape.outputs, b->shape.outputs);
	assert_memory_equal(a->first, b->first, (a->count + 1) * sizeof *a->first);
	for (size_t t = 0; t < a->count; t++)
		for (uint32_t i = 0; i < a->first[t + 1] - a->first[t]; i++) {
			struct ns_node of_a = ns_trees_node(a, t, i), of_b = ns_trees_node(b, t, i);
			assert_true(of_a.threshold == of_b.threshold);
			assert_int_equal(of_a.feature, of_b.feature);
			assert_int_equal(of_a.left, of_b.left);
			assert_true(ns_narrow_whole(&a->samples, a->first[t] + i) == ns_narrow_whole(&b->samples, b->first[t] + i));
			for (uint32_t o = 0; o < a->shape.outputs && of_a.feature < 0; o++)
				assert_true(ns_trees_value(a, t, i, o) == ns_trees_value(b, t, i, o));
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
	assert_int_equal(ns_trees_from_table(&back, &read, 2, features, &arena, &err), NS_OK);
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
	trees = draw_forest(300, 301, 200, 0, false, &arena).trees;
	assert_survives_a_stream(&trees, 200, "tree:uint16 feature:int16 threshold:float64 left:uint16 samples:uint32 count_1:uint32 ");
	trees = draw_forest(2, 66001, 40000, 30, true, &arena).trees;
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
		cmocka_unit_test(no_rows_are_no_work),
		cmocka_unit_test(all_layouts_give_the_same_bits),
		cmocka_unit_test(the_last_code_that_fits_is_right),
		cmocka_unit_test(threads_share_one_layout),
		cmocka_unit_test(a_model_survives_its_table),
		cmocka_unit_test(columns_are_as_narrow_as_can_be),
		cmocka_unit_test(proportions_without_counts_are_kept),
		cmocka_unit_test(a_table_of_numbers_is_read_too),
		cmocka_unit_test(wrong_cells_are_refused),
		cmocka_unit_test(wrong_counts_are_refused),
		cmocka_unit_test(wrong_narrow_columns_are_refused),
		cmocka_unit_test(wrong_shapes_are_refused),
		cmocka_unit_test(an_unknown_form_is_refused),
		cmocka_unit_test(the_prediction_follows_the_probabilities),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
