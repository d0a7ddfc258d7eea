/*
 * A support-vector machine as a table, and back from one that nobody vouches for.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/columns.h"
#include "model/kernel.h"
#include "table/table.h"

static const char *const WHAT = "a table of support vectors", *const kinds[] = {"rbf", "linear", "poly"};
enum { KINDS = sizeof kinds / sizeof *kinds, DEGREE_MOST = 1000, WEIGHTS_MOST = 1 << 27 };

void ns_kernel_to_table(struct ns_table *table, const struct ns_kernel *kernel, struct ns_arena *arena)
{
	const struct ns_kernel_function *function = &kernel->similarity.function;
	uint32_t coefs = kernel->present_count - 1;
	size_t pairs = ns_kernel_pairs(kernel->present_count);
	double *class = ns_malloc_array(kernel->count, sizeof *class), *present = ns_malloc_array(kernel->present_count, sizeof *present);
	for (uint32_t i = 0; i < kernel->present_count; i++) {
		present[i] = kernel->present[i];
		for (size_t v = kernel->first[i]; v < kernel->first[i + 1]; v++)
			class[v] = kernel->present[i];
	}
	*table = (struct ns_table){.rows = kernel->count, .width = 1 + coefs + kernel->features};
	struct ns_column *column = table->columns = NS_NEW_ARRAY(arena, struct ns_column, table->width);
	*column++ = ns_columns_pack("class", class, kernel->count, arena);
	for (uint32_t j = 0; j < coefs; j++)
		*column++ = ns_columns_pack(ns_format(arena, "coef_%u", j), kernel->coefs + j * kernel->count, kernel->count, arena);
	for (size_t f = 0; f < kernel->features; f++)
		*column++ = ns_columns_pack(ns_format(arena, "value_%zu", f), kernel->x[f], kernel->count, arena);
	ns_metadata_set(&table->metadata, "ns:kernel", kinds[function->kind], arena);
	ns_columns_set_keys(&table->metadata, "ns:gamma", &function->gamma, 1, arena);
	ns_columns_set_keys(&table->metadata, "ns:degree", &(double){function->degree}, 1, arena);
	ns_columns_set_keys(&table->metadata, "ns:coef0", &function->coef0, 1, arena);
	ns_columns_set_keys(&table->metadata, "ns:present", present, kernel->present_count, arena);
	ns_columns_set_keys(&table->metadata, "ns:intercept", kernel->intercept, pairs, arena);
	ns_columns_set_keys(&table->metadata, "ns:platt_a", kernel->a, pairs, arena);
	ns_columns_set_keys(&table->metadata, "ns:platt_b", kernel->b, pairs, arena);
	free(present);
	free(class);
}

static int read_function(struct ns_kernel_function *function, const struct ns_table *table, struct ns_err *err)
{
	const char *word = ns_metadata_find(&table->metadata, "ns:kernel");
	size_t kind = 0;
	double degree;
	while (kind < KINDS && (!word || strcmp(word, kinds[kind]) != 0))
		kind++;
	if (kind == KINDS)
		return ns_fail(err, NS_EDATA, "%s: %s: ns:kernel must be rbf, linear or poly", table->source, WHAT);
	function->kind = (enum ns_kernel_kind)kind;
	NS_TRY(ns_columns_key(&function->gamma, table, "ns:gamma", WHAT, err));
	NS_TRY(ns_columns_key(&function->coef0, table, "ns:coef0", WHAT, err));
	NS_TRY(ns_columns_key(&degree, table, "ns:degree", WHAT, err));
	if (!(function->gamma >= 0))
		return ns_fail(err, NS_EDATA, "%s: %s: gamma is %.17g", table->source, WHAT, function->gamma);
	if (!(degree >= 0 && degree <= DEGREE_MOST && degree == trunc(degree)))
		return ns_fail(err, NS_EDATA, "%s: %s: degree is %.17g", table->source, WHAT, degree);
	function->degree = (unsigned)degree;
	return NS_OK;
}

/* The classes that had rows: as many as the columns say, ascending. */
static int read_present(struct ns_kernel *kernel, const struct ns_table *table, struct ns_arena *arena, struct ns_err *err)
{
	double *numbers;
	uint32_t *present = NS_NEW_ARRAY(arena, uint32_t, kernel->present_count);
	NS_TRY(ns_columns_keys(&numbers, table, "ns:present", kernel->present_count, WHAT, arena, err));
	for (uint32_t i = 0; i < kernel->present_count; i++) {
		if (!(numbers[i] >= 0 && numbers[i] < kernel->classes && numbers[i] == trunc(numbers[i]) && (i == 0 || numbers[i] > numbers[i - 1])))
			return ns_fail(err, NS_EDATA, "%s: %s: ns:present is no ascending list of classes", table->source, WHAT);
		present[i] = (uint32_t)numbers[i];
	}
	kernel->present = present;
	return NS_OK;
}

