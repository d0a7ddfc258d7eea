#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

size_t ns_utf8_length(const char *text, size_t size)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t length = s[0] < 0x80 ? 1 : s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : s[0] >= 0xe0 && s[0] < 0xf0 ? 3
		      : s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : 0;
	if (length > size)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0) || (s[0] == 0xf0 && s[1] < 0x90) ||
	    (s[0] == 0xf4 && s[1] >= 0x90))
		return 0;
	return length;
}

/* Eight bytes of ASCII. */
static bool is_plain(const char *text)
{
	uint64_t word;
	memcpy(&word, text, sizeof word);
	return (word & UINT64_C(0x8080808080808080)) == 0;
}

bool ns_utf8_valid(const char *text, size_t size)
{
	for (size_t at = 0, length; at < size; at += length)
		if (size - at >= 8 && is_plain(text + at))
			length = 8;
		else if ((length = ns_utf8_length(text + at, size - at)) == 0)
			return false;
	return true;
}
