#include "learn/balance.h"

#include <math.h>
#include <string.h>

#include "learn/borderline.h"
#include "learn/mixed.h"
#include "learn/oversample.h"
#include "learn/smote.h"
#include "learn/tomek.h"
#include "learn/undersample.h"

/* --- the methods --- */

enum { NEIGHBORS_MAX = 10000 };

#define K_NEIGHBORS {"k_neighbors", "how many near rows of the class to choose from", "5", 1, NEIGHBORS_MAX, true, NULL}

static const struct ns_param of_smote[] = {K_NEIGHBORS, {0}};
static const struct ns_param of_borderline[] = {
	K_NEIGHBORS, {"m_neighbors", "how many near rows decide whether a row is in danger", "10", 1, NEIGHBORS_MAX, true, NULL}, {0}};
static const struct ns_param of_random_over[] = {{"shrinkage", "how far copies are spread out", "None", 0, 1000, false, "None"}, {0}};
static const struct ns_param of_random_under[] = {{"replacement", "draw with replacement", "false", 0, 0, false, "true|false"}, {0}};
static const struct ns_param of_tomek[] = {{0}};

static const struct method {
	const char *text;
	const struct ns_param *params;
	enum ns_sampling_kind kind;
	bool adds, removes;
} methods[] = {
	[NS_SMOTE] = {"smote", of_smote, NS_OVER_SAMPLING, true, false},
	[NS_BORDERLINE_1] = {"borderline-1", of_borderline, NS_OVER_SAMPLING, true, false},
	[NS_BORDERLINE_2] = {"borderline-2", of_borderline, NS_OVER_SAMPLING, true, false},
	[NS_SMOTE_NC] = {"smote-nc", of_smote, NS_OVER_SAMPLING, true, false},
	[NS_RANDOM_OVER] = {"random-over", of_random_over, NS_OVER_SAMPLING, true, false},
	[NS_RANDOM_UNDER] = {"random-under", of_random_under, NS_UNDER_SAMPLING, false, true},
	[NS_TOMEK] = {"tomek", of_tomek, NS_CLEANING, false, true},
	[NS_SMOTE_TOMEK] = {"smote-tomek", of_smote, NS_OVER_SAMPLING, true, true},
};

const char *ns_balance_text(enum ns_balance_name name)
{
	return methods[name].text;
}

bool ns_balance_adds(const struct ns_balance *balance)
{
	return methods[balance->name].adds;
}

bool ns_balance_removes(const struct ns_balance *balance)
{
	return methods[balance->name].removes;
}

bool ns_balance_copies(const struct ns_balance *balance)
{
	return balance->name == NS_RANDOM_UNDER || (balance->name == NS_RANDOM_OVER && !(balance->shrinkage > 0));
}

int ns_balance_read(struct ns_balance *balance, enum ns_balance_name name, const struct ns_texts *strategy, const struct ns_texts *params,
	struct ns_arena *arena, struct ns_err *err)
{
	const struct method *method = &methods[name];
	struct ns_value values[2];
	*balance = (struct ns_balance){.name = name, .shrinkage = NAN};
	if (!method->params->name && params->count)
		return ns_fail(err, NS_ECALL, "-p: %s has no parameters", method->text);
	NS_TRY(ns_param_read(values, method->params, params, method->text, arena, err));
	if (method->params == of_random_over) {
		balance->shrinkage = values[0].number;
	} else if (method->params == of_random_under) {
		balance->replacement = strcmp(values[0].text, "true") == 0;
	} else if (method->params->name) {
		balance->k = (size_t)values[0].number;
		balance->m = method->params == of_borderline ? (size_t)values[1].number : 0;
	}
	return ns_sampling_read(&balance->sampling, method->kind, strategy, arena, err);
}

/* --- what they make of a table --- */

struct making {
	struct ns_balanced *balanced;
	const struct ns_balance *balance;
	const struct ns_training *training;
	const struct ns_labels *labels;
	size_t *counts, *wanted;
	struct ns_arena *arena;
};

static bool grows(const struct making *making, uint32_t class)
{
	return making->wanted[class] != NS_SAMPLING_ASIDE && making->wanted[class] > making->counts[class];
}

