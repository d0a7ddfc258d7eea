#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "preparing.h"
#include "stage/encode.h"

static const struct ns_encode_options usual = {.unknown = NS_ENCODE_UNKNOWN_INFREQUENT, .unknown_value = -1, .missing_value = (double)NAN,
	.max_categories = 1000,
	.smooth = (double)NAN, .folds = 5, .seed = 42};

/* All columns but y, which is the target, and `exclude`. */
static int learn_file(struct ns_lesson *lesson, const char *path, const struct ns_encode_options *options)
{
	struct ns_frame *frame = NS_NEW(&p.arena, struct ns_frame);
	struct ns_labels *labels = NS_NEW(&p.arena, struct ns_labels);
	assert_int_equal(read_frame(frame, &p, path, NULL, true), NS_OK);
	const char *target = p.table.target;
	p.table.target = NULL;
	p.table.columns = (struct ns_texts){&target, 1};
	struct ns_frame *of_target = NS_NEW(&p.arena, struct ns_frame);
	assert_int_equal(read_frame(of_target, &p, path, NULL, true), NS_OK);
	p.table.columns = (struct ns_texts){0};
	p.table.target = target;
	ns_lesson_init(lesson, frame, NULL, "train.csv", &p.before, &p.arena);
	assert_int_equal(ns_labels_of(labels, &of_target->series[0], of_target->rows, &p.arena, &p.err), NS_OK);
	lesson->labels = labels;
	for (size_t i = 0; i < lesson->width; i++)
		lesson->strategy[i] = NS_ENCODE_TARGET;
	return ns_encode_learn(&p.stage, lesson, options, &p.arena, &p.err);
}

static int learn_from(struct ns_lesson *lesson, const char *text, const struct ns_encode_options *options)
{
	p.table.target = "y";
	return learn_file(lesson, file_of(&p, text, strlen(text)), options);
}

/* The table behind the stage, as it is for rows that will be learnt from; `passes` times. */
static int train_on(struct ns_frame *frame, const char *path, int passes)
{
	struct ns_flow flow;
	struct ns_bundle bundle = {&p.stage, 1};
	struct ns_flow_options stages = {.bundle = &bundle, .training = true};
	char *paths[] = {ns_strdup(&p.arena, path)};
	NS_TRY(ns_flow_open(&flow, paths, 1, &p.table, &stages, true, &p.arena, &p.err));
	bool *marks = NS_NEW_ARRAY(&p.arena, bool, flow.header.width);
	memset(marks, true, flow.header.width);
	for (size_t i = 0; i < flow.header.width; i++)
		NS_TRY(ns_flow_want(&flow, i, NS_UNDECIDED, &p.err));
	for (int pass = 0; pass < passes; pass++) {
		if (pass)
			NS_TRY(ns_flow_rewind(&flow, &p.err));
		NS_TRY(ns_flow_frame(frame, &flow, marks, &p.err));
	}
	return ns_flow_finish(&flow, &p.err);
}

static int train_on_text(struct ns_frame *frame, const char *text)
{
	return train_on(frame, file_of(&p, text, strlen(text)), 1);
}

static void as_scikit_learn(const char *target, const char *name, double smooth)
{
	struct ns_lesson lesson;
	struct ns_frame frame;
	struct ns_encode_options options = usual;
	options.smooth = smooth;
	p.table.target = target;
	p.table.exclude = (struct ns_texts){(const char *[]){strcmp(target, "two") == 0 ? "three" : "two"}, 1};
	assert_int_equal(learn_file(&lesson, "tests/data/encode/train.csv", &options), NS_OK);
	p.table.exclude = (struct ns_texts){0};
	p.table.target = NULL;
	assert_int_equal(apply_to(&frame, &p, "tests/data/encode/new.csv"), NS_OK);
	assert_same_numbers(&p, &frame, ns_format(&p.arena, "tests/data/encode/target-%s-%s.csv", target, name), 0);
}

