#include "stat/infer_schema.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "stat/infer_column.h"
#include "table/schema.h"
#include "table/yaml.h"

enum { FEW = 10, MANY = 50, TEXT_ROWS = 100, CODES = 20, OFTEN = 5, CATEGORIES = 100 };

struct inference {
	const char *target;
	bool strict;
	uint64_t rows;
	struct ns_infer_column *columns;
	bool *fractions; /* by position in the table: some value is written with a point or exponent */
	size_t count;
	struct ns_reader *reader;
	struct ns_arena *arena;
};

/* --- first pass: types --- */

static bool contradicts(struct inference *in, const struct ns_column *column, size_t row, bool *fraction, bool *some)
{
	double number;
	struct ns_span text;
	switch (ns_reader_value(&number, &text, in->reader, column, row)) {
	case NS_VALUE_MISSING:
		return false;
	case NS_VALUE_NUMBER:
		*some = true;
		for (size_t i = 0; i < text.size && !*fraction; i++)
			*fraction = text.data[i] == '.' || (text.data[i] | 0x20) == 'e';
		return ns_number_is_code(text.data, text.size);
	default:
		return true;
	}
}

/* Looks at every value of the columns whose types are open, and wants each column as what it is. */
static int find_types(struct inference *in, struct ns_err *err)
{
	const struct ns_table *header = ns_reader_header(in->reader);
	bool *texts = NS_NEW_ARRAY(in->arena, bool, header->width), *some = NS_NEW_ARRAY(in->arena, bool, header->width);
	struct ns_table *batch;
	in->fractions = NS_NEW_ARRAY(in->arena, bool, header->width);
	do {
		NS_TRY(ns_reader_next(&batch, in->reader, err));
		in->rows += batch->rows;
		for (size_t i = 0; i < header->width; i++)
			for (size_t row = 0; header->columns[i].type == NS_UNDECIDED && !texts[i] && row < batch->rows; row++)
				texts[i] = contradicts(in, &batch->columns[i], row, &in->fractions[i], &some[i]);
	} while (batch->rows);
	if (in->rows == 0)
		return ns_fail(err, NS_EDATA, "%s: no rows to infer from", header->source);
	for (size_t c = 0; c < in->count; c++) {
		struct ns_infer_column *column = &in->columns[c];
		column->type = header->columns[column->at].type;
		if (column->type == NS_UNDECIDED)
			column->type = texts[column->at] ? NS_TEXT : NS_NUMBER;
		NS_TRY(ns_reader_want(in->reader, column->at, column->type, err));
	}
	return NS_OK;
}

/* --- what a column is --- */

static uint64_t distinct(const struct ns_infer_column *column)
{
	return column->seen.count;
}

static bool all_distinct(const struct ns_infer_column *column)
{
	return !column->closed && distinct(column) == column->values;
}

static bool nearly_distinct(const struct ns_infer_column *column)
{
	uint64_t of = column->closed ? column->seen_of : column->values;
	return of >= MANY && (double)distinct(column) > 0.95 * (double)of;
}

static bool ends_in(const char *name, const char *end)
{
	size_t size = strlen(name), tail = strlen(end);
	return size >= tail && strcmp(name + size - tail, end) == 0;
}

static bool is_named_id(const char *name)
{
	static const char *const whole[] = {"id", "_id", "uuid", "guid"};
	for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
		if (strcasecmp(name, whole[i]) == 0)
			return true;
	return ends_in(name, "_id") || ends_in(name, "_ID") || ends_in(name, "Id");
}

static bool is_named_time(const char *name)
{
	return strcasestr(name, "time") || strcasestr(name, "date") || strcasestr(name, "epoch") || ends_in(name, "_at") ||
	       strcasecmp(name, "ts") == 0 || ends_in(name, "_ts");
}

static bool is_epoch(const struct ns_infer_column *column)
{
	const double from = 315532800, to = 4102444800; /* 1980, 2100 */
	for (double unit = 1; unit <= 1e9; unit *= 1000)
		if (column->low >= from * unit && column->high <= to * unit)
			return true;
	return false;
}

static bool is_time(const struct ns_infer_column *column)
{
	if (column->values == 0)
		return false;
	if (column->type == NS_TEXT)
		return (double)column->times >= 0.95 * (double)column->values;
	return is_epoch(column) && (is_named_time(column->name) || (column->increasing && column->values >= MANY && distinct(column) > CODES));
}

static bool same_digits(const struct ns_infer_column *column)
{
	double low = 1e5;
	while (low * 10 <= column->low)
		low *= 10;
	return column->low >= low && column->high < low * 10;
}

