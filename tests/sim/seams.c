/*
 * seams.c: what the real code of the worker is bound to here, in the place of libuv, libcurl,
 * threads and locks. The same functions as in workers/call and src/fleet, bound by the linker.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ensure.h"
#include "sim.h"
#include "store/sqlite/turn_lock.h"
#include "workers/call/loop.h"
#include "workers/call/store_desk.h"

#define MARKS_MAX 128

/* ---- the loop ---------------------------------------------------------------------------------*/

uint64_t loop_now_ms(const struct call_host *host) {
    (void)host;
    return (uint64_t)(sim_now_us / US_PER_MS) + 1;
}

/* libuv's pool: the work is done at one moment and told at a later one; a death may lie between. */
struct pool_work {
    struct pool_work *next;
    uv_work_t *work;
    uv_work_cb do_it;
    uv_after_work_cb tell;
    struct sim_worker *worker;
};

static struct pool_work *pool;

static void pool_take_out(const struct pool_work *p) {
    struct pool_work **at = &pool;
    while (*at != p)
        at = &(*at)->next;
    *at = p->next;
}

void sim_pool_drop(struct sim_worker *w, void (*drop)(struct call *c)) {
    for (struct pool_work *p = pool, *next; p; p = next) {
        next = p->next;
        if (p->worker != w)
            continue;
        pool_take_out(p);
        drop(p->work->data);
    }
}

static void on_work_told(void *arg, int64_t number) {
    struct pool_work *p = arg;
    (void)number;
    pool_take_out(p);
    p->tell(p->work, 0);
    sim_worker_step(p->worker);
}

static void on_work(void *arg, int64_t number) {
    struct pool_work *p = arg;
    (void)number;
    p->do_it(p->work);
    sim_after(sim_worker_process(p->worker), sim_between(50, 5000), on_work_told, p, 0);
}

/* The worker stands in the loop's place: worker.c puts it there. */
int uv_queue_work(uv_loop_t *loop, uv_work_t *work, uv_work_cb do_it, uv_after_work_cb tell) {
    struct pool_work *p = sim_alloc(sizeof *p);
    *p = (struct pool_work){pool, work, do_it, tell, (struct sim_worker *)(void *)loop};
    pool = p;
    sim_after(sim_worker_process(p->worker), sim_between(100, 20000), on_work, p, 0);
    return 0;
}

/* ---- write turns: a transaction is one event, nobody waits ------------------------------------*/

bool turn_lock_open(struct turn_lock *t, const char *database_path, struct err *e) {
    (void)database_path, (void)e;
    *t = TURN_LOCK_CLOSED;
    return true;
}

void turn_lock_close(struct turn_lock *t) {
    (void)t;
}

bool turn_lock_take(struct turn_lock *t, int64_t *waited_us, struct err *e) {
    (void)t, (void)e;
    *waited_us = 0;
    return true;
}

void turn_lock_drop(struct turn_lock *t) {
    (void)t;
}

/* ---- presence: what outlives a death, but not the machine -------------------------------------*/

struct presence {
    struct presence *next;
    int64_t worker_id, boot;
    struct presence_mark marks[MARKS_MAX];
};

static struct presence *present;

struct presence *sim_presence_new(int64_t worker_id) {
    struct presence *p = ensure_alloc(sizeof *p);
    *p = (struct presence){.next = present, .worker_id = worker_id, .boot = sim_boot_id()};
    present = p;
    return p;
}

static void presence_take_out(int64_t worker_id) {
    for (struct presence **at = &present; *at; at = &(*at)->next)
        if ((*at)->worker_id == worker_id) {
            struct presence *p = *at;
            *at = p->next;
            free(p);
            return;
        }
}

void sim_presence_end(struct presence *p) {
    presence_take_out(p->worker_id);
}

void sim_presence_reset(void) {
    while (present)
        presence_take_out(present->worker_id);
}

size_t presence_sent(struct presence *p, const struct presence_mark *call) {
    size_t i = 0;
    while (i < MARKS_MAX && p->marks[i].phase != PRESENCE_FREE)
        i++;
    ASSERT(i < MARKS_MAX);
    p->marks[i] = *call;
    p->marks[i].phase = sim_mutant == MUTANT_NO_MARK ? PRESENCE_FREE : PRESENCE_SENT;
    return i;
}

void presence_over(struct presence *p, size_t mark) {
    p->marks[mark].phase = PRESENCE_OVER;
}

void presence_settled(struct presence *p, size_t mark) {
    p->marks[mark].phase = PRESENCE_FREE;
}

bool presence_is_alive(const char *dir, int64_t worker_id) {
    (void)dir;
    return sim_is_alive(worker_id) || sim_producer_is_alive(worker_id);
}

