/*
 * audit_call.c: a call that arrives has a row that was there before it, and another call of a job
 * has a reason: what the job has asked for it has not got, or may not have got.
 */
#include <string.h>

#include "audit.h"
#include "base/ensure.h"
#include "sim.h"

#define CALLS_MAX 65536

static struct call_seen {
    int64_t job_id, batch_id; /* a number that a prune has freed may be another job's */
    int attempt_no;
    uint64_t text_hash;
} calls[CALLS_MAX];
static size_t call_count;
static sqlite3_stmt *attempt_stmt, *rows_stmt, *reason_stmt;

void audit_call_open(void) {
    attempt_stmt = audit_prepare("SELECT outcome FROM attempt WHERE job_id = ?1 AND n = ?2");
    rows_stmt = audit_prepare("SELECT count(*) FROM attempt WHERE job_id = ?1 AND outcome <> "
                              "'unsent'");
    reason_stmt = audit_prepare("SELECT count(*) FROM attempt WHERE job_id = ?1 AND n = ?2 AND "
                                "(outcome IN ('uncertain', 'refused', 'failed') OR error = "
                                "'answered late')");
}

static void check_row(const struct sim_call *c) {
    sqlite3_bind_int64(attempt_stmt, 1, c->job_id);
    sqlite3_bind_int64(attempt_stmt, 2, c->attempt_no);
    bool is_there = audit_row(attempt_stmt);
    bool is_unsent =
        is_there && strcmp((const char *)sqlite3_column_text(attempt_stmt, 0), "unsent") == 0;
    (void)sqlite3_reset(attempt_stmt);
    if (!is_there || is_unsent)
        sim_violation("I3: job %lld attempt %d arrives, and its row %s", (long long)c->job_id,
                      c->attempt_no, is_there ? "says that it was not sent" : "is not there");
}

static bool is_same_job(const struct call_seen *a, const struct call_seen *b) {
    return a->job_id == b->job_id && a->batch_id == b->batch_id;
}

/* As many rows say that they were sent as calls were begun. */
static void check_rows(const struct call_seen *now) {
    int64_t begun = 0;
    for (size_t i = 0; i < call_count; i++)
        begun += is_same_job(&calls[i], now);
    sqlite3_bind_int64(rows_stmt, 1, now->job_id);
    int64_t sent = audit_number(rows_stmt);
    if (begun > sent)
        sim_violation("I3: job %lld was begun %lld times, and %lld rows say so",
                      (long long)now->job_id, (long long)begun, (long long)sent);
}

static uint64_t hash_of(const char *text) {
    uint64_t h = UINT64_C(1469598103934665603);
    for (const char *c = text; *c; c++)
        h = (h ^ (unsigned char)*c) * UINT64_C(1099511628211);
    return h;
}

/* What a job has asked for it asks for again only when each earlier call has ended without an
 * answer, or may have. `now` is the last one of the list. */
static void check_reasons(const struct call_seen *now, const char *text) {
    for (size_t i = 0; i + 1 < call_count; i++) {
        if (!is_same_job(&calls[i], now) || calls[i].text_hash != now->text_hash)
            continue;
        sqlite3_bind_int64(reason_stmt, 1, now->job_id);
        sqlite3_bind_int64(reason_stmt, 2, calls[i].attempt_no);
        if (audit_number(reason_stmt) == 0)
            sim_violation("I3: job %lld asks for \"%s\" again, and its attempt %d gave no reason",
                          (long long)now->job_id, text, calls[i].attempt_no);
    }
}

void audit_call(const struct sim_call *c, int64_t batch_id, bool is_repeated) {
    ASSERT(call_count < CALLS_MAX);
    calls[call_count] = (struct call_seen){c->job_id, batch_id, c->attempt_no, hash_of(c->text)};
    const struct call_seen *now = &calls[call_count++];
    check_row(c);
    check_rows(now);
    if (!is_repeated)
        check_reasons(now, c->text);
}
