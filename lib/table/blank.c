#include "table/blank.h"

#include <math.h>

#include "table/arrow_codec.h"

static void release(void *builder)
{
	ns_arrow_builder_release(builder);
}

/* Gives its memory back with the arena. */
static struct ns_arrow_builder *new_builder(const struct ns_arrow_type *type, struct ns_arena *arena)
{
	struct ns_arrow_builder *builder = NS_NEW(arena, struct ns_arrow_builder);
	builder->type = *type;
	ns_arena_defer(arena, release, builder);
	return builder;
}

static void set_array(struct ns_column *column, const struct ns_arrow_builder *builder, struct ns_arena *arena)
{
	struct ns_arrow_array *array = NS_NEW(arena, struct ns_arrow_array);
	*array = ns_arrow_builder_array(builder);
	column->array = array;
	column->bytes = NULL;
	column->cells = NULL;
	column->numbers = NULL;
}

static void blank_array(struct ns_column *column, size_t rows, struct ns_arena *arena)
{
	struct ns_arrow_builder *builder = new_builder(&column->array->type, arena);
	for (size_t row = 0; row < rows; row++)
		ns_arrow_builder_add_null(builder);
	set_array(column, builder, arena);
}

void ns_table_blank(struct ns_table *blank, const struct ns_table *like, size_t rows, struct ns_arena *arena)
{
	static const struct ns_cell missing = {0, NS_CELL_MISSING};
	double *numbers = NS_NEW_ARRAY(arena, double, rows);
	for (size_t row = 0; row < rows; row++)
		numbers[row] = NAN;
	*blank = *like;
	blank->rows = rows;
	blank->lines = NULL;
	blank->whole_batch = false; /* the writer decides where batches end */
	ns_table_widen(blank, 0, arena);
	for (size_t i = 0; i < blank->width; i++) {
		struct ns_column *column = &blank->columns[i];
		if (column->array) {
			blank_array(column, rows, arena);
		} else if (column->type == NS_NUMBER) {
			ns_column_set_numbers(column, numbers);
		} else {
			column->bytes = "";
			column->cells = &missing;
			column->stride = 0; /* the same for all rows */
		}
	}
}

static int too_much(const struct ns_column *column, struct ns_err *err)
{
	return ns_fail(err, NS_EDATA, "column '%s': more than 2 GiB of text in one table", column->name);
}

int ns_kept_add(struct ns_kept *kept, const struct ns_column *column, size_t rows, struct ns_arena *arena, struct ns_err *err)
{
	if (!column->array || !rows)
		return NS_OK;
	if (!kept->values)
		kept->values = new_builder(&column->array->type, arena);
	if (ns_arrow_builder_add(kept->values, column->array, NULL, 0, rows))
		return too_much(column, err);
	return NS_OK;
}

int ns_kept_fill(struct ns_column *column, const struct ns_kept *kept, const uint32_t *from, size_t rows, struct ns_arena *arena, struct ns_err *err)
{
	if (!kept->values)
		return NS_OK;
	struct ns_arrow_array all = ns_arrow_builder_array(kept->values);
	struct ns_arrow_builder *builder = new_builder(&all.type, arena);
	if (ns_arrow_builder_add(builder, &all, from, 0, rows))
		return too_much(column, err);
	set_array(column, builder, arena);
	return NS_OK;
}
