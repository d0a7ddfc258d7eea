#include "learn/grids.h"

#include <string.h>

#include "table/yaml.h"

/* A file while it is read. */
struct reading {
	const char *path;
	struct ns_arena *arena;
	struct ns_err *err;
};

#define FAIL(reading, line, ...) ns_yaml_fail((reading)->err, (reading)->path, (line), __VA_ARGS__)

/* One value's text; NULL where it is none. */
static const char *text_of(const struct ns_yaml *node)
{
	if (node->kind != NS_YAML_SCALAR)
		return NULL;
	if (ns_yaml_is_null(node))
		return "None";
	return *node->text ? node->text : NULL;
}

/* Puts what a lower function found wrong behind the place in the file. */
static int place(const struct reading *reading, int line, const struct ns_err *found)
{
	return FAIL(reading, line, "%s", found->text);
}

/* Are these values that the learner takes, and few enough? */
static int check(const struct ns_learner *learner, const struct ns_texts *params, int line, const struct reading *reading)
{
	struct ns_arena scratch = NS_ARENA_INIT;
	struct ns_value **values;
	struct ns_err wrong;
	size_t candidates;
	int status = ns_learner_grid(&values, &candidates, learner, params, &scratch, &wrong);
	ns_arena_release(&scratch);
	return status == NS_OK ? NS_OK : place(reading, line, &wrong);
}

/* "n_estimators=8,16,32" of one parameter of the family. */
static int read_param(const char **param, const struct ns_learner *learner, const struct ns_yaml *node, const struct reading *reading)
{
	struct ns_buffer text = NS_BUFFER_INIT(2 * NS_GRIDS_SIZE_MAX);
	const struct ns_yaml *value = node->kind == NS_YAML_LIST ? node->first : node;
	int failed = ns_buffer_printf(&text, "%s=", node->key);
	bool complete = value != NULL;
	for (const char *comma = ""; value && complete; value = node->kind == NS_YAML_LIST ? value->next : NULL, comma = ",") {
		const char *word = text_of(value);
		complete = word != NULL;
		failed |= complete ? ns_buffer_printf(&text, "%s%s", comma, word) : 0;
	}
	*param = failed ? NULL : ns_strndup(reading->arena, text.data, text.size);
	ns_buffer_release(&text);
	if (!complete || failed)
		return FAIL(reading, node->line, "%s of %s: a value or a list of values is expected, as [8, 16, 32]", node->key, learner->name);
	return check(learner, &(struct ns_texts){param, 1}, node->line, reading);
}

static int read_family(struct ns_grid *grid, const struct ns_yaml *node, const struct reading *reading)
{
	struct ns_err wrong;
	bool bare = ns_yaml_is_null(node);
	grid->learner = ns_learner_find(node->key, &wrong);
	if (!grid->learner)
		return place(reading, node->line, &wrong);
	if (!bare && node->kind != NS_YAML_MAP)
		return FAIL(reading, node->line, "%s: parameters are expected under it, as 'max_depth: [2, 4]', or nothing", node->key);
	grid->params.items = NS_NEW_ARRAY(reading->arena, const char *, node->count);
	for (const struct ns_yaml *param = bare ? NULL : node->first; param; param = param->next)
		NS_TRY(read_param(&grid->params.items[grid->params.count++], grid->learner, param, reading));
	return check(grid->learner, &grid->params, node->line, reading);
}

int ns_grids_parse(struct ns_grids *grids, const char *text, size_t size, const char *path, struct ns_arena *arena, struct ns_err *err)
{
	static const char *const keys[] = {"models"};
	struct reading reading = {path, arena, err};
	struct ns_yaml *root;
	*grids = (struct ns_grids){.path = path};
	NS_TRY(ns_yaml_parse(&root, text, size, path, arena, err));
	if (!root || root->kind != NS_YAML_MAP || root->count == 0)
		return FAIL(&reading, root ? root->line : 1, "no list of models: 'models:' is expected, with families under it");
	for (const struct ns_yaml *node = root->first; node; node = node->next) {
		if (strcmp(node->key, "models") == 0)
			continue;
		const char *near = ns_nearest_name(node->key, keys, 1);
		return FAIL(&reading, node->line, near ? "unknown key '%s' (did you mean '%s'?)" : "unknown key '%s': this is no list of models", node->key, near);
	}
	const struct ns_yaml *models = root->first;
	if (models->kind != NS_YAML_MAP || models->count == 0)
		return FAIL(&reading, models->line, "models: families are expected under it, as 'random-forest:'");
	grids->items = NS_NEW_ARRAY(arena, struct ns_grid, models->count);
	for (const struct ns_yaml *family = models->first; family; family = family->next)
		NS_TRY(read_family(&grids->items[grids->count++], family, &reading));
	return NS_OK;
}

/* Is the parameter of "NAME=..." among those given? */
static bool is_given(const char *param, const struct ns_texts *given)
{
	size_t size = strcspn(param, "=") + 1;
	for (size_t i = 0; i < given->count; i++)
		if (strncmp(given->items[i], param, size) == 0)
			return true;
	return false;
}

int ns_grids_params(struct ns_texts *params, const struct ns_grids *grids, const struct ns_learner *learner, const struct ns_texts *given,
	struct ns_arena *arena, struct ns_err *err)
{
	const struct ns_grid *grid = grids->items;
	while (grid < grids->items + grids->count && grid->learner != learner)
		grid++;
	if (grid == grids->items + grids->count)
		return ns_fail(err, NS_ECALL, "%s has no '%s'; --list --models %s shows what it has", grids->path, learner->name, grids->path);
	struct ns_texts all = {.items = NS_NEW_ARRAY(arena, const char *, grid->params.count + given->count)};
	for (size_t i = 0; i < grid->params.count; i++)
		if (!is_given(grid->params.items[i], given))
			all.items[all.count++] = grid->params.items[i];
	for (size_t i = 0; i < given->count; i++)
		all.items[all.count++] = given->items[i];
	*params = all; /* may be given itself */
	return NS_OK;
}

const char *ns_grids_list(const struct ns_grids *grids, struct ns_arena *arena)
{
	const char *text = "";
	for (size_t i = 0; i < grids->count; i++) {
		text = ns_format(arena, "%s%s", text, grids->items[i].learner->name);
		for (size_t p = 0; p < grids->items[i].params.count; p++)
			text = ns_format(arena, "%s -p %s", text, grids->items[i].params.items[p]);
		text = ns_format(arena, "%s\n", text);
	}
	return text;
}
