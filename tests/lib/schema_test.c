#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "table/schema.h"
#include "table/yaml.h"

static struct ns_schema *parse(const char *text, struct ns_arena *arena)
{
	struct ns_err err = {""};
	struct ns_schema *schema = NS_NEW(arena, struct ns_schema);
	if (ns_schema_parse(schema, text, strlen(text), "schema.yaml", arena, &err) != NS_OK)
		fail_msg("%s\n%s", err.text, text);
	return schema;
}

static struct ns_schema *read_file(const char *path, struct ns_arena *arena)
{
	struct ns_err err = {""};
	struct ns_schema *schema = NS_NEW(arena, struct ns_schema);
	if (ns_schema_read(schema, path, arena, &err) != NS_OK)
		fail_msg("%s", err.text);
	return schema;
}

static const struct ns_schema_column *column_of(const struct ns_schema *schema, const char *name)
{
	const struct ns_schema_column *column = ns_schema_find(schema, name);
	assert_non_null(column);
	return column;
}

static void expect_text(const char *text, const char *expected)
{
	if (!text || !expected)
		assert_ptr_equal(text, expected);
	else
		assert_string_equal(text, expected);
}

static void expect_values(const struct ns_schema_value *a, size_t a_count, const struct ns_schema_value *b, size_t b_count)
{
	assert_int_equal(a_count, b_count);
	for (size_t i = 0; i < a_count; i++) {
		expect_text(a[i].text, b[i].text);
		expect_text(a[i].meaning, b[i].meaning);
		assert_true(a[i].number == b[i].number || (isnan(a[i].number) && isnan(b[i].number)));
	}
}

static void expect_equal(const struct ns_schema *a, const struct ns_schema *b)
{
	expect_text(a->target, b->target);
	expect_text(a->positive, b->positive);
	expect_values(a->labels, a->labels_count, b->labels, b->labels_count);
	assert_int_equal(a->allow_extra, b->allow_extra);
	assert_int_equal(a->count, b->count);
	for (size_t i = 0; i < a->count; i++) {
		const struct ns_schema_column *x = &a->columns[i], *y = &b->columns[i];
		expect_text(x->name, y->name);
		expect_text(x->description, y->description);
		expect_text(x->pattern, y->pattern);
		assert_int_equal(x->type, y->type);
		assert_int_equal(x->role, y->role);
		assert_true(x->integer == y->integer && x->required == y->required && x->may_be_missing == y->may_be_missing && x->unique == y->unique);
		assert_true(x->low == y->low && x->high == y->high);
		expect_values(x->values, x->values_count, y->values, y->values_count);
	}
}

/* What is printed reads back equal, and prints the same again. */
static void expect_round_trip(const struct ns_schema *schema, const char *const *comments, struct ns_arena *arena)
{
	struct ns_buffer first = NS_BUFFER_INIT(1 << 20), second = NS_BUFFER_INIT(1 << 20);
	assert_int_equal(ns_schema_print(&first, schema, comments), 0);
	const struct ns_schema *again = parse(ns_strndup(arena, first.data, first.size), arena);
	expect_equal(schema, again);
	assert_int_equal(ns_schema_print(&second, again, comments), 0);
	assert_int_equal(first.size, second.size);
	assert_memory_equal(first.data, second.data, first.size);
	ns_buffer_release(&first);
	ns_buffer_release(&second);
}

