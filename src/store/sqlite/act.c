/* act: what a person changes. Large batches are changed in parts, so that workers go on. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "store/sqlite/bill.h"
#include "store/sqlite/db.h"
#include "store/sqlite/event.h"
#include "store/sqlite/share.h"

#define ACT_PART 2000 /* jobs changed in one transaction */

#define NS_PER_US 1000
#define US_PER_S 1e6

/* To add a change: a row here, and in store.h. */
static const struct change {
    enum query query;
    enum job_state to;
    unsigned from;
    const char *said; /* of it in the log */
} change_table[STORE_CHANGE_COUNT] = {
    [STORE_RETRY] = {Q_job_retry, JOB_READY,
                     JOB_BIT(JOB_FAILED) | JOB_BIT(JOB_HELD) | JOB_BIT(JOB_CANCELLED),
                     "retry: ready again"},
    [STORE_CANCEL] = {Q_job_cancel, JOB_CANCELLED,
                      JOB_BIT(JOB_DELAYED) | JOB_BIT(JOB_READY) | JOB_BIT(JOB_HELD) |
                          JOB_BIT(JOB_RUNNING),
                      "cancel: cancelled"},
    [STORE_HOLD] = {Q_job_hold, JOB_HELD, JOB_BIT(JOB_DELAYED) | JOB_BIT(JOB_READY), "hold: held"},
    [STORE_RELEASE] = {Q_job_release, JOB_READY, JOB_BIT(JOB_HELD), "release: ready"},
};

/* A retry of a job that was cancelled during its call: a second call would be paid, too. */
static const struct change uncancel = {Q_job_uncancel, JOB_RUNNING, JOB_BIT(JOB_CANCELLED),
                                       "retry"};
/* Nor is one made for what the call has brought meanwhile. */
static const struct change take_kept = {Q_job_take_kept, JOB_DONE, JOB_BIT(JOB_CANCELLED), "retry"};

struct part { /* jobs of a batch by id: each is looked at once, in whichever state it is then */
    int64_t after;
    size_t count;
    int64_t id[ACT_PART];
    enum job_state state[ACT_PART];
    bool in_flight[ACT_PART]; /* a call of it goes on */
    bool kept[ACT_PART];      /* cancelled, and has got its answer */
    int64_t chars[ACT_PART];
};

static bool read_part(struct store *s, const struct store_selection *selection, struct part *part,
                      struct err *e) {
    char room[DB_STATES_TEXT_MAX];
    const char *states = db_states(selection->state_mask, room);
    bool filtered = selection->status_to > 0 || selection->error || selection->since_ms > 0;
    sqlite3_stmt *stmt = db_query(
        s, Q_job_ids_in_states,
        BINDS(INT(":batch_id", selection->batch_id), INT(":job_id", selection->job_id),
              TEXT(":states", states), TEXT(":why", selection->why), INT(":filtered", filtered),
              INT(":status_from", selection->status_from), INT(":status_to", selection->status_to),
              TEXT(":error", selection->error), TEXT(":error_or", selection->error_or),
              INT(":since_ms", selection->since_ms), INT(":after", part->after),
              INT(":most", ACT_PART)));
    bool more = true, ok = true;
    part->count = 0;
    while ((ok = db_row(s, stmt, &more, e)) && more) {
        part->id[part->count] = sqlite3_column_int64(stmt, 0);
        bool known = job_state_parse(db_text(stmt, 1), &part->state[part->count]);
        ASSERT(known);
        part->kept[part->count] = sqlite3_column_int(stmt, 3) != 0;
        part->in_flight[part->count] = sqlite3_column_int(stmt, 2) != 0 && !part->kept[part->count];
        part->chars[part->count] = sqlite3_column_int64(stmt, 4);
        part->count++;
    }
    db_done(stmt);
    if (ok && part->count > 0)
        part->after = part->id[part->count - 1];
    return ok;
}

