#include "table/expression_functions.h"

#include <math.h>
#include <string.h>

#include "base/elementary.h"

/* One result from x of each row, or from x and y. */
#define UNARY(name, result)                                              \
	void ns_expression_##name(struct ns_expression_call *call)       \
	{                                                                \
		const double *restrict xs = call->arguments[0]->numbers; \
		double *restrict out = call->numbers;                    \
		for (size_t row = 0; row < call->rows; row++) {          \
			double x = xs[row];                              \
			out[row] = result;                               \
		}                                                        \
	}
#define BINARY(name, result)                                             \
	void ns_expression_##name(struct ns_expression_call *call)       \
	{                                                                \
		const double *restrict xs = call->arguments[0]->numbers; \
		const double *restrict ys = call->arguments[1]->numbers; \
		double *restrict out = call->numbers;                    \
		for (size_t row = 0; row < call->rows; row++) {          \
			double x = xs[row], y = ys[row];                 \
			out[row] = result;                               \
		}                                                        \
	}

/* Of whole numbers without fmod, which takes long: the quotient is off by one at most, and all of it is exact. */
static double whole_modulo(double x, double y)
{
	double rest = x - floor(x / y) * y;
	if (y > 0)
		return rest < 0 ? rest + y : rest >= y ? rest - y : rest;
	return rest > 0 ? rest + y : rest <= y ? rest - y : rest;
}

/* The remainder has the divisor's sign, as in Python: -1 % 3 is 2. */
static double modulo(double x, double y)
{
	if (fabs(x) <= 0x1p52 && fabs(y) <= 0x1p52 && y != 0 && x == rint(x) && y == rint(y))
		return whole_modulo(x, y);
	double rest = fmod(x, y);
	return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
}

BINARY(add, ns_finite(x + y))
BINARY(subtract, ns_finite(x - y))
BINARY(multiply, ns_finite(x * y))
BINARY(divide, ns_finite(x / y))
BINARY(modulo, ns_finite(modulo(x, y)))
BINARY(power, ns_finite(ns_power(x, y)))
UNARY(negate, ns_finite(-x))
UNARY(plus, x)

UNARY(abs, ns_finite(fabs(x)))
UNARY(sign, isnan(x) ? NAN : (double)((x > 0) - (x < 0)))
UNARY(floor, ns_finite(floor(x)))
UNARY(ceil, ns_finite(ceil(x)))
UNARY(trunc, ns_finite(trunc(x)))
UNARY(sqrt, ns_finite(sqrt(x)))
UNARY(exp, ns_finite(ns_exp(x)))
UNARY(expm1, ns_finite(ns_expm1(x)))
UNARY(log, ns_finite(ns_log(x)))
UNARY(log1p, ns_finite(ns_log1p(x)))
UNARY(log2, ns_finite(ns_log2(x)))
UNARY(log10, ns_finite(ns_log10(x)))

/* digits: below 0 to tens, hundreds ...; as numpy.round does it. */
static double round_to(double x, int digits, double power)
{
	if (digits < 0)
		return rint(x / power) * power;
	double scaled = x * power;
	return fabs(scaled) < 0x1p52 ? rint(scaled) / power : x;
}

int ns_expression_prepare_round(struct ns_expression *expression, struct ns_expression_node *node, struct ns_err *err)
{
	if (node->count < 2)
		return NS_OK;
	const struct ns_expression_node *digits = &expression->nodes[node->arguments[1]];
	if (!(digits->number == rint(digits->number) && fabs(digits->number) <= 15))
		return ns_expression_fail(expression, digits->place, err, "round's digits are a whole number from -15 to 15");
	double *prepared = NS_NEW_ARRAY(expression->arena, double, 2);
	prepared[0] = digits->number;
	prepared[1] = ns_power(10, fabs(digits->number));
	node->prepared = prepared;
	return NS_OK;
}

void ns_expression_round(struct ns_expression_call *call)
{
	const double *restrict xs = call->arguments[0]->numbers, *prepared = call->prepared;
	double *restrict out = call->numbers;
	for (size_t row = 0; row < call->rows; row++)
		out[row] = ns_finite(prepared ? round_to(xs[row], (int)prepared[0], prepared[1]) : rint(xs[row]));
}

/* --- true, false and missing --- */

UNARY(not, isnan(x) ? NAN : (double)(x == 0))
BINARY(and, x == 0 || y == 0 ? 0 : isunordered(x, y) ? NAN : 1)
BINARY(or, x < 0 || x > 0 || y < 0 || y > 0 ? 1 : isunordered(x, y) ? NAN : 0)

