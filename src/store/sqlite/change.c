/* change: what a person does to jobs. Large batches are changed in parts, so that workers go on; a
 * part reads no more jobs than it may change, whatever else is in the batch. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "store/sqlite/bill.h"
#include "store/sqlite/db.h"
#include "store/sqlite/event.h"
#include "store/sqlite/share.h"
#include "store/sqlite/walk.h"

#define PART 2000 /* jobs looked at in one transaction */

/* To add a change: a row here, and in store.h. */
static const struct change {
    enum query query;
    enum job_state to;
    unsigned from;
    unsigned already; /* as was asked for; running: by job.hold */
    const char *said; /* of it in the log */
    bool until_none;  /* what was moved stays there: it is said again until nothing is left, so that
                       * no job slips by from one state to another while the parts go on */
    bool waits;       /* who was never called goes back to waiting for its time */
} change_table[STORE_CHANGE_COUNT] = {
    [STORE_RETRY] = {Q_job_retry, JOB_READY,
                     JOB_BIT(JOB_FAILED) | JOB_BIT(JOB_HELD) | JOB_BIT(JOB_CANCELLED),
                     JOB_BIT(JOB_DELAYED) | JOB_BIT(JOB_READY) | JOB_BIT(JOB_RUNNING),
                     "retry: ready again", false, true},
    [STORE_CANCEL] = {Q_job_cancel, JOB_CANCELLED,
                      JOB_BIT(JOB_DELAYED) | JOB_BIT(JOB_READY) | JOB_BIT(JOB_HELD) |
                          JOB_BIT(JOB_RUNNING),
                      JOB_BIT(JOB_CANCELLED), "cancel: cancelled", true, false},
    [STORE_HOLD] = {Q_job_hold, JOB_HELD,
                    JOB_BIT(JOB_DELAYED) | JOB_BIT(JOB_READY) | JOB_BIT(JOB_RUNNING),
                    JOB_BIT(JOB_HELD) | JOB_BIT(JOB_RUNNING), "hold: held", true, false},
    [STORE_RELEASE] = {Q_job_release, JOB_READY, JOB_BIT(JOB_HELD) | JOB_BIT(JOB_RUNNING),
                       JOB_BIT(JOB_DELAYED) | JOB_BIT(JOB_READY) | JOB_BIT(JOB_RUNNING),
                       "release: ready", false, true},
    [STORE_START] = {Q_job_start, JOB_READY,
                     JOB_BIT(JOB_HELD) | JOB_BIT(JOB_DELAYED) | JOB_BIT(JOB_RUNNING),
                     JOB_BIT(JOB_READY) | JOB_BIT(JOB_RUNNING), "release: ready now", false, false},
};

/* A retry of a job that was cancelled during its call: a second call would be paid, too. */
static const struct change uncancel = {.query = Q_job_uncancel, .to = JOB_RUNNING};
/* Nor is one made for what the call has brought meanwhile. */
static const struct change take_kept = {.query = Q_job_take_kept, .to = JOB_DONE};
static const struct change wait_again = {.query = Q_job_wait_again, .to = JOB_DELAYED};

/* A call goes on: what a person wants counts when it is over. */
static const struct change hold_later = {.query = Q_job_hold_later, .to = JOB_RUNNING};
static const struct change hold_not = {.query = Q_job_hold_not, .to = JOB_RUNNING};

struct mover { /* a job that was picked */
    int64_t id;
    enum job_state state;
    bool in_flight;     /* a call of it goes on */
    bool kept;          /* cancelled, and has got its answer */
    bool is_to_be_held; /* when its call is over */
    int64_t start_ms;   /* of its batch, that it waits for again; 0 = for none */
    int64_t until_ms;   /* wall clock of that, or of the delay that it goes on with; 0 = it does not
                           wait */
    int64_t chars;
};

struct order { /* what a person said */
    struct store_selection selection;
    const struct change *change;
};

struct part {
    struct walk walk;
    bool already; /* filled with what is as was asked for, not with what is to be changed */
    size_t seen, count;
    int64_t ids[PART];
    struct mover movers[PART];
};

static bool is_filtered(const struct store_selection *x) {
    return x->status_to > 0 || x->error || x->since_ms > 0;
}

/* A start is waited for by the wall clock; a delay by the boot's, which nobody sets. What is past
 * is no reason to wait. */
static void read_wait(sqlite3_stmt *stmt, struct mover *m) {
    int64_t start_ms = sqlite3_column_int64(stmt, 5);
    if (start_ms > clock_wall_ms())
        m->start_ms = m->until_ms = start_ms;
    else if (start_ms == 0 && sqlite3_column_int64(stmt, 6) > clock_boot_ms())
        m->until_ms = sqlite3_column_int64(stmt, 7);
}

