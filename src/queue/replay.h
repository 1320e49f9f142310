/*
 * replay: what a log of calls says about the cap: how many were in flight at the most, and whether
 * the account was full while work waited. Pure. It knows nothing of leases: it is the books, not
 * the guard.
 */
#ifndef QUEUE_REPLAY_H
#define QUEUE_REPLAY_H

#include <stddef.h>
#include <stdint.h>

struct replay_spans { /* of time, wall clock ms; begin_ms[i] belongs to some end_ms[j] */
    int64_t *begin_ms, *end_ms;
    size_t count, room;
};

struct replay_findings {
    int64_t max_in_flight;
    int64_t waiting_ms; /* in which at least one job waited */
    int64_t full_ms;    /* … and at least `cap` calls were in flight */
};

/* Adds a span; an end before its begin (the clock was set back) counts as its begin. */
void replay_add(struct replay_spans *s, int64_t begin_ms, int64_t end_ms);
void replay_release(struct replay_spans *s);

/* Looks at all of them; sorts the spans in place. At one and the same millisecond ends come first:
 * a slot is handed over in microseconds. */
void replay_run(struct replay_spans *calls, struct replay_spans *waits, int64_t cap,
                struct replay_findings *out);

#endif
