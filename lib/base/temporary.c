#include "base/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/*
 * What the signal handler reads. A path is written while `armed` is false; a slot is claimed before that, so that two
 * threads never write the same one. A child made by fork does not remove what its parent is writing.
 */
static struct slot {
	char path[PATH_MAX]; /* first, so that a path names its slot */
	atomic_bool claimed, armed;
	pid_t owner;
} slots[NS_TEMPORARY_MAX];

void ns_temporary_remove_all(void)
{
	for (size_t i = 0; i < NS_TEMPORARY_MAX; i++)
		if (atomic_load(&slots[i].armed) && slots[i].owner == getpid())
			unlink(slots[i].path);
}

static void end_by_signal(int number)
{
	ns_temporary_remove_all();
	raise(number); /* the default action again (SA_RESETHAND), once the handler has returned */
}

static void watch_the_end(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT, SIGXCPU};
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		struct sigaction old, action = {.sa_handler = end_by_signal, .sa_flags = (int)SA_RESETHAND};
		sigfillset(&action.sa_mask);
		if (sigaction(numbers[i], NULL, &old) == 0 && !(old.sa_flags & SA_SIGINFO) && old.sa_handler == SIG_DFL)
			sigaction(numbers[i], &action, NULL);
	}
	if (atexit(ns_temporary_remove_all))
		ns_die_of_memory();
}

static struct slot *claim_slot(void)
{
	for (size_t i = 0; i < NS_TEMPORARY_MAX; i++) {
		bool expected = false;
		if (atomic_compare_exchange_strong(&slots[i].claimed, &expected, true))
			return &slots[i];
	}
	return NULL;
}

static void release_slot(struct slot *slot)
{
	atomic_store(&slot->armed, false);
	atomic_store(&slot->claimed, false);
}

/* ".NAME.XXXXXX" beside target; a long NAME is cut, for a file name ends at 255 bytes. */
static bool make_name(char path[PATH_MAX], const char *target)
{
	static const char letters[] = "0123456789abcdefghijklmnopqrstuv";
	const char *slash = strrchr(target, '/'), *name = slash ? slash + 1 : target;
	unsigned char random[6];
	char suffix[7] = "";
	if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
		return false;
	for (int i = 0; i < 6; i++)
		suffix[i] = letters[random[i] % 32];
	int length = snprintf(path, PATH_MAX, "%.*s.%.200s.%s", (int)(name - target), target, name, suffix);
	if (length < PATH_MAX)
		return true;
	errno = ENAMETOOLONG;
	return false;
}

static int open_new(struct slot *slot, const char *target)
{
	int fd = -1;
	for (int tries = 0; tries < 100 && fd < 0; tries++) {
		if (!make_name(slot->path, target))
			return -1;
		fd = open(slot->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
		if (fd < 0 && errno != EEXIST && errno != EINTR)
			return -1;
	}
	return fd;
}

int ns_temporary_create(int *fd, char **path, const char *target, const char *subject, struct ns_err *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, watch_the_end);
	struct slot *slot = claim_slot();
	if (!slot)
		return ns_fail(err, NS_ECALL, "%s: cannot create: %d files are open already", subject, NS_TEMPORARY_MAX);
	sigset_t all, before; /* no signal between the file's coming and its being known */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	slot->owner = getpid();
	*fd = open_new(slot, target);
	int reason = errno;
	atomic_store(&slot->armed, *fd >= 0);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (*fd < 0) {
		release_slot(slot);
		errno = reason;
		return ns_fail_errno(err, "%s: cannot create", subject);
	}
	*path = slot->path;
	return NS_OK;
}

int ns_temporary_keep(char *path, const char *target)
{
	if (rename(path, target))
		return -1;
	release_slot((struct slot *)(void *)path);
	return 0;
}

int ns_temporary_keep_new(char *path, const char *target)
{
	if (renameat2(AT_FDCWD, path, AT_FDCWD, target, RENAME_NOREPLACE))
		return errno == EINVAL || errno == ENOSYS ? ns_temporary_keep(path, target) : -1;
	release_slot((struct slot *)(void *)path);
	return 0;
}

void ns_temporary_remove(char *path)
{
	int reason = errno;
	unlink(path);
	release_slot((struct slot *)(void *)path);
	errno = reason;
}

const char *ns_temporary_folder(void)
{
	const char *folder = getenv("TMPDIR");
	return folder && *folder ? folder : "/tmp";
}

int ns_temporary_nameless(int *fd, struct ns_err *err)
{
	const char *folder = ns_temporary_folder();
	*fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (*fd >= 0)
		return NS_OK;
	char path[PATH_MAX]; /* not every file system has O_TMPFILE */
	if (snprintf(path, sizeof path, "%s/netsec.XXXXXX", folder) >= (int)sizeof path)
		return ns_fail(err, NS_ECALL, "TMPDIR is too long");
	*fd = mkostemp(path, O_CLOEXEC);
	if (*fd < 0)
		return ns_fail_errno(err, "temporary file in %s", folder);
	unlink(path);
	return NS_OK;
}
