/*
 * event: what happened, for people: `ttsq log`. Written inside the open transaction, so it is on
 * record exactly when it has happened. Only what is rare belongs here, never a good call.
 */
#ifndef STORE_SQLITE_EVENT_H
#define STORE_SQLITE_EVENT_H

#include "store/sqlite/flow.h"
#include "store/store.h"

#define EVENT_ROWS_MAX 20000                /* the newest are kept */
#define EVENT_TRIM_EVERY 256                /* events, between two looks at how many there are */
#define EVENT_FOLD_NEAR 64                  /* the same again within so many events, … */
#define EVENT_FOLD_MS (INT64_C(600) * 1000) /* … and this time, is counted only */
#define EVENT_WHAT_BYTES 512

struct event {
    enum store_event_kind kind;
    int64_t batch_id, account_id, job_id; /* 0 = none */
    const char *what;                     /* one line */
    bool any;                             /* is the same again whatever it says */
};

bool event_add(struct store *s, const struct event *event, struct err *e) MUST_CHECK;

/* A trigger has told of a batch's end; what triggers write falls on the numbers at which event_add
 * looks how many there are, so those who write ends look, too. */
bool event_batch_ended(struct store *s, struct err *e) MUST_CHECK;

/* The event of a kind, with its line made by `fmt`. */
bool event_say(struct store *s, const struct event *event, struct err *e, const char *fmt, ...)
    PRINTF_LIKE(4, 5) MUST_CHECK;

/* What the open transaction did to an account: paused, stopped, resumed, breaker, effective cap. */
bool event_of_flow(struct store *s, const struct flow_row *row, struct err *e) MUST_CHECK;

#endif