/* Who waited for these jobs waits no more; but of a call in flight the answer is still to come, or
 * there already. At the end of a part, whose own jobs may wait for each other. */
static bool release_waiters(struct store *s, const struct part *part, struct err *e) {
    for (size_t i = 0; i < part->count; i++)
        if (!part->in_flight[i] && !part->kept[i] && !share_given_up(s, part->id[i], e))
            return false;
    return true;
}

static void count_part(const struct part *part, struct store_changed *out) {
    out->jobs += (int64_t)part->count;
    for (size_t i = 0; i < part->count; i++) {
        out->in_flight += part->in_flight[i];
        out->kept += part->kept[i];
    }
}

static const struct change *change_of(const struct part *part, size_t i,
                                      const struct change *change) {
    if (part->kept[i])
        return &take_kept;
    return part->state[i] == JOB_CANCELLED && part->in_flight[i] ? &uncancel : change;
}

static bool move_jobs(struct store *s, const struct store_selection *selection,
                      const struct change *change, const struct part *part, struct err *e) {
    bool was_ready = false;
    for (size_t i = 0; i < part->count; i++) {
        enum job_state from = part->state[i];
        was_ready = was_ready || from == JOB_READY;
        const struct change *one = change_of(part, i, change);
        PRE(job_state_may_become(from, one->to));
        if (!db_run(s, one->query,
                    BINDS(INT(":job_id", part->id[i]), TEXT(":state", job_state_text(from))), NULL,
                    e))
            return false;
        db_count(s, selection->batch_id, from, one->to, 1);
        if (one->to == JOB_DONE)
            db_count_spoken(s, selection->batch_id, part->chars[i]);
    }
    return (!was_ready || bill_forget_need(s, selection->batch_id, e)) &&
           release_waiters(s, part, e);
}

/* Once for the whole change: with its last part. */
static bool tell_people(struct store *s, const struct store_selection *selection,
                        const struct change *change, const struct part *part,
                        const struct store_changed *before, struct err *e) {
    int64_t jobs = before->jobs + (int64_t)part->count;
    const struct event event = {
        .kind = STORE_EVENT_COMMAND, .batch_id = selection->batch_id, .job_id = selection->job_id};
    return part->count == ACT_PART || jobs == 0 ||
           event_say(s, &event, e, "%s: %lld job%s", change->said, (long long)jobs,
                     jobs == 1 ? "" : "s");
}

/* One transaction. */
static bool move_part(struct store *s, const struct store_selection *selection,
                      const struct change *change, struct part *part,
                      const struct store_changed *before, struct err *e) {
    if (!db_begin(s, e))
        return false;
    bool ok = read_part(s, selection, part, e) && move_jobs(s, selection, change, part, e) &&
              tell_people(s, selection, change, part, before, e);
    return db_end(s, ok, e);
}

/* Every job is visited once, so none slips by from one state to another while the parts go on. */
bool store_change(struct store *s, const struct store_selection *selection,
                  enum store_change change, bool dry_run, struct store_changed *out,
                  struct err *e) {
    struct store_selection chosen = *selection;
    struct store_changed changed = {0};
    const struct change *row = &change_table[change];
    PRE(!(chosen.state_mask & ~row->from));
    if (chosen.state_mask == 0)
        chosen.state_mask = row->from;
    struct part *part = ensure_alloc(sizeof *part);
    part->after = 0;
    bool ok;
    do {
        ok = dry_run ? read_part(s, &chosen, part, e)
                     : move_part(s, &chosen, row, part, &changed, e);
        if (ok)
            count_part(part, &changed);
    } while (ok && part->count == ACT_PART);
    free(part);
    if (ok)
        *out = changed;
    return ok;
}

