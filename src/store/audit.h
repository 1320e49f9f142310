/*
 * audit: what is proved, checked and copied. Long reads; no callback may use the store.
 */
#ifndef STORE_AUDIT_H
#define STORE_AUDIT_H

#include "queue/state.h"
#include "store/open.h"

struct store_audit_attempt {
    int64_t account_id;
    int32_t n;
    enum attempt_outcome outcome;
    int64_t claimed_ms, started_ms, ended_ms; /* wall clock; 0 = not known */
    int64_t batch_ms;                         /* when its batch was made */
    bool adopted;                             /* its answer was found after its worker had died */
    bool needless;                            /* it was answered when its job needed that no more */
};
bool store_audit_attempts(struct store *s,
                          void (*each)(const struct store_audit_attempt *row, void *arg), void *arg,
                          struct err *e) MUST_CHECK;

struct store_audit_result { /* an answer outside of the database */
    int64_t id;
    const char *path; /* below the results folder; during the call */
    int64_t offset;   /* 0 = the file is this answer */
    int64_t bytes;
    bool is_nobodys; /* it was lost, or its job needed it no more: its bytes may be gone */
};
/* Ordered by path, then offset. */
bool store_audit_results(struct store *s,
                         void (*each)(const struct store_audit_result *row, void *arg), void *arg,
                         struct err *e) MUST_CHECK;

/* Jobs that were done without a call of their own. */
bool store_audit_shared(struct store *s, void (*each)(int64_t account_id, int64_t jobs, void *arg),
                        void *arg, struct err *e) MUST_CHECK;

/* For tests and `ttsq check`: the pages are whole, every kept count and amount of money equals the
 * counted one, jobs agree with their attempts, pieces and results. `deep` also compares the indexes
 * with their tables and looks for rows that refer to what is not there. On a violation ERR_CORRUPT
 * names the first. Reads the whole database. */
bool store_verify(struct store *s, bool deep, struct err *e) MUST_CHECK;

/* One consistent, checked copy of the database at `path` (absolute, not there yet), as one file;
 * everybody goes on meanwhile. Answers outside of the database are not in it. Blocks for as long as
 * reading the database takes. */
bool store_backup(struct store *s, const char *path, struct err *e) MUST_CHECK;
/* As store_audit_results, of such a copy. */
bool store_backup_results(const char *path,
                          void (*each)(const struct store_audit_result *row, void *arg), void *arg,
                          struct err *e) MUST_CHECK;
/* Is the file such a copy, and whole? Leaves nothing beside it. */
bool store_backup_check(const char *path, struct err *e) MUST_CHECK;

#endif
