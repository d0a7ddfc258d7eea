#include "net/fields.h"

#include <string.h>

#include "base/counts.h"
#include "base/random.h"
#include "base/utf8.h"

/* A field of the document, or of a document in it: a tree whose first node is the document. */
struct node {
	const char *path; /* the column's name, or its beginning */
	size_t path_size;
	const char *name; /* the last part of it */
	size_t column;
	bool is_document;
	size_t child, last, next; /* 0: none */
};

struct tree {
	struct node *nodes;
	size_t count;
	struct ns_counts places; /* of nodes, by their paths */
	const char *source;
	struct ns_arena *arena;
};

/* --- names --- */

static int check_part(const char *part, size_t size, const char *column, const char *source, struct ns_err *err)
{
	if (size == 0)
		return ns_fail(err, NS_EDATA, "%s: column '%s': a field's name, or a part of it between dots, is empty (ns-convert --rename)", source, column);
	if (part[0] == '$')
		return ns_fail(err, NS_EDATA, "%s: column '%s': names that begin with $ are the database's (ns-convert --rename)", source, column);
	return NS_OK;
}

static bool is_reserved(const char *column)
{
	size_t first = strcspn(column, ".");
	return first == 3 && (memcmp(column, "_id", 3) == 0 || memcmp(column, "_ns", 3) == 0);
}

static int check_name(const char *column, const char *source, struct ns_err *err)
{
	size_t parts = 1;
	if (!ns_utf8_valid(column, strlen(column)))
		return ns_fail(err, NS_EDATA, "%s: column '%s': the name is not UTF-8 (iconv -f WINDOWS-1252 -t UTF-8 may be what it needs)",
			source, column);
	if (is_reserved(column))
		return ns_fail(err, NS_EDATA, "%s: column '%s': %s (-x '%s' leaves it out, ns-convert --rename gives it another name)", source, column,
			column[1] == 'i' ? "_id is given by the database, --key says what tells rows apart" : "_ns is where ns-import keeps its keys", column);
	for (const char *part = column;; part++, parts++) {
		size_t size = strcspn(part, ".");
		NS_TRY(check_part(part, size, column, source, err));
		part += size;
		if (!*part)
			break;
	}
	if (parts > NS_FIELDS_DEPTH)
		return ns_fail(err, NS_EDATA, "%s: column '%s': more than %d names between dots, no server nests documents deeper", source, column, NS_FIELDS_DEPTH);
	return NS_OK;
}

/* --- the tree --- */

static size_t add_child(struct tree *tree, size_t parent, struct node node)
{
	size_t at = tree->count++;
	tree->nodes[at] = node;
	size_t last = tree->nodes[parent].last;
	*(last ? &tree->nodes[last].next : &tree->nodes[parent].child) = at;
	tree->nodes[parent].last = at;
	return at;
}

static int fail_conflict(const struct tree *tree, const struct node *other, const char *column, struct ns_err *err)
{
	const char *field = ns_strndup(tree->arena, other->path, other->path_size);
	return ns_fail(err, NS_EDATA, "%s: columns '%s' and '%s': '%s' cannot be both a value and a document (-x leaves one out)", tree->source,
		strcmp(field, column) == 0 ? tree->nodes[other->child].path : field, column, field);
}

static int add_column(struct tree *tree, const char *column, size_t index, struct ns_err *err)
{
	size_t parent = 0, size = 0;
	for (const char *part = column;; part = column + size + 1) {
		size += strcspn(part, ".") + (part != column);
		bool whole = !column[size];
		uint64_t *place = ns_counts_at(&tree->places, ns_hash64(column, size, 0, 0));
		if (*place && (whole || !tree->nodes[*place].is_document))
			return fail_conflict(tree, &tree->nodes[*place], column, err);
		if (!*place)
			*place = add_child(tree, parent, (struct node){column, size, part, index, !whole, 0, 0, 0});
		parent = *place;
		if (whole)
			return NS_OK;
	}
}

static int make_tree(struct tree *tree, const char *const *names, size_t count, struct ns_err *err)
{
	size_t parts = 1;
	for (size_t i = 0; i < count; i++) {
		NS_TRY(check_name(names[i], tree->source, err));
		parts++;
		for (const char *c = names[i]; *c; c++)
			parts += *c == '.';
	}
	tree->nodes = NS_NEW_ARRAY(tree->arena, struct node, parts);
	tree->count = 1;
	for (size_t i = 0; i < count; i++)
		NS_TRY(add_column(tree, names[i], i, err));
	return NS_OK;
}

/* --- the steps --- */

static void add_steps(struct ns_fields *fields, const struct tree *tree, size_t parent)
{
	for (size_t at = tree->nodes[parent].child; at; at = tree->nodes[at].next) {
		const struct node *node = &tree->nodes[at];
		size_t size = node->path_size - (size_t)(node->name - node->path);
		const char *name = ns_strndup(tree->arena, node->name, size);
		fields->steps[fields->count++] = (struct ns_step){node->is_document ? NS_STEP_OPEN : NS_STEP_VALUE, node->column, name, size + 1};
		if (!node->is_document)
			continue;
		add_steps(fields, tree, at);
		fields->steps[fields->count++] = (struct ns_step){.kind = NS_STEP_CLOSE};
	}
}

int ns_fields_make(struct ns_fields *fields, const char *const *names, size_t count, const char *source, struct ns_arena *arena,
	struct ns_err *err)
{
	struct tree tree = {.source = source, .arena = arena};
	int status = make_tree(&tree, names, count, err);
	if (status == NS_OK) {
		*fields = (struct ns_fields){.steps = NS_NEW_ARRAY(arena, struct ns_step, tree.count * 2)};
		add_steps(fields, &tree, 0);
	}
	ns_counts_release(&tree.places);
	return status;
}