static void shares_as_scikit_learn(void **state)
{
	(void)state;
	static const char *const targets[] = {"two", "three"};
	for (int i = 0; i < 2; i++) {
		as_scikit_learn(targets[i], "auto", (double)NAN);
		as_scikit_learn(targets[i], "0.0", 0);
		as_scikit_learn(targets[i], "12.5", 12.5);
	}
}

/* --- folds --- */

static void folds_are_balanced(void **state)
{
	(void)state;
	enum { ROWS = 5000, CLASSES = 7 };
	static uint32_t y[ROWS];
	static uint8_t whole[ROWS], part[ROWS];
	static const uint32_t counts[] = {2, 3, 5, 10, 100};
	for (size_t row = 0; row < ROWS; row++)
		y[row] = row < 3 ? 6 : row % 1000 < 700 ? 0 : (uint32_t)(row % 6);
	for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
		struct ns_encode_folds folds = {.seed = 7, .count = counts[k], .rows = ROWS};
		size_t of[CLASSES + 1][100] = {0}, next = 0;
		ns_encode_folds_draw(&folds, y, CLASSES, &p.arena);
		ns_encode_folds_of(whole, &folds, 0, ROWS, &next);
		assert_int_equal(next, folds.moved_count);
		for (size_t row = 0; row < ROWS; row++) {
			of[y[row]][whole[row]]++;
			of[CLASSES][whole[row]]++;
		}
		for (size_t class = 0; class <= CLASSES; class++) {
			size_t least = ROWS, most = 0;
			for (size_t fold = 0; fold < counts[k]; fold++) {
				least = of[class][fold] < least ? of[class][fold] : least;
				most = of[class][fold] > most ? of[class][fold] : most;
			}
			assert_true(most - least <= 1);
		}
		/* In whatever portions they are asked for. */
		next = 0;
		for (size_t row = 0, size = 1; row < ROWS; row += size, size = size * 3 % 1001) {
			size = row + size > ROWS ? ROWS - row : size;
			ns_encode_folds_of(part + row, &folds, row, size, &next);
		}
		assert_memory_equal(part, whole, ROWS);
	}
}

/* The number by the formula of the header, from the rows of all folds but one. */
static double by_hand(const struct ns_lesson *lesson, size_t column, size_t row, uint32_t class, const uint8_t *fold, double smooth)
{
	const uint32_t *codes = lesson->series[column]->codes;
	double n = 0, hits = 0, all = 0, all_hits = 0;
	for (size_t i = 0; i < lesson->rows; i++) {
		if (fold[i] == fold[row])
			continue;
		bool hit = lesson->labels->y[i] == class;
		all++;
		all_hits += hit;
		n += codes[i] == codes[row];
		hits += codes[i] == codes[row] && hit;
	}
	double share = all_hits / all, mean = n ? hits / n : share, within = mean * (1 - mean), v = share * (1 - share);
	if (n == 0)
		return share;
	if (!isnan(smooth))
		return (hits + smooth * share) / (n + smooth);
	double lambda = v * n / (v * n + within);
	return isnan(lambda) ? share : lambda * mean + (1 - lambda) * share;
}

static char *random_table(size_t rows, uint32_t categories, uint32_t classes)
{
	struct ns_random random;
	struct ns_buffer csv = NS_BUFFER_INIT(1 << 24);
	ns_random_init(&random, 3, "table", rows, categories);
	(void)ns_buffer_printf(&csv, "a,y,b\n");
	for (size_t row = 0; row < rows; row++) {
		unsigned long long a = ns_random_below(&random, categories), b = ns_random_below(&random, 3), y = ns_random_below(&random, classes);
		if (ns_random_below(&random, 20) == 0)
			(void)ns_buffer_printf(&csv, "\"\",c%llu,b%llu\n", y, b);
		else
			(void)ns_buffer_printf(&csv, "a%llu,c%llu,b%llu\n", a, y, b);
	}
	char *path = file_of(&p, csv.data, csv.size);
	ns_buffer_release(&csv);
	return path;
}

