#include "learn/undersample.h"

#include <assert.h>
#include <stdlib.h>

#include "base/random.h"
#include "learn/canonical.h"

static void draw_without(uint32_t *copies, const uint32_t *order, size_t count, size_t wanted, struct ns_random *random)
{
	assert(wanted <= count);
	for (size_t i = 0; i < count; i++) {
		bool stays = ns_random_below(random, count - i) < wanted;
		copies[order[i]] = stays;
		wanted -= stays;
	}
}

static void draw_with(uint32_t *copies, const uint32_t *order, size_t count, size_t wanted, struct ns_random *random)
{
	assert(count || !wanted);
	for (size_t i = 0; i < count; i++)
		copies[order[i]] = 0;
	for (size_t i = 0; i < wanted; i++)
		copies[order[ns_random_below(random, count)]]++;
}

static void draw_class(uint32_t *copies, uint32_t *order, const struct ns_training *training, uint32_t class, size_t wanted, bool replacement)
{
	struct ns_random random;
	size_t count = 0;
	for (uint32_t row = 0; row < training->rows; row++)
		if (training->y[row] == class)
			order[count++] = row;
	if (wanted == count && !replacement)
		return; /* all of them, whatever their order */
	ns_canonical_sort(order, count, training);
	ns_random_init(&random, training->seed, "undersample", class, 0);
	(replacement ? draw_with : draw_without)(copies, order, count, wanted, &random);
}

void ns_undersample_draw(uint32_t *copies, const struct ns_training *training, const size_t *wanted, bool replacement)
{
	uint32_t *order = ns_malloc_array(training->rows, sizeof *order);
	for (size_t row = 0; row < training->rows; row++)
		copies[row] = 1;
	for (uint32_t class = 0; class < training->classes; class++)
		if (wanted[class] != NS_UNDERSAMPLE_ALL)
			draw_class(copies, order, training, class, wanted[class], replacement);
	free(order);
}
