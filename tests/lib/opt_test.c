#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <math.h>
#include <signal.h>

#include "base/file.h"
#include "base/opt_parts.h"
#include "child.h"

/* A tool with an option of each kind, which prints what it was given. */
static struct {
	bool keep, list, given;
	const char *target;
	struct ns_texts params, columns;
	int64_t folds, seed, depth;
	double test, rate, floor;
	int format, strategy;
	char delimiter;
} conf;

static const char *defaults[] = {"a", "b"};

static void reset(void)
{
	memset(&conf, 0, sizeof conf);
	conf.folds = 5;
	conf.seed = 42;
	conf.depth = -1;
	conf.test = 0.2;
	conf.rate = NAN;
	conf.strategy = -1;
	conf.delimiter = ',';
	conf.columns = (struct ns_texts){defaults, 2};
}

static const struct ns_opt options[] = {
	{'k', "keep", NULL, "keep rows", NS_OPT_FLAG, &conf.keep, 0, 0, NULL, &conf.given},
	{0, "list", NULL, "list what there is", NS_OPT_FLAG, &conf.list, 0, 0, NULL, NULL},
	{'t', "target", "NAME", "the label", NS_OPT_TEXT, &conf.target, 0, 0, NULL, NULL},
	{'p', "param", "NAME=VALUE", "a parameter", NS_OPT_TEXTS, &conf.params, 0, 0, NULL, NULL},
	{'c', "columns", "LIST", "only these", NS_OPT_LIST, &conf.columns, 0, 0, NULL, NULL},
	{0, "folds", "K", "folds", NS_OPT_INTEGER, &conf.folds, 2, 100, NULL, NULL},
	{'s', "seed", "N", "seed", NS_OPT_INTEGER, &conf.seed, 0, 0, NULL, NULL},
	{0, "depth", "N", "depth", NS_OPT_INTEGER, &conf.depth, 1, INFINITY, NULL, NULL},
	{0, "test", "F", "test share", NS_OPT_REAL, &conf.test, 0, 0.5, NULL, NULL},
	{0, "rate", "F", "rate", NS_OPT_REAL, &conf.rate, 0, 0, NULL, NULL},
	{0, "floor", "F", "least", NS_OPT_REAL, &conf.floor, -INFINITY, 3, NULL, NULL},
	{'O', "output-format", NULL, "format (default: what came in)", NS_OPT_CHOICE, &conf.format, 0, 0, "same|csv|arrow", NULL},
	{0, "strategy", NULL, "how", NS_OPT_CHOICE, &conf.strategy, 0, 0, "standard|min-max|a-very-long-name-of-a-strategy", NULL},
	{'d', "delimiter", "C", "delimiter", NS_OPT_CHAR, &conf.delimiter, 0, 0, NULL, NULL},
	{0, NULL, NULL, NULL, NS_OPT_FLAG, NULL, 0, 0, NULL, NULL},
};

static void print_texts(const char *name, const struct ns_texts *texts)
{
	printf("%s", name);
	for (size_t i = 0; i < texts->count; i++)
		printf("[%s]", texts->items[i]);
	printf("\n");
}

static int print(char **operands, int count, struct ns_arena *arena, struct ns_err *err)
{
	(void)arena;
	(void)err;
	printf("%d %d %d %s\n", conf.keep, conf.given, ns_quiet, conf.target ? conf.target : "(none)");
	print_texts("params", &conf.params);
	print_texts("columns", &conf.columns);
	printf("%ld %ld %ld %g %g %d %d %d\n", (long)conf.folds, (long)conf.seed, (long)conf.depth, conf.test, conf.floor, conf.format,
	       conf.strategy, conf.delimiter);
	print_texts("operands", &(struct ns_texts){(const char **)operands, (size_t)count});
	return NS_OK;
}

static const char *const usage[] = {"--strategy WORD [FILE...]", "-m FILE", NULL};
static const char *const examples[] = {"ns-try -t Result < a.csv", "ns-try b.csv", NULL};
static struct ns_tool tool = {"ns-try", "tries options", usage, examples, options, 0, -1, false, NULL, print, NULL};

/* Calls the tool with the words of a line; "''" is an empty word. stdin is /dev/null. */
static int call(void *context)
{
	char *line = strdup(context), *argv[40] = {"ns-try"}, *rest = line;
	int argc = 1;
	for (char *word; (word = strsep(&rest, " ")) != NULL;)
		if (*word)
			argv[argc++] = strcmp(word, "''") == 0 ? "" : word;
	int null = open("/dev/null", O_RDONLY);
	dup2(null, STDIN_FILENO);
	close(null);
	reset();
	int status = ns_tool_main(&tool, argc, argv);
	free(line);
	return status;
}