static void training_rows_are_learnt_from_other_folds(void **state)
{
	(void)state;
	for (uint32_t classes = 2; classes <= 3; classes++) {
		for (int smooth = 0; smooth < 2; smooth++) {
			struct ns_lesson lesson;
			struct ns_frame frame;
			struct ns_encode_options options = usual;
			options.smooth = smooth ? 3 : (double)NAN;
			options.folds = 4;
			p.table.target = "y";
			char *path = random_table(300, 40, classes);
			assert_int_equal(learn_file(&lesson, path, &options), NS_OK);
			assert_int_equal(train_on(&frame, path, 2), NS_OK);
			struct ns_encode_folds folds = {.seed = 42, .count = 4, .rows = 300};
			uint8_t fold[300];
			size_t next = 0;
			ns_encode_folds_draw(&folds, lesson.labels->y, classes, &p.arena);
			ns_encode_folds_of(fold, &folds, 0, 300, &next);
			for (size_t row = 0; row < 300; row++)
				for (size_t column = 0; column < 2; column++)
					for (uint32_t class = classes == 2; class < classes; class++) {
						const char *name = lesson.series[column]->name;
						if (classes > 2)
							name = ns_format(&p.arena, "%s_c%d", name, (int)class);
						assert_true(fabs(number_at(&frame, name, row) - by_hand(&lesson, column, row, class, fold, options.smooth)) < 1e-14);
					}
		}
	}
}

static double correlation(const double *x, const uint32_t *y, size_t rows)
{
	double sx = 0, sy = 0, xx = 0, yy = 0, xy = 0, n = (double)rows;
	for (size_t i = 0; i < rows; i++) {
		double b = y[i];
		sx += x[i];
		sy += b;
		xx += x[i] * x[i];
		yy += b * b;
		xy += x[i] * b;
	}
	return (n * xy - sx * sy) / sqrt((n * xx - sx * sx) * (n * yy - sy * sy));
}

/* Two rows a category, and labels that have nothing to do with them: learnt from all rows they look like knowledge. */
static void noise_gives_no_signal(void **state)
{
	(void)state;
	enum { ROWS = 4000 };
	struct ns_lesson lesson;
	struct ns_frame frame;
	p.table.target = "y";
	char *path = random_table(ROWS, ROWS / 2, 2);
	assert_int_equal(learn_file(&lesson, path, &usual), NS_OK);
	assert_int_equal(apply_to(&frame, &p, path), NS_OK);
	assert_true(correlation(ns_frame_find(&frame, "a")->numbers, lesson.labels->y, ROWS) > 0.5);
	assert_int_equal(train_on(&frame, path, 1), NS_OK);
	assert_true(fabs(correlation(ns_frame_find(&frame, "a")->numbers, lesson.labels->y, ROWS)) < 0.04);
	assert_true(fabs(correlation(ns_frame_find(&frame, "b")->numbers, lesson.labels->y, ROWS)) < 0.04);
}

/* --- who is refused --- */

static void other_rows(void **state)
{
	(void)state;
	const char *message = "encode: these are not the rows, in their order, that stage 'encode' was learnt from, so that its target encoding cannot be kept "
			      "from showing their labels (ns-encode -w learns it on them; ns-encode -m applies it as to new rows, which these must be)";
	static const char *const others[] = {
		"a,y\nx,1\nx,0\nz,1\nx,0\ny,0\n", /* another order */
		"a,y\nx,1\ny,0\nx,0\nz,1\n",      /* one less */
		"a,y\nx,1\ny,0\nx,0\nz,1\nx,0\nx,0\n",
		"a,y\nx,1\ny,0\nx,0\nz,1\nq,0\n", /* unknown */
	};
	struct ns_lesson lesson;
	struct ns_frame frame;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		assert_int_equal(learn_from(&lesson, "a,y\nx,1\ny,0\nx,0\nz,1\nx,0\n", &usual), NS_OK);
		assert_int_equal(train_on_text(&frame, others[i]), NS_EDATA);
		assert_string_equal(p.err.text, message);
		assert_int_equal(apply_to_text(&frame, &p, others[i]), NS_OK);
	}
	assert_int_equal(learn_from(&lesson, "a,y\nx,1\ny,0\nx,0\nz,1\nx,0\n", &usual), NS_OK);
	assert_int_equal(train_on_text(&frame, "y,b,a\n,1,x\n,1,y\n,1,x\n,1,z\n,1,x\n"), NS_OK); /* the same, whatever else is there */
}

