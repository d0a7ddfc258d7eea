/*
 * best_first: nodes that wait to be split, for the two growers. Included behind the grower's own `struct open`, which has an
 * improvement and a node: the heap has the greatest improvement on top, of equal ones the lowest node.
 */
#ifndef NS_LEARN_BEST_FIRST_H
#define NS_LEARN_BEST_FIRST_H

static bool better(const struct open *a, const struct open *b)
{
	return a->improvement != b->improvement ? a->improvement > b->improvement : a->node < b->node;
}

/* There is room for one more than count. */
static void put_in(struct open *heap, size_t count, const struct open *open)
{
	size_t i = count;
	for (; i > 0 && better(open, &heap[(i - 1) / 2]); i = (i - 1) / 2)
		heap[i] = heap[(i - 1) / 2];
	heap[i] = *open;
}

/* The best of count > 0; one less is left. */
static struct open take_best(struct open *heap, size_t count)
{
	struct open last = heap[--count], top = heap[0];
	size_t i = 0;
	for (size_t child; (child = 2 * i + 1) < count; i = child) {
		child += child + 1 < count && better(&heap[child + 1], &heap[child]);
		if (!better(&heap[child], &last))
			break;
		heap[i] = heap[child];
	}
	heap[i] = last;
	return top;
}

#endif
