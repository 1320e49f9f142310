/*
 * deliver: a batch's results as files in a folder, in order, complete and checked.
 */
#ifndef CLI_DELIVER_H
#define CLI_DELIVER_H

#include "cli/session.h"

#define DELIVER_MANIFEST "manifest.json"

struct deliver_options {
    const char *folder; /* made when missing */
    bool partial;       /* leave out what has no result instead of refusing */
    bool force;         /* replace files with other content */
};
struct deliver_report {
    int64_t files;              /* that are in the folder now */
    int64_t same;               /* of these: were there already */
    int64_t missing;            /* jobs without a result */
    int64_t bytes, duration_ms; /* of all files; unknown durations count as 0 */
};

/* Writes "0001_first-words.wav" … and DELIVER_MANIFEST. A file is complete under its name or not
 * there, so that an interrupted delivery is continued by saying it again. ERR_JOBS_FAILED when
 * results are missing and `partial` is not set; ERR_FAILED when another file has the name and
 * `force` is not set; ERR_CORRUPT when a result is not what was stored. Blocks on the disk. */
bool deliver_batch(struct session *s, int64_t batch_id, const char *name,
                   const struct deliver_options *options, struct deliver_report *report,
                   struct err *e) MUST_CHECK;

/* The batch was delivered whole, when all of its jobs are these `done` ones: notes that it may be
 * pruned. Opens the session's store anew, for writing; who may not write leaves no note. */
void deliver_note(struct session *s, int64_t batch_id, int64_t done);

#endif
