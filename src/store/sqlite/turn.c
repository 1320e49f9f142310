/*
 * turn: what a call worker says to the store: settle what is over, claim what comes next, in one
 * transaction. The lease table is the cap: a slot number exists once.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/random.h"
#include "base/utf8.h"
#include "queue/fair.h"
#include "store/sqlite/bill.h"
#include "store/sqlite/context.h"
#include "store/sqlite/db.h"
#include "store/sqlite/flow.h"
#include "store/sqlite/settle.h"
#include "store/sqlite/share.h"

#define LEASE_SPARE_MS 60000 /* a renewal buys so much more than is needed now */
#define BATCHES_A_TURN 2
#define SLOT_MAX 4096 /* as the CHECK of account.cap */
#define US_PER_MS 1000
#define COST_NO_ROOM (-1)
#define COST_TOO_DEAR (-2)

struct claiming { /* one account's part of a turn */
    struct store *s;
    struct store_want *want;
    bool known; /* the worker's row is there */
    int64_t worker_id, now_boot_ms;
    int64_t excess; /* leases beyond a cap that was lowered; below 0: so many may be taken */
    struct flow_row *row;
    bool probing;         /* the account is closed, but for one call */
    int64_t next_boot_ms; /* when something may be claimed that cannot be now */
    int64_t shared;       /* jobs moved without a call */
    int64_t now_wall_ms;
    struct bill_purse purse; /* of the account; read when a batch has a price */
};

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static int64_t greatest(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* ---- slots ------------------------------------------------------------------------------------*/

static bool give_slot(struct claiming *c, int64_t slot_no, struct err *e) {
    return db_run(c->s, Q_lease_give,
                  BINDS(INT(":account_id", c->want->account_id), INT(":slot_no", slot_no),
                        INT(":worker_id", c->worker_id)),
                  NULL, e);
}

static bool count_leases(struct claiming *c, int64_t from_slot, int64_t *count, struct err *e) {
    bool found;
    return db_int(c->s, Q_lease_count_from,
                  BINDS(INT(":account_id", c->want->account_id), INT(":from", from_slot)), count,
                  &found, e);
}

/* Slots below the cap cannot exceed it. After it was lowered calls may still run on numbers above
 * it; until they are over, so many slots below it must stay empty. */
static bool find_excess(struct claiming *c, struct err *e) {
    int64_t above = 0, total = 0;
    c->excess = -SLOT_MAX;
    if (!count_leases(c, c->want->cap, &above, e))
        return false;
    if (above == 0)
        return true;
    if (!count_leases(c, 0, &total, e))
        return false;
    c->excess = total - c->want->cap;
    return true;
}

/* Keeps of the idle slots those that may be used on; the others go back, those above the cap first.
 */
static bool sort_idle(struct claiming *c, struct err *e) {
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
        else if (!give_slot(c, w->idle[i], e))
            return false;
    }
    return true;
}

