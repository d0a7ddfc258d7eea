/*
 * arena: memory that belongs to a phase, and the one growable buffer.
 *
 * An arena hands out memory that lives until ns_arena_reset or ns_arena_release; nothing is freed singly.
 * One arena a run, one per batch (reset between batches). All calls end the process when memory is
 * exhausted, so there is no NULL to check. Memory is zeroed and aligned to 64 bytes for blocks of
 * 64 bytes or more (SIMD), to 16 below. Products are checked for overflow. Not thread-safe: one per thread.
 */
#ifndef NS_BASE_ARENA_H
#define NS_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct ns_arena_block;
struct ns_arena_deferred;
struct ns_arena {
	struct ns_arena_block *first, *current;
	struct ns_arena_deferred *deferred;
};
#define NS_ARENA_INIT ((struct ns_arena){0})

void *ns_alloc(struct ns_arena *arena, size_t size);
void *ns_alloc_array(struct ns_arena *arena, size_t count, size_t size);
/* NS_NEW_ARRAY(arena, double, n): a double * to n zeroes. */
#define NS_NEW(arena, type) ((type *)ns_alloc((arena), sizeof(type)))
#define NS_NEW_ARRAY(arena, type, count) ((type *)ns_alloc_array((arena), (count), sizeof(type)))
char *ns_strdup(struct ns_arena *arena, const char *text);
char *ns_strndup(struct ns_arena *arena, const char *text, size_t size); /* NUL-terminated copy of size bytes */
char *ns_format(struct ns_arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
/*
 * release(what) is called when the arena is reset or released, the last deferred first and before any memory goes: for files,
 * decoders and malloc'ed memory that belong to the phase, so that a run that fails half-way needs no cleaning up by hand.
 */
void ns_arena_defer(struct ns_arena *arena, void (*release)(void *what), void *what);
void ns_arena_reset(struct ns_arena *arena);   /* forgets everything, keeps the memory for reuse */
void ns_arena_release(struct ns_arena *arena); /* gives the memory back; the arena is empty and usable again */

/*
 * A growable byte buffer with a stated maximum. data may be NULL while size is 0. Owned by whoever
 * initialised it; release it. reserve/append return 0, or -1 and change nothing when max would be passed
 * (the caller knows what the bytes were and says so); exhausted memory ends the process.
 */
struct ns_buffer {
	char *data;
	size_t size, capacity, max;
};
#define NS_BUFFER_INIT(maximum) ((struct ns_buffer){.max = (maximum)})
int ns_buffer_reserve(struct ns_buffer *buffer, size_t more); /* room for `more` bytes behind size */
int ns_buffer_append(struct ns_buffer *buffer, const void *bytes, size_t size);
int ns_buffer_printf(struct ns_buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void ns_buffer_release(struct ns_buffer *buffer);

/* malloc/realloc that end the process instead of returning NULL, for what outlives or outgrows an arena. */
void *ns_malloc_array(size_t count, size_t size);
void *ns_realloc_array(void *memory, size_t count, size_t size);

/*
 * For a program that takes and gives back megabytes again and again: what malloc was given back is kept for what comes next, instead
 * of going to the system, which would clear every page anew. Blocks of more than 64 MB go back at once all the same.
 */
void ns_memory_keep(void);

#endif
