#include "table/frame.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/random.h"
#include "table/spool.h"

enum { MEMORY = 256 }; /* megabytes of numbers that are held as they are */

/* A column's distinct values while it grows: an open-addressing table of positions + 1 in `spans`, 0 = free. */
struct distinct {
	uint32_t *slots;
	size_t mask; /* slots - 1; 0 before the first value */
	struct ns_span *spans;
	size_t count, capacity;
	struct ns_arena bytes;
};

struct part {
	size_t column; /* position in the batches */
	const char *name;
	enum ns_type type;
	double *numbers;
	uint32_t *codes;
	struct distinct distinct;
};

struct ns_frame_builder {
	struct part *parts;
	size_t width, rows, capacity;
	size_t numbers;          /* how many parts are numbers */
	double limit;            /* bytes of numbers; 0: not yet known */
	struct ns_spool *spool;  /* NULL while they are in memory */
	const double **spooling; /* numbers: what goes there at once */
};

/* --- distinct values --- */

static size_t slot_of(const struct distinct *set, struct ns_span value)
{
	size_t at = ns_hash64(value.data, value.size, 0, 0) & set->mask;
	for (; set->slots[at]; at = (at + 1) & set->mask) {
		const struct ns_span *known = &set->spans[set->slots[at] - 1];
		if (known->size == value.size && memcmp(known->data, value.data, value.size) == 0)
			break;
	}
	return at;
}

static void grow(struct distinct *set)
{
	size_t slots = set->mask ? (set->mask + 1) * 2 : 64;
	free(set->slots);
	set->slots = ns_malloc_array(slots, sizeof *set->slots);
	memset(set->slots, 0, slots * sizeof *set->slots);
	set->mask = slots - 1;
	set->capacity = slots / 2;
	set->spans = ns_realloc_array(set->spans, set->capacity, sizeof *set->spans);
	for (size_t i = 0; i < set->count; i++)
		set->slots[slot_of(set, set->spans[i])] = (uint32_t)i + 1;
}

static uint32_t code_of(struct distinct *set, struct ns_span value)
{
	if (set->count == set->capacity)
		grow(set);
	size_t at = slot_of(set, value);
	if (!set->slots[at]) {
		set->spans[set->count] = (struct ns_span){ns_strndup(&set->bytes, value.data, value.size), value.size};
		set->slots[at] = (uint32_t)++set->count;
	}
	return set->slots[at] - 1;
}

/* --- building --- */

void ns_frame_start(struct ns_frame_builder **out, const struct ns_table *header, const bool *marks)
{
	struct ns_frame_builder *builder = ns_malloc_array(1, sizeof *builder);
	*builder = (struct ns_frame_builder){.parts = ns_malloc_array(header->width, sizeof *builder->parts),
		.spooling = ns_malloc_array(header->width, sizeof *builder->spooling)};
	for (size_t i = 0; i < header->width; i++) {
		const struct ns_column *column = &header->columns[i];
		if (!marks[i])
			continue;
		builder->parts[builder->width++] = (struct part){.column = i, .name = column->name, .type = column->type == NS_TEXT ? NS_TEXT : NS_NUMBER};
		builder->numbers += column->type != NS_TEXT;
	}
	*out = builder;
}

static int find_limit(struct ns_frame_builder *builder, struct ns_err *err)
{
	const char *text = getenv("NS_SPOOL");
	double megabytes = MEMORY;
	if (text && !(ns_number_parse(&megabytes, text, strlen(text)) && megabytes > 0))
		return ns_fail(err, NS_ECALL, "NS_SPOOL: '%s' is not a number of megabytes", text);
	builder->limit = megabytes * 1e6;
	return NS_OK;
}

/* From now on numbers go to a file, those that there are first. */
static int begin_spool(struct ns_frame_builder *builder, struct ns_err *err)
{
	size_t count = 0;
	NS_TRY(ns_spool_open(&builder->spool, builder->numbers, builder->capacity, err));
	for (size_t i = 0; i < builder->width; i++)
		if (builder->parts[i].type == NS_NUMBER)
			builder->spooling[count++] = builder->parts[i].numbers;
	if (builder->rows)
		NS_TRY(ns_spool_add(builder->spool, builder->spooling, builder->rows, err));
	for (size_t i = 0; i < builder->width; i++) {
		free(builder->parts[i].numbers);
		builder->parts[i].numbers = NULL;
	}
	return NS_OK;
}

