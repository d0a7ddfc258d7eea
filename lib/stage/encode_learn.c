#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "base/opt.h"
#include "stage/encode_target.h"
#include "stage/stage_table.h"

enum { ROWS_MAX = 1 << 22 }; /* of the stage's table */

/* --- what one-hot and ordinal have in common --- */

/* The numbers of a column's categories: the frequent ones in their turn, then one for all that are rare. */
struct numbering {
	size_t *of;        /* each category's */
	size_t frequent;   /* how many are not rare: the number of those that are */
	size_t count;
	bool rest_is_rare; /* unknown values go to the rare ones; so the table need not name these */
};

static int check_count(size_t count, const struct ns_lesson *lesson, const char *name, int strategy, const struct ns_encode_options *options, struct ns_err *err)
{
	if (count <= (size_t)options->max_categories)
		return NS_OK;
	if (strategy == NS_ENCODE_TARGET)
		return ns_fail(err, NS_EDATA, "%s: column '%s' would become %zu columns, one for each class, more than %" PRId64 " (--max-categories allows more)",
			lesson->source, name, count, options->max_categories);
	return ns_fail(err, NS_EDATA, "%s: column '%s' has %zu categories, more than %" PRId64 " (-x '%s' leaves it out, --min-frequency or --top puts rare ones "
		"together, --use 'target=%s' takes any number, --max-categories allows more)", lesson->source, name, count, options->max_categories, name, name);
}

static int number_categories(struct numbering *numbering, const struct ns_encode_categories *found, const struct ns_lesson *lesson, const char *name,
	const struct ns_encode_options *options, struct ns_arena *arena, struct ns_err *err)
{
	*numbering = (struct numbering){.of = NS_NEW_ARRAY(arena, size_t, found->count)};
	for (size_t i = 0; i < found->count; i++)
		if (!found->list[found->turn[i]].rare)
			numbering->of[found->turn[i]] = numbering->frequent++;
	for (size_t i = 0; i < found->count; i++) {
		NS_TRY(ns_encode_check_text(&found->list[i], name, lesson->source, err));
		if (found->list[i].rare)
			numbering->of[i] = numbering->frequent;
	}
	numbering->count = numbering->frequent + (numbering->frequent < found->count);
	numbering->rest_is_rare = numbering->frequent < found->count && options->unknown == NS_ENCODE_UNKNOWN_INFREQUENT;
	return check_count(numbering->count, lesson, name, NS_ENCODE_ONE_HOT, options, err);
}

/* --- one-hot --- */

static const char *name_of(const char *column, const struct ns_encode_category *category, struct ns_arena *arena)
{
	char number[NS_NUMBER_MAX + 1] = "";
	if (category->rare || category->missing)
		return ns_encode_output_name(column, category->rare ? "infrequent" : "missing", arena);
	if (!category->text)
		number[ns_number_print(number, category->value)] = '\0';
	return ns_encode_output_name(column, category->text ? category->text : number, arena);
}

static int add_one_hot(struct ns_encode_rows *rows, const struct ns_encode_categories *found, const struct ns_lesson *lesson, const char *name,
	const struct ns_encode_options *options, struct ns_arena *arena, struct ns_err *err)
{
	struct numbering numbering;
	NS_TRY(number_categories(&numbering, found, lesson, name, options, arena, err));
	size_t dropped = options->drop == NS_ENCODE_DROP_FIRST || (options->drop == NS_ENCODE_DROP_IF_BINARY && numbering.count == 2);
	const char **outputs = NS_NEW_ARRAY(arena, const char *, numbering.count);
	for (size_t i = 0; i < found->count; i++)
		if (!outputs[numbering.of[i]] && numbering.of[i] >= dropped)
			outputs[numbering.of[i]] = name_of(name, &found->list[i], arena);
	for (size_t i = dropped; i < numbering.count; i++)
		rows->outputs[rows->outputs_count++] = outputs[i];
	for (size_t i = 0; i < found->count; i++) {
		size_t number = numbering.of[i];
		if (!(found->list[i].rare && numbering.rest_is_rare))
			ns_encode_rows_add(rows, name, NS_ENCODE_ONE_HOT, &found->list[i], outputs[number], number < dropped ? NAN : (double)(number - dropped));
	}
	if (options->unknown == NS_ENCODE_UNKNOWN_ERROR)
		return NS_OK;
	bool is_one = numbering.rest_is_rare && numbering.frequent >= dropped;
	ns_encode_rows_add(rows, name, NS_ENCODE_ONE_HOT, NULL, is_one ? outputs[numbering.frequent] : NULL,
		is_one ? (double)(numbering.frequent - dropped) : NAN);
	return NS_OK;
}

/* --- ordinal --- */

static int check_free(double value, size_t count, const char *option, const char *name, struct ns_err *err)
{
	if (value >= 0 && value < (double)count && value == floor(value))
		return ns_fail(err, NS_ECALL, "%s: %.0f is the code of a category of column '%s'", option, value, name);
	return NS_OK;
}

