#include "stage/encode_target.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/utf8.h"
#include "stage/encode_find.h"

/* --- what is counted: rows, and those of each output's class --- */

/* Which output speaks of the class; < 0: none. */
static int64_t output_of(const struct ns_encode_target *target, uint32_t class)
{
	if (target->outputs > 1)
		return class;
	return class == target->positive ? 0 : -1;
}

static void count_all(struct ns_encode_target *target)
{
	size_t width = (size_t)target->outputs + 1;
	for (size_t row = 0; row < target->lesson->rows; row++) {
		uint64_t *of = target->counts + target->fold[row] * width;
		int64_t output = output_of(target, target->lesson->labels->y[row]);
		of[0]++;
		if (output >= 0)
			of[1 + output]++;
	}
}

/* Their names become those of columns, and metadata. */
static int check_classes(const struct ns_lesson *lesson, struct ns_err *err)
{
	const struct ns_labels *labels = lesson->labels;
	for (uint32_t class = 0; class < labels->classes; class++)
		if (!ns_utf8_valid(labels->names[class], strlen(labels->names[class])))
			return ns_fail(err, NS_EDATA, "%s: class '%.80s' is not UTF-8 (iconv -f LATIN1 -t UTF-8 may make it so)", lesson->source,
				labels->names[class]);
	return NS_OK;
}

int ns_encode_target_init(struct ns_encode_target *target, const struct ns_lesson *lesson, const struct ns_encode_options *options, size_t columns,
	struct ns_arena *arena, struct ns_err *err)
{
	const struct ns_labels *labels = lesson->labels;
	size_t next = 0;
	NS_TRY(check_classes(lesson, err));
	*target = (struct ns_encode_target){.lesson = lesson, .options = options,
		.folds = {.seed = options->seed, .count = options->folds, .rows = lesson->rows}};
	target->outputs = labels->classes > 2 ? labels->classes : 1;
	target->positive = lesson->positive >= 0 ? (uint32_t)lesson->positive : labels->classes - 1;
	ns_encode_folds_draw(&target->folds, labels->y, labels->classes, arena);
	target->fold = NS_NEW_ARRAY(arena, uint8_t, lesson->rows);
	ns_encode_folds_of(target->fold, &target->folds, 0, lesson->rows, &next);
	target->counts = NS_NEW_ARRAY(arena, uint64_t, target->folds.count * ((size_t)target->outputs + 1));
	count_all(target);
	ns_encode_trail_begin(&target->trail, columns, arena);
	target->trail.rows = lesson->rows;
	return NS_OK;
}

/* The category of each row: its position in the list. */
static void find_rows(uint32_t *category, const struct ns_encode_categories *found, const struct ns_series *series, size_t rows, struct ns_arena *arena)
{
	size_t count = found->count - (found->missing > 0);
	if (series->type == NS_TEXT) {
		for (size_t row = 0; row < rows; row++)
			category[row] = series->codes[row] == NS_CODE_MISSING ? (uint32_t)count : series->codes[row];
		return;
	}
	double *values = NS_NEW_ARRAY(arena, double, count);
	struct ns_encode_finder finder;
	for (size_t i = 0; i < count; i++)
		values[i] = found->list[i].value;
	ns_encode_finder_init(&finder, NULL, values, count, arena);
	ns_encode_find_numbers(category, &finder, series->numbers, rows, (struct ns_encode_others){(uint32_t)count, (uint32_t)count});
}

/* counts[(category * folds + fold) * (outputs + 1)], as of all rows. */
static uint32_t *count_categories(const struct ns_encode_target *target, const uint32_t *category, size_t categories)
{
	size_t width = (size_t)target->outputs + 1, folds = target->folds.count;
	uint32_t *counts = ns_malloc_array(categories * folds, width * sizeof *counts);
	memset(counts, 0, categories * folds * width * sizeof *counts);
	for (size_t row = 0; row < target->lesson->rows; row++) {
		uint32_t *of = counts + (category[row] * folds + target->fold[row]) * width;
		int64_t output = output_of(target, target->lesson->labels->y[row]);
		of[0]++;
		if (output >= 0)
			of[1 + output]++;
	}
	return counts;
}

/* --- the numbers --- */

/* A category's rows, and all; and how many of both have the class. */
struct shares {
	double rows, hits, all_rows, all_hits;
};

