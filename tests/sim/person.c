/*
 * person.c: a person who interferes: with jobs, with accounts, with how a batch is served. What he
 * wants is told to audit.c, for that is what must hold from then on.
 */
#include "sim.h"

#define BATCHES_MAX 64

static struct sim_batch batches[BATCHES_MAX];
static int batch_count;

void sim_person_begin(void) {
    batch_count = 0;
    sim_prune_begin();
}

/* A wall clock that was ahead when a batch was put in, and was set right,
 * would keep it for years. */
static void let_start(const struct sim_batch *b) {
    int64_t left_ms = b->start_ms - clock_wall_ms();
    if (left_ms > 0)
        sim_clock_wall_jump(left_ms);
}

void sim_person_sees(const struct sim_batch *b) {
    if (sim_healed)
        let_start(b);
    if (batch_count < BATCHES_MAX)
        batches[batch_count++] = *b;
}

static struct sim_batch *any_batch(void) {
    return batch_count > 0 ? &batches[sim_between(0, batch_count - 1)] : NULL;
}

static const char *any_account(void) {
    return sim_chance(0.7) ? "a" : "b";
}

/* ---- what he does: true, or *e says why not -------------------------------------------------- */

static bool change(struct store *s, struct err *e) {
    const struct sim_batch *b = any_batch();
    enum store_change what = (enum store_change)sim_between(STORE_RETRY, STORE_RELEASE);
    struct store_changed changed;
    if (!b)
        return true;
    struct store_selection selection = {.batch_id = b->batch_id};
    sim_audit_changed_by_person(b->batch_id);
    bool ok = store_change(s, &selection, what, false, &changed, e);
    sim_say("person: change %d of batch %lld: %lld jobs", (int)what, (long long)b->batch_id,
            ok ? (long long)changed.jobs : -1LL);
    return ok;
}

static bool set_cap(struct store *s, struct err *e) {
    const char *account = any_account();
    int64_t before, most = sim_between(1, 8);
    sim_say("person: cap of %s is %lld", account, (long long)most);
    return store_cap(s, account, most, &before, e);
}

static bool pause_account(struct store *s, struct err *e) {
    const char *account = any_account();
    sim_say("person: pause of %s", account);
    return store_pause(s, account, sim_between(1, 5000), "by a person", e);
}

static bool resume_account(struct store *s, struct err *e) {
    const char *account = any_account();
    bool was, probes;
    sim_say("person: resume of %s", account);
    return store_resume(s, account, &was, &probes, e);
}

/* More or less than before; what was spent is spent. */
static bool set_budget(struct store *s, struct err *e) {
    struct sim_batch *b = any_batch();
    int64_t before;
    if (!b || b->budget_micros == 0)
        return true;
    b->budget_micros = sim_between(20000, 400000);
    sim_say("person: budget of batch %lld is %lld", (long long)b->batch_id,
            (long long)b->budget_micros);
    sim_audit_batch(b);
    return store_batch_budget(s, b->batch_id, b->budget_micros, &before, e);
}

static bool set_plan(struct store *s, struct err *e) {
    struct sim_batch *b = any_batch();
    struct store_plan before;
    if (!b)
        return true;
    b->cap = sim_chance(0.5) ? sim_between(1, 4) : 0;
    const struct store_plan after = {
        .priority = sim_between(0, 3), .weight = sim_between(1, 5), .cap = b->cap};
    sim_say("person: batch %lld is of priority %lld, cap %lld", (long long)b->batch_id,
            (long long)after.priority, (long long)after.cap);
    return store_batch_plan(s, b->batch_id,
                            STORE_PLAN_PRIORITY | STORE_PLAN_WEIGHT | STORE_PLAN_CAP, &after,
                            &before, e);
}

static bool prune(struct store *s, struct err *e) {
    struct sim_batch *b = any_batch();
    bool done = false;
    bool ok = !b || sim_prune(s, b, &done, e);
    if (done)
        *b = batches[--batch_count];
    return ok;
}

static void with_store(bool (*act)(struct store *s, struct err *e)) {
    struct err e;
    struct store *s = sim_store_open();
    if (!s)
        return;
    (void)act(s, &e);
    store_close(s);
}

void sim_person_acts(void) {
    static bool (*const acts[])(struct store * s, struct err * e) = {
        change,         change,     change,   set_cap, set_cap, pause_account,
        resume_account, set_budget, set_plan, prune,   prune};
    if (sim_chance(0.15))
        sim_producer_dies();
    else
        with_store(acts[sim_between(0, (int)(sizeof acts / sizeof *acts) - 1)]);
}

/* ---- the end of all interference ------------------------------------------------------------- */

static bool heal(struct store *s, struct err *e) {
    bool was, probes;
    int64_t before;
    for (int i = 0; i < batch_count; i++)
        if (!store_batch_budget(s, batches[i].batch_id, 0, &before, e))
            return false;
    return store_resume(s, "a", &was, &probes, e) && store_resume(s, "b", &was, &probes, e);
}

void sim_person_heals(void) {
    for (int i = 0; i < batch_count; i++) {
        let_start(&batches[i]);
        batches[i].budget_micros = 0;
        sim_audit_batch(&batches[i]);
    }
    with_store(heal);
}
