/* producer.c: see producer.h. */
#include "cli/intake/producer.h"

#include <string.h>
#include <unistd.h>

#include "base/random.h"

#define PRODUCERS_MAX 64

struct producers {
    int64_t id[PRODUCERS_MAX];
    size_t count;
};

static void collect(int64_t id, const char *kind, const char *state, void *arg) {
    (void)state;
    struct producers *p = arg;
    if (!strcmp(kind, "producer") && p->count < PRODUCERS_MAX)
        p->id[p->count++] = id;
}

/* The keeper does the same, but it may not be running, and the dead one's batch name is taken. */
static bool reap_dead(struct session *s, struct err *e) {
    struct producers p = {.count = 0};
    if (!store_workers_each(s->store, collect, &p, e))
        return false;
    for (size_t i = 0; i < p.count; i++) {
        const struct store_sent nothing = {0}; /* it makes no calls */
        struct store_reap_report report;
        if (presence_is_alive(s->config->fleet, p.id[i]))
            continue;
        if (!store_reap(s->store, p.id[i], &nothing, &report, e))
            return false;
        presence_remove(s->config->fleet, p.id[i]);
    }
    return true;
}

bool producer_open(struct producer *p, struct session *s, struct err *e) {
    *p = (struct producer){.session = s, .id = random_id()};
    if (!reap_dead(s, e) || !presence_open(&p->presence, s->config->fleet, p->id, 0, e))
        return false;
    const struct store_worker_row row = {.id = p->id, .kind = "producer", .pid = getpid()};
    p->is_registered = store_worker_add(s->store, &row, e);
    return p->is_registered;
}

void producer_close(struct producer *p, bool half_loaded) {
    struct err ignored; /* a row that stays is the keeper's */
    if (p->is_registered && !half_loaded)
        (void)!store_worker_remove(p->session->store, p->id, &ignored);
    if (p->presence)
        presence_close(p->presence);
}