/* Vectors come class by class. */
static int read_classes(struct ns_kernel *kernel, const struct ns_table *table, struct ns_arena *arena, struct ns_err *err)
{
	const double *class;
	size_t *first = NS_NEW_ARRAY(arena, size_t, (size_t)kernel->present_count + 1);
	uint32_t i = 0;
	NS_TRY(ns_columns_wholes(&class, table, 0, "class", WHAT, 0, kernel->classes - 1, arena, err));
	for (size_t v = 0; v < table->rows; v++) {
		while (i < kernel->present_count && class[v] != kernel->present[i])
			first[++i] = v;
		if (i == kernel->present_count)
			return ns_fail(err, NS_EDATA, "%s: %s: row %zu is of class %.0f, which comes before or is not present", table->source, WHAT, v + 1, class[v]);
	}
	while (i < kernel->present_count)
		first[++i] = table->rows;
	kernel->first = first;
	return NS_OK;
}

static int read_columns(struct ns_kernel *kernel, const struct ns_table *table, struct ns_arena *arena, struct ns_err *err)
{
	uint32_t count = kernel->present_count - 1;
	double *coefs = ns_alloc_array(arena, table->rows, count * sizeof *coefs);
	const double *numbers, **x = NS_NEW_ARRAY(arena, const double *, kernel->features);
	for (uint32_t j = 0; j < count; j++) {
		NS_TRY(ns_columns_numbers(&numbers, table, 1 + j, ns_format(arena, "coef_%u", j), WHAT, arena, err));
		memcpy(coefs + j * table->rows, numbers, table->rows * sizeof *coefs);
	}
	for (size_t f = 0; f < kernel->features; f++)
		NS_TRY(ns_columns_numbers(&x[f], table, 1 + count + f, ns_format(arena, "value_%zu", f), WHAT, arena, err));
	kernel->coefs = coefs;
	kernel->x = x;
	return NS_OK;
}

int ns_kernel_from_table(struct ns_kernel *kernel, const struct ns_table *table, uint32_t classes, size_t features, struct ns_arena *arena,
	struct ns_err *err)
{
	struct ns_kernel_function function;
	double *numbers;
	if (table->width < 1 + features || table->width - features > classes)
		return ns_fail(err, NS_EDATA, "%s: %s: %zu columns do not fit %zu features and %u classes", table->source, WHAT, table->width, features, classes);
	if (table->rows == 0 || table->rows > UINT32_MAX - 1)
		return ns_fail(err, NS_EDATA, "%s: %s: %zu rows", table->source, WHAT, table->rows);
	*kernel = (struct ns_kernel){.classes = classes, .present_count = (uint32_t)(table->width - features), .count = table->rows, .features = features};
	size_t pairs = ns_kernel_pairs(kernel->present_count);
	NS_TRY(read_function(&function, table, err));
	if (function.kind == NS_KERNEL_LINEAR && features && pairs > WEIGHTS_MOST / features)
		return ns_fail(err, NS_EDATA, "%s: %s: %zu pairs of classes times %zu features is more than %d", table->source, WHAT, pairs, features, WEIGHTS_MOST);
	NS_TRY(read_present(kernel, table, arena, err));
	NS_TRY(read_classes(kernel, table, arena, err));
	NS_TRY(read_columns(kernel, table, arena, err));
	NS_TRY(ns_columns_keys(&numbers, table, "ns:intercept", pairs, WHAT, arena, err));
	kernel->intercept = numbers;
	NS_TRY(ns_columns_keys(&numbers, table, "ns:platt_a", pairs, WHAT, arena, err));
	kernel->a = numbers;
	NS_TRY(ns_columns_keys(&numbers, table, "ns:platt_b", pairs, WHAT, arena, err));
	kernel->b = numbers;
	ns_kernel_init(kernel, &function, arena);
	return NS_OK;
}
