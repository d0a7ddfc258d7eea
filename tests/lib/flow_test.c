#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "preparing.h"
#include "stage/encode.h"
#include "stage/impute.h"
#include "stage/scale.h"
#include "table/arrow.h"

static struct ns_stage impute, encode, scale; /* learnt one behind the other on `train` */
static struct ns_flow flow;

static const char train[] = "id,age,city,Result\n7,30,Rome,1\n8,,Paris,-1\n9,50,,1\n10,40,Rome,1\n";

static int open_flow(const char *text, const struct ns_flow_options *stages)
{
	char *paths[] = {file_of(&p, text, strlen(text))};
	return ns_flow_open(&flow, paths, 1, &p.table, stages, true, &p.arena, &p.err);
}

/* The frame of the flow's features, all types as they are. */
static void read_features(struct ns_frame *frame)
{
	bool *marks = NS_NEW_ARRAY(&p.arena, bool, flow.header.width);
	assert_int_equal(ns_flow_features(marks, &flow, &p.table, &p.err), NS_OK);
	for (size_t i = 0; i < flow.header.width; i++)
		if (marks[i])
			assert_int_equal(ns_flow_want(&flow, i, NS_UNDECIDED, &p.err), NS_OK);
	assert_int_equal(ns_flow_frame(frame, &flow, marks, &p.err), NS_OK);
}

/* Impute, encode and scale behind each other in one flow that grows. */
static void learn_chain(void)
{
	struct ns_frame frame;
	struct ns_lesson lesson;
	struct ns_encode_options one_hot = {.unknown = NS_ENCODE_UNKNOWN_IGNORE, .max_categories = 9};
	struct ns_impute_options fill = {.text_fill = "missing"};
	struct ns_bundle learnt = {0};
	p.table.target = "Result";
	p.table.exclude = (struct ns_texts){(const char *[]){"id"}, 1};
	assert_int_equal(open_flow(train, &(struct ns_flow_options){0}), NS_OK);
	read_features(&frame);
	ns_lesson_init(&lesson, &frame, NULL, "train", &flow.chain, &p.arena);
	use_strategy(&lesson, NS_IMPUTE_MEAN, NS_IMPUTE_MOST_FREQUENT);
	assert_int_equal(ns_impute_learn(&learnt, &lesson, &fill, &p.arena, &p.err), NS_OK);
	impute = learnt.stages[0];
	assert_int_equal(ns_flow_extend(&flow, &impute, &p.err), NS_OK);
	assert_int_equal(ns_flow_rewind(&flow, &p.err), NS_OK);
	p.table.columns = (struct ns_texts){(const char *[]){"city"}, 1};
	read_features(&frame);
	ns_lesson_init(&lesson, &frame, NULL, "train", &flow.chain, &p.arena);
	assert_int_equal(ns_encode_learn(&encode, &lesson, &one_hot, &p.arena, &p.err), NS_OK);
	assert_int_equal(ns_flow_extend(&flow, &encode, &p.err), NS_OK);
	assert_int_equal(ns_flow_rewind(&flow, &p.err), NS_OK);
	p.table.columns = (struct ns_texts){(const char *[]){"age", "city_*"}, 2};
	read_features(&frame);
	ns_lesson_init(&lesson, &frame, NULL, "train", &flow.chain, &p.arena);
	use_strategy(&lesson, NS_SCALE_MIN_MAX, 0);
	assert_int_equal(ns_scale_learn(&scale, &lesson, &(struct ns_scale_options){NS_SCALE_OPTIONS_INIT}, &p.arena, &p.err), NS_OK);
	assert_int_equal(ns_flow_extend(&flow, &scale, &p.err), NS_OK);
	assert_int_equal(ns_flow_rewind(&flow, &p.err), NS_OK);
	p.table.columns = p.table.exclude = (struct ns_texts){0};
	impute.path = encode.path = scale.path = "b.ns";
}

static struct ns_bundle *bundle_of(const struct ns_stage *a, const struct ns_stage *b, const struct ns_stage *c)
{
	struct ns_bundle *bundle = NS_NEW(&p.arena, struct ns_bundle);
	const struct ns_stage *stages[] = {a, b, c};
	bundle->stages = NS_NEW_ARRAY(&p.arena, struct ns_stage, 3);
	for (size_t i = 0; i < 3; i++)
		if (stages[i])
			bundle->stages[bundle->count++] = *stages[i];
	return bundle;
}

