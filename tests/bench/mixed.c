/*
 * mixed: a table like those of network logs, for measuring what encoding costs: mixed ROWS SEED
 *
 * Writes an Arrow stream to stdout: 20 continuous columns x1 ... x20, 6 of codes (c1 ... c6, of 2 to 5,000 different whole numbers), 4 of
 * text (t1 ... t4, of 3 to 5,000 different words), and a label y, 0 or 1, that hangs on all of the codes and words.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "table/stream.h"

enum { BATCH = 8192, NUMBERS = 20, CODES = 6, TEXTS = 4, WIDTH = NUMBERS + CODES + TEXTS + 1, WORDS = 5000 };
static const uint64_t code_levels[CODES] = {2, 5, 20, 100, 1000, WORDS}, text_levels[TEXTS] = {3, 12, 70, WORDS};

struct batch {
	struct ns_table table;
	double *numbers[WIDTH];
	struct ns_span *texts[TEXTS], words[TEXTS][WORDS];
};

static void start(struct batch *batch, struct ns_arena *arena)
{
	batch->table = (struct ns_table){.width = WIDTH, .columns = NS_NEW_ARRAY(arena, struct ns_column, WIDTH), .source = "mixed"};
	for (int i = 0; i < WIDTH; i++) {
		int code = i - NUMBERS, text = code - CODES;
		batch->table.columns[i].name = i == WIDTH - 1 ? "y" : code < 0 ? ns_format(arena, "x%d", i + 1) : text < 0 ? ns_format(arena, "c%d", code + 1)
			: ns_format(arena, "t%d", text + 1);
		batch->table.columns[i].type = text < 0 || i == WIDTH - 1 ? NS_NUMBER : NS_TEXT;
		batch->numbers[i] = NS_NEW_ARRAY(arena, double, BATCH);
	}
	for (int t = 0; t < TEXTS; t++) {
		batch->texts[t] = NS_NEW_ARRAY(arena, struct ns_span, BATCH);
		for (uint64_t w = 0; w < text_levels[t]; w++) {
			char *word = ns_format(arena, "%c%x-word", 'a' + (int)(w % 26), (unsigned)w);
			batch->words[t][w] = (struct ns_span){word, strlen(word)};
		}
	}
}

static int fill(struct batch *batch, size_t rows, struct ns_random *random, struct ns_arena *arena, struct ns_err *err)
{
	for (size_t row = 0; row < rows; row++) {
		double score = 0;
		for (int i = 0; i < NUMBERS; i++)
			batch->numbers[i][row] = ns_random_real(random) * 2 - 1;
		for (int i = 0; i < CODES; i++) {
			uint64_t level = ns_random_below(random, code_levels[i]);
			batch->numbers[NUMBERS + i][row] = (double)level;
			score += (double)(level * 7 % 5) - 2;
		}
		for (int i = 0; i < TEXTS; i++) {
			uint64_t level = ns_random_below(random, text_levels[i]);
			batch->texts[i][row] = batch->words[i][level];
			score += (double)(level * 11 % 5) - 2;
		}
		batch->numbers[WIDTH - 1][row] = score + 4 * ns_random_real(random) > 2;
	}
	batch->table.rows = rows;
	for (int i = 0; i < WIDTH; i++)
		if (batch->table.columns[i].type == NS_NUMBER)
			ns_column_set_numbers(&batch->table.columns[i], batch->numbers[i]);
		else
			NS_TRY(ns_column_set_text(&batch->table.columns[i], batch->texts[i - NUMBERS - CODES], rows, arena, err));
	return NS_OK;
}

static int run(size_t rows, uint64_t seed, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_table_options options = {NS_TABLE_OPTIONS_INIT, .output_format = NS_OUTPUT_ARROW};
	struct batch *batch = NS_NEW(arena, struct batch);
	struct ns_arena scratch = NS_ARENA_INIT;
	struct ns_random random;
	struct ns_writer *writer;
	int status = NS_OK;
	ns_random_init(&random, seed, "mixed", 0, 0);
	start(batch, arena);
	NS_TRY(ns_writer_open(&writer, NULL, &options, NULL, arena, err));
	for (size_t done = 0; done < rows && status == NS_OK; done += batch->table.rows) {
		ns_arena_reset(&scratch);
		status = fill(batch, rows - done < BATCH ? rows - done : BATCH, &random, &scratch, err);
		if (status == NS_OK)
			status = ns_writer_write(writer, &batch->table, NULL, 0, err);
	}
	ns_arena_release(&scratch);
	return status == NS_OK ? ns_writer_finish(writer, err) : status;
}

int main(int argc, char **argv)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_err err = {"cannot write"};
	if (argc < 3)
		return NS_ECALL;
	int status = run(strtoul(argv[1], NULL, 10), strtoul(argv[2], NULL, 10), &arena, &err);
	if (status != NS_OK)
		fprintf(stderr, "mixed: %s\n", err.text);
	ns_arena_release(&arena);
	return status;
}
