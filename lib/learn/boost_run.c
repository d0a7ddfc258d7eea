#include "learn/boost_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "base/progress.h"

enum { BLOCK = 1 << 13, LARGE = 1 << 15, TOTAL_BITS = 37, WEIGHT_BITS = 31 };

/* Everything that is as long as the entries, while a run lasts. */
struct boosting {
	const struct ns_boost_options *options;
	const struct ns_boost_cells *cells, *valid; /* valid: held out; NULL: none */
	struct ns_boost_run *run;
	struct ns_booster *booster;
	uint64_t seed;
	int threads;
	uint32_t *weight;
	int weight_exponent;
	double *scores, *valid_scores; /* output * entries + entry */
	float *gradient;
	uint32_t *most;                /* worker * outputs + output */
	uint8_t *drawn, *slots;
	double *losses;                /* the last `patience` that were accepted */
};

void ns_boost_run_release(struct ns_boost_run *run)
{
	ns_grown_release(&run->grown);
	free(run->base);
	*run = (struct ns_boost_run){0};
}

static uint64_t copies_of(const struct ns_boost_cells *cells, size_t entry)
{
	return cells->copies ? cells->copies[entry] : 1;
}

/*
 * Weights as integers: 2^exponent of them, no more than 31 bits each and 37 in all. Every class's own factor first, where factor is not
 * NULL. The greatest weight times the rows stands for the sum, which would depend on the order of adding.
 */
static void fix_weights(struct boosting *boosting, const double *factor)
{
	const struct ns_boost_cells *cells = boosting->cells;
	double most = 0;
	int bits, total_bits;
	for (size_t e = 0; e < cells->entries; e++) {
		double weight = (cells->weight ? cells->weight[e] : 1) * (factor ? factor[cells->y[e]] : 1);
		most = weight > most ? weight : most;
	}
	(void)frexp(most, &bits);
	(void)frexp((double)cells->rows, &total_bits);
	boosting->weight_exponent = (TOTAL_BITS - total_bits < WEIGHT_BITS ? TOTAL_BITS - total_bits : WEIGHT_BITS) - bits;
	for (size_t e = 0; e < cells->entries; e++) {
		double weight = (cells->weight ? cells->weight[e] : 1) * (factor ? factor[cells->y[e]] : 1);
		double scaled = rint(ldexp(weight, boosting->weight_exponent));
		boosting->weight[e] = scaled < 1 ? 1 : (uint32_t)scaled;
	}
}

static void weigh_classes(uint64_t *by_class, const struct boosting *boosting)
{
	const struct ns_boost_cells *cells = boosting->cells;
	memset(by_class, 0, cells->classes * sizeof *by_class);
	for (size_t e = 0; e < cells->entries; e++)
		by_class[cells->y[e]] += copies_of(cells, e) * (boosting->weight ? boosting->weight[e] : 1);
}

/* Integer weights where there are any, then the scores to begin with. Returns the weight of all. */
static uint64_t start_scores(struct boosting *boosting)
{
	const struct ns_boost_cells *cells = boosting->cells;
	uint32_t classes = cells->classes;
	uint64_t *by_class = ns_malloc_array(classes, sizeof *by_class), total = 0;
	double *share = ns_malloc_array(classes, sizeof *share);
	if (cells->weight || boosting->options->balanced) {
		boosting->weight = ns_malloc_array(cells->entries, sizeof *boosting->weight);
		fix_weights(boosting, NULL);
	}
	weigh_classes(by_class, boosting);
	if (boosting->options->balanced) {
		ns_class_weights(share, by_class, classes);
		fix_weights(boosting, share);
		weigh_classes(by_class, boosting);
	}
	for (uint32_t c = 0; c < classes; c++)
		total += by_class[c];
	for (uint32_t c = 0; c < classes; c++)
		share[c] = (double)by_class[c] / (double)total;
	ns_loss_start(boosting->run->base, boosting->options->loss, share, classes);
	for (uint32_t k = 0; k < boosting->run->outputs; k++) {
		for (size_t e = 0; e < cells->entries; e++)
			boosting->scores[k * cells->entries + e] = boosting->run->base[k];
		for (size_t e = 0; boosting->valid && e < boosting->valid->entries; e++)
			boosting->valid_scores[k * boosting->valid->entries + e] = boosting->run->base[k];
	}
	free(share);
	free(by_class);
	return total;
}

static void start(struct boosting *boosting, const struct ns_bits *bits)
{
	const struct ns_boost_options *options = boosting->options;
	const struct ns_boost_cells *cells = boosting->cells;
	size_t outputs = boosting->run->outputs;
	boosting->scores = ns_malloc_array(cells->entries, outputs * sizeof *boosting->scores);
	boosting->gradient = ns_malloc_array(cells->entries, outputs * sizeof *boosting->gradient);
	boosting->most = ns_malloc_array((size_t)boosting->threads, outputs * sizeof *boosting->most);
	if (options->subsample < 1) {
		boosting->drawn = ns_malloc_array(cells->entries, 1);
		boosting->slots = ns_malloc_array(cells->rows + 8, 1);
	}
	if (boosting->valid) {
		boosting->valid_scores = ns_malloc_array(boosting->valid->entries, outputs * sizeof *boosting->valid_scores);
		boosting->losses = ns_malloc_array(options->patience, sizeof *boosting->losses);
		for (uint32_t i = 0; i < options->patience; i++)
			boosting->losses[i] = (double)INFINITY;
	}
	boosting->run->base = ns_malloc_array(outputs, sizeof *boosting->run->base);
	uint64_t total = start_scores(boosting);
	const struct ns_booster_setup setup = {.cells = cells, .bits = bits, .rules = &options->rules, .friedman = options->friedman, .loss = options->loss,
		.factor = options->loss == NS_LOSS_SOFTMAX ? (cells->classes - 1.0) / cells->classes : 1, .rate = options->learning_rate,
		.weight = boosting->weight, .weight_exponent = boosting->weight_exponent, .total_weight = total, .threads = boosting->threads};
	boosting->booster = ns_booster_new(&setup);
}

