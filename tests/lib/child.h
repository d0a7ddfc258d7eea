/*
 * child: what a test does in a process of its own, and what came of it.
 *
 * run_child(&child, body, context) calls body in a fork whose stdout and stderr go to files, and returns when it has ended. In
 * there use check(), for cmocka's assertions would go on with the next test in the wrong process.
 */
#ifndef NS_TESTS_LIB_CHILD_H
#define NS_TESTS_LIB_CHILD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct child {
	int status; /* the exit status, or 128 + the signal */
	char out[32768], err[8192];
};

#define check(condition) ((condition) ? (void)0 : end_child(__FILE__, __LINE__, #condition, ""))
#define check_text(text, expected) (strcmp((text), (expected)) == 0 ? (void)0 : end_child(__FILE__, __LINE__, #text, (text)))

_Noreturn static inline void end_child(const char *file, int line, const char *what, const char *found)
{
	fprintf(stderr, "%s:%d: check failed: %s %s\n", file, line, what, found);
	_exit(99);
}

static inline void read_whole(char *text, size_t capacity, FILE *file)
{
	rewind(file);
	text[fread(text, 1, capacity - 1, file)] = '\0';
	fclose(file);
}

static inline int wait_for(pid_t pid)
{
	int status;
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* body's result is the exit status; the child ends by exit, as a tool does. */
static inline void run_child(struct child *child, int (*body)(void *), void *context)
{
	FILE *out = tmpfile(), *err = tmpfile();
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(fileno(out), STDOUT_FILENO);
		dup2(fileno(err), STDERR_FILENO);
		exit(body(context));
	}
	child->status = wait_for(pid);
	read_whole(child->out, sizeof child->out, out);
	read_whole(child->err, sizeof child->err, err);
}

#endif
