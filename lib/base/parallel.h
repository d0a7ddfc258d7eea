/*
 * parallel: run n independent pieces of work on some threads.
 *
 * Results must not depend on the number of threads: piece i writes only what belongs to i. Pieces are taken in
 * order from a shared counter, so put the large ones first. Threads sleep when there is no work (no busy waiting: in
 * a pipe the next filter wants the core). The caller's thread works too; threads = 1 or n = 1 starts none. A call from within
 * work, or while another thread's call is on, runs on its own thread alone, as worker 0. Helping threads stay for the next call
 * and take no signals; where none can be had the work is done by those there are.
 */
#ifndef NS_BASE_PARALLEL_H
#define NS_BASE_PARALLEL_H

#include <stddef.h>

/* work(context, i, worker): worker in [0, threads) names the scratch memory this call may use. */
typedef void ns_work(void *context, size_t i, int worker);

void ns_parallel(int threads, size_t n, ns_work *work, void *context);
int ns_parallel_threads(int asked); /* 0 = as many as the process may run on (affinity, cgroup quota), at least 1, at most 256 */

#endif
