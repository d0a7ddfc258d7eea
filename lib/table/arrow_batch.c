#include "table/arrow_codec.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* One RecordBatch being taken apart: nodes and buffers are used up in the order of the columns. */
struct decoder {
	struct ns_flat_vector nodes, buffers, counts; /* counts: of the data buffers of each view column */
	size_t node, buffer, count;                   /* the next of each */
	size_t rows, expanded;
	int codec; /* -1: not compressed */
	struct ns_arrow_body body;
	struct ns_arrow_pool *pool;
	const char *where, *column;
	struct ns_err *err;
};

/* --- buffers --- */

static int fail(const struct decoder *decoder, const char *what, const char *problem)
{
	return ns_fail(decoder->err, NS_EDATA, "%s: column '%s': its %s %s", decoder->where, decoder->column, what, problem);
}

/* Counts what a batch grows to beyond its own bytes. */
static int expand(struct decoder *decoder, size_t size)
{
	if (size > NS_ARROW_EXPANDED_MAX - decoder->expanded)
		return ns_fail(decoder->err, NS_EDATA, "%s: column '%s': the batch grows to more than 8 GiB: write smaller batches", decoder->where, decoder->column);
	decoder->expanded += size;
	return NS_OK;
}

static int unpack(struct ns_span *out, struct decoder *decoder, const char *what)
{
	int64_t size;
	if (out->size < sizeof size)
		return fail(decoder, what, "are too short to be compressed");
	memcpy(&size, out->data, sizeof size);
	*out = (struct ns_span){out->data + sizeof size, out->size - sizeof size};
	if (size == -1)
		return NS_OK;
	if (size < 0)
		return fail(decoder, what, "have a negative size");
	NS_TRY(expand(decoder, (size_t)size));
	struct ns_arrow_space *space = ns_arrow_pool_space(decoder->pool);
	const char *problem = ns_arrow_unpack(space, (size_t)size, &decoder->pool->unpacker, (enum ns_arrow_codec)decoder->codec, out->data, out->size);
	if (problem)
		return ns_fail(decoder->err, NS_EDATA, "%s: column '%s': the compressed form of its %s %s", decoder->where, decoder->column, what, problem);
	*out = (struct ns_span){space->data, (size_t)size};
	return NS_OK;
}

/* The next buffer, unpacked, 8-aligned, of at least `need` bytes. */
static int take_buffer(struct ns_span *out, struct decoder *decoder, size_t need, const char *what)
{
	if (decoder->buffer >= decoder->buffers.count)
		return fail(decoder, what, "are not there: the batch has too few buffers");
	int64_t offset = ns_flat_int64(&decoder->buffers, 16 * decoder->buffer), size = ns_flat_int64(&decoder->buffers, 16 * decoder->buffer + 8);
	decoder->buffer++;
	if (offset < 0 || size < 0 || (uint64_t)offset > decoder->body.size || (uint64_t)size > decoder->body.size - (uint64_t)offset)
		return fail(decoder, what, "reach outside the batch");
	*out = (struct ns_span){decoder->body.data + offset, (size_t)size};
	if (decoder->codec >= 0 && size)
		NS_TRY(unpack(out, decoder, what));
	if (out->size < need)
		return fail(decoder, what, "are cut short");
	if (out->size && (uintptr_t)out->data % 8) {
		struct ns_arrow_space *space = ns_arrow_pool_space(decoder->pool);
		ns_arrow_space_grow(space, 0, out->size);
		memcpy(space->data, out->data, out->size);
		out->data = space->data;
	}
	return NS_OK;
}

static int take_node(int64_t *nulls, struct decoder *decoder)
{
	if (decoder->node >= decoder->nodes.count)
		return ns_fail(decoder->err, NS_EDATA, "%s: column '%s' is not there: the batch has too few nodes", decoder->where, decoder->column);
	int64_t rows = ns_flat_int64(&decoder->nodes, 16 * decoder->node);
	*nulls = ns_flat_int64(&decoder->nodes, 16 * decoder->node + 8);
	decoder->node++;
	if (rows < 0 || (uint64_t)rows != decoder->rows)
		return ns_fail(decoder->err, NS_EDATA, "%s: column '%s' has %" PRId64 " values, the batch %zu rows", decoder->where, decoder->column, rows, decoder->rows);
	return NS_OK;
}