static void assert_header(const char *names)
{
	const char **list = NS_NEW_ARRAY(&p.arena, const char *, flow.header.width);
	for (size_t i = 0; i < flow.header.width; i++)
		list[i] = flow.header.columns[i].name;
	assert_string_equal(ns_list_join(list, flow.header.width, &p.arena), names);
}

static void grown_and_opened_are_the_same(void **state)
{
	(void)state;
	struct ns_frame grown, opened;
	learn_chain();
	assert_header("id\tage\tcity_Paris\tcity_Rome\tResult");
	assert_string_equal(ns_metadata_find(&flow.header.metadata, "ns:behind"), "impute encode scale");
	assert_string_equal(ns_metadata_find(&flow.header.metadata, "ns:chain"), scale.after.digest);
	assert_string_equal(ns_metadata_find(&flow.header.metadata, "ns:target"), "Result");
	read_features(&grown);
	assert_int_equal(ns_flow_finish(&flow, &p.err), NS_OK);
	assert_int_equal(open_flow(train, &(struct ns_flow_options){.bundle = bundle_of(&impute, &encode, &scale)}), NS_OK);
	assert_header("id\tage\tcity_Paris\tcity_Rome\tResult");
	assert_true(flow.origin[0] == 0 && flow.origin[1] == -1 && flow.origin[2] == -1 && flow.origin[4] == 3);
	read_features(&opened);
	assert_int_equal(opened.rows, 4);
	for (size_t i = 0; i < grown.width; i++)
		assert_memory_equal(grown.series[i].numbers, opened.series[i].numbers, 4 * sizeof(double));
	assert_true(number_at(&opened, "age", 1) == 0.5 && number_at(&opened, "city_Rome", 2) == 1);
	assert_int_equal(ns_flow_finish(&flow, &p.err), NS_OK);
}

static void no_rows(void **state)
{
	(void)state;
	struct ns_table *batch;
	learn_chain();
	assert_int_equal(open_flow("Result,city,age\n", &(struct ns_flow_options){.bundle = bundle_of(&impute, &encode, &scale)}), NS_OK);
	assert_header("Result\tcity_Paris\tcity_Rome\tage");
	assert_int_equal(ns_flow_next(&batch, &flow, &p.err), NS_OK);
	assert_int_equal(batch->rows, 0);
	assert_int_equal(batch->width, 4);
	assert_string_equal(ns_metadata_find(&batch->metadata, "ns:chain"), scale.after.digest);
	assert_int_equal(ns_flow_finish(&flow, &p.err), NS_OK);
}

/* The train table as Arrow with these metadata, and whether it is taken with these stages before and behind it. */
static int open_arrow(const char *chain, const char *behind, const struct ns_stage *after, const struct ns_bundle *bundle)
{
	struct ns_table table = {.rows = 1};
	struct ns_buffer bytes = NS_BUFFER_INIT(1 << 20);
	struct ns_span city = {"Rome", 4};
	const char *after_path;
	ns_table_add_numbers(&table, "age", &p.arena)[0] = 30;
	assert_int_equal(ns_column_set_text(ns_table_add(&table, "city", &p.arena), &city, 1, &p.arena, &p.err), NS_OK);
	ns_metadata_set(&table.metadata, "ns:chain", chain, &p.arena);
	ns_metadata_set(&table.metadata, "ns:behind", behind, &p.arena);
	assert_int_equal(ns_arrow_write_table(&bytes, &table, &p.err), NS_OK);
	char *paths[] = {file_of(&p, bytes.data, bytes.size)};
	ns_buffer_release(&bytes);
	struct ns_flow_options options = {.bundle = bundle};
	if (after) {
		after_path = file_of(&p, after->bytes, after->size);
		options.after = (struct ns_texts){&after_path, 1};
	}
	p.table.target = NULL;
	return ns_flow_open(&flow, paths, 1, &p.table, &options, false, &p.arena, &p.err);
}

