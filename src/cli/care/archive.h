/*
 * archive: a whole queue in a folder: `queue.db` and `results/`, as `ttsq backup` makes it and
 * `ttsq restore` takes it.
 */
#ifndef CLI_CARE_ARCHIVE_H
#define CLI_CARE_ARCHIVE_H

#include "cli/session.h"

struct archive_report {
    int64_t answers; /* outside of the database; counted when writing */
    int64_t files, bytes;
};

/* Makes `folder`, which must not be there; it appears with its last step. */
bool archive_write(struct session *s, const char *folder, struct archive_report *report,
                   struct err *e) MUST_CHECK;

/* Puts the archive where the configuration says the queue is; refused when a queue is there or a
 * supervisor runs. The database appears with the last step. */
bool archive_read(const struct config *config, const char *folder, struct archive_report *report,
                  struct err *e) MUST_CHECK;

#endif
