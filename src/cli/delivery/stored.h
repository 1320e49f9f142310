/*
 * stored: one answer as the store has it, opened for reading and checked against its hash.
 */
#ifndef CLI_DELIVERY_STORED_H
#define CLI_DELIVERY_STORED_H

#include "audio/audio.h"
#include "base/buf.h"
#include "base/sha256.h"
#include "cli/session.h"
#include "cli/view/progress.h"

#define STORED_LOST_SHOWN 20

struct stored {
    int64_t job_id, result_id;
    char *path; /* NULL = in the database */
    int64_t offset, bytes, duration_ms;
    char *format;
    unsigned char sha256[SHA256_BYTES];
    size_t text_at, text_bytes; /* what it speaks of the job's text */
};

/* What speaks a job: its result, or one for each piece, in order. */
struct stored_list {
    struct stored *items;
    size_t count;
    int64_t bytes;
};

/* Of a job that is done; empty for any other. The list is the caller's to release. */
bool stored_of_job(struct session *s, const struct store_job_row *row, struct stored_list *list,
                   struct err *e) MUST_CHECK;
void stored_release(struct stored_list *list);

struct stored_sound {
    struct audio_source source; /* lives as long as this */
    struct buf body;
    int fd; /* -1 = in body */
};

/* An answer's file, for reading. ERR_CORRUPT when it is gone. */
bool stored_open_file(const struct session *s, int results_fd, int64_t job_id, const char *path,
                      int *fd, struct err *e) MUST_CHECK;
/* Reads and checks it; ERR_CORRUPT when the bytes are not those that were stored.
 * *out is ready for stored_close also on failure. */
bool stored_open(struct session *s, int results_fd, const struct stored *one,
                 struct stored_sound *out, struct err *e) MUST_CHECK;
/* ERR_CORRUPT: the answer of that job is, and in what way. Returns false. */
bool stored_damaged(int64_t job_id, const char *what, struct err *e);
/* Was that failure one of the answer's bytes: changed, gone or unreadable? */
bool stored_is_lost(const struct err *e);
/* Reads all that speaks a job that is done: is any of it lost? Then says that the job is left out,
 * for the first STORED_LOST_SHOWN of *count, above the progress line, and counts it. */
bool stored_leave_out(struct session *s, int results_fd, const struct store_job_row *row,
                      struct progress *progress, int64_t *count);
/* Of those that were left out: ERR_JOBS_FAILED, as what is left out is as good as failed. */
bool stored_none_lost(const char *batch, int64_t count, struct err *e) MUST_CHECK;
/* cli_fail, and for a damaged answer what to do about it. Returns the exit code. */
int stored_fail(const char *batch, const struct err *e);
void stored_close(struct stored_sound *sound);

enum audio_format stored_format(const struct stored *one);

#endif
