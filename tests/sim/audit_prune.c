/*
 * audit_prune.c: a batch that is pruned was over and asked for; it goes whole, with what it cost on
 * record, and takes nothing that others have.
 */
#include "audit.h"
#include "sim.h"

static sqlite3_stmt *busy_stmt, *undone_stmt, *bill_stmt, *has_file_stmt, *rest_stmt;
static int64_t billed_before;

void audit_prune_open(void) {
    busy_stmt =
        audit_prepare("SELECT count(*) FROM job j LEFT JOIN job o ON o.id = j.waits_for WHERE "
                      "(j.batch_id = ?1 AND j.state IN ('ready', 'running', 'delayed', 'held')) OR "
                      "(j.state = 'delayed' AND o.batch_id = ?1)");
    undone_stmt = audit_prepare("SELECT count(*) FROM job WHERE batch_id = ?1 AND state <> 'done'");
    bill_stmt = audit_prepare("SELECT total(calls + chars + micros + maybe_micros) FROM bill");
    has_file_stmt = audit_prepare(
        "SELECT count(*) FROM result r JOIN (SELECT result_id AS id FROM job UNION ALL SELECT "
        "result_id FROM piece) u ON u.id = r.id WHERE r.path = ?1 AND coalesce(r.offset, 0) = ?2");
    rest_stmt = audit_prepare(
        "SELECT (SELECT count(*) FROM job j JOIN batch b ON b.id = j.batch_id WHERE b.pruned_ms IS "
        "NOT NULL) + (SELECT count(*) FROM job WHERE batch_id NOT IN (SELECT id FROM batch)) + "
        "(SELECT count(*) FROM job_text WHERE job_id NOT IN (SELECT id FROM job)) + "
        "(SELECT count(*) FROM attempt WHERE job_id NOT IN (SELECT id FROM job)) + "
        "(SELECT count(*) FROM piece WHERE job_id NOT IN (SELECT id FROM job)) + "
        "(SELECT count(*) FROM result WHERE job_id NOT IN (SELECT id FROM job))");
}

void sim_audit_may_prune(int64_t batch_id) {
    (void)batch_id;
    billed_before = audit_number(bill_stmt);
}

void sim_audit_pruned(int64_t batch_id, bool undelivered) {
    sqlite3_bind_int64(busy_stmt, 1, batch_id);
    sqlite3_bind_int64(undone_stmt, 1, batch_id);
    if (audit_number(busy_stmt) > 0)
        sim_violation("prune: batch %lld goes, and a job of it or for it goes on",
                      (long long)batch_id);
    if (!undelivered && audit_number(undone_stmt) > 0)
        sim_violation("prune: batch %lld goes, and was not delivered whole", (long long)batch_id);
    if (audit_number(bill_stmt) != billed_before)
        sim_violation("prune: batch %lld takes what it cost with it", (long long)batch_id);
    audit_batch_may_go(batch_id);
}

void sim_audit_discarded(const char *path, int64_t offset) {
    sqlite3_bind_text(has_file_stmt, 1, path, -1, SQLITE_STATIC);
    sqlite3_bind_int64(has_file_stmt, 2, offset);
    if (audit_number(has_file_stmt) > 0)
        sim_violation("prune: %s, which is an answer of a job, is removed", path);
}

void audit_prune_end(void) {
    if (audit_number(rest_stmt) > 0)
        sim_violation("prune: rows of what was pruned are left");
}
