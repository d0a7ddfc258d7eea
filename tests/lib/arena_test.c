#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/err.h"
#include "child.h"

static bool all_zero(const unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i])
			return false;
	return true;
}

/* Fills objects of many sizes, each with its own byte, and sees that none has touched another. */
static void fill(struct ns_arena *arena)
{
	enum { OBJECTS = 3000 };
	unsigned char *objects[OBJECTS];
	for (size_t i = 0; i < OBJECTS; i++) {
		size_t size = i * i % 5003;
		objects[i] = ns_alloc(arena, size);
		assert_int_equal((uintptr_t)objects[i] % (size >= 64 ? 64 : 16), 0);
		assert_true(all_zero(objects[i], size));
		memset(objects[i], (int)(i % 255 + 1), size);
	}
	for (size_t i = 0; i < OBJECTS; i++)
		for (size_t k = 0; k < i * i % 5003; k++)
			if (objects[i][k] != i % 255 + 1)
				fail_msg("object %zu is overwritten at %zu", i, k);
}

static void objects_are_apart_aligned_and_zero(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	fill(&arena);
	ns_arena_reset(&arena);
	fill(&arena); /* zero again, though the memory was used */
	ns_arena_reset(&arena);
	memset(ns_alloc(&arena, 100), 1, 100);
	ns_arena_reset(&arena);
	assert_true(all_zero(ns_alloc(&arena, 60000), 60000)); /* begins where memory was used and ends where it was not */
	assert_true(all_zero(ns_alloc(&arena, 5000000), 5000000));
	ns_arena_release(&arena);
	fill(&arena);
	ns_arena_release(&arena);
	ns_arena_release(&arena);
}

static void reset_keeps_the_memory(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	ns_arena_reset(&arena);
	void *first = ns_alloc(&arena, 100), *large = ns_alloc(&arena, 50 << 20);
	memset(large, 1, 50 << 20);
	ns_arena_reset(&arena);
	assert_ptr_equal(ns_alloc(&arena, 100), first);
	assert_ptr_equal(ns_alloc(&arena, 50 << 20), large);
	ns_arena_release(&arena);
}

static void texts(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	assert_string_equal(ns_strdup(&arena, "abc"), "abc");
	assert_string_equal(ns_strdup(&arena, ""), "");
	assert_string_equal(ns_strndup(&arena, "abcdef", 4), "abcd");
	assert_string_equal(ns_strndup(&arena, NULL, 0), "");
	assert_string_equal(ns_format(&arena, "%s.%d", "name", 1), "name.1");
	char *wide = ns_format(&arena, "%100000d", 7);
	assert_int_equal(strlen(wide), 100000);
	double *numbers = NS_NEW_ARRAY(&arena, double, 1000);
	assert_true(numbers[0] == 0 && numbers[999] == 0);
	ns_arena_release(&arena);
}

static void buffers_grow_up_to_their_maximum(void **state)
{
	(void)state;
	struct ns_buffer buffer = NS_BUFFER_INIT(1000);
	assert_int_equal(ns_buffer_append(&buffer, NULL, 0), 0);
	assert_int_equal(buffer.size, 0);
	for (int i = 0; i < 100; i++)
		assert_int_equal(ns_buffer_append(&buffer, "0123456789", 10), 0);
	assert_int_equal(buffer.size, 1000);
	for (int i = 0; i < 100; i++)
		assert_memory_equal(buffer.data + 10 * i, "0123456789", 10);
	assert_int_equal(ns_buffer_append(&buffer, "x", 1), -1);
	assert_int_equal(ns_buffer_append(&buffer, "x", SIZE_MAX), -1);
	assert_int_equal(ns_buffer_reserve(&buffer, SIZE_MAX - 999), -1);
	assert_int_equal(buffer.size, 1000);
	assert_int_equal(ns_buffer_append(&buffer, "", 0), 0);
	ns_buffer_release(&buffer);
	assert_null(buffer.data);
	assert_int_equal(buffer.max, 1000);
	assert_int_equal(ns_buffer_append(&buffer, "again", 5), 0);
	ns_buffer_release(&buffer);
}

static void buffers_print(void **state)
{
	(void)state;
	struct ns_buffer buffer = NS_BUFFER_INIT(16);
	assert_int_equal(ns_buffer_printf(&buffer, "%s=%d,", "depth", 12), 0);
	assert_int_equal(ns_buffer_printf(&buffer, "%s", "1234567"), -1); /* with its NUL it is one too many */
	assert_int_equal(buffer.size, 9);
	assert_string_equal(buffer.data, "depth=12,");
	assert_int_equal(ns_buffer_printf(&buffer, "%s", "123456"), 0);
	assert_string_equal(buffer.data, "depth=12,123456");
	assert_int_equal(buffer.size, 15);
	ns_buffer_release(&buffer);
}

enum { PRODUCT, SUM, ARRAY, TOO_MUCH };

static int want_too_much(void *context)
{
	struct ns_arena arena = NS_ARENA_INIT;
	int kind = *(int *)context;
	if (kind == PRODUCT)
		ns_alloc_array(&arena, SIZE_MAX / 8 + 2, 8);
	if (kind == SUM)
		ns_alloc(&arena, SIZE_MAX - 10);
	if (kind == ARRAY)
		ns_malloc_array(SIZE_MAX / 2, 3);
	if (kind == TOO_MUCH)
		ns_alloc(&arena, SIZE_MAX / 2);
	return 0;
}

static void too_much_ends_the_process(void **state)
{
	(void)state;
	for (int kind = PRODUCT; kind <= TOO_MUCH; kind++) {
#ifdef __SANITIZE_ADDRESS__
		if (kind == TOO_MUCH)
			break; /* the sanitizer's malloc ends the process itself */
#endif
		struct child child;
		run_child(&child, want_too_much, &kind);
		assert_string_equal(child.err, "netsec: out of memory\n");
		assert_int_equal(child.status, NS_ECALL);
	}
}

static void malloced_arrays(void **state)
{
	(void)state;
	int *numbers = ns_malloc_array(10, sizeof *numbers);
	for (int i = 0; i < 10; i++)
		numbers[i] = i;
	numbers = ns_realloc_array(numbers, 100000, sizeof *numbers);
	for (int i = 0; i < 10; i++)
		assert_int_equal(numbers[i], i);
	void *none = ns_realloc_array(numbers, 0, 8);
	assert_non_null(none);
	free(none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_are_apart_aligned_and_zero),
		cmocka_unit_test(reset_keeps_the_memory),
		cmocka_unit_test(texts),
		cmocka_unit_test(buffers_grow_up_to_their_maximum),
		cmocka_unit_test(buffers_print),
		cmocka_unit_test(too_much_ends_the_process),
		cmocka_unit_test(malloced_arrays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
