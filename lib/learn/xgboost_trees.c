#include "learn/xgboost_trees.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 64 };

/* What is left to read. */
struct ubj {
	const uint8_t *at, *end;
};

static bool take(const uint8_t **bytes, struct ubj *ubj, uint64_t size)
{
	if (size > (uint64_t)(ubj->end - ubj->at))
		return false;
	*bytes = ubj->at;
	ubj->at += size;
	return true;
}

static uint64_t big_endian(const uint8_t *bytes, size_t size)
{
	uint64_t value = 0;
	for (size_t i = 0; i < size; i++)
		value = value << 8 | bytes[i];
	return value;
}

/* Bytes of a value of this type; -1: not of one size. */
static int width_of(uint8_t type)
{
	switch (type) {
	case 'T': case 'F': case 'Z': case 'N': return 0;
	case 'i': case 'U': case 'C': return 1;
	case 'I': return 2;
	case 'l': case 'd': return 4;
	case 'L': case 'D': return 8;
	default: return -1;
	}
}

static bool read_size(uint64_t *size, struct ubj *ubj)
{
	const uint8_t *type, *bytes;
	if (!take(&type, ubj, 1) || !strchr("iUIlL", *type) || !take(&bytes, ubj, (uint64_t)width_of(*type)))
		return false;
	*size = big_endian(bytes, (size_t)width_of(*type)); /* a negative one is too large for what is left */
	return true;
}

static bool next_is(struct ubj *ubj, uint8_t byte)
{
	bool found = ubj->at < ubj->end && *ubj->at == byte;
	ubj->at += found;
	return found;
}

static bool skip(struct ubj *ubj, int depth);

static bool skip_array(struct ubj *ubj, int depth)
{
	const uint8_t *type, *bytes;
	uint64_t count;
	if (next_is(ubj, '$')) {
		if (!take(&type, ubj, 1) || !next_is(ubj, '#') || !read_size(&count, ubj) || width_of(*type) < 0 || count > (uint64_t)(ubj->end - ubj->at))
			return false;
		return take(&bytes, ubj, count * (uint64_t)width_of(*type));
	}
	if (next_is(ubj, '#')) {
		bool fine = read_size(&count, ubj);
		while (fine && count-- > 0)
			fine = skip(ubj, depth);
		return fine;
	}
	while (!next_is(ubj, ']'))
		if (!skip(ubj, depth))
			return false;
	return true;
}

static bool skip_object(struct ubj *ubj, int depth)
{
	const uint8_t *key;
	uint64_t size;
	while (!next_is(ubj, '}'))
		if (!read_size(&size, ubj) || !take(&key, ubj, size) || !skip(ubj, depth))
			return false;
	return true;
}

/* Goes behind the value that begins here. */
static bool skip(struct ubj *ubj, int depth)
{
	const uint8_t *type, *bytes;
	uint64_t size;
	if (depth == 0 || !take(&type, ubj, 1))
		return false;
	if (*type == '{')
		return skip_object(ubj, depth - 1);
	if (*type == '[')
		return skip_array(ubj, depth - 1);
	if (*type == 'S')
		return read_size(&size, ubj) && take(&bytes, ubj, size);
	return width_of(*type) >= 0 && take(&bytes, ubj, (uint64_t)width_of(*type));
}

/* Of the object that begins here: where the value of this key begins. */
static bool find(struct ubj *value, struct ubj object, const char *name)
{
	const uint8_t *key;
	uint64_t size;
	if (!next_is(&object, '{'))
		return false;
	while (!next_is(&object, '}')) {
		if (!read_size(&size, &object) || !take(&key, &object, size))
			return false;
		*value = object;
		if (size == strlen(name) && memcmp(key, name, size) == 0)
			return true;
		if (!skip(&object, DEEPEST))
			return false;
	}
	return false;
}

/* An array of numbers of one type. */
struct column {
	const uint8_t *bytes;
	uint64_t count;
	size_t width;
	bool real;
};

static bool find_column(struct column *column, struct ubj tree, const char *name)
{
	struct ubj ubj;
	const uint8_t *type;
	if (!find(&ubj, tree, name) || !next_is(&ubj, '[') || !next_is(&ubj, '$') || !take(&type, &ubj, 1) || !next_is(&ubj, '#') ||
	    !read_size(&column->count, &ubj) || width_of(*type) < 1 || column->count > (uint64_t)(ubj.end - ubj.at))
		return false;
	column->width = (size_t)width_of(*type);
	column->real = *type == 'd';
	return take(&column->bytes, &ubj, column->count * column->width);
}

static int64_t whole(const struct column *column, size_t i)
{
	int unused = 64 - 8 * (int)column->width;
	return (int64_t)(big_endian(column->bytes + i * column->width, column->width) << unused) >> unused;
}

static float real(const struct column *column, size_t i)
{
	uint32_t bits = (uint32_t)big_endian(column->bytes + i * column->width, column->width);
	float value;
	memcpy(&value, &bits, sizeof value);
	return value;
}

struct columns {
	struct column left, right, feature, condition, missing_left;
};

static bool find_columns(struct columns *columns, struct ubj tree)
{
	return find_column(&columns->left, tree, "left_children") && find_column(&columns->right, tree, "right_children") &&
	       find_column(&columns->feature, tree, "split_indices") && find_column(&columns->condition, tree, "split_conditions") &&
	       find_column(&columns->missing_left, tree, "default_left") && columns->condition.real && columns->left.count >= 1 &&
	       columns->left.count <= INT32_MAX && columns->right.count == columns->left.count && columns->feature.count == columns->left.count &&
	       columns->condition.count == columns->left.count && columns->missing_left.count == columns->left.count;
}