/* The count of nulls in the file is only a hint (-1 = unknown): the bits are counted. */
static int take_validity(struct ns_arrow_array *array, struct decoder *decoder, int64_t nulls)
{
	struct ns_span bits;
	size_t rows = decoder->rows, bytes = rows / 8, present = 0;
	NS_TRY(take_buffer(&bits, decoder, 0, "validity bits"));
	if (!bits.size)
		return nulls > 0 ? fail(decoder, "validity bits", "are not there, and yet it has nulls") : NS_OK;
	if (bits.size < (rows + 7) / 8)
		return fail(decoder, "validity bits", "are cut short");
	const uint8_t *validity = (const uint8_t *)bits.data;
	for (size_t i = 0; i < bytes / 8; i++) {
		uint64_t word;
		memcpy(&word, validity + 8 * i, sizeof word);
		present += (size_t)__builtin_popcountll(word);
	}
	for (size_t i = bytes / 8 * 64; i < rows; i++)
		present += validity[i >> 3] >> (i & 7) & 1;
	array->nulls = rows - present;
	array->validity = array->nulls ? validity : NULL;
	return NS_OK;
}

/* --- text and binary --- */

static bool decreases32(const int32_t *offsets, size_t rows)
{
	int bad = offsets[0] < 0;
	for (size_t i = 0; i < rows; i++)
		bad |= offsets[i + 1] < offsets[i];
	return bad;
}

static bool decreases64(const int64_t *offsets, size_t rows)
{
	int bad = offsets[0] < 0;
	for (size_t i = 0; i < rows; i++)
		bad |= offsets[i + 1] < offsets[i];
	return bad;
}

static int take_text(struct ns_arrow_array *array, struct decoder *decoder)
{
	static const int64_t no_offsets[1] = {0};
	struct ns_span offsets, data;
	size_t rows = decoder->rows, width = ns_arrow_offset_size(&array->type);
	NS_TRY(take_buffer(&offsets, decoder, rows ? (rows + 1) * width : 0, "offsets"));
	NS_TRY(take_buffer(&data, decoder, 0, "bytes"));
	array->values = rows ? (const void *)offsets.data : no_offsets;
	array->data = data.size ? data.data : "";
	array->data_size = data.size;
	if (width == 4 ? decreases32(array->values, rows) : decreases64(array->values, rows))
		return fail(decoder, "offsets", "decrease");
	if ((uint64_t)ns_arrow_offset(array, rows) > data.size)
		return fail(decoder, "offsets", "reach outside its bytes");
	return NS_OK;
}

/* View: i32 length, then up to 12 bytes inline; or their first four, i32 buffer, i32 offset there. data NULL: out of range. */
static struct ns_span view_at(const char *view, const struct ns_span *data, size_t count)
{
	int32_t size, buffer, offset;
	memcpy(&size, view, 4);
	if (size <= 12)
		return (struct ns_span){size < 0 ? NULL : view + 4, (size_t)(size < 0 ? 0 : size)};
	memcpy(&buffer, view + 8, 4);
	memcpy(&offset, view + 12, 4);
	if (buffer < 0 || (size_t)buffer >= count || offset < 0 || (size_t)offset > data[buffer].size || (size_t)size > data[buffer].size - (size_t)offset)
		return (struct ns_span){0};
	return (struct ns_span){data[buffer].data + offset, (size_t)size};
}

/* Puts the values of views one after the other: plain utf8 or binary with 4-byte offsets. */
static int gather_views(struct ns_arrow_array *array, struct decoder *decoder, const char *views, const struct ns_span *data, size_t count)
{
	size_t rows = decoder->rows, total = 0;
	struct ns_arrow_space *offsets = ns_arrow_pool_space(decoder->pool);
	ns_arrow_space_grow(offsets, 0, (rows + 1) * sizeof(int32_t));
	int32_t *ends = (int32_t *)(void *)offsets->data;
	ends[0] = 0;
	for (size_t row = 0; row < rows; row++) {
		struct ns_span text = {"", 0};
		if (!ns_arrow_is_null(array, row))
			text = view_at(views + 16 * row, data, count);
		if (!text.data)
			return fail(decoder, "views", "reach outside their bytes");
		if (text.size > INT32_MAX - total)
			return fail(decoder, "texts", "are more than 2 GiB in one batch: write smaller batches");
		total += text.size;
		ends[row + 1] = (int32_t)total;
	}
	NS_TRY(expand(decoder, total));
	struct ns_arrow_space *bytes = ns_arrow_pool_space(decoder->pool);
	ns_arrow_space_grow(bytes, 0, total + 1);
	for (size_t row = 0; row < rows; row++)
		if (ends[row + 1] > ends[row])
			memcpy(bytes->data + ends[row], view_at(views + 16 * row, data, count).data, (size_t)(ends[row + 1] - ends[row]));
	array->values = ends;
	array->data = bytes->data;
	array->data_size = total;
	return NS_OK;
}

