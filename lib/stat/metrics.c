#include "stat/metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/elementary.h"
#include "stat/quantile.h"
#include "stat/ranking.h"

/* a / b; a division by zero gives 0 and is counted. */
static double ratio(struct ns_metrics *metrics, uint64_t a, uint64_t b)
{
	if (b == 0) {
		metrics->undefined++;
		return 0;
	}
	return (double)a / (double)b;
}

static void add_class(struct ns_class_metrics *sum, const struct ns_class_metrics *one, double weight)
{
	sum->precision += one->precision * weight;
	sum->recall += one->recall * weight;
	sum->f1 += one->f1 * weight;
}

/* Precision, recall and F1 of each class and their means. */
static void score_classes(struct ns_metrics *metrics)
{
	uint64_t occurring = 0, in_truth = 0;
	double recalls = 0;
	for (uint32_t c = 0; c < metrics->classes; c++) {
		struct ns_class_metrics *one = &metrics->per_class[c];
		if (one->support == 0 && one->predicted == 0)
			continue;
		uint64_t hits = metrics->confusion[(size_t)c * metrics->classes + c];
		one->precision = ratio(metrics, hits, one->predicted);
		one->recall = ratio(metrics, hits, one->support);
		double both = one->precision + one->recall;
		one->f1 = both > 0 ? 2 * one->precision * one->recall / both : 0;
		add_class(&metrics->macro, one, 1);
		add_class(&metrics->weighted, one, (double)one->support);
		occurring++;
		in_truth += one->support > 0;
		recalls += one->recall; /* 0 where the class is not in the truth */
	}
	struct ns_class_metrics macro = {.support = metrics->rows}, weighted = {.support = metrics->rows};
	add_class(&macro, &metrics->macro, 1 / (double)occurring);
	add_class(&weighted, &metrics->weighted, 1 / (double)metrics->rows);
	metrics->macro = macro;
	metrics->weighted = weighted;
	metrics->balanced_accuracy = recalls / (double)in_truth;
}

/* Matthews' coefficient for any number of classes (J. Gorodkin, "Comparing two K-category assignments", 2004). */
static double correlation(struct ns_metrics *metrics, uint64_t hits)
{
	double n = (double)metrics->rows, both = 0, truth = 0, guess = 0;
	for (uint32_t c = 0; c < metrics->classes; c++) {
		double t = (double)metrics->per_class[c].support, p = (double)metrics->per_class[c].predicted;
		both += t * p;
		truth += t * t;
		guess += p * p;
	}
	double spread = (n * n - truth) * (n * n - guess);
	if (spread > 0)
		return ((double)hits * n - both) / sqrt(spread);
	metrics->undefined++;
	return 0;
}

static uint64_t count_classes(struct ns_metrics *metrics)
{
	uint64_t hits = 0;
	metrics->rows = 0;
	for (uint32_t c = 0; c < metrics->classes; c++)
		metrics->per_class[c] = (struct ns_class_metrics){0};
	for (uint32_t t = 0; t < metrics->classes; t++)
		for (uint32_t p = 0; p < metrics->classes; p++) {
			uint64_t count = metrics->confusion[(size_t)t * metrics->classes + p];
			metrics->per_class[t].support += count;
			metrics->per_class[p].predicted += count;
			metrics->rows += count;
			hits += t == p ? count : 0;
		}
	return hits;
}

void ns_metrics_of_confusion(struct ns_metrics *metrics)
{
	struct ns_class_metrics unknown = {.precision = NAN, .recall = NAN, .f1 = NAN};
	uint64_t hits = count_classes(metrics);
	metrics->undefined = 0;
	metrics->accuracy = metrics->balanced_accuracy = metrics->mcc = metrics->f1 = NAN;
	metrics->roc_auc = metrics->pr_auc = metrics->log_loss = metrics->brier = NAN;
	metrics->macro = metrics->weighted = metrics->rows ? (struct ns_class_metrics){0} : unknown;
	for (uint32_t c = 0; metrics->rows == 0 && c < metrics->classes; c++)
		metrics->per_class[c] = unknown;
	if (metrics->rows == 0)
		return;
	metrics->accuracy = (double)hits / (double)metrics->rows;
	score_classes(metrics);
	metrics->mcc = correlation(metrics, hits);
	metrics->f1 = metrics->positive >= 0 ? metrics->per_class[metrics->positive].f1 : metrics->macro.f1;
}