/* A pass that was given up is not taken for the beginning of the next. */
static void passes_begin_anew(void **state)
{
	(void)state;
	struct ns_lesson lesson;
	struct ns_frame frame, again;
	struct ns_flow flow;
	struct ns_table *batch;
	p.table.target = "y";
	char *path = random_table(30000, 100, 2);
	assert_int_equal(learn_file(&lesson, path, &usual), NS_OK);
	assert_int_equal(train_on(&frame, path, 1), NS_OK);
	struct ns_bundle bundle = {&p.stage, 1};
	struct ns_flow_options stages = {.bundle = &bundle, .training = true};
	assert_int_equal(ns_flow_open(&flow, &path, 1, &p.table, &stages, true, &p.arena, &p.err), NS_OK);
	bool *marks = NS_NEW_ARRAY(&p.arena, bool, flow.header.width);
	marks[0] = true;
	assert_int_equal(ns_flow_next(&batch, &flow, &p.err), NS_OK);
	assert_true(batch->rows < 30000);
	assert_int_equal(ns_flow_rewind(&flow, &p.err), NS_OK);
	assert_int_equal(ns_flow_frame(&again, &flow, marks, &p.err), NS_OK);
	assert_memory_equal(again.series[0].numbers, frame.series[0].numbers, 30000 * sizeof(double));
}

/* --- small and odd ones --- */

static void few_rows(void **state)
{
	(void)state;
	struct ns_lesson lesson;
	struct ns_frame frame;
	assert_int_equal(learn_from(&lesson, "a,y\nx,1\ny,0\n", &usual), NS_OK); /* fewer rows than folds */
	assert_int_equal(train_on_text(&frame, "a,y\nx,1\ny,0\n"), NS_OK);
	assert_true(number_at(&frame, "a", 0) == 0 && number_at(&frame, "a", 1) == 1);
	assert_int_equal(apply_to_text(&frame, &p, "a,b\nx,\ny,\nz,\n,\n"), NS_OK);
	assert_true(number_at(&frame, "a", 0) == 1 && number_at(&frame, "a", 1) == 0 && number_at(&frame, "a", 2) == 0.5 && number_at(&frame, "a", 3) == 0.5);
}

static void positive_class(void **state)
{
	(void)state;
	struct ns_lesson lesson;
	struct ns_frame frame;
	const char *text = "a,y\nx,spam\nx,ham\nx,ham\nz,spam\n";
	assert_int_equal(learn_from(&lesson, text, &usual), NS_OK);
	assert_string_equal(ns_metadata_find(&p.stage.table.metadata, "ns:positive"), "spam"); /* sorts last */
	lesson.positive = 0;
	assert_int_equal(ns_encode_learn(&p.stage, &lesson, &(struct ns_encode_options){.folds = 2, .max_categories = 1, .smooth = 0}, &p.arena, &p.err), NS_OK);
	assert_string_equal(ns_metadata_find(&p.stage.table.metadata, "ns:positive"), "ham");
	assert_int_equal(apply_to_text(&frame, &p, "a\nx\nz\n"), NS_OK);
	assert_true(number_at(&frame, "a", 0) == 2.0 / 3 && number_at(&frame, "a", 1) == 0);
	char *path = file_of(&p, "a\nq\n", 4);
	assert_int_equal(apply_to(&frame, &p, path), NS_EDATA); /* .unknown is error */
	assert_string_equal(p.err.text, ns_format(&p.arena, "%s:2: column 'a': 'q' is no category of the training table (--unknown ignore or infrequent takes it)",
		path));
}