/* *picked is false when the job is none of those that are chosen. */
static bool look(struct store *s, const struct order *o, int64_t id, struct mover *m, bool *picked,
                 struct err *e) {
    const struct store_selection *x = &o->selection;
    char room[DB_STATES_TEXT_MAX];
    sqlite3_stmt *stmt =
        db_query(s, Q_job_look,
                 BINDS(INT(":job_id", id), INT(":batch_id", x->batch_id),
                       TEXT(":states", db_states(x->state_mask, room)), TEXT(":why", x->why),
                       INT(":filtered", is_filtered(x)), INT(":status_from", x->status_from),
                       INT(":status_to", x->status_to), TEXT(":error", x->error),
                       TEXT(":error_or", x->error_or), INT(":since_ms", x->since_ms)));
    bool ok = db_row(s, stmt, picked, e);
    if (ok && *picked) {
        *m = (struct mover){.id = id,
                            .kept = sqlite3_column_int(stmt, 2) != 0,
                            .chars = sqlite3_column_int64(stmt, 3)};
        m->in_flight = sqlite3_column_int(stmt, 1) != 0 && !m->kept;
        if (o->change->waits && sqlite3_column_int(stmt, 4) != 0)
            read_wait(stmt, m);
        bool known = job_state_parse(db_text(stmt, 0), &m->state);
        ASSERT(known);
        m->is_to_be_held = sqlite3_column_int(stmt, 8) != 0;
    }
    db_done(stmt);
    return ok;
}

static bool next_ids(struct store *s, const struct store_selection *x, struct part *part,
                     struct walk_page *page, struct err *e) {
    page->most = PART - part->seen;
    if (x->job_id == 0)
        return walk_next(s, &part->walk, page, e);
    page->ids[0] = x->job_id;
    page->count = part->walk.at != WALK_OVER;
    part->walk.at = WALK_OVER;
    return true;
}

/* Of a ready job of which nothing more is asked everything is known; looking at each of a million
 * takes longer than finding them. */
static bool needs_look(const struct store_selection *x, const struct part *part) {
    return !part->walk.found_ready || x->why || is_filtered(x);
}

/* Of a running job that is to be held, or not any more, the state does not say whether it is: for
 * those who ask for one of the two. */
static bool is_due(const struct change *change, const struct part *part, const struct mover *m) {
    bool asks = change->from & change->already & JOB_BIT(JOB_RUNNING);
    if (m->state != JOB_RUNNING || !asks)
        return true;
    return (m->is_to_be_held == (change->to == JOB_HELD)) == part->already;
}

/* Fills the part with what is picked of the next PART jobs. */
static bool read_part(struct store *s, const struct order *o, struct part *part, struct err *e) {
    part->seen = part->count = 0;
    while (part->walk.at != WALK_OVER && part->seen < PART) {
        struct walk_page page = {.ids = part->ids};
        if (!next_ids(s, &o->selection, part, &page, e))
            return false;
        for (size_t i = 0; i < page.count; i++) {
            struct mover *m = &part->movers[part->count];
            bool picked = true;
            *m = (struct mover){.id = part->ids[i], .state = JOB_READY};
            if (needs_look(&o->selection, part) && !look(s, o, part->ids[i], m, &picked, e))
                return false;
            part->count += picked && is_due(o->change, part, m);
        }
        part->seen += page.count;
    }
    return true;
}

/* Who waited for these jobs waits no more; but of a call in flight the answer is still to come, or
 * there already. At the end of a part, whose own jobs may wait for each other. */
static bool release_waiters(struct store *s, const struct part *part, struct err *e) {
    for (size_t i = 0; i < part->count; i++) {
        const struct mover *m = &part->movers[i];
        if (!m->in_flight && !m->kept && !share_given_up(s, m->id, e))
            return false;
    }
    return true;
}

static void count_part(const struct part *part, struct store_changed *out) {
    out->jobs += (int64_t)part->count;
    for (size_t i = 0; i < part->count; i++) {
        const struct mover *m = &part->movers[i];
        out->in_flight += m->in_flight;
        out->kept += m->kept;
        out->waiting += m->until_ms > 0;
        if (m->until_ms > 0 && (out->until_ms == 0 || m->until_ms < out->until_ms))
            out->until_ms = m->until_ms;
    }
}

static const struct change *change_of(const struct mover *m, const struct change *change) {
    if (m->kept)
        return &take_kept;
    if (m->until_ms > 0)
        return &wait_again;
    if (m->state == JOB_RUNNING && change->to != JOB_CANCELLED)
        return change->to == JOB_HELD ? &hold_later : &hold_not;
    return m->state == JOB_CANCELLED && m->in_flight ? &uncancel : change;
}