static void full_form_is_read(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	const struct ns_schema *schema = read_file("tests/data/schema/full.yaml", &arena);
	assert_int_equal(schema->count, 10);
	assert_string_equal(schema->target, "label");
	assert_string_equal(schema->positive, "1");
	assert_true(schema->allow_extra);
	expect_text(ns_schema_label(schema, "1"), "attack");
	expect_text(ns_schema_label(schema, "0.0"), "normal");
	expect_text(ns_schema_label(schema, "2"), NULL);
	const struct ns_schema_column *id = column_of(schema, "flow_id");
	assert_string_equal(id->description, "a number the probe gave");
	assert_int_equal(id->type, NS_TEXT);
	assert_int_equal(id->role, NS_ROLE_ID);
	assert_true(id->unique && id->required && !id->may_be_missing);
	assert_int_equal(regexec(&id->regex, "0123abcd", 0, NULL, 0), 0);
	assert_int_equal(regexec(&id->regex, "0123abcx", 0, NULL, 0), REG_NOMATCH);
	assert_int_equal(id->line, 8);
	assert_int_equal(column_of(schema, "start")->role, NS_ROLE_TIME);
	const struct ns_schema_column *duration = column_of(schema, "duration");
	assert_true(duration->low == 0 && duration->high == INFINITY && duration->may_be_missing && !duration->integer);
	const struct ns_schema_column *port = column_of(schema, "port");
	assert_true(port->type == NS_NUMBER && port->integer && port->high == 65535);
	const struct ns_schema_column *protocol = column_of(schema, "protocol");
	assert_int_equal(protocol->values_count, 3);
	assert_string_equal(protocol->values[1].text, "udp");
	assert_true(isnan(protocol->values[1].number) && !protocol->values[1].meaning);
	const struct ns_schema_column *states = column_of(schema, "state");
	assert_int_equal(states->values_count, 3);
	assert_string_equal(states->values[1].meaning, "open");
	assert_true(states->values[1].number == 1 && !states->values[2].meaning);
	assert_int_equal(column_of(schema, "probe")->role, NS_ROLE_DROP);
	assert_false(column_of(schema, "probe")->required);
	assert_int_equal(column_of(schema, "comment")->role, NS_ROLE_DROP);
	assert_false(column_of(schema, "comment")->required);
	const struct ns_schema_column *note = &schema->columns[9];
	assert_string_equal(note->name, "note");
	assert_true(note->role == NS_ROLE_DROP && !note->required && note->may_be_missing && note->type == NS_UNDECIDED);
	assert_int_equal(column_of(schema, "label")->role, NS_ROLE_TARGET);
	assert_false(column_of(schema, "label")->required);
	assert_null(ns_schema_find(schema, "absent"));
	ns_arena_release(&arena);
}

static void list_of_maps_is_read(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	const struct ns_schema *schema = read_file("tests/data/schema/list.yaml", &arena);
	assert_int_equal(schema->count, 31);
	assert_string_equal(schema->columns[0].name, "having_IP_Address");
	assert_string_equal(schema->columns[30].name, "Result");
	assert_true(!schema->target && !schema->positive && !schema->labels && !schema->allow_extra);
	for (size_t i = 0; i < schema->count; i++) {
		const struct ns_schema_column *column = &schema->columns[i];
		assert_true(column->type == NS_NUMBER && column->integer && column->required && column->may_be_missing && column->role == NS_ROLE_FEATURE);
	}
	ns_arena_release(&arena);
}

static void one_map_is_read(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	const struct ns_schema *schema = read_file("tests/data/schema/map.yaml", &arena);
	assert_int_equal(schema->count, 6);
	assert_int_equal(column_of(schema, "src_ip")->type, NS_TEXT);
	assert_true(column_of(schema, "src_bytes")->integer);
	assert_true(column_of(schema, "duration")->type == NS_NUMBER && !column_of(schema, "duration")->integer);
	assert_int_equal(column_of(schema, "encrypted")->type, NS_UNDECIDED);
	assert_int_equal(column_of(schema, "seen_at")->role, NS_ROLE_TIME);
	ns_arena_release(&arena);
}

static void target_with_labels_is_read(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	const struct ns_schema *schema = read_file("tests/data/schema/target.yaml", &arena);
	assert_string_equal(schema->target, "Result");
	assert_int_equal(column_of(schema, "Result")->role, NS_ROLE_TARGET);
	assert_null(schema->positive);
	expect_text(ns_schema_label(schema, "0"), "phishing");
	expect_text(ns_schema_label(schema, "1.0"), "legitimate");
	ns_arena_release(&arena);
}

static void drop_and_categorical_columns_are_read(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	const struct ns_schema *schema = read_file("tests/data/schema/drop.yaml", &arena);
	assert_int_equal(schema->count, 6);
	assert_true(column_of(schema, "mode")->type == NS_TEXT && !column_of(schema, "mode")->integer);
	assert_true(column_of(schema, "serial")->role == NS_ROLE_DROP && !column_of(schema, "serial")->required);
	assert_true(column_of(schema, "index")->role == NS_ROLE_DROP && !column_of(schema, "index")->required);
	ns_arena_release(&arena);
}

