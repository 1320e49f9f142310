/*
 * ledger: the books of the witness. Counts what is in flight and writes every event, in the order
 * in which it happened, to an append-only file of JSON lines.
 *
 * The count and the line are made under one lock: a line's in_flight is the truth at that line.
 * Lines leave in whole-line write(2)s within LEDGER_FLUSH_MS, or each by itself and synced. A
 * ledger that cannot be written ends the process, for a witness with gaps is none.
 *
 *   a request for speech, taken: accepted ─▶ answered | faulted | gone
 *   one that is not (wrong, over the cap, refused by a fault), or a POST to nowhere: refused
 *
 * Knows nothing of HTTP. Every function may be called from any thread.
 */
#ifndef SAY_LEDGER_H
#define SAY_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/sha256.h"

#define LEDGER_FLUSH_MS 3

enum ledger_event {
    LEDGER_ACCEPTED, /* the request is complete and counts as in flight */
    LEDGER_ANSWERED, /* a whole, correct answer was handed to the socket */
    LEDGER_REFUSED,  /* answered at once with an error; was never in flight */
    LEDGER_FAULTED,  /* a chosen fault, or an engine's failure, was played to its end */
    LEDGER_GONE,     /* the client disappeared before its answer */
    LEDGER_SERVED,   /* a file that an answer points to was asked for; never in flight */
};
#define LEDGER_EVENTS 6

struct ledger_entry {
    uint64_t req;
    uint64_t text_hash; /* ledger_hash of the input; 0 = there was none */
    const char *text;   /* the input, or NULL; written only with `with_text`, at accepted */
    size_t text_bytes;
    size_t bytes;      /* of the answer's body */
    const char *fault; /* "" = none */
    unsigned status;   /* of the answer; 0 = none was given */
    char *seen;        /* the request as JSON, written when it is accepted, refused or served; or
                          NULL. The owner's of the entry */
    char audio_sha256[SHA256_HEX_BYTES]; /* of the sound in a vendor's answer; "" = none */
};

struct ledger_stats {
    uint64_t events[LEDGER_EVENTS];
    uint64_t in_flight, in_flight_max;
    int64_t first_accept_us, last_answer_us; /* clock_boot_us; 0 = not yet */
};

struct ledger;

/* `path` NULL keeps counts only. `sync` writes and fsyncs each event by itself. */
bool ledger_open(const char *path, bool sync, bool with_text, struct ledger **out,
                 struct err *e) MUST_CHECK;
void ledger_close(struct ledger *l); /* writes what is left */

uint64_t ledger_next_req(struct ledger *l); /* 1, 2, 3 … */
uint64_t ledger_last_req(struct ledger *l); /* the last one that was given out; 0 = none */

/* Takes the request in flight and returns true, unless `cap` (0 = none) are in flight already. Then
 * nothing is written. */
bool ledger_accept(struct ledger *l, const struct ledger_entry *entry, uint64_t cap);
void ledger_refuse(struct ledger *l, const struct ledger_entry *entry);

/* Ends a request that was accepted: ANSWERED, FAULTED or GONE. */
void ledger_end(struct ledger *l, enum ledger_event event, const struct ledger_entry *entry);

/* A file was asked for: counts nothing. */
void ledger_serve(struct ledger *l, const struct ledger_entry *entry);

struct ledger_stats ledger_stats(struct ledger *l);
const char *ledger_event_name(enum ledger_event event);
uint64_t ledger_hash(const char *data, size_t bytes); /* FNV-1a, 64 bit */

#endif
