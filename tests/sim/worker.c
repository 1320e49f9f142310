/* worker.c: the processes of call workers: born, dead, frozen, told to end. What they do is the
 * real code's. */
#include "base/random.h"
#include "sim.h"
#include "workers/call/store_desk.h"

#define CALLS_MAX 5
#define OPEN_MAX 20
#define BEAT_US 1000000
#define DRAIN_US 3000000

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

static struct sim_worker workers[SIM_WORKERS_MAX];
static int worker_count;

int sim_workers_count(void) {
    return worker_count;
}

unsigned sim_worker_life(int i) {
    return workers[i].life;
}

int64_t sim_worker_frozen_until_us(int i) {
    return workers[i].frozen_until_us;
}

bool sim_worker_is(int64_t id) {
    for (int i = 0; i < worker_count; i++)
        if (workers[i].is_alive && workers[i].id == id)
            return true;
    return false;
}

int sim_worker_process(const struct sim_worker *w) {
    return w->index;
}

struct sim_worker *sim_worker_of(const struct call_host *host) {
    return (struct sim_worker *)(void *)host->loop;
}

/* ---- what it does ---------------------------------------------------------------------------- */

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
    h->gate = sim_gate;
    h->multi = sim_multi_new(w);
    h->results_fd = sim_results_fd;
    h->row_bytes_max = sim_config()->row_bytes_max;
    w->dispatch.segment_bytes_min = sim_config()->segment_bytes_min;
    w->dispatch.open_max = OPEN_MAX;
    wire_pool_init(&h->wires, h->multi, &call_callbacks);
    dispatch_open(&w->dispatch, generation_new(sim_config(), false), CALLS_MAX, on_finished, w);
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

static void on_drain(void *arg, int64_t number) {
    struct sim_worker *w = arg;
    (void)number;
    if (w->is_finished)
        return;
    sim_say("worker %d is told to end", w->index);
    dispatch_drain(&w->dispatch);
    sim_worker_step(w);
    sim_after(w->index, DRAIN_US, on_drain_deadline, w, 0);
}

static void on_reload(void *arg, int64_t number) {
    struct sim_worker *w = arg;
    (void)number;
    if (w->is_finished)
        return;
    dispatch_reload(&w->dispatch, generation_new(sim_config(), false));
    sim_worker_step(w);
}

static void on_space(void *arg, int64_t low) {
    struct sim_worker *w = arg;
    if (w->is_finished)
        return;
    dispatch_set_space_low(&w->dispatch, low != 0);
    if (!low)
        sim_worker_step(w);
}

/* A signal, or what it finds out by itself: at once, or when it thaws. */
static void tell(struct sim_worker *w, sim_event *what, int64_t number) {
    if (w->is_alive)
        sim_after(w->index, 0, what, w, number);
}

/* ---- what happens to it ---------------------------------------------------------------------- */

void sim_worker_dies(int i, int64_t later_us) {
    if (!workers[i].is_alive)
        return;
    kill_worker(&workers[i]);
    birth_later(&workers[i], later_us);
}

/* Who stands still already goes on no sooner. */
void sim_worker_freeze(int i, int64_t us) {
    if (workers[i].frozen_until_us < sim_now_us + us)
        workers[i].frozen_until_us = sim_now_us + us;
}

bool sim_worker_is_calling(int i) {
    return workers[i].is_alive && workers[i].dispatch.host.running_count > 0;
}

void sim_worker_drain(int i) {
    tell(&workers[i], on_drain, 0);
}

/* ---- what happens to all --------------------------------------------------------------------- */

void sim_workers_reboot(int64_t least_us, int64_t most_us) {
    for (int i = 0; i < worker_count; i++) {
        if (workers[i].is_alive)
            kill_worker(&workers[i]);
        if (!workers[i].is_waiting)
            birth_later(&workers[i], sim_between(least_us, most_us));
    }
}

void sim_workers_space(bool low) {
    for (int i = 0; i < worker_count; i++)
        tell(&workers[i], on_space, low);
}

void sim_workers_reload(void) {
    for (int i = 0; i < worker_count; i++)
        tell(&workers[i], on_reload, 0);
}

void sim_workers_look(void) {
    for (int i = 0; i < worker_count; i++)
        if (workers[i].is_alive)
            sim_store_look(workers[i].store);
}

void sim_workers_begin(int count) {
    worker_count = count;
    for (int i = 0; i < worker_count; i++) {
        workers[i] = (struct sim_worker){.index = i, .life = workers[i].life + 1};
        birth_later(&workers[i], sim_between(0, 50000));
    }
}

void sim_workers_heal(void) {
    for (int i = 0; i < worker_count; i++)
        if (!workers[i].is_alive)
            birth_later(&workers[i], 1000);
}

bool sim_workers_are_idle(void) {
    for (int i = 0; i < worker_count; i++)
        if (!workers[i].is_alive || workers[i].dispatch.host.running_count > 0)
            return false;
    return true;
}

void sim_workers_end(void) {
    for (int i = 0; i < worker_count; i++)
        if (workers[i].is_alive) {
            bury(&workers[i]);
            ended(&workers[i]);
        }
}
