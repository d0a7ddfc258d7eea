#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "preparing.h"
#include "stage/impute.h"
#include "stage/scale.h"

static struct ns_stage impute, scale, scale_again, other; /* raw -> impute -> scale -> scale; other: an impute of other rows */

static void learn_impute(struct ns_stage *stage, const char *text)
{
	struct ns_lesson lesson;
	struct ns_impute_options options = {.text_fill = "missing"};
	struct ns_bundle learnt = {0};
	read_lesson_of(&lesson, &p, text);
	use_strategy(&lesson, NS_IMPUTE_MEAN, NS_IMPUTE_CONSTANT);
	assert_int_equal(ns_impute_learn(&learnt, &lesson, &options, &p.arena, &p.err), NS_OK);
	*stage = learnt.stages[0];
}

static void learn_scale(struct ns_stage *stage, const struct ns_chain *before)
{
	struct ns_lesson lesson;
	p.before = *before;
	read_lesson_of(&lesson, &p, "a\n1\n3\n");
	assert_int_equal(ns_scale_learn(stage, &lesson, &(struct ns_scale_options){NS_SCALE_OPTIONS_INIT}, &p.arena, &p.err), NS_OK);
}

static int learn_all(void **state)
{
	begin(state);
	learn_impute(&impute, "a\n1\n3\n");
	learn_impute(&other, "a\n1\n4\n");
	learn_scale(&scale, &impute.after);
	learn_scale(&scale_again, &scale.after);
	impute.path = scale.path = scale_again.path = other.path = "b.ns";
	return 0;
}

static int check(const struct ns_stage *const *list, size_t count)
{
	struct ns_stage *stages = NS_NEW_ARRAY(&p.arena, struct ns_stage, count);
	struct ns_chain chain = {.behind = ""};
	for (size_t i = 0; i < count; i++)
		stages[i] = *list[i];
	int status = ns_bundle_check(&chain, &(struct ns_bundle){stages, count}, &p.err);
	if (status == NS_OK && count)
		assert_string_equal(chain.digest, list[count - 1]->after.digest);
	return status;
}
#define CHECK(...) check((const struct ns_stage *[]){__VA_ARGS__}, sizeof((const struct ns_stage *[]){__VA_ARGS__}) / sizeof(void *))
#define REFUSED(message, ...)                                   \
	do {                                                    \
		assert_int_equal(CHECK(__VA_ARGS__), NS_EDATA); \
		assert_string_equal(p.err.text, message);       \
	} while (0)

static void chains(void **state)
{
	(void)state;
	assert_int_equal(check(NULL, 0), NS_OK);
	assert_int_equal(CHECK(&impute), NS_OK);
	assert_int_equal(CHECK(&impute, &scale, &scale_again), NS_OK);
	REFUSED("b.ns: stage 1 'scale' was learnt behind impute, but here it follows raw data: a stage is left out, doubled or swapped (--after names what "
		"CSV input has passed)", &scale);
	REFUSED("b.ns: stage 2 'scale' was learnt behind impute scale, but here it follows impute: a stage is left out, doubled or swapped (--after names "
		"what CSV input has passed)", &impute, &scale_again);
	REFUSED("b.ns: stage 3 'scale' was learnt behind impute, but here it follows impute scale: a stage is left out, doubled or swapped (--after names "
		"what CSV input has passed)", &impute, &scale, &scale);
	REFUSED("b.ns: stage 2 'impute' was learnt behind raw data, but here it follows impute: a stage is left out, doubled or swapped (--after names what "
		"CSV input has passed)", &impute, &impute);
	REFUSED("b.ns: stage 1 'scale' was learnt behind impute, but here it follows raw data: a stage is left out, doubled or swapped (--after names what "
		"CSV input has passed)", &scale, &impute);
	REFUSED("b.ns: stage 2 'scale' was learnt behind impute, but here it follows impute of another run: use the stages that were learnt together", &other,
		&scale);
}

static int read_text(struct ns_bundle *bundle, const char *bytes, size_t size)
{
	const char *path = file_of(&p, bytes, size);
	return ns_bundle_read(bundle, &path, 1, &p.arena, &p.err);
}

static void files_of_stages(void **state)
{
	(void)state;
	struct ns_bundle bundle;
	struct ns_stage both[] = {impute, scale};
	char path[] = "/tmp/bundle_test.XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0 && close(fd) == 0);
	assert_int_equal(ns_bundle_write(path, both, 2, &p.err), NS_OK);
	const char *paths[] = {path, file_of(&p, scale_again.bytes, scale_again.size)};
	assert_int_equal(ns_bundle_read(&bundle, paths, 2, &p.arena, &p.err), NS_OK);
	unlink(path);
	assert_int_equal(bundle.count, 3);
	assert_string_equal(bundle.stages[1].path, path);
	assert_string_equal(bundle.stages[2].digest, scale_again.digest);
	assert_ptr_equal(ns_bundle_find(&bundle, &ns_stage_scale), &bundle.stages[2]);
	assert_ptr_equal(ns_bundle_find(&bundle, &ns_stage_impute), &bundle.stages[0]);
	assert_null(ns_bundle_find(&bundle, &ns_stage_model));
	assert_int_equal(ns_bundle_write("/no/such/folder/b.ns", both, 2, &p.err), NS_ECALL);
}

static void files_that_are_none(void **state)
{
	(void)state;
	struct ns_bundle bundle;
	const char *missing = "/no/such.ns";
	assert_int_equal(ns_bundle_read(&bundle, &missing, 1, &p.arena, &p.err), NS_ECALL);
	assert_string_equal(p.err.text, "/no/such.ns: No such file or directory");
	assert_int_equal(read_text(&bundle, "", 0), NS_EDATA);
	assert_non_null(strstr(p.err.text, ": no stage in it: the file is empty"));
	assert_int_equal(read_text(&bundle, "a,b\n1,2\n", 8), NS_EDATA);
	assert_non_null(strstr(p.err.text, ": not a stage or a bundle (an Arrow stream written by -w or ns-fit)"));
	assert_int_equal(read_text(&bundle, "\xff\xff\xff", 3), NS_EDATA);
	char *cut = ns_alloc(&p.arena, impute.size + 100);
	memcpy(cut, impute.bytes, impute.size);
	memcpy(cut + impute.size, scale.bytes, 100);
	assert_int_equal(read_text(&bundle, cut, impute.size + 100), NS_EDATA);
	char *many = ns_alloc(&p.arena, 201 * impute.size);
	for (size_t i = 0; i < 201; i++)
		memcpy(many + i * impute.size, impute.bytes, impute.size);
	assert_int_equal(read_text(&bundle, many, 200 * impute.size), NS_OK);
	assert_int_equal(read_text(&bundle, many, 201 * impute.size), NS_EDATA);
	assert_non_null(strstr(p.err.text, ": more than 200 stages"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, learn_all, end)
	const struct CMUnitTest tests[] = {
		TEST(chains),
		TEST(files_of_stages),
		TEST(files_that_are_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
