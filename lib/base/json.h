/*
 * json: writes JSON (RFC 8259), indented by two blanks, in the order in which it is told.
 *
 *	struct ns_json json = NS_JSON_INIT(maximum);
 *	ns_json_object(&json, NULL);                 {
 *	ns_json_number(&json, "accuracy", 0.95);       "accuracy": 0.95,
 *	ns_json_array(&json, "folds");                 "folds": [
 *	ns_json_row(&json, NULL);                        [1, 2]
 *	... two integers, ns_json_end(&json);
 *	ns_json_end(&json);                            ]
 *	ns_json_end(&json);                          }
 *
 * key is NULL in arrays and for the outermost value. Numbers are the shortest that read back as the same double; NaN and the
 * infinities, which JSON has not, are null. Text is escaped; what is no UTF-8 becomes U+FFFD. The document ends in a newline.
 */
#ifndef NS_BASE_JSON_H
#define NS_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

enum { NS_JSON_DEPTH = 32 };

struct ns_json {
	struct ns_buffer out;        /* the text; the caller's to write and release */
	char closers[NS_JSON_DEPTH]; /* of what is open */
	int depth;
	bool filled; /* something stands in what is open */
	bool flat;   /* what is open is a row */
	bool failed; /* the maximum was passed: out is not the whole document */
};
#define NS_JSON_INIT(maximum) ((struct ns_json){.out = NS_BUFFER_INIT(maximum)})

void ns_json_object(struct ns_json *json, const char *key);
void ns_json_array(struct ns_json *json, const char *key);
void ns_json_row(struct ns_json *json, const char *key); /* an array in one line; holds no objects or arrays */
void ns_json_end(struct ns_json *json);
void ns_json_number(struct ns_json *json, const char *key, double value);
void ns_json_integer(struct ns_json *json, const char *key, int64_t value);
void ns_json_text(struct ns_json *json, const char *key, const char *value); /* NULL: null */

#endif
