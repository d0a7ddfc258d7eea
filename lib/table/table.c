#include "table/table.h"

#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/opt.h"

const char *ns_metadata_find(const struct ns_metadata *metadata, const char *key)
{
	for (size_t i = 0; i < metadata->count; i++)
		if (strcmp(metadata->pairs[i].key, key) == 0)
			return metadata->pairs[i].value;
	return NULL;
}

void ns_metadata_set(struct ns_metadata *metadata, const char *key, const char *value, struct ns_arena *arena)
{
	struct ns_pair *pairs = NS_NEW_ARRAY(arena, struct ns_pair, metadata->count + 1);
	struct ns_pair fresh = {ns_strdup(arena, key), value ? ns_strdup(arena, value) : NULL};
	size_t count = 0;
	for (size_t i = 0; i < metadata->count; i++) {
		if (strcmp(metadata->pairs[i].key, key) != 0) {
			pairs[count++] = metadata->pairs[i];
		} else if (fresh.value) {
			pairs[count++] = fresh;
			fresh.value = NULL;
		}
	}
	if (fresh.value)
		pairs[count++] = fresh;
	*metadata = (struct ns_metadata){pairs, count};
}

char *ns_list_join(const char *const *items, size_t count, struct ns_arena *arena)
{
	size_t size = 1;
	for (size_t i = 0; i < count; i++)
		size += 2 * strlen(items[i]) + 1;
	char *list = ns_alloc(arena, size), *out = list;
	for (size_t i = 0; i < count; i++) {
		if (i)
			*out++ = '\t';
		for (const char *s = items[i]; *s; s++) {
			char plain = *s == '\t' ? 't' : *s == '\n' ? 'n' : *s == '\\' ? '\\' : 0;
			if (plain)
				*out++ = '\\';
			*out++ = plain ? plain : *s;
		}
	}
	return list;
}

void ns_list_split(const char ***items, size_t *count, const char *text, struct ns_arena *arena)
{
	size_t n = *text != '\0';
	for (const char *s = text; *s; s++)
		n += *s == '\t';
	char *copy = ns_strdup(arena, text), *out = copy;
	*items = NS_NEW_ARRAY(arena, const char *, n + 1);
	*count = n;
	for (size_t i = 0; i < n; i++) {
		(*items)[i] = out;
		for (; *text && *text != '\t'; text++) {
			if (*text == '\\' && text[1])
				*out++ = *++text == 't' ? '\t' : *text == 'n' ? '\n' : *text;
			else
				*out++ = *text;
		}
		*out++ = '\0'; /* stands where the tab stood, or where copy ends */
		text += *text == '\t';
	}
}

ptrdiff_t ns_table_find(const struct ns_table *table, const char *name)
{
	for (size_t i = 0; i < table->width; i++)
		if (strcmp(table->columns[i].name, name) == 0)
			return (ptrdiff_t)i;
	return -1;
}

int ns_table_require(size_t *column, const struct ns_table *table, const char *name, struct ns_err *err)
{
	ptrdiff_t found = ns_table_find(table, name);
	if (found >= 0) {
		*column = (size_t)found;
		return NS_OK;
	}
	const char **names = ns_malloc_array(table->width, sizeof *names);
	for (size_t i = 0; i < table->width; i++)
		names[i] = table->columns[i].name;
	const char *near = ns_nearest_name(name, names, table->width);
	free(names);
	return ns_fail(err, NS_EDATA, "%s: no column '%s'%s%s%s", table->source, name, near ? " (did you mean '" : "",
		near ? near : "", near ? "'?)" : "");
}

void ns_table_widen(struct ns_table *table, size_t more, struct ns_arena *arena)
{
	struct ns_column *columns = NS_NEW_ARRAY(arena, struct ns_column, table->width + more);
	if (table->width)
		memcpy(columns, table->columns, table->width * sizeof *columns);
	table->columns = columns;
	table->width += more;
}

