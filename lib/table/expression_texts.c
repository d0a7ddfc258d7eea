#include "table/expression_functions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/elementary.h"
#include "base/number.h"

/* Almost all text is ASCII, so that is looked for first. */
static bool is_ascii(struct ns_span s)
{
	unsigned char all = 0;
	for (size_t i = 0; i < s.size; i++)
		all |= (unsigned char)s.data[i];
	return all < 0x80;
}

size_t ns_expression_count_characters(struct ns_span s)
{
	size_t count = 0;
	if (is_ascii(s))
		return s.size;
	for (size_t at = 0; at < s.size; at += ns_expression_character(s.data + at, s.size - at))
		count++;
	return count;
}

static const struct ns_span *texts(const struct ns_expression_call *call, size_t argument)
{
	return call->arguments[argument]->texts;
}

void ns_expression_length(struct ns_expression_call *call)
{
	const struct ns_span *s = texts(call, 0);
	for (size_t row = 0; row < call->rows; row++)
		call->numbers[row] = s[row].data ? (double)ns_expression_count_characters(s[row]) : NAN;
}

enum { CODES = 0x110000 + 256 }; /* a character's number; bytes that are no character come behind */

static uint32_t code(const char *text, size_t length)
{
	const unsigned char *s = (const unsigned char *)text;
	switch (length) {
	case 2:
		return (uint32_t)(s[0] & 0x1f) << 6 | (s[1] & 0x3f);
	case 3:
		return (uint32_t)(s[0] & 0x0f) << 12 | (uint32_t)(s[1] & 0x3f) << 6 | (s[2] & 0x3f);
	case 4:
		return (uint32_t)(s[0] & 0x07) << 18 | (uint32_t)(s[1] & 0x3f) << 12 | (uint32_t)(s[2] & 0x3f) << 6 | (s[3] & 0x3f);
	default:
		return s[0] < 0x80 ? s[0] : 0x110000u + s[0];
	}
}

/* --- sets of characters --- */

struct set {
	bool bytes[256]; /* the ASCII ones */
	bool ascii;      /* there are no others */
	struct ns_span all;
	uint8_t *codes; /* else a bit for each; none is set where there are no others */
};

/* Memory of the space's for as many zeroes, there from the first time that it is asked for. */
static void *zeroes(void **memory, size_t count, size_t size)
{
	if (!*memory && !(*memory = calloc(count, size)))
		ns_die_of_memory();
	return *memory;
}

static struct set empty_set(const struct ns_expression_call *call)
{
	return (struct set){.ascii = true, .codes = zeroes(&call->space->members, CODES / 8, 1)};
}

/* Sets or clears the bits of all its characters. */
static void mark(struct set *set, bool in)
{
	const struct ns_span *all = &set->all;
	for (size_t at = 0, length; !set->ascii && at < all->size; at += length) {
		length = ns_expression_character(all->data + at, all->size - at);
		uint32_t each = code(all->data + at, length);
		uint8_t bit = (uint8_t)(1u << each % 8);
		set->codes[each / 8] = in ? set->codes[each / 8] | bit : set->codes[each / 8] & (uint8_t)~bit;
	}
}

/* Other characters; none, before the set goes. */
static void change_set(struct set *set, struct ns_span characters)
{
	mark(set, false);
	*set = (struct set){.all = characters, .ascii = is_ascii(characters), .codes = set->codes};
	for (size_t i = 0; i < characters.size; i++)
		if ((unsigned char)characters.data[i] < 0x80)
			set->bytes[(unsigned char)characters.data[i]] = true;
	mark(set, true);
}

static bool is_in(const struct set *set, const char *text, size_t length)
{
	uint32_t each = code(text, length);
	return set->codes[each / 8] >> each % 8 & 1;
}

static size_t count_byte(struct ns_span s, char byte)
{
	size_t count = 0;
	for (size_t i = 0; i < s.size; i++)
		count += s.data[i] == byte;
	return count;
}

static size_t count_in(struct ns_span s, const struct set *set)
{
	size_t count = 0;
	if (set->ascii && set->all.size == 1)
		return count_byte(s, *set->all.data);
	for (size_t i = 0; set->ascii && i < s.size; i++)
		count += set->bytes[(unsigned char)s.data[i]];
	for (size_t at = 0, length; !set->ascii && at < s.size; at += length) {
		length = ns_expression_character(s.data + at, s.size - at);
		count += is_in(set, s.data + at, length);
	}
	return count;
}

void ns_expression_count(struct ns_expression_call *call)
{
	const struct ns_span *s = texts(call, 0), *characters = texts(call, 1);
	struct set set = empty_set(call);
	for (size_t row = 0; row < call->rows; row++) {
		if (row == 0 || !call->arguments[1]->constant)
			change_set(&set, characters[row]);
		call->numbers[row] = s[row].data && characters[row].data ? (double)count_in(s[row], &set) : NAN;
	}
	change_set(&set, (struct ns_span){0});
}

