/*
 * room: does a lack of room on the disk keep calls from beginning, in the words of all commands?
 */
#ifndef CLI_VIEW_ROOM_H
#define CLI_VIEW_ROOM_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/view/text.h"
#include "config/config.h"

struct room {
    bool low;                        /* no new calls */
    int64_t min_bytes;               /* the floor in force: the running service's, else ours */
    const char *path;                /* where, kept by config; NULL = nowhere */
    const char *advice;              /* a line; NULL = none is needed */
    char why[TEXT_SHOWN_BYTES + 80]; /* one line, what matters first; "" = nothing */
};

/* Too little is left where database and results lie; or a service is running and has no reserve
 * there, though there is room for one (base/space.h): for a moment after it was given up, or for as
 * long as a quota or a folder's owner forbids it. Microseconds; never fails. */
void room_look(const struct config *c, struct room *room);

#endif