/* Sorts keys upwards, byte by byte from the lowest; spare is scratch of the same size. Returns the one that holds them. */
static uint64_t *sort_keys(uint64_t *keys, uint64_t *spare, uint64_t count)
{
	uint64_t starts[8][256] = {0};
	for (uint64_t i = 0; i < count; i++)
		for (int digit = 0; digit < 8; digit++)
			starts[digit][keys[i] >> 8 * digit & 0xff]++;
	for (int digit = 0; digit < 8; digit++) {
		uint64_t *start = starts[digit], sum = 0;
		if (start[keys[0] >> 8 * digit & 0xff] == count)
			continue; /* a byte that all have */
		for (int value = 0; value < 256; value++) {
			uint64_t here = start[value];
			start[value] = sum;
			sum += here;
		}
		for (uint64_t i = 0; i < count; i++)
			spare[start[keys[i] >> 8 * digit & 0xff]++] = keys[i];
		uint64_t *swap = keys;
		keys = spare;
		spare = swap;
	}
	return keys;
}

/* The areas of class c. A key has the truth in its lowest bit. keys: room for two per row. */
static struct ns_areas class_areas(const struct ns_metrics *metrics, uint32_t c, const uint32_t *truth, const double *probability, uint64_t *keys)
{
	struct ns_areas areas = {0};
	for (uint64_t i = 0; i < metrics->rows; i++)
		keys[i] = ns_ranking_key(probability[i * metrics->classes + c]) << 1 | (truth[i] == c);
	const uint64_t *sorted = sort_keys(keys, keys + metrics->rows, metrics->rows);
	for (uint64_t left = metrics->rows; left;) {
		uint64_t score = sorted[left - 1] >> 1, tied = 0, hits = 0;
		for (; left && sorted[left - 1] >> 1 == score; left--, tied++)
			hits += sorted[left - 1] & 1;
		ns_areas_add(&areas, tied, hits);
	}
	return areas;
}

void ns_metrics_rank(struct ns_metrics *metrics, const struct ns_areas *areas, uint32_t count)
{
	double rocs = 0, prs = 0;
	uint32_t present = 0;
	for (uint32_t c = 0; c < count; c++) {
		if (areas[c].hits == 0)
			continue;
		rocs += ns_areas_roc(&areas[c]);
		prs += ns_areas_pr(&areas[c]);
		present++;
	}
	metrics->roc_auc = present ? rocs / present : NAN;
	metrics->pr_auc = present ? prs / present : 0;
	metrics->undefined += present == 0; /* average precision without a positive row is 0, as scikit-learn has it */
}

static void score_ranking(struct ns_metrics *metrics, const uint32_t *truth, const double *probability)
{
	uint64_t *keys = ns_malloc_array(metrics->rows, 2 * sizeof *keys);
	struct ns_areas *areas = ns_malloc_array(metrics->classes, sizeof *areas);
	uint32_t count = 0;
	for (uint32_t c = 0; c < metrics->classes; c++)
		if (metrics->per_class[c].support && (metrics->classes != 2 || c == ns_metrics_ranked(metrics->positive)))
			areas[count++] = class_areas(metrics, c, truth, probability, keys);
	ns_metrics_rank(metrics, areas, count);
	free(keys);
	free(areas);
}

double ns_metrics_row_loss(const double *probability, uint32_t classes, uint32_t truth)
{
	double sum = 0, own = 0;
	for (uint32_t c = 0; c < classes; c++) {
		double p = probability[c], eps = 0x1p-52;
		p = p < eps ? eps : p > 1 - eps ? 1 - eps : p;
		sum += p;
		if (c == truth)
			own = p;
	}
	return -ns_log(own / sum);
}

