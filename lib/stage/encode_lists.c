#include "stage/encode.h"

#include <string.h>

#include "table/schema.h"

/* Columns whose allowed values the schema names. */
static int add_schema(struct ns_encode_list **next, const char *path, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_schema schema;
	if (!path)
		return ns_fail(err, NS_ECALL, "--categories schema: -S FILE says which schema");
	NS_TRY(ns_schema_read(&schema, path, arena, err));
	struct ns_encode_list *list = *next = NS_NEW_ARRAY(arena, struct ns_encode_list, schema.count + 1);
	for (size_t i = 0; i < schema.count; i++) {
		const struct ns_schema_column *column = &schema.columns[i];
		if (!column->values_count)
			continue;
		const char **values = NS_NEW_ARRAY(arena, const char *, column->values_count);
		for (size_t v = 0; v < column->values_count; v++)
			values[v] = column->values[v].text;
		*list++ = (struct ns_encode_list){.column = column->name, .values = values, .count = column->values_count};
	}
	return NS_OK;
}

int ns_encode_lists_read(struct ns_encode_options *options, const struct ns_texts *given, const char *schema, struct ns_arena *arena,
	struct ns_err *err)
{
	struct ns_encode_list *of_schema = NULL, *lists = NS_NEW_ARRAY(arena, struct ns_encode_list, given->count);
	size_t count = 0, more = 0;
	for (size_t i = 0; i < given->count; i++) {
		struct ns_texts values;
		const char *name;
		if (strcmp(given->items[i], "schema") == 0) {
			NS_TRY(add_schema(&of_schema, schema, arena, err));
			continue;
		}
		NS_TRY(ns_opt_param(&name, &values, "--categories", given->items[i], arena, err));
		for (size_t l = 0; l < count; l++)
			if (strcmp(lists[l].column, name) == 0)
				return ns_fail(err, NS_ECALL, "--categories: column '%s' is given twice", name);
		lists[count++] = (struct ns_encode_list){name, values.items, values.count, true};
	}
	while (of_schema && of_schema[more].column)
		more++;
	struct ns_encode_list *all = NS_NEW_ARRAY(arena, struct ns_encode_list, count + more);
	if (count)
		memcpy(all, lists, count * sizeof *all);
	if (more)
		memcpy(all + count, of_schema, more * sizeof *all);
	options->lists = all;
	options->lists_count = count + more;
	return NS_OK;
}
