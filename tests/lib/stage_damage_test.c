/* A stage that was changed after it was written: no flipped bit and no cut goes by, however it was sealed nothing impossible is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stage/model_stage.h"
#include "stage/stage_table.h"
#include "table/arrow.h"

static const struct ns_chain raw = {.behind = ""};

/* A scale of the columns a and b. */
static void make_scale(struct ns_table *table, const char *second, struct ns_arena *arena)
{
	static const char *const names[] = {"a", "b"}, *const strategies[] = {"standard", "robust"};
	static const double center[] = {1, 2}, scale[] = {1.5, 4}, shift[] = {0, 0.25}, none[] = {NAN, NAN};
	const char *columns[] = {names[0], second};
	struct ns_err err;
	*table = (struct ns_table){.rows = 2, .source = "memory"};
	assert_int_equal(ns_stage_put_texts(table, "column", columns, arena, &err), NS_OK);
	assert_int_equal(ns_stage_put_texts(table, "strategy", strategies, arena, &err), NS_OK);
	ns_stage_put_numbers(table, "center", center, arena);
	ns_stage_put_numbers(table, "scale", scale, arena);
	ns_stage_put_numbers(table, "shift", shift, arena);
	ns_stage_put_numbers(table, "low", none, arena);
	ns_stage_put_numbers(table, "high", none, arena);
}

static int make(struct ns_stage *stage, const char *second, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_stage_input inputs[] = {{"a", NS_NUMBER}, {second, NS_NUMBER}};
	struct ns_stage_parts parts = {.kind = &ns_stage_scale, .inputs = inputs, .inputs_count = 2, .before = &raw};
	make_scale(&parts.table, second, arena);
	return ns_stage_make(stage, &parts, arena, err);
}

static void test_flipped_bits(void **unused)
{
	(void)unused;
	struct ns_arena arena = NS_ARENA_INIT, scratch = NS_ARENA_INIT;
	struct ns_stage stage, damaged;
	struct ns_err err;
	size_t used;
	assert_int_equal(make(&stage, "b", &arena, &err), NS_OK);
	for (size_t bit = 0; bit < 8 * stage.size; bit++) {
		unsigned char *copy = malloc(stage.size);
		assert_non_null(copy);
		memcpy(copy, stage.bytes, stage.size);
		copy[bit / 8] ^= (unsigned char)(1u << bit % 8);
		assert_int_equal(ns_stage_parse(&damaged, &used, copy, stage.size, "flipped", &scratch, &err), NS_EDATA);
		ns_arena_reset(&scratch);
		free(copy);
	}
	ns_arena_release(&scratch);
	ns_arena_release(&arena);
}

static void test_cuts(void **unused)
{
	(void)unused;
	struct ns_arena arena = NS_ARENA_INIT, scratch = NS_ARENA_INIT;
	struct ns_stage stage, cut;
	struct ns_err err;
	size_t used;
	assert_int_equal(make(&stage, "b", &arena, &err), NS_OK);
	for (size_t size = 0; size < stage.size; size++) {
		char *copy = malloc(size + 1);
		assert_non_null(copy);
		memcpy(copy, stage.bytes, size);
		assert_int_equal(ns_stage_parse(&cut, &used, copy, size, "cut", &scratch, &err), NS_EDATA);
		ns_arena_reset(&scratch);
		free(copy);
	}
	ns_arena_release(&scratch);
	ns_arena_release(&arena);
}

static void test_doubled_input(void **unused)
{
	(void)unused;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_stage stage;
	struct ns_err err;
	assert_int_equal(make(&stage, "a", &arena, &err), NS_EDATA);
	assert_string_equal(err.text, "scale: stage 'scale' is damaged, learn it again: it reads column 'a' twice");
	ns_arena_release(&arena);
}

static void test_doubled_class(void **unused)
{
	(void)unused;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_stage stage;
	struct ns_err err;
	double weights[] = {1, 0};
	const char *classes[] = {"yes", "yes"}, *features[] = {"a"};
	struct ns_model_stage model = {
		.model = {.form = NS_MODEL_LINEAR, .classes = 2, .features = 1, .linear = {.outputs = 1, .features = 1, .weights = weights}},
		.learner = "logistic-regression", .target = "y", .classes = classes, .positive = -1, .threshold = 0.5,
	};
	assert_int_equal(ns_model_stage_make(&stage, &model, features, &(struct ns_metadata){0}, &raw, &arena, &err), NS_EDATA);
	assert_string_equal(err.text, "model: stage 'model' is damaged, learn it again: class 'yes' is there twice");
	classes[0] = "no";
	assert_int_equal(ns_model_stage_make(&stage, &model, features, &(struct ns_metadata){0}, &raw, &arena, &err), NS_OK);
	ns_arena_release(&arena);
}

/* What was sealed anew reads as what it is, so that a fuzz target gets behind the digest. */
static void test_sealed_anew(void **unused)
{
	(void)unused;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_stage stage, again;
	struct ns_buffer bytes = NS_BUFFER_INIT(1 << 20);
	struct ns_err err;
	size_t used;
	assert_int_equal(make(&stage, "b", &arena, &err), NS_OK);
	ns_metadata_set(&stage.table.metadata, "ns:version", "another", &arena);
	assert_int_equal(ns_arrow_write_table(&bytes, &stage.table, &err), NS_OK);
	assert_int_equal(ns_stage_parse(&again, &used, bytes.data, bytes.size, "changed", &arena, &err), NS_EDATA);
	assert_string_equal(err.text, "changed: stage 'scale' is not what was written: its digest does not fit (learn it again)");
	bytes.size = 0;
	assert_int_equal(ns_stage_seal(&bytes, &stage.table, &arena, &err), NS_OK);
	assert_int_equal(ns_stage_parse(&again, &used, bytes.data, bytes.size, "sealed", &arena, &err), NS_OK);
	assert_int_equal(used, bytes.size);
	assert_string_not_equal(again.digest, stage.digest);
	ns_buffer_release(&bytes);
	ns_arena_release(&arena);
}

int main(void)
{
	ns_quiet = true; /* of names that damage has changed */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flipped_bits), cmocka_unit_test(test_cuts),	cmocka_unit_test(test_doubled_input),
		cmocka_unit_test(test_doubled_class), cmocka_unit_test(test_sealed_anew),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
