/* claim.c: see claiming.h. In this order: the batches to be served, one job of one,
 * all of a turn. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/random.h"
#include "base/utf8.h"
#include "queue/fair.h"
#include "store/sqlite/claiming.h"
#include "store/sqlite/context.h"
#include "store/sqlite/share.h"

#define BATCHES_A_TURN 2
#define US_PER_MS 1000

/* What becomes of a job that is next in its batch. */
enum fate {
    FATE_CALL,  /* an attempt has begun */
    FATE_MOVED, /* it goes on without a call: done, waiting for its equal, or held */
    FATE_STAYS, /* the budgets have no room for it now */
};

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

struct candidates { /* best first */
    struct candidate *list;
    size_t count, most;
};

static bool read_candidates(struct claiming *c, struct candidates *all, bool gratis,
                            struct err *e) {
    sqlite3_stmt *stmt =
        db_query(c->s, Q_batch_candidates,
                 BINDS(INT(":account_id", c->want->account_id), INT(":most", all->most),
                       INT(":gratis", gratis), TEXT(":profiles", c->want->profiles)));
    bool more = true, ok = true;
    while ((ok = db_row(c->s, stmt, &more, e)) && more) {
        struct candidate *b = &all->list[all->count++];
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

/* What the batch gives next. *got is false when it has nothing. */
static bool next_job(struct claiming *c, const struct candidate *b, struct store_claim *claim,
                     bool *got, struct err *e) {
    sqlite3_stmt *stmt = db_query(c->s, Q_job_next, BINDS(INT(":batch_id", b->fair.batch_id)));
    bool ok = db_row(c->s, stmt, got, e);
    if (ok && *got) {
        *claim = (struct store_claim){.job_id = sqlite3_column_int64(stmt, 0),
                                      .batch_id = b->fair.batch_id,
                                      .attempt_no = sqlite3_column_int(stmt, 1) + 1,
                                      .key = random_id(),
                                      .chars = sqlite3_column_int64(stmt, 2),
                                      .attempts = sqlite3_column_int(stmt, 3),
                                      .refusals = sqlite3_column_int(stmt, 4),
                                      .uncertain = sqlite3_column_int(stmt, 5),
                                      .piece_no = sqlite3_column_int64(stmt, 6),
                                      .seq = sqlite3_column_int64(stmt, 7),
                                      .shares = b->shares,
                                      .hold_uncertain = b->hold_uncertain};
        memcpy(claim->profile, b->profile, sizeof claim->profile);
        memcpy(claim->fingerprint, b->fingerprint, sizeof claim->fingerprint);
    }
    db_done(stmt);
    return ok;
}

static bool claim_job(struct claiming *c, const struct candidate *b, struct store_claim *claim,
                      struct err *e) {
    return db_run(c->s, Q_job_claim, BINDS(INT(":job_id", claim->job_id)), NULL, e) &&
           read_text(c->s, b, claim, e);
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

/* Sets aside *cost, what the call may cost. *fate: FATE_CALL, or FATE_STAYS where there is no room
 * for that now; where there never will be, the job is held. */
static bool set_aside(struct claiming *c, struct candidate *b, const struct store_claim *claim,
                      int64_t *cost, enum fate *fate, struct err *e) {
    *cost = 0;
    *fate = FATE_CALL;
    if (b->price.micros == 0)
        return true;
    int64_t micros =
        bill_cost(&b->price, price_count(b->price.unit, claim->text, claim->text_bytes));
    if (bill_is_too_dear(&b->purse, micros) || bill_is_too_dear(&c->purse, micros)) {
        *fate = FATE_MOVED;
        return bill_hold_dear(c->s, claim, micros, &b->purse, &c->purse, e);
    }
    if (!bill_has_room(&b->purse, micros) || !bill_has_room(&c->purse, micros)) {
        *fate = FATE_STAYS;
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

void claim_free(struct store_claim *claim) {
    free(claim->text);
    free(claim->voice);
    free(claim->prev_text);
    free(claim->next_text);
    claim->text = claim->voice = claim->prev_text = claim->next_text = NULL;
}

/* When a text of so many characters may be called. False when that is too far away to claim it:
 * then whoever looks again finds room for several calls, not for one. */
static bool find_place(struct claiming *c, int64_t chars, struct flow_place *place) {
    int64_t now_us = clock_boot_us();
    *place = flow_place(&c->row->flow, chars, now_us);
    if (place->start_us - now_us <= FLOW_AHEAD_MS * US_PER_MS)
        return true;
    claiming_look_again(c, place->start_us / US_PER_MS - FLOW_AHEAD_MS / 2);
    return false;
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

/* The job is claimed, and called unless it need not or cannot be. */
static bool begin_job(struct claiming *c, struct candidate *b, struct store_claim *claim,
                      enum fate *fate, struct err *e) {
    enum share_verdict verdict = SHARE_CALL;
    int64_t cost;
    if (!claim_job(c, b, claim, e))
        return false;
    if (b->shares && claim->piece_no == 0 && !look_for_equal(c, b, claim, &verdict, e))
        return false;
    *fate = FATE_MOVED;
    if (verdict != SHARE_CALL)
        return true;
    return set_aside(c, b, claim, &cost, fate, e) &&
           (*fate != FATE_CALL || begin_attempt(c, b, claim, cost, e));
}

/* The batch has had its turn: its virtual time moves on. */
static void charge(struct claiming *c, struct candidate *b, int64_t chars) {
    b->vtime_served = b->fair.vtime;
    if (b->fair.priority == 0 && b->fair.vtime > c->row->vtime)
        c->row->vtime = b->fair.vtime;
    b->fair.vtime = fair_advance(b->fair.vtime, b->fair.weight, chars);
}

/* Claims the next job of a batch and charges it; or moves it on without a call. *more is false when
 * its time has not come. */
static bool serve_one(struct claiming *c, struct candidate *b, bool *more, struct err *e) {
    struct store_claim *claim = &c->want->claims[c->want->claim_count];
    struct flow_place place;
    enum fate fate;
    bool got = false;
    *claim = (struct store_claim){0};
    if (!next_job(c, b, claim, &got, e))
        return false;
    if (!got)
        return err_set(e, ERR_CORRUPT, "%s: batch %lld counts ready jobs that are not there",
                       c->s->path, (long long)b->fair.batch_id);
    *more = find_place(c, claim->chars, &place);
    if (!*more)
        return true;
    bool ok = begin_job(c, b, claim, &fate, e);
    if (!ok || fate != FATE_CALL)
        claim_free(claim);
    if (!ok)
        return false;
    b->fair.ready = fate == FATE_STAYS ? 0 : b->fair.ready - 1;
    if (fate != FATE_CALL) {
        c->passed_over++;
        return true;
    }
    take_place(c, claim, &place);
    c->want->claim_count++;
    charge(c, b, claim->chars);
    return true;
}

static bool may_serve(const struct claiming *c, size_t most) {
    return c->want->claim_count < most && c->passed_over < SHARE_TURN_MAX;
}

/* When the account's budget has closed, what costs is not served in the rest of the turn either,
 * however little: what is cheap would take all that becomes free before what is dear has room. */
static void close_purse(const struct claiming *c, struct candidates *all, struct fair_batch *fair) {
    for (size_t i = 0; i < all->count && bill_is_closed(&c->purse); i++)
        if (all->list[i].price.micros > 0)
            all->list[i].fair.ready = fair[i].ready = 0;
}

/* Serves the fairest batch again and again. `all` is the whole truth for as many claims: with k
 * jobs to give, only the k best batches can be touched; when one of them turns out to give none,
 * the account is looked at again. A large turn takes a few jobs of a batch in a row: neighbours
 * share their pages, and every page that a turn touches is written twice. What a batch gets early
 * it waits for later; a turn of less than BATCHES_A_TURN jobs is fair to the job. */
static bool serve(struct claiming *c, struct candidates *all, struct err *e) {
    struct fair_batch fair[STORE_TURN_CLAIMS_MAX];
    size_t run = (all->most + BATCHES_A_TURN - 1) / BATCHES_A_TURN;
    for (size_t i = 0; i < all->count; i++)
        fair[i] = all->list[i].fair;
    bool more = true;
    while (more && may_serve(c, all->most)) {
        int pick = fair_pick(fair, all->count);
        if (pick < 0)
            return true;
        struct candidate *b = &all->list[pick];
        for (size_t i = 0; more && i < run && b->fair.ready > 0 && may_serve(c, all->most); i++)
            if (!serve_one(c, b, &more, e))
                return false;
        fair[pick] = b->fair;
        close_purse(c, all, fair);
    }
    return true;
}

static void free_candidates(struct candidates *all) {
    for (size_t i = 0; i < all->count; i++) {
        free(all->list[i].voice);
        free(all->list[i].profile_voice);
    }
    all->count = 0;
}

/* An account whose budget has no room serves nothing that costs, until it has: the candidates are
 * then those that cost nothing. */
static bool open_purse(struct claiming *c, struct candidates *all, struct err *e) {
    bool priced = false;
    for (size_t i = 0; i < all->count; i++)
        priced = priced || all->list[i].price.micros > 0;
    if (!priced)
        return true;
    if (!bill_account_purse(c->s, c->want->account_id, bill_day(c->now_wall_ms), &c->purse, e))
        return false;
    if (!bill_is_closed(&c->purse))
        return true;
    free_candidates(all);
    return read_candidates(c, all, true, e);
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

static bool write_vtimes(struct claiming *c, const struct candidates *all, struct err *e) {
    for (size_t i = 0; i < all->count; i++) {
        const struct candidate *b = &all->list[i];
        if (b->fair.vtime != b->vtime_before && !write_vtime(c, b, e))
            return false;
    }
    return true;
}

bool claim_anew(struct claiming *c, struct err *e) {
    return !c->want->anew ||
           db_run(c->s, Q_account_need,
                  BINDS(INT(":account_id", c->want->account_id), INT(":need", 0)), NULL, e);
}

bool claim_jobs(struct claiming *c, size_t most, struct err *e) {
    if (most == 0)
        return true;
    struct candidates all = {
        .list = ensure_alloc(most * sizeof(struct candidate)),
        .most = most,
    };
    c->now_wall_ms = clock_wall_ms();
    bool ok = read_candidates(c, &all, false, e) && open_purse(c, &all, e) && serve(c, &all, e) &&
              write_vtimes(c, &all, e);
    free_candidates(&all);
    free(all.list);
    c->row->pace_changed |= c->want->claim_count > 0;
    return ok;
}
