/* numbers: a file of numbers with a header line, for tests that hold ours against stored ones. Blanks for what is no number. */
#ifndef TESTS_NUMBERS_H
#define TESTS_NUMBERS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct numbers {
	size_t rows, width;
	double *values; /* row * width + column; malloced */
};

/* Reads the whole file; ends the test program when it cannot. */
static inline struct numbers numbers_read(const char *path)
{
	struct numbers numbers = {0};
	char line[65536];
	FILE *file = fopen(path, "r");
	if (!file || !fgets(line, sizeof line, file)) {
		perror(path);
		exit(1);
	}
	numbers.width = 1;
	for (const char *c = line; *c; c++)
		numbers.width += *c == ',';
	while (fgets(line, sizeof line, file)) {
		numbers.values = realloc(numbers.values, (numbers.rows + 1) * numbers.width * sizeof *numbers.values);
		char *at = line;
		for (size_t i = 0; i < numbers.width; i++, at += *at == ',')
			numbers.values[numbers.rows * numbers.width + i] = strtod(at, &at);
		numbers.rows++;
	}
	fclose(file);
	return numbers;
}

#endif
