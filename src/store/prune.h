/*
 * prune: batches that have ended and were delivered go; what they cost stays.
 */
#ifndef STORE_PRUNE_H
#define STORE_PRUNE_H

#include "store/open.h"

/* A batch is gone for people, for good: its name is free, what it cost stays on record. ERR_FAILED,
 * and nothing changed, when it has jobs or calls that go on, when a job of another batch waits for
 * an answer of it, or when it was not delivered (unless `undelivered`). */
bool store_prune_begin(struct store *s, int64_t batch_id, bool undelivered,
                       struct err *e) MUST_CHECK;

struct store_pruned_answer { /* outside of the database; during the call */
    const char *path;        /* below the results folder */
    int64_t offset;          /* 0 = the file is this answer */
    int64_t bytes;
};
/* How far the removal has come; zero-initialise. It may be dropped at any time: the next begins
 * anew and does what is left. */
struct store_prune {
    enum { STORE_PRUNE_FIND, STORE_PRUNE_SHARED, STORE_PRUNE_REQUESTS, STORE_PRUNE_JOBS } step;
    int64_t batch_id, sharer, from;
};
/* Removes one part of the rows of batches that were pruned, also of what another process has left
 * half done; some may do so at once. *more is false when nothing was left. Each part is short; one
 * that failed leaves *at where it was. */
bool store_prune_part(struct store *s, struct store_prune *at, bool *more,
                      void (*gone)(const struct store_pruned_answer *answer, void *arg), void *arg,
                      struct err *e) MUST_CHECK;
/* All parts. `gone` is told of every answer whose row is durably gone; its bytes are the caller's
 * to remove. Answers that a job of another batch shares stay, and belong to that job. */
bool store_prune_go_on(struct store *s,
                       void (*gone)(const struct store_pruned_answer *answer, void *arg), void *arg,
                       struct err *e) MUST_CHECK;

/* The first batch behind *batch_id that was fetched whole at before_ms (wall clock) or earlier and
 * has ended, 0 = none; `name` has room for STORE_NAME_MAX + 1 bytes. Reads all batches. */
bool store_prune_due(struct store *s, int64_t before_ms, int64_t *batch_id, char *name,
                     struct err *e) MUST_CHECK;

struct store_size {
    int64_t bytes;      /* of the database, also while some of it is in the log */
    int64_t free_bytes; /* of these: they hold nothing, and are used again */
};
bool store_database_size(struct store *s, struct store_size *size, struct err *e) MUST_CHECK;
/* Gives what is free back to the disk: writes the database anew, in one transaction, for which it
 * needs as much room in the log, and once more for temporary files, as the rest has. Nobody else
 * can write meanwhile. The file is as long as before when a reader still needs the log. */
bool store_compact(struct store *s, struct err *e) MUST_CHECK;

/* How many answers a batch has, and their bytes. Reads all of its jobs. */
bool store_prune_size(struct store *s, int64_t batch_id, int64_t *answers, int64_t *bytes,
                      struct err *e) MUST_CHECK;

#endif