static void refused_while_learning(void **state)
{
	(void)state;
	struct ns_lesson lesson;
	struct ns_encode_options options = usual;
	static const char *const words[] = {"x"};
	options.max_categories = 2;
	assert_int_equal(learn_from(&lesson, "a,y\nx,1\ny,0\nz,2\n", &options), NS_EDATA);
	assert_string_equal(p.err.text, "train.csv: column 'a' would become 3 columns, one for each class, more than 2 (--max-categories allows more)");
	assert_int_equal(learn_from(&lesson, "a,y\nx,p\ny,q\nz,\xff\n", &usual), NS_EDATA);
	assert_string_equal(p.err.text, "train.csv: class '\\xff' is not UTF-8 (iconv -f LATIN1 -t UTF-8 may make it so)");
	assert_int_equal(learn_from(&lesson, "a,y\nx,p\ny,\xff\n", &usual), NS_EDATA); /* two become metadata */
	assert_string_equal(p.err.text, "train.csv: class '\\xff' is not UTF-8 (iconv -f LATIN1 -t UTF-8 may make it so)");
	assert_int_equal(learn_from(&lesson, "a,y\nx,p\n\xff,q\n", &usual), NS_EDATA);
	assert_string_equal(p.err.text, "train.csv: column 'a': '\\xff' is not UTF-8 (iconv -f LATIN1 -t UTF-8 may make it so)");
	assert_int_equal(learn_from(&lesson, "a,y\nx,p\ny,q\nz,\"q \"\n", &usual), NS_EDATA);
	assert_string_equal(p.err.text, "train.csv: two columns would be called 'a_q' (ns-convert --rename gives one of them another name)");
	options.lists = (const struct ns_encode_list[]){{"a", words, 1, true}};
	options.lists_count = 1;
	assert_int_equal(learn_from(&lesson, "a,y\nx,1\ny,0\n", &options), NS_ECALL);
	assert_string_equal(p.err.text, "--categories: column 'a' is encoded by the target, which asks for no order");
}

/* A stage may have all three strategies. */
static void strategies_together(void **state)
{
	(void)state;
	struct ns_lesson lesson;
	struct ns_frame frame;
	const char *text = "a,b,c,y\nx,p,u,1\ny,q,v,0\nx,q,u,0\nx,q,w,1\n";
	assert_int_equal(learn_from(&lesson, text, &usual), NS_OK);
	lesson.strategy[0] = NS_ENCODE_ORDINAL;
	lesson.strategy[1] = NS_ENCODE_ONE_HOT;
	assert_int_equal(ns_encode_learn(&p.stage, &lesson, &usual, &p.arena, &p.err), NS_OK);
	assert_string_equal(ns_metadata_find(&p.stage.table.metadata, "ns:outputs"), "a\tb_p\tb_q\tc");
	assert_int_equal(train_on_text(&frame, text), NS_OK);
	assert_int_equal(frame.width, 5);
	assert_true(number_at(&frame, "a", 1) == 1 && number_at(&frame, "b_q", 1) == 1 && number_at(&frame, "c", 2) > number_at(&frame, "c", 1));
	assert_int_equal(train_on_text(&frame, "a,b,c,y\ny,p,u,1\nx,p,v,0\ny,p,u,0\ny,p,w,1\n"), NS_OK); /* only c knows labels */
}

/* --- lying stages --- */

static void learn_small(void)
{
	struct ns_lesson lesson;
	assert_int_equal(learn_from(&lesson, "a,y\nx,p\ny,q\nx,r\ny,p\nx,q\ny,r\n,p\n", &usual), NS_OK);
	/* rows: x p q r, y p q r, missing p q r, unknown p q r */
	assert_int_equal(p.stage.table.rows, 12);
}

