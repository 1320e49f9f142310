/*
 * space: is there room on the file systems that somebody writes to?
 *
 * Where little is left no new work is begun, so that what is under way can still be written down.
 */
#ifndef BASE_SPACE_H
#define BASE_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPACE_LOOK_MS 250 /* how often those who begin work look */
#define SPACE_HOLD_MS                                                                              \
    2000 /* what was low is not looked at again before: no flapping at the limit */

/* Bytes that this user may still write to the file system of `path` (a file or folder); INT64_MAX
 * when that cannot be told. Microseconds; never fails. */
int64_t space_free_bytes(const char *path);

struct space { /* paths are kept by pointer */
    const char *const *paths;
    size_t path_count;
    int64_t min_bytes;   /* 0 = never low */
    int64_t low_boot_ms; /* when it was last found low */
    bool low;
    const char *low_path; /* where, and … */
    int64_t low_bytes;    /* … how much is left there; both valid while low */
};

/* Looks, if it is time to; returns whether `low` has changed. */
bool space_look(struct space *s, int64_t now_boot_ms);

#endif
