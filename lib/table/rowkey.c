#include "table/rowkey.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/counts.h"
#include "base/number.h"
#include "base/random.h"

static void forget(void *counts)
{
	ns_counts_release(counts);
}

/* How many rows with this key came before. */
static uint64_t count_key(struct ns_rowkey *rowkey, uint64_t key)
{
	if (!rowkey->counts) {
		rowkey->counts = NS_NEW(rowkey->arena, struct ns_counts);
		ns_arena_defer(rowkey->arena, forget, rowkey->counts);
	}
	return (*ns_counts_at(rowkey->counts, key))++;
}

struct name {
	const char *text;
	size_t column;
};

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

static void add_value(struct ns_hasher *hasher, const struct ns_column *column, size_t row)
{
	struct ns_span text = column->numbers ? (struct ns_span){0} : ns_column_text(column, row);
	unsigned char mark = column->numbers ? (isnan(column->numbers[row]) ? 'm' : 'n') : text.data ? 't' : 'm';
	ns_hasher_add(hasher, &mark, 1);
	if (mark == 'n') {
		double value = column->numbers[row] + 0.0; /* -0 is 0 */
		ns_hasher_add(hasher, &value, sizeof value);
	} else if (mark == 't') {
		uint64_t size = text.size;
		ns_hasher_add(hasher, &size, sizeof size);
		ns_hasher_add(hasher, text.data, text.size);
	}
}

void ns_rowkey_order(size_t *columns, size_t count, const struct ns_table *header)
{
	struct name *names = ns_malloc_array(count + 1, sizeof *names);
	for (size_t i = 0; i < count; i++)
		names[i] = (struct name){header->columns[columns[i]].name, columns[i]};
	qsort(names, count, sizeof *names, compare_names);
	for (size_t i = 0; i < count; i++)
		columns[i] = names[i].column;
	free(names);
}

uint64_t ns_rowkey_take(struct ns_rowkey *rowkey, const struct ns_table *batch, size_t row)
{
	struct ns_hasher hasher;
	uint64_t key[2];
	ns_hasher_init(&hasher, rowkey->seed, 0x726f776b6579);
	ns_hasher_add(&hasher, rowkey->purpose, strlen(rowkey->purpose) + 1);
	for (size_t i = 0; i < rowkey->count; i++)
		add_value(&hasher, &batch->columns[rowkey->columns[i]], row);
	ns_hasher_done(key, &hasher);
	if (!rowkey->numbered)
		return key[0];
	uint64_t pair[2] = {key[0], count_key(rowkey, key[0])};
	return ns_hash64(pair, sizeof pair, rowkey->seed, key[1]);
}

int64_t ns_rowkey_fold(uint64_t key, int64_t folds)
{
	return (int64_t)((unsigned __int128)key * (uint64_t)folds >> 64) + 1;
}

bool ns_rowkey_parse_fold(int64_t *fold, int64_t *folds, const char *text)
{
	enum { FOLDS_MAX = 1000000 };
	const char *slash = strchr(text, '/');
	return slash && ns_integer_parse(fold, text, (size_t)(slash - text)) &&
		ns_integer_parse(folds, slash + 1, strlen(slash + 1)) && *folds >= 2 && *folds <= FOLDS_MAX && *fold >= 1 &&
		*fold <= *folds;
}
