#include "net/identity.h"

#include <endian.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/counts.h"
#include "base/number.h"
#include "base/random.h"

#define KEY0 UINT64_C(0x6e732d696d706f72)
#define KEY1 UINT64_C(0x7420726f77732031)
#define EXACT 9007199254740992.0 /* 2^53 */
#define PLACE_BITS 44 /* of a line's number in what is kept of a key; the rest numbers the files */

struct named {
	const char *name;
	size_t column;
	uint64_t number, text; /* the words that begin its values */
};

struct ns_identity {
	struct ns_reader *reader;
	struct ns_identity_options options;
	struct named *columns; /* by name */
	struct ns_counts counts; /* k of each row; with a key column: where each key stood */
	const char *source;    /* the batch's, and the words that begin its rows */
	const char **sources;  /* all so far */
	size_t sources_count;
	struct ns_buffer words, text;
	char key[33];
	struct ns_arena *arena;
};

/* --- opening --- */

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

static struct named name_column(const char *name, size_t column)
{
	size_t size = strlen(name);
	return (struct named){name, column, ns_hash64(name, size, 0, 0), ns_hash64(name, size, 0, 1)};
}

static void release(void *what)
{
	struct ns_identity *identity = what;
	ns_counts_release(&identity->counts);
	ns_buffer_release(&identity->words);
	ns_buffer_release(&identity->text);
}

int ns_identity_open(struct ns_identity **out, struct ns_reader *reader, const struct ns_identity_options *options, struct ns_arena *arena,
	struct ns_err *err)
{
	struct ns_identity *identity = *out = NS_NEW(arena, struct ns_identity);
	*identity = (struct ns_identity){.reader = reader, .options = *options, .arena = arena};
	identity->words = identity->text = NS_BUFFER_INIT(UINT32_MAX);
	identity->columns = NS_NEW_ARRAY(arena, struct named, options->count + 1);
	ns_arena_defer(arena, release, identity);
	for (size_t i = 0; i < options->count; i++)
		identity->columns[i] = name_column(options->names[i], i);
	qsort(identity->columns, options->count, sizeof *identity->columns, compare_names);
	if (options->key && strlen(options->key) >= NS_IDENTITY_KEY_MAX)
		return ns_fail(err, NS_ECALL, "--key: the name is longer than %d bytes", NS_IDENTITY_KEY_MAX - 1);
	return NS_OK;
}

const char *ns_identity_source(const char *path, struct ns_arena *arena)
{
	static const char *const endings[] = {".gz", ".zst", ".csv", ".tsv", ".arrow", ".arrows"};
	const char *slash = strrchr(path, '/');
	char *name = ns_strdup(arena, slash ? slash + 1 : path);
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		size_t size = strlen(name), end = strlen(endings[i]);
		if (size > end && strcmp(name + size - end, endings[i]) == 0)
			name[size - end] = '\0';
	}
	return name;
}

/* --- the rule for number columns --- */

/* A number whose digits a double tells. */
static bool is_exact(double number)
{
	return fabs(number) <= EXACT || fabs(number) >= 1e17 || number != floor(number);
}

static size_t print_number(char *out, double number)
{
	return ns_number_print(out, number + 0.0); /* -0 is 0 */
}

/* What a text is; a number: in *number, where it is exact. *text becomes its digits where it is not, in `digits`. */
static enum ns_value_kind read_text(double *number, struct ns_span *text, char digits[NS_NUMBER_MAX], struct ns_identity *identity)
{
	const struct ns_cell cell = {0, (uint32_t)text->size}; /* quoted or not does not count: Arrow does not tell */
	const struct ns_column column = {.bytes = text->data, .cells = &cell};
	struct ns_span middle;
	enum ns_value_kind kind = ns_reader_value(number, &middle, identity->reader, &column, 0);
	if (kind != NS_VALUE_NUMBER)
		return kind;
	if (ns_number_is_code(middle.data, middle.size)) {
		*text = middle;
		return NS_VALUE_OTHER;
	}
	if (is_exact(*number))
		return kind;
	*text = (struct ns_span){digits, print_number(digits, *number)};
	return NS_VALUE_OTHER;
}

/* NUMBER: *number counts; OTHER: *text. */
static enum ns_value_kind read_value(double *number, struct ns_span *text, char digits[NS_NUMBER_MAX], const struct ns_value *value,
	struct ns_identity *identity)
{
	*text = value->text;
	switch (value->type) {
	case NS_IS_MISSING:
		return NS_VALUE_MISSING;
	case NS_IS_BOOLEAN:
		*text = value->integer ? (struct ns_span){"true", 4} : (struct ns_span){"false", 5};
		return NS_VALUE_OTHER;
	case NS_IS_INTEGER:
		*number = (double)value->integer;
		if (value->integer >= -(int64_t)EXACT && value->integer <= (int64_t)EXACT)
			return NS_VALUE_NUMBER;
		*text = (struct ns_span){digits, ns_integer_print(digits, value->integer)};
		return NS_VALUE_OTHER;
	case NS_IS_REAL:
		*number = value->real;
		if (is_exact(*number))
			return NS_VALUE_NUMBER;
		*text = (struct ns_span){digits, print_number(digits, *number)};
		return NS_VALUE_OTHER;
	default:
		return read_text(number, text, digits, identity);
	}
}

/* --- a row --- */

static char *put_word(char *at, uint64_t word)
{
	word = htole64(word);
	memcpy(at, &word, sizeof word);
	return at + sizeof word;
}

/* Filled up with zeroes to whole words. */
static char *put_bytes(char *at, struct ns_span text)
{
	size_t more = (size_t)-text.size & 7;
	memcpy(at, text.data, text.size);
	memset(at + text.size, 0, more);
	return at + text.size + more;
}

