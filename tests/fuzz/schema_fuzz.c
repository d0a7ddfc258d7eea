/* Any bytes make a schema or one line of refusal; a schema makes the round trip through YAML. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(int good, const char *what)
{
	if (!good) {
		fprintf(stderr, "schema_fuzz: %s\n", what);
		abort();
	}
}

static int same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static int same_values(const struct ns_schema_value *a, size_t a_count, const struct ns_schema_value *b, size_t b_count)
{
	if (a_count != b_count)
		return 0;
	for (size_t i = 0; i < a_count; i++)
		if (!same_text(a[i].text, b[i].text) || !same_text(a[i].meaning, b[i].meaning))
			return 0;
	return 1;
}

static int same_column(const struct ns_schema_column *a, const struct ns_schema_column *b)
{
	return same_text(a->name, b->name) && same_text(a->description, b->description) && same_text(a->pattern, b->pattern) && a->type == b->type &&
	       a->role == b->role && a->integer == b->integer && a->required == b->required && a->may_be_missing == b->may_be_missing &&
	       a->unique == b->unique && a->low == b->low && a->high == b->high && same_values(a->values, a->values_count, b->values, b->values_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_err err = {""};
	struct ns_schema schema, again;
	struct ns_buffer out = NS_BUFFER_INIT(256 << 20);
	int status = ns_schema_parse(&schema, (const char *)data, size, "f", &arena, &err);
	expect(status == NS_OK ? !*err.text : status == NS_ECALL && strncmp(err.text, "f:", 2) == 0, "status and message");
	if (status == NS_OK) {
		expect(ns_schema_print(&out, &schema, NULL) == 0, "print");
		if (ns_schema_parse(&again, out.data, out.size, "f", &arena, &err) != NS_OK) {
			fprintf(stderr, "%.*s\n%s\n", (int)out.size, out.data, err.text);
			expect(0, "what was printed is refused");
		}
		expect(again.count == schema.count && again.allow_extra == schema.allow_extra && same_text(again.target, schema.target) &&
			same_text(again.positive, schema.positive) && same_values(again.labels, again.labels_count, schema.labels, schema.labels_count), "the whole differs");
		for (size_t i = 0; i < schema.count; i++) {
			expect(same_column(&schema.columns[i], &again.columns[i]), "a column differs");
			expect(ns_schema_find(&schema, schema.columns[i].name) == &schema.columns[i], "find");
		}
	}
	ns_buffer_release(&out);
	ns_arena_release(&arena);
	return 0;
}
