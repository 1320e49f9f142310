/*
 * control: what may change while the server runs: cap, latency, faults, down. Set by the options at
 * the start and by POST /control.
 */
#ifndef SAY_CONTROL_H
#define SAY_CONTROL_H

#include <stddef.h>

#include "faults.h"

#define CONTROL_CAP_MAX 1000000
#define CONTROL_LATENCY_MS_MAX 3600000

struct control_settings {
    uint64_t cap;             /* most requests in flight; 0 = any number */
    double latency_ms;        /* from acceptance to the answer */
    double latency_jitter_ms; /* the latency is uniform in ± this */
    bool down;                /* refuse everything */
    struct faults faults;
};

/* What shall happen to one request. */
struct control_verdict {
    uint64_t cap;
    int64_t latency_us;
    bool down;
    enum fault_kind fault;
};

struct control;

struct control *control_new(const struct control_settings *settings);
void control_free(struct control *c);

/* Depends on the settings of this moment and on `req` only. Any thread. */
struct control_verdict control_decide(struct control *c, uint64_t req);

/* Changes what the JSON object names: {"cap","latency_ms","latency_jitter_ms","down","fault",
 * "fault_first"}. "fault" {"kind": percent} replaces all shares; "fault_first" N makes only the N
 * requests after `last_req` liable (0 = all). All or nothing: ERR_INPUT changes nothing. */
bool control_change(struct control *c, const char *body, size_t bytes, uint64_t last_req,
                    struct err *e) MUST_CHECK;

/* The settings as JSON, to be freed by the caller. */
char *control_describe(struct control *c);

#endif
