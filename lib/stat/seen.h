/*
 * seen: which values came before.
 *
 * An open-addressing set of 128-bit keys: a number is its own key (-0 is 0), a text its SipHash, so two texts are taken for one
 * less than once in 2^127 / n^2 sets of n values. 16 bytes a slot, at most three quarters of them used: 22 to 43 bytes a value,
 * half as much again while it grows. One set holds numbers or texts, not both.
 */
#ifndef NS_STAT_SEEN_H
#define NS_STAT_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ns_seen {
	uint64_t (*slots)[2];
	size_t count, capacity;
};

/* True where the value is new; it is kept. A number is not NaN. */
bool ns_seen_number(struct ns_seen *seen, double number);
bool ns_seen_text(struct ns_seen *seen, const char *text, size_t size);
void ns_seen_release(struct ns_seen *seen); /* empty again */

#endif
