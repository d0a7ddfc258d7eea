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
#include "learn/balance_table.h"

static const char csv[] =
	"id,proto,port,rate,y\n1,tcp,80,0.5,bad\n2,udp,80,1.5,bad\n3,tcp,443,2,bad\n4,tcp,80,8,good\n5,tcp,80,8.5,good\n6,udp,80,9,good\n7,tcp,443,7,good\n";

static struct ns_arena arena;
static struct ns_err err;
static char folder[] = "/tmp/balance_table_test.XXXXXX";

static int enter(void **state)
{
	(void)state;
	ns_quiet = true;
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave(void **state)
{
	(void)state;
	unlink("table.csv");
	return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

static int release(void **state)
{
	(void)state;
	ns_arena_release(&arena);
	return 0;
}

/* One column's name, or none. */
static struct ns_texts list_of(const char *name)
{
	struct ns_texts list = {NS_NEW_ARRAY(&arena, const char *, 1), name != NULL};
	list.items[0] = name;
	return list;
}

static struct ns_flow *open_flow(const char *text, const char *exclude, struct ns_table_options **options)
{
	struct ns_flow *flow = NS_NEW(&arena, struct ns_flow);
	char *path = ns_strdup(&arena, "table.csv");
	*options = NS_NEW(&arena, struct ns_table_options);
	**options = (struct ns_table_options){.delimiter = ',', .target = "y", .exclude = list_of(exclude)};
	assert_int_equal(ns_file_store(path, text, strlen(text), &err), NS_OK);
	assert_int_equal(ns_flow_open(flow, &path, 1, *options, &(struct ns_flow_options){0}, false, &arena, &err), NS_OK);
	return flow;
}

/* Everything up to the training table. */
static int learn(struct ns_balance_table **table, struct ns_training *training, struct ns_balance *balance, const struct ns_balance_options *how,
	const char *text, const char *exclude)
{
	struct ns_table_options *options;
	struct ns_flow *flow = open_flow(text, exclude, &options);
	struct ns_table *batch;
	NS_TRY(ns_balance_table_open(table, flow, options, how, balance, &err));
	do {
		NS_TRY(ns_flow_next(&batch, flow, &err));
		NS_TRY(ns_balance_table_take(*table, batch, &err));
		ns_balance_table_dress(*table, batch, ns_reader_batch_arena(flow->reader));
	} while (batch->rows);
	return ns_balance_table_learn(training, *table, &err);
}

static struct ns_balance balance_of(enum ns_balance_name name, const char *params)
{
	struct ns_balance balance;
	struct ns_texts given = list_of(params);
	assert_int_equal(ns_balance_read(&balance, name, &(struct ns_texts){0}, &given, &arena, &err), NS_OK);
	return balance;
}

static void assert_text(const struct ns_column *column, size_t row, const char *expected)
{
	struct ns_span span = ns_column_text(column, row);
	assert_int_equal(span.size, strlen(expected));
	assert_memory_equal(span.data, expected, span.size);
}

static void test_rows_of_numbers_and_categories(void **state)
{
	(void)state;
	struct ns_balance_options how = {.categorical = list_of("port"), .mark = true};
	struct ns_balance balance = balance_of(NS_SMOTE, "k_neighbors=2");
	struct ns_balance_table *table;
	struct ns_training training;
	struct ns_balanced balanced;
	struct ns_table batch;
	assert_int_equal(learn(&table, &training, &balance, &how, csv, "id"), NS_OK);
	assert_int_equal(balance.name, NS_SMOTE_NC);
	assert_memory_equal(balance.categorical, ((bool[]){true, true, false}), 3);
	assert_true(training.rows == 7 && training.features == 3 && training.classes == 2);
	training.seed = 3;
	assert_int_equal(ns_balance_make(&balanced, &balance, &training, &table->dataset.labels, &arena, &err), NS_OK);
	assert_true(!balanced.copies && balanced.additions_count == 1 && balanced.additions->drawn.count == 1);
	assert_int_equal(ns_balance_table_rows(&batch, table, &balanced.additions->drawn, 0, 1, &arena, &err), NS_OK);
	assert_true(batch.rows == 1 && batch.width == 6);
	assert_string_equal(batch.columns[5].name, "ns:synthetic");
	assert_true(batch.columns[5].numbers[0] == 1);
	assert_true(isnan(batch.columns[0].numbers[0]));         /* id: nobody asked for it */
	assert_text(&batch.columns[1], 0, "tcp");               /* of a tcp and an udp the lower */
	assert_true(batch.columns[2].numbers[0] == 80);
	assert_true(batch.columns[3].numbers[0] >= 0.5 && batch.columns[3].numbers[0] <= 2);
	assert_text(&batch.columns[4], 0, "bad");
}

static void test_levels(void **state)
{
	(void)state;
	struct ns_balance balance = balance_of(NS_SMOTE, NULL);
	struct ns_balance_table *table;
	struct ns_training training;
	assert_int_equal(learn(&table, &training, &balance, &(struct ns_balance_options){.round_whole = true}, csv, "proto"), NS_OK);
	assert_true(balance.name == NS_SMOTE && training.features == 3);
	assert_int_equal(balance.rounding[0]->count, 7);
	assert_int_equal(balance.rounding[1]->count, 2);
	assert_null(balance.rounding[2]);
	balance = balance_of(NS_SMOTE_NC, NULL);
	assert_int_equal(learn(&table, &training, &balance, &(struct ns_balance_options){.round = list_of("*")}, csv, "id"), NS_OK);
	assert_true(!balance.rounding[0] && balance.rounding[1]->count == 2 && balance.rounding[2]->count == 7);
}

static void test_methods_that_copy_take_everything(void **state)
{
	(void)state;
	struct ns_balance balance = balance_of(NS_RANDOM_UNDER, NULL);
	struct ns_balance_table *table;
	struct ns_training training;
	assert_int_equal(learn(&table, &training, &balance, &(struct ns_balance_options){0}, "a,b,y\nx,,1\n,inf,0\nz,2,1\n", NULL), NS_OK);
	assert_true(training.missing && isnan(training.x[0][1]) && isnan(training.x[1][0]) && isinf(training.x[1][1]));
	assert_int_equal(table->last.width, 0); /* nothing will be added: no batch was dressed */
}

static void assert_refused(int status, enum ns_balance_name name, const struct ns_balance_options *how, const char *text, const char *message)
{
	struct ns_balance balance = balance_of(name, NULL);
	struct ns_balance_table *table;
	struct ns_training training;
	assert_int_equal(learn(&table, &training, &balance, how, text, NULL), status);
	assert_string_equal(err.text, message);
}

static void test_messages(void **state)
{
	(void)state;
	assert_refused(NS_ECALL, NS_BORDERLINE_1, &(struct ns_balance_options){.categorical = list_of("id")}, csv, "--categorical is for smote-nc, not for borderline-1");
	assert_refused(NS_ECALL, NS_RANDOM_OVER, &(struct ns_balance_options){.round = list_of("id")}, csv, "--round: random-over makes no new values");
	assert_refused(NS_ECALL, NS_SMOTE, &(struct ns_balance_options){.categorical = list_of("y")}, "a,b,y\n1,1,1\n2,2,2\n",
		"--categorical: none of its columns is a feature (-c and -x say which are; the target is none)");
	assert_refused(NS_ECALL, NS_SMOTE, &(struct ns_balance_options){.categorical = list_of("b"), .round = list_of("b")}, "a,b,y\n1,1,1\n2,2,2\n",
		"--round: none of its columns has values that are drawn (text, categories and the target are copied)");
	assert_refused(NS_ECALL, NS_TOMEK, &(struct ns_balance_options){.mark_given = true}, csv, "--mark: tomek adds no rows");
	assert_refused(NS_EDATA, NS_SMOTE, &(struct ns_balance_options){0}, "a,ns:synthetic,y\n1,0,1\n2,0,2\n",
		"table.csv: has a column 'ns:synthetic': it has been through ns-smote (begin with the table as it was before)");
	assert_refused(NS_EDATA, NS_SMOTE, &(struct ns_balance_options){0}, "a,b,y\nu,1,1\nv,2,2\nw,3,1\nw,4,2\n",
		"table.csv: column 'a': 3 different values in 4 rows are no categories (leave it out: -x 'a'; else --categorical 'a')");
	assert_refused(NS_EDATA, NS_TOMEK, &(struct ns_balance_options){0}, "a,b,y\nu,1,1\nv,2,2\n",
		"table.csv: column 'a' is text, learners take numbers (ns-encode it, or leave it out: -x 'a')");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_rows_of_numbers_and_categories, release),
		cmocka_unit_test_teardown(test_levels, release),
		cmocka_unit_test_teardown(test_methods_that_copy_take_everything, release),
		cmocka_unit_test_teardown(test_messages, release),
	};
	return cmocka_run_group_tests(tests, enter, leave);
}
