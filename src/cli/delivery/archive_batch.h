/*
 * archive_batch: all of a batch in one tar file, for years: its sound, its texts, and what is on
 * record of its jobs and their calls. (A whole queue in a folder, to be put in its place again, is
 * a backup: care/backup.h.)
 */
#ifndef CLI_DELIVERY_ARCHIVE_BATCH_H
#define CLI_DELIVERY_ARCHIVE_BATCH_H

#include "cli/session.h"

struct archive_batch_options {
    const char *batch;
    const char *file;
    bool partial; /* leave out what has no result, or a damaged one, instead of refusing */
    bool force;   /* replace a file that is there */
};
struct archive_batch_report {
    int64_t files;              /* of sound */
    int64_t missing;            /* jobs without a result that can be had; of these: */
    int64_t damaged;            /* whose answer is lost, each named */
    int64_t bytes, duration_ms; /* of the archive; of all sound that is known */
};

/* Everything lies in one folder of the batch's name: the files as `ttsq get` names them,
 * manifest.json, texts.jsonl (as `ttsq enqueue` takes it), jobs.jsonl (a line a job as of `ttsq
 * show --json`, with its attempts) and SHA256SUMS (of all the others, as sha256sum(1) takes it).
 * The archive appears when it is whole and was read back. ERR_JOBS_FAILED when results are missing
 * and `partial` is not set; ERR_FAILED when the file is there and `force` is not set; ERR_CORRUPT
 * when a result is not what was stored. Blocks on the disk. */
bool archive_batch(struct session *s, int64_t batch_id, const struct archive_batch_options *options,
                   struct archive_batch_report *report, struct err *e) MUST_CHECK;

#endif