double ns_xgboost_threshold(float t)
{
	if (t > NS_XGBOOST_MOST)
		return DBL_MAX;
	double middle = ((double)nextafterf(t, -INFINITY) + (double)t) / 2; /* exact; a tie rounds to the even one of the two */
	return (float)middle < t ? middle : nextafter(middle, -(double)INFINITY);
}

/*
 * One node; first and second: its children, left + 0 and left + 1. A threshold that no number is below changes them over, to be
 * one that every number is below: doubles have none for it.
 */
static bool convert_node(struct ns_node *node, int64_t *first, int64_t *second, const struct columns *columns, size_t old, uint32_t left, size_t features)
{
	int64_t feature = whole(&columns->feature, old), size = (int64_t)columns->left.count;
	float t = real(&columns->condition, old);
	bool none = t <= -NS_XGBOOST_MOST, missing_left = whole(&columns->missing_left, old) != 0;
	*first = whole(none ? &columns->right : &columns->left, old);
	*second = whole(none ? &columns->left : &columns->right, old);
	if (feature < 0 || feature >= (int64_t)features || !isfinite(t) || *first < 0 || *first >= size || *second < 0 || *second >= size)
		return false;
	*node = (struct ns_node){none ? DBL_MAX : ns_xgboost_threshold(t), (int32_t)feature, left & INT32_MAX, missing_left != none};
	return true;
}

/* Appends a tree's nodes, level by level; those that pruning took out, to which nothing leads, stay behind. */
static bool convert_tree(struct ns_xgboost_trees *trees, const struct columns *columns, size_t features)
{
	size_t start = trees->first[trees->count], size = 1, most = columns->left.count;
	int64_t *old = ns_malloc_array(most + 1, sizeof *old);
	bool fine = true;
	old[0] = 0;
	trees->nodes = ns_realloc_array(trees->nodes, start + most, sizeof *trees->nodes);
	trees->values = ns_realloc_array(trees->values, start + most, sizeof *trees->values);
	for (size_t i = 0; fine && i < size; i++) {
		struct ns_node *node = &trees->nodes[start + i];
		float value = real(&columns->condition, (size_t)old[i]);
		bool leaf = whole(&columns->left, (size_t)old[i]) < 0;
		trees->values[start + i] = leaf ? (double)value : 0;
		if (leaf) {
			*node = (struct ns_node){.threshold = (double)INFINITY, .feature = -1, .left = i & INT32_MAX};
			fine = isfinite(value);
			continue;
		}
		fine = size + 2 <= most && convert_node(node, &old[size], &old[size + 1], columns, (size_t)old[i], (uint32_t)size, features);
		size += 2;
	}
	free(old);
	trees->first[++trees->count] = start + size;
	return fine;
}

/* Training rows that come to each node of a tree: leaves are counted, the others add up their children's. */
static void count_samples(uint32_t *samples, const struct ns_node *nodes, size_t size, const struct ns_xgboost_rows *rows)
{
	memset(samples, 0, size * sizeof *samples);
	for (size_t row = 0; row < rows->count; row++) {
		const float *x = rows->x + row * rows->features;
		uint32_t at = 0;
		while (nodes[at].feature >= 0) {
			double value = (double)x[nodes[at].feature];
			at = nodes[at].left + (isnan(value) ? !nodes[at].missing_left : value > nodes[at].threshold);
		}
		samples[at] += rows->rows[row];
	}
	for (size_t i = size; i-- > 0;)
		if (nodes[i].feature >= 0)
			samples[i] = samples[nodes[i].left] + samples[nodes[i].left + 1];
}

static bool read_trees(struct ns_xgboost_trees *trees, struct ubj ubj, size_t features)
{
	uint64_t count;
	if (!find(&ubj, ubj, "learner") || !find(&ubj, ubj, "gradient_booster") || !find(&ubj, ubj, "model") || !find(&ubj, ubj, "trees") ||
	    !next_is(&ubj, '[') || !next_is(&ubj, '#') || !read_size(&count, &ubj) || count > (uint64_t)(ubj.end - ubj.at))
		return false;
	trees->first = ns_malloc_array(count + 1, sizeof *trees->first);
	trees->first[0] = 0;
	while (trees->count < count) {
		struct columns columns;
		if (!find_columns(&columns, ubj) || !convert_tree(trees, &columns, features) || !skip(&ubj, DEEPEST))
			return false;
	}
	return true;
}

int ns_xgboost_trees_read(struct ns_xgboost_trees *trees, const void *model, size_t size, const struct ns_xgboost_rows *rows, struct ns_err *err)
{
	*trees = (struct ns_xgboost_trees){0};
	if (!read_trees(trees, (struct ubj){model, (const uint8_t *)model + size}, rows->features))
		return ns_fail(err, NS_ECALL, "libxgboost's model is not of the form that its version 1.7 writes");
	trees->samples = ns_malloc_array(trees->first[trees->count], sizeof *trees->samples);
	for (size_t t = 0; t < trees->count; t++)
		count_samples(trees->samples + trees->first[t], trees->nodes + trees->first[t], trees->first[t + 1] - trees->first[t], rows);
	return NS_OK;
}

void ns_xgboost_trees_release(struct ns_xgboost_trees *trees)
{
	free(trees->first);
	free(trees->nodes);
	free(trees->samples);
	free(trees->values);
	*trees = (struct ns_xgboost_trees){0};
}
