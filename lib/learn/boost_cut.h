/*
 * boost_cut: a column of numbers cut into at most 255 bins, and each row's bin as one byte.
 *
 * A column of at most max_bins distinct values has a bin for each: nothing is lost. Else the bins end at the values of rank
 * i rows / max_bins, i = 1, 2, ...: about equal numbers of rows, fewer bins where single values hold many rows. Ranks are found
 * exactly, so the order of rows does not matter. NaN is missing: its code is the number of bins.
 */
#ifndef NS_LEARN_BOOST_CUT_H
#define NS_LEARN_BOOST_CUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NS_CUT_BINS_MAX = 255 };

struct ns_cut {
	double *lower, *upper; /* of each bin, the least and the greatest value; of a cut column's first the least, of its last the greatest is not known */
	uint32_t count;        /* of bins, >= 1 */
	bool exact, missing;   /* a bin for each value; some are NaN */
};

/* Scratch memory of one thread. */
struct ns_cutter;
struct ns_cutter *ns_cutter_new(size_t rows);
void ns_cutter_free(struct ns_cutter *cutter); /* NULL is fine */

/* Reads x in order. The caller releases the cut. */
void ns_cut_column(struct ns_cut *cut, uint8_t *codes, struct ns_cutter *cutter, const double *x, size_t rows, uint32_t max_bins);
void ns_cut_release(struct ns_cut *cut);

/* A number that separates the bins low < high: x <= it is true of the one and false of the other. */
double ns_cut_threshold(const struct ns_cut *cut, uint32_t low, uint32_t high);

#endif
