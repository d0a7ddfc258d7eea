/*
 * boost_cells: a training set as boosting wants it: one byte a cell.
 *
 * Columns are cut into bins (boost_cut.h). Where every column is exact, or where rows will be drawn, entries stand in an order
 * that the contents of the rows decide: equal rows of one class and weight are one entry with up to 7 copies, those with more
 * copies first, so that the j-th copies are a prefix of the entries. Otherwise entry e is row e. Everything that is learnt from
 * entries is a sum of integers or an order of their own, so it is the same either way.
 *
 * Codes stand row by row, for sums over many columns, and, unless they are more than a quarter of a gigabyte, column by column too.
 * Memory beside them: 2 to 10 bytes a row of scratch a thread while columns are cut, 16 bytes a row while rows are ordered.
 */
#ifndef NS_LEARN_BOOST_CELLS_H
#define NS_LEARN_BOOST_CELLS_H

#include "base/random.h"
#include "learn/boost_cut.h"
#include "learn/learner.h"

enum { NS_COPIES_MAX = 7 }; /* so that a gradient of 20 bits, so often, is three bytes */

enum { NS_WIDTH_MAX = 256 };

struct ns_boost_cells {
	size_t rows, entries, features;
	uint32_t classes;
	const struct ns_cut *cuts; /* features */
	uint32_t width;            /* codes are below it: a multiple of 4 up to 128, or NS_WIDTH_MAX */
	uint8_t *codes;            /* row by row, `stride` bytes an entry; the bytes behind the features are 0 */
	size_t stride;
	uint8_t *column_codes;     /* column by column, entries each; NULL for large sets */
	uint32_t *y;               /* class of each entry */
	double *weight;            /* of each copy of an entry; NULL: all 1 */
	uint8_t *copies;           /* of each entry; NULL: all 1 */
	size_t layers;             /* most copies */
	size_t layer[NS_COPIES_MAX]; /* entries that have more than j copies */
	bool ordered;
	struct ns_cut *own_cuts;   /* to be released here */
};

/* draws: rows will be drawn, so their order must be their own. The caller releases it. */
void ns_boost_cells_init(struct ns_boost_cells *cells, const struct ns_training *training, uint32_t max_bins, bool draws);
void ns_boost_cells_release(struct ns_boost_cells *cells);

/*
 * Splits ordered cells by rows, stratified by class: `share` of each class's rows (rounded so that all together are
 * ceil(share * rows)) become `valid`, the others `train`. Both share the cuts of cells and are released before them. False where either
 * would be empty.
 */
bool ns_boost_cells_split(struct ns_boost_cells *train, struct ns_boost_cells *valid, const struct ns_boost_cells *cells, double share, struct ns_random *random);

/* drawn[entry]: copies of it among `count` rows drawn without replacement from ordered cells. slots: scratch, a byte a row and 8 more. */
void ns_boost_cells_draw(uint8_t *drawn, uint8_t *slots, const struct ns_boost_cells *cells, size_t count, struct ns_random *random);

static inline uint8_t ns_boost_cells_code(const struct ns_boost_cells *cells, size_t entry, size_t feature)
{
	return cells->codes[entry * cells->stride + feature];
}

#endif
