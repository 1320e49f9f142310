/* keeper.c: the keeper's process: born, dead, frozen. What it does is the real code's. */
#include "base/random.h"
#include "sim.h"
#include "workers/keeper/mirror.h"
#include "workers/keeper/reap.h"

#define LOOK_US 200000
#define TIDY_US 10000
#define PRUNE_US 1500000
#define AGAIN_US 1000000 /* after what has failed */
#define WAL_BYTES_MAX 500000
#define STRANGERS_EVERY 8

static struct keeper {
    bool is_alive;
    unsigned life;
    int64_t id, frozen_until_us;
    struct store *store;
    struct presence *presence;
    bool is_configured;
    int64_t tidy_us; /* when it tidies next; 0 = not by time */
    int looks;
} keeper;

unsigned sim_keeper_life(void) {
    return keeper.life;
}

int64_t sim_keeper_frozen_until_us(void) {
    return keeper.frozen_until_us;
}

bool sim_keeper_is_alive(void) {
    return keeper.is_alive;
}

bool sim_keeper_is(int64_t id) {
    return keeper.is_alive && keeper.id == id;
}

/* ---- what it does ---------------------------------------------------------------------------- */

static void tidy_later(int64_t in_us);
static void on_birth(void *arg, int64_t number);

static void lose_store(void) {
    store_close(keeper.store);
    keeper.store = NULL;
}

static bool judge(bool ok, const struct err *e) {
    if (!ok) {
        sim_say("keeper: %s", e->msg);
        if (e->code == ERR_IO)
            lose_store();
    }
    return ok;
}

static bool opens(void) {
    struct err e;
    if (!keeper.store)
        keeper.store = sim_store_open();
    if (keeper.store && !keeper.is_configured) {
        const struct store_worker_row row = {.id = keeper.id, .kind = "keeper", .pid = 1};
        keeper.is_configured = mirror_config(keeper.store, sim_config(), &e) &&
                               store_worker_add(keeper.store, &row, &e);
        if (!judge(keeper.is_configured, &e)) {
            sim_keeper_dies(); /* as the real one: its successor has another id */
            sim_keeper_is_born(AGAIN_US);
        }
    }
    return keeper.is_alive && keeper.store && keeper.is_configured;
}

static void on_tidy(void *arg, int64_t at_us) {
    struct err e;
    int64_t next_boot_ms = INT64_MAX;
    (void)arg;
    if (at_us != keeper.tidy_us)
        return; /* it came sooner */
    keeper.tidy_us = 0;
    if (!opens() || !judge(reap_frozen(keeper.store, sim_folder, sim_results, &e) &&
                               store_tidy(keeper.store, &next_boot_ms, &e),
                           &e)) {
        tidy_later(AGAIN_US);
        return;
    }
    if (next_boot_ms != INT64_MAX)
        tidy_later((next_boot_ms - clock_boot_ms()) * US_PER_MS);
    if (sim_vfs_wal_bytes() > WAL_BYTES_MAX)
        (void)judge(store_checkpoint(keeper.store, sim_chance(0.5), &e), &e);
}

static void tidy_later(int64_t in_us) {
    int64_t at_us = sim_now_us + (in_us > TIDY_US ? in_us : TIDY_US);
    if (keeper.tidy_us != 0 && keeper.tidy_us <= at_us)
        return;
    keeper.tidy_us = at_us;
    sim_after(SIM_KEEPER, at_us - sim_now_us, on_tidy, NULL, at_us);
}

static void on_look(void *arg, int64_t number) {
    struct err e;
    (void)arg;
    if (opens()) {
        bool ok = reap_all(keeper.store, sim_folder, sim_results, keeper.id, &e);
        if (ok && ++keeper.looks % STRANGERS_EVERY == 0)
            ok = reap_strangers(keeper.store, sim_folder, &e);
        (void)judge(ok, &e);
    }
    sim_after(SIM_KEEPER, LOOK_US, on_look, NULL, number);
}

/* The rest of what was pruned, in parts. */
static void on_prune(void *arg, int64_t number) {
    struct err e;
    (void)arg;
    if (sim_prune_is_left() && opens())
        (void)judge(sim_prune_go_on(keeper.store, &e), &e);
    sim_after(SIM_KEEPER, sim_between(10000, PRUNE_US), on_prune, NULL, number);
}

static void on_reload(void *arg, int64_t number) {
    struct err e;
    (void)arg, (void)number;
    keeper.is_configured = false;
    if (keeper.store)
        keeper.is_configured = judge(mirror_config(keeper.store, sim_config(), &e), &e);
}

/* ---- what happens to it ---------------------------------------------------------------------- */

static void on_birth(void *arg, int64_t number) {
    (void)arg, (void)number;
    if (keeper.is_alive)
        return;
    keeper = (struct keeper){.is_alive = true, .life = keeper.life + 1, .id = random_id()};
    keeper.presence = sim_presence_new(keeper.id);
    sim_prune_forget();
    sim_after(SIM_KEEPER, sim_between(500, 20000), on_look, NULL, 0);
    sim_after(SIM_KEEPER, sim_between(500, PRUNE_US), on_prune, NULL, 0);
    tidy_later(0);
}

void sim_keeper_dies(void) {
    sim_say("keeper dies");
    lose_store();
    keeper.is_alive = false;
    keeper.life++;
    keeper.frozen_until_us = 0;
    sim_report.kills++;
}

void sim_keeper_is_born(int64_t in_us) {
    sim_after(SIM_WORLD, in_us, on_birth, NULL, 0);
}

void sim_keeper_freeze(int64_t us) {
    if (keeper.frozen_until_us < sim_now_us + us) /* else it stands still for longer already */
        keeper.frozen_until_us = sim_now_us + us;
}

void sim_keeper_reload(void) {
    if (keeper.is_alive)
        sim_after(SIM_KEEPER, 0, on_reload, NULL, 0);
}

void sim_keeper_looks(void) {
    if (keeper.is_alive)
        tidy_later(0);
}

void sim_keeper_begin(void) {
    keeper = (struct keeper){.life = keeper.life + 1};
}

void sim_keeper_end(void) {
    if (keeper.is_alive)
        lose_store();
    keeper.is_alive = false;
}
