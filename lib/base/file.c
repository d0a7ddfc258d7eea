#include "base/file.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/temporary.h"

enum { PENDING_MAX = 256 * 1024, LINKS_MAX = 40, STATUS_OF_SIGPIPE = 128 + SIGPIPE };
enum { LARGE = 32 * 1024, LONG_STREAM = 1024 * 1024, WIDE_PIPE = 256 * 1024 };

/* Every open file, for ns_file_flush_direct and ns_file_discard_all. */
static struct ns_file *open_files;
static pthread_mutex_t open_files_lock = PTHREAD_MUTEX_INITIALIZER;

static void enlist(struct ns_file *file)
{
	pthread_mutex_lock(&open_files_lock);
	file->next = open_files;
	open_files = file;
	pthread_mutex_unlock(&open_files_lock);
}

static void delist(struct ns_file *file)
{
	pthread_mutex_lock(&open_files_lock);
	struct ns_file **link = &open_files;
	while (*link && *link != file)
		link = &(*link)->next;
	if (*link)
		*link = file->next;
	pthread_mutex_unlock(&open_files_lock);
}

static bool is_open(const char *path)
{
	pthread_mutex_lock(&open_files_lock);
	const struct ns_file *file = open_files;
	while (file && strcmp(file->path, path) != 0)
		file = file->next;
	pthread_mutex_unlock(&open_files_lock);
	return file != NULL;
}

static bool same_folder(const char *a, const char *b)
{
	struct stat one, other;
	char folders[2][PATH_MAX];
	const char *const targets[] = {a, b};
	for (int i = 0; i < 2; i++) {
		const char *slash = strrchr(targets[i], '/');
		size_t length = slash ? (size_t)(slash + 1 - targets[i]) : 0;
		memcpy(folders[i], targets[i], length);
		memcpy(folders[i] + length, ".", 2);
	}
	return stat(folders[0], &one) == 0 && stat(folders[1], &other) == 0 && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

/* Will another open file appear under this name, so that the later one would replace the earlier? */
static bool is_awaited(const char *target)
{
	const char *slash = strrchr(target, '/'), *name = slash ? slash + 1 : target;
	bool awaited = false;
	pthread_mutex_lock(&open_files_lock);
	for (const struct ns_file *file = open_files; file && !awaited; file = file->next) {
		const char *other = file->target ? strrchr(file->target, '/') : NULL;
		other = other ? other + 1 : file->target;
		awaited = other && strcmp(other, name) == 0 && same_folder(file->target, target);
	}
	pthread_mutex_unlock(&open_files_lock);
	return awaited;
}

/* The descriptor a path names by its number ("-", /dev/stdout, /dev/fd/63), or -1. Opened anew, a file would begin again at 0. */
static int named_descriptor(const char *path)
{
	static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};
	if (strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0)
		return STDOUT_FILENO;
	if (strcmp(path, "/dev/stderr") == 0)
		return STDERR_FILENO;
	for (int i = 0; i < 2; i++) {
		size_t length = strlen(folders[i]);
		if (strncmp(path, folders[i], length) == 0 && isdigit((unsigned char)path[length])) {
			char *end;
			long number = strtol(path + length, &end, 10);
			return *end == '\0' && number <= INT_MAX ? (int)number : -1;
		}
	}
	return -1;
}

