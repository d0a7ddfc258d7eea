/*
 * spool: columns of numbers that are too many to hold, in a temporary file without a name, and then back in memory as plain
 * arrays that the file backs: the kernel keeps as much of them as it has room for, and drops the rest.
 *
 * The file lies in TMPDIR, else in /tmp, and has 8 bytes a number; it is gone when the process ends, however it ends. Where that
 * folder is held in memory itself (tmpfs) nothing is won. While rows are added some 8 MB are held (and 4 KB a column at least). A
 * disk that is full is NS_ECALL.
 */
#ifndef NS_TABLE_SPOOL_H
#define NS_TABLE_SPOOL_H

#include "base/arena.h"
#include "base/err.h"

/* More columns than this would take more mappings than a process may have. */
enum { NS_SPOOL_COLUMNS = 4096 };

struct ns_spool;
/* columns: 1 .. NS_SPOOL_COLUMNS. rows: a guess of how many there will be at least; it does not matter much. */
int ns_spool_open(struct ns_spool **out, size_t columns, size_t rows, struct ns_err *err);
/* numbers[column][0 .. rows-1] behind what is there. */
int ns_spool_add(struct ns_spool *spool, const double *const *numbers, size_t rows, struct ns_err *err);
/*
 * Each column as one array of all rows, which may be written to and lives as long as the arena. Whatever the result, the spool is
 * closed.
 */
int ns_spool_map(double **numbers, struct ns_spool *spool, struct ns_arena *arena, struct ns_err *err);
void ns_spool_close(struct ns_spool *spool); /* NULL is fine */

#endif