static int check_class(const struct making *making, uint32_t class, struct ns_err *err)
{
	size_t rows = making->counts[class], k = making->balance->k, m = making->balance->m;
	const char *name = making->labels->names[class], *source = making->balance->source;
	if (k && rows < 2)
		return ns_fail(err, NS_EDATA, "%s: class '%s' has one row only, which has no neighbour (leave it out, or choose another --strategy)", source,
			name);
	if (rows <= k)
		return ns_fail(err, NS_EDATA, "%s: class '%s' has %zu rows: too few for k_neighbors=%zu (-p k_neighbors=%zu)", source, name, rows, k, rows - 1);
	if (making->training->rows <= m)
		return ns_fail(err, NS_EDATA, "%s: has %zu rows: too few for m_neighbors=%zu (-p m_neighbors=%zu)", source, making->training->rows, m,
			making->training->rows - 1);
	return NS_OK;
}

static int check_table(const struct making *making, struct ns_err *err)
{
	size_t categories = 0, features = making->training->features;
	for (size_t f = 0; making->balance->name == NS_SMOTE_NC && f < features; f++)
		categories += making->balance->categorical[f];
	if (making->balance->name == NS_SMOTE_NC && categories == features)
		return ns_fail(err, NS_EDATA, "%s: every feature is a category, and smote-nc measures nearness by numbers (--method random-over takes any)",
			making->balance->source);
	if (making->balance->name == NS_SMOTE_NC && !categories)
		return ns_fail(err, NS_EDATA, "%s: no feature is a category: --categorical LIST says which are (--method smote is for numbers alone)",
			making->balance->source);
	size_t rows = 0;
	for (uint32_t c = 0; c < making->labels->classes; c++) {
		rows += grows(making, c) ? making->wanted[c] : making->counts[c];
		if (grows(making, c))
			NS_TRY(check_class(making, c, err));
	}
	if (rows >= UINT32_MAX && making->balance->name == NS_SMOTE_TOMEK)
		return ns_fail(err, NS_ECALL, "--strategy makes %zu rows: Tomek links are looked for among fewer than 4,294,967,295", rows);
	return NS_OK;
}

static void draw(struct ns_drawn *drawn, const struct making *making, uint32_t class, size_t count)
{
	const struct ns_balance *balance = making->balance;
	const struct ns_training *training = making->training;
	const struct ns_borderline_params params = {balance->k, balance->m, balance->name == NS_BORDERLINE_2};
	if (balance->name == NS_SMOTE || balance->name == NS_SMOTE_TOMEK)
		ns_smote_draw(drawn, training, class, count, balance->k, making->arena);
	else if (balance->name == NS_SMOTE_NC)
		ns_mixed_draw(drawn, training, balance->categorical, class, count, balance->k, making->arena);
	else if (balance->name == NS_RANDOM_OVER)
		ns_oversample_draw(drawn, training, class, count, balance->shrinkage, making->arena);
	else if (!ns_borderline_draw(drawn, training, class, count, &params, making->arena))
		ns_note("class '%s': no row is in danger, between its own and others: no rows are added", making->labels->names[class]);
}

static void add(const struct making *making)
{
	struct ns_balanced *balanced = making->balanced;
	size_t total = 0;
	balanced->additions = NS_NEW_ARRAY(making->arena, struct ns_addition, making->labels->classes);
	for (uint32_t c = 0; c < making->labels->classes; c++) {
		if (!grows(making, c))
			continue;
		struct ns_drawn *drawn = &balanced->additions[balanced->additions_count++].drawn;
		draw(drawn, making, c, making->wanted[c] - making->counts[c]);
		ns_drawn_gather(drawn, making->training, making->arena);
		total++;
		if (drawn->count)
			ns_note("class '%s': %zu synthetic row%s", making->labels->names[c], drawn->count, drawn->count == 1 ? "" : "s");
	}
	if (!total)
		ns_note("nothing to add: the classes are as large as they should be");
}

static void take_away(const struct making *making)
{
	size_t total = 0;
	uint32_t *copies = NS_NEW_ARRAY(making->arena, uint32_t, making->training->rows);
	ns_undersample_draw(copies, making->training, making->wanted, making->balance->replacement);
	making->balanced->copies = copies;
	for (uint32_t c = 0; c < making->labels->classes; c++) {
		if (making->wanted[c] == NS_SAMPLING_ASIDE || making->wanted[c] == making->counts[c])
			continue;
		ns_note("class '%s': %zu of %zu rows stay", making->labels->names[c], making->wanted[c], making->counts[c]);
		total++;
	}
	if (!total && !making->balance->replacement)
		ns_note("nothing to take away: the classes are as small as they should be");
}

