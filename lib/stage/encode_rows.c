#include "stage/encode_rows.h"

#include <math.h>
#include <string.h>

#include "base/utf8.h"
#include "stage/stage_table.h"

const char *const ns_encode_kind_names[NS_ENCODE_KINDS] = {"category", "missing", "unknown"};
const char *const ns_encode_strategy_names[NS_ENCODE_STRATEGY_COUNT] = {"one-hot", "ordinal", "target"};

void ns_encode_rows_init(struct ns_encode_rows *rows, size_t capacity, uint32_t folds, struct ns_arena *arena)
{
	*rows = (struct ns_encode_rows){.folds = folds};
	rows->column = NS_NEW_ARRAY(arena, const char *, capacity);
	rows->strategy = NS_NEW_ARRAY(arena, const char *, capacity);
	rows->kind = NS_NEW_ARRAY(arena, const char *, capacity);
	rows->category = NS_NEW_ARRAY(arena, const char *, capacity);
	rows->output = NS_NEW_ARRAY(arena, const char *, capacity);
	rows->value = NS_NEW_ARRAY(arena, double, capacity);
	rows->code = NS_NEW_ARRAY(arena, double, capacity);
	rows->outputs = NS_NEW_ARRAY(arena, const char *, capacity);
	for (uint32_t fold = 0; fold < folds; fold++)
		rows->fold[fold] = NS_NEW_ARRAY(arena, double, capacity);
}

void ns_encode_rows_add(struct ns_encode_rows *rows, const char *column, int strategy, const struct ns_encode_category *category, const char *output, double code)
{
	size_t i = rows->count++;
	rows->column[i] = column;
	rows->strategy[i] = ns_encode_strategy_names[strategy];
	rows->kind[i] = ns_encode_kind_names[!category ? NS_ENCODE_UNKNOWN : category->missing ? NS_ENCODE_MISSING : NS_ENCODE_CATEGORY];
	rows->category[i] = category ? category->text : NULL;
	rows->value[i] = category ? category->value : NAN;
	rows->output[i] = output;
	rows->code[i] = code;
	for (uint32_t fold = 0; fold < rows->folds; fold++)
		rows->fold[fold][i] = NAN;
}

int ns_encode_rows_put(struct ns_table *table, const struct ns_encode_rows *rows, struct ns_arena *arena, struct ns_err *err)
{
	table->rows = rows->count;
	NS_TRY(ns_stage_put_texts(table, "column", rows->column, arena, err));
	NS_TRY(ns_stage_put_texts(table, "strategy", rows->strategy, arena, err));
	NS_TRY(ns_stage_put_texts(table, "kind", rows->kind, arena, err));
	NS_TRY(ns_stage_put_texts(table, "category", rows->category, arena, err));
	ns_stage_put_numbers(table, "value", rows->value, arena);
	NS_TRY(ns_stage_put_texts(table, "output", rows->output, arena, err));
	ns_stage_put_numbers(table, "code", rows->code, arena);
	for (uint32_t fold = 0; fold < rows->folds; fold++)
		ns_stage_put_numbers(table, ns_format(arena, "fold_%d", (int)fold + 1), rows->fold[fold], arena);
	return NS_OK;
}

const char *ns_encode_output_name(const char *column, const char *category, struct ns_arena *arena)
{
	char *name = ns_format(arena, "%s_%s", column, category);
	size_t size = strlen(name);
	while (size && strchr(" \t\r\n", name[size - 1]))
		size--;
	name[size] = '\0';
	return name;
}

int ns_encode_check_text(const struct ns_encode_category *category, const char *column, const char *source, struct ns_err *err)
{
	if (category->text && !ns_utf8_valid(category->text, strlen(category->text)))
		return ns_fail(err, NS_EDATA, "%s: column '%s': '%.80s' is not UTF-8 (iconv -f LATIN1 -t UTF-8 may make it so)", source, column, category->text);
	return NS_OK;
}