static void names_alone_and_bare_columns_are_read(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	const struct ns_schema *schema = parse("\xef\xbb\xbf" "columns:\r\n  - a\r\n  - ' b '\r\n  - c:\r\n  - d: {role: target, codes: {0: no, 1: yes}}\r\n", &arena);
	assert_int_equal(schema->count, 4);
	assert_string_equal(schema->columns[1].name, "b");
	assert_int_equal(schema->columns[2].type, NS_UNDECIDED);
	assert_string_equal(schema->target, "d");
	expect_text(ns_schema_label(schema, "1"), "yes");
	schema = parse("columns: {a: {range: [1, 2]}, b: {pattern: x}}", &arena);
	assert_int_equal(schema->columns[0].type, NS_NUMBER);
	assert_int_equal(schema->columns[1].type, NS_TEXT);
	ns_arena_release(&arena);
}

static void phishing_schema_is_sound(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	const struct ns_schema *schema = read_file("schema/phishing.yaml", &arena);
	assert_int_equal(schema->count, 31);
	assert_string_equal(schema->target, "Result");
	assert_string_equal(schema->positive, "-1");
	expect_text(ns_schema_label(schema, "-1"), "phishing");
	expect_text(ns_schema_label(schema, "1"), "legitimate");
	const struct ns_schema *list = read_file("tests/data/schema/list.yaml", &arena);
	size_t with_zero = 0;
	for (size_t i = 0; i < schema->count; i++) {
		const struct ns_schema_column *column = &schema->columns[i];
		assert_string_equal(column->name, list->columns[i].name);
		assert_true(column->description && column->integer && !column->may_be_missing);
		assert_in_range(column->values_count, 2, 3);
		for (size_t k = 0; k < column->values_count; k++)
			with_zero += column->values[k].number == 0;
	}
	assert_int_equal(with_zero, 9); /* eight columns with three codes, and Redirect */
	ns_arena_release(&arena);
}

