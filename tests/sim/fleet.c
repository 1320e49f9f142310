/*
 * fleet.c: the processes of the fleet, as their supervisor sees them: born, dead, frozen, told to
 * end. What they do is the real code's.
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ensure.h"
#include "base/random.h"
#include "sim.h"
#include "workers/call/store_desk.h"
#include "workers/keeper/mirror.h"
#include "workers/keeper/reap.h"

#define CALLS_MAX 5
#define OPEN_MAX 20
#define LOOK_US 200000
#define TIDY_US 10000
#define PRUNE_US 1500000
#define BEAT_US 1000000
#define WAL_BYTES_MAX 500000
#define STRANGERS_EVERY 8
#define DRAIN_US 3000000
#define LONG_FREEZE_US 95000000 /* longer than any lease: 2 * (4 + 2 + 10) + 60 s */

struct sim_worker {
    int index;
    bool is_alive, is_waiting; /* … to be born */
    unsigned life;
    int64_t id, frozen_until_us, wake_us;
    struct dispatch dispatch;
    struct store_thread *store;
    struct presence *presence;
    bool is_finished;
};

struct keeper {
    bool is_alive;
    unsigned life;
    int64_t id, frozen_until_us;
    struct store *store;
    struct presence *presence;
    bool is_configured;
    int64_t tidy_us; /* when it tidies next; 0 = not by time */
    int looks;
};

char sim_folder[64], sim_database[96], sim_results[96];
int sim_results_fd;
struct config *sim_config[SIM_CONFIGS];

static struct sim_worker workers[SIM_WORKERS_MAX];
static struct keeper keeper;
static struct gate *gate;
static int worker_count, config_now;

/* ---- what concerns all ----------------------------------------------------------------------- */

unsigned sim_life(int process) {
    return process >= 0 ? workers[process].life : process == SIM_KEEPER ? keeper.life : 0;
}

bool sim_is_frozen(int process, int64_t *until_us) {
    *until_us = process >= 0 ? workers[process].frozen_until_us : keeper.frozen_until_us;
    return *until_us > sim_now_us;
}

int sim_worker_process(const struct sim_worker *w) {
    return w->index;
}

struct sim_worker *sim_worker_of(const struct call_host *host) {
    return (struct sim_worker *)(void *)host->loop;
}

bool sim_worker_is_alive(int64_t id) {
    for (int i = 0; i < worker_count; i++)
        if (workers[i].is_alive && workers[i].id == id)
            return true;
    return keeper.is_alive && keeper.id == id;
}

/* ---- a call worker --------------------------------------------------------------------------- */

static void on_wake(void *arg, int64_t number);
static void birth_later(struct sim_worker *w, int64_t in_us);

void sim_worker_step(struct sim_worker *w) {
    if (!w->is_alive || w->is_finished)
        return;
    uint64_t wake_ms = dispatch_step(&w->dispatch);
    if (wake_ms == DISPATCH_NEVER || w->is_finished)
        return;
    int64_t at_us = ((int64_t)wake_ms - 1) * US_PER_MS;
    if (at_us <= sim_now_us)
        at_us = sim_now_us + 1;
    if (w->wake_us > sim_now_us && w->wake_us <= at_us)
        return; /* it comes sooner anyway */
    w->wake_us = at_us;
    sim_after(w->index, at_us - sim_now_us, on_wake, w, at_us);
}

static void on_wake(void *arg, int64_t at_us) {
    struct sim_worker *w = arg;
    if (at_us != w->wake_us)
        return; /* another one was set */
    w->wake_us = 0;
    sim_worker_step(w);
}

static void on_beat(void *arg, int64_t number) {
    struct sim_worker *w = arg;
    dispatch_beat(&w->dispatch);
    sim_worker_step(w);
    sim_after(w->index, BEAT_US, on_beat, w, number);
}

static void on_store_started(void *arg, bool ok, const struct err *e) {
    (void)e;
    dispatch_on_started(arg, ok, ok ? 0 : 1);
}

static void drop_call(struct call *c) {
    c->wire = NULL;
    c->marked = false;
    call_finish(c);
    call_free(c);
}

static void drop_list(struct call_list *l) {
    struct call *c;
    while ((c = call_list_take(l)))
        drop_call(c);
}

static void drop_account(struct account *a) {
    struct account_staged *s;
    while ((s = account_unstage(a, 0, 0)))
        drop_call(call_of_staged(s));
    a->busy = 0;
}

