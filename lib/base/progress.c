#include "base/progress.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"

enum { WIDTH = 30, FIRST_MS = 500, EVERY_MS = 100 };

static struct {
	const char *what;
	uint64_t total, started; /* milliseconds */
	atomic_uint_least64_t done, drawn;
	bool wanted;
} bar;

static uint64_t now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

void ns_progress_start(const char *what, uint64_t total)
{
	struct stat status;
	bar.what = what;
	bar.total = total;
	bar.wanted = !ns_quiet && isatty(STDERR_FILENO) && !(fstat(STDOUT_FILENO, &status) == 0 && S_ISFIFO(status.st_mode));
	atomic_store(&bar.done, 0);
	atomic_store(&bar.drawn, 0);
	bar.started = bar.wanted ? now() : 0;
}

static void draw(uint64_t done)
{
	char line[160];
	int length, filled = bar.total ? (int)(done * WIDTH / bar.total) : 0;
	if (bar.total)
		length = snprintf(line, sizeof line, "\r%.60s [%.*s%*s] %llu/%llu ", bar.what, filled, "##############################",
			WIDTH - filled, "", (unsigned long long)done, (unsigned long long)bar.total);
	else
		length = snprintf(line, sizeof line, "\r%.60s %llu ", bar.what, (unsigned long long)done);
	ssize_t ignored = write(STDERR_FILENO, line, (size_t)length);
	(void)ignored;
}

void ns_progress_add(uint64_t count)
{
	uint64_t done = atomic_fetch_add(&bar.done, count) + count;
	if (!bar.wanted)
		return;
	uint64_t time = now(), drawn = atomic_load(&bar.drawn);
	if (time - bar.started < FIRST_MS || time - drawn < EVERY_MS || !atomic_compare_exchange_strong(&bar.drawn, &drawn, time))
		return;
	draw(bar.total && done > bar.total ? bar.total : done);
}

void ns_progress_stop(void)
{
	if (bar.wanted && atomic_load(&bar.drawn)) {
		ssize_t ignored = write(STDERR_FILENO, "\r\033[K", 4);
		(void)ignored;
	}
	bar.wanted = false;
}