static void end(struct boosting *boosting)
{
	ns_booster_free(boosting->booster);
	free(boosting->weight);
	free(boosting->scores);
	free(boosting->valid_scores);
	free(boosting->gradient);
	free(boosting->most);
	free(boosting->drawn);
	free(boosting->slots);
	free(boosting->losses);
}

static void descend_block(void *context, size_t block, int worker)
{
	struct boosting *boosting = context;
	size_t entries = boosting->cells->entries, first = block * BLOCK, count = entries - first < BLOCK ? entries - first : BLOCK;
	uint32_t outputs = boosting->run->outputs;
	ns_loss_gradient(boosting->gradient + first, boosting->most + (size_t)worker * outputs, boosting->options->loss, boosting->scores + first,
		boosting->cells->y + first, outputs, entries, count);
}

/* Gradients of all outputs, from the scores as they are before the iteration. */
static void descend(struct boosting *boosting)
{
	size_t entries = boosting->cells->entries;
	uint32_t outputs = boosting->run->outputs;
	int threads = entries >= LARGE ? boosting->threads : 1;
	memset(boosting->most, 0, (size_t)threads * outputs * sizeof *boosting->most);
	ns_parallel(threads, (entries + BLOCK - 1) / BLOCK, descend_block, boosting);
	for (int worker = 1; worker < threads; worker++)
		for (uint32_t k = 0; k < outputs; k++)
			if (boosting->most[(size_t)worker * outputs + k] > boosting->most[k])
				boosting->most[k] = boosting->most[(size_t)worker * outputs + k];
}

static void iterate(struct boosting *boosting, uint32_t iteration)
{
	const struct ns_boost_cells *cells = boosting->cells;
	uint32_t outputs = boosting->run->outputs;
	struct ns_random random;
	if (boosting->drawn) {
		double wanted = floor(boosting->options->subsample * (double)cells->rows);
		ns_random_init(&random, boosting->seed, "gradient-boosting rows", iteration, 0);
		ns_boost_cells_draw(boosting->drawn, boosting->slots, cells, wanted < 1 ? 1 : (size_t)wanted, &random);
	}
	descend(boosting);
	for (uint32_t k = 0; k < outputs; k++) {
		ns_random_init(&random, boosting->seed, "gradient-boosting features", iteration, k);
		ns_booster_grow(&boosting->run->grown, boosting->booster, boosting->scores + k * cells->entries, boosting->gradient + k * cells->entries,
			boosting->most[k], boosting->drawn, &random);
		if (boosting->valid)
			ns_booster_apply(boosting->valid_scores + k * boosting->valid->entries, boosting->booster, &boosting->run->grown, boosting->valid);
	}
	ns_progress_add(1);
}

static double valid_loss(const struct boosting *boosting)
{
	const struct ns_boost_cells *valid = boosting->valid;
	double sum = 0, weights = 0;
	for (size_t e = 0; e < valid->entries; e++) {
		double weight = (double)copies_of(valid, e) * (valid->weight ? valid->weight[e] : 1);
		sum += weight * ns_loss_value(boosting->options->loss, boosting->valid_scores + e, valid->y[e], boosting->run->outputs, valid->entries);
		weights += weight;
	}
	return sum / weights;
}

/* As scikit-learn: goes on as long as the loss is less, by the tolerance, than one of the last few that were. */
static bool goes_on(struct boosting *boosting, uint32_t iteration)
{
	if (!boosting->valid)
		return true;
	double loss = valid_loss(boosting);
	uint32_t patience = boosting->options->patience;
	bool less = false;
	for (uint32_t i = 0; i < patience; i++)
		less |= loss + boosting->options->tolerance < boosting->losses[i];
	if (less)
		boosting->losses[iteration % patience] = loss;
	return less;
}

static void boost(struct ns_boost_run *run, struct boosting *boosting, const struct ns_bits *bits)
{
	uint32_t classes = boosting->cells->classes;
	*run = (struct ns_boost_run){.outputs = boosting->options->loss == NS_LOSS_SOFTMAX ? classes : 1};
	boosting->run = run;
	start(boosting, bits);
	for (uint32_t i = 0; i < boosting->options->iterations; i++) {
		iterate(boosting, i);
		if (!goes_on(boosting, i))
			break;
	}
	end(boosting);
}

bool ns_boost_run_fit(struct ns_boost_run *run, const struct ns_boost_options *options, const struct ns_boost_cells *cells, const struct ns_bits *bits, uint64_t seed,
	int threads)
{
	bool weighted = cells->weight || options->balanced;
	const struct ns_bits *marks = bits && ns_booster_marks(cells, &options->rules, weighted) ? bits : NULL;
	struct boosting boosting = {.options = options, .cells = cells, .seed = seed, .threads = threads};
	if (!options->patience) {
		boost(run, &boosting, marks);
		return true;
	}
	struct ns_boost_cells train, valid;
	struct ns_random random;
	ns_random_init(&random, seed, "gradient-boosting held out", 0, 0);
	*run = (struct ns_boost_run){0};
	if (!ns_boost_cells_split(&train, &valid, cells, options->held_out, &random))
		return false;
	boosting.cells = &train;
	boosting.valid = &valid;
	boost(run, &boosting, NULL);
	ns_boost_cells_release(&train);
	ns_boost_cells_release(&valid);
	return true;
}
