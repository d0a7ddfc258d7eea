#include "learn/samme.h"

#include <float.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/elementary.h"
#include "base/parallel.h"

enum { BLOCK = 1024, NODES = NS_SAMME_NODES };

/* Weights add up to about 1; as integers to this. */
static const double ONE = 0x1p61;

struct state {
	const struct ns_tally *tally;
	const struct ns_samme_rules *rules;
	struct ns_samme *run;
	uint32_t classes, present; /* present: that have rows */
	int threads;
	double *single;  /* what a row of weight 1 weighs, of each entry */
	double least;    /* that it may become */
	int64_t *weight; /* of each entry */
	int64_t *total;  /* of each class */
	double *logarithm, *factor; /* side * classes + class */
	struct ns_stump stump;
	struct ns_stump_search *search;
	struct ns_random random;
};

static bool is_present(const struct state *state, uint32_t class)
{
	return state->tally->start[class + 1] > state->tally->start[class];
}

/* A row never gets lighter than 2^-52 of all, as scikit-learn's: a row of weight 1 where weights count rows, else one of mean weight. */
static void begin(struct state *state)
{
	const struct ns_tally *tally = state->tally;
	double sum = 0;
	for (uint32_t c = 0; c < state->classes; c++) {
		state->present += is_present(state, c);
		sum += is_present(state, c) ? tally->class_weight[c] : 0;
	}
	state->least = DBL_EPSILON * (tally->row_weight ? (double)tally->bins->rows / sum : 1);
	for (uint32_t c = 0; c < state->classes; c++)
		for (size_t i = tally->start[c]; i < tally->start[c + 1]; i++)
			state->single[i] = 1 / (state->rules->balanced ? state->present * tally->class_weight[c] : sum);
}

/* --- changing weights --- */

/* What each cell of the stump's group is multiplied by. */
static void factors_of_cells(double *of_cell, const struct state *state, const double *sides)
{
	const struct ns_tally_column *column = &state->tally->columns[state->stump.feature];
	const struct ns_bins_column *values = &state->tally->bins->columns[state->stump.feature];
	uint32_t size = state->tally->groups[column->group].size;
	for (uint32_t cell = 0; cell < size;)
		for (uint32_t code = 0; code < column->codes; code++) {
			double factor = sides[!ns_stump_goes_left(&state->stump, values, code)];
			for (uint32_t i = 0; i < column->stride; i++)
				of_cell[cell++] = factor;
		}
}

/* The group of the stump's column; NULL where it asks nothing. */
static const struct ns_tally_group *group_of(const struct state *state)
{
	if (state->stump.feature == UINT32_MAX)
		return NULL;
	return &state->tally->groups[state->tally->columns[state->stump.feature].group];
}

struct change {
	const struct state *state;
	atomic_llong total; /* integers: blocks may be added in any order */
	uint32_t class;
	double sides[2];
	double of_cell[UINT8_MAX + 1];
};

static void find_block(double *restrict factor, const struct change *change, size_t start, size_t count)
{
	const struct state *state = change->state;
	const struct ns_tally_group *group = group_of(state);
	if (!group) {
		for (size_t i = 0; i < count; i++)
			factor[i] = change->sides[0];
	} else if (group->width == 1) {
		const uint8_t *restrict cell = (const uint8_t *)group->cells + start;
		for (size_t i = 0; i < count; i++)
			factor[i] = change->of_cell[cell[i]];
	} else {
		const struct ns_bins_column *column = &state->tally->bins->columns[state->stump.feature];
		for (size_t i = 0; i < count; i++)
			factor[i] = change->sides[!ns_stump_goes_left(&state->stump, column, ns_tally_cell(group, start + i))];
	}
}

static void multiply(double *restrict single, const double *restrict factor, double least, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		double product = single[i] * factor[i];
		single[i] = product < least ? least : product;
	}
}

static void change_block(void *context, size_t block, int worker)
{
	(void)worker;
	double factor[BLOCK];
	struct change *change = context;
	const struct state *state = change->state;
	size_t start = state->tally->start[change->class] + block * BLOCK, rest = state->tally->start[change->class + 1] - start;
	size_t count = rest < BLOCK ? rest : BLOCK;
	find_block(factor, change, start, count);
	multiply(state->single + start, factor, state->least, count);
	atomic_fetch_add_explicit(&change->total, ns_tally_weigh(state->weight + start, state->tally, state->single + start, start, count), memory_order_relaxed);
}

