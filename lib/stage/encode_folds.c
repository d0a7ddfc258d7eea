#include "stage/encode_folds.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "stage/stage_table.h"

static const char key_folds[] = "ns:folds", key_seed[] = "ns:seed", key_rows[] = "ns:rows", key_moved[] = "ns:moved";

/* --- the folds --- */

static uint8_t drawn(const struct ns_encode_folds *folds, uint64_t row)
{
	return (uint8_t)(ns_hash64(&row, sizeof row, folds->seed, 0x666f6c6473) % folds->count);
}

/*
 * How many rows of each class each fold is to have: counts[class * folds + fold] becomes how many it has too many. What a class
 * leaves over goes to the folds behind those that got the last class's.
 */
static void find_excess(int64_t *counts, uint32_t classes, uint32_t folds)
{
	int64_t turn = 0;
	for (uint32_t class = 0; class < classes; class++) {
		int64_t *of = counts + (size_t)class * folds, total = 0;
		for (uint32_t fold = 0; fold < folds; fold++)
			total += of[fold];
		for (uint32_t fold = 0; fold < folds; fold++)
			of[fold] -= total / folds;
		for (int64_t rest = total % folds; rest > 0; rest--, turn++)
			of[turn % folds]--;
	}
}

/* Of each class as many leave a fold as it has too many, and go to the first that has too few. */
static size_t move(struct ns_encode_moved *moved, const uint8_t *fold, int64_t *excess, const uint32_t *y, const struct ns_encode_folds *folds)
{
	size_t count = 0;
	for (size_t row = 0; row < folds->rows; row++) {
		int64_t *of = excess + (size_t)y[row] * folds->count;
		uint8_t to = 0;
		if (of[fold[row]] <= 0)
			continue;
		while (of[to] >= 0)
			to++;
		of[fold[row]]--;
		of[to]++;
		moved[count++] = (struct ns_encode_moved){(uint32_t)row, to};
	}
	return count;
}

void ns_encode_folds_draw(struct ns_encode_folds *folds, const uint32_t *y, uint32_t classes, struct ns_arena *arena)
{
	size_t count = 0;
	uint8_t *fold = ns_malloc_array(folds->rows, sizeof *fold);
	int64_t *excess = NS_NEW_ARRAY(arena, int64_t, (size_t)classes * folds->count);
	for (size_t row = 0; row < folds->rows; row++) {
		fold[row] = drawn(folds, row);
		excess[(size_t)y[row] * folds->count + fold[row]]++;
	}
	find_excess(excess, classes, folds->count);
	for (size_t i = 0; i < (size_t)classes * folds->count; i++)
		count += excess[i] > 0 ? (size_t)excess[i] : 0;
	struct ns_encode_moved *moved = NS_NEW_ARRAY(arena, struct ns_encode_moved, count);
	folds->moved_count = move(moved, fold, excess, y, folds);
	folds->moved = moved;
	free(fold);
}

void ns_encode_folds_of(uint8_t *fold, const struct ns_encode_folds *folds, size_t first, size_t count, size_t *next)
{
	for (size_t i = 0; i < count; i++)
		fold[i] = drawn(folds, first + i);
	for (; *next < folds->moved_count && folds->moved[*next].row - first < count; ++*next)
		fold[folds->moved[*next].row - first] = folds->moved[*next].fold;
}

/* --- stored --- */

void ns_encode_folds_put(struct ns_metadata *metadata, const struct ns_encode_folds *folds, struct ns_arena *arena)
{
	enum { LONGEST = sizeof "4294967295:100 " };
	struct ns_buffer text = NS_BUFFER_INIT(folds->moved_count * LONGEST + 1);
	for (size_t i = 0; i < folds->moved_count; i++)
		(void)ns_buffer_printf(&text, "%s%" PRIu32 ":%d", i ? " " : "", folds->moved[i].row + 1, folds->moved[i].fold + 1);
	ns_metadata_set(metadata, key_folds, ns_format(arena, "%" PRIu32, folds->count), arena);
	ns_metadata_set(metadata, key_seed, ns_format(arena, "%" PRIu64, folds->seed), arena);
	ns_metadata_set(metadata, key_rows, ns_format(arena, "%zu", folds->rows), arena);
	ns_metadata_set(metadata, key_moved, ns_strndup(arena, text.data, text.size), arena);
	ns_buffer_release(&text);
}

