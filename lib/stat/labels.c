#include "stat/labels.h"

#include <math.h>
#include <string.h>

#include "base/number.h"

enum { CLASSES_MAX = 65536 };

static int fail_count(const struct ns_series *series, struct ns_err *err)
{
	return ns_fail(err, NS_EDATA, "column '%s' has more than 65,536 different values: not a label?", series->name);
}

/* Distinct numbers, ascending. */
struct classes {
	double *values;
	size_t count;
};

/* Where the value stands or would stand. */
static size_t lower_bound(const struct classes *classes, double value)
{
	size_t low = 0, high = classes->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (classes->values[middle] < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* False where there are too many already. */
static bool add_class(struct classes *classes, double value)
{
	size_t at = lower_bound(classes, value);
	if (at < classes->count && classes->values[at] == value)
		return true;
	if (classes->count == CLASSES_MAX)
		return false;
	memmove(classes->values + at + 1, classes->values + at, (classes->count - at) * sizeof *classes->values);
	classes->values[at] = value + 0.0; /* -0 is 0 */
	classes->count++;
	return true;
}

static const char *name_of(double value, struct ns_arena *arena)
{
	char text[NS_NUMBER_MAX];
	return ns_strndup(arena, text, ns_number_print(text, value));
}

/* values[i] (NaN = none) for i < count are all that occur. */
static int make_numbers(struct ns_labels *labels, struct classes *classes, const double *values, size_t count, const struct ns_series *series,
	struct ns_arena *arena, struct ns_err *err)
{
	classes->values = NS_NEW_ARRAY(arena, double, count < CLASSES_MAX ? count : CLASSES_MAX);
	classes->count = 0;
	for (size_t i = 0; i < count; i++)
		if (!isnan(values[i]) && (i == 0 || values[i] != values[i - 1]) && !add_class(classes, values[i]))
			return fail_count(series, err);
	labels->classes = (uint32_t)classes->count;
	labels->values = classes->values;
	labels->names = NS_NEW_ARRAY(arena, const char *, classes->count);
	for (size_t i = 0; i < classes->count; i++)
		labels->names[i] = name_of(classes->values[i], arena);
	return NS_OK;
}

static int from_numbers(struct ns_labels *labels, const struct ns_series *series, size_t rows, struct ns_arena *arena, struct ns_err *err)
{
	struct classes classes;
	NS_TRY(make_numbers(labels, &classes, series->numbers, rows, series, arena, err));
	uint32_t *y = NS_NEW_ARRAY(arena, uint32_t, rows);
	for (size_t row = 0; row < rows; row++)
		y[row] = isnan(series->numbers[row]) ? NS_CODE_MISSING : (uint32_t)lower_bound(&classes, series->numbers[row]);
	labels->y = y;
	return NS_OK;
}

/* The numbers of a text series' values; false where one is none, or is a code ("007"). */
static bool all_numbers(double *numbers, const struct ns_series *series)
{
	for (size_t i = 0; i < series->values_count; i++) {
		size_t size = strlen(series->values[i]);
		if (!ns_number_parse(&numbers[i], series->values[i], size) || ns_number_is_code(series->values[i], size))
			return false;
	}
	return true;
}

static int from_text(struct ns_labels *labels, const struct ns_series *series, size_t rows, struct ns_arena *arena, struct ns_err *err)
{
	struct classes classes;
	double *numbers = NS_NEW_ARRAY(arena, double, series->values_count);
	if (series->values_count == 0 || !all_numbers(numbers, series)) {
		if (series->values_count > CLASSES_MAX)
			return fail_count(series, err);
		*labels = (struct ns_labels){(uint32_t)series->values_count, series->values, NULL, series->codes};
		return NS_OK;
	}
	NS_TRY(make_numbers(labels, &classes, numbers, series->values_count, series, arena, err));
	uint32_t *y = NS_NEW_ARRAY(arena, uint32_t, rows);
	for (size_t row = 0; row < rows; row++) {
		uint32_t code = series->codes[row];
		y[row] = code == NS_CODE_MISSING ? code : (uint32_t)lower_bound(&classes, numbers[code]);
	}
	labels->y = y;
	return NS_OK;
}

int ns_labels_of(struct ns_labels *labels, const struct ns_series *series, size_t rows, struct ns_arena *arena, struct ns_err *err)
{
	if (series->type == NS_NUMBER)
		return from_numbers(labels, series, rows, arena, err);
	return from_text(labels, series, rows, arena, err);
}

int32_t ns_labels_find(const struct ns_labels *labels, const char *name)
{
	double number;
	bool is_number = labels->values && ns_number_parse(&number, name, strlen(name));
	for (uint32_t i = 0; i < labels->classes; i++)
		if (is_number ? labels->values[i] == number : strcmp(labels->names[i], name) == 0)
			return (int32_t)i;
	return -1;
}