/* Why a column is an id, or NULL. */
static const char *why_id(const struct ns_infer_column *column)
{
	if (column->values < 2 || (column->type == NS_NUMBER && !column->whole))
		return NULL;
	if (is_named_id(column->name) && all_distinct(column))
		return "no value comes twice, and the name says id";
	if (!nearly_distinct(column))
		return NULL;
	if (column->type == NS_TEXT)
		return "text, hardly a value comes twice";
	if (column->strict_up || column->strict_down)
		return "integers in strict order";
	if (column->high - column->low < 2 * (double)column->values)
		return "integers without gaps, hardly one comes twice";
	return same_digits(column) ? "integers of equal length, hardly one comes twice" : NULL;
}

static const char *why_drop(const struct ns_infer_column *column)
{
	uint64_t of = column->closed ? column->seen_of : column->values;
	if (column->values == 0)
		return "no value at all";
	if (column->values >= FEW && distinct(column) == 1 && column->missing == 0)
		return "one value only";
	if (column->type != NS_TEXT)
		return NULL;
	if (distinct(column) > CATEGORIES)
		return "text with more than 100 different values";
	return of >= FEW && distinct(column) * 2 > of ? "text, most values different" : NULL;
}

static enum ns_role role_of(const char **why, const struct inference *in, const struct ns_infer_column *column)
{
	*why = NULL;
	if (in->target && strcmp(in->target, column->name) == 0)
		return NS_ROLE_TARGET;
	if (is_time(column)) {
		*why = column->type == NS_TEXT ? "dates or times" : "times since 1970";
		return NS_ROLE_TIME;
	}
	if (column->type == NS_TEXT && column->commas && (double)column->commas >= 0.95 * (double)column->values) {
		*why = "numbers with commas, which count as text (12,5 is to be 12.5)";
		return NS_ROLE_DROP;
	}
	if ((*why = why_id(column)))
		return NS_ROLE_ID;
	return (*why = why_drop(column)) ? NS_ROLE_DROP : NS_ROLE_FEATURE;
}

static bool has_values(const struct inference *in, const struct ns_infer_column *column, enum ns_role role)
{
	if (column->overflow || column->kept_count == 0 || role == NS_ROLE_ID || role == NS_ROLE_TIME || role == NS_ROLE_DROP)
		return false;
	if (role == NS_ROLE_TARGET)
		return true;
	if (in->strict)
		return true;
	if (column->type == NS_TEXT ? column->values < TEXT_ROWS : !column->whole)
		return false;
	for (size_t i = 0; i < column->kept_count; i++)
		if (column->kept[i].count < OFTEN)
			return false;
	return true;
}

static const char *text_of(const struct ns_infer_value *value, struct ns_arena *arena)
{
	char number[NS_NUMBER_MAX];
	return value->text ? value->text : ns_strndup(arena, number, ns_number_print(number, value->number));
}

static void put_values(struct ns_schema_column *out, const struct ns_infer_column *column, struct ns_arena *arena)
{
	out->values = NS_NEW_ARRAY(arena, struct ns_schema_value, column->kept_count);
	out->values_count = column->kept_count;
	for (size_t i = 0; i < column->kept_count; i++)
		out->values[i] = (struct ns_schema_value){.text = text_of(&column->kept[i], arena), .number = column->kept[i].number};
}

static void make_column(struct ns_schema_column *out, const char **why, const struct inference *in, const struct ns_infer_column *column)
{
	enum ns_role role = role_of(why, in, column);
	bool left_out = role == NS_ROLE_ID || role == NS_ROLE_TIME || role == NS_ROLE_DROP;
	*out = (struct ns_schema_column){
		.name = column->name,
		.type = column->values ? column->type : NS_UNDECIDED,
		.role = role,
		.integer = column->values && column->type == NS_NUMBER && column->whole && !in->fractions[column->at],
		.required = !left_out,
		.may_be_missing = column->missing > 0 || role == NS_ROLE_DROP,
		.unique = role == NS_ROLE_ID && all_distinct(column),
		.low = -INFINITY,
		.high = INFINITY,
	};
	if (has_values(in, column, role)) {
		put_values(out, column, in->arena);
	} else if (in->strict && !left_out && column->type == NS_NUMBER && column->values) {
		out->low = column->low;
		out->high = column->high;
	}
}

/* --- comments --- */