static char *put_value(char *at, struct ns_identity *identity, const struct named *column, const struct ns_value *value)
{
	char digits[NS_NUMBER_MAX];
	double number;
	struct ns_span text;
	switch (read_value(&number, &text, digits, value, identity)) {
	case NS_VALUE_NUMBER:
		break;
	case NS_VALUE_OTHER:
		return put_bytes(put_word(put_word(at, column->text), text.size), text);
	default:
		return at;
	}
	uint64_t bits;
	number += 0.0; /* -0 is 0 */
	memcpy(&bits, &number, sizeof bits);
	return put_word(put_word(at, column->number), bits);
}

/* At most so many bytes make up the row. */
static size_t bound(const struct ns_identity *identity, const struct ns_value *values)
{
	size_t size = strlen(identity->source) + 2 * sizeof(uint64_t);
	for (size_t i = 0; i < identity->options.count; i++) /* a text is below 2^30 bytes */
		size += 2 * sizeof(uint64_t) + (values[i].type == NS_IS_TEXT || values[i].type == NS_IS_DATE ? values[i].text.size + 8 : NS_NUMBER_MAX);
	return size;
}

/* The same text whichever pointer it is. */
static void take_source(struct ns_identity *identity, const char *source)
{
	if (identity->source && strcmp(source, identity->sources[identity->sources_count - 1]) == 0)
		return;
	const char **sources = NS_NEW_ARRAY(identity->arena, const char *, identity->sources_count + 1);
	if (identity->sources_count)
		memcpy(sources, identity->sources, identity->sources_count * sizeof *sources);
	sources[identity->sources_count++] = ns_strdup(identity->arena, source);
	identity->sources = sources;
	identity->source = identity->options.source ? identity->options.source : ns_identity_source(source, identity->arena);
}

static int take_row(struct ns_span *key, struct ns_identity *identity, const struct ns_value *values, const struct ns_table *batch, size_t row,
	struct ns_err *err)
{
	struct ns_buffer *words = &identity->words;
	struct ns_hasher hasher;
	uint64_t hash[3];
	size_t size = strlen(identity->source);
	words->size = 0;
	if (ns_buffer_reserve(words, bound(identity, values)))
		return ns_fail(err, NS_EDATA, "%s: the row is longer than 4 GiB", ns_table_where(batch, row, identity->arena));
	char *at = put_bytes(put_word(words->data, size), (struct ns_span){identity->source, size});
	for (size_t i = 0; i < identity->options.count; i++)
		at = put_value(at, identity, &identity->columns[i], &values[identity->columns[i].column]);
	ns_hasher_init(&hasher, KEY0, KEY1);
	ns_hasher_add(&hasher, words->data, (size_t)(at - words->data));
	ns_hasher_done(hash, &hasher);
	hash[2] = htole64(++*ns_counts_at(&identity->counts, hash[0]));
	hash[0] = htole64(hash[0]);
	hash[1] = htole64(hash[1]);
	ns_hasher_init(&hasher, KEY0, KEY1);
	ns_hasher_add(&hasher, hash, sizeof hash);
	ns_hasher_hex(identity->key, &hasher);
	*key = (struct ns_span){identity->key, 32};
	return NS_OK;
}

/* --- a key column --- */

static int fail_twice(const struct ns_identity *identity, uint64_t before, struct ns_span key, const struct ns_table *batch, size_t row,
	struct ns_err *err)
{
	const char *source = identity->sources[before >> PLACE_BITS];
	before &= (UINT64_C(1) << PLACE_BITS) - 1;
	return ns_fail(err, NS_EDATA, "%s: the key '%.*s' has come before, %s%s%" PRIu64, ns_table_where(batch, row, identity->arena), (int)key.size,
		key.data, source, batch->lines ? ":" : ": row ", before);
}

static int take_key(struct ns_span *key, struct ns_identity *identity, const struct ns_value *values, const struct ns_table *batch, size_t row,
	struct ns_err *err)
{
	struct ns_buffer *text = &identity->text;
	const char *name = identity->options.key;
	char digits[NS_NUMBER_MAX];
	double number;
	struct ns_span value;
	enum ns_value_kind kind = read_value(&number, &value, digits, &values[identity->options.key_column], identity);
	if (kind == NS_VALUE_MISSING)
		return ns_fail(err, NS_EDATA, "%s: column '%s': the key is missing", ns_table_where(batch, row, identity->arena), name);
	if (kind == NS_VALUE_NUMBER)
		value = (struct ns_span){digits, print_number(digits, number)};
	if (value.size > NS_IDENTITY_KEY_MAX - strlen(name) - 1)
		return ns_fail(err, NS_EDATA, "%s: column '%s': '%.40s...' is too long for a key: %zu bytes", ns_table_where(batch, row, identity->arena), name,
			value.data, value.size);
	text->size = 0;
	if (ns_buffer_append(text, name, strlen(name)) || ns_buffer_append(text, "=", 1) || ns_buffer_append(text, value.data, value.size))
		ns_die_of_memory();
	*key = (struct ns_span){text->data, text->size};
	uint64_t *place = ns_counts_at(&identity->counts, ns_hash64(key->data, key->size, KEY0, KEY1));
	if (*place)
		return fail_twice(identity, *place, *key, batch, row, err);
	*place = (uint64_t)(identity->sources_count - 1) << PLACE_BITS | ns_table_place(batch, row);
	return NS_OK;
}

int ns_identity_take(struct ns_span *key, struct ns_identity *identity, const struct ns_value *values, const struct ns_table *batch,
	size_t row, struct ns_err *err)
{
	take_source(identity, batch->source);
	return identity->options.key ? take_key(key, identity, values, batch, row, err) : take_row(key, identity, values, batch, row, err);
}
