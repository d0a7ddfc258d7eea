#include "stage/model_stage.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/parallel.h"
#include "stage/stage_table.h"

enum { CLASSES_MAX = 65536, PIECE_MIN = 512, PIECE_MAX = 32768 };

/* Class names that are all numbers have values; "007" is none, as in labels.h. */
static const double *class_values(const char *const *names, uint32_t classes, struct ns_arena *arena)
{
	double *values = NS_NEW_ARRAY(arena, double, classes);
	for (uint32_t c = 0; c < classes; c++)
		if (!ns_number_parse(&values[c], names[c], strlen(names[c])) || ns_number_is_code(names[c], strlen(names[c])))
			return NULL;
	return values;
}

static int load_positive(struct ns_model_stage *state, const char *name, const struct ns_stage *stage, struct ns_err *err)
{
	state->positive = -1;
	for (uint32_t c = 0; name && c < state->model.classes; c++)
		if (strcmp(state->classes[c], name) == 0)
			state->positive = (int32_t)c;
	if (name && state->positive < 0)
		return ns_fail(err, NS_EDATA, "%s: positive class '%s' is none of the model's classes", stage->path, name);
	return NS_OK;
}

static int load(struct ns_stage *stage, struct ns_arena *arena, struct ns_err *err)
{
	const struct ns_metadata *metadata = &stage->table.metadata;
	struct ns_model_stage *state = stage->state = NS_NEW(arena, struct ns_model_stage);
	const char *classes = ns_metadata_find(metadata, "ns:classes"), *labels = ns_metadata_find(metadata, "ns:labels");
	const char *threshold = ns_metadata_find(metadata, "ns:threshold");
	size_t count = 0, label_count = 0;
	state->learner = ns_metadata_find(metadata, "ns:learner");
	state->target = ns_metadata_find(metadata, "ns:target");
	state->prefix = "";
	if (classes)
		ns_list_split(&state->classes, &count, classes, arena);
	if (!state->learner || !state->target || count < 2 || count > CLASSES_MAX)
		return ns_fail(err, NS_EDATA, "%s: the model does not say its learner, target and classes", stage->path);
	const char **sorted = NS_NEW_ARRAY(arena, const char *, count);
	memcpy(sorted, state->classes, count * sizeof *sorted);
	const char *doubled = ns_stage_doubled(sorted, count);
	if (doubled)
		return ns_stage_damaged(stage, err, "class '%s' is there twice", doubled);
	state->class_values = class_values(state->classes, (uint32_t)count, arena);
	if (labels)
		ns_list_split(&state->labels, &label_count, labels, arena);
	if (labels && label_count != count)
		return ns_fail(err, NS_EDATA, "%s: %zu readable names for %zu classes", stage->path, label_count, count);
	state->threshold = 0.5;
	if (threshold && (!ns_number_parse(&state->threshold, threshold, strlen(threshold)) ||
			  !(state->threshold >= 0 && state->threshold <= 1)))
		return ns_fail(err, NS_EDATA, "%s: threshold '%s' is not a number from 0 to 1", stage->path, threshold);
	NS_TRY(ns_model_from_table(&state->model, &stage->table, (uint32_t)count, stage->inputs_count, arena, err));
	return load_positive(state, ns_metadata_find(metadata, "ns:positive"), stage, err);
}

/* Missing values, where some were among the training rows. */
static bool takes_missing(const struct ns_model *model)
{
	return model->form == NS_MODEL_TREES && model->trees.shape.missing;
}

static int refuse(double value, const char *name, const char *where, const struct ns_model *model, struct ns_err *err)
{
	if (isnan(value))
		return ns_fail(err, NS_EDATA, "%s: column '%s' is missing: the model was trained on complete numbers (put the ns-impute stage in front of it)",
			where, name);
	return ns_fail(err, NS_EDATA, "%s: column '%s' is infinite: the model was trained on %s numbers (ns-impute --inf missing)", where, name,
		takes_missing(model) ? "finite" : "complete");
}

static bool is_wrong(double value, bool missing)
{
	return missing ? isinf(value) : !isfinite(value);
}

