#include "table/view.h"

#include <string.h>

#include "table/arrow.h"
#include "table/csv.h"

static void add(struct ns_view *view, const struct ns_table *header, size_t column)
{
	view->changed = view->changed || column != view->width;
	view->used[column] = true;
	view->names[view->width] = header->columns[column].name;
	view->at[view->width++] = column;
}

int ns_view_init(struct ns_view *view, const struct ns_table *header, const struct ns_table_options *options, struct ns_arena *arena,
	struct ns_err *err)
{
	const struct ns_texts *columns = &options->columns, *exclude = &options->exclude;
	bool *done = NS_NEW_ARRAY(arena, bool, header->width), *hit = NS_NEW_ARRAY(arena, bool, header->width);
	*view = (struct ns_view){.at = NS_NEW_ARRAY(arena, size_t, header->width), .names = NS_NEW_ARRAY(arena, const char *, header->width),
		.used = NS_NEW_ARRAY(arena, bool, header->width)};
	NS_TRY(ns_table_select(done, header, exclude->items, exclude->count, err));
	size_t steps = columns->count ? columns->count : 1;
	for (size_t k = 0; k < steps; k++) {
		memset(hit, columns->count == 0, header->width);
		if (columns->count)
			NS_TRY(ns_table_select(hit, header, &columns->items[k], 1, err));
		for (size_t i = 0; i < header->width; i++) {
			if (hit[i] && !done[i]) {
				done[i] = true;
				add(view, header, i);
			}
		}
	}
	if (view->width == 0)
		return ns_fail(err, NS_ECALL, "-c and -x leave no column of %s", header->source);
	view->changed = view->changed || view->width != header->width;
	view->metadata = header->metadata;
	if (view->changed)
		ns_metadata_set(&view->metadata, "pandas", NULL, arena);
	return NS_OK;
}

static int rename_one(struct ns_view *view, const char *const *old, const char *text, struct ns_arena *arena, struct ns_err *err)
{
	for (const char *equals = strchr(text, '='); equals; equals = strchr(equals + 1, '=')) { /* OLD may hold one, too */
		size_t size = (size_t)(equals - text);
		for (size_t i = 0; i < view->width; i++) {
			if (strncmp(old[i], text, size) != 0 || old[i][size] != '\0' || !equals[1])
				continue;
			const char *target = ns_metadata_find(&view->metadata, "ns:target");
			if (target && strcmp(target, old[i]) == 0)
				ns_metadata_set(&view->metadata, "ns:target", equals + 1, arena);
			view->names[i] = equals + 1;
			return NS_OK;
		}
	}
	if (!strchr(text, '='))
		return ns_fail(err, NS_ECALL, "--rename '%s': not of the form OLD=NEW", text);
	return ns_fail(err, NS_ECALL, "--rename '%s': no such column, or no new name", text);
}

int ns_view_rename(struct ns_view *view, const struct ns_texts *renames, struct ns_arena *arena, struct ns_err *err)
{
	const char **old = NS_NEW_ARRAY(arena, const char *, view->width);
	memcpy(old, view->names, view->width * sizeof *old);
	for (size_t k = 0; k < renames->count; k++)
		NS_TRY(rename_one(view, old, renames->items[k], arena, err));
	if (renames->count == 0)
		return NS_OK;
	view->changed = true;
	ns_metadata_set(&view->metadata, "pandas", NULL, arena);
	for (size_t i = 0; i < view->width; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(view->names[i], view->names[k]) == 0)
				return ns_fail(err, NS_ECALL, "--rename makes two columns '%s'", view->names[i]);
	return NS_OK;
}

int ns_view_set_metadata(struct ns_view *view, const struct ns_texts *pairs, struct ns_arena *arena, struct ns_err *err)
{
	for (size_t i = 0; i < pairs->count; i++) {
		const char *text = pairs->items[i], *equals = strchr(text, '=');
		if (!equals || equals == text)
			return ns_fail(err, NS_ECALL, "--set-metadata '%s': not of the form KEY=VALUE", text);
		const char *key = ns_strndup(arena, text, (size_t)(equals - text));
		ns_metadata_set(&view->metadata, key, equals[1] ? equals + 1 : NULL, arena);
	}
	return NS_OK;
}

void ns_view_apply(struct ns_table *out, const struct ns_table *batch, const struct ns_view *view, struct ns_arena *arena)
{
	*out = *batch;
	out->metadata = view->metadata;
	out->width = view->width;
	out->columns = NS_NEW_ARRAY(arena, struct ns_column, view->width);
	for (size_t i = 0; i < view->width; i++) {
		out->columns[i] = batch->columns[view->at[i]];
		out->columns[i].name = view->names[i];
	}
}

void ns_view_leave(const struct ns_view *view, struct ns_reader *reader)
{
	for (size_t i = 0; i < ns_reader_header(reader)->width; i++)
		if (!view->used[i])
			ns_reader_leave(reader, i);
}

int ns_view_print_types(struct ns_buffer *out, const struct ns_view *view, const struct ns_table *header)
{
	struct ns_arena arena = NS_ARENA_INIT;
	int failed = ns_buffer_printf(out, "column,type\n");
	for (size_t i = 0; i < view->width; i++) {
		const struct ns_column *column = &header->columns[view->at[i]];
		const char *type = column->type == NS_TEXT ? "text" : "number";
		if (column->array)
			type = ns_arrow_type_name(&column->array->type, &arena);
		failed |= ns_csv_put_field(out, view->names[i], strlen(view->names[i]), ',') || ns_buffer_append(out, ",", 1) ||
			ns_csv_put_field(out, type, strlen(type), ',') || ns_buffer_append(out, "\n", 1);
	}
	ns_arena_release(&arena);
	return failed;
}