static void put_seen(struct ns_buffer *out, const struct inference *in, const struct ns_infer_column *column)
{
	char low[NS_NUMBER_MAX], high[NS_NUMBER_MAX];
	ns_buffer_printf(out, "%s%" PRIu64 " distinct in %" PRIu64 " rows", column->closed ? "at least " : "", distinct(column), in->rows);
	if (column->missing)
		ns_buffer_printf(out, ", %" PRIu64 " missing", column->missing);
	if (!column->overflow && column->kept_count <= CODES) {
		for (size_t i = 0; i < column->kept_count; i++)
			ns_buffer_printf(out, "%s%s (%" PRIu64 ")", i ? ", " : ": ", text_of(&column->kept[i], in->arena), column->kept[i].count);
	} else if (column->type == NS_NUMBER) {
		size_t low_size = ns_number_print(low, column->low), high_size = ns_number_print(high, column->high);
		ns_buffer_printf(out, ", from %.*s to %.*s", (int)low_size, low, (int)high_size, high);
	}
	if (column->infinite)
		ns_buffer_printf(out, "\n%" PRIu64 " infinite: ns-impute --inf missing takes them as missing", column->infinite);
}

static const char *comment_of(const struct inference *in, const struct ns_infer_column *column, const struct ns_schema_column *made, const char *why)
{
	struct ns_buffer text = NS_BUFFER_INIT(1 << 20);
	if (column->values)
		put_seen(&text, in, column);
	if (why)
		ns_buffer_printf(&text, "%sleft out of the features: %s", text.size ? "\n" : "", why);
	if (made->role == NS_ROLE_FEATURE && column->whole && nearly_distinct(column))
		ns_buffer_printf(&text, "\nhardly a value comes twice: if it is an id, say 'role: id'");
	if (made->role == NS_ROLE_TARGET && made->values_count == 0)
		ns_buffer_printf(&text, "\nmore than %d values, or long ones: is this the label?", NS_INFER_KEPT_MAX);
	const char *kept = ns_strndup(in->arena, text.data ? text.data : "", text.size);
	ns_buffer_release(&text);
	return kept;
}

static const char *preface(const struct inference *in)
{
	const char *source = ns_reader_header(in->reader)->source;
	const char *what = in->target
		? "positive: CLASS says which class is the one looked for, labels: {CLASS: NAME} how classes are called; neither is guessed."
		: "No target was named: -t NAME, or target: NAME here, says which column is the label.";
	return ns_format(in->arena, "Inferred from %s, %" PRIu64 " rows, by ns-validate --infer%s: a first schema, to be read and corrected.\n%s", source,
		in->rows, in->strict ? " --strict" : "", what);
}

/* --- the schema --- */

static int gather(struct inference *in, struct ns_err *err)
{
	struct ns_table *batch;
	NS_TRY(ns_reader_rewind(in->reader, err));
	do {
		NS_TRY(ns_reader_next(&batch, in->reader, err));
		for (size_t i = 0; i < in->count; i++)
			ns_infer_column_batch(&in->columns[i], batch, in->arena);
	} while (batch->rows);
	for (size_t i = 0; i < in->count; i++)
		ns_infer_column_sort(&in->columns[i]);
	return NS_OK;
}

static void start_columns(struct inference *in)
{
	const struct ns_table *header = ns_reader_header(in->reader);
	in->columns = NS_NEW_ARRAY(in->arena, struct ns_infer_column, header->width);
	for (size_t i = 0; i < header->width; i++) {
		if (ns_column_is_ours(&header->columns[i]))
			continue;
		struct ns_infer_column *column = &in->columns[in->count++];
		bool target = in->target && strcmp(in->target, header->columns[i].name) == 0;
		*column = (struct ns_infer_column){.name = header->columns[i].name, .at = i, .keep = target ? NS_INFER_KEPT_MAX : CODES};
		ns_infer_column_start(column, header->width, in->arena);
	}
}

int ns_infer_schema(struct ns_buffer *out, struct ns_reader *reader, const char *target, bool strict, struct ns_arena *arena, struct ns_err *err)
{
	struct inference in = {.target = target, .strict = strict, .reader = reader, .arena = arena};
	size_t position;
	if (target)
		NS_TRY(ns_table_require(&position, ns_reader_header(reader), target, err));
	start_columns(&in);
	NS_TRY(find_types(&in, err));
	NS_TRY(gather(&in, err));
	struct ns_schema schema = {.columns = NS_NEW_ARRAY(arena, struct ns_schema_column, in.count), .count = in.count, .target = target};
	const char **comments = NS_NEW_ARRAY(arena, const char *, in.count);
	for (size_t i = 0; i < in.count; i++) {
		const char *why;
		make_column(&schema.columns[i], &why, &in, &in.columns[i]);
		comments[i] = comment_of(&in, &in.columns[i], &schema.columns[i], why);
	}
	if (ns_yaml_print_comment(out, 0, preface(&in)) || ns_schema_print(out, &schema, comments))
		return ns_fail(err, NS_EDATA, "%s: the schema is larger than %zu bytes", ns_reader_header(reader)->source, out->max);
	return NS_OK;
}