/* All weights are multiplied by the factor of their side and class. */
static void reweigh(struct state *state)
{
	const struct ns_tally_group *group = group_of(state);
	for (uint32_t c = 0; c < state->classes; c++) {
		size_t start = state->tally->start[c], end = state->tally->start[c + 1];
		struct change change = {.state = state, .class = c, .sides = {state->factor[c], state->factor[state->classes + c]}};
		if (group && group->width == 1)
			factors_of_cells(change.of_cell, state, change.sides);
		ns_parallel(state->threads, (end - start + BLOCK - 1) / BLOCK, change_block, &change);
		state->total[c] = change.total;
	}
}

/* --- one stump --- */

/* The weight of a class on a side; without a stump all is on the first. */
static int64_t on_side(const struct state *state, int side, uint32_t class)
{
	if (state->stump.feature == UINT32_MAX)
		return side == 0 ? state->total[class] : 0;
	return side == 0 ? state->stump.left[class] : state->total[class] - state->stump.left[class];
}

/* A side's most heavy class, the lowest of several. */
static uint32_t choose(const struct state *state, int side)
{
	uint32_t best = 0;
	for (uint32_t c = 1; c < state->classes; c++)
		best = on_side(state, side, c) > on_side(state, side, best) ? c : best;
	return best;
}

/* The weight of what is not of its side's most heavy class, as a share of all. */
static double error_of(const struct state *state)
{
	int64_t wrong = 0, all = 0;
	for (int side = 0; side < 2; side++) {
		uint32_t chosen = choose(state, side);
		for (uint32_t c = 0; c < state->classes; c++) {
			wrong += c == chosen ? 0 : on_side(state, side, c);
			all += on_side(state, side, c);
		}
	}
	return (double)wrong / (double)all;
}

/* Less their mean, so that they add up to 0. */
static void find_logarithms(struct state *state, int side)
{
	uint32_t classes = state->classes;
	double *logarithm = state->logarithm + (size_t)side * classes, mean = 0;
	int64_t all = 0;
	for (uint32_t c = 0; c < classes; c++)
		all += on_side(state, side, c);
	for (uint32_t c = 0; c < classes; c++) {
		if (!is_present(state, c))
			continue;
		logarithm[c] = ns_log(fmax((double)on_side(state, side, c) / (double)all, DBL_EPSILON));
		mean += logarithm[c] / state->present;
	}
	for (uint32_t c = 0; c < classes; c++)
		logarithm[c] = is_present(state, c) ? logarithm[c] - mean : 0;
}

/* What a side adds to each class, as values of a leaf: for two classes what it adds to the second. */
static void write_leaf(double *values, const struct state *state, int side, double vote)
{
	uint32_t chosen = choose(state, side), width = state->run->width;
	const double *logarithm = state->logarithm + (size_t)side * state->classes;
	if (width == 1)
		values[0] = vote == 0 ? logarithm[1] - logarithm[0] : chosen ? vote : -vote;
	for (uint32_t c = 0; width > 1 && c < width; c++)
		values[c] = vote == 0 ? logarithm[c] : c == chosen ? vote / (state->present - 1.0) : 0;
}

/* The stump becomes the run's next; vote: its weight where it votes, else 0. */
static void write_stump(struct state *state, double vote)
{
	struct ns_samme *run = state->run;
	size_t t = run->count++;
	bool asks = state->stump.feature != UINT32_MAX;
	struct ns_node *nodes = run->nodes + t * NODES;
	uint32_t *samples = run->samples + t * NODES;
	for (uint32_t n = 0; n < NODES; n++)
		nodes[n] = (struct ns_node){.threshold = (double)INFINITY, .feature = -1, .left = n};
	samples[0] = (uint32_t)state->tally->bins->rows;
	if (asks) {
		nodes[0] = ns_stump_node(&samples[1], &state->stump, state->tally);
		samples[2] = samples[0] - samples[1];
	}
	for (int side = 0; side <= asks; side++)
		write_leaf(run->values + (t * NODES + (size_t)(asks + side)) * run->width, state, side, vote);
	run->weights[t] = vote == 0 ? 1 : vote;
}

/* By how much the weights of each side and class grow: SAMME.R the more the less probable the class is there, SAMME those that are wrong. */
static void find_factors(struct state *state, double vote)
{
	uint32_t classes = state->classes;
	for (int side = 0; side < 2; side++) {
		uint32_t chosen = choose(state, side);
		for (uint32_t c = 0; c < classes; c++) {
			size_t at = (size_t)side * classes + c;
			double power = vote == 0 ? -state->rules->learning_rate * state->logarithm[at] : c == chosen ? 0 : vote;
			state->factor[at] = on_side(state, side, c) > 0 ? ns_exp(power) : 1;
		}
	}
}