static int reserve(struct ns_frame_builder *builder, size_t rows, struct ns_err *err)
{
	if (rows <= builder->capacity)
		return NS_OK;
	if (builder->limit == 0)
		NS_TRY(find_limit(builder, err));
	size_t capacity = builder->capacity * 2 > rows ? builder->capacity * 2 : rows;
	bool fits = (double)capacity * (double)builder->numbers * sizeof(double) <= builder->limit || builder->numbers > NS_SPOOL_COLUMNS;
	if (!fits && !builder->spool)
		NS_TRY(begin_spool(builder, err));
	for (size_t i = 0; i < builder->width; i++) {
		struct part *part = &builder->parts[i];
		if (part->type == NS_TEXT)
			part->codes = ns_realloc_array(part->codes, capacity, sizeof *part->codes);
		else if (!builder->spool)
			part->numbers = ns_realloc_array(part->numbers, capacity, sizeof *part->numbers);
	}
	builder->capacity = capacity;
	return NS_OK;
}

static int fail_nul(const struct ns_table *batch, size_t row, const char *name, struct ns_err *err)
{
	struct ns_arena scratch = NS_ARENA_INIT;
	int status = ns_fail(err, NS_EDATA, "%s: column '%s': a NUL byte in text", ns_table_where(batch, row, &scratch), name);
	ns_arena_release(&scratch);
	return status;
}

static int add_text(struct part *part, size_t at, const struct ns_table *batch, struct ns_err *err)
{
	const struct ns_column *column = &batch->columns[part->column];
	for (size_t row = 0; row < batch->rows; row++) {
		struct ns_span value = ns_column_text(column, row);
		if (value.size && memchr(value.data, '\0', value.size))
			return fail_nul(batch, row, part->name, err);
		part->codes[at + row] = value.data ? code_of(&part->distinct, value) : NS_CODE_MISSING;
	}
	return NS_OK;
}

int ns_frame_add(struct ns_frame_builder *builder, const struct ns_table *batch, struct ns_err *err)
{
	size_t at = builder->rows, numbers = 0;
	if (batch->rows > UINT32_MAX - 1 - at)
		return ns_fail(err, NS_EDATA, "%s: more than 4,294,967,294 rows cannot be held in memory", batch->source ? batch->source : "stdin");
	NS_TRY(reserve(builder, at + batch->rows, err));
	for (size_t i = 0; batch->rows && i < builder->width; i++) {
		struct part *part = &builder->parts[i];
		const struct ns_column *column = &batch->columns[part->column];
		if (part->type == NS_TEXT) {
			NS_TRY(add_text(part, at, batch, err));
			continue;
		}
		assert(column->numbers);
		builder->spooling[numbers++] = column->numbers;
		if (!builder->spool)
			memcpy(part->numbers + at, column->numbers, batch->rows * sizeof *part->numbers);
	}
	if (builder->spool && numbers)
		NS_TRY(ns_spool_add(builder->spool, builder->spooling, batch->rows, err));
	builder->rows += batch->rows;
	return NS_OK;
}

/* --- the whole --- */

/* A distinct value with the code it had. */
struct ranked {
	struct ns_span value;
	uint32_t code;
};

static int by_bytes(const void *left, const void *right)
{
	const struct ns_span *a = &((const struct ranked *)left)->value, *b = &((const struct ranked *)right)->value;
	int order = memcmp(a->data, b->data, a->size < b->size ? a->size : b->size);
	return order ? order : (a->size > b->size) - (a->size < b->size);
}