#define COMPARISON(name, operator)                                                                                           \
	static BINARY(name##_numbers, isunordered(x, y) ? NAN : (double)(x operator y))                                      \
	void ns_expression_##name(struct ns_expression_call *call)                                                           \
	{                                                                                                                    \
		const struct ns_span *xs = call->arguments[0]->texts, *ys = call->arguments[1]->texts;                       \
		if (!xs)                                                                                                     \
			ns_expression_##name##_numbers(call);                                                                \
		for (size_t row = 0; xs && row < call->rows; row++)                                                          \
			call->numbers[row] = xs[row].data && ys[row].data ? (double)(ns_expression_order(xs[row], ys[row]) operator 0) : NAN; \
	}
COMPARISON(equal, ==)
COMPARISON(unequal, !=)
COMPARISON(less, <)
COMPARISON(less_equal, <=)
COMPARISON(greater, >)
COMPARISON(greater_equal, >=)

void ns_expression_is_missing(struct ns_expression_call *call)
{
	const struct ns_expression_value *x = call->arguments[0];
	for (size_t row = 0; row < call->rows; row++)
		call->numbers[row] = x->texts ? !x->texts[row].data : isnan(x->numbers[row]);
}

/* Where to find the value for a row: the argument's position, or SIZE_MAX for missing. */
static size_t chosen(const struct ns_expression_call *call, size_t row)
{
	size_t i = 0;
	for (; i + 1 < call->count; i += 2) {
		double condition = call->arguments[i]->numbers[row];
		if (isnan(condition))
			return SIZE_MAX;
		if (condition != 0)
			return i + 1;
	}
	return i;
}

static void if_texts(struct ns_expression_call *call)
{
	for (size_t row = 0; row < call->rows; row++) {
		size_t i = chosen(call, row);
		call->texts[row] = i == SIZE_MAX ? (struct ns_span){0} : call->arguments[i]->texts[row];
	}
}

void ns_expression_if(struct ns_expression_call *call)
{
	if (call->arguments[1]->texts) {
		if_texts(call);
		return;
	}
	for (size_t row = 0; row < call->rows; row++) {
		size_t i = chosen(call, row);
		call->numbers[row] = i == SIZE_MAX ? NAN : call->arguments[i]->numbers[row];
	}
}

void ns_expression_coalesce(struct ns_expression_call *call)
{
	bool text = call->arguments[0]->texts != NULL;
	for (size_t row = 0; row < call->rows; row++) {
		size_t i = 0;
		while (i + 1 < call->count && (text ? !call->arguments[i]->texts[row].data : isnan(call->arguments[i]->numbers[row])))
			i++;
		if (text)
			call->texts[row] = call->arguments[i]->texts[row];
		else
			call->numbers[row] = call->arguments[i]->numbers[row];
	}
}

/* --- more than one argument --- */

static void extreme(struct ns_expression_call *call, double sign)
{
	double *restrict out = call->numbers;
	memcpy(out, call->arguments[0]->numbers, call->rows * sizeof *out);
	for (size_t i = 1; i < call->count; i++) {
		const double *restrict xs = call->arguments[i]->numbers;
		for (size_t row = 0; row < call->rows; row++)
			out[row] = isnan(out[row]) || sign * out[row] >= sign * xs[row] ? out[row] : xs[row];
	}
}

void ns_expression_min(struct ns_expression_call *call)
{
	extreme(call, -1);
}

void ns_expression_max(struct ns_expression_call *call)
{
	extreme(call, 1);
}

void ns_expression_clip(struct ns_expression_call *call)
{
	const double *xs = call->arguments[0]->numbers, *lows = call->arguments[1]->numbers, *highs = call->arguments[2]->numbers;
	for (size_t row = 0; row < call->rows; row++) {
		double x = xs[row], low = lows[row], high = highs[row];
		call->numbers[row] = isnan(x) || isunordered(low, high) ? NAN : x > high || low > high ? high : x < low ? low : x;
	}
}

void ns_expression_ratio(struct ns_expression_call *call)
{
	const double *xs = call->arguments[0]->numbers, *ys = call->arguments[1]->numbers, *otherwise = call->arguments[2]->numbers;
	for (size_t row = 0; row < call->rows; row++)
		call->numbers[row] = ys[row] == 0 ? otherwise[row] : ns_finite(xs[row] / ys[row]);
}

/* --- constants that ascend --- */

struct bounds {
	size_t count;
	double numbers[];
};

/* How many are at most x. */
static size_t count_below(const struct bounds *bounds, double x)
{
	size_t low = 0, high = bounds->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (bounds->numbers[middle] <= x)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int ns_expression_prepare_bucket(struct ns_expression *expression, struct ns_expression_node *node, struct ns_err *err)
{
	struct bounds *bounds = ns_alloc(expression->arena, sizeof *bounds + (node->count - 1) * sizeof *bounds->numbers);
	bounds->count = node->count - 1;
	for (size_t i = 0; i < bounds->count; i++) {
		const struct ns_expression_node *bound = &expression->nodes[node->arguments[i + 1]];
		bounds->numbers[i] = bound->number;
		if (isnan(bound->number) || (i && bound->number <= bounds->numbers[i - 1]))
			return ns_expression_fail(expression, bound->place, err, "the bounds of bucket have to ascend");
	}
	node->prepared = bounds;
	return NS_OK;
}

void ns_expression_bucket(struct ns_expression_call *call)
{
	const double *xs = call->arguments[0]->numbers;
	for (size_t row = 0; row < call->rows; row++)
		call->numbers[row] = isnan(xs[row]) ? NAN : (double)count_below(call->prepared, xs[row]);
}
