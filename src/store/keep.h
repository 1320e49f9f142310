/*
 * keep: the keeper's part: workers that are dead or frozen, what is due, the log of the database.
 */
#ifndef STORE_KEEP_H
#define STORE_KEEP_H

#include "store/open.h"

struct store_open_attempt {
    int64_t job_id, account_id, key;
    int32_t attempt_no;
};
/* Attempts of this worker that are not settled; the caller frees *list. */
bool store_open_attempts(struct store *s, int64_t worker_id, struct store_open_attempt **list,
                         size_t *count, struct err *e) MUST_CHECK;

struct store_sent_mark { /* what presence says of a dead worker's attempt */
    int64_t job_id, account_id;
    int32_t attempt_no, slot_no;
    bool over; /* the call was over, its outcome died with the worker */
    int64_t over_by_boot_ms;
};
struct store_sent { /* all of its attempts that were sent, as far as they are open */
    const struct store_sent_mark *marks;
    size_t count;
};
struct store_reap_report {
    int64_t freed, uncertain, slots_freed, slots_held;
};
/* A worker that is dead: its unsent attempts are free, its sent ones uncertain (job goes on by
 * policy), slots of calls that may still run are held until min(over_by, now + the account's
 * linger). `sent` NULL = nothing is known (no presence file, or a reboot): every attempt counts as
 * sent, every slot is held. Removes loading batches of a producer. Idempotent. */
bool store_reap(struct store *s, int64_t worker_id, const struct store_sent *sent,
                struct store_reap_report *report, struct err *e) MUST_CHECK;

/* A living worker whose leases on an account have run out: it has been frozen for longer than any
 * of its calls there may take. Read only; *found. */
bool store_frozen(struct store *s, int64_t *worker_id, int64_t *account_id, bool *found,
                  struct err *e) MUST_CHECK;
/* Its attempts on the account are given up as a dead one's (see store_reap; its marks as of after
 * the end of its leases), and its slots there are free; when it wakes it finds its leases gone.
 * Nothing when it was seen to already. */
bool store_reap_frozen(struct store *s, int64_t worker_id, int64_t account_id,
                       const struct store_sent *sent, struct store_reap_report *report,
                       struct err *e) MUST_CHECK;

/* The callback must not use the store. */
bool store_workers_each(struct store *s,
                        void (*each)(int64_t id, const char *kind, const char *state, void *arg),
                        void *arg, struct err *e) MUST_CHECK;

/* Promotes delayed jobs that are due, moves jobs whose equal request has ended, frees expired
 * held leases. *next_boot_ms: when there will be something to do, here or for store_reap_frozen;
 * INT64_MAX = nothing known. Takes the turn only when something is due. */
bool store_tidy(struct store *s, int64_t *next_boot_ms, struct err *e) MUST_CHECK;

/* Copies the write-ahead log into the database, holding the write turn, under the rules that make
 * SQLite's WAL-reset race impossible (sqlite/checkpoint.c). `truncate` also shrinks the file. */
bool store_checkpoint(struct store *s, bool truncate, struct err *e) MUST_CHECK;
/* Is the log so long that it should be copied? By what is in it: the file keeps its size when the
 * log begins anew. A look at shared memory; blocks on nothing. Still true after a checkpoint = a
 * reader needs the log. */
bool store_checkpoint_is_due(const struct store *s);
/* The size of the log's file. */
int64_t store_wal_bytes(const struct store *s);

#endif
