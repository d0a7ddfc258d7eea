#include "stage/compact.h"

#include <math.h>

#include "stage/filling.h"
#include "stage/stage_table.h"

/* The smallest first. */
static const struct ns_arrow_type wholes[] = {
	{.id = NS_ARROW_INT, .width = 8, .is_signed = true},
	{.id = NS_ARROW_INT, .width = 8},
	{.id = NS_ARROW_INT, .width = 16, .is_signed = true},
	{.id = NS_ARROW_INT, .width = 16},
	{.id = NS_ARROW_INT, .width = 32, .is_signed = true},
	{.id = NS_ARROW_INT, .width = 32},
};
enum { WHOLES = sizeof wholes / sizeof *wholes };

struct ns_compact_range ns_compact_range_of(const double *values, const uint32_t *rows, size_t count)
{
	struct ns_compact_range range = {.least = INFINITY, .most = -INFINITY, .whole = true, .single = true};
	for (size_t i = 0; i < count; i++) {
		double value = values[rows ? rows[i] : i];
		if (isnan(value))
			continue;
		range.whole = range.whole && value == floor(value);
		range.single = range.single && value == (double)(float)value;
		range.least = value < range.least ? value : range.least;
		range.most = value > range.most ? value : range.most;
	}
	return range;
}

bool ns_compact_range_is_of_type(const struct ns_compact_range *range, const struct ns_arrow_type *type)
{
	if (type->id == NS_ARROW_FLOAT)
		return type->width == 64 || (type->width == 32 && range->single);
	return range->whole && (range->least > range->most || (ns_filling_is_of_type(range->least, type) && ns_filling_is_of_type(range->most, type)));
}

static struct ns_arrow_type smallest(const double *values, const uint32_t *rows, size_t count)
{
	struct ns_compact_range range = ns_compact_range_of(values, rows, count);
	for (size_t i = 0; i < WHOLES; i++)
		if (ns_compact_range_is_of_type(&range, &wholes[i]))
			return wholes[i];
	return (struct ns_arrow_type){.id = NS_ARROW_FLOAT, .width = range.single ? 32 : 64};
}

void ns_compact_put(struct ns_column *column, const char *name, const double *values, const uint32_t *rows, size_t count, struct ns_arena *arena)
{
	struct ns_arrow_array *array = NS_NEW(arena, struct ns_arrow_array);
	struct ns_arrow_type type = smallest(values, rows, count);
	size_t width = (size_t)type.width / 8, nulls = 0;
	unsigned char *out = ns_alloc_array(arena, count, width);
	uint8_t *validity = NS_NEW_ARRAY(arena, uint8_t, count / 8 + 1);
	for (size_t i = 0; i < count; i++) {
		double value = values[rows ? rows[i] : i];
		bool missing = isnan(value);
		nulls += missing;
		validity[i / 8] = (uint8_t)(validity[i / 8] | !missing << i % 8);
		if (!missing)
			ns_filling_store(out + i * width, value + 0.0, &type); /* -0 is 0 */
	}
	*array = (struct ns_arrow_array){.type = type, .rows = count, .nulls = nulls, .validity = nulls ? validity : NULL, .values = out};
	*column = (struct ns_column){.name = name, .type = NS_NUMBER, .array = array};
}

int ns_compact_get(const double **values, const struct ns_stage *stage, const char *name, struct ns_arena *arena, struct ns_err *err)
{
	ptrdiff_t at = ns_table_find(&stage->table, name);
	if (at < 0)
		return ns_stage_damaged(stage, err, "no column '%s'", name);
	const struct ns_column *column = &stage->table.columns[at];
	*values = column->numbers;
	if (column->numbers)
		return NS_OK;
	double *numbers = NS_NEW_ARRAY(arena, double, stage->table.rows);
	if (column->type != NS_NUMBER || !ns_arrow_numbers(numbers, column->array))
		return ns_stage_damaged(stage, err, "column '%s' holds no numbers", name);
	*values = numbers;
	return NS_OK;
}