static int get_number(int64_t *number, const struct ns_stage *stage, const char *key, int64_t min, int64_t max, struct ns_err *err)
{
	const char *text = ns_metadata_find(&stage->table.metadata, key);
	if (!text || !ns_integer_parse(number, text, strlen(text)) || *number < min || *number > max)
		return ns_stage_damaged(stage, err, "'%s' is '%s'", key, text ? text : "");
	return NS_OK;
}

/* "row:fold", from 1; false where it is none, or does not come behind the row before. */
static bool read_moved(struct ns_encode_moved *moved, const char *text, size_t size, size_t least, const struct ns_encode_folds *folds)
{
	int64_t row, fold;
	const char *colon = memchr(text, ':', size);
	if (!colon || !ns_integer_parse(&row, text, (size_t)(colon - text)) || !ns_integer_parse(&fold, colon + 1, size - (size_t)(colon + 1 - text)))
		return false;
	if (row < 1 || (uint64_t)row > folds->rows || (uint64_t)row <= least || fold < 1 || fold > folds->count)
		return false;
	*moved = (struct ns_encode_moved){(uint32_t)(row - 1), (uint8_t)(fold - 1)};
	return true;
}

static int get_moved(struct ns_encode_folds *folds, const struct ns_stage *stage, struct ns_arena *arena, struct ns_err *err)
{
	const char *text = ns_metadata_find(&stage->table.metadata, key_moved);
	size_t count = 1, least = 0;
	for (const char *at = text ? text : ""; *at; at++)
		count += *at == ' ';
	struct ns_encode_moved *moved = NS_NEW_ARRAY(arena, struct ns_encode_moved, count);
	for (const char *at = text ? text : ""; *at;) {
		size_t size = strcspn(at, " ");
		struct ns_encode_moved *one = &moved[folds->moved_count];
		if (!read_moved(one, at, size, least, folds))
			return ns_stage_damaged(stage, err, "'%s' says '%.40s'", key_moved, at);
		least = (size_t)one->row + 1;
		folds->moved_count++;
		at += size + (at[size] == ' ');
	}
	folds->moved = moved;
	return NS_OK;
}

int ns_encode_folds_get(struct ns_encode_folds *folds, const struct ns_stage *stage, struct ns_arena *arena, struct ns_err *err)
{
	int64_t count, seed, rows;
	NS_TRY(get_number(&count, stage, key_folds, 2, NS_ENCODE_FOLDS_MAX, err));
	NS_TRY(get_number(&seed, stage, key_seed, 0, INT64_MAX, err));
	NS_TRY(get_number(&rows, stage, key_rows, 1, UINT32_MAX - 1, err));
	*folds = (struct ns_encode_folds){.seed = (uint64_t)seed, .count = (uint32_t)count, .rows = (size_t)rows};
	return get_moved(folds, stage, arena, err);
}

/* --- the trail --- */

void ns_encode_trail_begin(struct ns_encode_trail *trail, size_t columns, struct ns_arena *arena)
{
	if (!trail->columns)
		trail->columns = NS_NEW_ARRAY(arena, struct ns_hasher, columns);
	trail->rows = 0;
	trail->count = columns;
	for (size_t i = 0; i < columns; i++)
		ns_hasher_init(&trail->columns[i], 0x656e636f64, 0x747261696c);
}

void ns_encode_trail_add(struct ns_encode_trail *trail, size_t column, const uint32_t *categories, size_t rows)
{
	ns_hasher_add(&trail->columns[column], categories, rows * sizeof *categories);
}

void ns_encode_trail_end(char digest[NS_DIGEST_SIZE], struct ns_encode_trail *trail)
{
	struct ns_hasher all;
	uint64_t words[2];
	ns_hasher_init(&all, 0x656e636f64, trail->rows);
	for (size_t i = 0; i < trail->count; i++) {
		ns_hasher_done(words, &trail->columns[i]);
		ns_hasher_add(&all, words, sizeof words);
	}
	ns_hasher_hex(digest, &all);
}
