/*
 * holder: which process keeps everybody else from writing.
 *
 * Whoever waits in vain for the database wants to know for whom: mostly it is a process that was
 * frozen (Ctrl-Z in another program, a stopped container) inside its transaction.
 */
#ifndef STORE_SQLITE_HOLDER_H
#define STORE_SQLITE_HOLDER_H

#include <stddef.h>

#define HOLDER_BYTES 128

/* Writes into `out` who holds SQLite's write lock of this database, as " (held by …)", or nothing
 * when nobody is seen to; returns out. Reads /proc only: opening a database's files would drop this
 * process's own locks. */
const char *holder_text(const char *database_path, char out[HOLDER_BYTES]);

#endif
