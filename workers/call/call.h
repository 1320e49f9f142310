/*
 * call: one attempt, from its claim to its settle.
 *
 *   claimed ─▶ staged ─▶ running ─▶ ended ─▶ (storing, when large) ─▶ settled
 *                 └──────────────────────────── given back unsent ──────▲
 *
 * This file knows how one call is made; when and on which slot is dispatch.c's, what its end means
 * is judge.c's.
 */
#ifndef CALL_CALL_H
#define CALL_CALL_H

#include <stdatomic.h>

#include <uv.h>

#include "account.h"
#include "answer.h"
#include "audio/audio.h"
#include "fetch.h"
#include "fleet/gate.h"
#include "fleet/presence.h"
#include "generation.h"
#include "guard.h"
#include "provider/outcome.h"
#include "wire.h"

#define CALL_KEEP_BYTES (4 * 1024) /* of a request, for the next one: many calls lie in wait */
#define CALL_PATH_MAX 128          /* of a result, below the results folder */
#define CALL_FOLDERS 256           /* that results lie in, below it */

struct call;

/* What all calls of a worker share. */
struct call_host {
    uv_loop_t *loop;
    struct multi_loop *multi;
    struct presence *presence;
    struct gate *gate;
    struct wire_pool wires;
    int results_fd;
    atomic_bool has_folder[CALL_FOLDERS]; /* below it, durably; also used by pool threads */
    int64_t row_bytes_max;
    const struct space *space; /* whose reserve is for answers that find no room */
    struct call *running;      /* list */
    int32_t running_count;
    int32_t marked_count; /* calls with a presence mark: sent and not settled */
    void (*on_over)(void *arg, struct call *call);
    void *arg;
};

struct call {
    struct account_staged staged; /* first member: call_of_staged */
    struct call *next, *previous; /* in the list of its phase */
    struct call_host *host;
    struct account *account;
    struct generation *generation;
    const struct profile *profile;
    struct store_claim claim;
    size_t speakable; /* code points of the text that a voice spends time on */

    /* while it runs */
    int32_t slot_no;
    struct wire *wire;
    struct request request;
    struct answer answer;
    enum transport_abort abort;
    int sends;            /* times that libcurl wanted to send */
    bool guarded;         /* the transfer under way goes where `guard` allows, and nowhere else */
    bool refused_address; /* … and its host led elsewhere */
    struct guard guard;
    int fetch_tries;         /* of the second half, see fetch.h */
    uint64_t fetch_again_ms; /* loop time of the next; 0 = none waits */
    int64_t deadline_boot_ms;
    int64_t begun_boot_us;
    uint64_t last_byte_ms;        /* loop time of sending, then of the newest byte */
    int64_t started_ms, ended_ms; /* wall clock */
    bool open;                    /* started and not settled: dispatch.c counts these */

    /* when it is over */
    CURLcode code;
    char detail[CURL_ERROR_SIZE];
    bool marked; /* presence has a mark */
    size_t mark;
    struct audio_facts audio;
    char audio_problem[ERR_MSG_MAX]; /* "" = none */
    bool audio_too_long;             /* … which is that the provider cut it */
    struct verdict verdict;
    struct store_result result;
    char path[CALL_PATH_MAX];
    struct store_settle settle;
    struct store_live live;
    size_t *split_ends; /* NULL = the text stays whole */
    size_t split_count;
    bool pauses;    /* account_pause was said */
    bool shrinks;   /* account_shrink was said */
    bool heeded;    /* neither needs to be said any more */
    uv_work_t work; /* publishing */
    void (*on_published)(struct call *c, bool ok);
    struct err work_err;
};

static inline struct call *call_of_staged(struct account_staged *s) {
    return (struct call *)s;
}

/* Takes over the claim's strings and one use of the generation. `recycled` may be NULL. */
struct call *call_new(struct call *recycled, struct call_host *host, struct account *account,
                      struct generation *generation, const struct profile *profile,
                      const struct store_claim *claim);
/* Lets go of what belongs to this attempt; the struct can be given to call_new. */
void call_finish(struct call *c);
void call_free(struct call *c); /* after call_finish */

/* Starts the call on a slot that account.c has made busy. False: nothing was sent and the slot is
 * not in use; *e says what is wrong with the request (ERR_CONFIG, ERR_INPUT) or here. */
bool call_start(struct call *c, int32_t slot_no, struct err *e) MUST_CHECK;

/* Ends a running call from outside; on_over is called before it returns. */
void call_abort(struct call *c, enum transport_abort why);

/* The deadlines that libcurl does not keep: first byte, stall, and the boot clock (libcurl's stops
 * while the machine sleeps). Ends the call when one is over. */
void call_check_time(struct call *c, int64_t now_boot_ms);

/* For fetch.c: a call that waited for another try is over. */
void call_end(struct call *c);

/* For multi_loop and the wires. */
void call_on_end(void *arg, void *private_pointer, CURL *easy, CURLcode code);
extern const struct wire_callbacks call_callbacks;

/* We gave up before the call was over; the provider may not have. A call at its own deadline counts
 * as over: that is what the deadline means. */
static inline bool call_is_abandoned(const struct call *c) {
    return c->marked &&
           (c->abort == TRANSPORT_ABORT_TOO_LARGE || c->abort == TRANSPORT_ABORT_STORAGE ||
            c->abort == TRANSPORT_ABORT_STALL || c->abort == TRANSPORT_ABORT_FIRST_BYTE ||
            c->abort == TRANSPORT_ABORT_STOP);
}

/* A reload between claim and call: the key that the store has for the request speaks of another
 * profile than the one that it is asked with. */
bool call_asks_otherwise(const struct call *c);

static inline bool call_was_sent(const struct call *c) {
    return c->marked;
}

#endif