static void chains_of_the_input(void **state)
{
	(void)state;
	learn_chain();
	struct ns_bundle *rest = bundle_of(&encode, NULL, NULL);
	assert_int_equal(open_arrow(impute.after.digest, "impute", NULL, rest), NS_OK);
	assert_int_equal(open_arrow(impute.after.digest, "impute", &impute, rest), NS_OK);
	assert_int_equal(open_arrow(NULL, NULL, &impute, rest), NS_OK); /* written by somebody else */
	assert_int_equal(open_arrow(NULL, NULL, NULL, rest), NS_EDATA);
	assert_int_equal(open_arrow(impute.digest, "impute", NULL, rest), NS_EDATA);
	assert_string_equal(p.err.text, "b.ns: stage 1 'encode' was learnt behind impute, but here it follows impute of another run: use the stages that were "
		"learnt together");
	assert_int_equal(open_arrow(impute.digest, "scale", &impute, rest), NS_ECALL);
	assert_string_equal(p.err.text, "--after names 'impute', but the input itself says it has passed 'scale'");
	assert_int_equal(open_arrow(impute.digest, NULL, &impute, rest), NS_ECALL);
	assert_string_equal(p.err.text, "--after names 'impute', but the input itself says it has passed 'other stages'");
	assert_int_equal(open_arrow("0123456789012345678901234567890123456789", "impute", NULL, rest), NS_EDATA);
	assert_string_equal(p.err.text, "the input's ns:chain is '0123456789012345678901234567890123456789', not a digest");
	assert_int_equal(open_arrow(NULL, NULL, &encode, rest), NS_EDATA); /* --after is checked like -m */
	assert_non_null(strstr(p.err.text, "stage 1 'encode' was learnt behind impute, but here it follows raw data"));
}

static void missing_columns_are_named_at_once(void **state)
{
	(void)state;
	struct ns_buffer header = NS_BUFFER_INIT(1000), row = NS_BUFFER_INIT(1000);
	struct ns_lesson lesson;
	learn_chain();
	p.table.target = NULL;
	assert_int_equal(open_flow("id,Result\n1,1\n", &(struct ns_flow_options){.bundle = bundle_of(&impute, NULL, NULL)}), NS_EDATA);
	assert_non_null(strstr(p.err.text, ": no column 'age', 'city', which stage 'impute' of b.ns needs"));
	for (int i = 0; i < 12; i++) {
		assert_int_equal(ns_buffer_printf(&header, "%sc%d", i ? "," : "", i), 0);
		assert_int_equal(ns_buffer_printf(&row, "%s%d", i ? "," : "\n", i), 0);
	}
	read_lesson_of(&lesson, &p, ns_format(&p.arena, "%.*s%.*s\n", (int)header.size, header.data, (int)row.size, row.data));
	assert_int_equal(ns_scale_learn(&p.stage, &lesson, &(struct ns_scale_options){NS_SCALE_OPTIONS_INIT}, &p.arena, &p.err), NS_OK);
	p.stage.path = "wide.ns";
	assert_int_equal(open_flow("c3\n1\n", &(struct ns_flow_options){.bundle = bundle_of(&p.stage, NULL, NULL)}), NS_EDATA);
	assert_non_null(strstr(p.err.text, ": no column 'c0', 'c1', 'c2', 'c4', 'c5', 'c6', 'c7', 'c8' and more, which stage 'scale' of wide.ns needs"));
	ns_buffer_release(&header);
	ns_buffer_release(&row);
}