static struct child child;

static void call_with(char *line)
{
	run_child(&child, call, line);
}

static void values_arrive(void **state)
{
	(void)state;
	call_with("");
	assert_string_equal(child.err, "");
	assert_string_equal(child.out, "0 0 0 (none)\nparams\ncolumns[a][b]\n5 42 -1 0.2 0 0 -1 44\noperands\n");
	call_with("x -kq --target=R -p n=1,2 y --param m=3 -c q,r\\,s,\\\\,\\N -c '' --columns=t,,u -s-7 --folds 2 - --depth 1 --test .5 "
		  "--floor -inf -O arrow --strategy min-max -d tab -- -z --keep");
	assert_string_equal(child.err, "");
	assert_string_equal(child.out, "1 1 1 R\nparams[n=1,2][m=3]\ncolumns[q][r,s][\\][\\N][][t][][u]\n2 -7 1 0.5 -inf 2 1 9\n"
				       "operands[x][y][-][-z][--keep]\n");
	assert_int_equal(child.status, 0);
	call_with("-t -k --tar=S --outp csv --seed 1 -s 2 -d\\t");
	assert_string_equal(child.out, "0 0 0 S\nparams\ncolumns[a][b]\n5 2 -1 0.2 0 1 -1 9\noperands\n");
	call_with("-kt-k -d|");
	assert_string_equal(child.out, "1 1 0 -k\nparams\ncolumns[a][b]\n5 42 -1 0.2 0 0 -1 124\noperands\n");
}

static void wrong_calls_are_told(void **state)
{
	(void)state;
	static const struct {
		char *line;
		const char *message;
	} cases[] = {
		{"--stratgy x", "unknown option '--stratgy' (did you mean '--strategy'?)"},
		{"--Seed=3", "unknown option '--Seed' (did you mean '--seed'?)"},
		{"--zzzzzz", "unknown option '--zzzzzz' (see 'ns-try --help')"},
		{"-kZ", "unknown option '-Z' (see 'ns-try --help')"},
		{"-T", "unknown option '-T' (did you mean '-t'?)"},
		{"--t x", "option '--t' is ambiguous: '--target' or '--test'"},
		{"--seed", "--seed: needs a value: N"},
		{"-ks", "--seed: needs a value: N"},
		{"--strategy", "--strategy: needs a value: standard|min-max|a-very-long-name-of-a-strategy"},
		{"--keep=1", "--keep: takes no value"},
		{"--target ''", "--target: must not be empty"},
		{"--param=", "--param: must not be empty"},
		{"--seed 1.5", "--seed: '1.5' is not a whole number"},
		{"--seed 9223372036854775808", "--seed: '9223372036854775808' is not a whole number"},
		{"--test x", "--test: 'x' is not a number"},
		{"--test nan", "--test: 'nan' is not a number"},
		{"--folds 1", "--folds: 1 is not in [2, 100]"},
		{"--test=0.6", "--test: 0.6 is not in [0, 0.5]"},
		{"--depth 0", "--depth: 0 is less than 1"},
		{"--floor 3.5", "--floor: 3.5 is more than 3"},
		{"-O xml", "--output-format: 'xml' is not one of same, csv, arrow"},
		{"-d ab", "--delimiter: 'ab' is not one ASCII character"},
		{"-d ''", "--delimiter: '' is not one ASCII character"},
		{"-d \xc3", "--delimiter: '\\xc3' is not one ASCII character"},
		{"--seed x --zzzzzz", "unknown option '--zzzzzz' (see 'ns-try --help')"},
		{"--zzzzzz --yyyyyy", "unknown option '--zzzzzz' (see 'ns-try --help')"},
		{"--=3", "unknown option '--' (see 'ns-try --help')"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char expected[300];
		snprintf(expected, sizeof expected, "ns-try: %s\n", cases[i].message);
		call_with(cases[i].line);
		assert_string_equal(child.err, expected);
		assert_string_equal(child.out, "");
		assert_int_equal(child.status, NS_ECALL);
	}
}

static void operands_are_counted(void **state)
{
	(void)state;
	struct ns_tool before = tool;
	tool.operands_min = tool.operands_max = 1;
	tool.alone = &conf.list;
	call_with("-k");
	assert_string_equal(child.err, "ns-try: needs 1 operand, not 0 (see 'ns-try --help')\n");
	assert_int_equal(child.status, NS_ECALL);
	call_with("a b c");
	assert_string_equal(child.err, "ns-try: takes at most 1 operand: 'b' is one too many\n");
	call_with("a");
	assert_int_equal(child.status, NS_OK);
	call_with("--list");
	assert_int_equal(child.status, NS_OK);
	tool.operands_min = tool.operands_max = 0;
	call_with("a");
	assert_string_equal(child.err, "ns-try: takes no operand: 'a'\n");
	tool = before;
}

static void help_shows_all(void **state)
{
	(void)state;
	static const char help[] =
		"usage: ns-try --strategy WORD [FILE...]\n"
		"       ns-try -m FILE\n"
		"\n"
		"tries options\n"
		"\n"
		"options:\n"
		"  -k, --keep              keep rows\n"
		"      --list              list what there is\n"
		"  -t, --target NAME       the label\n"
		"  -p, --param NAME=VALUE  a parameter\n"
		"  -c, --columns LIST      only these (default: a,b)\n"
		"      --folds K           folds (default: 5)\n"
		"  -s, --seed N            seed (default: 42)\n"
		"      --depth N           depth\n"
		"      --test F            test share (default: 0.2)\n"
		"      --rate F            rate\n"
		"      --floor F           least (default: 0)\n"
		"  -O, --output-format same|csv|arrow  format (default: what came in)\n"
		"      --strategy standard|min-max|a-very-long-name-of-a-strategy  how\n"
		"  -d, --delimiter C       delimiter (default: ,)\n"
		"  -q, --quiet             no remarks on stderr, errors only\n"
		"  -h, --help              print this help and exit\n"
		"  -V, --version           print the version and exit\n"
		"\n"
		"examples:\n"
		"  ns-try -t Result < a.csv\n"
		"  ns-try b.csv\n";
	static char *const lines[] = {"--help", "-h", "-kh", "--bad --seed x -h", "--seed --help", "-V --hel a b", "-t -h"};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		call_with(lines[i]);
		assert_string_equal(child.err, "");
		assert_string_equal(child.out, help);
		assert_int_equal(child.status, NS_OK);
	}
	call_with("-- -h");
	assert_non_null(strstr(child.out, "operands[-h]"));
}

