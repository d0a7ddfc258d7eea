#include "base/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

enum { THREADS_MAX = 256 };

/* What the threads of one ns_parallel share: the next piece is taken by adding one. */
struct job {
	ns_work *work;
	void *context;
	size_t n;
	atomic_size_t next;
};

struct worker {
	struct job *job;
	int number;
	pthread_t thread;
};

static _Thread_local bool inside; /* work that calls ns_parallel itself runs serially */

static void *take_pieces(void *argument)
{
	struct worker *worker = argument;
	struct job *job = worker->job;
	inside = true;
	for (size_t i; (i = atomic_fetch_add_explicit(&job->next, 1, memory_order_relaxed)) < job->n;)
		job->work(job->context, i, worker->number);
	inside = false;
	return NULL;
}

void ns_parallel(int threads, size_t n, ns_work *work, void *context)
{
	struct worker workers[THREADS_MAX];
	struct job job = {.work = work, .context = context, .n = n};
	if (threads > THREADS_MAX)
		threads = THREADS_MAX;
	if ((size_t)threads > n)
		threads = (int)n;
	if (threads <= 1 || inside) {
		for (size_t i = 0; i < n; i++)
			work(context, i, 0);
		return;
	}
	int started = 1;
	for (; started < threads; started++) {
		workers[started] = (struct worker){.job = &job, .number = started};
		if (pthread_create(&workers[started].thread, NULL, take_pieces, &workers[started]))
			break; /* fewer threads do the same work */
	}
	workers[0] = (struct worker){.job = &job};
	take_pieces(&workers[0]);
	for (int i = 1; i < started; i++)
		pthread_join(workers[i].thread, NULL);
}

/* Processors that the control group's quota allows, rounded up; 0 = no limit known. */
static int quota(void)
{
	long long limit, period;
	FILE *file = fopen("/sys/fs/cgroup/cpu.max", "re");
	int fields = file ? fscanf(file, "%lld %lld", &limit, &period) : 0;
	if (file)
		fclose(file);
	return fields == 2 && limit > 0 && period > 0 ? (int)((limit + period - 1) / period) : 0;
}

int ns_parallel_threads(int asked)
{
	cpu_set_t set;
	if (asked > 0)
		return asked < THREADS_MAX ? asked : THREADS_MAX;
	int threads = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1, limit = quota();
	if (limit > 0 && limit < threads)
		threads = limit;
	return threads < 1 ? 1 : threads < THREADS_MAX ? threads : THREADS_MAX;
}
