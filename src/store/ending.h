/*
 * ending: what the end of a batch sets off: a program that is run, a webhook that is called. A part
 * of the store's contract; what store.h says at its top holds here, too.
 *
 *            batch ends                store_ending_begin               store_ending_over
 *   (nothing) ────────▶ waiting ───────────────────────▶ running ───────────────────────▶ done
 *                         ▲  ▲                            │  │ │                          failed
 *                         │  └─── again, after a while ───┘  │ └────────────────────────────▲
 *                         ├─ store_endings_take_back: who was at it is dead
 *                         └─ store_endings_again: it had failed, a person asks for it
 *
 * The row is written by the transaction that ends the batch, so there is one for each end. What is
 * set off is done at least once: a process may die between the deed and its record.
 */
#ifndef STORE_ENDING_H
#define STORE_ENDING_H

#include "store/open.h"

#define STORE_ENDINGS_MAX 16 /* that are read at a time */
#define STORE_WHY_MAX 200    /* bytes of a reason that are kept */

enum ending_kind { ENDING_COMMAND, ENDING_WEBHOOK, ENDING_KIND_COUNT };
enum ending_state { ENDING_WAITING, ENDING_RUNNING, ENDING_DONE, ENDING_FAILED };

const char *ending_kind_text(enum ending_kind kind);    /* "command", "webhook" */
const char *ending_state_text(enum ending_state state); /* "waiting", … */

struct store_ending {
    int64_t id, batch_id;
    const char *batch;
    int64_t end_no; /* of the batch, from 1 */
    enum ending_kind kind;
    const char *target; /* the command line, or the URL */
    int64_t key;        /* random, of the end: the same at each try */
    int64_t ended_ms;
    int64_t done, failed, cancelled, held; /* jobs, when it ended */
    int64_t spent_micros;
    const char *currency;
    enum ending_state state;
    int tries;       /* that were begun */
    int64_t over_ms; /* the newest try's end; 0 = none */
    int code;        /* its exit status or HTTP status; -1 = it had none */
    const char *why; /* NULL = nothing was wrong */
};
/* Strings live during the callback, which must not use the store. */
typedef void store_ending_each(const struct store_ending *row, void *arg);

/* What the end of batches sets off that say nothing themselves; NULL = nothing. Takes no turn when
 * it is so already. */
bool store_ending_defaults(struct store *s, const char *on_done, const char *notify,
                           struct err *e) MUST_CHECK;

/* Things of one kind that are due, oldest first, at most `most` (≤ STORE_ENDINGS_MAX). Takes no
 * turn. */
bool store_endings_due(struct store *s, enum ending_kind kind, int most, store_ending_each *each,
                       void *arg, struct err *e) MUST_CHECK;
/* When the next is due, or was; INT64_MAX = nothing waits. */
bool store_endings_next(struct store *s, int64_t *next_boot_ms, struct err *e) MUST_CHECK;

/* A try begins, durably, before anything of it happens; ERR_NOT_FOUND when it is not waiting. */
bool store_ending_begin(struct store *s, int64_t id, struct err *e) MUST_CHECK;

struct store_ending_over {
    int64_t id;
    enum ending_state state; /* ENDING_DONE, ENDING_FAILED, or ENDING_WAITING: again after … */
    int64_t delay_ms;
    int code; /* -1 = none */
    const char *why;
};
bool store_ending_over(struct store *s, const struct store_ending_over *over,
                       struct err *e) MUST_CHECK;

/* Whoever had begun something is dead: it is to be done again. Only for the one process that may
 * begin. */
bool store_endings_take_back(struct store *s, struct err *e) MUST_CHECK;

/* All that has failed of the ends of a batch is to be done again; *changed = how many. */
bool store_endings_again(struct store *s, int64_t batch_id, int64_t *changed,
                         struct err *e) MUST_CHECK;

/* When the batch came to its end, 0 = it is not at one (or ended with an older ttsq); then all that
 * its ends have set off, oldest first. */
bool store_endings_of(struct store *s, int64_t batch_id, int64_t *ended_ms, store_ending_each *each,
                      void *arg, struct err *e) MUST_CHECK;

#endif