/* Bytes will do for a set of ASCII, since no other character has such bytes. */
static struct ns_span trimmed_bytes(struct ns_span s, const struct set *set)
{
	size_t start = 0, end = s.size;
	while (start < end && set->bytes[(unsigned char)s.data[start]])
		start++;
	while (start < end && set->bytes[(unsigned char)s.data[end - 1]])
		end--;
	return (struct ns_span){s.data + start, end - start};
}

static struct ns_span trimmed(struct ns_span s, const struct set *set)
{
	size_t start = s.size, end = 0;
	if (set->ascii)
		return trimmed_bytes(s, set);
	for (size_t at = 0, length; at < s.size; at += length) {
		length = ns_expression_character(s.data + at, s.size - at);
		if (!is_in(set, s.data + at, length)) {
			start = at < start ? at : start;
			end = at + length;
		}
	}
	return start < end ? (struct ns_span){s.data + start, end - start} : (struct ns_span){s.data, 0};
}

void ns_expression_trim(struct ns_expression_call *call)
{
	const struct ns_span *s = texts(call, 0), *characters = call->count > 1 ? texts(call, 1) : NULL;
	struct set set = empty_set(call);
	for (size_t row = 0; row < call->rows; row++) {
		if (row == 0 || (characters && !call->arguments[1]->constant))
			change_set(&set, characters ? characters[row] : (struct ns_span){" \t\r\n\f\v", 6});
		call->texts[row] = s[row].data && (!characters || characters[row].data) ? trimmed(s[row], &set) : (struct ns_span){0};
	}
	change_set(&set, (struct ns_span){0});
}

/* --- one text in another --- */

static bool contains(struct ns_span s, struct ns_span t)
{
	return ns_expression_find_text(s, t) != NULL;
}

static bool starts_with(struct ns_span s, struct ns_span t)
{
	return t.size <= s.size && memcmp(s.data, t.data, t.size) == 0;
}

static bool ends_with(struct ns_span s, struct ns_span t)
{
	return t.size <= s.size && memcmp(s.data + (s.size - t.size), t.data, t.size) == 0;
}

static void each_pair(struct ns_expression_call *call, bool (*holds)(struct ns_span s, struct ns_span t))
{
	const struct ns_span *s = texts(call, 0), *t = texts(call, 1);
	for (size_t row = 0; row < call->rows; row++)
		call->numbers[row] = s[row].data && t[row].data ? (double)holds(s[row], t[row]) : NAN;
}

void ns_expression_contains(struct ns_expression_call *call)
{
	each_pair(call, contains);
}

void ns_expression_starts_with(struct ns_expression_call *call)
{
	each_pair(call, starts_with);
}

void ns_expression_ends_with(struct ns_expression_call *call)
{
	each_pair(call, ends_with);
}

/* --- numbers --- */

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

void ns_expression_number(struct ns_expression_call *call)
{
	for (size_t row = 0; row < call->rows; row++) {
		struct ns_span s = texts(call, 0)[row];
		for (; s.size && is_blank(*s.data); s.size--)
			s.data++;
		while (s.size && is_blank(s.data[s.size - 1]))
			s.size--;
		double number = NAN;
		if (s.data)
			ns_number_parse(&number, s.data, s.size);
		call->numbers[row] = number;
	}
}

void ns_expression_text(struct ns_expression_call *call)
{
	const double *xs = call->arguments[0]->numbers;
	char *out = ns_expression_make(call, 0, call->rows * NS_NUMBER_MAX);
	for (size_t row = 0; out && row < call->rows; row++) {
		size_t size = ns_number_print(out, xs[row]);
		call->texts[row] = (struct ns_span){size ? out : NULL, size};
		out += size;
	}
}

/* --- entropy --- */

struct entropy {
	uint32_t *counts, *seen; /* of each character; which were met, in the order in which they came */
	double logs[256];        /* to base 2, of small counts */
};

/* counts are zeroes, and so they are left. */
static double entropy(struct ns_span s, const struct entropy *memory)
{
	size_t distinct = 0, total = 0;
	for (size_t at = 0, length; at < s.size; at += length, total++) {
		length = ns_expression_character(s.data + at, s.size - at);
		uint32_t each = code(s.data + at, length);
		if (memory->counts[each]++ == 0)
			memory->seen[distinct++] = each;
	}
	double sum = 0, all = ns_log2((double)total);
	for (size_t i = 0; i < distinct; i++) {
		uint32_t count = memory->counts[memory->seen[i]];
		sum += count * (all - (count < 256 ? memory->logs[count] : ns_log2(count)));
		memory->counts[memory->seen[i]] = 0;
	}
	return total ? sum / (double)total : 0;
}

void ns_expression_entropy(struct ns_expression_call *call)
{
	uint32_t *counts = zeroes(&call->space->counts, 2 * CODES, sizeof *counts);
	struct entropy memory = {counts, counts + CODES, {0}};
	for (uint32_t count = 1; count < 256; count++)
		memory.logs[count] = ns_log2(count);
	const struct ns_span *s = texts(call, 0);
	for (size_t row = 0; row < call->rows; row++)
		call->numbers[row] = s[row].data ? entropy(s[row], &memory) : NAN;
}
