/* people.c: producers that put jobs in, and may die while they do; a person who interferes. */
#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "base/random.h"
#include "sim.h"

#define BATCH_JOBS_MAX 12
#define PARTS_MAX 3
#define BATCHES_MAX 64
#define TEXT_MAX 96
#define TEXTS_SHARED 6

static struct producer { /* one at a time */
    int64_t id;          /* 0 = none */
    bool is_registered;
    struct store *store;
    int64_t batch_id, budget_micros;
    int parts;
    char texts[PARTS_MAX * BATCH_JOBS_MAX][TEXT_MAX];
    int text_count;
    unsigned life;
} producer;

static int jobs_left, batch_count, text_number;
static int64_t batches[BATCHES_MAX];

bool sim_producer_is_alive(int64_t id) {
    return producer.id == id && id != 0;
}

bool sim_people_are_done(void) {
    return jobs_left <= 0 && producer.id == 0;
}

/* ---- a producer -------------------------------------------------------------------------------
 */

static void on_produce(void *arg, int64_t number);
static void on_part(void *arg, int64_t life);

static void come_again(void) {
    if (jobs_left > 0)
        sim_after(SIM_WORLD, sim_between(1000, 3000000), on_produce, NULL, 0);
}

static void producer_gone(bool clean) {
    struct err e;
    if (clean && producer.is_registered && !store_worker_remove(producer.store, producer.id, &e))
        clean = false;
    sim_store_lost(producer.store);
    producer = (struct producer){.life = producer.life + 1};
    come_again();
}

static bool failed(const struct err *e) {
    sim_say("producer: %s", e->msg);
    if (e->code == ERR_IO) {
        store_close(producer.store);
        producer.store = NULL;
    }
    producer_gone(false);
    return false;
}

static void make_text(char out[TEXT_MAX]) {
    static const char words[] = " it was a dark and stormy night and nobody slept";
    if (sim_chance(0.25))
        (void)snprintf(out, TEXT_MAX, "everybody says this %d", (int)sim_between(1, TEXTS_SHARED));
    else
        (void)snprintf(out, TEXT_MAX, "text %d%.*s", ++text_number, (int)sim_between(0, 48), words);
}

static bool add_part(struct err *e) {
    struct store_job_spec specs[BATCH_JOBS_MAX];
    int count = (int)sim_between(1, BATCH_JOBS_MAX);
    memset(specs, 0, sizeof specs);
    for (int i = 0; i < count; i++) {
        char *text = producer.texts[producer.text_count++];
        make_text(text);
        specs[i] = (struct store_job_spec){.text = text,
                                           .text_bytes = strlen(text),
                                           .chars = (int64_t)strlen(text),
                                           .delay_ms = sim_chance(0.1) ? sim_between(1, 5000) : 0};
    }
    return store_batch_add(producer.store, producer.batch_id, specs, (size_t)count, e);
}

static void on_commit(void *arg, int64_t life) {
    struct err e;
    (void)arg;
    if (life != producer.life)
        return;
    if (!store_batch_commit(producer.store, producer.batch_id, &e)) {
        (void)failed(&e);
        return;
    }
    sim_say("batch %lld of %d jobs is put in", (long long)producer.batch_id, producer.text_count);
    for (int i = 0; i < producer.text_count; i++)
        sim_audit_promised(producer.texts[i], producer.batch_id);
    sim_audit_budget(producer.batch_id, producer.budget_micros);
    jobs_left -= producer.text_count;
    if (batch_count < BATCHES_MAX)
        batches[batch_count++] = producer.batch_id;
    producer_gone(true);
}

static void on_part(void *arg, int64_t life) {
    struct err e;
    (void)arg;
    if (life != producer.life)
        return;
    if (!add_part(&e)) {
        (void)failed(&e);
        return;
    }
    sim_after(SIM_WORLD, sim_between(100, 30000), --producer.parts > 0 ? on_part : on_commit, NULL,
              life);
}

