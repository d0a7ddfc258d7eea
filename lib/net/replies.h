/*
 * replies: what a server sends, looked through before libmongoc does.
 *
 * libmongoc 1.23 takes the lengths within a message at their word: a reply whose section or document says that it is longer than the
 * message ends the process by a signal, one with a damaged batch ends the batch. Behind this guard such a reply is what a
 * connection cut short is: the connection is given up, and whoever asked asks again or fails (find.h).
 */
#ifndef NS_NET_REPLIES_H
#define NS_NET_REPLIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct _mongoc_client_t;

/* Before the first command. Where libmongoc does not give away how it connects, nothing is guarded. */
void ns_replies_guard(struct _mongoc_client_t *client);

/*
 * A whole message that libmongoc can be given: one document that fills it, all of its elements within it, down to the documents of a
 * batch, which are as long as they say and end in a zero byte (what is in those is documents.h's). A compressed one is let through as
 * it is: servers send such only where the URI asks for compressors.
 */
bool ns_reply_is_sound(const uint8_t *message, size_t size);

#endif
