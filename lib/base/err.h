/*
 * err: how a failure travels.
 *
 * A library function that can fail returns a status, which is also the exit status of the tool:
 *
 *	NS_OK    0  fine
 *	NS_EDATA 1  the data are at fault: malformed, invalid, truncated, do not fit the model
 *	NS_ECALL 2  the call or the machine is at fault: usage, file, disk, memory, network
 *
 * and writes one line into the caller's struct ns_err: place, subject quoted, what is wrong, remedy;
 * lower case, no full stop, no tool name (the tool's main puts it in front):
 *
 *	train.csv:17: column 'age': 'abc' is not a number
 *
 * A lower message is never overwritten: whoever passes a status on leaves err as it is.
 * Only exhausted memory (ns_die_of_memory) and broken invariants (assert) end the process below main.
 */
#ifndef NS_BASE_ERR_H
#define NS_BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

enum ns_status { NS_OK = 0, NS_EDATA = 1, NS_ECALL = 2 };

struct ns_err {
	char text[1024]; /* one line, NUL-terminated; control characters and bad UTF-8 are written as \xNN */
};

/* Puts the message into err and returns status. A message that is too long ends in "...". */
int ns_fail(struct ns_err *err, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* As ns_fail, with ": No such file or directory" of the present errno behind it; status is NS_ECALL. */
int ns_fail_errno(struct ns_err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * One remark on stderr in a single write, "ns-scale: " in front; silent under --quiet (ns_quiet).
 * ns_complain is the same and cannot be silenced: main uses it for the error that ends the run.
 */
void ns_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
void ns_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

extern const char *ns_program; /* the tool's name, set by ns_tool_main */
extern bool ns_quiet;          /* --quiet */

_Noreturn void ns_die_of_memory(void); /* "out of memory", exit 2 */

/* Passes a status on: NS_TRY(ns_reader_next(...)); */
#define NS_TRY(call)                        \
	do {                                \
		int ns_try_status = (call); \
		if (ns_try_status != NS_OK) \
			return ns_try_status; \
	} while (0)

#endif
