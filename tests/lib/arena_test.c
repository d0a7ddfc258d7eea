#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/arena.h"

static void test_alloc(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	for (size_t size = 0; size < 300000; size = size * 3 + 1) {
		unsigned char *bytes = ns_alloc(&arena, size);
		assert_int_equal((uintptr_t)bytes % (size >= 64 ? 64 : 16), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(bytes[i], 0);
		memset(bytes, 255, size);
		if (size > 1000)
			ns_arena_reset(&arena);
	}
	assert_string_equal(ns_format(&arena, "%s-%d", "a", 7), "a-7");
	assert_string_equal(ns_strndup(&arena, "abc", 2), "ab");
	ns_arena_release(&arena);
}

struct log {
	char text[8];
	size_t size;
};
struct note {
	struct log *log;
	char letter;
};

static void write_note(void *what)
{
	struct note *note = what;
	note->log->text[note->log->size++] = note->letter;
}

/* The last first, once, at a reset as at a release; memory of the arena is still there. */
static void test_defer(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct log log = {0};
	for (char letter = 'a'; letter <= 'c'; letter++) {
		struct note *note = NS_NEW(&arena, struct note);
		*note = (struct note){&log, letter};
		ns_arena_defer(&arena, write_note, note);
	}
	ns_arena_reset(&arena);
	assert_string_equal(log.text, "cba");
	struct note last = {&log, 'd'};
	ns_arena_defer(&arena, write_note, &last);
	ns_arena_release(&arena);
	assert_string_equal(log.text, "cbad");
	ns_arena_release(&arena);
	assert_string_equal(log.text, "cbad");
}

static void test_buffer(void **state)
{
	(void)state;
	struct ns_buffer buffer = NS_BUFFER_INIT(1000);
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(ns_buffer_append(&buffer, "0123456789", 10), 0);
	assert_int_equal(ns_buffer_append(&buffer, "x", 1), -1);
	assert_int_equal(ns_buffer_reserve(&buffer, SIZE_MAX), -1);
	assert_int_equal(buffer.size, 1000);
	buffer.size = 0;
	assert_int_equal(ns_buffer_printf(&buffer, "%d", 12), 0);
	assert_memory_equal(buffer.data, "12", 2);
	ns_buffer_release(&buffer);
	assert_null(buffer.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alloc),
		cmocka_unit_test(test_defer),
		cmocka_unit_test(test_buffer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
