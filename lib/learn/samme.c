#include "learn/samme.h"

#include <float.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/elementary.h"
#include "base/parallel.h"
#include "learn/partition.h"

enum { BLOCK = 1024 };

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
	struct ns_partition partition; /* by the present tree */
	uint32_t *chosen;  /* of each leaf: its most heavy class */
	double *logarithm; /* leaf * classes + class: of its share, less their mean */
	double *factor;    /* class * parts + leaf: what weights are multiplied by */
	size_t room;       /* leaves there is memory for */
};

static bool is_present(const struct state *state, uint32_t class)
{
	return state->tally->start[class + 1] > state->tally->start[class];
}

static void make_room(struct state *state)
{
	if (state->partition.parts <= state->room)
		return;
	state->room = 2 * (size_t)state->partition.parts;
	state->chosen = ns_realloc_array(state->chosen, state->room, sizeof *state->chosen);
	state->logarithm = ns_realloc_array(state->logarithm, state->room, state->classes * sizeof *state->logarithm);
	state->factor = ns_realloc_array(state->factor, state->room, state->classes * sizeof *state->factor);
}

static int64_t weight_of(const struct state *state, uint32_t leaf, uint32_t class)
{
	return state->partition.weight[(size_t)leaf * state->classes + class];
}

/* --- changing weights --- */

struct change {
	struct state *state;
	uint32_t class;
	atomic_llong total; /* integers: blocks may be added in any order */
	struct ns_spread spread;
};

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
	struct state *state = change->state;
	size_t start = state->tally->start[change->class] + block * BLOCK, rest = state->tally->start[change->class + 1] - start;
	size_t count = rest < BLOCK ? rest : BLOCK;
	ns_spread_block(factor, &change->spread, start, count);
	multiply(state->single + start, factor, state->least, count);
	int64_t sum = ns_tally_weigh(state->weight + start, state->tally, state->single + start, start, count);
	atomic_fetch_add_explicit(&change->total, sum, memory_order_relaxed);
}

/* All weights are multiplied by the factor of their leaf and class. */
static void reweigh(struct state *state)
{
	for (uint32_t c = 0; c < state->classes; c++) {
		size_t count = state->tally->start[c + 1] - state->tally->start[c];
		struct change change = {.state = state, .class = c};
		ns_spread_init(&change.spread, &state->partition, state->factor + (size_t)c * state->partition.parts);
		ns_parallel(state->threads, (count + BLOCK - 1) / BLOCK, change_block, &change);
		state->total[c] = change.total;
	}
}

/*
 * Weights of the beginning. A row never gets lighter than 2^-52 of all, as scikit-learn's: a row of weight 1 where weights count rows,
 * else one of mean weight.
 */
static void begin(struct state *state)
{
	const struct ns_tally *tally = state->tally;
	double sum = 0;
	for (uint32_t c = 0; c < state->classes; c++) {
		state->present += is_present(state, c);
		sum += is_present(state, c) ? tally->class_weight[c] : 0;
		state->total[c] = 0;
	}
	state->least = DBL_EPSILON * (tally->row_weight ? (double)tally->bins->rows / sum : 1);
	for (uint32_t c = 0; c < state->classes; c++)
		for (size_t i = tally->start[c]; i < tally->start[c + 1]; i++)
			state->single[i] = 1 / (state->rules->balanced ? state->present * tally->class_weight[c] : sum);
	ns_partition_whole(&state->partition, state->total);
	make_room(state);
	for (uint32_t c = 0; c < state->classes; c++)
		state->factor[c] = 1;
	reweigh(state);
}

/* How much each weight is multiplied by: SAMME.R the more the less probable the class is there, SAMME where it is wrong. */
static void find_factors(struct state *state, double vote)
{
	uint32_t parts = state->partition.parts;
	for (uint32_t leaf = 0; leaf < parts; leaf++)
		for (uint32_t c = 0; c < state->classes; c++) {
			double power = -state->rules->learning_rate * state->logarithm[(size_t)leaf * state->classes + c];
			if (vote != 0)
				power = c == state->chosen[leaf] ? 0 : vote;
			state->factor[(size_t)c * parts + leaf] = weight_of(state, leaf, c) > 0 ? ns_exp(power) : 1;
		}
}

/* Factors such that all weights add up to 1 again. False where they cannot. */
static bool normalise(struct state *state)
{
	uint32_t parts = state->partition.parts;
	double sum = 0;
	for (uint32_t leaf = 0; leaf < parts; leaf++)
		for (uint32_t c = 0; c < state->classes; c++)
			if (weight_of(state, leaf, c) > 0)
				sum += (double)weight_of(state, leaf, c) / ONE * state->factor[(size_t)c * parts + leaf];
	if (!(sum > 0 && sum <= DBL_MAX))
		return false;
	for (size_t i = 0; i < (size_t)parts * state->classes; i++)
		state->factor[i] /= sum;
	return true;
}

/* --- one tree --- */

