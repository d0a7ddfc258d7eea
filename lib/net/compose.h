/*
 * compose: rows as BSON documents, byte by byte.
 *
 * A document begins with its _id, an ObjectId, and _ns, {key: ...}; then come the fields (fields.h), each value by its type:
 *
 *	integer  int32 where it fits, else int64       text     string
 *	real     double                                date     date
 *	boolean  bool                                  missing  no field, or null; a nested document all of whose values are missing is left out
 *
 * ObjectIds count up, so that documents in the order of their _id stand in the order of the rows: the seconds are the server's, which
 * is what ns-export --since-file goes by, then 5 bytes that tell this run from others, and a counter from 0.
 */
#ifndef NS_NET_COMPOSE_H
#define NS_NET_COMPOSE_H

#include "net/fields.h"
#include "net/values.h"

/* What a MongoDB server takes as one document. */
#define NS_DOCUMENT_MAX ((size_t)16 * 1024 * 1024)

struct ns_composer {
	struct ns_fields fields;
	bool null;             /* missing values are null */
	size_t fixed;          /* bytes of a document but for its texts and key */
	unsigned char unique[5];
	int64_t seconds, ahead; /* of the last _id; server's clock less ours */
	uint32_t counter;
};

/* now: the server's clock in milliseconds since 1970. */
void ns_composer_init(struct ns_composer *composer, const struct ns_fields *fields, bool null, int64_t now);
/*
 * The most bytes that the document will have; 0 where its texts are so long that it cannot be stored.
 */
size_t ns_compose_bound(const struct ns_composer *composer, const struct ns_value *values, size_t count, struct ns_span key);
/* Writes the document and returns its size: at most the bound. */
size_t ns_compose(char *out, struct ns_composer *composer, const struct ns_value *values, struct ns_span key);

/* Of a document written here. */
struct ns_span ns_composed_key(const char *document);
const unsigned char *ns_composed_id(const char *document); /* 12 bytes */

#endif