static int take_views(struct ns_arrow_array *array, struct decoder *decoder)
{
	struct ns_span views;
	NS_TRY(take_buffer(&views, decoder, 16 * decoder->rows, "views"));
	if (decoder->count >= decoder->counts.count)
		return fail(decoder, "views", "have no count of buffers");
	int64_t count = ns_flat_int64(&decoder->counts, 8 * decoder->count++);
	if (count < 0 || (uint64_t)count > decoder->buffers.count - decoder->buffer)
		return fail(decoder, "views", "have more buffers than the batch");
	struct ns_span *data = ns_malloc_array((size_t)count, sizeof *data);
	int status = NS_OK;
	for (int64_t i = 0; i < count && status == NS_OK; i++)
		status = take_buffer(&data[i], decoder, 0, "bytes");
	if (status == NS_OK)
		status = gather_views(array, decoder, views.data, data, (size_t)count);
	free(data);
	return status;
}

/* --- columns --- */

static int take_column(struct ns_arrow_array *array, struct decoder *decoder, const struct ns_arrow_type *type, bool view)
{
	int64_t nulls = 0;
	struct ns_span values;
	*array = (struct ns_arrow_array){.type = *type, .rows = decoder->rows};
	NS_TRY(take_node(&nulls, decoder));
	if (type->id == NS_ARROW_NULL) {
		array->nulls = decoder->rows;
		return NS_OK;
	}
	NS_TRY(take_validity(array, decoder, nulls));
	if (view)
		return take_views(array, decoder);
	if (ns_arrow_offset_size(type))
		return take_text(array, decoder);
	size_t need = type->id == NS_ARROW_BOOL ? (decoder->rows + 7) / 8 : decoder->rows * ns_arrow_value_size(type);
	NS_TRY(take_buffer(&values, decoder, need, "values"));
	array->values = values.data;
	return NS_OK;
}

/* An index as it is in the buffer; negative ones become huge. */
static uint64_t index_at(const struct ns_arrow_array *array, size_t row)
{
	const char *at = (const char *)array->values + row * ((size_t)array->type.width / 8);
	uint64_t value = 0;
	memcpy(&value, at, (size_t)array->type.width / 8);
	if (array->type.is_signed && array->type.width < 64 && value >> (array->type.width - 1))
		return UINT64_MAX;
	return value;
}

/* Bytes of text that the rows name. */
static size_t named_bytes(const struct ns_arrow_array *values, const uint32_t *rows, size_t count)
{
	size_t total = 0;
	for (size_t i = 0; i < count; i++)
		total += (size_t)(ns_arrow_offset(values, rows[i] + 1) - ns_arrow_offset(values, rows[i])); /* below 2^31 * 2^31 */
	return total;
}

/* Row 0 of a dictionary's builder is a null: a null index, a null value and a dictionary that was never sent are one case. */
static int clear_dictionary(struct ns_arrow_dictionary *dictionary, struct decoder *decoder)
{
	NS_TRY(expand(decoder, ns_arrow_value_size(&dictionary->values.type)));
	ns_arrow_builder_clear(&dictionary->values);
	ns_arrow_builder_add_null(&dictionary->values);
	return NS_OK;
}

/* Indices as rows of the dictionary's builder. */
static int take_indices(const uint32_t **out, struct decoder *decoder, const struct ns_arrow_field *field)
{
	struct ns_arrow_array indices;
	NS_TRY(take_column(&indices, decoder, &field->index, false));
	struct ns_arrow_space *space = ns_arrow_pool_space(decoder->pool);
	ns_arrow_space_grow(space, 0, (decoder->rows + 1) * sizeof(uint32_t));
	uint32_t *list = (uint32_t *)(void *)space->data;
	uint64_t known = field->dictionary->values.rows - 1;
	for (size_t row = 0; row < decoder->rows; row++) {
		bool null = ns_arrow_is_null(&indices, row);
		uint64_t index = null ? 0 : index_at(&indices, row);
		if (!null && index >= known)
			return fail(decoder, "dictionary", field->dictionary->sent ? "has fewer values than its indices say" : "has not been sent before it: write the stream form of Arrow");
		list[row] = null ? 0 : (uint32_t)index + 1;
	}
	*out = list;
	return NS_OK;
}

static int take_encoded(struct ns_arrow_array *array, struct decoder *decoder, const struct ns_arrow_field *field)
{
	const uint32_t *rows = NULL;
	if (!field->dictionary->values.rows)
		NS_TRY(clear_dictionary(field->dictionary, decoder));
	NS_TRY(take_indices(&rows, decoder, field));
	struct ns_arrow_array values = ns_arrow_builder_array(&field->dictionary->values);
	size_t size = ns_arrow_offset_size(&field->type) ? named_bytes(&values, rows, decoder->rows) : ns_arrow_value_size(&field->type) * decoder->rows;
	NS_TRY(expand(decoder, size));
	struct ns_arrow_builder *builder = ns_arrow_pool_builder(decoder->pool, &field->type);
	if (ns_arrow_builder_add(builder, &values, rows, 0, decoder->rows))
		return fail(decoder, "texts", "are more than 2 GiB in one batch: write smaller batches");
	*array = ns_arrow_builder_array(builder);
	return NS_OK;
}