static void types_that_contradict(void **state)
{
	(void)state;
	struct ns_frame frame;
	struct ns_lesson lesson;
	struct ns_encode_options one_hot = {.unknown = NS_ENCODE_UNKNOWN_IGNORE, .max_categories = 9};
	learn_chain();
	read_lesson_of(&lesson, &p, "city\n1\n2\n"); /* numbers, behind a stage that leaves text there */
	p.before = impute.after;
	assert_int_equal(ns_scale_learn(&p.stage, &lesson, &(struct ns_scale_options){NS_SCALE_OPTIONS_INIT}, &p.arena, &p.err), NS_OK);
	p.stage.path = "s.ns";
	assert_int_equal(open_flow(train, &(struct ns_flow_options){.bundle = bundle_of(&impute, &p.stage, NULL)}), NS_EDATA);
	assert_string_equal(p.err.text, "s.ns: stage 'scale' was learnt on numbers in column 'city', here it gets text");
	read_lesson_of(&lesson, &p, "age\nold\n");
	assert_int_equal(ns_encode_learn(&p.stage, &lesson, &one_hot, &p.arena, &p.err), NS_OK);
	p.stage.path = "s.ns";
	assert_int_equal(open_flow(train, &(struct ns_flow_options){.bundle = bundle_of(&impute, &p.stage, NULL)}), NS_EDATA);
	assert_string_equal(p.err.text, "s.ns: stage 'encode' was learnt on text in column 'age', here it gets numbers");
	/* Raw columns are read as what the stage was learnt on. */
	p.before = (struct ns_chain){.behind = ""};
	assert_int_equal(open_flow(train, &(struct ns_flow_options){.bundle = bundle_of(&impute, NULL, NULL)}), NS_OK);
	assert_int_equal(ns_flow_want(&flow, 1, NS_TEXT, &p.err), NS_EDATA);
	assert_string_equal(p.err.text, "column 'age' holds numbers behind stage 'impute', text is asked for");
	assert_int_equal(ns_flow_want(&flow, 2, NS_NUMBER, &p.err), NS_EDATA);
	assert_string_equal(p.err.text, "column 'city' holds text behind stage 'impute', numbers are asked for");
	assert_int_equal(ns_flow_want(&flow, 0, NS_TEXT, &p.err), NS_OK);
	assert_int_equal(ns_flow_finish(&flow, &p.err), NS_OK);
	char *path = file_of(&p, "age,city\nold,Rome\n", 18);
	assert_int_equal(read_frame(&frame, &p, path, bundle_of(&impute, NULL, NULL), false), NS_EDATA);
	assert_non_null(strstr(p.err.text, ":2: column 'age': 'old' is not a number"));
}

static void types_without_asking(void **state)
{
	(void)state;
	enum ns_type type;
	struct ns_table *batch;
	learn_chain();
	assert_int_equal(open_flow("age,n,t\n1,2,x\n3,y,4\n", &(struct ns_flow_options){0}), NS_OK);
	assert_int_equal(ns_flow_type(&type, &flow, 1, &p.err), NS_OK);
	assert_int_equal(type, NS_TEXT);
	assert_int_equal(ns_flow_type(&type, &flow, 0, &p.err), NS_OK);
	assert_int_equal(type, NS_NUMBER);
	assert_int_equal(ns_flow_next(&batch, &flow, &p.err), NS_OK);
	assert_null(batch->columns[0].numbers);
	assert_int_equal(ns_flow_finish(&flow, &p.err), NS_OK);
}

static void labels_of_the_schema(void **state)
{
	(void)state;
	const char *schema = "target: Result\npositive: -1\nlabels: {-1: phishing, 1: legitimate}\ncolumns:\n  age: number\n  Result: integer\n";
	p.table.schema = file_of(&p, schema, strlen(schema));
	assert_int_equal(open_flow("age,Result\n1,1\n", &(struct ns_flow_options){0}), NS_OK);
	assert_string_equal(ns_metadata_find(&flow.header.metadata, "ns:target"), "Result");
	assert_string_equal(ns_metadata_find(&flow.header.metadata, "ns:positive"), "-1");
	assert_string_equal(ns_metadata_find(&flow.header.metadata, "ns:classes"), "-1\t1");
	assert_string_equal(ns_metadata_find(&flow.header.metadata, "ns:labels"), "phishing\tlegitimate");
	p.table.target = "age";
	assert_int_equal(open_flow("age,Result\n1,1\n", &(struct ns_flow_options){0}), NS_OK);
	assert_null(ns_metadata_find(&flow.header.metadata, "ns:labels")); /* of another column */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(grown_and_opened_are_the_same),
		TEST(no_rows),
		TEST(chains_of_the_input),
		TEST(missing_columns_are_named_at_once),
		TEST(types_that_contradict),
		TEST(types_without_asking),
		TEST(labels_of_the_schema),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
