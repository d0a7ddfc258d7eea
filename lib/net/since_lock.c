#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/since_parts.h"

enum { TRIES = 100 };

struct lock {
	const char *path;
	int fd; /* -1: none */
};

static void release(void *what)
{
	struct lock *lock = what;
	if (lock->fd >= 0)
		close(lock->fd);
	lock->fd = -1;
}

/* For writing where that is allowed: some file systems lock nothing else. */
static int open_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	return fd < 0 && (errno == EACCES || errno == EROFS || errno == EISDIR) ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) : fd;
}

static int take_lock(int fd)
{
	int failed;
	do
		failed = flock(fd, LOCK_EX | LOCK_NB);
	while (failed && errno == EINTR);
	return failed;
}

/* One try; *again: what was locked is not what the name stands for any more. */
static int try_lock(struct lock *lock, bool *again, struct ns_err *err)
{
	struct stat opened, named, out;
	*again = false;
	lock->fd = open_file(lock->path);
	if (lock->fd < 0)
		return errno == ENOENT ? NS_OK : ns_fail_errno(err, "%s", lock->path);
	if (fstat(lock->fd, &opened))
		return ns_fail_errno(err, "%s", lock->path);
	if (!S_ISREG(opened.st_mode))
		return ns_fail(err, NS_ECALL, "%s: is no regular file: --since-file is to name one", lock->path);
	if (fstat(STDOUT_FILENO, &out) == 0 && out.st_dev == opened.st_dev && out.st_ino == opened.st_ino)
		return ns_fail(err, NS_ECALL, "%s: cannot be output and --since-file at once", lock->path);
	if (take_lock(lock->fd))
		return errno == EWOULDBLOCK ? ns_fail(err, NS_ECALL, "%s: another export is at work with it", lock->path)
					    : ns_fail_errno(err, "%s: cannot lock", lock->path);
	*again = stat(lock->path, &named) || named.st_dev != opened.st_dev || named.st_ino != opened.st_ino;
	return NS_OK;
}

static char *folder_of(const char *path, struct ns_arena *arena)
{
	const char *slash = strrchr(path, '/');
	if (!slash)
		return ns_strdup(arena, ".");
	return ns_strndup(arena, path, slash == path ? 1 : (size_t)(slash - path));
}

/* Whether the file can be made shows now, not when everything else is done. */
static int check_folder(const char *path, struct ns_arena *arena, struct ns_err *err)
{
	return access(folder_of(path, arena), W_OK | X_OK) ? ns_fail_errno(err, "%s: cannot create", path) : NS_OK;
}

int ns_since_lock(bool *exists, const char *path, struct ns_arena *arena, struct ns_err *err)
{
	struct lock *lock = NS_NEW(arena, struct lock);
	*lock = (struct lock){path, -1};
	ns_arena_defer(arena, release, lock);
	for (int tries = 0; tries < TRIES; tries++) {
		bool again;
		NS_TRY(try_lock(lock, &again, err));
		*exists = lock->fd >= 0;
		if (!again)
			return *exists ? NS_OK : check_folder(path, arena, err);
		release(lock);
	}
	return ns_fail(err, NS_ECALL, "%s: another export is at work with it", path);
}