/* Every message once. */
static const struct {
	const char *text, *message;
} wrong_schemas[] = {
	/* YAML */
	{"columns:\n  a: &x int64\n", "schema.yaml:2: anchors such as '&x' are not read; write the value out"},
	{"columns:\n  a: *x\n", "schema.yaml:2: aliases such as '*x' are not read; write the value out"},
	{"columns:\n  a: !!str int64\n", "schema.yaml:2: tags such as 'tag:yaml.org,2002:str' are not read; leave it out"},
	{"columns: {a: int64}\ncolumns: {b: int64}\n", "schema.yaml:2: 'columns' stands there twice, first on line 1"},
	{"? [a]\n: b\n", "schema.yaml:1: a key must be a word, not a list or a map"},
	{"columns: {a: int64}\n---\nb: 1\n", "schema.yaml:2: a second document ('---') begins here; keep one"},
	{"columns:\n  a: \"x\\0y\"\n", "schema.yaml:2: a NUL character is no text"},
	{"columns:\n  a: \xff\n", "schema.yaml:2: byte 0xff is not UTF-8; save the file as UTF-8"},
	{"columns:\n  a: \x01\n", "schema.yaml:2: control characters are not allowed"},
	{"columns:\n\ta: int64\n", "schema.yaml:2: found character that cannot start any token, while scanning for the next token"},
	{"columns: [[[[[[[[[[[[[[[[[[[[a]]]]]]]]]]]]]]]]]]]]\n", "schema.yaml:1: nested more than 16 deep"},
	/* the whole */
	{"# nothing\n", "schema.yaml:1: nothing is in it; a schema has 'columns'"},
	{"- a\n- b\n", "schema.yaml:1: a map with 'columns' is expected"},
	{"target: x\n", "schema.yaml:1: 'columns' is missing"},
	{"columns: {a: int64}\ntargt: a\n", "schema.yaml:2: unknown key 'targt' (did you mean 'target'?)"},
	{"columns: int64\n", "schema.yaml:1: columns: the names and types of the columns are expected, as in 'columns: {age: number}'"},
	{"columns:\n  - a: int64\n    b: int64\n", "schema.yaml:2: columns: one column a list item is expected, as in '- age: number'"},
	{"columns:\n  ' ': int64\n", "schema.yaml:2: a column without a name"},
	{"columns:\n  - a: int64\n  - b: int64\n  - 'a ': text\n", "schema.yaml:4: column 'a' stands there twice, first on line 2"},
	{"columns: {a: text}\nextra: maybe\n", "schema.yaml:2: extra: refuse or allow is expected"},
	/* a column */
	{"columns:\n  age: [int64]\n", "schema.yaml:2: column 'age': a type or a map is expected, not a list"},
	{"columns:\n  age:\n    tpye: number\n", "schema.yaml:3: column 'age': unknown key 'tpye' (did you mean 'type'?)"},
	{"columns:\n  age: nmber\n", "schema.yaml:2: column 'age': unknown type 'nmber' (did you mean 'number'?)"},
	{"columns:\n  age: xyzzyplugh\n", "schema.yaml:2: column 'age': unknown type 'xyzzyplugh'; it is number, integer or text"},
	{"columns:\n  age: {type: [a]}\n", "schema.yaml:2: column 'age': type: a word is expected"},
	{"columns:\n  age: {role: featur}\n", "schema.yaml:2: column 'age': unknown role 'featur' (did you mean 'feature'?)"},
	{"columns:\n  age: {role: xyzzyplugh}\n", "schema.yaml:2: column 'age': unknown role 'xyzzyplugh'; it is feature, target, id, time or drop"},
	{"columns:\n  age: {missing: maybe}\n", "schema.yaml:2: column 'age': missing: true or false is expected"},
	{"columns:\n  age: {range: [1]}\n", "schema.yaml:2: column 'age': range: two numbers are expected, as in [0, 100] or [0, null]"},
	{"columns:\n  age: {range: [0, old]}\n", "schema.yaml:2: column 'age': range: 'old' is not a number"},
	{"columns:\n  age: {range: [2, 1]}\n", "schema.yaml:2: column 'age': range: no number lies between 2 and 1"},
	{"columns:\n  age: {values: 1}\n", "schema.yaml:2: column 'age': values: a list, as in [0, 1], is expected"},
	{"columns:\n  age: {codes: [1]}\n", "schema.yaml:2: column 'age': codes: a map, as in {0: no, 1: yes}, is expected"},
	{"columns:\n  age: {values: []}\n", "schema.yaml:2: column 'age': values: nothing is listed"},
	{"columns:\n  age: {values: [[1]]}\n", "schema.yaml:2: column 'age': values: a single value is expected, not a list or a map"},
	{"columns:\n  age: {values: [1, null]}\n", "schema.yaml:2: column 'age': values: null is no value; say 'missing: true'"},
	{"columns:\n  age: {values: [1, 2, 1.0]}\n", "schema.yaml:2: column 'age': values: '1.0' stands there twice"},
	{"columns:\n  age: {type: text, values: [a, a]}\n", "schema.yaml:2: column 'age': values: 'a' stands there twice"},
	{"columns:\n  age: {values: [1], codes: {1: one}}\n", "schema.yaml:2: column 'age': 'values' and 'codes': codes are values with what they mean; keep one of the two"},
	{"columns:\n  age: {type: number, values: [a]}\n", "schema.yaml:2: column 'age': values: 'a' is not a number"},
	{"columns:\n  age: {type: integer, values: [1.5]}\n", "schema.yaml:2: column 'age': values: '1.5' is not an integer"},
	{"columns:\n  age: {codes: {3: x}, range: [0, 2]}\n", "schema.yaml:2: column 'age': codes: '3' lies outside the range"},
	{"columns:\n  age: {values: [a], pattern: '^b$'}\n", "schema.yaml:2: column 'age': values: 'a' does not match the pattern"},
	{"columns:\n  age: {type: number, pattern: a}\n", "schema.yaml:2: column 'age': 'pattern' is for text, the type for numbers"},
	{"columns:\n  age: {range: [0, 1], pattern: a}\n", "schema.yaml:2: column 'age': 'pattern' is for text, 'range' for numbers"},
	{"columns:\n  age: {type: text, range: [0, 1]}\n", "schema.yaml:2: column 'age': 'range' is for numbers, the type is text"},
	{"columns:\n  age: {pattern: '(a'}\n", "schema.yaml:2: column 'age': pattern '(a': Unmatched ( or \\("},
	{"columns:\n  age: {pattern: '(a)\\1'}\n", "schema.yaml:2: column 'age': pattern '(a)\\1': back-references such as \\1 are not allowed"},
	{"columns:\n  age: {pattern: '((a{200})*){200}'}\n", "schema.yaml:2: column 'age': pattern '((a{200})*){200}': repetitions make it too long"},
	{"columns:\n  age: {pattern: '((((((((((((((((((((((((((((((((('}\n",
		"schema.yaml:2: column 'age': pattern '(((((((((((((((((((((((((((((((((': groups are nested too deep"},
	/* lists of names */
	{"columns: {a: int64}\nnumerical_columns: a\n", "schema.yaml:2: numerical_columns: a list of column names is expected"},
	{"columns: {a: int64}\nnumerical_columns:\n  - a: 1\n", "schema.yaml:3: numerical_columns: a column's name is expected"},
	{"columns: {age: int64}\nnumerical_columns:\n  - agee\n", "schema.yaml:3: numerical_columns: 'agee' is none of the columns (did you mean 'age'?)"},
	{"columns: {a: int64}\nnumerical_columns: [a]\ncategorical_columns: [a]\n", "schema.yaml:3: column 'a' stands in numerical_columns and in categorical_columns"},
	{"columns: {a: text}\nnumerical_columns: [a]\n", "schema.yaml:2: column 'a' stands in numerical_columns, its type on line 1 is text"},
	{"columns: {a: {values: [x]}}\nnumerical_columns: [a]\n", "schema.yaml:2: column 'a' stands in numerical_columns, its value 'x' is not a number"},
	{"columns: {a: {range: [0, 1]}}\ncategorical_columns: [a]\n", "schema.yaml:2: column 'a' stands in categorical_columns, its range on line 1 is for numbers"},
	{"columns: {a: text, b: text}\ntarget: b\ndrop_columns: [b]\n", "schema.yaml:3: drop_columns: 'b' is the target"},
	{"columns:\n  a: {role: id}\ndrop_columns: [a]\n", "schema.yaml:2: column 'a' is dropped by line 3 and has another role here"},
	{"columns: {a: text}\ndrop_columns: [b, b]\n", "schema.yaml:2: column 'b' stands there twice, first on line 2"},
	/* the target */
	{"columns: {Result: int64}\ntarget: Resutl\n", "schema.yaml:2: the target 'Resutl' is none of the columns (did you mean 'Result'?)"},
	{"columns: {a: text}\ntarget: [a]\n", "schema.yaml:2: target: a column's name is expected"},
	{"columns: {a: text}\ntarget: a\ntarget_column: a\n", "schema.yaml:3: 'target' and 'target_column' say the same; keep one of the two"},
	{"columns:\n  a: {role: feature}\ntarget: a\n", "schema.yaml:2: column 'a' is the target by line 3 and has another role here"},
	{"columns:\n  a: {role: target}\n  b: {role: target}\n", "schema.yaml:3: two targets: 'a' and 'b'"},
	{"columns: {a: text}\nlabels: {0: no}\n", "schema.yaml:2: labels: no target is given; say 'target: NAME'"},
	{"columns: {a: text}\ntarget: a\nlabels: [0]\n", "schema.yaml:3: labels: a map is expected, as in {0: normal, 1: attack}"},
	{"columns: {a: text}\ntarget: a\nlabels: {1: x, 1.0: y}\n", "schema.yaml:3: labels: '1.0' stands there twice"},
	{"columns: {a: {values: [0, 1]}}\ntarget: a\nlabels: {2: x}\n", "schema.yaml:3: labels: '2' is none of the values of 'a'"},
	{"columns: {a: text}\npositive: 1\n", "schema.yaml:2: positive: no target is given; say 'target: NAME'"},
	{"columns: {a: text}\ntarget: a\npositive: [1]\n", "schema.yaml:3: positive: one of the target's values is expected"},
	{"columns: {a: text}\ntarget: a\nlabels: {0: no, 1: yes}\npositive: 2\n", "schema.yaml:4: positive: '2' is none of the labels"},
	{"columns: {a: text}\ntarget: a\nlabels: {0: no, 1: attack}\npositive: attack\n", "schema.yaml:4: positive: 'attack' is the readable name; say '1', the value in the data"},
	{"columns: {a: {values: [0, 1]}}\ntarget: a\npositive: 2\n", "schema.yaml:3: positive: '2' is none of the values of 'a'"},
};

