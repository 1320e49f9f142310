/*
 * open: a database as a handle, and what every part of the contract shares.
 */
#ifndef STORE_OPEN_H
#define STORE_OPEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define STORE_BUSY_MS 30000
#define STORE_NAME_MAX 128 /* bytes of a batch's, account's or profile's name */
#define STORE_SHA256_BYTES 32

struct store;

enum store_mode {
    STORE_READ, /* must exist; never writes (a WAL reader still needs write access to the folder) */
    STORE_WRITE,  /* must exist */
    STORE_CREATE, /* created and migrated when needed */
};

/* Opens the database at `path` (absolute), migrates in STORE_CREATE and STORE_WRITE. Refused with a
 * clear line: not there (ERR_NO_SERVICE), newer (ERR_DB_NEWER), not a database (ERR_CORRUPT), on a
 * network filesystem (ERR_CONFIG), no access (ERR_NO_SERVICE). When the kernel has booted since the
 * last use, deadlines are moved to the new boot's clock (running delays keep what was left of
 * them).
 */
bool store_open(struct store **out, const char *path, enum store_mode mode,
                struct err *e) MUST_CHECK;
void store_close(struct store *s); /* NULL is fine */

/* How long a changing call on this handle waits for SQLite's lock before ERR_DB_LOCKED, instead of
 * STORE_BUSY_MS: for a process that must not be silent for so long. Before that it may have waited
 * some seconds for its turn. */
void store_set_patience(struct store *s, int busy_ms);

/* Changes whenever any other connection has committed. Microseconds, no lock. -1 on error. */
int64_t store_data_version(struct store *s);

struct store_verdict {
    const char *library; /* "SQLite 3.40.1" */
    bool wal_reset_race; /* this library can lose a commit to a foreign checkpoint */
    const char *advice;  /* one line */
};
struct store_verdict store_version_verdict(void);

#endif
