#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "base/cgroup.h"
#include "base/file.h"
#include "base/parallel.h"
#include "child.h"

enum { PIECES = 1000, MOST = 300 };

struct board {
	int threads;
	atomic_int done[PIECES], used[MOST]; /* how often each piece was done, how many pieces a worker did */
	atomic_int busy[MOST], wrong;
};

static void mark(void *context, size_t i, int worker)
{
	struct board *board = context;
	if (worker < 0 || worker >= board->threads || atomic_fetch_add(&board->busy[worker], 1) != 0)
		atomic_fetch_add(&board->wrong, 1); /* two at a time would share scratch memory */
	atomic_fetch_add(&board->done[i], 1);
	atomic_fetch_add(&board->used[worker], 1);
	atomic_fetch_sub(&board->busy[worker], 1);
}

static void each_piece_once(void **state)
{
	(void)state;
	static const int threads[] = {-1, 0, 1, 2, 3, 8, 256, 299};
	static const size_t pieces[] = {0, 1, 2, 7, PIECES};
	for (size_t t = 0; t < sizeof threads / sizeof *threads; t++)
		for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
			struct board *board = calloc(1, sizeof *board);
			board->threads = threads[t] < 1 ? 1 : threads[t];
			ns_parallel(threads[t], pieces[p], mark, board);
			assert_int_equal(board->wrong, 0);
			for (size_t i = 0; i < PIECES; i++)
				assert_int_equal(board->done[i], i < pieces[p]);
			free(board);
		}
}

struct meeting {
	pthread_barrier_t barrier;
	atomic_int unblocked;
};

/* Ends only when as many threads are here at once. */
static void meet(void *context, size_t i, int worker)
{
	struct meeting *meeting = context;
	sigset_t mask;
	(void)i;
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	if (worker > 0 && !sigismember(&mask, SIGTERM))
		atomic_fetch_add(&meeting->unblocked, 1);
	pthread_barrier_wait(&meeting->barrier);
}

static void pieces_run_side_by_side(void **state)
{
	(void)state;
	struct meeting meeting = {.unblocked = 0};
	sigset_t mask;
	pthread_barrier_init(&meeting.barrier, NULL, 5);
	ns_parallel(5, 5, meet, &meeting);
	assert_int_equal(meeting.unblocked, 0); /* signals are for the main thread */
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	assert_false(sigismember(&mask, SIGTERM));
	pthread_barrier_destroy(&meeting.barrier);
}

struct latecomer {
	struct meeting meeting;
	atomic_int finished;
};

static void finish_late(void *context, size_t i, int worker)
{
	struct latecomer *latecomer = context;
	meet(&latecomer->meeting, i, worker);
	if (worker > 0)
		usleep(20 * 1000);
	atomic_fetch_add(&latecomer->finished, 1);
}

static void the_last_is_waited_for(void **state)
{
	(void)state;
	struct latecomer latecomer = {.finished = 0};
	pthread_barrier_init(&latecomer.meeting.barrier, NULL, 2);
	ns_parallel(2, 2, finish_late, &latecomer);
	assert_int_equal(latecomer.finished, 2);
	pthread_barrier_destroy(&latecomer.meeting.barrier);
}

struct nest {
	atomic_int inner, strangers;
	pthread_t outer[4];
};

static void inner(void *context, size_t i, int worker)
{
	struct nest *nest = ((struct nest **)context)[0];
	pthread_t *caller = ((pthread_t **)context)[1];
	(void)i;
	atomic_fetch_add(&nest->inner, 1);
	if (worker != 0 || !pthread_equal(*caller, pthread_self()))
		atomic_fetch_add(&nest->strangers, 1);
}

static void outer(void *context, size_t i, int worker)
{
	struct nest *nest = context;
	(void)worker;
	nest->outer[i] = pthread_self();
	ns_parallel(4, 10, inner, (void *[]){nest, &nest->outer[i]});
}

static void nested_calls_are_serial(void **state)
{
	(void)state;
	struct nest nest = {.inner = 0};
	ns_parallel(2, 4, outer, &nest);
	assert_int_equal(nest.inner, 40);
	assert_int_equal(nest.strangers, 0);
	struct meeting meeting = {.unblocked = 0}; /* and the next call is not nested any more */
	pthread_barrier_init(&meeting.barrier, NULL, 2);
	ns_parallel(2, 2, meet, &meeting);
	pthread_barrier_destroy(&meeting.barrier);
}

