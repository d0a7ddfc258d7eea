#include "stage/filling.h"

#include <string.h>

#include "base/number.h"

size_t ns_filling_count(const double *numbers, size_t rows, bool inf_missing)
{
	size_t gone = 0;
	if (inf_missing)
		for (size_t row = 0; row < rows; row++)
			gone += !(fabs(numbers[row]) < INFINITY);
	else
		for (size_t row = 0; row < rows; row++)
			gone += numbers[row] != numbers[row];
	return gone;
}

bool ns_filling_is_of_type(double value, const struct ns_arrow_type *type)
{
	switch (type->id) {
	case NS_ARROW_FLOAT:
		return type->width == 64 || (type->width == 32 && (double)(float)value == value);
	case NS_ARROW_BOOL:
		return value == 0 || value == 1;
	case NS_ARROW_INT:
		return value == floor(value) && value < ldexp(1, type->width - type->is_signed) &&
			value >= (type->is_signed ? -ldexp(1, type->width - 1) : 0);
	default:
		return false;
	}
}

/* The number's text; `last`, which it mostly is, need not be printed again. */
static struct ns_span print(double value, double *last, struct ns_span text, struct ns_arena *arena)
{
	if (text.data && value == *last)
		return text;
	char *printed = ns_alloc(arena, NS_NUMBER_MAX);
	*last = value;
	return (struct ns_span){printed, ns_number_print(printed, value)};
}

/* CSV: values that are there keep their bytes beside the numbers printed in place of the others. */
static int fill_cells(struct ns_column *column, const double *filled, size_t rows, bool inf_missing, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_span *spans = NS_NEW_ARRAY(arena, struct ns_span, rows), text = {0};
	double last = 0;
	for (size_t row = 0; row < rows; row++) {
		bool gone = ns_filling_is_gone(column->numbers[row], inf_missing);
		if (gone)
			text = print(filled[row], &last, text, arena);
		spans[row] = gone ? text : ns_column_text(column, row);
	}
	NS_TRY(ns_column_set_text(column, spans, rows, arena, err));
	column->type = NS_NUMBER;
	column->numbers = filled;
	return NS_OK;
}

void ns_filling_store(void *bytes, double value, const struct ns_arrow_type *type)
{
	float narrow = (float)value;
	uint64_t whole = value < 0 ? (uint64_t)(int64_t)value : (uint64_t)value;
	uint32_t whole32 = (uint32_t)whole;
	uint16_t whole16 = (uint16_t)whole;
	uint8_t whole8 = (uint8_t)whole;
	bool is_float = type->id == NS_ARROW_FLOAT;
	switch (type->width) {
	case 64: memcpy(bytes, is_float ? (void *)&value : &whole, 8); break;
	case 32: memcpy(bytes, is_float ? (void *)&narrow : &whole32, 4); break;
	case 16: memcpy(bytes, &whole16, 2); break;
	default: memcpy(bytes, &whole8, 1); break;
	}
}

/* Arrow: the values as they are, of the type they have, with the new ones among them. */
static void fill_array(struct ns_column *column, const double *filled, size_t rows, bool inf_missing, struct ns_arena *arena)
{
	const struct ns_arrow_array *came = column->array;
	struct ns_arrow_array *array = NS_NEW(arena, struct ns_arrow_array);
	bool bits = came->type.id == NS_ARROW_BOOL;
	size_t width = bits ? 0 : (size_t)came->type.width / 8, size = bits ? (rows + 7) / 8 : rows * width;
	unsigned char *values = ns_alloc(arena, size);
	if (size)
		memcpy(values, came->values, size);
	for (size_t row = 0; row < rows; row++) {
		if (!ns_filling_is_gone(column->numbers[row], inf_missing))
			continue;
		if (bits)
			values[row / 8] = (unsigned char)((values[row / 8] & ~(1u << row % 8)) | (unsigned)(filled[row] == 1) << row % 8);
		else
			ns_filling_store(values + row * width, filled[row], &came->type);
	}
	*array = (struct ns_arrow_array){.type = came->type, .rows = rows, .values = values};
	ns_column_set_numbers(column, filled);
	column->array = array;
}

int ns_filling_put(struct ns_column *column, const double *filled, size_t rows, bool inf_missing, bool keeps, struct ns_arena *arena,
	struct ns_err *err)
{
	if (column->array && keeps)
		fill_array(column, filled, rows, inf_missing, arena);
	else if (!column->array && column->cells && rows > 0)
		return fill_cells(column, filled, rows, inf_missing, arena, err);
	else
		ns_column_set_numbers(column, filled);
	return NS_OK;
}
