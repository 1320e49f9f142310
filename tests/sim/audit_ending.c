/*
 * audit_ending.c: the end of a batch that asks for it is told, by a row that the end itself wrote,
 * and by a deed that the row knows of.
 */
#include "audit.h"
#include "base/ensure.h"
#include "sim.h"

#define BATCHES_MAX 256
#define ENDS_MAX 64 /* of a batch */

static sqlite3_stmt *new_stmt, *tries_stmt, *untold_stmt, *open_stmt, *done_stmt, *newest_stmt;
static int64_t newest; /* its number may be given again when it has gone with its batch */
static int told[BATCHES_MAX][ENDS_MAX];

void audit_ending_open(void) {
    new_stmt = audit_prepare(
        "SELECT e.id, e.batch_id, n_done + n_failed + n_cancelled + n_held, (SELECT count(*) FROM "
        "job j WHERE j.batch_id = e.batch_id), (SELECT count(*) FROM job j WHERE j.batch_id = "
        "e.batch_id AND j.state IN ('ready', 'running', 'delayed')) FROM ending e WHERE e.id > ?1 "
        "ORDER BY e.id");
    tries_stmt = audit_prepare("SELECT tries FROM ending WHERE batch_id = ?1 AND end_no = ?2 AND "
                               "state = 'running'");
    untold_stmt = audit_prepare(
        "SELECT b.id FROM batch b WHERE b.notify <> '' AND b.pruned_ms IS NULL AND b.producer_id "
        "IS "
        "NULL AND NOT EXISTS (SELECT 1 FROM ending e WHERE e.batch_id = b.id AND e.end_no = b.ends "
        "AND e.n_held >= (SELECT count(*) FROM job j WHERE j.batch_id = b.id AND j.state = "
        "'held') AND e.n_done <= (SELECT count(*) FROM job j WHERE j.batch_id = b.id AND j.state "
        "= 'done'))");
    open_stmt = audit_prepare("SELECT count(*) FROM ending WHERE state <> 'done'");
    done_stmt = audit_prepare("SELECT batch_id, end_no FROM ending");
    newest_stmt = audit_prepare("SELECT max(id) FROM ending");
}

/* After a commit: what is new was an end, of all of the batch's jobs. */
void audit_endings_look(void) {
    int64_t last = audit_number(newest_stmt);
    newest = last < newest ? last : newest;
    sqlite3_bind_int64(new_stmt, 1, newest);
    while (audit_row(new_stmt)) {
        newest = sqlite3_column_int64(new_stmt, 0);
        if (sqlite3_column_int64(new_stmt, 2) != sqlite3_column_int64(new_stmt, 3) ||
            sqlite3_column_int64(new_stmt, 4) > 0)
            sim_violation("ending: batch %lld ends with %lld of %lld jobs, %lld go on",
                          (long long)sqlite3_column_int64(new_stmt, 1),
                          (long long)sqlite3_column_int64(new_stmt, 2),
                          (long long)sqlite3_column_int64(new_stmt, 3),
                          (long long)sqlite3_column_int64(new_stmt, 4));
    }
}

static int *told_of(int64_t batch_id, int64_t end_no) {
    ASSERT(batch_id > 0 && batch_id < BATCHES_MAX && end_no > 0 && end_no < ENDS_MAX);
    return &told[batch_id][end_no];
}

void sim_audit_told(int64_t batch_id, int64_t end_no) {
    sqlite3_bind_int64(tries_stmt, 1, batch_id);
    sqlite3_bind_int64(tries_stmt, 2, end_no);
    if (++*told_of(batch_id, end_no) > audit_number(tries_stmt))
        sim_violation("ending: end %lld of batch %lld is told a %d. time, and no row knows of it",
                      (long long)end_no, (long long)batch_id, *told_of(batch_id, end_no));
}

bool audit_endings_are_told(void) {
    return audit_number(open_stmt) == 0;
}

void audit_ending_end(void) {
    int64_t untold = audit_number(untold_stmt);
    if (untold > 0)
        sim_violation("ending: the end of batch %lld was not written", (long long)untold);
    while (audit_row(done_stmt)) {
        int64_t batch_id = sqlite3_column_int64(done_stmt, 0);
        int64_t end_no = sqlite3_column_int64(done_stmt, 1);
        if (*told_of(batch_id, end_no) == 0)
            sim_violation("ending: end %lld of batch %lld counts as told, and nobody was",
                          (long long)end_no, (long long)batch_id);
    }
}