static void on_produce(void *arg, int64_t number) {
    static const char *const profiles[] = {"pa", "pa", "pp", "pb"};
    char name[48];
    struct err e;
    (void)arg, (void)number;
    if (producer.id != 0 || jobs_left <= 0)
        return;
    producer.id = random_id();
    producer.store = sim_store_open();
    if (!producer.store) {
        producer_gone(false);
        return;
    }
    const struct store_worker_row row = {.id = producer.id, .kind = "producer", .pid = 1};
    (void)snprintf(name, sizeof name, "batch %llu", (unsigned long long)sim_random());
    producer.budget_micros = sim_chance(0.5) ? sim_between(20000, 400000) : 0;
    struct store_batch_spec spec = {.name = name,
                                    .profile = profiles[sim_between(0, 3)],
                                    .priority = sim_between(0, 2),
                                    .weight = sim_between(1, 3),
                                    .budget_micros = producer.budget_micros,
                                    .fresh = sim_chance(0.1),
                                    .producer_id = producer.id};
    producer.is_registered = store_worker_add(producer.store, &row, &e);
    if (!producer.is_registered ||
        !store_batch_begin(producer.store, &spec, &producer.batch_id, &e)) {
        (void)failed(&e);
        return;
    }
    producer.parts = (int)sim_between(1, PARTS_MAX);
    sim_after(SIM_WORLD, sim_between(100, 30000), on_part, NULL, producer.life);
}

/* ---- a person ---------------------------------------------------------------------------------
 */

static int64_t any_batch(void) {
    return batch_count > 0 ? batches[sim_between(0, batch_count - 1)] : 0;
}

static bool change(struct store *s, struct err *e) {
    struct store_selection selection = {.batch_id = any_batch()};
    struct store_changed changed;
    enum store_change what = (enum store_change)sim_between(STORE_RETRY, STORE_RELEASE);
    if (selection.batch_id == 0)
        return true;
    sim_audit_changed_by_person(selection.batch_id);
    bool ok = store_change(s, &selection, what, false, &changed, e);
    sim_say("person: change %d of batch %lld: %lld jobs", (int)what, (long long)selection.batch_id,
            ok ? (long long)changed.jobs : -1LL);
    return ok;
}

static bool act_on_account(struct store *s, struct err *e) {
    const char *account = sim_chance(0.7) ? "a" : "b";
    int64_t before, cap = sim_between(1, 8);
    bool was, probes;
    switch (sim_between(0, 3)) {
    case 0:
    case 1:
        sim_say("person: cap of %s is %lld", account, (long long)cap);
        return store_cap(s, account, cap, &before, e);
    case 2:
        sim_say("person: pause of %s", account);
        return store_pause(s, account, sim_between(1, 5000), "by a person", e);
    default:
        sim_say("person: resume of %s", account);
        return store_resume(s, account, &was, &probes, e);
    }
}

static void with_store(bool (*act)(struct store *s, struct err *e)) {
    struct err e;
    struct store *s = sim_store_open();
    if (!s)
        return;
    if (act(s, &e) || e.code != ERR_IO)
        sim_store_lost(s);
    else
        store_close(s);
}

static void producer_dies(void) {
    if (producer.id == 0)
        return;
    sim_say("producer dies");
    producer_gone(false);
}

void sim_person_acts(void) {
    if (sim_chance(0.15))
        producer_dies();
    else
        with_store(sim_chance(0.5) ? change : act_on_account);
}

void sim_people_reboot(void) {
    producer_dies();
}

static bool heal(struct store *s, struct err *e) {
    bool was, probes;
    int64_t before;
    for (int i = 0; i < batch_count; i++)
        if (!store_batch_budget(s, batches[i], 0, &before, e))
            return false;
    return store_resume(s, "a", &was, &probes, e) && store_resume(s, "b", &was, &probes, e);
}

void sim_people_heal(void) {
    jobs_left = 0;
    for (int i = 0; i < batch_count; i++)
        sim_audit_budget(batches[i], 0);
    with_store(heal);
}

void sim_people_begin(void) {
    producer = (struct producer){.life = producer.life + 1};
    jobs_left = (int)sim_between(1, sim_plan.jobs_max);
    batch_count = text_number = 0;
    sim_after(SIM_WORLD, sim_between(1000, 100000), on_produce, NULL, 0);
}

void sim_people_end(void) {
    sim_store_lost(producer.store);
    producer.store = NULL;
    producer.id = 0;
}