static int add_ordinal(struct ns_encode_rows *rows, const struct ns_encode_categories *found, const struct ns_lesson *lesson, const struct ns_series *series,
	const struct ns_encode_options *options, struct ns_arena *arena, struct ns_err *err)
{
	static const struct ns_encode_category missing = {.value = (double)NAN, .missing = true};
	struct numbering numbering;
	NS_TRY(number_categories(&numbering, found, lesson, series->name, options, arena, err));
	if (options->unknown != NS_ENCODE_UNKNOWN_ERROR)
		NS_TRY(check_free(options->unknown_value, numbering.count, "--unknown-value", series->name, err));
	NS_TRY(check_free(options->missing_value, numbering.count, "--missing-value", series->name, err));
	rows->outputs[rows->outputs_count++] = series->name;
	for (size_t i = 0; i < found->count; i++)
		if (!(found->list[i].rare && numbering.rest_is_rare))
			ns_encode_rows_add(rows, series->name, NS_ENCODE_ORDINAL, &found->list[i], series->name, (double)numbering.of[i]);
	if (!isnan(options->missing_value))
		ns_encode_rows_add(rows, series->name, NS_ENCODE_ORDINAL, &missing, series->name, options->missing_value);
	if (options->unknown != NS_ENCODE_UNKNOWN_ERROR)
		ns_encode_rows_add(rows, series->name, NS_ENCODE_ORDINAL, NULL, series->name,
			numbering.rest_is_rare ? (double)numbering.frequent : options->unknown_value);
	return NS_OK;
}

/* --- names --- */

static bool is_one_hot(const struct ns_encode_rows *rows, size_t row)
{
	return strcmp(rows->strategy[row], "one-hot") == 0;
}

/* What a row is about; that of unknown values has an output where the infrequent ones do. */
static const char *describe(const struct ns_encode_rows *rows, size_t row, struct ns_arena *arena)
{
	char number[NS_NUMBER_MAX + 1] = "";
	if (rows->kind[row] != ns_encode_kind_names[NS_ENCODE_CATEGORY])
		return rows->kind[row] == ns_encode_kind_names[NS_ENCODE_MISSING] ? "a missing value" : "infrequent ones";
	if (!rows->category[row])
		number[ns_number_print(number, rows->value[row])] = '\0';
	return ns_format(arena, "'%.80s'", rows->category[row] ? rows->category[row] : number);
}

/* Two rows whose outputs meet in one name. */
static int fail_twice(const struct ns_encode_rows *rows, const char *name, const char *source, struct ns_arena *arena, struct ns_err *err)
{
	size_t first = rows->count, second = rows->count;
	for (size_t i = 0; i < rows->count && second == rows->count; i++) {
		if (!rows->output[i] || strcmp(rows->output[i], name) != 0)
			continue;
		if (first == rows->count)
			first = i;
		else if (strcmp(rows->column[i], rows->column[first]) != 0 || (is_one_hot(rows, i) && rows->code[i] != rows->code[first]))
			second = i;
	}
	if (second == rows->count)
		return ns_fail(err, NS_EDATA, "%s: two columns would be called '%s' (ns-convert --rename gives one of them another name)", source, name);
	const char *one = describe(rows, first, arena), *other = describe(rows, second, arena), *column = rows->column[second];
	if (strcmp(rows->column[first], column) == 0)
		return ns_fail(err, NS_EDATA, "%s: column '%s' would stand for %s and for %s of column '%s' (-x '%s' leaves it out, --use 'ordinal=%s' numbers them)",
			source, name, one, other, column, column, column);
	return ns_fail(err, NS_EDATA, "%s: column '%s' would stand for %s of column '%s' and for %s of column '%s' (-x '%s' leaves that one out, "
		"ns-convert --rename gives a column another name)", source, name, one, rows->column[first], other, column, column);
}

static int check_outputs(const struct ns_encode_rows *rows, const char *source, struct ns_arena *arena, struct ns_err *err)
{
	const char **names = NS_NEW_ARRAY(arena, const char *, rows->outputs_count);
	for (size_t i = 0; i < rows->outputs_count; i++)
		names[i] = rows->outputs[i];
	const char *doubled = ns_stage_doubled(names, rows->outputs_count);
	return doubled ? fail_twice(rows, doubled, source, arena, err) : NS_OK;
}

/* --- the whole --- */

/* A lesson while it is learnt. */
struct learning {
	const struct ns_lesson *lesson;
	const struct ns_encode_options *options;
	struct ns_encode_categories *found; /* of each column */
	struct ns_encode_rows rows;
	struct ns_encode_target target;
	size_t targets; /* columns of that strategy */
};

static const struct ns_encode_list *find_list(const struct ns_encode_options *options, const char *column)
{
	for (size_t i = 0; i < options->lists_count; i++)
		if (strcmp(options->lists[i].column, column) == 0)
			return &options->lists[i];
	return NULL;
}

