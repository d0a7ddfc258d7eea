#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <termios.h>

#include "base/err.h"
#include "base/progress.h"
#include "child.h"

/* Where the child's stderr and stdout go, and what it is told. */
struct scene {
	bool terminal, pipe, quiet, at_once;
	uint64_t total;
};

static void work(const struct scene *scene)
{
	ns_program = "ns-fit";
	ns_quiet = scene->quiet;
	ns_progress_stop();
	ns_progress_start("training", scene->total);
	ns_progress_add(100);
	if (!scene->at_once)
		usleep(600 * 1000);
	ns_progress_add(10);
	ns_complain("row 7");
	ns_progress_stop();
	ns_progress_add(1);
}

/* Its stdout is everything that the terminal got, with "\r" as "<". */
static int play(void *context)
{
	const struct scene *scene = context;
	int result = dup(STDOUT_FILENO), ends[2], master = posix_openpt(O_RDWR | O_NOCTTY);
	check(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0 && pipe(ends) == 0);
	int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	struct termios raw;
	check(slave >= 0 && tcgetattr(slave, &raw) == 0);
	raw.c_oflag &= ~(tcflag_t)OPOST;
	check(tcsetattr(slave, TCSANOW, &raw) == 0);
	if (scene->terminal)
		dup2(slave, STDERR_FILENO);
	if (scene->pipe)
		dup2(ends[1], STDOUT_FILENO);
	work(scene);
	check(write(slave, "$", 1) == 1); /* the end: a terminal hands over what was written in pieces, some time later */
	for (char c; read(master, &c, 1) == 1 && c != '$';)
		check(write(result, c == '\r' ? "<" : &c, 1) == 1);
	return 0;
}

static struct child child;

static const char *seen(struct scene scene)
{
	run_child(&child, play, &scene);
	assert_int_equal(child.status, 0);
	return child.out;
}

/* 110 in 0.6 seconds, or longer on a machine that is busy. */
static void assert_rate(const char *text)
{
	int rate, read = 0;
	char rest[200];
	assert_int_equal(sscanf(text, "<ns-fit: training: 110, %d a second<%n", &rate, &read), 1);
	assert_true(rate >= 1 && rate <= 183);
	snprintf(rest, sizeof rest, "<%*s<ns-fit: row 7\n", read - 2, "");
	assert_string_equal(text + read, rest);
}

static void a_line_comes_and_goes(void **state)
{
	(void)state;
	const char *text = seen((struct scene){.terminal = true, .total = 441});
	static const char line[] = "<ns-fit: training: 25 % (110 of 441), ";
	assert_memory_equal(text, line, sizeof line - 1);
	const char *left = strstr(text, " s left<");
	assert_non_null(left);
	left += strlen(" s left");
	char rest[200]; /* cleared by blanks before the message, and not drawn again */
	snprintf(rest, sizeof rest, "<<%*s<ns-fit: row 7\n", (int)(left - text) - 1, "");
	assert_string_equal(left, rest);
	assert_rate(seen((struct scene){.terminal = true}));
	assert_rate(seen((struct scene){.terminal = true, .total = 50})); /* more than was announced */
}

static void nothing_where_nobody_looks(void **state)
{
	(void)state;
	assert_string_equal(seen((struct scene){.terminal = true, .total = 441, .at_once = true}), "ns-fit: row 7\n");
	assert_string_equal(seen((struct scene){.terminal = true, .total = 441, .pipe = true}), "ns-fit: row 7\n");
	assert_string_equal(seen((struct scene){.terminal = true, .total = 441, .quiet = true}), "ns-fit: row 7\n");
	assert_string_equal(seen((struct scene){.total = 441}), "");
	assert_string_equal(child.err, "ns-fit: row 7\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_comes_and_goes),
		cmocka_unit_test(nothing_where_nobody_looks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