static int forked(void *context)
{
	each_piece_once(context);
	pieces_run_side_by_side(context);
	return 0;
}

static void a_forked_child_has_helpers_too(void **state)
{
#if defined __SANITIZE_THREAD__ || defined __SANITIZE_ADDRESS__
	skip(); /* the sanitizers start no threads in a child of several, or wait for locks that its parent's threads held */
#endif
	struct child child;
	pieces_run_side_by_side(state);
	run_child(&child, forked, state);
	assert_int_equal(child.status, 0);
}

/* A thread of its own that calls while the first call is on. */
static void *call_beside(void *context)
{
	each_piece_once(context);
	return NULL;
}

static void call_from_another_thread(void *context, size_t i, int worker)
{
	pthread_t thread;
	(void)worker;
	if (i == 0 && pthread_create(&thread, NULL, call_beside, context) == 0)
		pthread_join(thread, NULL);
}

static void two_threads_may_call(void **state)
{
	ns_parallel(2, 2, call_from_another_thread, state);
}

static void store(const char *path, const char *text)
{
	struct ns_err err;
	if (ns_file_store(path, text, strlen(text), &err) != NS_OK)
		fail_msg("%s", err.text);
}

static void quotas_of_groups(void **state)
{
	(void)state;
	char folder[] = "/tmp/parallel_test.XXXXXX", command[100];
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	mkdir("a", 0755);
	mkdir("a/b", 0755);
	store("list", "0::/a/b\n");
	assert_int_equal(ns_cgroup_processors("none", "."), 0);
	assert_int_equal(ns_cgroup_processors("list", "."), 0);
	store("a/b/cpu.max", "max 100000\n");
	assert_int_equal(ns_cgroup_processors("list", "."), 0);
	store("a/b/cpu.max", "350000 100000\n");
	assert_int_equal(ns_cgroup_processors("list", "."), 4);
	store("a/cpu.max", "200000 100000\n");
	assert_int_equal(ns_cgroup_processors("list", "."), 2);
	store("cpu.max", "1000 100000\n"); /* the container's own root */
	assert_int_equal(ns_cgroup_processors("list", "."), 1);
	store("list", "4:memory:/x\n1:name=systemd:/y\n0::/\n");
	assert_int_equal(ns_cgroup_processors("list", "."), 1);
	store("list", "4:cpu:/a/b\n");
	assert_int_equal(ns_cgroup_processors("list", "."), 0);
	static const char *const odd[] = {"", "max", "100000", "-1 100000", "100000 0", "x y"};
	store("list", "0::/\n");
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		store("cpu.max", odd[i]);
		assert_int_equal(ns_cgroup_processors("list", "."), 0);
	}
	store("cpu.max", "9223372036854775807 1\n");
	assert_int_equal(ns_cgroup_processors("list", "."), INT32_MAX);
	assert_int_equal(chdir("/tmp"), 0);
	snprintf(command, sizeof command, "rm -rf %s", folder);
	assert_int_equal(system(command), 0);
}

static void numbers_of_threads(void **state)
{
	(void)state;
	cpu_set_t before, one;
	assert_int_equal(ns_parallel_threads(3), 3);
	assert_int_equal(ns_parallel_threads(1000), 256);
	assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
	assert_in_range(ns_parallel_threads(0), 1, CPU_COUNT(&before));
	CPU_ZERO(&one);
	for (int i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++)
		if (CPU_ISSET(i, &before))
			CPU_SET(i, &one);
	assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
	assert_int_equal(ns_parallel_threads(0), 1);
	assert_int_equal(ns_parallel_threads(-5), 1);
	assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_piece_once),
		cmocka_unit_test(pieces_run_side_by_side),
		cmocka_unit_test(the_last_is_waited_for),
		cmocka_unit_test(nested_calls_are_serial),
		cmocka_unit_test(a_forked_child_has_helpers_too),
		cmocka_unit_test(two_threads_may_call),
		cmocka_unit_test(quotas_of_groups),
		cmocka_unit_test(numbers_of_threads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
