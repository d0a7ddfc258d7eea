#include "base/arena.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/err.h"

/*
 * Blocks form a list; `current` is the one being filled, the ones behind it are empty and wait for reuse after a reset.
 * A request that does not fit goes to the next block that is large enough, or to a new one.
 */
struct ns_arena_block {
	struct ns_arena_block *next;
	void *memory; /* as it was allocated */
	size_t used, capacity, step; /* step: what the capacity is unless one request was larger; the next block's is twice that */
	size_t touched; /* most that was ever used: behind it all is still zero */
	_Alignas(64) unsigned char bytes[];
};

struct ns_arena_deferred {
	struct ns_arena_deferred *next;
	void (*release)(void *what);
	void *what;
};

enum { BLOCK = 64 * 1024, WIDE = 64, NARROW = 16, HUGE_PAGE = 2 * 1024 * 1024, STEP_MAX = 16 * 1024 * 1024 };

/* A page fault for every 4 KiB takes longer than to fill them. Only asks: where it is refused nothing changes. */
static void ask_for_huge_pages(void *memory, size_t size)
{
	uintptr_t from = ((uintptr_t)memory + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE, end = ((uintptr_t)memory + size) / HUGE_PAGE * HUGE_PAGE;
	if (end > from)
		madvise((char *)memory + (from - (uintptr_t)memory), end - from, MADV_HUGEPAGE);
}

static struct ns_arena_block *new_block(size_t capacity)
{
	if (capacity > SIZE_MAX - sizeof(struct ns_arena_block) - HUGE_PAGE)
		ns_die_of_memory();
	size_t align = capacity >= HUGE_PAGE ? HUGE_PAGE : WIDE; /* what is not touched costs nothing */
	size_t size = sizeof(struct ns_arena_block) + capacity + align;
	char *memory = calloc(1, size); /* of large ones the kernel's zeroes, not touched */
	if (!memory)
		ns_die_of_memory();
	ask_for_huge_pages(memory, size);
	struct ns_arena_block *block = (struct ns_arena_block *)(void *)(memory + (align - (uintptr_t)memory % align) % align);
	block->memory = memory;
	block->capacity = capacity;
	return block;
}

/* Where an object of this size would begin in the block; block->capacity where it does not fit. */
static size_t place(const struct ns_arena_block *block, size_t size)
{
	size_t align = size >= WIDE ? WIDE : NARROW;
	size_t at = (block->used + align - 1) / align * align;
	return at <= block->capacity && size <= block->capacity - at ? at : SIZE_MAX;
}

void *ns_alloc(struct ns_arena *arena, size_t size)
{
	struct ns_arena_block *block = arena->current;
	size_t at = block ? place(block, size) : SIZE_MAX;
	while (at == SIZE_MAX) {
		struct ns_arena_block **link = block ? &block->next : &arena->first;
		if (!*link || place(*link, size) == SIZE_MAX) {
			size_t twice = block ? block->step * 2 : BLOCK, step = twice > STEP_MAX ? STEP_MAX : twice;
			struct ns_arena_block *fresh = new_block(size > step ? size : step);
			fresh->step = step;
			fresh->next = *link;
			*link = fresh;
		}
		block = arena->current = *link;
		at = place(block, size);
	}
	block->used = at + size;
	if (at < block->touched)
		memset(block->bytes + at, 0, block->touched - at < size ? block->touched - at : size);
	block->touched = block->used > block->touched ? block->used : block->touched;
	return block->bytes + at;
}

void *ns_alloc_array(struct ns_arena *arena, size_t count, size_t size)
{
	size_t bytes;
	if (__builtin_mul_overflow(count, size, &bytes))
		ns_die_of_memory();
	return ns_alloc(arena, bytes);
}

char *ns_strndup(struct ns_arena *arena, const char *text, size_t size)
{
	char *copy = ns_alloc(arena, size + 1);
	if (size)
		memcpy(copy, text, size);
	return copy;
}

char *ns_strdup(struct ns_arena *arena, const char *text)
{
	return ns_strndup(arena, text, strlen(text));
}

char *ns_format(struct ns_arena *arena, const char *format, ...)
{
	va_list arguments, again;
	va_start(arguments, format);
	va_copy(again, arguments);
	int length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	char *text = ns_alloc(arena, (size_t)length + 1);
	vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	return text;
}

void ns_arena_defer(struct ns_arena *arena, void (*release)(void *what), void *what)
{
	struct ns_arena_deferred *deferred = NS_NEW(arena, struct ns_arena_deferred);
	*deferred = (struct ns_arena_deferred){arena->deferred, release, what};
	arena->deferred = deferred;
}

static void run_deferred(struct ns_arena *arena)
{
	for (struct ns_arena_deferred *next; arena->deferred; arena->deferred = next) {
		next = arena->deferred->next;
		arena->deferred->release(arena->deferred->what);
	}
}

void ns_arena_reset(struct ns_arena *arena)
{
	run_deferred(arena);
	for (struct ns_arena_block *block = arena->first; block; block = block->next)
		block->used = 0;
	arena->current = arena->first;
}

void ns_arena_release(struct ns_arena *arena)
{
	run_deferred(arena);
	for (struct ns_arena_block *block = arena->first, *next; block; block = next) {
		next = block->next;
		free(block->memory);
	}
	*arena = NS_ARENA_INIT;
}

int ns_buffer_reserve(struct ns_buffer *buffer, size_t more)
{
	if (more > buffer->max || buffer->size > buffer->max - more)
		return -1;
	size_t need = buffer->size + more;
	if (need > buffer->capacity) {
		size_t capacity = buffer->capacity > buffer->max / 2 ? buffer->max : buffer->capacity * 2;
		if (capacity < 256)
			capacity = 256;
		if (capacity < need)
			capacity = need;
		buffer->data = ns_realloc_array(buffer->data, capacity, 1);
		buffer->capacity = capacity;
	}
	return 0;
}

int ns_buffer_append(struct ns_buffer *buffer, const void *bytes, size_t size)
{
	if (ns_buffer_reserve(buffer, size))
		return -1;
	if (size)
		memcpy(buffer->data + buffer->size, bytes, size);
	buffer->size += size;
	return 0;
}

int ns_buffer_printf(struct ns_buffer *buffer, const char *format, ...)
{
	va_list arguments, again;
	va_start(arguments, format);
	va_copy(again, arguments);
	int length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	int failed = ns_buffer_reserve(buffer, (size_t)length + 1);
	if (!failed) {
		vsnprintf(buffer->data + buffer->size, (size_t)length + 1, format, again);
		buffer->size += (size_t)length;
	}
	va_end(again);
	return failed;
}

void ns_buffer_release(struct ns_buffer *buffer)
{
	free(buffer->data);
	*buffer = NS_BUFFER_INIT(buffer->max);
}

void *ns_malloc_array(size_t count, size_t size)
{
	return ns_realloc_array(NULL, count, size);
}

void *ns_realloc_array(void *memory, size_t count, size_t size)
{
	size_t bytes;
	if (__builtin_mul_overflow(count, size, &bytes))
		ns_die_of_memory();
	memory = realloc(memory, bytes ? bytes : 1);
	if (!memory)
		ns_die_of_memory();
	return memory;
}

void ns_memory_keep(void)
{
	mallopt(M_MMAP_THRESHOLD, 64 << 20);
	mallopt(M_TRIM_THRESHOLD, 256 << 20);
}
