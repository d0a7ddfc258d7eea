/*
 * progress: one line on stderr while long work runs, gone when it is done.
 *
 * Shown only when stderr is a terminal, stdout is not a pipe and --quiet is off; nothing in the first half second. total 0
 * means unknown: how many a second are shown then, of the whole time so far. ns_progress_add may be called from any thread, as often as one likes. Remarks and errors (err) take the line
 * away first; the end of the tool does too.
 */
#ifndef NS_BASE_PROGRESS_H
#define NS_BASE_PROGRESS_H

#include <stdint.h>

void ns_progress_start(const char *what, uint64_t total); /* "training", 441 */
void ns_progress_add(uint64_t done);
void ns_progress_stop(void); /* without a start it does nothing */
void ns_progress_hide(void); /* clears the line; it comes back with a later add */

#endif
