#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/progress.h"
#include "base/utf8.h"

const char *ns_program = "netsec";
bool ns_quiet;

/* Copies text into out so that it is safe on a terminal; cuts with "..." between characters when it does not fit. */
static void copy_safely(char *out, size_t capacity, const char *text)
{
	size_t size = 0;
	const unsigned char *s = (const unsigned char *)text, *end = s + strlen(text);
	while (s < end) {
		char piece[8];
		size_t length = ns_utf8_length((const char *)s, (size_t)(end - s)), written;
		if (length == 0 || *s < 0x20 || *s == 0x7f || (length == 2 && s[0] == 0xc2 && s[1] < 0xa0)) {
			length = length ? length : 1;
			written = 0;
			for (size_t i = 0; i < length && written + 4 < sizeof piece; i++)
				written += (size_t)snprintf(piece + written, sizeof piece - written, "\\x%02x", s[i]);
			length = written / 4;
		} else {
			memcpy(piece, s, length);
			written = length;
		}
		if (size + written + 4 > capacity) {
			memcpy(out + size, "...", 3);
			size += 3;
			break;
		}
		memcpy(out + size, piece, written);
		size += written;
		s += length;
	}
	out[size] = '\0';
}

__attribute__((format(printf, 2, 0)))
static void format_into(struct ns_err *err, const char *format, va_list arguments, const char *suffix)
{
	char raw[4096];
	int length = vsnprintf(raw, sizeof raw, format, arguments);
	if (suffix && length >= 0 && (size_t)length < sizeof raw)
		snprintf(raw + length, sizeof raw - (size_t)length, ": %s", suffix);
	copy_safely(err->text, sizeof err->text, raw);
}

int ns_fail(struct ns_err *err, int status, const char *format, ...)
{
	if (err) {
		va_list arguments;
		va_start(arguments, format);
		format_into(err, format, arguments, NULL);
		va_end(arguments);
	}
	return status;
}

int ns_fail_errno(struct ns_err *err, const char *format, ...)
{
	char reason[256];
	const char *text = strerror_r(errno, reason, sizeof reason);
	if (err) {
		va_list arguments;
		va_start(arguments, format);
		format_into(err, format, arguments, text);
		va_end(arguments);
	}
	return NS_ECALL;
}

__attribute__((format(printf, 1, 0)))
static void say(const char *format, va_list arguments)
{
	struct ns_err err;
	char line[sizeof err.text + 128];
	format_into(&err, format, arguments, NULL);
	int length = snprintf(line, sizeof line, "%.100s: %s\n", ns_program, err.text);
	ns_progress_hide();
	ssize_t ignored = write(STDERR_FILENO, line, (size_t)length);
	(void)ignored; /* nobody is left to tell */
}

void ns_note(const char *format, ...)
{
	if (ns_quiet)
		return;
	va_list arguments;
	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
}

void ns_complain(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
}

void ns_die_of_memory(void)
{
	ns_complain("out of memory");
	ns_file_cut_all(); /* before exit, so that a short table does not pass for a whole one */
	exit(NS_ECALL);
}
