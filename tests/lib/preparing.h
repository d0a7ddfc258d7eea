/*
 * preparing: a stage learnt on one table and applied to another, as the tools do it, for the tests of stages.
 */
#ifndef TESTS_LIB_PREPARING_H
#define TESTS_LIB_PREPARING_H

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "stage/flow.h"
#include "stage/lesson.h"

struct preparing {
	struct ns_arena arena;
	struct ns_err err;
	struct ns_table_options table;
	struct ns_chain before; /* "" where raw */
	struct ns_stage stage;
};

static inline void preparing_begin(struct preparing *p)
{
	*p = (struct preparing){.table = {NS_TABLE_OPTIONS_INIT}, .before.behind = ""};
	ns_quiet = true;
}

/* The path of a file with this text; it is gone when the program is. */
static inline char *file_of(struct preparing *p, const char *text, size_t size)
{
	int fd = memfd_create("table", 0);
	assert_true(fd >= 0 && write(fd, text, size) == (ssize_t)size);
	return ns_format(&p->arena, "/proc/self/fd/%d", fd);
}

static inline int read_frame(struct ns_frame *frame, struct preparing *p, const char *path, const struct ns_bundle *bundle, bool features)
{
	struct ns_flow flow;
	struct ns_flow_options stages = {.bundle = bundle};
	char *paths[] = {ns_strdup(&p->arena, path)};
	NS_TRY(ns_flow_open(&flow, paths, 1, &p->table, &stages, false, &p->arena, &p->err));
	bool *marks = NS_NEW_ARRAY(&p->arena, bool, flow.header.width);
	memset(marks, true, flow.header.width);
	if (features)
		NS_TRY(ns_flow_features(marks, &flow, &p->table, &p->err));
	for (size_t i = 0; i < flow.header.width; i++)
		if (marks[i])
			NS_TRY(ns_flow_want(&flow, i, NS_UNDECIDED, &p->err));
	NS_TRY(ns_flow_frame(frame, &flow, marks, &p->err));
	return ns_flow_finish(&flow, &p->err);
}

/* What is learnt from; the learning itself is the test's. */
static inline void read_lesson(struct ns_lesson *lesson, struct preparing *p, const char *path)
{
	struct ns_frame *frame = NS_NEW(&p->arena, struct ns_frame);
	assert_int_equal(read_frame(frame, p, path, NULL, true), NS_OK);
	ns_lesson_init(lesson, frame, NULL, "train.csv", &p->before, &p->arena);
}

static inline void read_lesson_of(struct ns_lesson *lesson, struct preparing *p, const char *text)
{
	read_lesson(lesson, p, file_of(p, text, strlen(text)));
}

/* One strategy for all its number columns, and one for those of text. */
static inline void use_strategy(struct ns_lesson *lesson, int strategy, int text_strategy)
{
	for (size_t i = 0; i < lesson->width; i++)
		lesson->strategy[i] = lesson->series[i]->type == NS_TEXT ? text_strategy : strategy;
}

/* The table behind the stage. */
static inline int apply_to(struct ns_frame *frame, struct preparing *p, const char *path)
{
	struct ns_bundle bundle = {&p->stage, 1};
	return read_frame(frame, p, path, &bundle, false);
}

static inline int apply_to_text(struct ns_frame *frame, struct preparing *p, const char *text)
{
	return apply_to(frame, p, file_of(p, text, strlen(text)));
}

/* The same names and numbers, to 1e-12 of the value or of `unit`, whichever is more. */
static inline void assert_same_numbers(struct preparing *p, const struct ns_frame *frame, const char *path, double unit)
{
	struct ns_frame expected;
	assert_int_equal(read_frame(&expected, p, path, NULL, false), NS_OK);
	assert_int_equal(frame->width, expected.width);
	assert_int_equal(frame->rows, expected.rows);
	for (size_t i = 0; i < frame->width; i++) {
		assert_string_equal(frame->series[i].name, expected.series[i].name);
		for (size_t row = 0; row < frame->rows; row++) {
			double a = frame->series[i].numbers[row], b = expected.series[i].numbers[row];
			if (isnan(a) && isnan(b))
				continue;
			if (!(fabs(a - b) <= 1e-12 * fmax(fabs(b), unit)))
				fail_msg("%s: '%s' row %zu: %.17g, expected %.17g", path, frame->series[i].name, row + 1, a, b);
		}
	}
}

static inline double number_at(const struct ns_frame *frame, const char *column, size_t row)
{
	return ns_frame_find(frame, column)->numbers[row];
}

static inline const char *text_at(const struct ns_frame *frame, const char *column, size_t row)
{
	const struct ns_series *series = ns_frame_find(frame, column);
	return series->codes[row] == NS_CODE_MISSING ? "" : series->values[series->codes[row]];
}

/* The stage with something in its table or metadata changed, as if it had been written so: what its loading says of it. */
static inline int reload(struct preparing *p, const struct ns_stage_input *inputs, size_t inputs_count)
{
	struct ns_stage changed;
	struct ns_stage_parts parts = {.kind = p->stage.kind, .table = p->stage.table, .inputs = inputs ? inputs : p->stage.inputs,
		.inputs_count = inputs ? inputs_count : p->stage.inputs_count, .before = &p->before};
	return ns_stage_make(&changed, &parts, &p->arena, &p->err);
}

/* In the stage's table: another number, another text (NULL: missing), a column gone. */
static inline void set_number(struct preparing *p, const char *column, size_t row, double value)
{
	struct ns_column *c = &p->stage.table.columns[ns_table_find(&p->stage.table, column)];
	double *numbers = NS_NEW_ARRAY(&p->arena, double, p->stage.table.rows);
	memcpy(numbers, c->numbers, p->stage.table.rows * sizeof *numbers);
	numbers[row] = value;
	ns_column_set_numbers(c, numbers);
}

static inline void set_text(struct preparing *p, const char *column, size_t row, const char *value)
{
	struct ns_column *c = &p->stage.table.columns[ns_table_find(&p->stage.table, column)];
	struct ns_span *spans = NS_NEW_ARRAY(&p->arena, struct ns_span, p->stage.table.rows);
	for (size_t i = 0; i < p->stage.table.rows; i++)
		spans[i] = ns_column_text(c, i);
	spans[row] = (struct ns_span){value, value ? strlen(value) : 0};
	assert_int_equal(ns_column_set_text(c, spans, p->stage.table.rows, &p->arena, &p->err), NS_OK);
}

static inline void rename_column(struct preparing *p, const char *column, const char *name)
{
	p->stage.table.columns[ns_table_find(&p->stage.table, column)].name = name;
}

/* A file's tests: each begins with a new one. */
static struct preparing p;

static inline int begin(void **state)
{
	(void)state;
	preparing_begin(&p);
	return 0;
}

static inline int end(void **state)
{
	(void)state;
	ns_arena_release(&p.arena);
	return 0;
}

#endif
