/*
 * claiming: one account's part of a turn (turn.c), in three files: its slots (slots.c), its jobs
 * (claim.c), and what the account lets through of both (turn.c). Inside the open transaction.
 */
#ifndef STORE_SQLITE_CLAIMING_H
#define STORE_SQLITE_CLAIMING_H

#include "store/sqlite/bill.h"
#include "store/sqlite/db.h"
#include "store/sqlite/flow.h"

#define SLOT_MAX 4096 /* as the CHECK of account.cap */

struct claiming { /* one account's part of a turn */
    struct store *s;
    struct store_want *want;
    bool known; /* the worker's row is there */
    int64_t worker_id, now_boot_ms;
    int64_t excess; /* leases beyond a cap that was lowered; below 0: so many may be taken */
    struct flow_row *row;
    bool probing;         /* the account is closed, but for one call */
    int64_t next_boot_ms; /* when something may be claimed that cannot be now */
    int64_t passed_over;  /* jobs that were next and are not called: others may come behind them */
    int64_t now_wall_ms;
    struct bill_purse purse; /* of the account; read when a batch has a price */
};

static inline int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static inline int64_t greatest(int64_t a, int64_t b) {
    return a > b ? a : b;
}

static inline void claiming_look_again(struct claiming *c, int64_t boot_ms) {
    if (boot_ms > c->now_boot_ms)
        c->next_boot_ms = least(c->next_boot_ms, boot_ms);
}

/* ---- slots.c: the lease table is the cap, for a slot number exists once ---- */

/* The slot is nobody's again. */
bool slots_give(struct claiming *c, int64_t slot_no, struct err *e) MUST_CHECK;
/* *count = leases of the account on slots from from_slot on, whoever holds them. */
bool slots_count(struct claiming *c, int64_t from_slot, int64_t *count, struct err *e) MUST_CHECK;
/* Sets c->excess. Needs want->cap. */
bool slots_find_excess(struct claiming *c, struct err *e) MUST_CHECK;
/* Fills want->slots with the idle ones that may be used on; gives the others back. Needs c->excess
 * and want->share. */
bool slots_sort_idle(struct claiming *c, struct err *e) MUST_CHECK;
/* Finds at most `most` (≤ SLOT_MAX) free slots below the cap; takes none. */
bool slots_find_free(struct claiming *c, int64_t most, int32_t *out, int64_t *count,
                     struct err *e) MUST_CHECK;
/* Takes `count` of them and adds them to want->slots. */
bool slots_take(struct claiming *c, const int32_t *free_slots, int64_t count,
                struct err *e) MUST_CHECK;
/* Moves the end of the worker's leases on when a call could outlive it; sets want->lost. */
bool slots_renew(struct claiming *c, struct err *e) MUST_CHECK;

/* ---- claim.c: which jobs come next ---- */

/* With want->anew: no job waits for room in the account's budget, as far as is known. */
bool claim_anew(struct claiming *c, struct err *e) MUST_CHECK;
/* Claims up to `most` jobs into want->claims, the fairest first, and writes their attempts. */
bool claim_jobs(struct claiming *c, size_t most, struct err *e) MUST_CHECK;
/* Frees what the claim owns. */
void claim_free(struct store_claim *claim);

#endif
