#include "table/csv_split.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { WIDE = 64, BOM = 3 };

/* Bit i: byte i of 64 is this one. */
#ifdef __SSE2__
static inline uint64_t find(const char *text, char c)
{
	const __m128i wanted = _mm_set1_epi8(c);
	uint64_t mask = 0;
	for (int i = 0; i < WIDE; i += 16) {
		__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(text + i));
		mask |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, wanted)) << i;
	}
	return mask;
}

/* Bit i: byte i of 64 is a delimiter, a line end or NUL. */
static inline uint64_t find_ends(const char *text, char delimiter)
{
	const __m128i delimiters = _mm_set1_epi8(delimiter), feeds = _mm_set1_epi8('\n'), returns = _mm_set1_epi8('\r');
	uint64_t mask = 0;
	for (int i = 0; i < WIDE; i += 16) {
		__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(text + i));
		__m128i hits = _mm_or_si128(_mm_cmpeq_epi8(bytes, delimiters), _mm_cmpeq_epi8(bytes, feeds));
		hits = _mm_or_si128(hits, _mm_or_si128(_mm_cmpeq_epi8(bytes, returns), _mm_cmpeq_epi8(bytes, _mm_setzero_si128())));
		mask |= (uint64_t)(unsigned)_mm_movemask_epi8(hits) << i;
	}
	return mask;
}
#else
static inline uint64_t find(const char *text, char c)
{
	uint64_t mask = 0;
	for (int i = 0; i < WIDE; i++)
		mask |= (uint64_t)(text[i] == c) << i;
	return mask;
}

static inline uint64_t find_ends(const char *text, char delimiter)
{
	uint64_t mask = 0;
	for (int i = 0; i < WIDE; i++)
		mask |= (uint64_t)(text[i] == delimiter || text[i] == '\n' || text[i] == '\r' || text[i] == '\0') << i;
	return mask;
}
#endif

/* What one block leaves to the next, each 0 or 1. */
struct carry {
	uint64_t inside; /* a quote is open */
	uint64_t closed; /* the last byte closed one */
	uint64_t ended;  /* the last byte ended a field */
};

/*
 * Where fields end, or what is there is libcsv's: a quote that opens behind anything but a field's end, or closes in front of
 * anything else (so a doubled one too), and a line end or NUL in quotes. Sets carry; quotes are rare, so most blocks have none.
 */
static inline uint64_t find_stops(uint64_t *odd, struct carry *carry, const char *text, char delimiter)
{
	uint64_t ends = find_ends(text, delimiter), inside = find(text, '"'), quotes = inside;
	*odd = 0;
	if (!(quotes | carry->inside | carry->closed)) {
		carry->ended = ends >> (WIDE - 1);
		return ends;
	}
	for (int shift = 1; shift < WIDE; shift *= 2)
		inside ^= inside << shift;
	inside ^= 0 - carry->inside; /* behind an odd number of quotes */
	uint64_t outside = ends & ~inside, opening = quotes & inside, closing = quotes & ~inside;
	*odd = (opening & ~(outside << 1 | carry->ended)) | ((closing << 1 | carry->closed) & ~ends);
	if (ends & inside)
		*odd |= (ends ^ find(text, delimiter)) & inside;
	*carry = (struct carry){inside >> (WIDE - 1), closing >> (WIDE - 1), outside >> (WIDE - 1)};
	return outside | *odd;
}

bool ns_split_is_header(const struct ns_split *split, const char *record, size_t size)
{
	if (!split->header)
		return false;
	if (size == split->header_size + BOM && !memcmp(record, "\357\273\277", BOM)) {
		record += BOM;
		size -= BOM;
	}
	return size == split->header_size && !memcmp(record, split->header, size);
}

/* Takes the record [at, end) as the next row, unless it is the header again. */
static inline void end_row(struct ns_split *split, size_t end)
{
	size_t size = end - split->at;
	split->lines[split->rows] = split->line++;
	bool maybe = size == split->header_size || size == split->header_size + BOM;
	if (maybe && ns_split_is_header(split, split->text + split->at, size))
		split->repeated++;
	else
		split->rows++;
	split->at = end + 1;
}

enum ns_split_stop ns_csv_split(struct ns_split *split)
{
	const char *text = split->text;
	const size_t size = split->size, width = split->width, entry = split->at;
	const char delimiter = split->delimiter;
	enum ns_split_stop stop = split->rows == split->limit ? NS_SPLIT_FULL : NS_SPLIT_MORE;
	struct ns_cell *row = split->cells + split->rows * width;
	struct carry carry = {.ended = 1};
	size_t field = 0, start = entry;
	for (size_t base = entry; base < size && stop == NS_SPLIT_MORE; base += WIDE) {
		uint64_t odd, mask = find_stops(&odd, &carry, text + base, delimiter);
		if (size - base < WIDE)
			mask &= (UINT64_C(1) << (size - base)) - 1;
		for (; mask; mask &= mask - 1) {
			size_t end = base + (size_t)__builtin_ctzll(mask);
			char c = text[end];
			uint32_t quoted = text[start] == '"';
			if (odd & mask & (0 - mask)) {
				stop = NS_SPLIT_ODD;
				break;
			}
			row[field] = (struct ns_cell){(uint32_t)start + quoted, ((uint32_t)(end - start) - 2 * quoted) | quoted * NS_CELL_QUOTED};
			start = end + 1;
			if (c == delimiter && ++field < width)
				continue;
			if (c == '\n' && end == split->at && end > entry && text[end - 1] == '\r') {
				split->at = end + 1; /* the second half of CRLF */
				continue;
			}
			if ((c != '\n' && c != '\r') || (end == split->at) || field != width - 1) {
				stop = end == split->at && (c == '\n' || c == '\r') ? NS_SPLIT_BLANK : NS_SPLIT_ODD;
				break;
			}
			end_row(split, end);
			field = 0;
			row = split->cells + split->rows * width;
			if (split->rows == split->limit) {
				stop = NS_SPLIT_FULL;
				break;
			}
		}
	}
	if (split->at > entry)
		split->after_cr = text[split->at - 1] == '\r';
	return stop;
}
