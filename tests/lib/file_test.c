#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/temporary.h"
#include "child.h"

static struct ns_err err;

/* Each test has a folder to itself, as its working directory. */
static int enter_folder(void **state)
{
	char name[] = "/tmp/file_test.XXXXXX";
	if (!mkdtemp(name) || chdir(name))
		return -1;
	*state = strdup(name);
	umask(022);
	return 0;
}

static int leave_folder(void **state)
{
	char command[100];
	snprintf(command, sizeof command, "rm -rf %s", (char *)*state);
	free(*state);
	return chdir("/tmp") || system(command);
}

/* The number of names in the working directory. */
static int count_names(void)
{
	int count = -2;
	DIR *folder = opendir(".");
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static void assert_file(const char *path, const char *expected)
{
	struct ns_arena arena = NS_ARENA_INIT;
	char *text;
	size_t size;
	assert_int_equal(ns_file_slurp(&text, &size, path, 1000000, &arena, &err), NS_OK);
	assert_string_equal(text, expected);
	assert_int_equal(size, strlen(expected));
	ns_arena_release(&arena);
}

static struct ns_file *create(const char *path)
{
	struct ns_file *file = NULL;
	check(ns_file_create(&file, path, &err) == NS_OK);
	return file;
}

static void put(struct ns_file *file, const char *text)
{
	check(ns_file_write(file, text, strlen(text), &err) == NS_OK);
}

static void appears_only_on_commit(void **state)
{
	(void)state;
	struct ns_file *file = create("model.ns");
	assert_false(file->direct);
	put(file, "abc");
	put(file, "");
	assert_int_equal(access("model.ns", F_OK), -1);
	assert_int_equal(strncmp(file->temporary, ".model.ns.", 10), 0);
	assert_int_equal(strlen(file->temporary), 16);
	assert_int_equal(access(file->temporary, F_OK), 0);
	assert_int_equal(ns_file_commit(file, &err), NS_OK);
	assert_file("model.ns", "abc");
	assert_int_equal(count_names(), 1);
}

static void discard_leaves_the_old(void **state)
{
	(void)state;
	assert_int_equal(ns_file_store("model.ns", "old", 3, &err), NS_OK);
	struct ns_file *file = create("model.ns");
	put(file, "new");
	ns_file_discard(file);
	ns_file_discard(NULL);
	assert_file("model.ns", "old");
	create("a");
	create("b");
	ns_file_discard_all();
	assert_int_equal(count_names(), 1);
}

static void only_a_new_one_may_appear(void **state)
{
	(void)state;
	struct ns_file *file = create("state");
	file->only_new = true;
	put(file, "mine");
	assert_int_equal(ns_file_commit(file, &err), NS_OK);
	assert_file("state", "mine");
	file = create("state");
	file->only_new = true;
	assert_int_equal(ns_file_commit(file, &err), NS_ECALL);
	assert_string_equal(err.text, "state: cannot write: File exists");
	assert_file("state", "mine");
	assert_int_equal(count_names(), 1);
}

static mode_t mode_of(const char *path)
{
	struct stat status;
	assert_int_equal(stat(path, &status), 0);
	return status.st_mode & 07777;
}

static void mode_is_umask_or_the_old(void **state)
{
	(void)state;
	assert_int_equal(ns_file_store("model.ns", "1", 1, &err), NS_OK);
	assert_int_equal(mode_of("model.ns"), 0644);
	chmod("model.ns", 0660);
	assert_int_equal(ns_file_store("model.ns", "2", 1, &err), NS_OK);
	assert_int_equal(mode_of("model.ns"), 0660);
}

static void links_stay(void **state)
{
	(void)state;
	mkdir("store", 0755);
	assert_int_equal(symlink("store/link", "model.ns"), 0);
	assert_int_equal(symlink("real", "store/link"), 0);
	assert_int_equal(ns_file_store("model.ns", "1", 1, &err), NS_OK); /* what it points to does not exist yet */
	assert_file("store/real", "1");
	assert_int_equal(ns_file_store("model.ns", "2", 1, &err), NS_OK);
	assert_file("store/real", "2");
	struct stat status;
	assert_int_equal(lstat("model.ns", &status), 0);
	assert_true(S_ISLNK(status.st_mode));
	assert_int_equal(symlink("round", "round"), 0);
	assert_int_equal(ns_file_store("round", "3", 1, &err), NS_ECALL);
	assert_string_equal(err.text, "round: cannot create: Too many levels of symbolic links");
}

static void names_that_cannot_be(void **state)
{
	(void)state;
	struct ns_file *file;
	assert_int_equal(ns_file_create(&file, "none/model.ns", &err), NS_ECALL);
	assert_string_equal(err.text, "none/model.ns: cannot create: No such file or directory");
	assert_int_equal(ns_file_create(&file, ".", &err), NS_ECALL);
	assert_string_equal(err.text, ".: cannot create: Is a directory");
	char longest[256];
	memset(longest, 'n', sizeof longest);
	longest[255] = '\0';
	assert_int_equal(ns_file_store(longest, "x", 1, &err), NS_OK); /* a good name, though ".NAME.XXXXXX" is too long */
	assert_file(longest, "x");
}

static void many_small_and_one_large(void **state)
{
	(void)state;
	enum { ROWS = 100000, LARGE = 700000, ALL = 8 * ROWS + LARGE + 3 };
	struct ns_file *file = create("table.csv");
	for (int i = 0; i < ROWS; i++)
		put(file, "1234567\n");
	char *large = calloc(1, LARGE);
	memset(large, 'x', LARGE);
	assert_int_equal(ns_file_write(file, large, LARGE, &err), NS_OK);
	put(file, "end");
	assert_int_equal(ns_file_commit(file, &err), NS_OK);
	struct ns_arena arena = NS_ARENA_INIT;
	char *text;
	size_t size;
	assert_int_equal(ns_file_slurp(&text, &size, "table.csv", ALL, &arena, &err), NS_OK);
	assert_int_equal(size, ALL);
	for (int i = 0; i < ROWS; i++)
		assert_memory_equal(text + 8 * i, "1234567\n", 8);
	assert_memory_equal(text + 8 * ROWS, large, LARGE);
	assert_string_equal(text + 8 * ROWS + LARGE, "end");
	free(large);
	ns_arena_release(&arena);
}

static void slurp_says_what_is_wrong(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	char *text;
	size_t size;
	assert_int_equal(ns_file_slurp(&text, &size, "none.yaml", 10, &arena, &err), NS_ECALL);
	assert_string_equal(err.text, "none.yaml: No such file or directory");
	assert_int_equal(ns_file_slurp(&text, &size, ".", 10, &arena, &err), NS_ECALL);
	assert_string_equal(err.text, ".: Is a directory");
	assert_int_equal(ns_file_store("schema.yaml", "0123456789", 10, &err), NS_OK);
	assert_int_equal(ns_file_slurp(&text, &size, "schema.yaml", 9, &arena, &err), NS_EDATA);
	assert_string_equal(err.text, "schema.yaml: larger than 9 bytes");
	assert_int_equal(ns_file_slurp(&text, &size, "schema.yaml", 10, &arena, &err), NS_OK);
	assert_int_equal(ns_file_store("empty", NULL, 0, &err), NS_OK);
	assert_int_equal(ns_file_slurp(&text, &size, "empty", 0, &arena, &err), NS_OK);
	assert_string_equal(text, "");
	ns_arena_release(&arena);
}

static int to_a_full_disk(void *bytes)
{
	struct ns_file *file = create("/dev/full");
	check(file->direct);
	put(file, "x");
	check(ns_file_flush(file, &err) == NS_ECALL);
	check_text(err.text, "/dev/full: cannot write: No space left on device");
	check(ns_file_write(file, bytes, 300000, &err) == NS_ECALL);
	check_text(err.text, "/dev/full: cannot write: an earlier write has failed");
	ns_file_discard(file);
	check(ns_file_store("/dev/full", bytes, 300000, &err) == NS_ECALL);
	check(ns_file_store("/dev/full", bytes, 100, &err) == NS_ECALL); /* only commit writes it */
	check_text(err.text, "/dev/full: cannot write: No space left on device");
	/* A file that may not grow beyond 1000 bytes: the write is short, then fails, and nothing stays. */
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &(struct rlimit){1000, 1000});
	check(ns_file_store("large", bytes, 2000, &err) == NS_ECALL);
	check_text(err.text, "large: cannot write: File too large");
	check(count_names() == 0);
	return 0;
}

