#include "stage/encode_find.h"

#include <math.h>
#include <string.h>

enum { AT_ONCE = 32, SHORT = 16, STEPS_MAX = 32, TABLE_MAX = 1 << 20 };
#define NONE UINT32_MAX

/*
 * Two words for a value and its length. Up to SHORT bytes they are all of a text, so that who has the same words and length is the
 * same text; of a longer one they are hashes. A number has its bits and 0.
 */
struct key {
	uint64_t a, b;
	uint32_t size;
};

struct ns_encode_slot {
	struct key key;
	uint32_t category; /* + 1; 0: free */
};

/* --- keys --- */

static uint64_t load64(const char *bytes)
{
	uint64_t word;
	memcpy(&word, bytes, sizeof word);
	return word;
}

static uint64_t load32(const char *bytes)
{
	uint32_t word;
	memcpy(&word, bytes, sizeof word);
	return word;
}

static uint64_t fold(uint64_t a, uint64_t b)
{
	__extension__ unsigned __int128 product = (unsigned __int128)a * b;
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* The last 16 bytes may have been in the step before. */
static struct key key_of_long(const char *text, size_t size)
{
	struct key key = {UINT64_C(0x9e3779b97f4a7c15), UINT64_C(0xd1b54a32d192ed03), (uint32_t)size};
	for (size_t at = 0; at < size; at += SHORT) {
		const char *bytes = text + (size - at < SHORT ? size - SHORT : at);
		uint64_t first = load64(bytes), second = load64(bytes + 8);
		key.a = fold(key.a ^ first, UINT64_C(0xe7037ed1a0b428db) ^ second);
		key.b = fold(key.b ^ second, UINT64_C(0x8ebc6af09c88c6e3) ^ first);
	}
	return key;
}

static inline struct key key_of(const char *text, size_t size)
{
	struct key key = {0, 0, (uint32_t)size};
	if (size > SHORT)
		return key_of_long(text, size);
	if (size >= 8) {
		key.a = load64(text);
		key.b = load64(text + size - 8);
	} else if (size >= 4) {
		key.a = load32(text);
		key.b = load32(text + size - 4);
	} else if (size > 0) {
		key.a = (uint64_t)(unsigned char)text[0] | (uint64_t)(unsigned char)text[size / 2] << 8 | (uint64_t)(unsigned char)text[size - 1] << 16;
	}
	return key;
}

/* -0 is 0. */
static inline struct key key_of_number(double number)
{
	struct key key = {0};
	number += 0.0;
	memcpy(&key.a, &number, sizeof number);
	return key;
}

static inline size_t place_of(struct key key)
{
	return (size_t)fold(key.a ^ UINT64_C(0xa0761d6478bd642f), key.b ^ key.size ^ UINT64_C(0xe7037ed1a0b428db));
}

static inline bool is_same(struct key a, struct key b)
{
	return ((a.a ^ b.a) | (a.b ^ b.b) | (a.size ^ b.size)) == 0;
}

/* --- making --- */

/* False where the values are no whole numbers close together. */
static bool make_table(struct ns_encode_finder *finder, struct ns_arena *arena)
{
	if (!finder->count)
		return false;
	double low = finder->values[0], span = finder->values[finder->count - 1] - low + 1;
	double most = 4.0 * (double)finder->count + 1024;
	if (!(span <= (most < TABLE_MAX ? most : TABLE_MAX)) || fabs(low) > 0x1p52)
		return false;
	for (size_t i = 0; i < finder->count; i++)
		if (finder->values[i] != floor(finder->values[i]))
			return false;
	uint32_t *table = NS_NEW_ARRAY(arena, uint32_t, (size_t)span);
	for (size_t i = 0; i < finder->count; i++)
		table[(size_t)(finder->values[i] - low)] = (uint32_t)i + 1;
	finder->table = table;
	finder->low = low;
	finder->span = span;
	return true;
}

/* Without slots where one would be far from its place, which nothing but malice brings about. */
static void make_slots(struct ns_encode_finder *finder, struct ns_arena *arena)
{
	size_t count = 8;
	while (count / 2 < finder->count)
		count *= 2;
	struct ns_encode_slot *slots = NS_NEW_ARRAY(arena, struct ns_encode_slot, count);
	for (size_t i = 0; i < finder->count; i++) {
		struct key key = finder->texts ? key_of(finder->texts[i], strlen(finder->texts[i])) : key_of_number(finder->values[i]);
		size_t at = place_of(key) & (count - 1), steps = 0;
		for (; slots[at].category; at = (at + 1) & (count - 1))
			if (++steps > STEPS_MAX)
				return;
		slots[at] = (struct ns_encode_slot){key, (uint32_t)i + 1};
	}
	finder->slots = slots;
	finder->mask = count - 1;
}

void ns_encode_finder_init(struct ns_encode_finder *finder, const char *const *texts, const double *values, size_t count, struct ns_arena *arena)
{
	*finder = (struct ns_encode_finder){.count = count, .texts = texts, .values = values};
	if (texts || !make_table(finder, arena))
		make_slots(finder, arena);
}

/* --- finding --- */

/* Where between the sorted categories; less than 0: before. */
static int compare_text(struct ns_span value, const char *category)
{
	size_t size = strlen(category);
	int order = memcmp(value.data, category, value.size < size ? value.size : size);
	return order ? order : (value.size > size) - (value.size < size);
}

static uint32_t halve(const struct ns_encode_finder *finder, struct ns_span text, double number)
{
	size_t low = 0, high = finder->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = finder->texts ? compare_text(text, finder->texts[middle])
					  : (number > finder->values[middle]) - (number < finder->values[middle]);
		if (order == 0)
			return (uint32_t)middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NONE;
}

static inline uint32_t look_up(const struct ns_encode_finder *finder, struct key key, size_t at, const char *text)
{
	for (; finder->slots[at].category; at = (at + 1) & finder->mask) {
		const struct ns_encode_slot *slot = &finder->slots[at];
		if (is_same(slot->key, key) && (key.size <= SHORT || memcmp(finder->texts[slot->category - 1], text, key.size) == 0))
			return slot->category - 1;
	}
	return NONE;
}

static uint32_t find_number(const struct ns_encode_finder *finder, double value)
{
	struct key key = key_of_number(value);
	return finder->slots ? look_up(finder, key, place_of(key) & finder->mask, NULL) : halve(finder, (struct ns_span){0}, value);
}

/* The difference may round to a whole number where the value is none: the category itself decides. */
static void find_in_table(uint32_t *found, const struct ns_encode_finder *finder, const double *numbers, size_t rows, struct ns_encode_others others)
{
	double low = finder->low, span = finder->span;
	for (size_t row = 0; row < rows; row++) {
		double value = numbers[row], from = value - low;
		uint32_t category = from >= 0 && from < span ? finder->table[(size_t)from] : 0;
		if (category && finder->values[category - 1] == value)
			found[row] = category - 1;
		else
			found[row] = isnan(value) ? others.missing : others.unknown;
	}
}

void ns_encode_find_numbers(uint32_t *found, const struct ns_encode_finder *finder, const double *numbers, size_t rows, struct ns_encode_others others)
{
	if (finder->table) {
		find_in_table(found, finder, numbers, rows, others);
		return;
	}
	for (size_t row = 0; row < rows; row++) {
		uint32_t category = isnan(numbers[row]) ? others.missing : find_number(finder, numbers[row]);
		found[row] = category == NONE && !isnan(numbers[row]) ? others.unknown : category;
	}
}

/* Where all of them are to be found is asked for before the first is looked at: memory takes longer than to think. */
static void find_texts(uint32_t *found, const struct ns_encode_finder *finder, const struct ns_column *column, size_t first, size_t count,
	struct ns_encode_others others)
{
	struct key key[AT_ONCE];
	size_t at[AT_ONCE];
	const char *text[AT_ONCE];
	for (size_t i = 0; i < count; i++) {
		struct ns_span value = ns_column_text(column, first + i);
		text[i] = value.data;
		key[i] = key_of(value.data, value.size);
		at[i] = place_of(key[i]) & finder->mask;
		__builtin_prefetch(&finder->slots[at[i]]);
	}
	for (size_t i = 0; i < count; i++) {
		uint32_t category = text[i] ? look_up(finder, key[i], at[i], text[i]) : NONE;
		found[i] = category != NONE ? category : text[i] ? others.unknown : others.missing;
	}
}

void ns_encode_find(uint32_t *found, const struct ns_encode_finder *finder, const struct ns_column *column, size_t rows, struct ns_encode_others others)
{
	if (!finder->texts) {
		ns_encode_find_numbers(found, finder, column->numbers, rows, others);
	} else if (finder->slots) {
		for (size_t row = 0; row < rows; row += AT_ONCE)
			find_texts(found + row, finder, column, row, rows - row < AT_ONCE ? rows - row : AT_ONCE, others);
	} else {
		for (size_t row = 0; row < rows; row++) {
			struct ns_span value = ns_column_text(column, row);
			uint32_t category = value.data ? halve(finder, value, NAN) : NONE;
			found[row] = category != NONE ? category : value.data ? others.unknown : others.missing;
		}
	}
}