static bool move(struct store *s, const struct mover *m, const struct change *one, struct err *e) {
    PRE(m->state == one->to || job_state_may_become(m->state, one->to));
    const struct bind id = INT(":job_id", m->id), state = TEXT(":state", job_state_text(m->state));
    return one == &wait_again
               ? db_run(s, one->query, BINDS(id, state, SET(":start_ms", m->start_ms)), NULL, e)
               : db_run(s, one->query, BINDS(id, state), NULL, e);
}

static bool move_jobs(struct store *s, const struct order *o, const struct part *part,
                      struct err *e) {
    int64_t batch_id = o->selection.batch_id;
    bool was_ready = false;
    for (size_t i = 0; i < part->count; i++) {
        const struct mover *m = &part->movers[i];
        const struct change *one = change_of(m, o->change);
        was_ready = was_ready || m->state == JOB_READY;
        if (!move(s, m, one, e))
            return false;
        db_count(s, batch_id, m->state, one->to, 1);
        if (one->to == JOB_DONE)
            db_count_spoken(s, batch_id, m->chars);
    }
    return (!was_ready || bill_forget_need(s, batch_id, e)) && release_waiters(s, part, e);
}

/* ---- round by round -------------------------------------------------------------------------- */

struct round {
    size_t parts;
    int64_t moved;
    bool over; /* and no other comes: nothing is left */
};

static void count_round(const struct change *change, const struct part *part, struct round *round) {
    round->parts++;
    round->moved += (int64_t)part->count;
    bool is_end = part->walk.at == WALK_OVER;
    /* what one transaction has looked at has not changed meanwhile */
    round->over = is_end && (!change->until_none || round->parts == 1 || round->moved == 0);
}

/* Once for the whole change: with its last part. */
static bool tell_people(struct store *s, const struct order *o, int64_t jobs, struct err *e) {
    const struct event event = {.kind = STORE_EVENT_COMMAND,
                                .batch_id = o->selection.batch_id,
                                .job_id = o->selection.job_id};
    return jobs == 0 || event_say(s, &event, e, "%s: %lld job%s", o->change->said, (long long)jobs,
                                  jobs == 1 ? "" : "s");
}

/* One transaction; `before`: how many jobs earlier ones have moved. */
static bool move_part(struct store *s, const struct order *o, struct part *part,
                      struct round *round, int64_t before, struct err *e) {
    if (!db_begin(s, e))
        return false;
    bool ok = read_part(s, o, part, e) && move_jobs(s, o, part, e);
    if (ok)
        count_round(o->change, part, round);
    ok = ok && (!round->over || tell_people(s, o, before + (int64_t)part->count, e));
    return db_end(s, ok, e);
}

static void begin_walk(const struct order *o, struct part *part) {
    walk_begin(&part->walk, o->selection.batch_id, o->selection.state_mask);
}

static bool move_all(struct store *s, const struct order *o, struct part *part,
                     struct store_changed *changed, struct err *e) {
    struct round round = {0};
    while (!round.over) {
        if (part->walk.at == WALK_OVER) {
            begin_walk(o, part);
            round = (struct round){0};
        }
        if (!move_part(s, o, part, &round, changed->jobs, e))
            return false;
        count_part(part, changed);
    }
    return true;
}

static bool count_all(struct store *s, const struct order *o, struct part *part,
                      struct store_changed *changed, struct err *e) {
    do {
        if (!read_part(s, o, part, e))
            return false;
        count_part(part, changed);
    } while (part->walk.at != WALK_OVER);
    return true;
}

/* Where nothing could be changed: is it as was asked for? */
static bool count_already(struct store *s, const struct order *o, struct part *part,
                          int64_t *already, struct err *e) {
    struct store_changed counted = {0};
    struct order as_asked = *o;
    as_asked.selection.state_mask = o->change->already;
    part->already = true;
    begin_walk(&as_asked, part);
    if (!count_all(s, &as_asked, part, &counted, e))
        return false;
    *already = counted.jobs;
    return true;
}

bool store_change(struct store *s, const struct store_selection *selection,
                  enum store_change change, bool dry_run, struct store_changed *out,
                  struct err *e) {
    struct order o = {.selection = *selection, .change = &change_table[change]};
    struct store_changed changed = {0};
    PRE(!(selection->state_mask & ~o.change->from));
    if (selection->state_mask == 0)
        o.selection.state_mask = o.change->from;
    struct part *part = ensure_alloc(sizeof *part);
    part->already = false;
    begin_walk(&o, part);
    bool ok = dry_run ? count_all(s, &o, part, &changed, e) : move_all(s, &o, part, &changed, e);
    if (ok && changed.jobs == 0 && selection->state_mask == 0)
        ok = count_already(s, &o, part, &changed.already, e);
    free(part);
    if (ok)
        *out = changed;
    return ok;
}