/* Rows from .. from + rows. A sum stays finite unless a value is not: one pass without branches. */
static bool are_right(const double *const *x, size_t features, size_t from, size_t rows, bool missing)
{
	for (size_t f = 0; f < features; f++) {
		const double *numbers = x[f] + from;
		double sum = 0;
		for (size_t row = 0; row < rows; row++)
			sum += numbers[row] * 0;
		for (size_t row = 0; sum != 0 && row < rows; row++)
			if (is_wrong(numbers[row], missing))
				return false;
	}
	return true;
}

/* The guilty one is searched only when there is one. */
static int refuse_values(const struct ns_table *batch, const struct ns_stage *stage, const double *const *x, struct ns_arena *arena, struct ns_err *err)
{
	const struct ns_model *model = &((const struct ns_model_stage *)stage->state)->model;
	for (size_t f = 0; f < stage->inputs_count; f++)
		for (size_t row = 0; row < batch->rows; row++)
			if (is_wrong(x[f][row], takes_missing(model)))
				return refuse(x[f][row], stage->inputs[f].name, ns_table_where(batch, row, arena), model, err);
	return NS_OK;
}

struct prediction {
	const struct ns_model_stage *state;
	const double *const *x;
	size_t rows, piece_rows;
	double **probability; /* a column for each class */
	uint32_t *chosen;
	atomic_bool wrong;    /* a value is, somewhere */
};

/* One piece for each thread, as long as it is neither tiny nor huge: a forest comes from memory once for each. */
static size_t piece_rows(size_t rows, int threads)
{
	size_t share = (rows + (size_t)threads - 1) / (size_t)threads;
	return share < PIECE_MIN ? PIECE_MIN : share > PIECE_MAX ? PIECE_MAX : share;
}

/* One piece of the batch, on any thread. */
static void predict_piece(void *context, size_t piece, int worker)
{
	struct prediction *work = context;
	const struct ns_model *model = &work->state->model;
	size_t from = piece * work->piece_rows, rows = work->rows - from < work->piece_rows ? work->rows - from : work->piece_rows;
	uint32_t classes = model->classes;
	(void)worker;
	if (!are_right(work->x, model->features, from, rows, takes_missing(model))) {
		work->wrong = true;
		return;
	}
	const double **x = ns_malloc_array(model->features + 1, sizeof *x);
	double *probability = ns_malloc_array(rows, classes * sizeof *probability);
	for (size_t i = 0; i < model->features; i++)
		x[i] = work->x[i] + from;
	ns_model_predict(probability, model, x, rows);
	for (size_t row = 0; row < rows; row++) {
		const double *of_row = probability + row * classes;
		work->chosen[from + row] = ns_model_choose(of_row, classes, work->state->positive, work->state->threshold);
		for (uint32_t c = 0; c < classes; c++)
			work->probability[c][from + row] = of_row[c];
	}
	free(probability);
	free(x);
}

void ns_model_stage_outputs(const char ***names, size_t *count, const struct ns_model_stage *stage, struct ns_arena *arena)
{
	const char **list = NS_NEW_ARRAY(arena, const char *, stage->model.classes + 2);
	size_t n = 0;
	list[n++] = ns_format(arena, "%sprediction", stage->prefix);
	if (stage->labels)
		list[n++] = ns_format(arena, "%slabel", stage->prefix);
	for (uint32_t c = 0; c < stage->model.classes; c++)
		list[n++] = ns_format(arena, "%sprobability_%s", stage->prefix, stage->classes[c]);
	*names = list;
	*count = n;
}

/* A column of class names (names != values) or values, one a row. */
static int set_classes(struct ns_column *column, const double *values, const char *const *names, const uint32_t *chosen,
	size_t rows, struct ns_arena *arena, struct ns_err *err)
{
	if (values) {
		double *numbers = NS_NEW_ARRAY(arena, double, rows);
		for (size_t row = 0; row < rows; row++)
			numbers[row] = values[chosen[row]];
		ns_column_set_numbers(column, numbers);
		return NS_OK;
	}
	struct ns_span *spans = NS_NEW_ARRAY(arena, struct ns_span, rows);
	for (size_t row = 0; row < rows; row++)
		spans[row] = (struct ns_span){names[chosen[row]], strlen(names[chosen[row]])};
	return ns_column_set_text(column, spans, rows, arena, err);
}