/* Whoever wrote a list by hand means a column that is there. */
static int check_lists(const struct ns_lesson *lesson, const struct ns_encode_options *options, struct ns_arena *arena, struct ns_err *err)
{
	const char **names = ns_lesson_names(lesson, arena);
	for (size_t l = 0; l < options->lists_count; l++) {
		const char *name = options->lists[l].column, *near = ns_nearest_name(name, names, lesson->width);
		size_t at = 0;
		if (!options->lists[l].given)
			continue;
		while (at < lesson->width && strcmp(names[at], name) != 0)
			at++;
		if (at == lesson->width)
			return ns_fail(err, NS_ECALL, "--categories: no column '%s' is encoded%s", name, near ? ns_format(arena, " (did you mean '%s'?)", near) : "");
		if (lesson->strategy[at] == NS_ENCODE_TARGET)
			return ns_fail(err, NS_ECALL, "--categories: column '%s' is encoded by the target, which asks for no order", name);
	}
	return NS_OK;
}

/* The categories of a column, and room for its rows in *total. */
static int find_categories(size_t *total, struct learning *learning, size_t column, struct ns_arena *arena, struct ns_err *err)
{
	const struct ns_lesson *lesson = learning->lesson;
	const struct ns_encode_options *options = learning->options;
	const struct ns_series *series = lesson->series[column];
	struct ns_encode_categories *found = &learning->found[column];
	const struct ns_encode_list *list = find_list(options, series->name);
	int strategy = lesson->strategy[column];
	size_t each = 1;
	ns_encode_categories_find(found, series, lesson->rows, strategy != NS_ENCODE_ORDINAL, arena);
	if (strategy == NS_ENCODE_TARGET) {
		uint32_t classes = lesson->labels->classes;
		each = classes > 2 ? classes : 1;
		learning->targets++;
		NS_TRY(check_count(each, lesson, series->name, strategy, options, err));
	} else {
		if (list)
			NS_TRY(ns_encode_categories_replace(found, series, list, options->unknown == NS_ENCODE_UNKNOWN_ERROR, lesson->source, arena, err));
		ns_encode_categories_mark(found, lesson->rows, options, arena);
	}
	if (found->count > ROWS_MAX || (found->count + 2) * each > ROWS_MAX - *total)
		return ns_fail(err, NS_EDATA, "%s: with the %zu categories of column '%s' a stage would have more than %d rows (-x '%s' leaves it out)", lesson->source,
			found->count, series->name, ROWS_MAX, series->name);
	*total += (found->count + 2) * each; /* missing, unknown */
	return NS_OK;
}

static int add_columns(struct learning *learning, struct ns_arena *arena, struct ns_err *err)
{
	const struct ns_lesson *lesson = learning->lesson;
	size_t targets = 0;
	for (size_t i = 0; i < lesson->width; i++) {
		const struct ns_series *series = lesson->series[i];
		if (learning->found[i].count == 0)
			return ns_lesson_empty(lesson, series, "", err);
		if (lesson->strategy[i] == NS_ENCODE_TARGET)
			NS_TRY(ns_encode_target_add(&learning->rows, &learning->target, targets++, &learning->found[i], series, arena, err));
		else if (lesson->strategy[i] == NS_ENCODE_ORDINAL)
			NS_TRY(add_ordinal(&learning->rows, &learning->found[i], lesson, series, learning->options, arena, err));
		else
			NS_TRY(add_one_hot(&learning->rows, &learning->found[i], lesson, series->name, learning->options, arena, err));
	}
	return NS_OK;
}

int ns_encode_learn(struct ns_stage *stage, const struct ns_lesson *lesson, const struct ns_encode_options *options,
	struct ns_arena *arena, struct ns_err *err)
{
	struct learning learning = {.lesson = lesson, .options = options, .found = NS_NEW_ARRAY(arena, struct ns_encode_categories, lesson->width)};
	struct ns_table table = {0};
	size_t total = 0;
	NS_TRY(check_lists(lesson, options, arena, err));
	for (size_t i = 0; i < lesson->width; i++)
		NS_TRY(find_categories(&total, &learning, i, arena, err));
	ns_encode_rows_init(&learning.rows, total, learning.targets ? options->folds : 0, arena);
	if (learning.targets)
		NS_TRY(ns_encode_target_init(&learning.target, lesson, options, learning.targets, arena, err));
	NS_TRY(add_columns(&learning, arena, err));
	NS_TRY(check_outputs(&learning.rows, lesson->source, arena, err));
	NS_TRY(ns_encode_rows_put(&table, &learning.rows, arena, err));
	if (learning.targets)
		ns_encode_target_put(&table.metadata, &learning.target, arena);
	return ns_lesson_finish(stage, lesson, &ns_stage_encode, &table, learning.rows.outputs, learning.rows.outputs_count, arena, err);
}
