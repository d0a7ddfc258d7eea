/*
 * stopwatch: what a command costs. stopwatch RUNS INPUT OUTPUT COMMAND [ARGUMENT...]
 *
 * Runs it with INPUT on stdin and OUTPUT for stdout ("-": those it has itself), RUNS times, and writes one line to stderr:
 * "stopwatch SECONDS CPU_SECONDS MEGABYTES", wall and processor time of the fastest run and the largest resident set.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void connect_to(int fd, const char *path, int flags)
{
	if (strcmp(path, "-") == 0)
		return;
	int opened = open(path, flags, 0666);
	if (opened < 0 || dup2(opened, fd) < 0) {
		perror(path);
		_exit(127);
	}
}

static void run_once(double *wall, double *cpu, double *megabytes, char **argv)
{
	struct rusage usage;
	int status;
	double begun = now();
	pid_t pid = fork();
	if (pid == 0) {
		connect_to(STDIN_FILENO, argv[2], O_RDONLY);
		connect_to(STDOUT_FILENO, argv[3], O_WRONLY | O_CREAT | O_TRUNC);
		execvp(argv[4], argv + 4);
		perror(argv[4]);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) < 0) {
		perror("stopwatch");
		exit(2);
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "%s failed\n", argv[4]);
		exit(WIFEXITED(status) ? WEXITSTATUS(status) : 2);
	}
	*wall = now() - begun;
	*cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + 1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
	*megabytes = (double)usage.ru_maxrss / 1024;
}

int main(int argc, char **argv)
{
	double best = -1, best_cpu = 0, most = 0;
	if (argc < 5 || strtol(argv[1], NULL, 10) < 1) {
		fprintf(stderr, "usage: stopwatch RUNS INPUT OUTPUT COMMAND [ARGUMENT...]\n");
		return 2;
	}
	for (long run = strtol(argv[1], NULL, 10); run > 0; run--) {
		double wall, cpu, megabytes;
		run_once(&wall, &cpu, &megabytes, argv);
		if (best < 0 || wall < best) {
			best = wall;
			best_cpu = cpu;
		}
		most = megabytes > most ? megabytes : most;
	}
	fprintf(stderr, "stopwatch %.4f %.4f %.1f\n", best, best_cpu, most);
	return 0;
}
