/*
 * presence: a worker's file in the fleet's folder, proof of life and record of what was sent.
 *
 * The file is locked (flock) as long as its process lives; the kernel drops the lock at death, so
 * anybody can tell a dead worker without pids and clocks. The mapped content survives kill -9 (it
 * is page cache) and says for every job the worker has claimed whether its request has left. So the
 * keeper frees what was never sent, and holds the slot only of calls that are really on the wire.
 * The folder lies beside the database and belongs to it, so all who use the database see the same
 * workers. After a reboot it holds files of another boot, which say nothing: everything unknown,
 * which is the truth.
 *
 * One writer (the owner's loop thread), readers only when no call can be begun any more: after the
 * owner's death, or the end of its leases.
 */
#ifndef FLEET_PRESENCE_H
#define FLEET_PRESENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define PRESENCE_MARKS_MAX 8192
#define PRESENCE_LISTED_MAX 65536

enum presence_phase {
    PRESENCE_FREE = 0, /* the mark is not in use */
    PRESENCE_SENT = 1, /* the first byte may have left; the call may be running */
    PRESENCE_OVER = 2, /* the call is over; its outcome may not be settled yet */
};

struct presence_mark {
    int64_t job_id;
    int64_t account_id;
    int64_t over_by_boot_ms; /* the call's own hard deadline */
    int32_t attempt_no;
    int32_t slot_no;
    int32_t phase;           /* enum presence_phase; written last */
    int32_t asked_otherwise; /* 1: in other words than its claim said: nobody shares the answer */
};

struct presence; /* owner's handle */

/* Creates `<dir>/worker-<16 hex of id>` (whoever may use the folder may look at it), locks and maps
 * it. `marks` 0 for a process that makes no calls. The directory must exist. */
bool presence_open(struct presence **out, const char *dir, int64_t worker_id, size_t marks,
                   struct err *e) MUST_CHECK;
/* Unlinks the file and releases everything: only when nothing is left to be told. */
void presence_close(struct presence *p);

/* Takes a free mark, fills it with what `call` says and makes it PRESENCE_SENT; call before the
 * first byte, and before the last look at the clock: who finds no mark when the call must be over
 * knows that it never begins. Returns its index. There must be a free one: the owner never has more
 * unsettled calls than marks. */
size_t presence_sent(struct presence *p, const struct presence_mark *call);
void presence_over(struct presence *p, size_t mark); /* the connection is idle or closed again */
/* The outcome is durable, or the call was not begun after all: the mark is free. */
void presence_settled(struct presence *p, size_t mark);

/* True while a process holds the lock of this worker's file. No file means not alive. An error
 * opening the file other than absence is reported as alive=true: doubt must not free a slot. */
bool presence_is_alive(const char *dir, int64_t worker_id);

struct presence_record {         /* what a worker's file says of its calls */
    bool known;                  /* false: no file, one without a header, one of another boot */
    struct presence_mark *marks; /* those that are not FREE; the reader's to free */
    size_t count;                /* 0 when nothing is known */
};
/* Reads a dead worker's file. On failure *out is empty, and not known: ERR_LATER when the worker is
 * alive, ERR_IO for a damaged file. */
bool presence_read_dead(const char *dir, int64_t worker_id, struct presence_record *out,
                        struct err *e) MUST_CHECK;
/* The same of a worker that may be alive, but may begin no call any more. */
bool presence_read_frozen(const char *dir, int64_t worker_id, struct presence_record *out,
                          struct err *e) MUST_CHECK;
/* Unlinks a dead worker's file; absence is fine. */
void presence_remove(const char *dir, int64_t worker_id);

/* The ids of all presence files in the folder, the living and the dead, in an array the caller
 * frees; at most PRESENCE_LISTED_MAX. No folder: nobody. */
bool presence_list(const char *dir, int64_t **ids, size_t *count, struct err *e) MUST_CHECK;

#endif