static void forget(struct ns_column *column, enum ns_type type)
{
	column->type = type;
	column->bytes = NULL;
	column->cells = NULL;
	column->stride = 0;
	column->array = NULL;
	column->numbers = NULL;
}

void ns_column_set_numbers(struct ns_column *column, const double *numbers)
{
	forget(column, NS_NUMBER);
	column->numbers = numbers;
}

struct ns_column *ns_table_add(struct ns_table *table, const char *name, struct ns_arena *arena)
{
	ns_table_widen(table, 1, arena);
	struct ns_column *column = &table->columns[table->width - 1];
	column->name = name;
	return column;
}

double *ns_table_add_numbers(struct ns_table *table, const char *name, struct ns_arena *arena)
{
	double *numbers = NS_NEW_ARRAY(arena, double, table->rows);
	ns_column_set_numbers(ns_table_add(table, name, arena), numbers);
	return numbers;
}

int ns_column_set_text(struct ns_column *column, const struct ns_span *values, size_t rows, struct ns_arena *arena, struct ns_err *err)
{
	uint64_t total = 0;
	for (size_t row = 0; row < rows; row++) {
		size_t size = values[row].data ? values[row].size : 0;
		if (size > NS_CELL_SIZE || total > UINT32_MAX - size)
			return ns_fail(err, NS_EDATA, "column '%s': too much text: at most 1 GiB in a value and 4 GiB in %zu rows", column->name, rows);
		total += size;
	}
	char *bytes = ns_alloc(arena, (size_t)total);
	struct ns_cell *cells = NS_NEW_ARRAY(arena, struct ns_cell, rows);
	uint32_t at = 0;
	for (size_t row = 0; row < rows; row++) {
		uint32_t size = values[row].data ? (uint32_t)values[row].size : 0;
		if (size)
			memcpy(bytes + at, values[row].data, size);
		cells[row] = (struct ns_cell){at, values[row].data ? size : NS_CELL_MISSING};
		at += size;
	}
	forget(column, NS_TEXT);
	column->bytes = bytes;
	column->cells = cells;
	column->stride = 1;
	return NS_OK;
}

const char *ns_table_where(const struct ns_table *table, size_t row, struct ns_arena *arena)
{
	const char *source = table->source ? table->source : "stdin";
	struct ns_span place = table->places.cells ? ns_column_text(&table->places, row) : (struct ns_span){0};
	if (place.data)
		return ns_format(arena, "%s: %.*s", source, (int)place.size, place.data);
	return ns_format(arena, table->lines ? "%s:%" PRIu64 : "%s: row %" PRIu64, source, ns_table_place(table, row));
}

/* --- names --- */

/* An open-addressing set of names; copies counts how often a name was asked for, so that name.N is found without trying all N. */
struct entry {
	const char *name;
	size_t copies;
};
struct names {
	struct entry *entries;
	size_t mask;
};

