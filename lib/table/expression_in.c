#include "table/expression_functions.h"

#include <math.h>
#include <stdlib.h>

/* What stands in a list, in order. */
struct list {
	size_t count;
	double *numbers; /* or */
	struct ns_span *texts;
};

static int compare_numbers(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static int compare_texts(const void *a, const void *b)
{
	return ns_expression_order(*(const struct ns_span *)a, *(const struct ns_span *)b);
}

/* Who writes x = missing means something else. */
static int refuse_missing(const struct ns_expression *expression, const struct ns_expression_node *node, struct ns_err *err)
{
	if (!ns_expression_is_constant(node) || node->text.data || !isnan(node->number))
		return NS_OK;
	return ns_expression_fail(expression, node->place, err, "whether something is equal to a missing value is missing: write is_missing(...)");
}

int ns_expression_prepare_comparison(struct ns_expression *expression, struct ns_expression_node *node, struct ns_err *err)
{
	for (size_t i = 0; i < node->count; i++)
		NS_TRY(refuse_missing(expression, &expression->nodes[node->arguments[i]], err));
	return NS_OK;
}

int ns_expression_prepare_in(struct ns_expression *expression, struct ns_expression_node *node, struct ns_err *err)
{
	size_t count = node->count - 1;
	bool text = ns_expression_type_of(expression, expression->nodes[node->arguments[1]].type)->type == NS_TEXT;
	struct list *list = NS_NEW(expression->arena, struct list);
	*list = (struct list){count, text ? NULL : NS_NEW_ARRAY(expression->arena, double, count),
		text ? NS_NEW_ARRAY(expression->arena, struct ns_span, count) : NULL};
	for (size_t i = 0; i < count; i++) {
		const struct ns_expression_node *value = &expression->nodes[node->arguments[i + 1]];
		NS_TRY(refuse_missing(expression, value, err));
		if (text)
			list->texts[i] = value->text;
		else
			list->numbers[i] = value->number;
	}
	if (text)
		qsort(list->texts, count, sizeof *list->texts, compare_texts);
	else
		qsort(list->numbers, count, sizeof *list->numbers, compare_numbers);
	node->prepared = list;
	return NS_OK;
}

/* A list of a few is looked through from end to end, without branches. */
static void few_numbers(struct ns_expression_call *call, const struct list *list)
{
	const double *restrict xs = call->arguments[0]->numbers;
	double *restrict out = call->numbers;
	for (size_t row = 0; row < call->rows; row++)
		out[row] = isnan(xs[row]) ? NAN : (double)(xs[row] == list->numbers[0]);
	for (size_t i = 1; i < list->count; i++) {
		double number = list->numbers[i];
		for (size_t row = 0; row < call->rows; row++)
			out[row] = xs[row] == number ? 1 : out[row];
	}
}

void ns_expression_in(struct ns_expression_call *call)
{
	const struct list *list = call->prepared;
	if (list->numbers && list->count <= 8) {
		few_numbers(call, list);
		return;
	}
	const struct ns_expression_value *x = call->arguments[0];
	for (size_t row = 0; row < call->rows; row++)
		if (list->numbers)
			call->numbers[row] = isnan(x->numbers[row]) ? NAN
								    : bsearch(&x->numbers[row], list->numbers, list->count, sizeof(double), compare_numbers) != NULL;
		else
			call->numbers[row] = !x->texts[row].data ? NAN
								 : bsearch(&x->texts[row], list->texts, list->count, sizeof(struct ns_span), compare_texts) != NULL;
}