static int add_columns(struct ns_table *batch, const struct ns_model_stage *state, const struct prediction *work,
	struct ns_arena *arena, struct ns_err *err)
{
	uint32_t classes = state->model.classes;
	const char **names;
	size_t count;
	ns_model_stage_outputs(&names, &count, state, arena);
	for (size_t i = 0; i < count; i++)
		if (ns_table_find(batch, names[i]) >= 0)
			return ns_fail(err, NS_EDATA, "%s: there is a column '%s' already (--prefix gives the new ones other names)",
				batch->source, names[i]);
	NS_TRY(set_classes(ns_table_add(batch, *names++, arena), state->class_values, state->classes, work->chosen, batch->rows,
		arena, err));
	if (state->labels)
		NS_TRY(set_classes(ns_table_add(batch, *names++, arena), NULL, state->labels, work->chosen, batch->rows, arena, err));
	for (uint32_t c = 0; c < classes; c++)
		ns_column_set_numbers(ns_table_add(batch, *names++, arena), work->probability[c]);
	return NS_OK;
}

static int apply(struct ns_table *batch, const struct ns_stage *stage, const size_t *at, struct ns_arena *arena,
	struct ns_err *err)
{
	const struct ns_model_stage *state = stage->state;
	const double **x = NS_NEW_ARRAY(arena, const double *, stage->inputs_count + 1);
	for (size_t i = 0; i < stage->inputs_count; i++)
		x[i] = batch->columns[at[i]].numbers;
	struct prediction work = {
		.state = state,
		.x = x,
		.rows = batch->rows,
		.piece_rows = piece_rows(batch->rows, stage->threads),
		.probability = NS_NEW_ARRAY(arena, double *, state->model.classes),
		.chosen = NS_NEW_ARRAY(arena, uint32_t, batch->rows),
	};
	for (uint32_t c = 0; c < state->model.classes; c++)
		work.probability[c] = NS_NEW_ARRAY(arena, double, batch->rows);
	ns_parallel(stage->threads, (batch->rows + work.piece_rows - 1) / work.piece_rows, predict_piece, &work);
	if (work.wrong)
		return refuse_values(batch, stage, x, arena, err);
	return add_columns(batch, state, &work, arena, err);
}

void ns_model_stage_describe(struct ns_metadata *metadata, const struct ns_model_stage *stage, struct ns_arena *arena)
{
	uint32_t classes = stage->model.classes;
	ns_metadata_set(metadata, "ns:target", stage->target, arena);
	ns_metadata_set(metadata, "ns:classes", ns_list_join(stage->classes, classes, arena), arena);
	ns_metadata_set(metadata, "ns:labels", stage->labels ? ns_list_join(stage->labels, classes, arena) : NULL, arena);
	ns_metadata_set(metadata, "ns:positive", stage->positive < 0 ? NULL : stage->classes[stage->positive], arena);
}

int ns_model_stage_make(struct ns_stage *out, const struct ns_model_stage *model, const char *const *features,
	const struct ns_metadata *info, const struct ns_chain *before, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_stage_parts parts = {.kind = &ns_stage_model, .before = before, .inputs_count = model->model.features};
	struct ns_stage_input *inputs = NS_NEW_ARRAY(arena, struct ns_stage_input, parts.inputs_count + 1);
	char threshold[NS_NUMBER_MAX + 1] = "";
	const char **outputs;
	for (size_t i = 0; i < parts.inputs_count; i++)
		inputs[i] = (struct ns_stage_input){features[i], NS_NUMBER};
	ns_model_to_table(&parts.table, &model->model, arena);
	struct ns_metadata *metadata = &parts.table.metadata;
	ns_metadata_set(metadata, "ns:learner", model->learner, arena);
	for (size_t i = 0; i < info->count; i++)
		ns_metadata_set(metadata, info->pairs[i].key, info->pairs[i].value, arena);
	ns_model_stage_describe(metadata, model, arena);
	threshold[ns_number_print(threshold, model->threshold)] = '\0';
	ns_metadata_set(metadata, "ns:threshold", threshold, arena);
	ns_model_stage_outputs(&outputs, &parts.outputs_count, model, arena);
	parts.outputs = outputs;
	parts.inputs = inputs;
	return ns_stage_make(out, &parts, arena, err);
}

const struct ns_stage_kind ns_stage_model = {.name = "model", .load = load, .apply = apply};