bool store_cap(struct store *s, const char *account, int64_t cap, int64_t *before, struct err *e) {
    struct flow_row *row;
    int64_t id;
    PRE(cap >= 1);
    if (!store_account_id(s, account, &id, e) || !db_begin(s, e))
        return false;
    bool ok = flow_of(s, id, &row, e);
    int64_t old = ok ? row->flow.cap : 0;
    ok = ok &&
         db_run(s, Q_account_set_cap, BINDS(TEXT(":name", account), INT(":cap", cap)), NULL, e) &&
         event_say(s, &(struct event){.kind = STORE_EVENT_COMMAND, .account_id = id}, e,
                   "cap: from %lld to %lld calls at a time", (long long)old, (long long)cap);
    if (!db_end(s, ok, e))
        return false;
    *before = old;
    return true;
}

static bool tell_budget(struct store *s, int64_t batch_id, int64_t micros, struct err *e) {
    const struct event event = {.kind = STORE_EVENT_COMMAND, .batch_id = batch_id};
    char money[PRICE_MONEY_BYTES];
    return event_say(s, &event, e, "budget: %s",
                     micros > 0 ? price_money_text(micros, money) : "none");
}

bool store_batch_budget(struct store *s, int64_t batch_id, int64_t micros, int64_t *before,
                        struct err *e) {
    bool found = false;
    int64_t old = 0, changes = 0;
    struct bind budget = INT(":micros", micros);
    PRE(micros >= 0);
    if (micros == 0)
        budget.kind = BIND_NULL;
    if (!db_begin(s, e))
        return false;
    bool ok = db_int(s, Q_batch_get_budget, BINDS(INT(":batch_id", batch_id)), &old, &found, e) &&
              db_run(s, Q_batch_set_budget, BINDS(INT(":batch_id", batch_id), budget), &changes, e);
    if (ok && changes == 0)
        ok = err_set(e, ERR_NOT_FOUND, "no batch %lld", (long long)batch_id);
    ok = ok && tell_budget(s, batch_id, micros, e);
    if (!db_end(s, ok, e))
        return false;
    *before = found ? old : 0;
    return true;
}

bool store_rate(struct store *s, const char *account, int64_t interval_us, int64_t *before_us,
                struct err *e) {
    struct flow_row *row;
    int64_t id;
    PRE(interval_us >= 0);
    if (!store_account_id(s, account, &id, e) || !db_begin(s, e))
        return false;
    bool ok = flow_of(s, id, &row, e);
    int64_t old_us = ok ? row->flow.requests.interval_ns / NS_PER_US : 0;
    ok = ok &&
         db_run(s, Q_account_set_rate,
                BINDS(TEXT(":name", account), INT(":rate_interval_us", interval_us)), NULL, e) &&
         event_say(s, &(struct event){.kind = STORE_EVENT_COMMAND, .account_id = id}, e,
                   interval_us > 0 ? "rate: a request each %.3f s" : "rate: no limit",
                   (double)interval_us / US_PER_S);
    if (!db_end(s, ok, e))
        return false;
    *before_us = old_us;
    return true;
}

bool store_pause(struct store *s, const char *account, int64_t for_ms, const char *reason,
                 struct err *e) {
    struct flow_row *row;
    int64_t id;
    if (!store_account_id(s, account, &id, e) || !db_begin(s, e))
        return false;
    bool ok = flow_of(s, id, &row, e);
    if (ok) {
        flow_pause(&row->flow, for_ms, clock_boot_ms(), clock_wall_ms());
        flow_say_pause(row, reason);
        row->state_changed = true;
    }
    return db_end(s, ok, e);
}

bool store_resume(struct store *s, const char *account, bool *was, bool *probes, struct err *e) {
    struct flow_row *row;
    int64_t id;
    bool ended = false, doubt = false;
    if (!store_account_id(s, account, &id, e) || !db_begin(s, e))
        return false;
    bool ok = flow_of(s, id, &row, e);
    if (ok) {
        ended = flow_resume(&row->flow, clock_boot_ms());
        doubt = row->flow.breaker.state != BREAKER_CLOSED;
        row->state_changed = true;
    }
    if (!db_end(s, ok, e))
        return false;
    *was = ended;
    *probes = doubt;
    return true;
}