/* Its memory goes as that of a dead process does. */
static void bury(struct sim_worker *w) {
    struct dispatch *d = &w->dispatch;
    sim_transfers_drop(&d->host);
    for (struct call *c = d->host.running, *next; c; c = next) {
        next = c->next;
        drop_call(c);
    }
    drop_list(&d->ended);
    drop_list(&d->settling);
    drop_list(&d->no_room);
    sim_pool_drop(w, drop_call);
    for (size_t i = 0; i < d->account_count; i++)
        drop_account(d->accounts[i]);
    sim_store_drop(w->store);
    dispatch_close(d);
}

static void ended(struct sim_worker *w) {
    w->is_alive = false;
    w->life++;
    w->frozen_until_us = 0;
}

static void kill_worker(struct sim_worker *w) {
    sim_say("worker %d dies, %d calls on the wire", w->index, (int)w->dispatch.host.running_count);
    bury(w);
    ended(w);
    sim_report.kills++;
}

static void on_end(void *arg, int64_t number) {
    struct sim_worker *w = arg;
    (void)number;
    bool clean = !w->dispatch.leave_open;
    sim_say("worker %d ends, %s", w->index, clean ? "clean" : "leaving the rest to the keeper");
    bury(w);
    if (clean)
        sim_presence_end(w->presence);
    ended(w);
    birth_later(w, sim_healed ? 1000 : sim_between(1000, 500000));
}

static void on_finished(void *arg, int exit_code) {
    struct sim_worker *w = arg;
    (void)exit_code;
    w->is_finished = true;
    sim_after(w->index, 0, on_end, w, 0);
}

static void on_birth(void *arg, int64_t number) {
    struct sim_worker *w = arg;
    struct call_host *h = &w->dispatch.host;
    (void)number;
    w->is_waiting = false;
    if (w->is_alive)
        return;
    struct sim_worker fresh = {
        .index = w->index, .is_alive = true, .life = w->life + 1, .id = random_id()};
    *w = fresh;
    w->presence = sim_presence_new(w->id);
    h->loop = (uv_loop_t *)(void *)w;
    h->presence = w->presence;
    h->gate = gate;
    h->multi = sim_multi_new(w);
    h->results_fd = sim_results_fd;
    h->row_bytes_max = sim_config[config_now]->row_bytes_max;
    w->dispatch.segment_bytes_min = sim_config[config_now]->segment_bytes_min;
    w->dispatch.open_max = OPEN_MAX;
    wire_pool_init(&h->wires, h->multi, &call_callbacks);
    dispatch_open(&w->dispatch, generation_new(sim_config[config_now], false), CALLS_MAX,
                  on_finished, w);
    struct store_thread_handlers handlers = {.on_started = on_store_started,
                                             .on_done = dispatch_on_done,
                                             .on_look = dispatch_on_look,
                                             .on_space = dispatch_on_space,
                                             .arg = &w->dispatch};
    w->store = w->dispatch.store = sim_store_new(w, w->id, &handlers);
    sim_say("worker %d is born", w->index);
    sim_after(w->index, BEAT_US, on_beat, w, 0);
    sim_worker_step(w);
}

static void birth_later(struct sim_worker *w, int64_t in_us) {
    w->is_waiting = true;
    sim_after(SIM_WORLD, in_us, on_birth, w, 0);
}

static void on_drain_deadline(void *arg, int64_t number) {
    struct sim_worker *w = arg;
    (void)number;
    if (w->is_finished)
        return;
    dispatch_stop(&w->dispatch);
    sim_worker_step(w);
}

static void drain(struct sim_worker *w) {
    if (w->is_finished)
        return;
    sim_say("worker %d is told to end", w->index);
    dispatch_drain(&w->dispatch);
    sim_worker_step(w);
    sim_after(w->index, DRAIN_US, on_drain_deadline, w, 0);
}

/* ---- the keeper ------------------------------------------------------------------------------ */

static void tidy_later(int64_t in_us);
static void keeper_dies(void);
static void keeper_birth(void *arg, int64_t number);

static void lose_store(bool failed) {
    if (failed)
        store_close(keeper.store);
    else
        sim_store_lost(keeper.store);
    keeper.store = NULL;
}

static bool keeper_judge(bool ok, const struct err *e) {
    if (!ok) {
        sim_say("keeper: %s", e->msg);
        if (e->code == ERR_IO)
            lose_store(true);
    }
    return ok;
}