double ns_metrics_row_brier(const double *probability, uint32_t classes, uint32_t truth, uint32_t positive)
{
	double sum = 0;
	for (uint32_t c = 0; c < classes; c++) {
		double off = probability[c] - (truth == c);
		if (classes != 2 || c == positive)
			sum += off * off;
	}
	return sum;
}

static void score_probabilities(struct ns_metrics *metrics, const uint32_t *truth, const double *probability)
{
	struct ns_sum loss = {0}, brier = {0};
	uint32_t positive = ns_metrics_ranked(metrics->positive);
	for (uint64_t i = 0; i < metrics->rows; i++) {
		const double *row = probability + i * metrics->classes;
		ns_sum_add(&loss, ns_metrics_row_loss(row, metrics->classes, truth[i]));
		ns_sum_add(&brier, ns_metrics_row_brier(row, metrics->classes, truth[i], positive));
	}
	metrics->log_loss = ns_sum_value(&loss) / (double)metrics->rows;
	metrics->brier = ns_sum_value(&brier) / (double)metrics->rows;
}

void ns_metrics_compute(struct ns_metrics *metrics, const uint32_t *truth, const uint32_t *prediction, const double *probability,
	uint64_t rows, uint32_t classes, int32_t positive, struct ns_arena *arena)
{
	*metrics = (struct ns_metrics){.classes = classes, .positive = positive};
	metrics->confusion = ns_alloc_array(arena, (size_t)classes * classes, sizeof *metrics->confusion);
	metrics->per_class = NS_NEW_ARRAY(arena, struct ns_class_metrics, classes);
	for (uint64_t i = 0; i < rows; i++)
		metrics->confusion[(size_t)truth[i] * classes + prediction[i]]++;
	ns_metrics_of_confusion(metrics);
	if (probability && rows) {
		score_ranking(metrics, truth, probability);
		score_probabilities(metrics, truth, probability);
	}
}

const char *const ns_metrics_names[] = {"accuracy", "balanced_accuracy", "precision", "recall", "f1", "precision_macro", "recall_macro", "f1_macro",
	"precision_weighted", "recall_weighted", "f1_weighted", "roc_auc", "pr_auc", "log_loss", "brier", "mcc", NULL};

void ns_metrics_values(double values[NS_METRICS], const struct ns_metrics *metrics)
{
	const struct ns_class_metrics *own = metrics->per_class && metrics->positive >= 0 ? &metrics->per_class[metrics->positive] : &metrics->macro;
	const struct ns_class_metrics *macro = &metrics->macro, *weighted = &metrics->weighted;
	const double all[] = {metrics->accuracy, metrics->balanced_accuracy, own->precision, own->recall, own->f1, macro->precision, macro->recall,
		macro->f1, weighted->precision, weighted->recall, weighted->f1, metrics->roc_auc, metrics->pr_auc, metrics->log_loss, metrics->brier,
		metrics->mcc};
	_Static_assert(sizeof all / sizeof *all == NS_METRICS && sizeof ns_metrics_names / sizeof *ns_metrics_names == NS_METRICS + 1, "a name for each value");
	memcpy(values, all, sizeof all);
}

bool ns_metrics_higher_is_better(const char *name)
{
	return strcmp(name, "log_loss") != 0 && strcmp(name, "brier") != 0;
}

bool ns_metrics_value(double *value, bool *higher_is_better, const struct ns_metrics *metrics, const char *name)
{
	double values[NS_METRICS];
	ns_metrics_values(values, metrics);
	for (size_t i = 0; i < NS_METRICS; i++)
		if (!strcmp(name, ns_metrics_names[i])) {
			*value = values[i];
			if (higher_is_better)
				*higher_is_better = ns_metrics_higher_is_better(name);
			return true;
		}
	return false;
}
