/*
 * share: equal requests get one answer. Inside an open transaction.
 *
 * A claimed job that makes a request nobody made before owns it and makes the call. Another job of
 * the same request becomes done with the owner's answer, without an attempt; while the owner's call
 * is in flight it waits (delayed, job.waits_for); when the owner came to no answer, it becomes the
 * owner itself. Who waits is moved by the settle of its owner; the rest of very many, and whom a
 * case nobody thought of left behind, by the keeper, and by its own due time at the latest.
 */
#ifndef STORE_SQLITE_SHARE_H
#define STORE_SQLITE_SHARE_H

#include "queue/request_key.h"
#include "store/sqlite/db.h"

#define SHARE_TURN_MAX 256  /* jobs that one turn moves without a call */
#define SHARE_TIDY_MAX 1000 /* … that one look of the keeper moves */
/* A job that waits looks by itself after so long; an owner whose next try is later than this is not
 * waited for. */
#define SHARE_LOOK_MS 10000

enum share_verdict {
    SHARE_CALL, /* the job makes the call */
    SHARE_DONE, /* it is done with an answer of before */
    SHARE_WAIT, /* it waits for the one that is on its way */
};

struct share_job { /* claimed: running, not counted and without an attempt yet */
    int64_t job_id, batch_id;
    struct request_key key;
    bool fresh; /* takes no answer of others; its own is for all */
};
/* Moves the job unless it makes the call; counts it from ready to where it is then. */
bool share_claimed(struct store *s, const struct share_job *job, enum share_verdict *verdict,
                   struct err *e) MUST_CHECK;

/* The job has got its answer: others wait for it no more. */
bool share_answered(struct store *s, int64_t job_id, int64_t result_id, struct err *e) MUST_CHECK;

/* It has none, and will not soon: they are ready again. */
bool share_given_up(struct store *s, int64_t job_id, struct err *e) MUST_CHECK;

/* Does anybody wait for a job that is over? Read only; *owner is where to go on, 0 = nobody. */
bool share_find_left(struct store *s, int64_t *owner, struct err *e) MUST_CHECK;
/* Moves who waits for jobs that are over, from `owner` on. */
bool share_tidy(struct store *s, int64_t owner, struct err *e) MUST_CHECK;

#endif
