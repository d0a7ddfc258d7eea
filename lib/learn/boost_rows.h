/*
 * boost_rows: which entries are in which node of a tree that grows, and sums over them.
 *
 * Gradients become integers once a tree: 20 bits of the greatest (fewer from two million rows on, so that a sum over all rows and
 * their number share 64 bits), times the copies drawn and their weight. So every sum is exact, whatever the order, and a tree is the
 * same for any number of threads and any vector width.
 *
 * Two forms. Listed: the node's entries are a range of a list, and rows are added to bins one by one. Marked, for small sets of few
 * distinct values and shallow trees: every entry has the number of its node, and bins are sums of products (histogram.h).
 */
#ifndef NS_LEARN_BOOST_ROWS_H
#define NS_LEARN_BOOST_ROWS_H

#include "learn/boost_loss.h"
#include "learn/boost_split.h"
#include "learn/histogram.h"

enum { NS_MARKS_MAX = 255 };

struct ns_boost_rows {
	const struct ns_boost_cells *cells;
	const struct ns_bits *bits; /* marked; NULL: listed */
	const uint32_t *weight;     /* of a copy of each entry, an integer; NULL: 1 */
	enum ns_loss loss;
	int threads, precision;     /* bits of a gradient */
	struct ns_limits limits;    /* how bins are read */
	size_t size;                /* numbers of a histogram */
	/* of the present tree */
	const float *gradient;
	const uint8_t *drawn;       /* copies of each entry; NULL: 1 */
	int exponent;               /* integers are 2^exponent gradients */
	size_t in, entries;         /* listed: entries that are drawn stand first, the others behind them */
	uint32_t *list, *spare;
	int64_t *numbers;
	uint8_t *marks, *ones;
	int8_t *planes, *selected;
	int64_t *above, *partial;   /* scratch; partial: a histogram a thread */
};

/* A node's entries: those marked so, or a range of the list. */
struct ns_members {
	uint32_t mark;
	size_t start, end;
};

/* total: the greatest sum of weights (copies, where weight is NULL) over entries, below 2^38. */
void ns_boost_rows_init(struct ns_boost_rows *rows, const struct ns_boost_cells *cells, const struct ns_bits *bits, const uint32_t *weight, uint64_t total,
	enum ns_loss loss, int threads);
void ns_boost_rows_release(struct ns_boost_rows *rows);

/* Begins a tree: its root, and the sums over it. most: bits of the greatest gradient's size. drawn: NULL as the cells' own copies. */
struct ns_members ns_boost_rows_start(struct ns_boost_rows *rows, struct ns_sums *sums, const float *gradient, uint32_t most, const uint8_t *drawn);
/* sums: rows->size numbers, overwritten. total: of the node. */
void ns_boost_rows_sum(struct ns_boost_rows *rows, int64_t *sums, const struct ns_members *node, const struct ns_sums *total);
/* Sends the node's entries to the left and to the right; they are marked left_mark and right_mark. */
void ns_boost_rows_split(struct ns_boost_rows *rows, struct ns_members *left, struct ns_members *right, const struct ns_members *node,
	const struct ns_question *question, uint32_t left_mark, uint32_t right_mark);
/* All gradients in the node are one number. */
bool ns_boost_rows_pure(const struct ns_boost_rows *rows, const struct ns_members *node);
/* Sum of second derivatives over each of `count` nodes, in the units of a gradient's sum. */
void ns_boost_rows_curvature(const struct ns_boost_rows *rows, int64_t *curvature, const struct ns_members *nodes, size_t count);
/* Adds step[i] to the scores of the entries in node i. Marked: of all entries; listed: of those that are drawn. */
void ns_boost_rows_move(const struct ns_boost_rows *rows, double *scores, const struct ns_members *nodes, const double *step, size_t count);

/* The code goes right. */
static inline bool ns_code_right(uint32_t code, uint32_t low, uint32_t missing_code, bool missing_left)
{
	return code > low && !(missing_left && code == missing_code);
}

#endif