static void wrong_schemas_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof wrong_schemas / sizeof *wrong_schemas; i++) {
		struct ns_arena arena = NS_ARENA_INIT;
		struct ns_err err = {""};
		struct ns_schema schema;
		int status = ns_schema_parse(&schema, wrong_schemas[i].text, strlen(wrong_schemas[i].text), "schema.yaml", &arena, &err);
		if (status != NS_ECALL || strcmp(err.text, wrong_schemas[i].message) != 0)
			fail_msg("status %d, '%s', expected '%s' from\n%s", status, err.text, wrong_schemas[i].message, wrong_schemas[i].text);
		ns_arena_release(&arena);
	}
}

/* Appends `text` `times` times. */
static void repeat(struct ns_buffer *buffer, const char *text, size_t times)
{
	for (size_t i = 0; i < times; i++)
		assert_int_equal(ns_buffer_append(buffer, text, strlen(text)), 0);
}

static void expect_too_large(const struct ns_buffer *buffer, const char *message)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_err err = {""};
	struct ns_schema schema;
	assert_int_equal(ns_schema_parse(&schema, buffer->data, buffer->size, "schema.yaml", &arena, &err), NS_ECALL);
	assert_string_equal(err.text, message);
	ns_arena_release(&arena);
}

static void limits_hold(void **state)
{
	(void)state;
	struct ns_buffer buffer = NS_BUFFER_INIT(32 << 20);
	repeat(&buffer, "# nothing but comment\n", (16 << 20) / 20);
	expect_too_large(&buffer, "schema.yaml:1: more than 16 MiB is no schema");
	buffer.size = 0;
	repeat(&buffer, "- a\n", (1 << 20) + 1);
	expect_too_large(&buffer, "schema.yaml:1048576: more than 1048576 entries");
	buffer.size = 0;
	repeat(&buffer, "columns: {a: text}\ntarget: a\nlabels:\n", 1);
	for (int i = 0; i <= 1000; i++)
		assert_int_equal(ns_buffer_printf(&buffer, "  %d: x\n", i), 0);
	expect_too_large(&buffer, "schema.yaml:3: labels: more than 1000");
	buffer.size = 0;
	repeat(&buffer, "columns: {a: {pattern: ", 1);
	repeat(&buffer, "b", 1001);
	repeat(&buffer, "}}", 1);
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_err err = {""};
	struct ns_schema schema;
	assert_int_equal(ns_schema_parse(&schema, buffer.data, buffer.size, "schema.yaml", &arena, &err), NS_ECALL);
	assert_non_null(strstr(err.text, "bbb...': longer than 1000 bytes"));
	ns_arena_release(&arena);
	ns_buffer_release(&buffer);
}