static void refused(const char *what)
{
	assert_int_equal(reload(&p, NULL, 0), NS_EDATA);
	assert_string_equal(p.err.text, ns_format(&p.arena, "encode: stage 'encode' is damaged, learn it again: %s", what));
	learn_small();
}

static void set_metadata(const char *key, const char *value)
{
	ns_metadata_set(&p.stage.table.metadata, key, value, &p.arena);
}

static void damaged_rows(void **state)
{
	(void)state;
	const char *output = "column 'a' has no output for each category";
	learn_small();
	assert_int_equal(reload(&p, NULL, 0), NS_OK);
	set_number(&p, "code", 4, 1.5);
	refused(output);
	set_number(&p, "code", 4, -0.5);
	refused(output);
	set_number(&p, "code", 11, NAN);
	refused(output);
	set_text(&p, "output", 4, "a_p");
	refused(output);
	set_text(&p, "output", 4, NULL);
	refused(output);
	set_text(&p, "output", 1, "");
	refused(output);
	set_text(&p, "category", 4, "z");
	refused("row 5: no category of column 'a'");
	set_text(&p, "kind", 11, "missing");
	refused("row 12: no category of column 'a'");
	set_text(&p, "category", 1, "y"); /* so that one row seems to be a category */
	refused("row 3: no category of column 'a'");
	set_text(&p, "category", 2, "xx"); /* two rows each */
	set_text(&p, "category", 3, "xx");
	refused("row 9: no category of column 'a'");
	set_text(&p, "column", 11, "b");
	refused("row 11: column 'a' has not as many rows for each category");
	set_number(&p, "fold_3", 4, NAN);
	refused("row 5: no number for fold 3");
	set_number(&p, "fold_5", 11, 1.25);
	refused("row 12: no number for fold 5");
	rename_column(&p, "fold_4", "fold_6");
	refused("no column 'fold_4'");
}

static void damaged_metadata(void **state)
{
	(void)state;
	static const char *const numbers[][3] = {{"ns:folds", "1", "101"}, {"ns:seed", "-1", "x"}, {"ns:rows", "0", "4294967295"}};
	static const char *const moved[] = {"1", "1:", ":1", "1:0", "1:6", "0:1", "8:1", "2:1 2:3", "3:1 2:1", "1:1  2:1", "1:1,2:1", "a:1"};
	learn_small();
	for (size_t i = 0; i < 3; i++)
		for (int k = 1; k < 3; k++) {
			set_metadata(numbers[i][0], numbers[i][k]);
			refused(ns_format(&p.arena, "'%s' is '%s'", numbers[i][0], numbers[i][k]));
		}
	set_metadata("ns:folds", NULL);
	refused("'ns:folds' is ''");
	set_metadata("ns:trail", "short");
	refused("'ns:trail' is 'short'");
	set_metadata("ns:trail", NULL);
	refused("'ns:trail' is ''");
	for (size_t i = 0; i < sizeof moved / sizeof *moved; i++) {
		set_metadata("ns:moved", moved[i]);
		assert_int_equal(reload(&p, NULL, 0), NS_EDATA);
		assert_non_null(strstr(p.err.text, "encode: stage 'encode' is damaged, learn it again: 'ns:moved' says '"));
		learn_small();
	}
	set_metadata("ns:moved", "2:1 7:5");
	assert_int_equal(reload(&p, NULL, 0), NS_OK);
	set_metadata("ns:moved", NULL);
	assert_int_equal(reload(&p, NULL, 0), NS_OK);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(shares_as_scikit_learn),
		TEST(folds_are_balanced),
		TEST(training_rows_are_learnt_from_other_folds),
		TEST(noise_gives_no_signal),
		TEST(other_rows),
		TEST(passes_begin_anew),
		TEST(few_rows),
		TEST(positive_class),
		TEST(refused_while_learning),
		TEST(strategies_together),
		TEST(damaged_rows),
		TEST(damaged_metadata),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
