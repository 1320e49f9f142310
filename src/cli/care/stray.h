/*
 * stray: the results folder against the store: answers on record whose bytes are not there, and
 * files that nobody has on record (the work of a process that died, a copy from elsewhere).
 */
#ifndef CLI_CARE_STRAY_H
#define CLI_CARE_STRAY_H

#include <time.h>

#include "cli/session.h"

#define STRAY_YOUNG_S 3600 /* a younger file may be an answer that is just being settled */

struct stray_list {
    char **path; /* below the results folder */
    size_t count, room;
};

struct stray {
    int64_t results;           /* answers on record that are files or in one */
    struct stray_list missing; /* of these: not there, or too short */
    struct stray_list unowned; /* files that no answer is on record for, and not young */
    int64_t unowned_bytes;
    int64_t spare, spare_bytes; /* answers on record that no job needs any more, and that are there:
                                 * they go with their batches */
};

/* Reads the store and the folder's names and sizes, no content. */
bool stray_find(struct session *s, struct stray *out, struct err *e) MUST_CHECK;
void stray_release(struct stray *s);

/* Moves every unowned file to the folder `quarantine` in the results folder, never over another;
 * *moved counts them. */
bool stray_quarantine(struct session *s, const struct stray *found, int64_t *moved,
                      struct err *e) MUST_CHECK;

#endif
