/*
 * fleet.c: what happens to the processes of a fleet, as their machine and their supervisor see it,
 * and the life of a run.
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ensure.h"
#include "sim.h"
#include "workers/keeper/mirror.h"

#define LONG_FREEZE_US 95000000 /* longer than any lease: 2 * (4 + 2 + 10) + 60 s */
#define BOOT_US_MIN 2000000
#define BOOT_US_MAX 20000000

char sim_folder[64], sim_database[96], sim_results[96];
int sim_results_fd;
struct gate *sim_gate;

/* ---- what concerns all ----------------------------------------------------------------------- */

unsigned sim_life(int process) {
    return process >= 0 ? sim_worker_life(process) : process == SIM_KEEPER ? sim_keeper_life() : 0;
}

bool sim_is_frozen(int process, int64_t *until_us) {
    *until_us = process >= 0 ? sim_worker_frozen_until_us(process) : sim_keeper_frozen_until_us();
    return *until_us > sim_now_us;
}

bool sim_is_alive(int64_t id) {
    return sim_worker_is(id) || sim_keeper_is(id);
}

void sim_fleet_committed(void) {
    sim_workers_look();
    sim_keeper_looks();
}

/* ---- what happens to them -------------------------------------------------------------------- */

static int any_process(void) {
    return (int)sim_between(SIM_KEEPER, sim_workers_count() - 1);
}

static int64_t rest_us(void) {
    return sim_chance(0.7) ? sim_between(1000, 300000) : sim_between(300000, 8000000);
}

static int64_t boot_us(void) {
    return sim_between(BOOT_US_MIN, BOOT_US_MAX);
}

static void disturb_kill(void) {
    bool storm = sim_chance(0.1);
    int victim = any_process();
    int64_t later_us = rest_us();
    if (storm || sim_chance(0.2))
        sim_notifier_dies(later_us);
    if ((victim == SIM_KEEPER || storm) && sim_keeper_is_alive()) {
        sim_keeper_dies();
        sim_keeper_is_born(later_us);
    }
    for (int i = 0; i < sim_workers_count(); i++)
        if (i == victim || storm)
            sim_worker_dies(i, later_us);
}

/* A frost beyond all leases matters where a call is in flight: its job goes on elsewhere, and who
 * thaws has an answer, too. Few workers call at any moment, so the next one that does is taken. */
static int next_calling(int victim) {
    for (int i = 0, count = sim_workers_count(); i < count; i++) {
        int next = (victim + i) % count;
        if (sim_worker_is_calling(next))
            return next;
    }
    return victim;
}

static void disturb_freeze(void) {
    int victim = any_process();
    bool is_long = sim_chance(0.15);
    if (is_long && victim != SIM_KEEPER)
        victim = next_calling(victim);
    int64_t us = is_long ? LONG_FREEZE_US + sim_between(0, 30000000) : sim_between(50000, 6000000);
    sim_say("process %d stands still for %lld ms", victim, (long long)(us / US_PER_MS));
    if (victim == SIM_KEEPER)
        sim_keeper_freeze(us);
    else
        sim_worker_freeze(victim, us);
    sim_report.freezes++;
}

static void disturb_reboot(void) {
    sim_say("the machine starts afresh");
    sim_workers_reboot(BOOT_US_MIN, BOOT_US_MAX);
    if (sim_keeper_is_alive())
        sim_keeper_dies();
    sim_keeper_is_born(boot_us());
    sim_notifier_dies(boot_us());
    sim_people_reboot();
    sim_clock_boot();
    sim_gate_reset();
    sim_report.reboots++;
}

static void on_space(void *arg, int64_t number) {
    (void)arg, (void)number;
    sim_vfs_full(false);
    sim_say("there is space again");
    sim_workers_space(false);
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
    sim_workers_space(true);
    sim_after(SIM_WORLD, sim_between(10000, 5000000), on_space, NULL, 0);
}

static void disturb_clock(void) {
    int64_t ms = sim_between(-86400000, 86400000) * (sim_chance(0.2) ? 3650 : 1);
    sim_say("the wall clock jumps by %lld s", (long long)(ms / 1000));
    sim_clock_wall_jump(ms);
}

static void reload(void) {
    sim_keeper_reload();
    sim_workers_reload();
}

static void disturb_reload(void) {
    sim_config_pick();
    reload();
}

static void disturb_drain(void) {
    sim_worker_drain((int)sim_between(0, sim_workers_count() - 1));
}

void sim_disturb(void) {
    static const struct {
        enum sim_fault fault;
        int weight;
        void (*happen)(void);
    } kinds[] = {{SIM_KILL, 30, disturb_kill},    {SIM_FREEZE, 15, disturb_freeze},
                 {SIM_REBOOT, 2, disturb_reboot}, {SIM_CLOCK, 5, disturb_clock},
                 {SIM_DISK, 8, disturb_disk},     {SIM_PERSON, 30, sim_person_acts},
                 {SIM_RELOAD, 5, disturb_reload}, {SIM_DRAIN, 5, disturb_drain}};
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
    ASSERT(sim_results_fd >= 0 && gate_open(&sim_gate, sim_folder, &e));
    sim_configs_load();
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
    int count = (int)sim_between(1, sim_plan.workers_max);
    sim_config_pick();
    sim_keeper_begin();
    struct store *s = sim_store_open();
    ASSERT(s && mirror_config(s, sim_config(), &e));
    store_close(s);
    sim_workers_begin(count);
    sim_keeper_is_born(sim_between(0, 50000));
    sim_notifier_begin();
}

void sim_fleet_heal(void) {
    sim_vfs_error_at(0);
    on_space(NULL, 0);
    sim_workers_heal();
    sim_keeper_is_born(1000);
    sim_config_free();
    reload();
}

bool sim_fleet_is_idle(void) {
    return sim_workers_are_idle() && sim_keeper_is_alive();
}

void sim_fleet_end(void) {
    sim_workers_end();
    sim_keeper_end();
    sim_notifier_end();
    sim_presence_reset();
}

static int remove_result(const char *path, const struct stat *st, int flag, struct FTW *ftw) {
    (void)st, (void)flag;
    return ftw->level > 0 ? remove(path) : 0;
}

void sim_fleet_clear(void) {
    (void)nftw(sim_results, remove_result, 16, FTW_DEPTH | FTW_PHYS);
}
