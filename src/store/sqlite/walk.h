/*
 * walk: the jobs of a batch that are in some states, page by page; found by an index of their
 * states, however many others there are.
 */
#ifndef STORE_SQLITE_WALK_H
#define STORE_SQLITE_WALK_H

#include "store/sqlite/db.h"

/* States whose jobs have an index by state: few among many. */
#define WALK_ASIDE                                                                                 \
    (JOB_BIT(JOB_FAILED) | JOB_BIT(JOB_HELD) | JOB_BIT(JOB_DELAYED) | JOB_BIT(JOB_CANCELLED))

struct walk {
    int64_t batch_id;
    unsigned state_mask; /* of WALK_ASIDE, ready, running */
    enum { WALK_AT_ASIDE, WALK_AT_READY, WALK_AT_RUNNING, WALK_OVER } at;
    int64_t after, rank, seq; /* behind this one */
    bool found_ready;         /* the newest page is of jobs that are ready */
};

void walk_begin(struct walk *w, int64_t batch_id, unsigned state_mask);

struct walk_page {
    int64_t *ids; /* the caller's room, for … */
    size_t most;  /* … so many jobs */
    size_t count; /* out */
};

/* The next ids; none behind the last one (WALK_OVER). Whoever changes state meanwhile may be met
 * twice, or not. */
bool walk_next(struct store *s, struct walk *w, struct walk_page *page, struct err *e) MUST_CHECK;

/* Ids behind `after` in order, of states in WALK_ASIDE; fewer than `most` = there are no more. */
bool walk_aside(struct store *s, int64_t batch_id, unsigned state_mask, int64_t after,
                struct walk_page *page, struct err *e) MUST_CHECK;
/* Ids behind `after` in order, of whatever state. */
bool walk_all(struct store *s, int64_t batch_id, int64_t after, struct walk_page *page,
              struct err *e) MUST_CHECK;

#endif