static void missing_file_is_the_calls_fault(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_err err = {""};
	struct ns_schema schema;
	assert_int_equal(ns_schema_read(&schema, "tests/data/schema/absent.yaml", &arena, &err), NS_ECALL);
	assert_non_null(strstr(err.text, "tests/data/schema/absent.yaml"));
	ns_arena_release(&arena);
}

static void stored_schemas_make_the_round_trip(void **state)
{
	(void)state;
	static const char *const paths[] = {"tests/data/schema/full.yaml", "tests/data/schema/list.yaml", "tests/data/schema/map.yaml",
		"tests/data/schema/target.yaml", "tests/data/schema/drop.yaml", "schema/phishing.yaml"};
	struct ns_arena arena = NS_ARENA_INIT;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		expect_round_trip(read_file(paths[i], &arena), NULL, &arena);
	ns_arena_release(&arena);
}

static struct ns_schema_column odd_column(const char *name, enum ns_type type, struct ns_schema_value *values, size_t count)
{
	return (struct ns_schema_column){.name = name, .description = name, .type = type, .required = true, .low = -INFINITY, .high = INFINITY,
		.values = values, .values_count = count};
}

/* Texts that YAML takes for something else, as names, values and meanings. */
static void odd_texts_make_the_round_trip(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	char long_name[3000];
	memset(long_name, 'n', sizeof long_name - 1);
	long_name[sizeof long_name - 1] = '\0';
	const char *const texts[] = {"1", "-1", "1e5", "0x1f", "017", "null", "~", "true", "No", "y", "inf", ".inf", "2020-01-01", "12:30:45", "-", "--- a",
		"...", "? a", ": a", "a: b", "a #b", "# a", "a,b", "[a]", "{a}", "&a", "*a", "!a", "%a", "@a", "`a", "|", ">", "'", "''", "\"", "\\", "\\n", "a'b", "it's \"x\"",
		"a\nb", "a\tb", "a\rb", "\x01", "\x7f", "\xc2\x85", "\xc2\x80", "\xe2\x80\xa8", "\xef\xbb\xbf", "\xef\xbf\xbf", "\xc3\xa9t\xc3\xa9", "\xf0\x9f\x90\x9f", "<<", "=", "a  b", "a b", long_name};
	const size_t count = sizeof texts / sizeof *texts;
	struct ns_schema_value *values = NS_NEW_ARRAY(&arena, struct ns_schema_value, count);
	struct ns_schema_value *codes = NS_NEW_ARRAY(&arena, struct ns_schema_value, count);
	struct ns_schema_column *columns = NS_NEW_ARRAY(&arena, struct ns_schema_column, count);
	const char **comments = NS_NEW_ARRAY(&arena, const char *, count);
	for (size_t i = 0; i < count; i++) {
		char *end;
		double number = strtod(texts[i], &end);
		bool is_number = *end == '\0' && strcmp(texts[i], "0x1f") != 0;
		values[i] = codes[i] = (struct ns_schema_value){texts[i], is_number ? number : NAN, NULL};
		codes[i].meaning = i % 5 == 4 ? NULL : texts[count - 1 - i];
		comments[i] = i % 2 ? NULL : texts[i];
	}
	for (size_t i = 0; i < count; i++)
		columns[i] = odd_column(texts[i], i % 3 ? NS_TEXT : NS_UNDECIDED, i % 2 ? values : codes, count);
	columns[0].pattern = "^'[[:space:]]\\.\"$";
	columns[0].type = NS_TEXT;
	columns[0].values = NULL;
	columns[0].values_count = 0;
	columns[3].role = NS_ROLE_TARGET;
	struct ns_schema schema = {.columns = columns, .count = count, .target = texts[3], .positive = "1", .labels = codes, .labels_count = count};
	expect_round_trip(&schema, NULL, &arena);
	expect_round_trip(&schema, comments, &arena);
	ns_arena_release(&arena);
}

