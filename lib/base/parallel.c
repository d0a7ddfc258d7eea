#include "base/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/cgroup.h"

enum { THREADS_MAX = 256 };

/* One call's work. Openings: how many helpers may still join; inside: how many are at it. Both under the pool's lock. */
struct crew {
	ns_work *work;
	void *context;
	size_t n;
	atomic_size_t next;
	int openings, joined, inside;
};

/*
 * Helpers are started when first wanted and sleep between calls. The caller does not wait for a helper that has not woken up yet, for
 * when the pieces are done the crew is closed: on a busy machine that is what a call costs.
 */
static struct {
	pthread_mutex_t in_use, lock;
	pthread_cond_t work, done;
	struct crew *crew; /* NULL: nothing to do */
	int helpers;
	bool fork_safe;
} pool = {
	.in_use = PTHREAD_MUTEX_INITIALIZER,
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.work = PTHREAD_COND_INITIALIZER,
	.done = PTHREAD_COND_INITIALIZER,
};

/* Set while this thread does a piece of work: a call from there is nested. */
static _Thread_local bool at_work;

static void do_pieces(struct crew *crew, int worker)
{
	at_work = true;
	for (size_t i; (i = atomic_fetch_add_explicit(&crew->next, 1, memory_order_relaxed)) < crew->n;)
		crew->work(crew->context, i, worker);
	at_work = false;
}

static void *help(void *nothing)
{
	pthread_mutex_lock(&pool.lock);
	for (;;) {
		while (!pool.crew || pool.crew->openings == 0)
			pthread_cond_wait(&pool.work, &pool.lock);
		struct crew *crew = pool.crew;
		int worker = ++crew->joined;
		crew->openings--;
		crew->inside++;
		pthread_mutex_unlock(&pool.lock);
		do_pieces(crew, worker);
		pthread_mutex_lock(&pool.lock);
		if (--crew->inside == 0)
			pthread_cond_signal(&pool.done);
	}
	return nothing;
}

/* A child made by fork has no helpers, and must not find the lock held by one of its parent's. */
static void before_fork(void)
{
	pthread_mutex_lock(&pool.lock);
}

static void after_fork(void)
{
	pthread_mutex_unlock(&pool.lock);
}

static void after_fork_in_child(void)
{
	pthread_cond_init(&pool.work, NULL);
	pthread_cond_init(&pool.done, NULL);
	pool.helpers = 0;
	pthread_mutex_unlock(&pool.lock);
}

/* Signals are for the thread that knows what to do with them: new threads inherit a mask that blocks all. */
static void start_helpers(int wanted)
{
	pthread_attr_t detached;
	sigset_t all, before;
	if (!pool.fork_safe)
		pool.fork_safe = pthread_atfork(before_fork, after_fork, after_fork_in_child) == 0;
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	for (pthread_t thread; pool.helpers < wanted && pthread_create(&thread, &detached, help, NULL) == 0;)
		pool.helpers++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&detached);
}

static void work_together(struct crew *crew)
{
	pthread_mutex_lock(&pool.lock);
	start_helpers(crew->openings);
	pool.crew = crew;
	for (int i = 0; i < crew->openings; i++)
		pthread_cond_signal(&pool.work);
	pthread_mutex_unlock(&pool.lock);
	do_pieces(crew, 0);
	pthread_mutex_lock(&pool.lock);
	pool.crew = NULL;
	while (crew->inside)
		pthread_cond_wait(&pool.done, &pool.lock);
	pthread_mutex_unlock(&pool.lock);
}

void ns_parallel(int threads, size_t n, ns_work *work, void *context)
{
	struct crew crew = {.work = work, .context = context, .n = n};
	if (threads > THREADS_MAX)
		threads = THREADS_MAX;
	if (threads > 0 && (size_t)threads > n)
		threads = (int)n;
	if (threads > 1 && !at_work && pthread_mutex_trylock(&pool.in_use) == 0) {
		crew.openings = threads - 1;
		work_together(&crew);
		pthread_mutex_unlock(&pool.in_use);
		return;
	}
	for (size_t i = 0; i < n; i++)
		work(context, i, 0);
}

int ns_parallel_threads(int asked)
{
	int threads = asked;
	if (asked <= 0) {
		cpu_set_t set;
		int quota = ns_cgroup_processors("/proc/self/cgroup", "/sys/fs/cgroup");
		threads = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : THREADS_MAX; /* it fails where there are more than 1024 */
		threads = quota && quota < threads ? quota : threads;
	}
	return threads < 1 ? 1 : threads > THREADS_MAX ? THREADS_MAX : threads;
}
