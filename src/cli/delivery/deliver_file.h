/*
 * deliver_file: one job's sound as a file in the folder; internal to delivering (deliver.h).
 */
#ifndef CLI_DELIVERY_DELIVER_FILE_H
#define CLI_DELIVERY_DELIVER_FILE_H

#include "base/sha256.h"
#include "cli/delivery/deliver.h"
#include "cli/delivery/deliver_name.h"
#include "cli/delivery/deliver_part.h"
#include "cli/view/progress.h"

#define DELIVER_FOLDER_MODE 0777 /* subject to the umask, as the files' is */

struct deliver {
    struct session *session;
    const struct deliver_options *options;
    struct deliver_report *report;
    const char *batch;
    int64_t batch_id;
    struct deliver_name name;
    char made[DELIVER_NAME_BYTES]; /* the subfolder that was looked at last */
    bool has_subfolders;
    int dir_fd, results_fd;
    struct deliver_parts parts;
    FILE *manifest;
    int64_t total;
    struct progress progress;
    bool ok;
    struct err *e;
};

/* The row as it was delivered: with the facts of the joined file where the sound is in pieces. */
struct delivered {
    struct store_job_row row;
    unsigned char digest[SHA256_BYTES];
    char name[DELIVER_NAME_BYTES];
};

/* Puts the file there, if it is not, and counts it; it may wait for its name in d->parts.
 * *has_sound is false for a job without any, and with `partial` for one whose answer is lost. */
bool deliver_file(struct deliver *d, const struct store_job_row *row, struct delivered *out,
                  bool *has_sound) MUST_CHECK;

#endif
