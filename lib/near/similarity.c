#include "near/similarity.h"

#include "base/elementary.h"

static double rbf(const struct ns_similarity *similarity, double distance)
{
	return ns_exp(-(similarity->function.gamma * distance));
}

/* The largest distance that two points can have, in cells; less than 2^16. */
static size_t farthest(const struct ns_points *points)
{
	double sum = 0;
	for (size_t f = 0; f < points->features; f++)
		sum += points->span[f] * points->span[f];
	return (size_t)sum;
}

void ns_similarity_init(struct ns_similarity *similarity, const struct ns_kernel_function *function, const double *const *x,
	const uint32_t *rows, size_t count, size_t features, struct ns_arena *arena)
{
	bool distances = function->kind == NS_KERNEL_RBF;
	*similarity = (struct ns_similarity){.function = *function};
	ns_points_init(&similarity->points, distances ? NS_EUCLIDEAN : NS_PRODUCT, x, rows, count, features, arena);
	if (!similarity->points.cells)
		return;
	size_t size = farthest(&similarity->points) + 1;
	double *exps = NS_NEW_ARRAY(arena, double, size);
	for (size_t i = 0; i < size; i++)
		exps[i] = rbf(similarity, (double)i * similarity->points.step);
	similarity->exps = exps;
	similarity->exps_count = size;
}

void ns_similarity_scratch_init(struct ns_similarity_scratch *scratch, const struct ns_similarity *similarity, struct ns_arena *arena)
{
	size_t features = similarity->points.features;
	scratch->queries = ns_alloc_array(arena, NS_POINTS_GROUP, features * sizeof *scratch->queries);
	scratch->cells = ns_alloc_array(arena, NS_POINTS_GROUP, features * sizeof *scratch->cells);
	scratch->values = NS_NEW_ARRAY(arena, double, NS_POINTS_GROUP * NS_POINTS_BLOCK);
	scratch->distances = NS_NEW_ARRAY(arena, uint16_t, NS_POINTS_GROUP * NS_POINTS_BLOCK);
}

static double power(double base, unsigned degree)
{
	double product = 1;
	for (; degree; degree >>= 1, base *= base)
		if (degree & 1)
			product *= base;
	return product;
}

/* One query's measures of a block of points become similarities. */
static void map(double *out, const double *measures, size_t count, const struct ns_similarity *similarity)
{
	const struct ns_kernel_function *function = &similarity->function;
	switch (function->kind) {
	case NS_KERNEL_RBF:
		for (size_t i = 0; i < count; i++)
			out[i] = rbf(similarity, measures[i]);
		break;
	case NS_KERNEL_LINEAR:
		for (size_t i = 0; i < count; i++)
			out[i] = measures[i];
		break;
	case NS_KERNEL_POLY:
		for (size_t i = 0; i < count; i++)
			out[i] = power(function->gamma * measures[i] + function->coef0, function->degree);
		break;
	}
}

static void map_cells(double *out, const uint16_t *distances, size_t count, const struct ns_similarity *similarity)
{
	for (size_t i = 0; i < count; i++)
		out[i] = distances[i] < similarity->exps_count ? similarity->exps[distances[i]] :
			rbf(similarity, distances[i] * similarity->points.step); /* a query beyond the points' range */
}

void ns_similarity_measure(double *out, size_t pitch, const struct ns_similarity *similarity, const double *const *x,
	const uint32_t *rows, size_t first, size_t count, const struct ns_similarity_scratch *scratch)
{
	const struct ns_points *points = &similarity->points;
	bool coded = true;
	for (size_t q = 0; q < count; q++) {
		double *query = scratch->queries + q * points->features;
		ns_points_query(query, points, x, rows ? rows[q] : first + q);
		coded = coded && ns_points_encode(scratch->cells + q * points->features, points, query);
	}
	for (size_t block = 0; block < points->rows; block += NS_POINTS_BLOCK) {
		size_t size = points->rows - block < NS_POINTS_BLOCK ? points->rows - block : NS_POINTS_BLOCK;
		if (coded)
			ns_points_measure_cells(scratch->distances, points, scratch->cells, count, block);
		else
			ns_points_measure(scratch->values, points, scratch->queries, count, block);
		for (size_t q = 0; q < count; q++) {
			double *to = out + q * pitch + block;
			if (coded)
				map_cells(to, scratch->distances + q * NS_POINTS_BLOCK, size, similarity);
			else
				map(to, scratch->values + q * NS_POINTS_BLOCK, size, similarity);
		}
	}
}
