#include "base/progress.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"

enum { FIRST_MS = 500, EVERY_MS = 100, LINE_MAX_BYTES = 200 };

/* The lock is for what is drawn; the counters are read and added to without it. */
static struct {
	pthread_mutex_t lock;
	char what[64];
	uint64_t total;
	int64_t started;
	int width; /* of what stands on the line now */
	atomic_bool shown;
	atomic_uint_fast64_t done;
	atomic_int_fast64_t next; /* when the line may be drawn again */
} progress = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int64_t now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* Without escape sequences: blanks over what the last line had more. The cursor goes back, so that whatever comes next writes over it. */
static void put_line(const char *text, int width)
{
	char line[2 * LINE_MAX_BYTES];
	int blanks = progress.width > width ? progress.width - width : 0;
	int size = snprintf(line, sizeof line, "\r%s%*s\r", text, blanks, "");
	ssize_t ignored = write(STDERR_FILENO, line, (size_t)size);
	(void)ignored; /* a terminal that went away */
	progress.width = width;
}

static void draw(int64_t time)
{
	char text[LINE_MAX_BYTES];
	uint64_t done = atomic_load(&progress.done), total = progress.total;
	double elapsed = (double)(time - progress.started) / 1000; /* at least FIRST_MS */
	int width;
	if (total && done <= total) {
		double share = (double)done / (double)total, left = share > 0 ? elapsed * (1 / share - 1) : 0;
		width = snprintf(text, sizeof text, "%.40s: %s: %.0f %% (%" PRIu64 " of %" PRIu64 "), %.0f s left", ns_program, progress.what,
				 100 * share, done, total, left);
	} else {
		width = snprintf(text, sizeof text, "%.40s: %s: %" PRIu64 ", %.0f a second", ns_program, progress.what, done, (double)done / elapsed);
	}
	put_line(text, width);
}

void ns_progress_start(const char *what, uint64_t total)
{
	struct stat out;
	bool pipe = fstat(STDOUT_FILENO, &out) == 0 && S_ISFIFO(out.st_mode);
	ns_progress_stop();
	if (ns_quiet || pipe || !isatty(STDERR_FILENO))
		return;
	snprintf(progress.what, sizeof progress.what, "%s", what);
	progress.total = total;
	progress.started = now();
	atomic_store(&progress.done, 0);
	atomic_store(&progress.next, progress.started + FIRST_MS);
	atomic_store(&progress.shown, true);
}

void ns_progress_add(uint64_t done)
{
	if (!atomic_load_explicit(&progress.shown, memory_order_relaxed))
		return;
	atomic_fetch_add_explicit(&progress.done, done, memory_order_relaxed);
	int64_t time = now();
	if (time < atomic_load_explicit(&progress.next, memory_order_relaxed) || pthread_mutex_trylock(&progress.lock) != 0)
		return;
	atomic_store(&progress.next, time + EVERY_MS);
	if (atomic_load(&progress.shown)) /* not stopped meanwhile */
		draw(time);
	pthread_mutex_unlock(&progress.lock);
}

void ns_progress_hide(void)
{
	pthread_mutex_lock(&progress.lock);
	if (progress.width)
		put_line("", 0);
	pthread_mutex_unlock(&progress.lock);
}

void ns_progress_stop(void)
{
	atomic_store(&progress.shown, false);
	ns_progress_hide();
}