static void full_disk(void **state)
{
	(void)state;
	struct child child;
	void *bytes = calloc(1, 300000);
	run_child(&child, to_a_full_disk, bytes);
	assert_string_equal(child.err, "");
	assert_int_equal(child.status, 0);
	free(bytes);
}

static int to_stdout(void *context)
{
	(void)context;
	struct ns_file *file = create("-"), *second;
	check(file->direct);
	check(file->fd > 2);
	check(ns_file_create(&second, "/dev/stdout", &err) == NS_ECALL);
	check_text(err.text, "stdout: cannot be two outputs at once: write one of them to a file");
	put(file, "a\n");
	check(ns_file_commit(file, &err) == NS_OK);
	file = create("/dev/fd/1");
	put(file, "b\n");
	check(ns_file_flush_direct(&err) == NS_OK);
	struct stat status;
	check(fstat(STDOUT_FILENO, &status) == 0 && status.st_size == 4);
	check(ns_file_commit(file, &err) == NS_OK);
	file = create("/dev/stderr");
	put(file, "c\n");
	return ns_file_commit(file, &err);
}

static void standard_output(void **state)
{
	(void)state;
	struct child child;
	run_child(&child, to_stdout, NULL);
	assert_string_equal(child.out, "a\nb\n");
	assert_string_equal(child.err, "c\n");
	assert_int_equal(child.status, 0);
}

