/*
 * backup: a whole queue in a folder: `queue.db` and `results/`, as `ttsq backup` makes it and
 * `ttsq restore` takes it.
 */
#ifndef CLI_CARE_BACKUP_H
#define CLI_CARE_BACKUP_H

#include "cli/session.h"

struct backup_report {
    int64_t answers; /* outside of the database; counted when writing */
    int64_t files, bytes;
    int64_t damaged; /* files that are not whole: named, and not in it, or not all of them */
};

/* Makes `folder`, which must not be there; it appears with its last step, and of a failure nothing
 * is left. */
bool backup_write(struct session *s, const char *folder, struct backup_report *report,
                  struct err *e) MUST_CHECK;

/* Puts the backup where the configuration says the queue is; refused when a queue is there or a
 * supervisor runs. The database appears with the last step. */
bool backup_restore(const struct config *config, const char *folder, struct backup_report *report,
                    struct err *e) MUST_CHECK;

#endif