/* Factors such that all weights add up to 1 again. False where they cannot. */
static bool normalise(struct state *state)
{
	uint32_t classes = state->classes;
	double sum = 0;
	for (int side = 0; side < 2; side++)
		for (uint32_t c = 0; c < classes; c++)
			if (on_side(state, side, c) > 0)
				sum += (double)on_side(state, side, c) / ONE * state->factor[(size_t)side * classes + c];
	if (!(sum > 0 && sum <= DBL_MAX))
		return false;
	for (uint32_t i = 0; i < 2 * classes; i++)
		state->factor[i] /= sum;
	return true;
}

/* One class has all the weight: no question would find more. */
static bool is_pure(const struct state *state)
{
	double squares = 0, sum = 0;
	for (uint32_t c = 0; c < state->classes; c++)
		sum += (double)state->total[c];
	for (uint32_t c = 0; c < state->classes; c++)
		squares += (double)state->total[c] / sum * ((double)state->total[c] / sum);
	return 1 - squares <= DBL_EPSILON;
}

/* Grows the next stump and weighs anew. False where it is the last. */
static bool boost(struct state *state)
{
	const struct ns_samme_rules *rules = state->rules;
	struct ns_samme *run = state->run;
	state->stump = (struct ns_stump){.feature = UINT32_MAX};
	if (!is_pure(state))
		ns_stump_find(&state->stump, state->search, state->weight, state->total, &state->random);
	double error = error_of(state), vote = 0;
	if (rules->votes)
		vote = error > 0 ? rules->learning_rate * (ns_log((1 - error) / error) + ns_log(state->present - 1.0)) : 1;
	bool guesses = rules->votes && !(vote > 0), begins = state->tally->group_count > 0 && !guesses;
	if (guesses && run->count > 0)
		return false;
	if (!begins) {
		state->stump.feature = UINT32_MAX;
		vote = 0;
	}
	for (int side = 0; side < 2; side++)
		find_logarithms(state, side);
	write_stump(state, vote);
	if (error <= 0 || !begins || run->count == rules->n_estimators)
		return false;
	find_factors(state, vote);
	if (!normalise(state))
		return false;
	reweigh(state);
	return true;
}

static double *make_doubles(size_t count)
{
	double *made = ns_malloc_array(count, sizeof *made);
	memset(made, 0, count * sizeof *made);
	return made;
}

static void make_run(struct ns_samme *run, const struct ns_samme_rules *rules, uint32_t classes)
{
	size_t nodes = (size_t)rules->n_estimators * NODES;
	*run = (struct ns_samme){.width = classes == 2 ? 1 : classes};
	run->nodes = ns_malloc_array(nodes, sizeof *run->nodes);
	run->samples = ns_malloc_array(nodes, sizeof *run->samples);
	run->values = ns_malloc_array(nodes, run->width * sizeof *run->values);
	run->weights = ns_malloc_array(rules->n_estimators, sizeof *run->weights);
}

void ns_samme_release(struct ns_samme *run)
{
	free(run->weights);
	free(run->values);
	free(run->samples);
	free(run->nodes);
	*run = (struct ns_samme){0};
}

void ns_samme_boost(struct ns_samme *run, const struct ns_samme_rules *rules, const struct ns_tally *tally, uint64_t seed, int threads)
{
	size_t entries = tally->bins->entries;
	uint32_t classes = tally->bins->classes;
	struct state state = {.tally = tally, .rules = rules, .run = run, .classes = classes, .threads = threads};
	make_run(run, rules, classes);
	state.single = ns_malloc_array(entries, sizeof *state.single);
	state.weight = ns_malloc_array(entries, sizeof *state.weight);
	state.total = ns_malloc_array(classes, sizeof *state.total);
	state.logarithm = make_doubles(2 * (size_t)classes);
	state.factor = make_doubles(2 * (size_t)classes);
	state.search = ns_stump_search_new(tally, threads);
	ns_random_init(&state.random, seed, "adaboost", 0, 0);
	begin(&state);
	state.stump.feature = UINT32_MAX;
	for (uint32_t c = 0; c < classes; c++)
		state.factor[c] = 1;
	for (reweigh(&state); boost(&state);)
		;
	ns_stump_search_free(state.search);
	free(state.factor);
	free(state.logarithm);
	free(state.total);
	free(state.weight);
	free(state.single);
}
