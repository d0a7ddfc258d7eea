/*
 * each_cpu: a program's tests once for every width of vector instructions. A process finds its width out once: so each has one of its own.
 * Under the thread sanitizer, where all takes many times as long, with this machine's width alone: threads share the same whatever it is.
 */
#ifndef NS_TESTS_EACH_CPU_H
#define NS_TESTS_EACH_CPU_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static inline int run_on_each_cpu(int (*run)(void))
{
#ifdef __SANITIZE_THREAD__
	return run();
#endif
	static const char *const levels[] = {"baseline", "avx2", "avx512"};
	int failed = 0;
	for (size_t i = 0; i < sizeof levels / sizeof *levels && !getenv("NS_CPU"); i++) {
		int status = -1;
		printf("NS_CPU=%s\n", levels[i]);
		fflush(stdout);
		pid_t pid = fork();
		if (pid == 0) {
			setenv("NS_CPU", levels[i], 1);
			execl("/proc/self/exe", "tests", (char *)NULL);
			_exit(127);
		}
		failed |= pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0;
	}
	return run() | failed;
}

#endif