static int cut(void *context)
{
	struct ns_file *file = create("-"), *untouched = create("/dev/stderr");
	file->when_cut = untouched->when_cut = "\"";
	put(file, context);
	ns_file_discard_all();
	return 1;
}

static void cut_output_ends_in_an_open_quote(void **state)
{
	(void)state;
	struct child child;
	run_child(&child, cut, "a,b\n1,2\n");
	assert_string_equal(child.out, "a,b\n1,2\n\"");
	assert_string_equal(child.err, "");
	run_child(&child, cut, "");
	assert_string_equal(child.out, "");
}

static int cut_by_memory(void *context)
{
	struct ns_file *file = create("-");
	file->when_cut = "\"";
	put(file, context);
	check(ns_file_flush(file, &(struct ns_err){""}) == NS_OK);
	put(file, "3,4\n"); /* does not leave any more */
	ns_die_of_memory();
}

static void output_cut_by_memory_ends_in_an_open_quote(void **state)
{
	(void)state;
	struct child child;
	run_child(&child, cut_by_memory, "a,b\n1,2\n");
	assert_string_equal(child.out, "a,b\n1,2\n\"");
	assert_string_equal(child.err, "netsec: out of memory\n");
	assert_int_equal(child.status, NS_ECALL);
}

static void no_name_for_two_outputs(void **state)
{
	(void)state;
	struct ns_file *first = create("one"), *second;
	assert_int_equal(ns_file_create(&second, "./one", &err), NS_ECALL);
	assert_string_equal(err.text, "./one: cannot be two outputs at once: give them different names");
	assert_int_equal(ns_file_create(&second, "another", &err), NS_OK);
	ns_file_discard(second);
	ns_file_discard(first);
	assert_int_equal(ns_file_create(&first, "one", &err), NS_OK); /* one after the other is fine */
	ns_file_discard(first);
}

