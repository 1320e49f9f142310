/* people.c: producers that put jobs in, and may die while they do. */
#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "base/random.h"
#include "sim.h"

#define BATCH_JOBS_MAX 12
#define PARTS_MAX 3
#define PIECES_MAX 8
#define TEXTS_SHARED 6
#define START_MS_MAX 60000

static struct producer { /* one at a time */
    int64_t id;          /* 0 = none */
    bool is_registered;
    struct store *store;
    struct sim_batch plan;
    int parts;
    char texts[PARTS_MAX * BATCH_JOBS_MAX][SIM_TEXT_MAX];
    int text_count;
    unsigned life;
} producer;

static int jobs_left, text_number;

bool sim_producer_is_alive(int64_t id) {
    return producer.id == id && id != 0;
}

bool sim_people_are_done(void) {
    return jobs_left <= 0 && producer.id == 0;
}

/* ---- a producer ------------------------------------------------------------------------------ */

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
    store_close(producer.store);
    producer = (struct producer){.life = producer.life + 1};
    come_again();
}

static bool failed(const struct err *e) {
    sim_say("producer: %s", e->msg);
    producer_gone(false);
    return false;
}

static void make_text(char out[SIM_TEXT_MAX]) {
    static const char words[] =
        " it was a dark and stormy night. Nobody slept, but for one. He dreamt";
    if (sim_chance(0.25))
        (void)snprintf(out, SIM_TEXT_MAX, "everybody says this %d",
                       (int)sim_between(1, TEXTS_SHARED));
    else
        (void)snprintf(out, SIM_TEXT_MAX, "text %d%.*s", ++text_number,
                       (int)sim_between(0, (int)sizeof words - 1), words);
}

/* Cut where it comes, between two words; returns how many pieces. */
static size_t cut_text(const char *text, size_t ends[PIECES_MAX]) {
    size_t count = 0, bytes = strlen(text), piece = (size_t)sim_between(6, 40);
    for (size_t at = 1, begin = 0; at < bytes && count < PIECES_MAX - 1; at++)
        if (text[at] == ' ' && at - begin >= piece)
            begin = ends[count++] = at;
    ends[count++] = bytes;
    return count;
}

static bool add_part(struct err *e) {
    struct store_job_spec specs[BATCH_JOBS_MAX];
    size_t ends[BATCH_JOBS_MAX][PIECES_MAX];
    int count = (int)sim_between(1, BATCH_JOBS_MAX);
    memset(specs, 0, sizeof specs);
    for (int i = 0; i < count; i++) {
        char *text = producer.texts[producer.text_count++];
        make_text(text);
        specs[i] = (struct store_job_spec){.text = text,
                                           .text_bytes = strlen(text),
                                           .chars = (int64_t)strlen(text),
                                           .delay_ms = sim_chance(0.1) ? sim_between(1, 5000) : 0,
                                           .start_ms = producer.plan.start_ms};
        size_t pieces = sim_chance(0.1) ? cut_text(text, ends[i]) : 0;
        specs[i].piece_ends = ends[i];
        specs[i].piece_count = pieces >= 2 ? pieces : 0;
    }
    return store_batch_add(producer.store, producer.plan.batch_id, specs, (size_t)count, e);
}

static void on_commit(void *arg, int64_t life) {
    struct err e;
    (void)arg;
    if (life != producer.life)
        return;
    if (!store_batch_commit(producer.store, producer.plan.batch_id, &e)) {
        (void)failed(&e);
        return;
    }
    producer.plan.jobs = producer.text_count;
    sim_say("batch %lld of %d jobs is put in", (long long)producer.plan.batch_id,
            producer.text_count);
    sim_audit_promised(producer.plan.batch_id, producer.texts, producer.text_count);
    sim_audit_batch(&producer.plan);
    jobs_left -= producer.text_count;
    sim_person_sees(&producer.plan);
    producer_gone(true);
    if (sim_healed) /* it was begun before, with a budget or a start of its own */
        sim_person_heals();
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

static void plan_batch(struct sim_batch *b) {
    b->budget_micros = sim_chance(0.5) ? sim_between(20000, 400000) : 0;
    b->cap = sim_chance(0.3) ? sim_between(1, 4) : 0;
    b->start_ms = sim_chance(0.2) ? clock_wall_ms() + sim_between(1, START_MS_MAX) : 0;
}

static void on_produce(void *arg, int64_t number) {
    static const char *const profiles[] = {"pa", "pa", "pp", "pb", "pt", "pt"};
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
    plan_batch(&producer.plan);
    struct store_batch_spec spec = {.name = name,
                                    .profile = profiles[sim_between(0, 5)],
                                    .priority = sim_between(0, 2),
                                    .weight = sim_between(1, 3),
                                    .budget_micros = producer.plan.budget_micros,
                                    .cap = producer.plan.cap,
                                    .start_ms = producer.plan.start_ms,
                                    .notify = sim_chance(0.5) ? "https://people/ends" : "",
                                    .fresh = sim_chance(0.1),
                                    .producer_id = producer.id};
    producer.is_registered = store_worker_add(producer.store, &row, &e);
    if (!producer.is_registered ||
        !store_batch_begin(producer.store, &spec, &producer.plan.batch_id, &e)) {
        (void)failed(&e);
        return;
    }
    producer.parts = (int)sim_between(1, PARTS_MAX);
    sim_after(SIM_WORLD, sim_between(100, 30000), on_part, NULL, producer.life);
}

/* ---- the life of a run ----------------------------------------------------------------------- */

void sim_producer_dies(void) {
    if (producer.id == 0)
        return;
    sim_say("producer dies");
    producer_gone(false);
}

void sim_people_reboot(void) {
    sim_producer_dies();
}

void sim_people_heal(void) {
    jobs_left = 0;
    sim_person_heals();
}

void sim_people_begin(void) {
    producer = (struct producer){.life = producer.life + 1};
    jobs_left = (int)sim_between(1, sim_plan.jobs_max);
    text_number = 0;
    sim_person_begin();
    sim_after(SIM_WORLD, sim_between(1000, 100000), on_produce, NULL, 0);
}

void sim_people_end(void) {
    store_close(producer.store);
    producer.store = NULL;
    producer.id = 0;
}
