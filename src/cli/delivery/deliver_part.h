/*
 * deliver_part: files of a delivery that are written and have no name yet.
 *
 * A name stands for whole content, so a file is synced before it gets one; and a sync costs
 * milliseconds, for one file as for many. So files wait for their names until there are
 * DELIVER_PARTS_MAX of them, then all are synced, then all are named.
 */
#ifndef CLI_DELIVERY_DELIVER_PART_H
#define CLI_DELIVERY_DELIVER_PART_H

#include "base/err.h"
#include "cli/delivery/deliver_name.h"

#define DELIVER_PARTS_MAX 32 /* an open file each */
#define DELIVER_PART_NAME_BYTES 32
#define DELIVER_FILE_MODE 0666 /* subject to the umask */

struct deliver_parts {
    int dir_fd;
    const char *folder; /* for messages */
    bool force;         /* names may be taken from what has them */
    size_t most;        /* that may wait, 1 to DELIVER_PARTS_MAX */
    size_t count;
    struct {
        int fd;
        char name[DELIVER_NAME_BYTES];
    } part[DELIVER_PARTS_MAX];
};

/* Where the next part is to lie in the folder. What lies there goes: an interrupted run may have
 * left a link to a stored result, which nobody may write to. False, with errno, when it cannot. */
bool deliver_part_place(const struct deliver_parts *p,
                        char out[DELIVER_PART_NAME_BYTES]) MUST_CHECK;

/* Opens the next part, empty, readable and writable. Who closes it, instead of adding it, gets the
 * same one next time. */
bool deliver_part_open(const struct deliver_parts *p, int *fd, struct err *e) MUST_CHECK;

/* The part that was opened last is written, and is to be called `name`, whose folder is there.
 * Takes *fd over and sets it to -1. Names all when as many wait as may. */
bool deliver_part_add(struct deliver_parts *p, int *fd, const char *name, struct err *e) MUST_CHECK;

/* Names all that wait. After a failure none waits, and some may have their names. */
bool deliver_part_name_all(struct deliver_parts *p, struct err *e) MUST_CHECK;

/* Unlinks parts that nobody will name, of this delivery and of one that was killed. */
void deliver_part_sweep(const struct deliver_parts *p);

#endif