/* The lowest free slots below the cap, at most `most`, into `out`. */
static bool find_free(struct claiming *c, int64_t most, int32_t *out, int64_t *count,
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

static bool take_slots(struct claiming *c, const int32_t *free_slots, int64_t count,
                       struct err *e) {
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
static bool renew(struct claiming *c, struct err *e) {
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

/* ---- jobs -------------------------------------------------------------------------------------*/

struct candidate {
    struct fair_batch fair;
    int64_t vtime_before;
    int64_t vtime_served; /* its virtual time when it was served last in this turn */
    char profile[STORE_NAME_MAX + 1];
    char *voice; /* of jobs that name none; NULL = the profile's */
    bool hold_uncertain, wants_context;
    bool shares, fresh;
    unsigned char fingerprint[REQUEST_FINGERPRINT_BYTES];
    char *profile_voice;
    struct price price;
    struct bill_purse purse; /* of the batch */
};

static void read_sharing(sqlite3_stmt *stmt, struct candidate *b) {
    const void *fingerprint = sqlite3_column_blob(stmt, 9);
    const char *voice = db_text(stmt, 10);
    b->shares = fingerprint && sqlite3_column_bytes(stmt, 9) == REQUEST_FINGERPRINT_BYTES;
    if (b->shares)
        memcpy(b->fingerprint, fingerprint, REQUEST_FINGERPRINT_BYTES);
    b->profile_voice = voice ? ensure_strdup(voice) : NULL;
    b->fresh = sqlite3_column_int(stmt, 11) != 0;
}

static void read_price(sqlite3_stmt *stmt, struct candidate *b) {
    const char *unit = db_text(stmt, 14);
    b->price = (struct price){.micros = sqlite3_column_int64(stmt, 12),
                              .units = sqlite3_column_int64(stmt, 13)};
    if (!unit || !price_unit_parse(unit, &b->price.unit))
        b->price.micros = 0;
    b->purse = (struct bill_purse){.is_limited = sqlite3_column_type(stmt, 15) != SQLITE_NULL,
                                   .whole = sqlite3_column_int64(stmt, 15),
                                   .left = sqlite3_column_int64(stmt, 16),
                                   .need = sqlite3_column_int64(stmt, 17)};
}

static bool read_candidates(struct claiming *c, struct candidate *list, size_t most, size_t *count,
                            struct err *e) {
    sqlite3_stmt *stmt =
        db_query(c->s, Q_batch_candidates,
                 BINDS(INT(":account_id", c->want->account_id), INT(":most", most)));
    bool more = true, ok = true;
    *count = 0;
    while ((ok = db_row(c->s, stmt, &more, e)) && more) {
        struct candidate *b = &list[(*count)++];
        *b = (struct candidate){.fair = {.batch_id = sqlite3_column_int64(stmt, 0),
                                         .priority = sqlite3_column_int64(stmt, 1),
                                         .weight = sqlite3_column_int64(stmt, 2),
                                         .vtime = sqlite3_column_int64(stmt, 3),
                                         .ready = sqlite3_column_int64(stmt, 4)},
                                .vtime_before = sqlite3_column_int64(stmt, 3),
                                .hold_uncertain = sqlite3_column_int(stmt, 7) != 0,
                                .wants_context = sqlite3_column_int(stmt, 8) != 0};
        (void)sqlite3_snprintf((int)sizeof b->profile, b->profile, "%s", db_text(stmt, 5));
        const char *voice = db_text(stmt, 6);
        b->voice = voice ? ensure_strdup(voice) : NULL;
        read_sharing(stmt, b);
        read_price(stmt, b);
    }
    db_done(stmt);
    return ok;
}

static bool read_text(struct store *s, const struct candidate *b, struct store_claim *claim,
                      struct err *e) {
    const struct bind job = INT(":job_id", claim->job_id);
    sqlite3_stmt *stmt = claim->piece_no == 0
                             ? db_query(s, Q_job_text_read, BINDS(job))
                             : db_query(s, Q_piece_text, BINDS(job, INT(":n", claim->piece_no)));
    bool more = false;
    bool ok = db_row(s, stmt, &more, e);
    if (ok && !more)
        ok = err_set(e, ERR_CORRUPT, "%s: job %lld has no text", s->path, (long long)claim->job_id);
    if (ok) {
        claim->text_bytes = (size_t)sqlite3_column_bytes(stmt, 0);
        claim->text = ensure_alloc(claim->text_bytes + 1);
        memcpy(claim->text, db_text(stmt, 0), claim->text_bytes);
        const char *voice = db_text(stmt, 1) ? db_text(stmt, 1) : b->voice;
        claim->voice = voice ? ensure_strdup(voice) : NULL;
        if (claim->piece_no > 0)
            claim->chars = (int64_t)utf8_count_codepoints(claim->text, claim->text_bytes);
    }
    db_done(stmt);
    return ok && (!b->wants_context || context_read(s, claim, e));
}

/* Is there, or will there be, an answer without a call? */
static bool look_for_equal(struct claiming *c, const struct candidate *b,
                           const struct store_claim *claim, enum share_verdict *verdict,
                           struct err *e) {
    const char *voice = claim->voice ? claim->voice : b->profile_voice;
    const struct request_parts parts = {.voice = voice,
                                        .text = claim->text,
                                        .text_bytes = claim->text_bytes,
                                        .prev_text = claim->prev_text,
                                        .next_text = claim->next_text};
    const struct share_job job = {.job_id = claim->job_id,
                                  .batch_id = claim->batch_id,
                                  .key = request_key(b->fingerprint, &parts),
                                  .fresh = b->fresh};
    return share_claimed(c->s, &job, verdict, e);
}

static bool claim_job(struct claiming *c, struct candidate *b, struct store_claim *claim, bool *got,
                      struct err *e) {
    sqlite3_stmt *stmt = db_query(c->s, Q_job_claim, BINDS(INT(":batch_id", b->fair.batch_id)));
    bool ok = db_row(c->s, stmt, got, e);
    if (ok && *got) {
        *claim = (struct store_claim){.job_id = sqlite3_column_int64(stmt, 0),
                                      .batch_id = b->fair.batch_id,
                                      .attempt_no = sqlite3_column_int(stmt, 1),
                                      .key = random_id(),
                                      .chars = sqlite3_column_int64(stmt, 2),
                                      .attempts = sqlite3_column_int(stmt, 3),
                                      .refusals = sqlite3_column_int(stmt, 4),
                                      .uncertain = sqlite3_column_int(stmt, 5),
                                      .piece_no = sqlite3_column_int64(stmt, 6),
                                      .seq = sqlite3_column_int64(stmt, 7),
                                      .hold_uncertain = b->hold_uncertain};
        memcpy(claim->profile, b->profile, sizeof claim->profile);
        claim->shares = b->shares;
        memcpy(claim->fingerprint, b->fingerprint, sizeof claim->fingerprint);
    }
    db_done(stmt);
    return ok && (!*got || read_text(c->s, b, claim, e));
}

/* The budgets have no room for the job: it stays, and says so. */
static bool refuse_cost(struct claiming *c, struct candidate *b, const struct store_claim *claim,
                        int64_t cost, struct err *e) {
    const struct bind need = INT(":need", cost);
    if (!db_run(c->s, Q_job_unclaim, BINDS(INT(":job_id", claim->job_id)), NULL, e))
        return false;
    if (!bill_has_room(&b->purse, cost)) {
        b->purse.need = cost;
        return db_run(c->s, Q_batch_need, BINDS(INT(":batch_id", claim->batch_id), need), NULL, e);
    }
    c->purse.need = cost;
    return db_run(c->s, Q_account_need, BINDS(INT(":account_id", c->want->account_id), need), NULL,
                  e);
}

static bool forget_need(struct claiming *c, struct candidate *b, struct err *e) {
    const struct bind none = INT(":need", 0);
    bool ok = true;
    if (b->purse.need > 0)
        ok = db_run(c->s, Q_batch_need, BINDS(INT(":batch_id", b->fair.batch_id), none), NULL, e);
    if (ok && c->purse.need > 0)
        ok = db_run(c->s, Q_account_need, BINDS(INT(":account_id", c->want->account_id), none),
                    NULL, e);
    b->purse.need = c->purse.need = 0;
    return ok;
}

/* Sets aside what the call may cost. *cost COST_NO_ROOM: there is no room for it now;
 * COST_TOO_DEAR: nor ever, and it is held. */
static bool set_aside(struct claiming *c, struct candidate *b, const struct store_claim *claim,
                      int64_t *cost, struct err *e) {
    *cost = 0;
    if (b->price.micros == 0)
        return true;
    int64_t micros =
        price_cost(&b->price, price_count(b->price.unit, claim->text, claim->text_bytes));
    if (bill_is_too_dear(&b->purse, micros) || bill_is_too_dear(&c->purse, micros)) {
        *cost = COST_TOO_DEAR;
        return bill_hold_dear(c->s, claim, micros, &b->purse, &c->purse, e);
    }
    if (!bill_has_room(&b->purse, micros) || !bill_has_room(&c->purse, micros)) {
        *cost = COST_NO_ROOM;
        return refuse_cost(c, b, claim, micros, e);
    }
    *cost = micros;
    b->purse.left -= micros;
    c->purse.left -= micros;
    bill_reserve(c->s, c->want->account_id, claim->batch_id, bill_day(c->now_wall_ms), micros);
    return forget_need(c, b, e);
}

static bool begin_attempt(struct claiming *c, const struct candidate *b,
                          const struct store_claim *claim, int64_t cost, struct err *e) {
    db_count(c->s, b->fair.batch_id, JOB_READY, JOB_RUNNING, 1);
    return db_run(c->s, Q_attempt_insert,
                  BINDS(INT(":job_id", claim->job_id), INT(":n", claim->attempt_no),
                        INT(":worker_id", c->worker_id), INT(":account_id", c->want->account_id),
                        INT(":key", claim->key), INT(":now_ms", c->now_wall_ms),
                        INT(":piece_no", claim->piece_no), INT(":cost", cost)),
                  NULL, e);
}

static void free_claim(struct store_claim *claim) {
    free(claim->text);
    free(claim->voice);
    free(claim->prev_text);
    free(claim->next_text);
    claim->text = claim->voice = claim->prev_text = claim->next_text = NULL;
}

static void look_again(struct claiming *c, int64_t boot_ms) {
    if (boot_ms > c->now_boot_ms)
        c->next_boot_ms = least(c->next_boot_ms, boot_ms);
}

/* When the next job of the batch may be called. *now is false when that is too far away to claim
 * it: then whoever looks again finds room for several calls, not for one. */
static bool find_place(struct claiming *c, const struct candidate *b, struct flow_place *place,
                       bool *now, struct err *e) {
    int64_t chars = 0, now_us = clock_boot_us();
    bool found;
    if (c->row->flow.chars.interval_ns > 0 &&
        !db_int(c->s, Q_job_next_chars, BINDS(INT(":batch_id", b->fair.batch_id)), &chars, &found,
                e))
        return false;
    *place = flow_place(&c->row->flow, chars, now_us);
    *now = place->start_us - now_us <= FLOW_AHEAD_MS * US_PER_MS;
    if (!*now)
        look_again(c, place->start_us / US_PER_MS - FLOW_AHEAD_MS / 2);
    return true;
}

static void take_place(struct claiming *c, struct store_claim *claim,
                       const struct flow_place *place) {
    /* a place is not before its time, and a call without one waits for nothing */
    int64_t round_up_us = flow_is_paced(&c->row->flow) ? US_PER_MS - 1 : 0;
    claim->start_boot_ms = (place->start_us + round_up_us) / US_PER_MS;
    claim->latest_boot_ms =
        place->latest_us == INT64_MAX ? INT64_MAX : place->latest_us / US_PER_MS;
    flow_take(&c->row->flow, place, claim->chars);
    claim->probe = c->probing;
    if (c->probing) {
        breaker_probe(&c->row->flow.breaker, claim->job_id, claim->attempt_no);
        c->row->state_changed = true;
    }
}

/* Claims the next job of a batch and charges it; or moves it on without a call. *more is false when
 * its time has not come. */
static bool serve_one(struct claiming *c, struct candidate *b, bool *more, struct err *e) {
    struct store_claim *claim = &c->want->claims[c->want->claim_count];
    enum share_verdict verdict = SHARE_CALL;
    struct flow_place place;
    bool got = false;
    int64_t cost = 0;
    *claim = (struct store_claim){0};
    if (!find_place(c, b, &place, more, e))
        return false;
    if (!*more)
        return true;
    bool ok = claim_job(c, b, claim, &got, e);
    if (ok && !got)
        ok = err_set(e, ERR_CORRUPT, "%s: batch %lld counts ready jobs that are not there",
                     c->s->path, (long long)b->fair.batch_id);
    if (ok && b->shares && claim->piece_no == 0)
        ok = look_for_equal(c, b, claim, &verdict, e);
    if (ok && verdict == SHARE_CALL)
        ok = set_aside(c, b, claim, &cost, e);
    bool calls = ok && verdict == SHARE_CALL && cost >= 0;
    if (calls)
        ok = begin_attempt(c, b, claim, cost, e);
    if (!ok || !calls)
        free_claim(claim);
    if (!ok)
        return false;
    if (cost == COST_NO_ROOM) {
        b->fair.ready = 0;
        return true;
    }
    b->fair.ready--;
    if (!calls) {
        c->shared++;
        return true;
    }
    take_place(c, claim, &place);
    c->want->claim_count++;
    b->vtime_served = b->fair.vtime;
    if (b->fair.priority == 0 && b->fair.vtime > c->row->vtime)
        c->row->vtime = b->fair.vtime;
    b->fair.vtime = fair_advance(b->fair.vtime, b->fair.weight, claim->chars);
    return true;
}

static bool may_serve(const struct claiming *c, size_t most) {
    return c->want->claim_count < most && c->shared < SHARE_TURN_MAX;
}

/* Serves the fairest batch again and again. `list` is the whole truth for `most` claims: with k
 * jobs to give, only the k best batches can be touched. A large turn takes a few jobs of a batch in
 * a row: neighbours share their pages, and every page that a turn touches is written twice. What a
 * batch gets early it waits for later; a turn of less than BATCHES_A_TURN jobs is fair to the job.
 */
static bool serve(struct claiming *c, struct candidate *list, size_t count, size_t most,
                  struct err *e) {
    struct fair_batch fair[STORE_TURN_CLAIMS_MAX];
    size_t run = (most + BATCHES_A_TURN - 1) / BATCHES_A_TURN;
    for (size_t i = 0; i < count; i++)
        fair[i] = list[i].fair;
    bool more = true;
    while (more && may_serve(c, most)) {
        int pick = fair_pick(fair, count);
        if (pick < 0)
            return true;
        struct candidate *b = &list[pick];
        for (size_t i = 0; more && i < run && b->fair.ready > 0 && may_serve(c, most); i++)
            if (!serve_one(c, b, &more, e))
                return false;
        fair[pick] = b->fair;
    }
    return true;
}

/* An account whose budget has no room serves nothing that costs, until it has. */
static bool open_purse(struct claiming *c, struct candidate *list, size_t count, struct err *e) {
    bool priced = false;
    for (size_t i = 0; i < count; i++)
        priced = priced || list[i].price.micros > 0;
    if (!priced)
        return true;
    if (!bill_account_purse(c->s, c->want->account_id, bill_day(c->now_wall_ms), &c->purse, e))
        return false;
    for (size_t i = 0; i < count && bill_is_closed(&c->purse); i++)
        if (list[i].price.micros > 0)
            list[i].fair.ready = 0;
    return true;
}

/* The virtual time of priority 0 is the account's; the others have rows of their own. */
static bool write_vtime(struct claiming *c, const struct candidate *b, struct err *e) {
    const struct fair_batch *fair = &b->fair;
    return db_run(c->s, Q_batch_set_vtime,
                  BINDS(INT(":batch_id", fair->batch_id), INT(":vtime", fair->vtime)), NULL, e) &&
           (fair->priority == 0 ||
            db_run(c->s, Q_level_put,
                   BINDS(INT(":account_id", c->want->account_id), INT(":priority", fair->priority),
                         INT(":vtime", b->vtime_served)),
                   NULL, e));
}

static bool write_vtimes(struct claiming *c, const struct candidate *list, size_t count,
                         struct err *e) {
    for (size_t i = 0; i < count; i++)
        if (list[i].fair.vtime != list[i].vtime_before && !write_vtime(c, &list[i], e))
            return false;
    return true;
}

static void free_candidate(struct candidate *b) {
    free(b->voice);
    free(b->profile_voice);
}

static bool claim_jobs(struct claiming *c, size_t most, struct err *e) {
    size_t count = 0;
    if (most == 0)
        return true;
    struct candidate *list = ensure_alloc(most * sizeof *list);
    c->now_wall_ms = clock_wall_ms();
    bool ok = read_candidates(c, list, most, &count, e) && open_purse(c, list, count, e) &&
              serve(c, list, count, most, e) && write_vtimes(c, list, count, e);
    for (size_t i = 0; i < count; i++)
        free_candidate(&list[i]);
    free(list);
    c->row->pace_changed |= c->want->claim_count > 0;
    return ok;
}

/* ---- the turn ---------------------------------------------------------------------------------*/

/* Slots this worker may hold: its equal part of the cap, rounded up. */
static bool find_share(struct claiming *c, struct err *e) {
    int64_t workers = 1;
    bool found;
    if (!db_int(c->s, Q_worker_count_calling, NO_BINDS, &workers, &found, e))
        return false;
    if (workers < 1)
        workers = 1;
    c->want->share = least((c->want->cap + workers - 1) / workers, c->want->calls_max);
    return true;
}

/* The worker reckons with its whole share; while others sit on a part of it (a dead worker's calls
 * that may still run), jobs claimed for slots that do not exist would only be given back. */
static int64_t ahead_for(const struct store_want *w, int64_t slots) {
    if (slots == 0)
        return 0;
    return slots < w->share ? (w->ahead_max * slots + w->share - 1) / w->share : w->ahead_max;
}

/* Free slots that the turn could use, and how many jobs that is. */
static int64_t most_claims(const struct claiming *c, int64_t usable) {
    const struct store_want *w = c->want;
    if (c->probing)
        return least(least(usable, 1), (int64_t)w->claims_max);
    /* with places in time nothing is claimed ahead of a free slot */
    int64_t ahead = flow_is_paced(&c->row->flow) ? 0 : ahead_for(w, usable + w->busy);
    int64_t most = least(usable + ahead - w->staged, (int64_t)w->claims_max);
    return greatest(least(most, STORE_TURN_CLAIMS_MAX), 0);
}

static bool claim_and_take(struct claiming *c, struct err *e) {
    struct store_want *w = c->want;
    int32_t free_slots[SLOT_MAX];
    int64_t kept = (int64_t)w->slot_count, found = 0;
    int64_t room = least(w->share - w->busy - kept, -c->excess);
    if (c->probing)
        room = least(room, 1);
    if (room > 0 && !find_free(c, least(room, SLOT_MAX), free_slots, &found, e))
        return false;
    int64_t usable = kept + found;
    if (!claim_jobs(c, (size_t)most_claims(c, usable), e))
        return false;
    int64_t waiting = c->probing ? 0 : w->staged;
    int64_t needed = least(waiting + (int64_t)w->claim_count, usable);
    while ((int64_t)w->slot_count > needed)
        if (!give_slot(c, w->slots[--w->slot_count], e))
            return false;
    return take_slots(c, free_slots, needed - (int64_t)w->slot_count, e);
}

/* How many calls at a time the account makes now. When all of them are made it may try one more,
 * if it is time; its first call after a rest begins a new ramp. */
static bool find_cap(struct claiming *c, struct err *e) {
    struct store_want *w = c->want;
    struct flow *f = &c->row->flow;
    int64_t leases = 0;
    bool lowered = effective_grows_at(&f->effective, c->now_boot_ms) != INT64_MAX;
    if ((lowered || f->ramp_per_min > 0) && !count_leases(c, 0, &leases, e))
        return false;
    if (leases == 0)
        flow_begins(f, c->now_boot_ms); /* written if there is something to claim */
    if (lowered && w->claims_max > 0 && leases >= flow_cap(f, c->now_boot_ms) &&
        effective_grow(&f->effective, f->cap, c->now_boot_ms))
        c->row->state_changed = true;
    w->cap = flow_cap(f, c->now_boot_ms);
    look_again(c, flow_cap_grows_at(f, c->now_boot_ms));
    return true;
}

static void find_gate(struct claiming *c) {
    const struct flow *f = &c->row->flow;
    c->want->gate_boot_ms = flow_closed_until(f);
    c->want->shut_boot_ms = flow_shut_until(f);
    look_again(c, flow_looks_at(f));
}

static bool serve_open(struct claiming *c, struct err *e) {
    struct store_want *w = c->want;
    bool closed = w->gate_boot_ms > c->now_boot_ms, drain = w->drain;
    c->probing = closed && flow_may_probe(&c->row->flow, c->now_boot_ms);
    w->drain = drain || closed; /* behind a closed gate idle slots go back, too */
    bool ok = find_excess(c, e) && sort_idle(c, e) && find_excess(c, e);
    w->drain = drain;
    if (ok && !drain && (!closed || c->probing)) {
        ok = claim_and_take(c, e);
        find_gate(c);
    }
    return ok;
}

static bool serve_account(struct claiming *c, int64_t *next_boot_ms, struct err *e) {
    struct store_want *w = c->want;
    w->slot_count = w->claim_count = 0;
    if (!flow_of(c->s, w->account_id, &c->row, e) || !find_cap(c, e) || !find_share(c, e) ||
        !renew(c, e))
        return false;
    w->lost = w->lost || !c->known;
    find_gate(c);
    bool ok = w->lost || serve_open(c, e);
    if (!w->lost && bill_is_closed(&c->purse)) /* a new day has a new budget */
        look_again(c, c->now_boot_ms +
                          least(BILL_LOOK_MS, BILL_DAY_MS - c->now_wall_ms % BILL_DAY_MS));
    if (c->shared > 0 && w->claim_count < w->claims_max)
        *next_boot_ms = c->now_boot_ms; /* behind them there may be jobs for the free slots */
    if (!w->lost && c->excess > 0)
        w->share = 0;
    *next_boot_ms = least(*next_boot_ms, c->next_boot_ms);
    return ok;
}

/* *known is false when the keeper took this worker for dead and gave its jobs and slots away. */
static bool is_known(struct store *s, int64_t worker_id, bool *known, struct err *e) {
    int64_t one;
    return db_int(s, Q_worker_known, BINDS(INT(":id", worker_id)), &one, known, e);
}

/* A batch with a cap of its own is a candidate by the number of its running jobs. */
static bool flush_counts(struct store *s, struct err *e) {
    int64_t one;
    bool capped = false;
    return (s->delta_count == 0 || db_int(s, Q_batch_any_capped, NO_BINDS, &one, &capped, e)) &&
           db_flush_counts(s, capped, e);
}

static bool run_turn(struct store *s, struct store_turn *turn, struct err *e) {
    bool known = false;
    if (!is_known(s, turn->worker_id, &known, e))
        return false;
    for (size_t i = 0; i < turn->settle_count; i++)
        if (!settle_one(s, &turn->settles[i], e))
            return false;
    for (size_t i = 0; i < turn->want_count; i++) {
        struct claiming c = {.s = s,
                             .want = &turn->wants[i],
                             .known = known,
                             .worker_id = turn->worker_id,
                             .now_boot_ms = clock_boot_ms(),
                             .next_boot_ms = INT64_MAX};
        if (!flush_counts(s, e) || !bill_flush(s, e) || !serve_account(&c, &turn->next_boot_ms, e))
            return false;
    }
    return true;
}

static void forget_claims(struct store_turn *turn, const int64_t *lease_until_before) {
    for (size_t i = 0; i < turn->want_count; i++) {
        struct store_want *w = &turn->wants[i];
        w->lease_until_boot_ms = lease_until_before[i];
        for (size_t k = 0; k < w->claim_count; k++)
            free_claim(&w->claims[k]);
        w->claim_count = w->slot_count = 0;
    }
}

bool store_turn(struct store *s, struct store_turn *turn, struct err *e) {
    int64_t lease_until_before[STORE_TURN_WANTS_MAX];
    PRE(turn->want_count <= STORE_TURN_WANTS_MAX);
    turn->next_boot_ms = INT64_MAX;
    for (size_t i = 0; i < turn->want_count; i++) {
        turn->wants[i].claim_count = turn->wants[i].slot_count = 0;
        lease_until_before[i] = turn->wants[i].lease_until_boot_ms;
    }
    if (!db_begin(s, e))
        return false;
    bool ok = db_end(s, run_turn(s, turn, e), e);
    if (!ok)
        forget_claims(turn, lease_until_before);
    return ok;
}
