#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "preparing.h"
#include "stage/scale.h"
#include "table/arrow.h"

static void learn(const char *text)
{
	struct ns_lesson lesson;
	read_lesson_of(&lesson, &p, text);
	assert_int_equal(ns_scale_learn(&p.stage, &lesson, &(struct ns_scale_options){NS_SCALE_OPTIONS_INIT}, &p.arena, &p.err), NS_OK);
}

static int parse(struct ns_stage *stage, const void *bytes, size_t size)
{
	size_t used;
	return ns_stage_parse(stage, &used, bytes, size, "x.ns", &p.arena, &p.err);
}

static void bytes_and_back(void **state)
{
	(void)state;
	struct ns_stage again;
	size_t used;
	learn("a,b\n1,2\n3,7\n");
	char *twice = ns_alloc(&p.arena, 2 * p.stage.size);
	memcpy(twice, p.stage.bytes, p.stage.size);
	memcpy(twice + p.stage.size, p.stage.bytes, p.stage.size);
	assert_int_equal(ns_stage_parse(&again, &used, twice, 2 * p.stage.size, "x.ns", &p.arena, &p.err), NS_OK);
	assert_int_equal(used, p.stage.size);
	assert_int_equal(again.size, p.stage.size);
	assert_string_equal(again.digest, p.stage.digest);
	assert_string_equal(again.after.digest, p.stage.after.digest);
	assert_string_equal(again.after.behind, "scale");
	assert_string_equal(again.before.digest, "");
	assert_int_equal(again.inputs_count, 2);
	assert_string_equal(again.inputs[1].name, "b");
	assert_int_equal(again.inputs[1].type, NS_NUMBER);
	assert_string_equal(ns_metadata_find(&again.table.metadata, "ns:outputs"), "a\tb");
	assert_string_equal(ns_metadata_find(&again.table.metadata, "ns:version"), ns_version);
}

static void the_same_table_gives_the_same_bytes(void **state)
{
	(void)state;
	learn("a,b\n1,2\n3,7\n");
	struct ns_stage first = p.stage;
	learn("a,b\n3,7\n1,2\n");
	assert_int_equal(p.stage.size, first.size);
	assert_memory_equal(p.stage.bytes, first.bytes, first.size);
	p.before = (struct ns_chain){"0123456789abcdef0123456789abcdef", "impute"};
	learn("a,b\n1,2\n3,7\n");
	assert_string_not_equal(p.stage.digest, first.digest); /* a stage is what it was learnt behind, too */
	assert_string_equal(p.stage.after.behind, "impute scale");
}

static void odd_names_survive(void **state)
{
	(void)state;
	struct ns_frame frame;
	learn("\"a\tb\",\"c\nd\",e\\t\n1,2,3\n3,7,5\n");
	assert_int_equal(p.stage.inputs_count, 3);
	assert_string_equal(p.stage.inputs[0].name, "a\tb");
	assert_string_equal(p.stage.inputs[1].name, "c\nd");
	assert_string_equal(p.stage.inputs[2].name, "e\\t");
	assert_int_equal(apply_to_text(&frame, &p, "\"c\nd\",\"a\tb\",e\\t\n2,1,4\n"), NS_OK);
	assert_true(number_at(&frame, "c\nd", 0) == -1 && number_at(&frame, "e\\t", 0) == 0);
}

/* The stage's table as a stream of its own with one metadatum changed (value NULL: gone), and no other digest for it. */
static int parse_with(const char *key, const char *value)
{
	struct ns_stage stage;
	struct ns_buffer bytes = NS_BUFFER_INIT(1 << 20);
	struct ns_table table = p.stage.table;
	ns_metadata_set(&table.metadata, key, value, &p.arena);
	assert_int_equal(ns_arrow_write_table(&bytes, &table, &p.err), NS_OK);
	char *kept = ns_strndup(&p.arena, bytes.data, bytes.size);
	int status = parse(&stage, kept, bytes.size);
	ns_buffer_release(&bytes);
	return status;
}

static void refused(const char *key, const char *value, const char *message)
{
	assert_int_equal(parse_with(key, value), NS_EDATA);
	assert_string_equal(p.err.text, message);
}

static void damaged_metadata(void **state)
{
	(void)state;
	learn("a\n1\n3\n");
	assert_int_equal(parse_with("ns:stage", "scale"), NS_OK);
	refused("ns:stage", NULL, "x.ns: a table, not a stage: it was not written by -w or ns-fit");
	refused("ns:stage", "weigh", "x.ns: unknown kind of stage 'weigh'");
	refused("ns:stage", "encode", "x.ns: stage 'encode' is not what was written: its digest does not fit (learn it again)");
	refused("ns:format", "2", "x.ns: stage 'scale' has format 2, this version reads format 1");
	refused("ns:format", NULL, "x.ns: stage 'scale' has format none, this version reads format 1");
	refused("ns:format", "one", "x.ns: stage 'scale' has format one, this version reads format 1");
	refused("ns:digest", NULL, "x.ns: the stage has no 'ns:digest': it is damaged, learn it again");
	refused("ns:digest", "", "x.ns: stage 'scale' is not what was written: its digest does not fit (learn it again)");
	refused("ns:digest", "ABCDEF0123456789abcdef0123456789", "x.ns: 'ns:digest' of the stage is 'ABCDEF0123456789abcdef0123456789', not a digest");
	refused("ns:after", "0123", "x.ns: 'ns:after' of the stage is '0123', not a digest");
	refused("ns:after", NULL, "x.ns: the stage has no 'ns:after': it is damaged, learn it again");
	refused("ns:behind", NULL, "x.ns: the stage has no 'ns:behind': it is damaged, learn it again");
	refused("ns:version", "9", "x.ns: stage 'scale' is not what was written: its digest does not fit (learn it again)");
	refused("ns:numbers", NULL, "x.ns: stage 'scale' is not what was written: its digest does not fit (learn it again)");
	struct ns_stage_input twice[] = {{"a", NS_NUMBER}, {"a", NS_TEXT}};
	assert_int_equal(reload(&p, twice, 2), NS_EDATA);
	assert_string_equal(p.err.text, "scale: stage 'scale' is damaged, learn it again: it reads column 'a' twice");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(bytes_and_back),
		TEST(the_same_table_gives_the_same_bytes),
		TEST(odd_names_survive),
		TEST(damaged_metadata),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
