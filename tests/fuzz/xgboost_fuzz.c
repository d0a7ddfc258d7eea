/* xgboost_fuzz: what is read of libxgboost's model. Whatever is accepted makes trees that every row comes to an end in. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "learn/xgboost_trees.h"

#define CHECK(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "xgboost_fuzz: line %d: %s\n", __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	float x[] = {0, -1, 1, 0.5f, -NS_XGBOOST_MOST, NS_XGBOOST_MOST};
	uint32_t y[] = {0, 1, 0}, counts[] = {1, 2, 3};
	double weight[] = {1, 2, 3};
	const struct ns_xgboost_rows rows = {.count = 3, .features = 2, .x = x, .y = y, .weight = weight, .rows = counts};
	struct ns_xgboost_trees trees;
	struct ns_err err;
	if (ns_xgboost_trees_read(&trees, data, size, &rows, &err) == NS_OK)
		for (size_t t = 0; t < trees.count; t++) {
			CHECK(trees.first[t] < trees.first[t + 1]);
			CHECK(trees.samples[trees.first[t]] == 6);
		}
	ns_xgboost_trees_release(&trees);
	return 0;
}