static void version_and_completion(void **state)
{
	(void)state;
	call_with("--version");
	assert_string_equal(child.out, "ns-try (netsec) 1.0.0\n");
	call_with("-V --seed=x");
	assert_string_equal(child.out, "ns-try (netsec) 1.0.0\n");
	assert_int_equal(child.status, NS_OK);
	call_with("--complete");
	assert_string_equal(child.out, "-k\n--keep\n--list\n-t\n--target\n-p\n--param\n-c\n--columns\n--folds\n-s\n--seed\n--depth\n--test\n"
				       "--rate\n--floor\n-O\n--output-format\n--strategy\n-d\n--delimiter\n-q\n--quiet\n-h\n--help\n-V\n"
				       "--version\n");
	call_with("--complete=-O");
	assert_string_equal(child.out, "same\ncsv\narrow\n");
	call_with("--complete=--output-format");
	assert_string_equal(child.out, "same\ncsv\narrow\n");
	call_with("--complete=--seed");
	assert_string_equal(child.out, "");
	assert_int_equal(child.status, NS_OK);
}

static int help_on_full_disk(void *context)
{
	dup2(open("/dev/full", O_WRONLY), STDOUT_FILENO);
	return call(context);
}

static int help_on_closed_stdout(void *context)
{
	close(STDOUT_FILENO);
	return call(context);
}

static void help_is_checked(void **state)
{
	(void)state;
	run_child(&child, help_on_full_disk, "-h");
	assert_string_equal(child.err, "ns-try: stdout: cannot write: No space left on device\n");
	assert_int_equal(child.status, NS_ECALL);
	run_child(&child, help_on_closed_stdout, "-V");
	assert_string_equal(child.err, "ns-try: stdout: cannot write: Bad file descriptor\n");
	assert_int_equal(child.status, NS_ECALL);
}

static int call_on_terminal(void *context)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	check(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	dup2(open(ptsname(master), O_RDWR | O_NOCTTY), STDIN_FILENO);
	reset();
	return ns_tool_main(&tool, context ? 2 : 1, (char *[]){"ns-try", context, NULL});
}

static void no_input_from_a_terminal(void **state)
{
	(void)state;
	static const char expected[] =
		"usage: ns-try --strategy WORD [FILE...]\n       ns-try -m FILE\nTry 'ns-try --help'.\n";
	struct ns_tool before = tool;
	tool.reads_stdin = true;
	tool.alone = &conf.list;
	run_child(&child, call_on_terminal, NULL);
	assert_string_equal(child.err, expected);
	assert_int_equal(child.status, NS_ECALL);
	run_child(&child, call_on_terminal, "--list");
	assert_int_equal(child.status, NS_OK);
	run_child(&child, call_on_terminal, "-");
	assert_int_equal(child.status, NS_OK);
	tool.operands_min = 1; /* MODEL [FILE...] */
	run_child(&child, call_on_terminal, NULL);
	assert_string_equal(child.err, expected);
	run_child(&child, call_on_terminal, "model.ns");
	assert_string_equal(child.err, expected);
	tool = before;
}