static void no_quote_on_a_terminal(void **state)
{
	(void)state;
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	struct ns_file *file = create(ptsname(master));
	file->when_cut = "\"";
	put(file, "row");
	int keep = fcntl(file->fd, F_DUPFD, 3); /* what was written is lost when the last one closes */
	ns_file_discard(file);
	char seen[10] = "";
	assert_int_equal(write(keep, ".", 1), 1);
	for (size_t i = 0; i < sizeof seen - 1 && !strchr(seen, '.'); i++)
		assert_int_equal(read(master, seen + i, 1), 1);
	assert_string_equal(seen, "row.");
	close(keep);
	close(master);
}

static int with_standard_closed(void *context)
{
	(void)context;
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	check(ns_file_guard_standard(&err) == NS_OK);
	struct ns_file *file = create("data");
	check(file->fd > 2);
	check(ns_file_commit(file, &err) == NS_OK);
	check(ns_file_create(&file, "-", &err) == NS_ECALL);
	check_text(err.text, "stdout: cannot write: Bad file descriptor");
	struct ns_arena arena = NS_ARENA_INIT;
	char *text;
	size_t size;
	check(ns_file_slurp(&text, &size, "-", 10, &arena, &err) == NS_ECALL);
	check_text(err.text, "stdin: Bad file descriptor");
	return 0;
}

static void closed_standard_files(void **state)
{
	(void)state;
	struct child child;
	run_child(&child, with_standard_closed, NULL);
	assert_string_equal(child.err, "");
	assert_int_equal(child.status, 0);
}

/* A temporary file is open; then the end that context tells of: a signal, or one of these. */
enum { BY_EXIT = -1, BY_PIPE = -2, BY_IGNORED_PIPE = -3, BY_FORK = -4, BY_IGNORED_HANGUP = -5 };

static int end_somehow(void *context)
{
	int how = *(int *)context, ends[2];
	if (how == BY_IGNORED_HANGUP) /* nohup */
		signal(SIGHUP, SIG_IGN);
	create("model.ns");
	check(count_names() == 1);
	if (how == BY_IGNORED_PIPE)
		signal(SIGPIPE, SIG_IGN);
	if (how == BY_PIPE || how == BY_IGNORED_PIPE) {
		check(pipe(ends) == 0);
		close(ends[0]);
		dup2(ends[1], STDOUT_FILENO);
		struct ns_file *file = create("-");
		put(file, "x");
		ns_file_commit(file, &err);
	}
	if (how == BY_FORK) {
		pid_t pid = fork();
		if (pid == 0)
			exit(0);
		wait_for(pid);
		return count_names() == 1 ? 7 : 8; /* the child's end has not removed what is its parent's */
	}
	if (how > 0 || how == BY_IGNORED_HANGUP)
		raise(how > 0 ? how : SIGHUP);
	return 5;
}

static void temporaries_go_with_the_process(void **state)
{
	(void)state;
	static const struct {
		int how, status, names;
	} cases[] = {
		{BY_EXIT, 5, 0}, {BY_PIPE, 128 + SIGPIPE, 0}, {BY_IGNORED_PIPE, 141, 0}, {BY_FORK, 7, 0},
		{SIGINT, 128 + SIGINT, 0}, {SIGTERM, 128 + SIGTERM, 0}, {SIGHUP, 128 + SIGHUP, 0}, {SIGXCPU, 128 + SIGXCPU, 0}, {SIGKILL, 128 + SIGKILL, 1},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct child child;
		int how = cases[i].how;
		run_child(&child, end_somehow, &how);
		assert_string_equal(child.err, "");
		assert_int_equal(child.status, cases[i].status);
		assert_int_equal(count_names(), cases[i].names);
	}
	assert_int_equal(access("model.ns", F_OK), -1); /* kill -9 has left a dot-file only */
}

