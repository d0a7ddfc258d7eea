#include "stage/lesson.h"

#include <string.h>

void ns_lesson_init(struct ns_lesson *lesson, const struct ns_frame *frame, const char *target, const char *source, const struct ns_chain *before,
	struct ns_arena *arena)
{
	*lesson = (struct ns_lesson){.rows = frame->rows, .source = source, .before = before, .positive = -1};
	lesson->strategy = NS_NEW_ARRAY(arena, int, frame->width);
	lesson->series = NS_NEW_ARRAY(arena, const struct ns_series *, frame->width);
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < frame->width; i++)
			if ((frame->series[i].type == NS_TEXT) == (pass == 1) && !(target && strcmp(frame->series[i].name, target) == 0))
				lesson->series[lesson->width++] = &frame->series[i];
}

size_t ns_lesson_part(struct ns_lesson *part, const struct ns_lesson *lesson, const bool *marks, struct ns_arena *arena)
{
	*part = *lesson;
	part->width = 0;
	part->series = NS_NEW_ARRAY(arena, const struct ns_series *, lesson->width);
	part->strategy = NS_NEW_ARRAY(arena, int, lesson->width);
	for (size_t i = 0; i < lesson->width; i++)
		if (marks[i]) {
			part->strategy[part->width] = lesson->strategy[i];
			part->series[part->width++] = lesson->series[i];
		}
	return part->width;
}

const char **ns_lesson_names(const struct ns_lesson *lesson, struct ns_arena *arena)
{
	const char **names = NS_NEW_ARRAY(arena, const char *, lesson->width);
	for (size_t i = 0; i < lesson->width; i++)
		names[i] = lesson->series[i]->name;
	return names;
}

int ns_lesson_finish(struct ns_stage *stage, const struct ns_lesson *lesson, const struct ns_stage_kind *kind, const struct ns_table *table,
	const char *const *outputs, size_t outputs_count, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_stage_input *inputs = NS_NEW_ARRAY(arena, struct ns_stage_input, lesson->width);
	for (size_t i = 0; i < lesson->width; i++)
		inputs[i] = (struct ns_stage_input){lesson->series[i]->name, lesson->series[i]->type};
	struct ns_stage_parts parts = {.kind = kind, .table = *table, .inputs = inputs, .inputs_count = lesson->width, .before = lesson->before};
	parts.outputs = outputs ? outputs : ns_lesson_names(lesson, arena);
	parts.outputs_count = outputs ? outputs_count : lesson->width;
	return ns_stage_make(stage, &parts, arena, err);
}

int ns_lesson_empty(const struct ns_lesson *lesson, const struct ns_series *series, const char *remedy, struct ns_err *err)
{
	return ns_fail(err, NS_EDATA, "%s: column '%s' has no value to learn from (-x '%s' leaves it out%s)", lesson->source, series->name,
		series->name, remedy);
}
