#include "near/donors_parts.h"

void ns_donors_init(struct ns_donors *donors, const double *const *x, const uint32_t *weights, size_t rows, size_t features,
	struct ns_arena *arena)
{
	double *values = ns_alloc_array(arena, rows, features * sizeof *values);
	for (size_t f = 0; f < features; f++)
		for (size_t row = 0; row < rows; row++)
			values[row * features + f] = x[f][row];
	*donors = (struct ns_donors){.rows = rows, .features = features, .values = values, .weights = weights};
}