static void print_looks_as_documented(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_buffer out = NS_BUFFER_INIT(1 << 16);
	const struct ns_schema *schema = parse("target: y\npositive: 1\nlabels: {0: ham, 1: spam}\ncolumns:\n  id: {type: text, role: id, unique: true}\n"
		"  x: {type: number, range: [null, 2.5], missing: true, description: it's 1}\n  y: {type: integer, values: [0, 1]}\n", &arena);
	const char *const comments[] = {"mostly different: an id\nleft out of the features", NULL, NULL};
	assert_int_equal(ns_schema_print(&out, schema, comments), 0);
	assert_string_equal(ns_strndup(&arena, out.data, out.size),
		"target: 'y'\npositive: 1\nlabels:\n  0: ham\n  1: spam\nextra: refuse\ncolumns:\n"
		"  # mostly different: an id\n  # left out of the features\n  id:\n    type: text\n    role: id\n    required: true\n    missing: false\n    unique: true\n"
		"  x:\n    description: 'it''s 1'\n    type: number\n    role: feature\n    required: true\n    missing: true\n    range: [null, 2.5]\n"
		"  'y':\n    type: integer\n    role: target\n    required: true\n    missing: false\n    values: [0, 1]\n");
	ns_buffer_release(&out);
	out.max = 100;
	assert_int_equal(ns_schema_print(&out, schema, comments), -1);
	ns_buffer_release(&out);
	ns_arena_release(&arena);
}

static void comments_cannot_break_out(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_buffer out = NS_BUFFER_INIT(1 << 10);
	assert_int_equal(ns_yaml_print_comment(&out, 2, "a\rb\x01\xff\xe2\x80\xa8" "c\n\nd"), 0);
	assert_string_equal(ns_strndup(&arena, out.data, out.size), "  # a?b???c\n  #\n  # d\n");
	ns_buffer_release(&out);
	ns_arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_form_is_read),
		cmocka_unit_test(list_of_maps_is_read),
		cmocka_unit_test(one_map_is_read),
		cmocka_unit_test(target_with_labels_is_read),
		cmocka_unit_test(drop_and_categorical_columns_are_read),
		cmocka_unit_test(names_alone_and_bare_columns_are_read),
		cmocka_unit_test(phishing_schema_is_sound),
		cmocka_unit_test(wrong_schemas_are_refused),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(missing_file_is_the_calls_fault),
		cmocka_unit_test(stored_schemas_make_the_round_trip),
		cmocka_unit_test(odd_texts_make_the_round_trip),
		cmocka_unit_test(print_looks_as_documented),
		cmocka_unit_test(comments_cannot_break_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
