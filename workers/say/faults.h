/*
 * faults: the ways in which the server can misbehave, and the seeded choice among them.
 *
 * The choice depends on the seed and the request's number only, so a run can be repeated. How a
 * fault looks on the wire is play.c's.
 */
#ifndef SAY_FAULTS_H
#define SAY_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* X(id, name on the command line and in the ledger) */
#define FAULT_KINDS(X)                                                                             \
    X(FAULT_NONE, "")                                                                              \
    X(FAULT_REFUSE, "refuse")                                                                      \
    X(FAULT_LIMIT, "limit")                                                                        \
    X(FAULT_ERROR, "error")                                                                        \
    X(FAULT_EMPTY, "empty")                                                                        \
    X(FAULT_HTML, "html")                                                                          \
    X(FAULT_HTML_AS_AUDIO, "html-as-audio")                                                        \
    X(FAULT_CUT, "cut")                                                                            \
    X(FAULT_CUT_CHUNKED, "cut-chunked")                                                            \
    X(FAULT_CUT_CLOSE, "cut-close")                                                                \
    X(FAULT_SILENT_CLOSE, "silent-close")                                                          \
    X(FAULT_RESET, "reset")                                                                        \
    X(FAULT_HANG, "hang")                                                                          \
    X(FAULT_STALL, "stall")                                                                        \
    X(FAULT_HUGE, "huge")                                                                          \
    X(FAULT_WAV_UNSIZED, "wav-unsized")                                                            \
    X(FAULT_REDIRECT, "redirect")

enum fault_kind {
#define FAULT_ENUM(id, name) id,
    FAULT_KINDS(FAULT_ENUM)
#undef FAULT_ENUM
        FAULT_COUNT
};

struct faults {
    double percent[FAULT_COUNT]; /* FAULT_NONE's is not used; the sum is at most 100 */
    uint64_t seed;
    uint64_t last_req; /* requests above this number are never faulty; 0 = no such limit */
};

/* false when no fault has that name. */
bool faults_kind_named(const char *name, enum fault_kind *out) MUST_CHECK;
const char *faults_name(enum fault_kind kind); /* "" for FAULT_NONE */

/* Sets one kind's share. ERR_INPUT when the name is unknown, the number is not 0 … 100, or the sum
 * would pass 100. */
bool faults_set(struct faults *f, const char *name, double percent, struct err *e) MUST_CHECK;

enum fault_kind faults_pick(const struct faults *f, uint64_t req);

/* A number of 0 … 1 (1 excluded) that depends on the arguments only. `stream` keeps uses apart. */
double faults_fraction(uint64_t seed, uint64_t req, uint64_t stream);

#endif
