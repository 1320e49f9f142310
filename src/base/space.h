/*
 * space: is there room on the file systems that somebody writes to, and what if there is none?
 *
 * Where little is left no new work is begun, so that what is under way can still be written down.
 * But others write to the disk, too, and they stop at its last byte. So a part of the floor is held
 * by a file, the reserve; whoever has something to write down that must not be lost, and finds no
 * room, gives it up. While there is none, no new work is begun either.
 */
#ifndef BASE_SPACE_H
#define BASE_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define SPACE_LOOK_MS 250 /* how often those who begin work look */
/* What was low stays low for so long, whatever there is: no flapping at the limit. */
#define SPACE_HOLD_MS 2000
#define SPACE_RESERVE_PART 4 /* of min_bytes, on each path */
#define SPACE_RESERVE_NAME "reserve"

/* Bytes that this user may still write to the file system of `path` (a file or folder), with the
 * reserve that lies there; INT64_MAX when that cannot be told. Microseconds; never fails. */
int64_t space_free_bytes(const char *path);

struct space { /* paths are kept by pointer */
    const char *const *paths;
    size_t path_count;
    int64_t min_bytes;   /* 0 = never low, no reserve */
    bool needs_reserve;  /* a path without its reserve is low */
    int64_t low_boot_ms; /* when it was last found low */
    bool low;
    const char *low_path; /* where, and … */
    int64_t low_bytes;    /* … how much is left there; both valid while low */
};

/* Looks, if it is time to; returns whether `low` has changed. */
bool space_look(struct space *s, int64_t now_boot_ms);

/* While low: "less than space_min is left, 3.1 MiB at /srv/queue", or that the reserve is not
 * there. Returns out. */
#define SPACE_WHY_BYTES 512
const char *space_why(const struct space *s, char out[SPACE_WHY_BYTES]);

/* Makes each path's reserve that is not there, or is too small, where there is room for it above
 * the floor. One process does. May block on the disk where a file system cannot reserve without
 * writing. False only where there is room and it cannot be made all the same: a quota, a folder
 * that may not be written to. */
bool space_make_reserve(const struct space *s, struct err *e) MUST_CHECK;

/* True while each path has its reserve. */
bool space_has_reserve(const struct space *s);

/* Gives up every reserve. Any thread, any process, any number of times. */
void space_give_up_reserve(const struct space *s);

#endif
