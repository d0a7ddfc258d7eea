/*
 * Nanoseconds a value, ours beside the C library's, on short integers and long decimals:
 *
 *	make libs && cc -O3 -std=gnu17 -Ilib tests/bench/number_bench.c build/release/base.a -lm -o build/number_bench && build/number_bench
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/number.h"

enum { VALUES = 1 << 16, ROUNDS = 64, WIDTH = 32 };

static char texts[VALUES][WIDTH];
static unsigned char sizes[VALUES];
static double numbers[VALUES];
static volatile double sink;

static double now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void measure(const char *what)
{
	char out[NS_NUMBER_MAX];
	double sum = 0, value, start = now();
	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < VALUES; i++)
			if (ns_number_parse(&value, texts[i], sizes[i]))
				sum += value;
	double parsed = now();
	for (int round = 0; round < ROUNDS / 4; round++)
		for (int i = 0; i < VALUES; i++)
			sum += strtod(texts[i], NULL);
	double theirs = now();
	for (int round = 0; round < ROUNDS / 4; round++)
		for (int i = 0; i < VALUES; i++)
			sum += (double)ns_number_print(out, numbers[i]);
	double printed = now();
	for (int round = 0; round < ROUNDS / 16; round++)
		for (int i = 0; i < VALUES; i++)
			sum += snprintf(out, sizeof out, "%.17g", numbers[i]);
	double end = now();
	sink = sum;
	printf("%-22s parse %6.1f ns (strtod %6.1f)   print %6.1f ns (printf %%.17g %6.1f)\n", what, (parsed - start) / VALUES / ROUNDS,
		(theirs - parsed) / VALUES / (ROUNDS / 4), (printed - theirs) / VALUES / (ROUNDS / 4), (end - printed) / VALUES / (ROUNDS / 16));
}

/* So many digits behind the point; -1: all 17. */
static void fill(int digits, double (*draw)(void))
{
	for (int i = 0; i < VALUES; i++) {
		numbers[i] = draw();
		int size = digits < 0 ? snprintf(texts[i], WIDTH, "%.17g", numbers[i])
				      : snprintf(texts[i], WIDTH, "%.*f", digits, numbers[i]);
		sizes[i] = (unsigned char)size;
	}
}

static double code(void) { return rand() % 3 - 1; }
static double small(void) { return rand() % 2000 - 1000; }
static double unit(void) { return rand() / (RAND_MAX + 1.0) + rand() / (RAND_MAX + 1.0) / RAND_MAX; }
static double cents(void) { return rand() % 1000000 / 100.0; }

int main(void)
{
	fill(0, code);
	measure("-1, 0, 1");
	fill(0, small);
	measure("-1000 ... 999");
	fill(2, cents);
	measure("two decimals");
	fill(-1, unit);
	measure("17 digits");
	return 0;
}
