/* Any bytes make a list of models or one line of refusal; what is listed are words that ns-fit takes. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "learn/grids.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(int good, const char *what)
{
	if (!good) {
		fprintf(stderr, "grids_fuzz: %s\n", what);
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_grids grids;
	struct ns_err err = {{0}};
	int status = ns_grids_parse(&grids, ns_strndup(&arena, (const char *)data, size), size, "m.yaml", &arena, &err);
	if (status == NS_OK) {
		expect(grids.count > 0 && *ns_grids_list(&grids, &arena), "no families");
		for (size_t i = 0; i < grids.count; i++) {
			struct ns_value **values;
			size_t candidates;
			expect(ns_learner_grid(&values, &candidates, grids.items[i].learner, &grids.items[i].params, &arena, &err) == NS_OK,
				"a grid that no learner takes");
		}
	} else {
		expect(status == NS_ECALL && *err.text && !strchr(err.text, '\n'), "refused without one line that says why");
	}
	ns_arena_release(&arena);
	return 0;
}