static struct entry *find_entry(struct names *names, const char *name)
{
	uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */
	for (const char *c = name; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 0x100000001b3u;
	size_t at = (hash ^ hash >> 32) & names->mask;
	while (names->entries[at].name && strcmp(names->entries[at].name, name) != 0)
		at = (at + 1) & names->mask;
	return &names->entries[at];
}

static const char *trimmed(const char *name, struct ns_arena *arena)
{
	size_t blank = strspn(name, " \t\r\n"), size = strlen(name + blank);
	while (size && strchr(" \t\r\n", name[blank + size - 1]))
		size--;
	return name[blank + size] || blank ? ns_strndup(arena, name + blank, size) : name;
}

/* The name itself where it is free, else name.1, name.2 ...; taken from then on. */
static const char *distinct(struct names *names, const char *name, struct ns_arena *arena)
{
	struct entry *entry = find_entry(names, name);
	const char *free_name = name;
	if (entry->copies) {
		do
			free_name = ns_format(arena, "%s.%zu", name, entry->copies++);
		while (find_entry(names, free_name)->name);
		entry = find_entry(names, free_name);
	}
	*entry = (struct entry){free_name, 1};
	return free_name;
}

void ns_table_clean_names(struct ns_table *table, bool silent, struct ns_arena *arena)
{
	const char *source = table->source ? table->source : "stdin";
	struct names names = {.mask = 4};
	while (names.mask < table->width * 4)
		names.mask *= 2;
	names.entries = NS_NEW_ARRAY(arena, struct entry, names.mask);
	names.mask--;
	for (size_t i = 0; i < table->width; i++) {
		struct ns_column *column = &table->columns[i];
		const char *name = trimmed(column->name, arena);
		if (!*name) {
			name = ns_format(arena, "column_%zu", i + 1);
			if (!silent)
				ns_note("%s: column %zu has no name and becomes '%s'", source, i + 1, name);
		} else if (!silent && strcmp(name, column->name) != 0) {
			ns_note("%s: column %zu: the blanks around '%s' are dropped", source, i + 1, column->name);
		}
		column->name = name;
		find_entry(&names, name)->name = name; /* a later column's own name is not given away */
	}
	for (size_t i = 0; i < table->width; i++) {
		struct ns_column *column = &table->columns[i];
		const char *name = distinct(&names, column->name, arena);
		column->doubled = name != column->name;
		if (!silent && column->doubled)
			ns_note("%s: column %zu: the name '%s' comes again and becomes '%s'", source, i + 1, column->name, name);
		column->name = name;
	}
}

/* --- selection --- */

/* "#5" or "#5-8": true where text has that form. */
static bool parse_positions(unsigned long *first, unsigned long *last, const char *text)
{
	char *end;
	if (text[0] != '#' || text[1] < '0' || text[1] > '9')
		return false;
	errno = 0;
	*first = *last = strtoul(text + 1, &end, 10);
	if (end[0] == '-' && end[1] >= '0' && end[1] <= '9')
		*last = strtoul(end + 1, &end, 10);
	return *end == '\0' && errno == 0;
}

static int fail_name(const struct ns_table *table, const char *name, struct ns_err *err)
{
	const char *source = table->source ? table->source : "stdin";
	const char **names = ns_malloc_array(table->width, sizeof *names);
	for (size_t i = 0; i < table->width; i++)
		names[i] = table->columns[i].name;
	const char *near = ns_nearest_name(name, names, table->width);
	int status = near ? ns_fail(err, NS_EDATA, "%s: no column '%s' (did you mean '%s'?)", source, name, near)
			  : ns_fail(err, NS_EDATA, "%s: no column '%s'", source, name);
	free(names);
	return status;
}

static int select_one(bool *marks, const struct ns_table *table, const char *item, struct ns_err *err)
{
	const char *source = table->source ? table->source : "stdin";
	unsigned long first, last;
	ptrdiff_t at = ns_table_find(table, item);
	if (at >= 0) {
		marks[at] = true;
	} else if (parse_positions(&first, &last, item)) {
		if (first < 1 || first > last)
			return ns_fail(err, NS_EDATA, "%s: '%s' is no range of columns: positions count from 1, the lower first", source, item);
		if (last > table->width)
			return ns_fail(err, NS_EDATA, "%s: no column #%lu: the table has %zu", source, last, table->width);
		for (size_t i = first - 1; i < last; i++)
			marks[i] = true;
	} else if (strpbrk(item, "*?[")) {
		bool hit = false;
		for (size_t i = 0; i < table->width; i++)
			if (fnmatch(item, table->columns[i].name, 0) == 0)
				hit = marks[i] = true;
		if (!hit)
			ns_note("%s: no column is like '%s'", source, item);
	} else {
		return fail_name(table, item, err);
	}
	return NS_OK;
}

int ns_table_select(bool *marks, const struct ns_table *table, const char *const *list, size_t count, struct ns_err *err)
{
	for (size_t i = 0; i < count; i++)
		NS_TRY(select_one(marks, table, list[i], err));
	return NS_OK;
}
