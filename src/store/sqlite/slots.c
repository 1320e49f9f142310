/* slots.c: see claiming.h. The slots of an account: kept, given back, taken, renewed. */
#include "base/ensure.h"
#include "store/sqlite/claiming.h"

#define LEASE_SPARE_MS 60000 /* a renewal buys so much more than is needed now */

bool slots_give(struct claiming *c, int64_t slot_no, struct err *e) {
    return db_run(c->s, Q_lease_give,
                  BINDS(INT(":account_id", c->want->account_id), INT(":slot_no", slot_no),
                        INT(":worker_id", c->worker_id)),
                  NULL, e);
}

bool slots_count(struct claiming *c, int64_t from_slot, int64_t *count, struct err *e) {
    bool found;
    return db_int(c->s, Q_lease_count_from,
                  BINDS(INT(":account_id", c->want->account_id), INT(":from", from_slot)), count,
                  &found, e);
}

/* Slots below the cap cannot exceed it. After it was lowered calls may still run on numbers above
 * it; until they are over, so many slots below it must stay empty. */
bool slots_find_excess(struct claiming *c, struct err *e) {
    int64_t above = 0, total = 0;
    c->excess = -SLOT_MAX;
    if (!slots_count(c, c->want->cap, &above, e))
        return false;
    if (above == 0)
        return true;
    if (!slots_count(c, 0, &total, e))
        return false;
    c->excess = total - c->want->cap;
    return true;
}

/* Keeps of the idle slots those that may be used on;
 * the others go back, those above the cap first. */
bool slots_sort_idle(struct claiming *c, struct err *e) {
    struct store_want *w = c->want;
    int64_t below = 0;
    for (size_t i = 0; i < w->idle_count; i++)
        below += w->idle[i] < w->cap;
    int64_t excess = greatest(c->excess - ((int64_t)w->idle_count - below), 0);
    int64_t room = w->drain ? 0 : least(w->share - w->busy, below - excess);
    w->slot_count = 0;
    for (size_t i = 0; i < w->idle_count; i++) {
        bool keep = w->idle[i] < w->cap && (int64_t)w->slot_count < room;
        if (keep)
            w->slots[w->slot_count++] = w->idle[i];
        else if (!slots_give(c, w->idle[i], e))
            return false;
    }
    return true;
}

/* The lowest free slots below the cap, at most `most`, into `out`. */
bool slots_find_free(struct claiming *c, int64_t most, int32_t *out, int64_t *count,
                     struct err *e) {
    sqlite3_stmt *stmt =
        db_query(c->s, Q_lease_slots, BINDS(INT(":account_id", c->want->account_id)));
    int64_t next = 0;
    bool more = true, ok = true;
    *count = 0;
    while (*count < most && next < c->want->cap) {
        if (more && !(ok = db_row(c->s, stmt, &more, e)))
            break;
        int64_t taken = more ? sqlite3_column_int64(stmt, 0) : c->want->cap;
        for (; next < taken && next < c->want->cap && *count < most; next++)
            out[(*count)++] = (int32_t)next;
        next = taken + 1;
    }
    db_done(stmt);
    return ok;
}

bool slots_take(struct claiming *c, const int32_t *free_slots, int64_t count, struct err *e) {
    struct store_want *w = c->want;
    for (int64_t i = 0; i < count; i++) {
        if (!db_run(c->s, Q_lease_take,
                    BINDS(INT(":account_id", w->account_id), INT(":slot_no", free_slots[i]),
                          INT(":worker_id", c->worker_id),
                          INT(":until_boot_ms", w->lease_until_boot_ms)),
                    NULL, e))
            return false;
        w->slots[w->slot_count++] = free_slots[i];
    }
    return true;
}

/* All leases of the worker on the account end together; they are renewed when a call that begins
 * now would outlive them. A lease that is missing ran out while the process was frozen. */
bool slots_renew(struct claiming *c, struct err *e) {
    struct store_want *w = c->want;
    int64_t held = w->busy + (int64_t)w->idle_count, renewed = 0;
    w->lost = held > 0 && w->lease_until_boot_ms <= c->now_boot_ms;
    if (w->lost || w->lease_until_boot_ms - c->now_boot_ms >= w->lease_ms)
        return true;
    int64_t until = c->now_boot_ms + 2 * w->lease_ms + LEASE_SPARE_MS;
    if (held > 0 && !db_run(c->s, Q_lease_renew,
                            BINDS(INT(":account_id", w->account_id),
                                  INT(":worker_id", c->worker_id), INT(":until_boot_ms", until)),
                            &renewed, e))
        return false;
    w->lost = renewed != held;
    w->lease_until_boot_ms = until;
    return true;
}