/* Finds each leaf's most heavy class, the lowest of several. Returns the weight of what is not of it, as a share of all. */
static double choose(struct state *state)
{
	int64_t right = 0, all = 0;
	for (uint32_t leaf = 0; leaf < state->partition.parts; leaf++) {
		uint32_t best = 0;
		for (uint32_t c = 0; c < state->classes; c++) {
			best = weight_of(state, leaf, c) > weight_of(state, leaf, best) ? c : best;
			all += weight_of(state, leaf, c);
		}
		state->chosen[leaf] = best;
		right += weight_of(state, leaf, best);
	}
	return (double)(all - right) / (double)all;
}

/* Less their mean, so that they add up to 0. */
static void find_logarithms(struct state *state, uint32_t leaf)
{
	double *logarithm = state->logarithm + (size_t)leaf * state->classes, mean = 0;
	int64_t all = 0;
	for (uint32_t c = 0; c < state->classes; c++)
		all += weight_of(state, leaf, c);
	for (uint32_t c = 0; c < state->classes; c++) {
		if (!is_present(state, c))
			continue;
		logarithm[c] = ns_log(fmax((double)weight_of(state, leaf, c) / (double)all, DBL_EPSILON));
		mean += logarithm[c] / state->present;
	}
	for (uint32_t c = 0; c < state->classes; c++)
		logarithm[c] = is_present(state, c) ? logarithm[c] - mean : 0;
}

/* What a leaf adds to each class; for two classes what it adds to the second. vote: the tree's weight where it votes, else 0. */
static void write_leaf(double *values, const struct state *state, uint32_t leaf, double vote)
{
	uint32_t width = state->run->width, chosen = state->chosen[leaf];
	const double *logarithm = state->logarithm + (size_t)leaf * state->classes;
	if (width == 1)
		values[0] = vote == 0 ? logarithm[1] - logarithm[0] : chosen ? vote : -vote;
	for (uint32_t c = 0; width > 1 && c < width; c++)
		values[c] = vote == 0 ? logarithm[c] : c == chosen ? vote / (state->present - 1.0) : 0;
}

/* The present tree becomes the run's next. */
static void write_tree(struct state *state, double vote)
{
	struct ns_samme *run = state->run;
	const struct ns_partition *tree = &state->partition;
	size_t at = run->first[run->count];
	if (run->capacity - at < tree->count) {
		run->capacity = 2 * (at + tree->count);
		run->nodes = ns_realloc_array(run->nodes, run->capacity, sizeof *run->nodes);
		run->samples = ns_realloc_array(run->samples, run->capacity, sizeof *run->samples);
		run->values = ns_realloc_array(run->values, run->capacity, run->width * sizeof *run->values);
	}
	memcpy(run->nodes + at, tree->nodes, tree->count * sizeof *tree->nodes);
	memcpy(run->samples + at, tree->samples, tree->count * sizeof *tree->samples);
	uint32_t leaf = 0;
	for (size_t n = 0; n < tree->count; n++)
		if (tree->nodes[n].feature < 0)
			write_leaf(run->values + (at + n) * run->width, state, leaf++, vote);
	run->weights[run->count] = vote == 0 ? 1 : vote;
	run->first[++run->count] = at + tree->count;
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

/* Grows the next tree and weighs anew. False where it is the last. */
static bool boost(struct state *state)
{
	const struct ns_samme_rules *rules = state->rules;
	struct ns_samme *run = state->run;
	if (is_pure(state))
		ns_partition_whole(&state->partition, state->total);
	else
		ns_partition_find(&state->partition, state->weight, state->total, state->single);
	make_room(state);
	double error = choose(state), vote = 0;
	if (rules->votes)
		vote = error > 0 ? rules->learning_rate * (ns_log((1 - error) / error) + ns_log(state->present - 1.0)) : 1;
	bool guesses = rules->votes && !(vote > 0), begins = state->tally->group_count > 0 && !guesses;
	if (guesses && run->count > 0)
		return false;
	if (!begins) {
		ns_partition_whole(&state->partition, state->total);
		vote = 0;
	}
	for (uint32_t leaf = 0; leaf < state->partition.parts; leaf++)
		find_logarithms(state, leaf);
	write_tree(state, vote);
	if (error <= 0 || !begins || run->count == rules->n_estimators)
		return false;
	find_factors(state, vote);
	if (!normalise(state))
		return false;
	reweigh(state);
	return true;
}

static void make_run(struct ns_samme *run, const struct ns_samme_rules *rules, uint32_t classes)
{
	*run = (struct ns_samme){.width = classes == 2 ? 1 : classes};
	run->first = ns_malloc_array(rules->n_estimators + (size_t)1, sizeof *run->first);
	run->first[0] = 0;
	run->weights = ns_malloc_array(rules->n_estimators, sizeof *run->weights);
}

void ns_samme_release(struct ns_samme *run)
{
	free(run->weights);
	free(run->values);
	free(run->samples);
	free(run->nodes);
	free(run->first);
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
	ns_partition_init(&state.partition, tally, &rules->tree, seed, threads);
	begin(&state);
	while (boost(&state))
		;
	ns_partition_release(&state.partition);
	free(state.factor);
	free(state.logarithm);
	free(state.chosen);
	free(state.total);
	free(state.weight);
	free(state.single);
}