static int open_descriptor(int *fd, int number)
{
	int flags = fcntl(number, F_GETFL);
	if (flags >= 0 && (flags & O_ACCMODE) == O_RDONLY) {
		errno = EBADF;
		return -1;
	}
	*fd = fcntl(number, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return *fd < 0 ? -1 : 0;
}

/* Follows the links at the end of a path, to a name that may not exist yet. */
static int follow_links(char target[PATH_MAX], const char *path)
{
	size_t size = strlen(path) + 1;
	if (size > PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(target, path, size);
	for (int links = 0; links < LINKS_MAX; links++) {
		char link[PATH_MAX];
		ssize_t length = readlink(target, link, sizeof link - 1);
		if (length < 0)
			return 0; /* no link: the name itself */
		char *slash = link[0] == '/' ? NULL : strrchr(target, '/');
		size_t folder = slash ? (size_t)(slash + 1 - target) : 0;
		if (folder + (size_t)length >= PATH_MAX) {
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(target + folder, link, (size_t)length);
		target[folder + (size_t)length] = '\0';
	}
	errno = ELOOP;
	return -1;
}

static int open_temporary(struct ns_file *file, const char *path, const struct stat *replaced, struct ns_err *err)
{
	char target[PATH_MAX];
	if (follow_links(target, path))
		return ns_fail_errno(err, "%s: cannot create", path);
	if (is_awaited(target))
		return ns_fail(err, NS_ECALL, "%s: cannot be two outputs at once: give them different names", path);
	NS_TRY(ns_temporary_create(&file->fd, &file->temporary, target, path, err));
	file->target = strdup(target);
	if (!file->target)
		ns_die_of_memory();
	if (replaced && fchmod(file->fd, replaced->st_mode & 0777)) {
		ns_fail_errno(err, "%s: cannot create", path);
		close(file->fd);
		ns_temporary_remove(file->temporary);
		return NS_ECALL;
	}
	return NS_OK;
}

static int open_output(struct ns_file *file, const char *path, struct ns_err *err)
{
	struct stat status;
	int number = named_descriptor(path);
	if (number >= 0) {
		file->direct = true;
		if (number == STDOUT_FILENO && is_open("stdout"))
			return ns_fail(err, NS_ECALL, "stdout: cannot be two outputs at once: write one of them to a file");
		if (open_descriptor(&file->fd, number))
			return ns_fail_errno(err, "%s: cannot write", file->path);
		return NS_OK;
	}
	bool exists = stat(path, &status) == 0;
	if (!exists || S_ISREG(status.st_mode))
		return open_temporary(file, path, exists ? &status : NULL, err);
	file->direct = true;
	do
		file->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	while (file->fd < 0 && errno == EINTR);
	return file->fd < 0 ? ns_fail_errno(err, "%s: cannot create", path) : NS_OK;
}

static void release(struct ns_file *file)
{
	ns_buffer_release(&file->pending);
	free(file->target);
	free(file->path);
	free(file);
}

int ns_file_create(struct ns_file **out, const char *path, struct ns_err *err)
{
	struct ns_file *file = ns_malloc_array(1, sizeof *file);
	*file = (struct ns_file){.fd = -1, .pending = NS_BUFFER_INIT(PENDING_MAX)};
	file->path = strdup(named_descriptor(path) == STDOUT_FILENO ? "stdout" : path);
	if (!file->path)
		ns_die_of_memory();
	int status = open_output(file, path, err);
	if (status != NS_OK) {
		release(file);
		return status;
	}
	enlist(file);
	*out = file;
	return NS_OK;
}

static _Noreturn void end_by_broken_pipe(void)
{
	raise(SIGPIPE);
	exit(STATUS_OF_SIGPIPE); /* the caller ignores the signal */
}

/* Once much has gone through: a short one would not gain. */
static void count_sent(struct ns_file *file, size_t size)
{
	bool was_long = file->sent >= LONG_STREAM;
	file->sent += size;
	if (file->direct && !was_long && file->sent >= LONG_STREAM)
		ns_file_widen_pipe(file->fd);
}

/* At most so many of its bytes are done with; returns how many. */
static size_t advance(struct iovec *piece, size_t size)
{
	size = size < piece->iov_len ? size : piece->iov_len;
	if (size)
		*piece = (struct iovec){(char *)piece->iov_base + size, piece->iov_len - size};
	return size;
}

/* Both pieces, one behind the other. */
static int write_pair(struct ns_file *file, struct iovec *pieces, struct ns_err *err)
{
	while (pieces[0].iov_len + pieces[1].iov_len && !file->failed) {
		int empty = pieces[0].iov_len == 0;
		ssize_t count = writev(file->fd, pieces + empty, 2 - empty);
		if (count >= 0) {
			advance(&pieces[1], (size_t)count - advance(&pieces[0], (size_t)count));
			count_sent(file, (size_t)count);
		} else if (errno == EPIPE) {
			end_by_broken_pipe();
		} else if (errno == EAGAIN) { /* somebody else has made it non-blocking: stdout is shared */
			poll(&(struct pollfd){.fd = file->fd, .events = POLLOUT}, 1, -1);
		} else if (errno != EINTR) {
			file->failed = true;
			return ns_fail_errno(err, "%s: cannot write", file->path);
		}
	}
	return file->failed ? ns_fail(err, NS_ECALL, "%s: cannot write: an earlier write has failed", file->path) : NS_OK;
}

/* What is pending, and this behind it. */
static int write_all(struct ns_file *file, const char *bytes, size_t size, struct ns_err *err)
{
	struct iovec pieces[] = {{file->pending.data, file->pending.size}, {(char *)bytes, size}};
	file->pending.size = 0;
	return write_pair(file, pieces, err);
}

int ns_file_flush(struct ns_file *file, struct ns_err *err)
{
	return write_all(file, NULL, 0, err);
}

int ns_file_write(struct ns_file *file, const void *bytes, size_t size, struct ns_err *err)
{
	file->written = file->written || size > 0;
	if (size >= LARGE) /* is not copied */
		return write_all(file, bytes, size, err);
	if (ns_buffer_append(&file->pending, bytes, size) == 0)
		return NS_OK;
	NS_TRY(ns_file_flush(file, err));
	return ns_buffer_append(&file->pending, bytes, size) == 0 ? NS_OK : write_all(file, bytes, size, err);
}

bool ns_file_direct_pending(void)
{
	bool pending = false;
	pthread_mutex_lock(&open_files_lock);
	for (const struct ns_file *file = open_files; file; file = file->next)
		pending = pending || (file->direct && file->pending.size);
	pthread_mutex_unlock(&open_files_lock);
	return pending;
}

void ns_file_widen_pipe(int fd)
{
	int size = fcntl(fd, F_GETPIPE_SZ); /* fails where it is none */
	if (size > 0 && size < WIDE_PIPE)
		(void)fcntl(fd, F_SETPIPE_SZ, WIDE_PIPE);
}

int ns_file_flush_direct(struct ns_err *err)
{
	int status = NS_OK;
	pthread_mutex_lock(&open_files_lock);
	for (struct ns_file *file = open_files; file && status == NS_OK; file = file->next)
		if (file->direct)
			status = ns_file_flush(file, err);
	pthread_mutex_unlock(&open_files_lock);
	return status;
}

/* So that the new name survives a power cut. Some file systems cannot, and some folders may be written but not read. */
static int sync_folder(const char *target)
{
	const char *slash = strrchr(target, '/');
	char folder[PATH_MAX] = ".";
	if (slash) {
		size_t length = slash == target ? 1 : (size_t)(slash - target);
		memcpy(folder, target, length);
		folder[length] = '\0';
	}
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == EACCES ? 0 : -1;
	int failed = fsync(fd) && errno != EINVAL ? -1 : 0;
	int reason = errno;
	close(fd);
	errno = reason;
	return failed;
}

static int finish_temporary(struct ns_file *file)
{
	if (fsync(file->fd) && errno != EINVAL)
		return -1;
	int fd = file->fd;
	file->fd = -1;
	if (close(fd) && errno != EINTR)
		return -1;
	if ((file->only_new ? ns_temporary_keep_new : ns_temporary_keep)(file->temporary, file->target))
		return -1;
	file->temporary = NULL;
	return sync_folder(file->target);
}

int ns_file_commit(struct ns_file *file, struct ns_err *err)
{
	int status = ns_file_flush(file, err);
	if (status == NS_OK && file->temporary && finish_temporary(file))
		status = ns_fail_errno(err, "%s: cannot write", file->path);
	if (file->fd >= 0 && close(file->fd) && errno != EINTR && status == NS_OK)
		status = ns_fail_errno(err, "%s: cannot write", file->path);
	if (file->temporary)
		ns_temporary_remove(file->temporary);
	delist(file);
	release(file);
	return status;
}

void ns_file_discard(struct ns_file *file)
{
	if (!file)
		return;
	delist(file);
	if (file->direct && file->written && !file->failed && ns_file_flush(file, NULL) == NS_OK && file->when_cut &&
	    !isatty(file->fd))
		write_all(file, file->when_cut, strlen(file->when_cut), NULL);
	close(file->fd);
	if (file->temporary)
		ns_temporary_remove(file->temporary);
	release(file);
}

void ns_file_cut_all(void)
{
	if (pthread_mutex_trylock(&open_files_lock))
		return; /* this very thread may hold it */
	for (struct ns_file *file = open_files; file; file = file->next)
		if (file->direct && file->written && !file->failed && file->when_cut && !isatty(file->fd))
			write_pair(file, (struct iovec[]){{NULL, 0}, {(char *)file->when_cut, strlen(file->when_cut)}}, &(struct ns_err){""});
	pthread_mutex_unlock(&open_files_lock);
}

void ns_file_discard_all(void)
{
	while (open_files)
		ns_file_discard(open_files);
}

bool ns_file_any_open(void)
{
	return open_files != NULL;
}

static int read_all(struct ns_buffer *buffer, int fd, const char *name, struct ns_err *err)
{
	for (;;) {
		char probe[1];
		bool full = ns_buffer_reserve(buffer, 1) != 0;
		size_t limit = buffer->capacity < buffer->max ? buffer->capacity : buffer->max;
		ssize_t count = full ? read(fd, probe, 1) : read(fd, buffer->data + buffer->size, limit - buffer->size);
		if (count == 0)
			return NS_OK;
		if (count > 0 && full)
			return ns_fail(err, NS_EDATA, "%s: larger than %zu bytes", name, buffer->max);
		if (count > 0)
			buffer->size += (size_t)count;
		else if (errno == EAGAIN)
			poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, -1);
		else if (errno != EINTR)
			return ns_fail_errno(err, "%s", name);
	}
}

int ns_file_slurp(char **text, size_t *size, const char *path, size_t max, struct ns_arena *arena, struct ns_err *err)
{
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return ns_fail_errno(err, "%s", path);
	struct ns_buffer buffer = NS_BUFFER_INIT(max);
	int status = read_all(&buffer, fd, standard ? "stdin" : path, err);
	if (!standard)
		close(fd);
	if (status == NS_OK) {
		*text = ns_strndup(arena, buffer.data, buffer.size);
		*size = buffer.size;
	}
	ns_buffer_release(&buffer);
	return status;
}

int ns_file_store(const char *path, const void *bytes, size_t size, struct ns_err *err)
{
	struct ns_file *file;
	NS_TRY(ns_file_create(&file, path, err));
	int status = ns_file_write(file, bytes, size, err);
	if (status == NS_OK)
		return ns_file_commit(file, err);
	ns_file_discard(file);
	return status;
}

int ns_file_guard_standard(struct ns_err *err)
{
	static const int wrong_way[] = {O_WRONLY, O_RDONLY, O_RDONLY};
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", wrong_way[fd]) != fd)
			return ns_fail_errno(err, "/dev/null: cannot open");
	return NS_OK;
}
