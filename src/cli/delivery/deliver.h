/*
 * deliver: a batch's results as files in a folder, in order, complete and checked.
 */
#ifndef CLI_DELIVERY_DELIVER_H
#define CLI_DELIVERY_DELIVER_H

#include "cli/session.h"

enum deliver_placing {
    DELIVER_LINK_OR_COPY, /* a link to the result where it can be one: read-only, and no room */
    DELIVER_LINK,         /* an error where it cannot; small answers share files and are written */
    DELIVER_COPY,         /* a file of one's own, which may be changed */
};

struct deliver_options {
    const char *folder;   /* made when missing */
    const char *template; /* of the names, see deliver_name.h; NULL = DELIVER_TEMPLATE */
    enum deliver_placing placing;
    bool follow; /* files as they finish, until the batch has ended */
    /* With follow, for each job in order: its file, NULL = it ended without. */
    void (*on_file)(void *arg, const struct store_job_row *row, const char *file);
    void *arg;
    bool partial; /* leave out what has no result, or a damaged one, instead of refusing */
    bool force;   /* replace files with other content */
};
struct deliver_report {
    int64_t files;              /* that are in the folder now */
    int64_t same;               /* of these: were there already */
    int64_t missing;            /* jobs without a result that can be had; of these: */
    int64_t damaged;            /* whose answer is lost, each named */
    int64_t bytes, duration_ms; /* of all files; unknown durations count as 0 */
};

/* Writes "0001_first-words.wav" … and manifest.json. A file is complete under its name or not
 * there, so that an interrupted delivery is continued by saying it again. ERR_JOBS_FAILED when
 * results are missing and `partial` is not set; ERR_USAGE for a template that is none or gives two
 * jobs one name, before anything is written. While another delivery writes into the folder it waits
 * for that one's end. With `follow` it waits, whoever works on the batch,
 * and says when nobody does. ERR_FAILED when another file has the name and `force` is not set;
 * ERR_CORRUPT when a result is not what was stored. Blocks on the disk. */
bool deliver_batch(struct session *s, int64_t batch_id, const char *name,
                   const struct deliver_options *options, struct deliver_report *report,
                   struct err *e) MUST_CHECK;

/* The batch was delivered whole, when all of its jobs are these `done` ones: notes that it may be
 * pruned. Opens the session's store anew, for writing; who may not write leaves no note. */
void deliver_note(struct session *s, int64_t batch_id, int64_t done);

#endif