static double smoothed(struct shares of, double smooth)
{
	double prior = of.all_hits / of.all_rows;
	if (of.rows == 0)
		return prior;
	if (!isnan(smooth))
		return (of.hits + smooth * prior) / (of.rows + smooth);
	double mean = of.hits / of.rows, within = mean * (1 - mean), weight = prior * (1 - prior) * of.rows;
	return weight + within > 0 ? (weight * mean + within * prior) / (weight + within) : prior;
}

static struct shares of_fold(const struct ns_encode_target *target, const uint32_t *counts, uint32_t output, uint32_t fold)
{
	size_t at = fold * ((size_t)target->outputs + 1);
	struct shares of = {.all_rows = (double)target->counts[at], .all_hits = (double)target->counts[at + 1 + output]};
	if (counts) {
		of.rows = counts[at];
		of.hits = counts[at + 1 + output];
	}
	return of;
}

static void add_to(struct shares *sum, struct shares part, double times)
{
	sum->rows += times * part.rows;
	sum->hits += times * part.hits;
	sum->all_rows += times * part.all_rows;
	sum->all_hits += times * part.all_hits;
}

/* The rows of a category; its counts are NULL where it has none. What a fold's rows get is learnt from the others. */
static void add_category(struct ns_encode_rows *rows, const struct ns_encode_target *target, const char *column, const struct ns_encode_category *category,
	const char *const *names, const uint32_t *counts)
{
	double smooth = target->options->smooth;
	for (uint32_t output = 0; output < target->outputs; output++) {
		size_t row = rows->count;
		struct shares all = {0};
		for (uint32_t fold = 0; fold < target->folds.count; fold++)
			add_to(&all, of_fold(target, counts, output, fold), 1);
		ns_encode_rows_add(rows, column, NS_ENCODE_TARGET, category, names[output], smoothed(all, smooth));
		for (uint32_t fold = 0; fold < target->folds.count; fold++) {
			struct shares others = all;
			add_to(&others, of_fold(target, counts, output, fold), -1);
			rows->fold[fold][row] = smoothed(others, smooth);
		}
	}
}

/* The outputs' names, which become those of the rows, too. */
static void make_names(const char **names, struct ns_encode_rows *rows, const struct ns_encode_target *target, const char *column, struct ns_arena *arena)
{
	for (uint32_t output = 0; output < target->outputs; output++) {
		names[output] = target->outputs > 1 ? ns_encode_output_name(column, target->lesson->labels->names[output], arena) : column;
		rows->outputs[rows->outputs_count++] = names[output];
	}
}

int ns_encode_target_add(struct ns_encode_rows *rows, struct ns_encode_target *target, size_t column, const struct ns_encode_categories *found,
	const struct ns_series *series, struct ns_arena *arena, struct ns_err *err)
{
	const char **names = NS_NEW_ARRAY(arena, const char *, target->outputs);
	make_names(names, rows, target, series->name, arena);
	uint32_t *category = ns_malloc_array(target->lesson->rows, sizeof *category);
	find_rows(category, found, series, target->lesson->rows, arena);
	uint32_t *counts = count_categories(target, category, found->count);
	int status = NS_OK;
	ns_encode_trail_add(&target->trail, column, category, target->lesson->rows);
	for (size_t i = 0; i < found->count && status == NS_OK; i++) {
		status = ns_encode_check_text(&found->list[i], series->name, target->lesson->source, err);
		add_category(rows, target, series->name, &found->list[i], names, counts + i * target->folds.count * ((size_t)target->outputs + 1));
	}
	if (target->options->unknown != NS_ENCODE_UNKNOWN_ERROR)
		add_category(rows, target, series->name, NULL, names, NULL);
	free(counts);
	free(category);
	return status;
}

void ns_encode_target_put(struct ns_metadata *metadata, struct ns_encode_target *target, struct ns_arena *arena)
{
	const struct ns_labels *labels = target->lesson->labels;
	char digest[NS_DIGEST_SIZE], smooth[NS_NUMBER_MAX + 1] = "";
	smooth[ns_number_print(smooth, target->options->smooth)] = '\0';
	ns_encode_trail_end(digest, &target->trail);
	ns_encode_folds_put(metadata, &target->folds, arena);
	ns_metadata_set(metadata, "ns:trail", digest, arena);
	ns_metadata_set(metadata, "ns:smooth", *smooth ? smooth : "auto", arena);
	ns_metadata_set(metadata, "ns:classes", ns_list_join(labels->names, labels->classes, arena), arena);
	ns_metadata_set(metadata, "ns:positive", target->outputs == 1 ? labels->names[target->positive] : NULL, arena);
}
