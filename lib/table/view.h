/*
 * view: a table with some of its columns, in another order, under other names: what -c, -x and --rename mean to a filter.
 *
 * A view is made once from a header and applied to every batch; values are shared, only the column structs are copied.
 */
#ifndef NS_TABLE_VIEW_H
#define NS_TABLE_VIEW_H

#include "table/stream.h"

struct ns_view {
	size_t width;
	size_t *at;         /* positions in the table it is made from */
	const char **names; /* as they will be called */
	bool *used;         /* of each column of that table: is it in the view */
	bool changed;       /* anything else than the table itself */
	struct ns_metadata metadata; /* the header's; without the key "pandas" where changed, which describes the columns as they were */
};

/*
 * The columns of -c in the order of that list (a pattern's in the table's order), all of them without it; then without -x. None
 * left is NS_ECALL.
 */
int ns_view_init(struct ns_view *view, const struct ns_table *header, const struct ns_table_options *options, struct ns_arena *arena,
	struct ns_err *err);
/*
 * "OLD=NEW" each, all at once ("a=b" and "b=a" swap names). Names must stay distinct: NS_ECALL, as is an OLD that is not in the
 * view. The target stays the target.
 */
int ns_view_rename(struct ns_view *view, const struct ns_texts *renames, struct ns_arena *arena, struct ns_err *err);
/* "KEY=VALUE" each; without VALUE the key goes. */
int ns_view_set_metadata(struct ns_view *view, const struct ns_texts *pairs, struct ns_arena *arena, struct ns_err *err);
/* The view of a batch of that table; metadata are the view's. Copies column structs into the arena. */
void ns_view_apply(struct ns_table *out, const struct ns_table *batch, const struct ns_view *view, struct ns_arena *arena);
/* Tells the reader which columns will not be written. */
void ns_view_leave(const struct ns_view *view, struct ns_reader *reader);
/*
 * Appends a CSV table with a row per column of the view: its name and type, Arrow's own where the header has one, else number or
 * text.
 */
int ns_view_print_types(struct ns_buffer *out, const struct ns_view *view, const struct ns_table *header);

#endif