/* --- Tomek links --- */

/* The table with the rows that were added behind it: so many in all. */
static void append(struct ns_training *all, const struct making *making)
{
	const struct ns_training *training = making->training;
	const struct ns_balanced *balanced = making->balanced;
	double **x = NS_NEW_ARRAY(making->arena, double *, training->features), **at = NS_NEW_ARRAY(making->arena, double *, training->features);
	uint32_t *y = NS_NEW_ARRAY(making->arena, uint32_t, all->rows);
	memcpy(y, training->y, training->rows * sizeof *y);
	for (size_t f = 0; f < training->features; f++) {
		x[f] = NS_NEW_ARRAY(making->arena, double, all->rows);
		memcpy(x[f], training->x[f], training->rows * sizeof **x);
	}
	for (size_t i = 0, row = training->rows; i < balanced->additions_count; row += balanced->additions[i++].drawn.count) {
		const struct ns_drawn *drawn = &balanced->additions[i].drawn;
		for (size_t f = 0; f < training->features; f++)
			at[f] = x[f] + row;
		ns_drawn_values(at, drawn, training, making->balance->rounding, 0, drawn->count);
		for (size_t k = 0; k < drawn->count; k++)
			y[row + k] = drawn->class;
	}
	all->x = (const double *const *)x;
	all->y = y;
}

static size_t find_links(bool *gone, const struct making *making, const struct ns_training *all)
{
	bool *from = NS_NEW_ARRAY(making->arena, bool, all->classes);
	for (uint32_t c = 0; c < all->classes; c++)
		from[c] = making->balance->name == NS_SMOTE_TOMEK || making->wanted[c] != NS_SAMPLING_ASIDE;
	return ns_tomek_find(gone, all, from);
}

static void tell_links(const bool *gone, const struct making *making, const struct ns_training *all, size_t total)
{
	size_t *count = NS_NEW_ARRAY(making->arena, size_t, all->classes), *synthetic = NS_NEW_ARRAY(making->arena, size_t, all->classes);
	for (size_t row = 0; row < all->rows; row++) {
		count[all->y[row]] += gone[row];
		synthetic[all->y[row]] += gone[row] && row >= making->training->rows;
	}
	for (uint32_t c = 0; c < all->classes; c++)
		if (count[c])
			ns_note("class '%s': %zu row%s in Tomek links go%s", making->labels->names[c], count[c], count[c] == 1 ? "" : "s",
				synthetic[c] ? ns_format(making->arena, ", %zu of them synthetic", synthetic[c]) : "");
	if (!total)
		ns_note("no Tomek links: no row goes");
}

static void clean(const struct making *making)
{
	struct ns_training all = *making->training;
	struct ns_balanced *balanced = making->balanced;
	size_t rows = all.rows;
	for (size_t i = 0; i < balanced->additions_count; i++)
		all.rows += balanced->additions[i].drawn.count;
	if (all.rows > rows)
		append(&all, making);
	bool *gone = NS_NEW_ARRAY(making->arena, bool, all.rows);
	tell_links(gone, making, &all, find_links(gone, making, &all));
	uint32_t *copies = NS_NEW_ARRAY(making->arena, uint32_t, rows);
	for (size_t row = 0; row < rows; row++)
		copies[row] = !gone[row];
	balanced->copies = copies;
	for (size_t i = 0; i < balanced->additions_count; rows += balanced->additions[i++].drawn.count)
		balanced->additions[i].gone = gone + rows;
}

int ns_balance_make(struct ns_balanced *balanced, const struct ns_balance *balance, const struct ns_training *training, const struct ns_labels *labels,
	struct ns_arena *arena, struct ns_err *err)
{
	struct making making = {balanced, balance, training, labels, NS_NEW_ARRAY(arena, size_t, labels->classes),
		NS_NEW_ARRAY(arena, size_t, labels->classes), arena};
	*balanced = (struct ns_balanced){0};
	for (size_t row = 0; row < training->rows; row++)
		making.counts[training->y[row]]++;
	NS_TRY(ns_sampling_plan(making.wanted, &balance->sampling, making.counts, labels, err));
	NS_TRY(check_table(&making, err));
	if (balance->name == NS_RANDOM_UNDER)
		take_away(&making);
	else if (balance->name != NS_TOMEK)
		add(&making);
	if (balance->name == NS_TOMEK || balance->name == NS_SMOTE_TOMEK)
		clean(&making);
	return NS_OK;
}