static bool keeper_opens(void) {
    struct err e;
    if (!keeper.store)
        keeper.store = sim_store_open();
    if (keeper.store && !keeper.is_configured) {
        const struct store_worker_row row = {.id = keeper.id, .kind = "keeper", .pid = 1};
        keeper.is_configured = mirror_config(keeper.store, sim_config[config_now], &e) &&
                               store_worker_add(keeper.store, &row, &e);
        if (!keeper_judge(keeper.is_configured, &e)) {
            keeper_dies(); /* as the real one: its successor has another id */
            sim_after(SIM_WORLD, BEAT_US, keeper_birth, NULL, 0);
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
    if (!keeper_opens() || !keeper_judge(reap_frozen(keeper.store, sim_folder, sim_results, &e) &&
                                             store_tidy(keeper.store, &next_boot_ms, &e),
                                         &e)) {
        tidy_later(BEAT_US);
        return;
    }
    if (next_boot_ms != INT64_MAX)
        tidy_later((next_boot_ms - clock_boot_ms()) * US_PER_MS);
    if (sim_vfs_wal_bytes() > WAL_BYTES_MAX)
        (void)keeper_judge(store_checkpoint(keeper.store, sim_chance(0.5), &e), &e);
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
    if (keeper_opens()) {
        bool ok = reap_all(keeper.store, sim_folder, sim_results, keeper.id, &e);
        if (ok && ++keeper.looks % STRANGERS_EVERY == 0)
            ok = reap_strangers(keeper.store, sim_folder, &e);
        (void)keeper_judge(ok, &e);
    }
    sim_after(SIM_KEEPER, LOOK_US, on_look, NULL, number);
}

/* The rest of what was pruned, in parts. */
static void on_prune(void *arg, int64_t number) {
    struct err e;
    (void)arg;
    if (sim_prune_is_left() && keeper_opens())
        (void)keeper_judge(sim_prune_go_on(keeper.store, &e), &e);
    sim_after(SIM_KEEPER, sim_between(10000, PRUNE_US), on_prune, NULL, number);
}

static void keeper_birth(void *arg, int64_t number) {
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

static void keeper_dies(void) {
    sim_say("keeper dies");
    lose_store(false);
    keeper.is_alive = false;
    keeper.life++;
    keeper.frozen_until_us = 0;
    sim_report.kills++;
}

void sim_fleet_committed(void) {
    for (int i = 0; i < worker_count; i++)
        if (workers[i].is_alive)
            sim_store_look(workers[i].store);
    if (keeper.is_alive)
        tidy_later(0);
}

/* ---- what happens to them -------------------------------------------------------------------- */

static int64_t rest_us(void) {
    return sim_chance(0.7) ? sim_between(1000, 300000) : sim_between(300000, 8000000);
}

static void disturb_kill(void) {
    bool storm = sim_chance(0.1);
    int victim = (int)sim_between(SIM_KEEPER, worker_count - 1);
    int64_t later_us = rest_us();
    if (storm || sim_chance(0.2))
        sim_notifier_dies(later_us);
    if ((victim == SIM_KEEPER || storm) && keeper.is_alive) {
        keeper_dies();
        sim_after(SIM_WORLD, later_us, keeper_birth, NULL, 0);
    }
    for (int i = 0; i < worker_count; i++) {
        if ((i != victim && !storm) || !workers[i].is_alive)
            continue;
        kill_worker(&workers[i]);
        birth_later(&workers[i], later_us);
    }
}

static void disturb_freeze(void) {
    int victim = (int)sim_between(SIM_KEEPER, worker_count - 1);
    bool is_long = sim_chance(0.15);
    int64_t us = is_long ? LONG_FREEZE_US + sim_between(0, 30000000) : sim_between(50000, 6000000);
    int64_t *until_us =
        victim == SIM_KEEPER ? &keeper.frozen_until_us : &workers[victim].frozen_until_us;
    sim_say("process %d stands still for %lld ms", victim, (long long)(us / US_PER_MS));
    *until_us = sim_now_us + us;
    sim_report.freezes++;
}

static void disturb_reboot(void) {
    sim_say("the machine starts afresh");
    for (int i = 0; i < worker_count; i++) {
        if (workers[i].is_alive)
            kill_worker(&workers[i]);
        if (!workers[i].is_waiting)
            birth_later(&workers[i], sim_between(2000000, 20000000));
    }
    if (keeper.is_alive)
        keeper_dies();
    sim_after(SIM_WORLD, sim_between(2000000, 20000000), keeper_birth, NULL, 0);
    sim_notifier_dies(sim_between(2000000, 20000000));
    sim_people_reboot();
    sim_clock_boot();
    sim_gate_reset();
    sim_report.reboots++;
}

static void on_space(void *arg, int64_t number) {
    (void)arg, (void)number;
    sim_vfs_full(false);
    sim_say("there is space again");
    for (int i = 0; i < worker_count; i++) {
        if (!workers[i].is_alive || workers[i].is_finished)
            continue;
        dispatch_set_space_low(&workers[i].dispatch, false);
        sim_worker_step(&workers[i]);
    }
}

static void disturb_disk(void) {
    if (sim_chance(0.5)) {
        int64_t writes = sim_between(1, 60);
        sim_say("write %lld from now fails", (long long)writes);
        sim_vfs_error_at(writes);
        return;
    }
    bool full = sim_chance(0.6);
    sim_say("the disk is %s", full ? "full" : "nearly full");
    sim_vfs_full(full);
    for (int i = 0; i < worker_count; i++)
        if (workers[i].is_alive && !workers[i].is_finished)
            dispatch_set_space_low(&workers[i].dispatch, true);
    sim_after(SIM_WORLD, sim_between(10000, 5000000), on_space, NULL, 0);
}

static void disturb_clock(void) {
    int64_t ms = sim_between(-86400000, 86400000) * (sim_chance(0.2) ? 3650 : 1);
    sim_say("the wall clock jumps by %lld s", (long long)(ms / 1000));
    sim_clock_wall_jump(ms);
}

void sim_reload(void) {
    config_now = (int)sim_between(0, SIM_CONFIGS - 1);
    sim_say("configuration %d", config_now);
    keeper.is_configured = keeper.is_configured && !keeper.is_alive;
    if (keeper.is_alive && keeper.store) {
        struct err e;
        keeper.is_configured =
            keeper_judge(mirror_config(keeper.store, sim_config[config_now], &e), &e);
    }
    for (int i = 0; i < worker_count; i++) {
        if (!workers[i].is_alive || workers[i].is_finished)
            continue;
        dispatch_reload(&workers[i].dispatch, generation_new(sim_config[config_now], false));
        sim_worker_step(&workers[i]);
    }
}

static void disturb_drain(void) {
    struct sim_worker *w = &workers[sim_between(0, worker_count - 1)];
    int64_t until_us;
    if (w->is_alive && !sim_is_frozen(w->index, &until_us))
        drain(w);
}

void sim_disturb(void) {
    static const struct {
        enum sim_fault fault;
        int weight;
        void (*happen)(void);
    } kinds[] = {{SIM_KILL, 30, disturb_kill},    {SIM_FREEZE, 15, disturb_freeze},
                 {SIM_REBOOT, 2, disturb_reboot}, {SIM_CLOCK, 5, disturb_clock},
                 {SIM_DISK, 8, disturb_disk},     {SIM_PERSON, 30, sim_person_acts},
                 {SIM_RELOAD, 5, sim_reload},     {SIM_DRAIN, 5, disturb_drain}};
    int64_t pick = sim_between(0, 99);
    size_t i = 0;
    while (pick >= kinds[i].weight)
        pick -= kinds[i++].weight;
    int number = sim_report.disturbances++;
    bool skipped = number < SIM_CHAOS_MAX && sim_plan.skip[number];
    if (!skipped && sim_plan.faults & 1u << kinds[i].fault)
        kinds[i].happen();
}

/* ---- the life of a run ----------------------------------------------------------------------- */

static const char config_text[] = "[ttsq]\n"
                                  "database = %s\n"
                                  "results = %s\n"
                                  "calls_max = 5\n"
                                  "row_bytes_max = %d\n"
                                  "segment_bytes_min = %d\n"
                                  "profile = pa\n"
                                  "[account:a]\n"
                                  "concurrency = %d\n"
                                  "linger_ms = 1500\n"
                                  "breaker.failures = %d\n"
                                  "[account:b]\n"
                                  "concurrency = %d\n"
                                  "linger_ms = 1500\n"
                                  "uncertain = %s\n"
                                  "rate = 30/s\n"
                                  "rate_burst = 3\n"
                                  "[profile:pa]\n"
                                  "account = a\n"
                                  "url = http://127.0.0.1:9/say\n"
                                  "content_type = text/plain\n"
                                  "body = ${json:job_id} ${json:attempt_no} ${json:text}\n"
                                  "accept = audio/\n"
                                  "rule = status:429 header:x-many=1 -> shrink\n"
                                  "rule = status:413 -> split\n"
                                  "timeout.first_byte_ms = 1500\n"
                                  "timeout.stall_ms = 800\n"
                                  "timeout.total_ms = 4000\n"
                                  "retry.max = 4\n"
                                  "retry.base_ms = 200\n"
                                  "retry.cap_ms = 4000\n"
                                  "[profile:pp]\n"
                                  "inherit = pa\n"
                                  "account = a\n"
                                  "price = 1.00 USD/1K codepoints\n"
                                  "[profile:pt]\n"
                                  "inherit = pp\n"
                                  "text.max = %d codepoints\n"
                                  "[profile:pb]\n"
                                  "inherit = pa\n"
                                  "account = b\n";

static void load_config(int i) {
    static const int caps_a[SIM_CONFIGS] = {4, 4, 2, 8, 1, 6};
    static const int caps_b[SIM_CONFIGS] = {2, 3, 2, 1, 5, 3};
    static const int text_most[SIM_CONFIGS] = {25, 25, 40, 0, 12, 25};
    char path[96], text[4096];
    struct err e = {.msg = ""};
    int n = snprintf(text, sizeof text, config_text, sim_database, sim_results,
                     i % 3 == 2 ? 600 : 65536, i % 2 ? 1500 : 65536, caps_a[i], i == 3 ? 0 : 6,
                     caps_b[i], i == 5 ? "hold" : "retry", text_most[i]);
    ASSERT(n > 0 && (size_t)n < sizeof text);
    (void)snprintf(path, sizeof path, "%s/sim.ini", sim_folder);
    FILE *f = fopen(path, "w");
    ASSERT(f && fputs(text, f) >= 0 && fclose(f) == 0);
    (void)setenv("TTSQ_CONFIG", path, 1);
    if (!config_load(&sim_config[i], &e)) {
        (void)fprintf(stderr, "sim: %s\n", e.msg);
        exit(1);
    }
    /* who asks is said for the provider's books only: equal texts get equal answers */
    for (size_t k = 0; k < sim_config[i]->profile_count; k++)
        sim_config[i]->profiles[k]->shares = true;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw) {
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

static void remove_folder(void) {
    (void)nftw(sim_folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void sim_fleet_open(void) {
    struct err e = {.msg = ""};
    struct store *s = NULL;
    (void)snprintf(sim_folder, sizeof sim_folder, "%s/ttsq-sim-XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    ASSERT(mkdtemp(sim_folder));
    (void)atexit(remove_folder);
    (void)snprintf(sim_database, sizeof sim_database, "%s/queue.db", sim_folder);
    (void)snprintf(sim_results, sizeof sim_results, "%s/results", sim_folder);
    ASSERT(mkdir(sim_results, 0700) == 0);
    sim_results_fd = open(sim_results, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ASSERT(sim_results_fd >= 0 && gate_open(&gate, sim_folder, &e));
    for (int i = 0; i < SIM_CONFIGS; i++)
        load_config(i);
    if (!store_open(&s, sim_database, STORE_CREATE, &e)) {
        (void)fprintf(stderr, "sim: %s\n", e.msg);
        exit(1);
    }
    store_close(s);
}

void sim_fleet_begin(void) {
    struct err e;
    sim_gate_reset();
    sim_vfs_full(false);
    sim_vfs_error_at(0);
    worker_count = (int)sim_between(1, sim_plan.workers_max);
    config_now = (int)sim_between(0, SIM_CONFIGS - 1);
    keeper = (struct keeper){.life = keeper.life + 1};
    struct store *s = sim_store_open();
    ASSERT(s && mirror_config(s, sim_config[config_now], &e));
    sim_store_lost(s);
    for (int i = 0; i < worker_count; i++) {
        workers[i] = (struct sim_worker){.index = i, .life = workers[i].life + 1};
        birth_later(&workers[i], sim_between(0, 50000));
    }
    sim_after(SIM_WORLD, sim_between(0, 50000), keeper_birth, NULL, 0);
    sim_notifier_begin();
}

void sim_fleet_heal(void) {
    sim_vfs_error_at(0);
    on_space(NULL, 0);
    for (int i = 0; i < worker_count; i++)
        if (!workers[i].is_alive)
            birth_later(&workers[i], 1000);
    sim_after(SIM_WORLD, 1000, keeper_birth, NULL, 0);
}

bool sim_fleet_is_idle(void) {
    for (int i = 0; i < worker_count; i++)
        if (!workers[i].is_alive || workers[i].dispatch.host.running_count > 0)
            return false;
    return keeper.is_alive;
}

static int remove_result(const char *path, const struct stat *st, int flag, struct FTW *ftw) {
    (void)st, (void)flag;
    return ftw->level > 0 ? remove(path) : 0;
}

void sim_fleet_end(void) {
    for (int i = 0; i < worker_count; i++)
        if (workers[i].is_alive) {
            bury(&workers[i]);
            ended(&workers[i]);
        }
    if (keeper.is_alive)
        lose_store(false);
    keeper.is_alive = false;
    sim_notifier_end();
    sim_presence_reset();
}

void sim_fleet_clear(void) {
    (void)nftw(sim_results, remove_result, 16, FTW_DEPTH | FTW_PHYS);
}
