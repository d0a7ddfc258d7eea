#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "stage/dataset.h"

static struct ns_arena arena;
static struct ns_err err;
static char folder[] = "/tmp/dataset_test.XXXXXX";

static int enter(void **state)
{
	(void)state;
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave(void **state)
{
	(void)state;
	unlink("table.csv");
	unlink("schema.yaml");
	return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

static int release(void **state)
{
	(void)state;
	ns_arena_release(&arena);
	return 0;
}

static struct ns_table_options options_of(const char *target)
{
	return (struct ns_table_options){.delimiter = ',', .target = target};
}

static int read_how(struct ns_dataset *dataset, const char *csv, const struct ns_table_options *given, const struct ns_dataset_options *how,
	const struct ns_dataset *like)
{
	struct ns_flow *flow = NS_NEW(&arena, struct ns_flow);
	struct ns_table_options *options = NS_NEW(&arena, struct ns_table_options);
	char *path = ns_strdup(&arena, "table.csv");
	*options = *given;
	assert_int_equal(ns_file_store(path, csv, strlen(csv), &err), NS_OK);
	NS_TRY(ns_flow_open(flow, &path, 1, options, &(struct ns_flow_options){0}, false, &arena, &err));
	return ns_dataset_read(dataset, flow, options, how, like, &err);
}

static int read_with(struct ns_dataset *dataset, const char *csv, const struct ns_table_options *given, const char *positive,
	const struct ns_dataset *like)
{
	return read_how(dataset, csv, given, &(struct ns_dataset_options){.positive = positive}, like);
}

static struct ns_dataset read_ok(const char *csv, const char *target, const char *positive, const struct ns_dataset *like)
{
	struct ns_dataset dataset;
	struct ns_table_options options = options_of(target);
	int status = read_with(&dataset, csv, &options, positive, like);
	assert_string_equal(status == NS_OK ? "" : err.text, "");
	return dataset;
}

static void assert_refused(int status, const char *message, const char *csv, const char *target, const char *positive, const struct ns_dataset *like)
{
	struct ns_dataset dataset;
	struct ns_table_options options = options_of(target);
	assert_int_equal(read_with(&dataset, csv, &options, positive, like), status);
	assert_string_equal(err.text, message);
}

static void test_features_and_classes(void **state)
{
	(void)state;
	struct ns_dataset dataset = read_ok("b,y,a,ns:row\n1,10,4,7\n2,-1,5,8\n3,10,6,9\n", "y", NULL, NULL);
	assert_int_equal(dataset.rows, 3);
	assert_int_equal(dataset.features, 2);
	assert_string_equal(dataset.names[0], "b");
	assert_string_equal(dataset.names[1], "a");
	assert_true(dataset.x[0][2] == 3 && dataset.x[1][0] == 4);
	assert_int_equal(dataset.labels.classes, 2);
	assert_string_equal(dataset.labels.names[0], "-1");
	assert_memory_equal(dataset.labels.y, ((uint32_t[]){1, 0, 1}), 3 * sizeof(uint32_t));
	assert_true(dataset.positive == -1 && !dataset.readable && !dataset.synthetic);
	assert_string_equal(dataset.target, "y");
	assert_string_equal(dataset.chain.digest, "");
}

static void test_values_that_are_taken_where_asked_for(void **state)
{
	(void)state;
	struct ns_dataset dataset;
	struct ns_table_options options = options_of("y");
	const char *csv = "a,b,y\nudp,1,0\n,,1\ntcp,inf,1\nudp,2,0\n";
	assert_int_equal(read_how(&dataset, csv, &options, &(struct ns_dataset_options){.missing = true, .infinite = true, .text = true}, NULL), NS_OK);
	assert_true(dataset.missing && dataset.features == 2 && !dataset.texts[1]);
	assert_string_equal(dataset.texts[0]->values[(size_t)dataset.x[0][0]], "udp");
	assert_string_equal(dataset.texts[0]->values[(size_t)dataset.x[0][2]], "tcp");
	assert_true(isnan(dataset.x[0][1]) && isnan(dataset.x[1][1]) && isinf(dataset.x[1][2]) && dataset.x[0][3] == dataset.x[0][0]);
	assert_int_equal(read_how(&dataset, csv, &options, &(struct ns_dataset_options){.infinite = true, .text = true}, NULL), NS_EDATA);
	assert_string_equal(err.text, "table.csv: column 'a': 1 of 4 values are missing (ns-impute fills them)");
}

static void test_positive_class(void **state)
{
	(void)state;
	const char *csv = "x,y\n1,spam\n2,ham\n";
	assert_int_equal(read_ok(csv, "y", "spam", NULL).positive, 1);
	assert_int_equal(read_ok("x,y\n1,0\n2,1\n", "y", "1.0", NULL).positive, 1);
	assert_refused(NS_ECALL, "--positive: target 'y' has no class 'eggs'", csv, "y", "eggs", NULL);
}

static void test_schema(void **state)
{
	(void)state;
	const char *yaml = "target: y\npositive: 1\nlabels: {0: ham, 1: spam}\ncolumns:\n  id: {role: id}\n  x: number\n  y: number\n";
	struct ns_table_options options = {.delimiter = ',', .schema = "schema.yaml"};
	struct ns_dataset dataset;
	assert_int_equal(ns_file_store("schema.yaml", yaml, strlen(yaml), &err), NS_OK);
	assert_int_equal(read_with(&dataset, "id,x,y\na1,1,0\na2,2,1\n", &options, NULL, NULL), NS_OK);
	assert_true(dataset.features == 1 && dataset.positive == 1);
	assert_string_equal(dataset.readable[1], "spam");
	assert_int_equal(read_with(&dataset, "id,x,y\na1,1,0\na2,2,2\n", &options, NULL, NULL), NS_OK);
	assert_null(dataset.readable); /* not every class has a name */
	assert_int_equal(dataset.positive, -1);
}

static void test_synthetic_rows(void **state)
{
	(void)state;
	struct ns_dataset dataset = read_ok("x,ns:synthetic,y\n1,0,a\n2,0,b\n3,1,a\n", "y", NULL, NULL);
	assert_true(dataset.synthetic && dataset.features == 1 && dataset.x[0][1] == 2);
	assert_false(read_ok("x,ns:synthetic,y\n1,0,a\n2,0,b\n", "y", NULL, NULL).synthetic);
}

static struct ns_dataset read_weighed(const char *csv, const char *weight, const char *group)
{
	struct ns_dataset dataset;
	struct ns_table_options options = options_of("y");
	struct ns_dataset_options how = {.weight = weight, .group = group};
	int status = read_how(&dataset, csv, &options, &how, NULL);
	assert_string_equal(status == NS_OK ? "" : err.text, "");
	return dataset;
}

static void test_weights(void **state)
{
	(void)state;
	struct ns_dataset dataset = read_weighed("x,w,y\n1,0.5,b\n2,0,a\n3,2,c\n4,-0,b\n5,1e3,b\n", "w", NULL);
	assert_true(dataset.rows == 3 && dataset.features == 1);
	assert_string_equal(dataset.names[0], "x");
	assert_memory_equal(dataset.x[0], ((double[]){1, 3, 5}), 3 * sizeof(double));
	assert_memory_equal(dataset.weight, ((double[]){0.5, 2, 1000}), 3 * sizeof(double));
	assert_int_equal(dataset.labels.classes, 2); /* no row has a any more */
	assert_string_equal(dataset.labels.names[1], "c");
	assert_memory_equal(dataset.labels.y, ((uint32_t[]){0, 1, 0}), 3 * sizeof(uint32_t));
	dataset = read_weighed("x,w,y\n1,1,1\n,0,2\n3,1,3\n", "w", NULL); /* what is left out may have anything missing */
	assert_true(dataset.rows == 2 && dataset.labels.classes == 2 && dataset.labels.y[1] == 1);
	assert_null(read_ok("x,y\n1,2\n2,3\n", "y", NULL, NULL).weight);
	struct ns_dataset valid = read_ok("x,y\n1,3\n", "y", NULL, &dataset); /* needs no weights */
	assert_true(valid.rows == 1 && !valid.weight);
}

static void test_groups(void **state)
{
	(void)state;
	struct ns_dataset dataset = read_weighed("x,g,y\n1,0,a\n2,-0,b\n3,7,a\n4,,b\n5,,b\n", NULL, "g");
	assert_true(dataset.features == 1 && dataset.group[0] == dataset.group[1] && dataset.group[3] == dataset.group[4]);
	assert_true(dataset.group[0] != dataset.group[2] && dataset.group[0] != dataset.group[3]);
	struct ns_dataset text = read_weighed("x,g,w,y\n1,u,0,a\n2,v,1,b\n3,w,1,a\n4,v,1,b\n", "w", "g");
	assert_true(text.features == 1 && text.rows == 3 && text.group[0] == text.group[2] && text.group[0] != text.group[1]);
	dataset = read_weighed("x,g,y\n1,w,a\n1,v,b\n", NULL, "g");
	assert_true(dataset.group[0] == text.group[1] && dataset.group[1] == text.group[0]); /* the same in every file */
}

static void assert_weight_refused(int status, const char *message, const char *csv, const struct ns_dataset_options *how)
{
	struct ns_dataset dataset;
	struct ns_table_options options = options_of("y");
	assert_int_equal(read_how(&dataset, csv, &options, how, NULL), status);
	assert_string_equal(err.text, message);
}

static void test_wrong_weights(void **state)
{
	(void)state;
	const struct ns_dataset_options w = {.weight = "w"};
	assert_weight_refused(NS_EDATA, "table.csv:3: column 'w': '-1': a weight is a positive number, or 0 to leave the row out", "x,w,y\n1,1,a\n2,-1,b\n", &w);
	assert_weight_refused(NS_EDATA, "table.csv:2: column 'w': 'inf': a weight is a positive number, or 0 to leave the row out", "x,w,y\n1,inf,a\n2,1,b\n", &w);
	assert_weight_refused(NS_EDATA, "table.csv:2: column 'w': missing: a weight is a positive number, or 0 to leave the row out", "x,w,y\n1,,a\n2,1,b\n", &w);
	assert_weight_refused(NS_EDATA, "table.csv: no column 'w'", "x,y\n1,a\n2,b\n", &w);
	assert_weight_refused(NS_EDATA, "table.csv: target 'y' has one class only: there is nothing to tell apart", "x,w,y\n1,0,a\n2,1,b\n", &w);
	assert_weight_refused(NS_ECALL, "--weight: column 'y' has another part already", "x,y\n1,1\n2,2\n", &(struct ns_dataset_options){.weight = "y"});
	assert_weight_refused(NS_ECALL, "--group: column 'w' has another part already", "x,w,y\n1,1,a\n2,1,b\n",
		&(struct ns_dataset_options){.weight = "w", .group = "w"});
}

static void test_missing_values(void **state)
{
	(void)state;
	struct ns_dataset dataset, valid;
	struct ns_table_options options = options_of("y");
	struct ns_dataset_options how = {.missing = true};
	assert_int_equal(read_how(&dataset, "x,z,y\n,1,1\n1,2,2\n", &options, &how, NULL), NS_OK);
	assert_true(dataset.missing && dataset.rows == 2 && dataset.x[0][0] != dataset.x[0][0] && dataset.x[0][1] == 1);
	assert_int_equal(read_how(&dataset, "x,z,y\n3,1,1\n1,2,2\n", &options, &how, NULL), NS_OK);
	assert_false(dataset.missing);
	assert_int_equal(read_how(&valid, "x,z,y\n3,1,1\n1,,2\n", &options, &how, &dataset), NS_OK);
	assert_true(valid.missing);
}

static void test_a_file_of_its_own(void **state)
{
	(void)state;
	struct ns_dataset train = read_ok("a,y\n1,x\n3,z\n", "y", "z", NULL), valid;
	struct ns_table_options options = options_of("y");
	assert_int_equal(ns_file_store("table.csv", "y,a\nz,4\n", 8, &err), NS_OK);
	assert_int_equal(ns_dataset_read_file(&valid, "table.csv", &options, &(struct ns_flow_options){0}, &(struct ns_dataset_options){0}, &train,
		&arena, &err), NS_OK);
	assert_true(valid.rows == 1 && valid.x[0][0] == 4 && valid.labels.y[0] == 1);
}

static void test_like(void **state)
{
	(void)state;
	struct ns_dataset train = read_ok("a,b,y\n1,2,x\n3,4,z\n5,6,y\n", "y", "z", NULL);
	struct ns_dataset valid = read_ok("y,b,more,a\nz,20,text,10\n", "y", NULL, &train);
	assert_true(valid.rows == 1 && valid.features == 2 && valid.x[0][0] == 10 && valid.x[1][0] == 20);
	assert_true(valid.labels.classes == 3 && valid.labels.y[0] == 2 && valid.positive == 2);
	assert_refused(NS_EDATA, "column 'y': class 'w' does not occur in the training table (where it has too few rows to be in every "
		"part: put rare classes together, or leave them out)", "a,b,y\n1,2,w\n", "y", NULL, &train);
	assert_refused(NS_EDATA, "table.csv: no column 'b' (did you mean 'B'?)", "a,B,y\n1,2,z\n", "y", NULL, &train);
	memcpy(train.chain.digest, "0123", 5);
	train.chain.behind = "impute scale";
	assert_refused(NS_EDATA, "table.csv has passed no stages, the training table impute scale: a model can be judged only on rows prepared alike",
		"a,b,y\n1,2,z\n", "y", NULL, &train);
}

static void test_messages(void **state)
{
	(void)state;
	assert_refused(NS_ECALL, "no target given: -t NAME says which column is the label", "x,y\n1,2\n", NULL, NULL, NULL);
	assert_refused(NS_EDATA, "table.csv: no column 'Y' (did you mean 'y'?)", "x,y\n1,2\n", "Y", NULL, NULL);
	assert_refused(NS_EDATA, "table.csv: column 'x' is text, learners take numbers (ns-encode it, or leave it out: -x 'x')", "x,y\na,1\n", "y", NULL, NULL);
	assert_refused(NS_EDATA, "table.csv: column 'x': 1 of 2 values are missing (ns-impute fills them)", "x,y\n,1\n1,2\n", "y", NULL, NULL);
	assert_refused(NS_EDATA, "table.csv: column 'x': 2 of 3 values are infinite (ns-impute --inf missing)", "x,y\ninf,1\n-inf,2\n1,1\n", "y", NULL, NULL);
	assert_refused(NS_EDATA, "table.csv: target 'y': 1 of 3 labels are missing (leave those rows out)", "x,y\n1,1\n2,2\n3,\n", "y", NULL, NULL);
	assert_refused(NS_EDATA, "table.csv: target 'y' has one class only: there is nothing to tell apart", "x,y\n1,1\n2,1\n", "y", NULL, NULL);
	assert_refused(NS_EDATA, "table.csv: target 'y' has no rows: there is nothing to tell apart", "x,y\n", "y", NULL, NULL);
	assert_refused(NS_EDATA, "table.csv: no column to learn from beside the target 'y'", "y\n1\n2\n", "y", NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_features_and_classes, release),
		cmocka_unit_test_teardown(test_values_that_are_taken_where_asked_for, release),
		cmocka_unit_test_teardown(test_positive_class, release),
		cmocka_unit_test_teardown(test_schema, release),
		cmocka_unit_test_teardown(test_synthetic_rows, release),
		cmocka_unit_test_teardown(test_weights, release),
		cmocka_unit_test_teardown(test_groups, release),
		cmocka_unit_test_teardown(test_wrong_weights, release),
		cmocka_unit_test_teardown(test_missing_values, release),
		cmocka_unit_test_teardown(test_a_file_of_its_own, release),
		cmocka_unit_test_teardown(test_like, release),
		cmocka_unit_test_teardown(test_messages, release),
	};
	return cmocka_run_group_tests(tests, enter, leave);
}
