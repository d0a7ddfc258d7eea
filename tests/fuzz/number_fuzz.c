/* Whatever the text, number agrees with strtod about its value, and what is printed reads back. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(int good, const char *what, const char *text)
{
	if (!good) {
		fprintf(stderr, "number_fuzz: %s: '%s'\n", what, text);
		abort();
	}
}

/* What strtod takes and ns_number_parse must not: blanks in front, hex, nan. */
static int plain(const char *text, size_t size)
{
	return size && strspn(text, "+-.0123456789eEiInNfFtTyY") == size && !strpbrk(text, "xX") &&
	       strncasecmp(text + (*text == '+' || *text == '-'), "nan", 3) != 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), printed[NS_NUMBER_MAX + 1], *end;
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	double value = 42, truth = strtod(text, &end), again;
	int taken = ns_number_parse(&value, (const char *)data, size);
	expect(taken == (plain(text, size) && end == text + size), "accepted by one only", text);
	if (taken) {
		expect(memcmp(&value, &truth, sizeof value) == 0, "differs from strtod", text);
		size_t length = ns_number_print(printed, value);
		expect(length > 0 && length <= NS_NUMBER_MAX, "printed length", text);
		printed[length] = '\0';
		expect(ns_number_parse(&again, printed, length) && memcmp(&value, &again, sizeof value) == 0, "does not read back", printed);
	}
	int64_t integer;
	if (ns_integer_parse(&integer, text, size))
		expect(taken && (double)integer == value, "integer and number differ", text);
	expect(!ns_number_is_code(text, size) || taken, "a code that is no number", text);
	if (size == sizeof value) { /* any bit pattern */
		memcpy(&value, data, sizeof value);
		size_t length = ns_number_print(printed, value);
		printed[length] = '\0';
		expect(isnan(value) ? length == 0 : ns_number_parse(&again, printed, length) && memcmp(&value, &again, sizeof value) == 0, "does not read back", printed);
	}
	free(text);
	return 0;
}
