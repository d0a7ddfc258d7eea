#include "stat/metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/elementary.h"
#include "stat/quantile.h"

/* a / b; a division by zero gives 0 and is counted. */
static double ratio(struct ns_metrics *metrics, uint64_t a, uint64_t b)
{
	if (b == 0) {
		metrics->undefined++;
		return 0;
	}
	return (double)a / (double)b;
}

static void count_confusion(struct ns_metrics *metrics, uint64_t *predicted, const uint32_t *truth, const uint32_t *prediction)
{
	for (uint64_t i = 0; i < metrics->rows; i++) {
		metrics->confusion[(size_t)truth[i] * metrics->classes + prediction[i]]++;
		metrics->per_class[truth[i]].support++;
		predicted[prediction[i]]++;
	}
}

static void add_class(struct ns_class_metrics *sum, const struct ns_class_metrics *one, double weight)
{
	sum->precision += one->precision * weight;
	sum->recall += one->recall * weight;
	sum->f1 += one->f1 * weight;
}

/* Precision, recall and F1 of each class and their means. */
static void score_classes(struct ns_metrics *metrics, const uint64_t *predicted)
{
	uint64_t occurring = 0, in_truth = 0;
	double recalls = 0;
	for (uint32_t c = 0; c < metrics->classes; c++) {
		struct ns_class_metrics *one = &metrics->per_class[c];
		if (one->support == 0 && predicted[c] == 0)
			continue;
		uint64_t hits = metrics->confusion[(size_t)c * metrics->classes + c];
		one->precision = ratio(metrics, hits, predicted[c]);
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
static double correlation(struct ns_metrics *metrics, const uint64_t *predicted, uint64_t hits)
{
	double n = (double)metrics->rows, both = 0, truth = 0, guess = 0;
	for (uint32_t c = 0; c < metrics->classes; c++) {
		double t = (double)metrics->per_class[c].support, p = (double)predicted[c];
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

/* Sorts keys upwards by 16 bits at a time; spare is scratch of the same size. The sorted ones end in keys. */
static void sort_keys(uint64_t *keys, uint64_t *spare, uint64_t count)
{
	size_t *starts = ns_malloc_array(65536, sizeof *starts);
	for (int shift = 0; shift < 64; shift += 16) {
		memset(starts, 0, 65536 * sizeof *starts);
		for (uint64_t i = 0; i < count; i++)
			starts[keys[i] >> shift & 0xffff]++;
		for (size_t digit = 0, start = 0; digit < 65536; digit++) {
			size_t here = starts[digit];
			starts[digit] = start;
			start += here;
		}
		for (uint64_t i = 0; i < count; i++)
			spare[starts[keys[i] >> shift & 0xffff]++] = keys[i];
		uint64_t *swap = keys;
		keys = spare;
		spare = swap;
	}
	free(starts);
}

/*
 * Areas under the ROC curve and the precision-recall curve (as average precision) of one class against the rest. keys: a
 * probability's bits, shifted left by one (a double in [0, 1] leaves two bits free), with the truth in the lowest bit.
 */
static void areas(double *roc, double *pr, uint64_t *keys, uint64_t *spare, uint64_t rows, uint64_t positives)
{
	sort_keys(keys, spare, rows);
	uint64_t negatives = rows - positives, hits = 0, seen = 0, area = 0; /* area in half squares */
	double precision_sum = 0;
	while (seen < rows) { /* tie by tie, from the highest probability down */
		uint64_t score = keys[rows - 1 - seen] >> 1, tied = 0, tied_hits = 0;
		for (; seen < rows && keys[rows - 1 - seen] >> 1 == score; seen++, tied++)
			tied_hits += keys[rows - 1 - seen] & 1;
		area += (tied - tied_hits) * (2 * hits + tied_hits);
		hits += tied_hits;
		precision_sum += (double)tied_hits / (double)positives * ((double)hits / (double)seen);
	}
	*roc = negatives ? (double)area / (2.0 * (double)positives * (double)negatives) : NAN;
	*pr = precision_sum;
}

/* The areas of class c, which has rows in the truth. */
static void class_areas(double *roc, double *pr, const struct ns_metrics *metrics, uint32_t c, const uint32_t *truth, const double *probability,
	uint64_t *keys)
{
	for (uint64_t i = 0; i < metrics->rows; i++) {
		double p = probability[i * metrics->classes + c] + 0.0;
		uint64_t bits;
		memcpy(&bits, &p, sizeof bits);
		keys[i] = bits << 1 | (truth[i] == c);
	}
	areas(roc, pr, keys, keys + metrics->rows, metrics->rows, metrics->per_class[c].support);
}

static void score_ranking(struct ns_metrics *metrics, const uint32_t *truth, const double *probability)
{
	uint64_t *keys = ns_malloc_array(metrics->rows, 2 * sizeof *keys);
	double roc, pr, rocs = 0, prs = 0;
	uint32_t only = metrics->positive >= 0 ? (uint32_t)metrics->positive : 1, present = 0;
	for (uint32_t c = 0; c < metrics->classes; c++) {
		if (metrics->per_class[c].support == 0 || (metrics->classes == 2 && c != only))
			continue;
		class_areas(&roc, &pr, metrics, c, truth, probability, keys);
		rocs += roc;
		prs += pr;
		present++;
	}
	free(keys);
	metrics->roc_auc = present ? rocs / present : NAN;
	metrics->pr_auc = present ? prs / present : 0;
	metrics->undefined += present == 0; /* average precision without a positive row is 0, as scikit-learn has it */
}

/* Cross entropy of one row: clipped to [eps, 1 - eps] and brought back to the sum 1, as scikit-learn 1.2 does. */
static double row_loss(const double *probability, uint32_t classes, uint32_t truth)
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

static double row_brier(const double *probability, uint32_t classes, uint32_t truth, uint32_t positive)
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
	uint32_t positive = metrics->positive >= 0 ? (uint32_t)metrics->positive : 1;
	for (uint64_t i = 0; i < metrics->rows; i++) {
		const double *row = probability + i * metrics->classes;
		ns_sum_add(&loss, row_loss(row, metrics->classes, truth[i]));
		ns_sum_add(&brier, row_brier(row, metrics->classes, truth[i], positive));
	}
	metrics->log_loss = ns_sum_value(&loss) / (double)metrics->rows;
	metrics->brier = ns_sum_value(&brier) / (double)metrics->rows;
}

void ns_metrics_compute(struct ns_metrics *metrics, const uint32_t *truth, const uint32_t *prediction, const double *probability,
	uint64_t rows, uint32_t classes, int32_t positive, struct ns_arena *arena)
{
	struct ns_class_metrics unknown = {.precision = NAN, .recall = NAN, .f1 = NAN};
	*metrics = (struct ns_metrics){.rows = rows, .classes = classes, .positive = positive, .accuracy = NAN, .balanced_accuracy = NAN, .mcc = NAN,
		.f1 = NAN, .roc_auc = NAN, .pr_auc = NAN, .log_loss = NAN, .brier = NAN};
	metrics->confusion = ns_alloc_array(arena, (size_t)classes * classes, sizeof *metrics->confusion);
	metrics->per_class = NS_NEW_ARRAY(arena, struct ns_class_metrics, classes);
	if (rows == 0) {
		metrics->macro = metrics->weighted = unknown;
		for (uint32_t c = 0; c < classes; c++)
			metrics->per_class[c] = unknown;
		return;
	}
	uint64_t *predicted = NS_NEW_ARRAY(arena, uint64_t, classes), hits = 0;
	count_confusion(metrics, predicted, truth, prediction);
	for (uint32_t c = 0; c < classes; c++)
		hits += metrics->confusion[(size_t)c * classes + c];
	metrics->accuracy = (double)hits / (double)rows;
	score_classes(metrics, predicted);
	metrics->mcc = correlation(metrics, predicted, hits);
	metrics->f1 = positive >= 0 ? metrics->per_class[positive].f1 : metrics->macro.f1;
	if (probability) {
		score_ranking(metrics, truth, probability);
		score_probabilities(metrics, truth, probability);
	}
}

const char *const ns_metrics_names[] = {"accuracy", "balanced_accuracy", "precision", "recall", "f1", "precision_macro", "recall_macro", "f1_macro",
	"precision_weighted", "recall_weighted", "f1_weighted", "roc_auc", "pr_auc", "log_loss", "brier", "mcc", NULL};

bool ns_metrics_value(double *value, bool *higher_is_better, const struct ns_metrics *metrics, const char *name)
{
	const struct ns_class_metrics *own = metrics->per_class && metrics->positive >= 0 ? &metrics->per_class[metrics->positive] : &metrics->macro;
	const struct ns_class_metrics *macro = &metrics->macro, *weighted = &metrics->weighted;
	const double values[] = {metrics->accuracy, metrics->balanced_accuracy, own->precision, own->recall, own->f1, macro->precision, macro->recall,
		macro->f1, weighted->precision, weighted->recall, weighted->f1, metrics->roc_auc, metrics->pr_auc, metrics->log_loss, metrics->brier,
		metrics->mcc};
	_Static_assert(sizeof values / sizeof *values == sizeof ns_metrics_names / sizeof *ns_metrics_names - 1, "a name for each value");
	for (size_t i = 0; ns_metrics_names[i]; i++)
		if (!strcmp(name, ns_metrics_names[i])) {
			*value = values[i];
			if (higher_is_better)
				*higher_is_better = strcmp(name, "log_loss") != 0 && strcmp(name, "brier") != 0;
			return true;
		}
	return false;
}
