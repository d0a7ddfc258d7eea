#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/since_parts.h"

enum { TRIES = 100 };

static void release(void *what)
{
	struct ns_since_lock *lock = what;
	if (lock->fd >= 0)
		close(lock->fd);
	if (lock->folder >= 0)
		close(lock->folder);
}

/* For writing where that is allowed: some file systems lock nothing else. */
static int open_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	return fd < 0 && (errno == EACCES || errno == EROFS || errno == EISDIR) ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) : fd;
}

static int take_lock(int fd, int how)
{
	int failed;
	do
		failed = flock(fd, how);
	while (failed && errno == EINTR);
	return failed;
}

/* One try; *again: what was locked is not what the name stands for any more. */
static int try_lock(struct ns_since_lock *lock, bool *again, struct ns_err *err)
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
	if (take_lock(lock->fd, LOCK_EX | LOCK_NB))
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
static int open_folder(struct ns_since_lock *lock, struct ns_arena *arena, struct ns_err *err)
{
	const char *folder = folder_of(lock->path, arena);
	lock->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return lock->folder < 0 || access(folder, W_OK | X_OK) ? ns_fail_errno(err, "%s: cannot create", lock->path) : NS_OK;
}

int ns_since_lock(struct ns_since_lock **out, const char *path, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_since_lock *lock = *out = NS_NEW(arena, struct ns_since_lock);
	*lock = (struct ns_since_lock){path, -1, -1};
	ns_arena_defer(arena, release, lock);
	for (int tries = 0; tries < TRIES; tries++) {
		bool again;
		NS_TRY(try_lock(lock, &again, err));
		if (!again)
			return lock->fd < 0 ? open_folder(lock, arena, err) : NS_OK;
		close(lock->fd);
		lock->fd = -1;
	}
	return ns_fail(err, NS_ECALL, "%s: another export is at work with it", path);
}

int ns_since_lock_check(struct ns_since_lock *lock, struct ns_err *err)
{
	if (lock->fd >= 0)
		return NS_OK;
	if (take_lock(lock->folder, LOCK_EX))
		return ns_fail_errno(err, "%s: cannot lock", lock->path);
	return access(lock->path, F_OK) == 0 ? ns_fail(err, NS_ECALL, "%s: another export has made it meanwhile", lock->path) : NS_OK;
}