/* --- batches --- */

static int start(struct decoder *decoder, const struct ns_flat_table *batch, struct ns_arrow_body body, struct ns_arrow_pool *pool, const char *where,
	struct ns_err *err)
{
	struct ns_flat_table compression = ns_flat_child(batch, 3);
	int64_t rows = ns_flat_scalar(batch, 0, 8, 0);
	*decoder = (struct decoder){.codec = -1, .body = body, .pool = pool, .where = where, .err = err};
	decoder->nodes = ns_flat_vector(batch, 1, 16);
	decoder->buffers = ns_flat_vector(batch, 2, 16);
	decoder->counts = ns_flat_vector(batch, 4, 8);
	if (compression.at)
		decoder->codec = (int)ns_flat_scalar(&compression, 0, 1, NS_ARROW_LZ4);
	if (batch->flat->bad)
		return ns_fail(err, NS_EDATA, "%s is damaged", where);
	if (compression.at && ((decoder->codec != NS_ARROW_LZ4 && decoder->codec != NS_ARROW_ZSTD) || ns_flat_scalar(&compression, 1, 1, 0) != 0))
		return ns_fail(err, NS_EDATA, "%s: unknown compression %d: lz4 and zstd are known", where, decoder->codec);
	if (rows < 0 || rows > NS_ARROW_ROWS_MAX || (body.size == 0 && rows > NS_ARROW_EMPTY_ROWS_MAX))
		return ns_fail(err, NS_EDATA, "%s: %" PRId64 " rows in one batch: write smaller batches", where, rows);
	decoder->rows = (size_t)rows;
	pool->spaces_used = pool->builders_used = 0;
	return NS_OK;
}

static int end(const struct decoder *decoder)
{
	if (decoder->node == decoder->nodes.count && decoder->buffer == decoder->buffers.count && decoder->count == decoder->counts.count)
		return NS_OK;
	return ns_fail(decoder->err, NS_EDATA, "%s has more nodes or buffers than its columns need", decoder->where);
}

int ns_arrow_batch_read(struct ns_arrow_array *arrays, size_t *rows, const struct ns_arrow_schema *schema, const struct ns_flat_table *batch,
	struct ns_arrow_body body, struct ns_arrow_pool *pool, const char *where, struct ns_err *err)
{
	struct decoder decoder;
	NS_TRY(start(&decoder, batch, body, pool, where, err));
	for (size_t i = 0; i < schema->width; i++) {
		const struct ns_arrow_field *field = &schema->fields[i];
		decoder.column = field->name;
		if (field->dictionary)
			NS_TRY(take_encoded(&arrays[i], &decoder, field));
		else
			NS_TRY(take_column(&arrays[i], &decoder, &field->type, field->view));
	}
	*rows = decoder.rows;
	return end(&decoder);
}

int ns_arrow_dictionary_read(struct ns_arrow_schema *schema, const struct ns_flat_table *batch, struct ns_arrow_body body, struct ns_arrow_pool *pool,
	const char *where, struct ns_err *err)
{
	struct decoder decoder;
	struct ns_arrow_array values;
	int64_t id = ns_flat_scalar(batch, 0, 8, 0);
	bool delta = ns_flat_scalar(batch, 2, 1, 0) != 0;
	struct ns_flat_table data = ns_flat_child(batch, 1);
	NS_TRY(start(&decoder, &data, body, pool, where, err));
	struct ns_arrow_field *field = NULL;
	for (size_t i = 0; i < schema->width && !field; i++)
		if (schema->fields[i].dictionary && schema->fields[i].dictionary->id == id)
			field = &schema->fields[i];
	if (!field)
		return ns_fail(err, NS_EDATA, "%s is of no column (id %" PRId64 ")", where, id);
	struct ns_arrow_dictionary *dictionary = field->dictionary;
	decoder.column = field->name;
	NS_TRY(take_column(&values, &decoder, &field->type, dictionary->view));
	if (!delta || !dictionary->values.rows)
		NS_TRY(clear_dictionary(dictionary, &decoder));
	if ((int64_t)dictionary->values.rows > NS_ARROW_ROWS_MAX - (int64_t)values.rows)
		return fail(&decoder, "dictionary", "has more than 2^31 - 1 values");
	if (ns_arrow_builder_add(&dictionary->values, &values, NULL, 0, values.rows))
		return fail(&decoder, "dictionary", "has more than 2 GiB of text");
	dictionary->sent = true;
	return end(&decoder);
}