bool presence_read_dead(const char *dir, int64_t worker_id, struct presence_record *out,
                        struct err *e) {
    (void)dir, (void)e;
    *out = (struct presence_record){.marks = ensure_alloc(MARKS_MAX * sizeof *out->marks)};
    for (const struct presence *p = present; p; p = p->next) {
        if (p->worker_id != worker_id || p->boot != sim_boot_id())
            continue;
        out->known = true;
        for (size_t i = 0; i < MARKS_MAX; i++)
            if (p->marks[i].phase != PRESENCE_FREE)
                out->marks[out->count++] = p->marks[i];
    }
    return true;
}

bool presence_read_frozen(const char *dir, int64_t worker_id, struct presence_record *out,
                          struct err *e) {
    return presence_read_dead(dir, worker_id, out, e);
}

void presence_remove(const char *dir, int64_t worker_id) {
    if (!presence_is_alive(dir, worker_id))
        presence_take_out(worker_id);
}

bool presence_list(const char *dir, int64_t **ids, size_t *count, struct err *e) {
    (void)dir, (void)e;
    size_t n = 0;
    for (const struct presence *p = present; p; p = p->next)
        n++;
    *ids = ensure_alloc((n + 1) * sizeof **ids);
    *count = 0;
    for (const struct presence *p = present; p; p = p->next)
        (*ids)[(*count)++] = p->worker_id;
    return true;
}

/* ---- the gate: all workers' ------------------------------------------------------------------ */

void sim_gate_reset(void) {
    static const char zeros[GATE_PLACES * sizeof(int64_t)];
    char path[128];
    (void)snprintf(path, sizeof path, "%s/gate", sim_folder);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ASSERT(fd >= 0 && pwrite(fd, zeros, sizeof zeros, 0) == (ssize_t)sizeof zeros);
    close(fd);
}

/* ---- transfers --------------------------------------------------------------------------------*/

struct multi_loop {
    struct sim_worker *worker;
    struct wire *wires; /* all that are in use */
};

struct sim_wire {
    struct wire wire; /* first member */
    struct sim_call *call;
    char *request;
    struct multi_loop *multi;
};

struct multi_loop *sim_multi_new(struct sim_worker *w) {
    struct multi_loop *m = sim_alloc(sizeof *m);
    m->worker = w;
    return m;
}

void wire_pool_init(struct wire_pool *p, struct multi_loop *multi,
                    const struct wire_callbacks *callbacks) {
    *p = (struct wire_pool){.multi = multi, .callbacks = *callbacks};
}

struct wire *wire_take(struct wire_pool *p, void *owner) {
    struct sim_wire *w = sim_alloc(sizeof *w);
    w->wire.owner = owner;
    w->wire.easy = (CURL *)w;
    w->multi = p->multi;
    return &w->wire;
}

void wire_put(struct wire_pool *p, struct wire *w) {
    (void)p;
    w->owner = NULL;
}

bool wire_load(struct wire *w, const struct profile *p, const struct request *r,
               const struct guard *guard, struct err *e) {
    (void)p, (void)guard, (void)e;
    struct sim_wire *s = (struct sim_wire *)(void *)w;
    s->request = sim_alloc(r->body.bytes + 1);
    memcpy(s->request, buf_str(&r->body), r->body.bytes);
    return true;
}

bool wire_load_fetch(struct wire *w, const struct profile *p, const char *url, int64_t total_ms,
                     struct err *e) {
    (void)w, (void)p, (void)url, (void)total_ms;
    return err_set(e, ERR_FAILED, "nothing is fetched here");
}

bool multi_loop_add(struct multi_loop *m, CURL *easy, struct err *e) {
    (void)e;
    struct sim_wire *w = (struct sim_wire *)easy;
    const struct call *c = w->wire.owner;
    w->call = sim_provider_call(&w->wire, sim_worker_process(m->worker), w->request,
                                strcmp(c->account->name, "b") == 0);
    w->call->account_id = c->account->id;
    w->call->over_by_us = sim_now_us + c->profile->timeout_total_ms * US_PER_MS;
    return true;
}

void multi_loop_abort(struct multi_loop *m, CURL *easy) {
    (void)m;
    struct sim_wire *w = (struct sim_wire *)easy;
    w->call->wire = NULL;
    sim_provider_gone(w->call);
}

void sim_transfers_drop(struct call_host *host) {
    for (struct call *c = host->running; c; c = c->next)
        if (c->wire)
            multi_loop_abort(host->multi, c->wire->easy);
}

/* ---- the store thread -------------------------------------------------------------------------*/

struct store_thread {
    struct store_desk desk;
    struct sim_worker *worker;
    struct store_thread_handlers handlers;
    struct store_thread_request *request; /* given and not told */
    bool is_done;                         /* tried for good, not told */
    bool give_up, looks, is_dead;
    bool said_full;
    struct err start_error;
};

