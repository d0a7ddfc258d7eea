/*
 * derive_drop: which columns say nothing, or nothing new.
 */
#ifndef NS_STAGE_DERIVE_DROP_H
#define NS_STAGE_DERIVE_DROP_H

#include "stage/derive.h"

/*
 * Why each column of the frame is to be left out; NULL: it stays. In the frame's order, so that of two that say the same the earlier one
 * stays:
 *
 *	constant                one value in all rows, or none; missing counts as a value
 *	equal to 'a'            of the same type, and equal in every row, missing ones too
 *	correlation -1 with 'a' numbers, |r| >= options->correlated over the rows that both have (stat/correlate.h)
 *
 * Only where may_go[column]. The texts live in the arena.
 */
void ns_derive_drop(const char **why, const struct ns_frame *frame, const bool *may_go, const struct ns_derive_options *options, int threads,
	struct ns_arena *arena);

#endif
