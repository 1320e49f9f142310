/*
 * notifier.c: who tells of the ends of batches. The store's part of it is real; what is called is a
 * line in audit_ending.c, and the process may die before the deed and behind it.
 */
#include "base/ensure.h"
#include "sim.h"
#include "store/ending.h"

#define WATCH_US 1000000

static struct notifier {
    bool is_alive, has_taken_back;
    unsigned life;
    struct store *store;
    int64_t at_id; /* what is being done; 0 = nothing */
    int64_t batch_id, end_no;
} notifier;

static void on_watch(void *arg, int64_t life);

static void on_birth(void *arg, int64_t number) {
    (void)arg, (void)number;
    if (notifier.is_alive)
        return;
    notifier = (struct notifier){.is_alive = true, .life = notifier.life + 1};
    sim_after(SIM_WORLD, sim_between(1000, WATCH_US), on_watch, NULL, notifier.life);
}

static void leave(void) {
    store_close(notifier.store);
    notifier.is_alive = false;
    notifier.life++;
    notifier.store = NULL;
}

void sim_notifier_dies(int64_t later_us) {
    if (!notifier.is_alive)
        return;
    sim_say("notifier dies");
    leave();
    sim_after(SIM_WORLD, later_us, on_birth, NULL, 0);
}

void sim_notifier_begin(void) {
    notifier = (struct notifier){.life = notifier.life + 1};
    sim_after(SIM_WORLD, sim_between(0, 50000), on_birth, NULL, 0);
}

void sim_notifier_end(void) {
    if (notifier.is_alive)
        leave();
}

/* A store that fails is opened anew by the next process. */
static bool judge(bool ok, const struct err *e) {
    if (ok)
        return true;
    sim_say("notifier: %s", e->msg);
    if (e->code == ERR_IO) {
        leave();
        sim_after(SIM_WORLD, WATCH_US, on_birth, NULL, 0);
    }
    return false;
}

static void watch_later(void) {
    if (notifier.is_alive)
        sim_after(SIM_WORLD, WATCH_US, on_watch, NULL, notifier.life);
}

static void on_over(void *arg, int64_t life) {
    struct err e;
    (void)arg;
    if (life != notifier.life)
        return;
    bool again = !sim_healed && sim_chance(0.2);
    const struct store_ending_over over = {.id = notifier.at_id,
                                           .state = again ? ENDING_WAITING : ENDING_DONE,
                                           .delay_ms = again ? sim_between(1, 5000) : 0,
                                           .code = again ? 503 : 200};
    if (!judge(store_ending_over(notifier.store, &over, &e), &e)) {
        if (notifier.is_alive) /* no space: what was done is told when there is */
            sim_after(SIM_WORLD, WATCH_US, on_over, NULL, life);
        return;
    }
    notifier.at_id = 0;
    watch_later();
}

static void on_deed(void *arg, int64_t life) {
    (void)arg;
    if (life != notifier.life)
        return;
    sim_audit_told(notifier.batch_id, notifier.end_no);
    sim_after(SIM_WORLD, sim_between(1000, 200000), on_over, NULL, life);
}

static void see(const struct store_ending *row, void *arg) {
    (void)arg;
    notifier.at_id = row->id;
    notifier.batch_id = row->batch_id;
    notifier.end_no = row->end_no;
}

static bool take_one(struct err *e) {
    notifier.at_id = 0;
    if (!notifier.has_taken_back && !store_endings_take_back(notifier.store, e))
        return false;
    notifier.has_taken_back = true;
    if (!store_endings_due(notifier.store, ENDING_WEBHOOK, 1, see, NULL, e))
        return false;
    return notifier.at_id == 0 || store_ending_begin(notifier.store, notifier.at_id, e);
}

static void on_watch(void *arg, int64_t life) {
    struct err e;
    (void)arg;
    if (life != notifier.life)
        return;
    if (!notifier.store)
        notifier.store = sim_store_open();
    if (notifier.store && judge(take_one(&e), &e) && notifier.at_id != 0)
        sim_after(SIM_WORLD, sim_between(1000, 200000), on_deed, NULL, life);
    else
        watch_later();
}
