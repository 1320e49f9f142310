/*
 * event: what happened, for people: `ttsq log`. Only what is rare; the newest are kept.
 */
#ifndef STORE_EVENT_H
#define STORE_EVENT_H

#include "store/open.h"

/* Whose commands come over this handle from now on, copied; NULL = the program's own. */
void store_set_actor(struct store *s, const char *who);

struct store_event_row {
    int64_t id;              /* larger than that of each event before */
    int64_t at_ms, first_ms; /* the last and the first of `times` times, wall clock */
    int64_t times;
    const char *kind, *what;           /* what: one line, of providers' words too */
    const char *batch, *account, *who; /* NULL = none */
    int64_t job_id;                    /* the newest of them; 0 = none */
};
struct store_events {  /* which of them */
    const char *batch; /* NULL = of all */
    int64_t since_ms;  /* none older, wall clock; 0 = all */
    int64_t after;     /* only those with a larger id */
};
/* These events in order. What repeats moves to the end under a new id. The callback must not use
 * the store. */
bool store_events_each(struct store *s, const struct store_events *which,
                       void (*each)(const struct store_event_row *row, void *arg), void *arg,
                       struct err *e) MUST_CHECK;
/* Sets which->after so that the newest `most` are left. */
bool store_events_newest(struct store *s, struct store_events *which, int64_t most,
                         struct err *e) MUST_CHECK;

/* The settings were not taken over; `what`: one line about it. */
bool store_tell_settings(struct store *s, const char *what, struct err *e) MUST_CHECK;

/* The disk has no room for new calls (low), or has it again; `what`: one line about it. */
bool store_tell_space(struct store *s, bool low, const char *what, struct err *e) MUST_CHECK;
/* *full_ms: when it was said that there is none (wall clock); 0 = it has never been, or there is
 * room again. Reads all events at most. */
bool store_space_told(struct store *s, int64_t *full_ms, struct err *e) MUST_CHECK;

#endif