/* The first of all tests: signals are looked at once, when the process creates its first file, and a child inherits that. */
static void ignored_signals_stay_ignored(void **state)
{
	(void)state;
	struct child child;
	int how = BY_IGNORED_HANGUP;
	run_child(&child, end_somehow, &how);
	assert_string_equal(child.err, "");
	assert_int_equal(child.status, 5);
}

static _Noreturn void store_often(char letter)
{
	char text[5000];
	memset(text, letter, sizeof text);
	for (int i = 0; i < 20; i++)
		check(ns_file_store("shared", text, sizeof text, &err) == NS_OK);
	_exit(0);
}

static void two_writers_do_not_mix(void **state)
{
	(void)state;
	fflush(NULL);
	pid_t first = fork();
	if (first == 0)
		store_often('a');
	pid_t second = fork();
	if (second == 0)
		store_often('b');
	assert_int_equal(wait_for(first), 0);
	assert_int_equal(wait_for(second), 0);
	struct ns_arena arena = NS_ARENA_INIT;
	char *text;
	size_t size;
	assert_int_equal(ns_file_slurp(&text, &size, "shared", 100000, &arena, &err), NS_OK);
	assert_int_equal(size, 5000);
	for (size_t i = 1; i < size; i++)
		assert_int_equal(text[i], text[0]);
	assert_int_equal(count_names(), 1);
	ns_arena_release(&arena);
}

static void no_more_than_so_many(void **state)
{
	(void)state;
	char name[20];
	for (int i = 0; i < NS_TEMPORARY_MAX; i++) {
		snprintf(name, sizeof name, "f%d", i);
		create(name);
	}
	struct ns_file *file;
	assert_int_equal(ns_file_create(&file, "last", &err), NS_ECALL);
	assert_string_equal(err.text, "last: cannot create: 64 files are open already");
	ns_file_discard_all();
	assert_int_equal(count_names(), 0);
	assert_int_equal(ns_file_store("last", "x", 1, &err), NS_OK);
}

static void *drain(void *end)
{
	size_t total = 0;
	char bytes[1000];
	for (ssize_t count; (count = read(*(int *)end, bytes, sizeof bytes)) > 0;)
		total += (size_t)count;
	return (void *)total;
}

static void non_blocking_pipe(void **state)
{
	(void)state;
	int ends[2];
	char name[40], *bytes = calloc(1, 1000000);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(fcntl(ends[1], F_SETFL, O_WRONLY | O_NONBLOCK), 0);
	snprintf(name, sizeof name, "/proc/self/fd/%d", ends[1]);
	struct ns_file *file = create(name);
	assert_true(file->direct);
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, drain, &ends[0]), 0);
	assert_int_equal(ns_file_write(file, bytes, 1000000, &err), NS_OK);
	assert_int_equal(ns_file_commit(file, &err), NS_OK);
	close(ends[1]);
	void *total;
	pthread_join(thread, &total);
	assert_int_equal((size_t)total, 1000000);
	close(ends[0]);
	free(bytes);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(ignored_signals_stay_ignored),
		IN_FOLDER(appears_only_on_commit),
		IN_FOLDER(discard_leaves_the_old),
		IN_FOLDER(only_a_new_one_may_appear),
		IN_FOLDER(mode_is_umask_or_the_old),
		IN_FOLDER(links_stay),
		IN_FOLDER(names_that_cannot_be),
		IN_FOLDER(many_small_and_one_large),
		IN_FOLDER(slurp_says_what_is_wrong),
		IN_FOLDER(full_disk),
		IN_FOLDER(standard_output),
		IN_FOLDER(cut_output_ends_in_an_open_quote),
		IN_FOLDER(output_cut_by_memory_ends_in_an_open_quote),
		IN_FOLDER(no_name_for_two_outputs),
		IN_FOLDER(no_quote_on_a_terminal),
		IN_FOLDER(closed_standard_files),
		IN_FOLDER(temporaries_go_with_the_process),
		IN_FOLDER(two_writers_do_not_mix),
		IN_FOLDER(no_more_than_so_many),
		IN_FOLDER(non_blocking_pipe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
