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

/* ENDED, and ENQUEUED by plain SQL, are written by the triggers of schema/0009_event.sql. */
#define STORE_EVENTS(X)                                                                            \
    X(ENQUEUED, "enqueued") /* a batch can be seen by workers */                                   \
    X(ENDED, "ended")       /* nothing of it can move by itself any more */                        \
    X(FAILED, "failed")     /* a job */                                                            \
    X(HELD, "held")         /* a job waits for a person */                                         \
    X(PAUSED, "paused")     /* an account, for a time */                                           \
    X(STOPPED, "stopped")   /* an account, until a person says so */                               \
    X(RESUMED, "resumed")                                                                          \
    X(SHRUNK, "shrunk") /* an account lets through fewer calls at a time */                        \
    X(GROWN, "grown")                                                                              \
    X(DOWN, "down") /* a provider */                                                               \
    X(UP, "up")                                                                                    \
    X(STARTED, "started")       /* a worker: again, or the first of a service */                   \
    X(LEFT, "left")             /* the last of a service */                                        \
    X(DIED, "died")             /* a worker */                                                     \
    X(FULL, "full")             /* the disk: no new calls */                                       \
    X(ROOM, "room")             /* … has room again */                                           \
    X(CONFIGURED, "configured") /* accounts or profiles have changed, or could not */              \
    X(COMMAND, "command")       /* a person's */
enum store_event_kind {
#define STORE_EVENT_ENUM(name, text) STORE_EVENT_##name,
    STORE_EVENTS(STORE_EVENT_ENUM)
#undef STORE_EVENT_ENUM
};

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
