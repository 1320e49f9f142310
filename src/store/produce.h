/*
 * produce: batches come in, whole or not at all; and how one that is there is found again.
 */
#ifndef STORE_PRODUCE_H
#define STORE_PRODUCE_H

#include "queue/begin.h"
#include "store/open.h"

#define STORE_PIECES_MAX 100000     /* of one job */
#define STORE_APPEND_JOBS_MAX 20000 /* that are added to a batch in one transaction */

struct store_batch_spec {
    const char *name;          /* ≤ STORE_NAME_MAX; unique */
    const char *profile;       /* must have been configured (ERR_CONFIG) */
    const char *voice;         /* NULL = the profile's */
    const char *source_sha256; /* hex of the input, NULL = unknown: finds the same file again */
    const char *uncertain;     /* "retry", "hold" or NULL = the account's */
    int64_t priority;
    int64_t weight;        /* 1 … 1000 */
    int64_t budget_micros; /* most that its calls may cost; 0 = no budget */
    int64_t cap;         /* most of its jobs running at a time; 0 = as many as its account makes */
    int64_t by_ms;       /* when it should be done, wall clock; 0 = any time. Orders nothing */
    int64_t start_ms;    /* wall clock that its jobs with waits_for_start wait for; 0 = none does */
    bool fresh;          /* takes no answer of equal requests, calls for each job */
    int64_t producer_id; /* worker id under which the caller holds a presence file */
    const char *on_done; /* what its end sets off (store/ending.h): a command line, … */
    const char *notify;  /* … a URL; NULL = the configuration's, "" = nothing */
};
struct store_job_spec {
    const char *text; /* UTF-8, NUL-terminated, at least one character */
    size_t text_bytes;
    int64_t chars;                     /* code points */
    const char *name, *ext_id, *voice; /* NULL = none */
    const char *chapter;               /* its title; NULL = of no chapter */
    enum begin begins;
    int64_t priority;
    int64_t delay_ms; /* 0 = ready at once */
    int64_t start_ms; /* > 0: of the batch, by the wall clock: it waits for that, too */
    /* A text for more than one call: where each piece ends, in bytes; the last is text_bytes. 0 =
     * the whole text at once. At least 2 otherwise. */
    const size_t *piece_ends;
    size_t piece_count;
};
/* A batch is loaded in as many transactions as its size asks for and becomes visible to workers
 * with the last one only (all or nothing): begin, add…, commit. A batch whose producer died before
 * commit is removed by the keeper; if it lives after all, add and commit on the handle that began
 * the batch are ERR_FAILED, also when the id has been given again. ERR_INPUT when the name is
 * taken.
 */
bool store_batch_begin(struct store *s, const struct store_batch_spec *spec, int64_t *batch_id,
                       struct err *e) MUST_CHECK;
bool store_batch_add(struct store *s, int64_t batch_id, const struct store_job_spec *jobs,
                     size_t count, struct err *e) MUST_CHECK;
bool store_batch_commit(struct store *s, int64_t batch_id, struct err *e) MUST_CHECK;
/* Instead of commit: the jobs become more of the batch to_id, in its order behind what is there
 * (with other ids, if others were added to it while they were loaded), at once (≤
 * STORE_APPEND_JOBS_MAX, else ERR_INPUT); the loaded batch is gone. While to_id waits for its start
 * they wait, too, whatever their delay. ERR_NOT_FOUND when to_id is gone; ERR_INPUT when it has
 * that source already, unless `again`. */
bool store_batch_append(struct store *s, int64_t batch_id, int64_t to_id, const char *source_sha256,
                        bool again, struct err *e) MUST_CHECK;
bool store_batch_has_source(struct store *s, int64_t batch_id, const char *source_sha256, bool *has,
                            struct err *e) MUST_CHECK;
bool store_batch_abort(struct store *s, int64_t batch_id, struct err *e) MUST_CHECK;

/* The batch with this name or this source, by id; ERR_NOT_FOUND. `name_out` may be NULL. */
bool store_batch_by_name(struct store *s, const char *name, int64_t *batch_id,
                         struct err *e) MUST_CHECK;
bool store_batch_by_source(struct store *s, const char *source_sha256, int64_t *batch_id,
                           char name_out[STORE_NAME_MAX + 1], struct err *e) MUST_CHECK;
/* The name of every batch, for "did you mean". */
bool store_batch_names(struct store *s, void (*each)(const char *name, void *arg), void *arg,
                       struct err *e) MUST_CHECK;

#endif
