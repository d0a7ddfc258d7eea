/*
 * bundle: stages one after the other, from one file or several; a pipeline is `cat`.
 *
 * A bundle cannot lie: each stage was learnt behind a chain of others (stage.h), and a bundle in which one is left out, doubled
 * or swapped is refused with the name of what is wrong.
 */
#ifndef NS_STAGE_BUNDLE_H
#define NS_STAGE_BUNDLE_H

#include "stage/stage.h"

struct ns_bundle {
	struct ns_stage *stages;
	size_t count;
};

/* Reads all stages of all files, in order; "-" is stdin. A file without a stage is NS_EDATA. */
int ns_bundle_read(struct ns_bundle *bundle, const char *const *paths, size_t count, struct ns_arena *arena,
	struct ns_err *err);
/* The bundle's stages must follow on *chain and on each other; *chain becomes the chain behind the last. */
int ns_bundle_check(struct ns_chain *chain, const struct ns_bundle *bundle, struct ns_err *err);
/* Puts one more behind the last. */
void ns_bundle_append(struct ns_bundle *bundle, const struct ns_stage *stage, struct ns_arena *arena);
/* Writes stages to a file, which appears when it is complete; "-" is stdout. */
int ns_bundle_write(const char *path, const struct ns_stage *stages, size_t count, struct ns_err *err);
/* The last stage of this kind, or NULL. */
const struct ns_stage *ns_bundle_find(const struct ns_bundle *bundle, const struct ns_stage_kind *kind);

#endif