static int cut_short(char **operands, int count, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_file *file;
	(void)arena;
	NS_TRY(ns_file_create(&file, "-", err));
	file->when_cut = "\"";
	NS_TRY(ns_file_write(file, "a,b\n", 4, err));
	return count == 0 ? NS_OK : ns_fail(err, NS_EDATA, "%s:3: too short", operands[0]);
}

static int refuse(char **operands, int count, struct ns_arena *arena, struct ns_err *err)
{
	(void)operands, (void)count, (void)arena, (void)err;
	return NS_EDATA;
}

static void failures_are_reported(void **state)
{
	(void)state;
	struct ns_tool before = tool;
	tool.run = cut_short;
	call_with("-q in.csv");
	assert_string_equal(child.out, "a,b\n\"");
	assert_string_equal(child.err, "ns-try: in.csv:3: too short\n");
	assert_int_equal(child.status, NS_EDATA);
	call_with("");
	assert_string_equal(child.err, "ns-try: broken: an output was left unfinished\n");
	assert_int_equal(child.status, NS_ECALL);
	tool.run = refuse;
	call_with("");
	assert_string_equal(child.err, ""); /* a "no" that the tool has told in its own way */
	assert_int_equal(child.status, NS_EDATA);
	tool = before;
}

static void params_split(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_err err;
	struct ns_texts values;
	const char *name;
	assert_int_equal(ns_opt_param(&name, &values, "--param", "n_estimators=8,16,a\\,b=c", &arena, &err), NS_OK);
	assert_string_equal(name, "n_estimators");
	assert_int_equal(values.count, 3);
	assert_string_equal(values.items[0], "8");
	assert_string_equal(values.items[1], "16");
	assert_string_equal(values.items[2], "a,b=c");
	static const char *const wrong[] = {"C", "=1", "C=", "C=1,,2", ""};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(ns_opt_param(&name, &values, "--param", wrong[i], &arena, &err), NS_ECALL);
	assert_int_equal(ns_opt_param(&name, &values, "--param", "C", &arena, &err), NS_ECALL);
	assert_string_equal(err.text, "--param: 'C' is not NAME=VALUE or NAME=VALUE,VALUE...");
	ns_arena_release(&arena);
}

static void nearest_names(void **state)
{
	(void)state;
	static const char *const names[] = {"random-forest", "extra-trees", "svc", "Result", "age", "ages"};
	static const struct {
		const char *name, *nearest;
	} cases[] = {
		{"randomforest", "random-forest"}, {"rnadom-forest", "random-forest"}, {"extra-tree", "extra-trees"}, {"scv", "svc"},
		{"RESULT", "Result"}, {"agee", "age"}, {"xgboost", NULL}, {"", NULL}, {"x", NULL}, {"sex", NULL}, {"svd", "svc"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *near = ns_nearest_name(cases[i].name, names, sizeof names / sizeof *names);
		assert_string_equal(near ? near : "(none)", cases[i].nearest ? cases[i].nearest : "(none)");
	}
	char longest[300];
	memset(longest, 'a', sizeof longest);
	longest[299] = '\0';
	assert_null(ns_nearest_name(longest, (const char *const[]){longest}, 1));
	assert_null(ns_nearest_name("aaaa", (const char *const[]){longest}, 1));
}

static void a_flag_may_set_false(void **state)
{
	(void)state;
	bool mark = true;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_err err;
	const struct ns_opt on = {0, "mark", NULL, "mark", NS_OPT_FLAG, &mark, 0, 0, NULL, NULL};
	const struct ns_opt off = {0, "no-mark", NULL, "do not", NS_OPT_FLAG, &mark, 0, 0, NS_OPT_OFF, NULL};
	assert_int_equal(ns_opt_store(&off, NULL, true, &arena, &err), NS_OK);
	assert_false(mark);
	assert_int_equal(ns_opt_store(&on, NULL, true, &arena, &err), NS_OK);
	assert_true(mark);
	ns_arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_arrive),
		cmocka_unit_test(a_flag_may_set_false),
		cmocka_unit_test(wrong_calls_are_told),
		cmocka_unit_test(operands_are_counted),
		cmocka_unit_test(help_shows_all),
		cmocka_unit_test(version_and_completion),
		cmocka_unit_test(help_is_checked),
		cmocka_unit_test(no_input_from_a_terminal),
		cmocka_unit_test(failures_are_reported),
		cmocka_unit_test(params_split),
		cmocka_unit_test(nearest_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
