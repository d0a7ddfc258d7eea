#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "base/utf8.h"
#include "table/yaml.h"

/* Words that YAML 1.1 readers take for something else than text, whatever their case. */
static bool is_word_of_yaml(const char *text)
{
	static const char *const words[] = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcasecmp(text, words[i]) == 0)
			return true;
	return false;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Text that means itself without quotes: a letter first, then letters, digits and what never means anything, single blanks inside. */
static bool is_plain(const char *text)
{
	if (!is_letter(*text) || is_word_of_yaml(text))
		return false;
	for (const char *at = text; *at; at++) {
		bool blank = *at == ' ' && (is_letter(at[1]) || is_digit(at[1]) || at[1] == '(');
		if (!is_letter(*at) && !is_digit(*at) && !strchr("-./+()", *at) && !blank)
			return false;
	}
	return true;
}

/* A number as other YAML readers write one, too. */
static bool is_plain_number(const char *text)
{
	double number;
	return ns_number_parse(&number, text, strlen(text)) && isfinite(number) && strspn(text, "+-.0123456789eE") == strlen(text);
}

/* The character at text and its length; for a byte that is no UTF-8 a code that is not printable. */
static uint32_t code_point(size_t *length, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	*length = ns_utf8_length(text, strnlen(text, 4));
	if (*length == 0) {
		*length = 1;
		return 0xffff;
	}
	if (*length == 1)
		return s[0];
	uint32_t code = s[0] & (0xffu >> (*length + 1));
	for (size_t i = 1; i < *length; i++)
		code = code << 6 | (s[i] & 0x3f);
	return code;
}

/* YAML's printable characters without its line breaks and the byte-order mark. */
static bool is_printable(uint32_t code)
{
	return (code >= 0x20 && code <= 0x7e) || (code >= 0xa0 && code <= 0xd7ff && code != 0x2028 && code != 0x2029) ||
	       (code >= 0xe000 && code <= 0xfffd && code != 0xfeff) || code >= 0x10000;
}

static bool all_printable(const char *text)
{
	for (size_t length; *text; text += length)
		if (!is_printable(code_point(&length, text)))
			return false;
	return true;
}

static int print_double_quoted(struct ns_buffer *out, const char *text)
{
	static const char digits[] = "0123456789abcdef";
	int failed = ns_buffer_append(out, "\"", 1);
	for (size_t length; *text && !failed; text += length) {
		uint32_t code = code_point(&length, text);
		if (code == '"' || code == '\\')
			failed |= ns_buffer_append(out, "\\", 1);
		if (is_printable(code)) {
			failed |= ns_buffer_append(out, text, length);
		} else { /* all such lie below 0x10000 */
			char escape[] = {'\\', 'u', digits[code >> 12 & 15], digits[code >> 8 & 15], digits[code >> 4 & 15], digits[code & 15]};
			failed |= ns_buffer_append(out, escape, sizeof escape);
		}
	}
	return failed | ns_buffer_append(out, "\"", 1);
}

static int print_single_quoted(struct ns_buffer *out, const char *text)
{
	int failed = ns_buffer_append(out, "'", 1);
	for (; *text && !failed; text++)
		failed |= ns_buffer_append(out, *text == '\'' ? "''" : text, *text == '\'' ? 2 : 1);
	return failed | ns_buffer_append(out, "'", 1);
}

int ns_yaml_print_text(struct ns_buffer *out, const char *text)
{
	if (is_plain(text))
		return ns_buffer_append(out, text, strlen(text));
	return all_printable(text) ? print_single_quoted(out, text) : print_double_quoted(out, text);
}

int ns_yaml_print_value(struct ns_buffer *out, const char *text)
{
	if (is_plain_number(text))
		return ns_buffer_append(out, text, strlen(text));
	return ns_yaml_print_text(out, text);
}

int ns_yaml_print_comment(struct ns_buffer *out, int indent, const char *text)
{
	for (bool more = true; more;) {
		int failed = ns_buffer_printf(out, "%*s#", indent, "");
		size_t length = strcspn(text, "\n");
		failed |= length && ns_buffer_append(out, " ", 1);
		for (const char *end = text + length; text < end && !failed; text += length) {
			uint32_t code = code_point(&length, text);
			failed |= is_printable(code) ? ns_buffer_append(out, text, length) : ns_buffer_append(out, "?", 1);
		}
		more = *text++ != '\0';
		if (failed | ns_buffer_append(out, "\n", 1))
			return -1;
	}
	return 0;
}
