/*
 * The file is a row of extents, each twice as long as the one before it. In an extent one column's rows lie behind another's:
 *
 *	extent 0              extent 1                            extent 2 ...
 *	+------+------+------+------------+------------+------------+-----
 *	| c0   | c1   | c2   | c0         | c1         | c2         | c0
 *	| rows | rows | rows | rows       | rows       | rows       |
 *	| 0..R | 0..R | 0..R | R..3R      | R..3R      | R..3R      | 3R..7R
 *	+------+------+------+------------+------------+------------+-----
 *
 * So a column of n rows is some log2(n / R) pieces, which are mapped one behind the other. R is a multiple of GRAIN, so that every
 * piece begins on a page. What no row has reached yet is a hole.
 */
#include "table/spool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/temporary.h"

enum {
	GRAIN = 8192,              /* rows; 64 KiB, the largest page in use */
	LEAST = 512,               /* rows in a buffer: it divides GRAIN, so that a buffer never crosses from one extent to the next */
	BUFFERS = (8 << 20) / 8,   /* numbers in all buffers */
};

struct ns_spool {
	int fd;
	size_t columns, first; /* first: rows of extent 0 */
	size_t rows;           /* in the file */
	size_t start, length;  /* of the extent that grows: its first row, its rows */
	double *buffers;       /* column * room; rows behind those in the file */
	size_t room, held;
};

int ns_spool_open(struct ns_spool **out, size_t columns, size_t rows, struct ns_err *err)
{
	int fd;
	NS_TRY(ns_temporary_nameless(&fd, err));
	size_t room = GRAIN;
	while (room > LEAST && room * columns > BUFFERS)
		room /= 2;
	struct ns_spool *spool = ns_malloc_array(1, sizeof *spool);
	*spool = (struct ns_spool){.fd = fd, .columns = columns, .first = (rows / GRAIN + 1) * GRAIN, .room = room,
		.buffers = ns_malloc_array(columns, room * sizeof *spool->buffers)};
	spool->length = spool->first;
	*out = spool;
	return NS_OK;
}

void ns_spool_close(struct ns_spool *spool)
{
	if (!spool)
		return;
	close(spool->fd);
	free(spool->buffers);
	free(spool);
}

static int fail(struct ns_err *err)
{
	return ns_fail_errno(err, "temporary file in %s (TMPDIR names another folder)", ns_temporary_folder());
}

static int write_at(int fd, const void *bytes, size_t size, uint64_t at, struct ns_err *err)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = pwrite(fd, (const char *)bytes + done, size - done, (off_t)(at + done));
		if (n < 0 && errno != EINTR)
			return fail(err);
		done += n > 0 ? (size_t)n : 0;
	}
	return NS_OK;
}

/* Where a column's piece of the extent lies. */
static uint64_t piece(const struct ns_spool *spool, size_t start, size_t length, size_t column)
{
	return ((uint64_t)start * spool->columns + (uint64_t)length * column) * sizeof(double);
}

static int flush(struct ns_spool *spool, struct ns_err *err)
{
	if (spool->rows == spool->start + spool->length) {
		spool->start += spool->length;
		spool->length *= 2;
	}
	for (size_t c = 0; c < spool->columns; c++)
		NS_TRY(write_at(spool->fd, spool->buffers + c * spool->room, spool->held * sizeof(double),
			piece(spool, spool->start, spool->length, c) + (spool->rows - spool->start) * sizeof(double), err));
	spool->rows += spool->held;
	spool->held = 0;
	return NS_OK;
}

int ns_spool_add(struct ns_spool *spool, const double *const *numbers, size_t rows, struct ns_err *err)
{
	for (size_t done = 0; done < rows;) {
		size_t now = rows - done < spool->room - spool->held ? rows - done : spool->room - spool->held;
		for (size_t c = 0; c < spool->columns; c++)
			memcpy(spool->buffers + c * spool->room + spool->held, numbers[c] + done, now * sizeof(double));
		spool->held += now;
		done += now;
		if (spool->held == spool->room)
			NS_TRY(flush(spool, err));
	}
	return NS_OK;
}

/* --- back in memory --- */

struct mapping {
	void *address;
	size_t size;
};

static void unmap(void *what)
{
	const struct mapping *mapping = what;
	munmap(mapping->address, mapping->size);
}

/* One column: a range of addresses first, then piece after piece of the file over it. */
static int map_column(double **out, const struct ns_spool *spool, size_t column, struct ns_arena *arena, struct ns_err *err)
{
	size_t whole = (spool->rows / GRAIN + 1) * GRAIN * sizeof(double), start = 0, length = spool->first;
	char *base = mmap(NULL, whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (base == MAP_FAILED)
		return fail(err);
	struct mapping *mapping = NS_NEW(arena, struct mapping);
	*mapping = (struct mapping){base, whole};
	ns_arena_defer(arena, unmap, mapping);
	for (; start < spool->rows; start += length, length *= 2) {
		size_t rows = spool->rows - start < length ? spool->rows - start : length;
		if (mmap(base + start * sizeof(double), rows * sizeof(double), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, spool->fd,
			(off_t)piece(spool, start, length, column)) == MAP_FAILED)
			return fail(err);
	}
	*out = (double *)(void *)base;
	return NS_OK;
}

int ns_spool_map(double **numbers, struct ns_spool *spool, struct ns_arena *arena, struct ns_err *err)
{
	int status = spool->held ? flush(spool, err) : NS_OK;
	for (size_t c = 0; status == NS_OK && c < spool->columns; c++)
		status = map_column(&numbers[c], spool, c, arena, err);
	ns_spool_close(spool);
	return status;
}
