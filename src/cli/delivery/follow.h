/*
 * follow: watch batches until nothing of it can move any more.
 */
#ifndef CLI_DELIVERY_FOLLOW_H
#define CLI_DELIVERY_FOLLOW_H

#include "cli/session.h"

struct followed { /* zero but for the first two */
    int64_t batch_id;
    const char *name;
    struct session_counts end; /* as last read */
    bool over;                 /* no job of it is ready, delayed or running */
    bool stop_told;            /* … that its account is stopped */
    bool
        unserved_told; /* … that the service cannot work, or does not know its account or profile */
    int64_t unserved_boot_ms; /* since when, boot clock; 0 = not so */
};

struct follow_options {
    bool json;          /* one line a message on stdout instead of talk on stderr */
    int64_t timeout_ms; /* 0 = none; then ERR_LATER */
    /* ERR_LATER when the account or the service waits for a person, or the service does not know it
     */
    bool give_up_when_stopped;
    bool give_up_when_paused; /* … or when it is paused for a time */
    bool any;                 /* the first batch that is over will do */
    void (*on_over)(const struct followed *one, void *arg); /* NULL = nothing; before the end */
    /* Looked at every SERVICE_LOOK_MS; false with *e filled ends the following. NULL = a supervisor
     * must be running (ERR_NO_SERVICE). */
    bool (*check)(void *arg, struct err *e);
    void *arg; /* of check and on_over */
};

/* Blocks until no job of the batch is ready, delayed or running; *end has the last counts. At a
 * signal ERR_INTERRUPTED; *end is filled on any failure that came after the first look. */
bool follow_batch(struct session *s, int64_t batch_id, const char *name,
                  const struct follow_options *options, struct session_counts *end,
                  struct err *e) MUST_CHECK;

/* The same for several: until all are over, or with `any` one. ERR_LATER only when all that are
 * left are stuck. */
bool follow_batches(struct session *s, struct followed *list, size_t count,
                    const struct follow_options *options, struct err *e) MUST_CHECK;

/* Jobs that still can move by themselves. */
int64_t follow_open_jobs(const struct session_counts *c);
/* Says how the batch ended and what to do next; returns the exit code: 0, or 3 when jobs failed,
 * were cancelled or are held. */
int follow_verdict(const char *name, const struct session_counts *end, bool json);

#endif