/* Numbers the values anew in bytewise order. */
static void rank_values(struct ns_series *series, const struct part *part, size_t rows, struct ns_arena *arena)
{
	const struct distinct *set = &part->distinct;
	struct ranked *ranked = ns_malloc_array(set->count, sizeof *ranked);
	uint32_t *rank = ns_malloc_array(set->count, sizeof *rank);
	for (size_t i = 0; i < set->count; i++)
		ranked[i] = (struct ranked){set->spans[i], (uint32_t)i};
	if (set->count)
		qsort(ranked, set->count, sizeof *ranked, by_bytes);
	series->values = NS_NEW_ARRAY(arena, const char *, set->count);
	series->values_count = set->count;
	for (size_t i = 0; i < set->count; i++) {
		series->values[i] = ns_strndup(arena, ranked[i].value.data, ranked[i].value.size);
		rank[ranked[i].code] = (uint32_t)i;
	}
	for (size_t row = 0; row < rows; row++)
		if (part->codes[row] != NS_CODE_MISSING)
			part->codes[row] = rank[part->codes[row]];
	free(ranked);
	free(rank);
}

/* Hands what a part has gathered over as it is: copying would hold the table twice. */
static void hand_over(struct ns_series *series, struct part *part, size_t rows, double *mapped, struct ns_arena *arena)
{
	*series = (struct ns_series){.name = ns_strdup(arena, part->name), .type = part->type};
	if (part->type == NS_TEXT)
		rank_values(series, part, rows, arena);
	series->numbers = mapped ? mapped : part->numbers;
	series->codes = part->codes;
	if (!mapped)
		ns_arena_defer(arena, free, part->type == NS_TEXT ? (void *)part->codes : part->numbers);
	part->numbers = NULL;
	part->codes = NULL;
}

int ns_frame_finish(struct ns_frame *frame, struct ns_frame_builder *builder, struct ns_arena *arena, struct ns_err *err)
{
	double **mapped = NS_NEW_ARRAY(arena, double *, builder->numbers);
	size_t numbers = 0;
	int status = builder->capacity ? NS_OK : reserve(builder, 1, err); /* so that series of no rows have memory, too */
	if (status == NS_OK && builder->spool) {
		status = ns_spool_map(mapped, builder->spool, arena, err);
		builder->spool = NULL;
	}
	*frame = (struct ns_frame){builder->rows, builder->width, NS_NEW_ARRAY(arena, struct ns_series, builder->width)};
	for (size_t i = 0; status == NS_OK && i < builder->width; i++)
		hand_over(&frame->series[i], &builder->parts[i], builder->rows, builder->parts[i].type == NS_NUMBER ? mapped[numbers++] : NULL, arena);
	ns_frame_abandon(builder);
	return status;
}

void ns_frame_abandon(struct ns_frame_builder *builder)
{
	for (size_t i = 0; i < builder->width; i++) {
		struct part *part = &builder->parts[i];
		free(part->numbers);
		free(part->codes);
		free(part->distinct.slots);
		free(part->distinct.spans);
		ns_arena_release(&part->distinct.bytes);
	}
	ns_spool_close(builder->spool);
	free(builder->spooling);
	free(builder->parts);
	free(builder);
}

int ns_frame_collect(struct ns_frame *frame, const struct ns_table *header, const bool *marks, int (*next)(struct ns_table **, void *, struct ns_err *),
	void *source, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_frame_builder *builder;
	struct ns_table *batch;
	int status;
	ns_frame_start(&builder, header, marks);
	do {
		status = next(&batch, source, err);
		if (status == NS_OK)
			status = ns_frame_add(builder, batch, err);
	} while (status == NS_OK && batch->rows > 0);
	if (status == NS_OK)
		return ns_frame_finish(frame, builder, arena, err);
	ns_frame_abandon(builder);
	return status;
}

static int next_of_reader(struct ns_table **batch, void *reader, struct ns_err *err)
{
	return ns_reader_next(batch, reader, err);
}

int ns_frame_read(struct ns_frame *frame, struct ns_reader *reader, const bool *marks, struct ns_arena *arena, struct ns_err *err)
{
	return ns_frame_collect(frame, ns_reader_header(reader), marks, next_of_reader, reader, arena, err);
}

const struct ns_series *ns_frame_find(const struct ns_frame *frame, const char *name)
{
	for (size_t i = 0; i < frame->width; i++)
		if (strcmp(frame->series[i].name, name) == 0)
			return &frame->series[i];
	return NULL;
}
