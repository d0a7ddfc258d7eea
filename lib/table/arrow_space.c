#include "table/arrow_codec.h"

#include <stdlib.h>
#include <string.h>

enum { ALIGN = 64 };

void ns_arrow_space_grow(struct ns_arrow_space *space, size_t keep, size_t need)
{
	if (need <= space->capacity)
		return;
	size_t capacity = space->capacity * 2 > need ? space->capacity * 2 : need;
	if (capacity > PTRDIFF_MAX - ALIGN)
		ns_die_of_memory();
	capacity = (capacity + ALIGN - 1) / ALIGN * ALIGN;
	char *data = aligned_alloc(ALIGN, capacity);
	if (!data)
		ns_die_of_memory();
	if (keep)
		memcpy(data, space->data, keep);
	free(space->data);
	*space = (struct ns_arrow_space){data, capacity};
}

void ns_arrow_space_release(struct ns_arrow_space *space)
{
	free(space->data);
	*space = (struct ns_arrow_space){0};
}

struct ns_arrow_space *ns_arrow_pool_space(struct ns_arrow_pool *pool)
{
	if (pool->spaces_used == pool->spaces_count) {
		size_t count = pool->spaces_count ? pool->spaces_count * 2 : 16;
		pool->spaces = ns_realloc_array(pool->spaces, count, sizeof *pool->spaces);
		memset(pool->spaces + pool->spaces_count, 0, (count - pool->spaces_count) * sizeof *pool->spaces);
		pool->spaces_count = count;
	}
	return &pool->spaces[pool->spaces_used++];
}

struct ns_arrow_builder *ns_arrow_pool_builder(struct ns_arrow_pool *pool, const struct ns_arrow_type *type)
{
	if (pool->builders_used == pool->builders_count) {
		size_t count = pool->builders_count ? pool->builders_count * 2 : 16;
		pool->builders = ns_realloc_array(pool->builders, count, sizeof *pool->builders);
		memset(pool->builders + pool->builders_count, 0, (count - pool->builders_count) * sizeof *pool->builders);
		pool->builders_count = count;
	}
	struct ns_arrow_builder *builder = &pool->builders[pool->builders_used++];
	ns_arrow_builder_clear(builder);
	builder->type = *type;
	return builder;
}

void ns_arrow_pool_release(struct ns_arrow_pool *pool)
{
	for (size_t i = 0; i < pool->spaces_count; i++)
		ns_arrow_space_release(&pool->spaces[i]);
	for (size_t i = 0; i < pool->builders_count; i++)
		ns_arrow_builder_release(&pool->builders[i]);
	free(pool->spaces);
	free(pool->builders);
	ns_arrow_unpacker_release(&pool->unpacker);
	*pool = (struct ns_arrow_pool){0};
}