static int process_of(const struct store_thread *t) {
    return sim_worker_process(t->worker);
}

static int64_t turn_us(void) {
    if (sim_plan.faults & 1u << SIM_DELAY && !sim_healed && sim_chance(0.02))
        return sim_between(20000, 1500000);
    return sim_between(100, 4000);
}

static void look_later(struct store_thread *t);

static void on_look(void *arg, int64_t number) {
    struct store_thread *t = arg;
    (void)number;
    t->looks = false;
    if (t->request)
        return; /* has_changed is asked again when it is done */
    if (store_desk_has_changed(&t->desk)) {
        t->handlers.on_look(t->handlers.arg);
        sim_worker_step(t->worker);
    }
    if (!t->request)
        look_later(t);
}

/* The next look that can find something: a gate's; commits of others are told by fleet.c. */
static void look_later(struct store_thread *t) {
    int64_t gate_ms = t->desk.look_boot_ms - clock_boot_ms();
    if (t->desk.look_boot_ms == INT64_MAX || t->looks)
        return;
    t->looks = true;
    sim_after(process_of(t), (gate_ms > 0 ? gate_ms : 0) * US_PER_MS, on_look, t, 0);
}

void sim_store_look(struct store_thread *t) {
    if (t->looks || t->request || !t->desk.store)
        return;
    t->looks = true;
    int64_t look_ms = store_desk_look_in_ms(&t->desk);
    sim_after(process_of(t), sim_between(0, look_ms > 0 ? look_ms * US_PER_MS : 0), on_look, t, 0);
}

static void on_told(void *arg, int64_t number) {
    struct store_thread *t = arg;
    struct store_thread_request *r = t->request;
    (void)number;
    store_desk_end(&t->desk, r);
    if (t->desk.space_missing && r->ok)
        t->handlers.on_space(t->handlers.arg, false);
    t->request = NULL;
    t->is_done = false;
    sim_say("worker %d: turn done, ok=%d", process_of(t), r->ok);
    t->handlers.on_done(t->handlers.arg, r);
    sim_worker_step(t->worker);
    if (!t->is_dead && !t->request) {
        look_later(t);
        sim_store_look(t);
    }
}

static void on_try(void *arg, int64_t number) {
    struct store_thread *t = arg;
    int64_t again_ms = 0;
    (void)number;
    if (t->give_up) {
        on_told(t, 0);
        return;
    }
    sim_report.turns++;
    enum store_desk_news news = store_desk_try(&t->desk, t->request, &again_ms);
    if (news == STORE_DESK_DONE) {
        t->is_done = true;
        sim_after(process_of(t), turn_us() / 4, on_told, t, 0);
        return;
    }
    sim_after(process_of(t), again_ms * US_PER_MS, on_try, t, 0);
    if (news == STORE_DESK_NO_SPACE) {
        t->handlers.on_space(t->handlers.arg, true);
        sim_worker_step(t->worker);
    }
}

void store_thread_give(struct store_thread *t, struct store_thread_request *request) {
    PRE(!t->request);
    t->request = request;
    t->give_up = false;
    store_desk_begin(&t->desk, request);
    sim_after(process_of(t), turn_us(), on_try, t, 0);
}

void store_thread_give_up(struct store_thread *t) {
    t->give_up = t->request && !t->is_done;
}

static void on_started(void *arg, int64_t number) {
    struct store_thread *t = arg;
    (void)number;
    bool ok = store_desk_open(&t->desk, &t->start_error);
    t->handlers.on_started(t->handlers.arg, ok, &t->start_error);
    sim_worker_step(t->worker);
}

struct store_thread *sim_store_new(struct sim_worker *w, int64_t worker_id,
                                   const struct store_thread_handlers *handlers) {
    struct store_thread *t = sim_alloc(sizeof *t);
    const struct store_worker_row row = {.id = worker_id, .kind = "call", .pid = 1};
    const struct store_thread_place place = {.database = sim_database,
                                             .results_fd = sim_results_fd};
    *t = (struct store_thread){.worker = w, .handlers = *handlers};
    store_desk_init(&t->desk, &place, &row);
    sim_after(sim_worker_process(w), sim_between(200, 20000), on_started, t, 0);
    return t;
}

static void free_claims(struct store_want *w) {
    for (size_t i = 0; i < w->claim_count; i++) {
        free(w->claims[i].text);
        free(w->claims[i].voice);
        free(w->claims[i].prev_text);
        free(w->claims[i].next_text);
    }
}

void sim_store_drop(struct store_thread *t) {
    t->is_dead = true;
    if (t->is_done && t->request->ok)
        for (size_t i = 0; i < t->request->turn.want_count; i++)
            free_claims(&t->request->turn.wants[i]);
    segment_close(&t->desk.segment);
    store_close(t->desk.store);
    t->desk.store = NULL;
}
