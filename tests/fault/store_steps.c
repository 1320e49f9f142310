/*
 * store_steps: the durable steps of the store, one after the other, each acknowledged on standard
 * output only after it has returned. test_syscalls.py lets this program die, or its disk fail, at
 * each of its system calls, and then asks it whether what was acknowledged is there.
 *
 *   store_steps DATABASE create            makes the database and ends
 *   store_steps DATABASE run               does the steps; exit 1 and "failed …" at the first error
 *   store_steps DATABASE check < ACKS      exit 0 when every acknowledgement holds, the store is
 *                                          whole, and a new worker finishes all that was accepted
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/store.h"

#define CAP 2
#define PART_JOBS 3
#define PARTS 2
#define BATCH_JOBS (PART_JOBS * PARTS)
#define CALLS_MAX 4
#define LEASE_MS 60000
#define FIRST_WORKER 7
#define SECOND_WORKER 8
#define PRODUCER 9
#define ACK_MAX 128

struct steps {
    struct store *s;
    const char *path;
    int64_t account;
    int64_t worker;
    int32_t slots[CALLS_MAX], idle[CALLS_MAX];
    size_t idle_count;
    int64_t lease_until_boot_ms;
    struct store_claim claims[CALLS_MAX];
    size_t claim_count;
    struct err err;
};

static void ack(const char *what, int64_t job, int64_t n) {
    char line[ACK_MAX];
    int bytes = snprintf(line, sizeof line, "%s %" PRId64 " %" PRId64 "\n", what, job, n);
    if (write(STDOUT_FILENO, line, (size_t)bytes) != bytes)
        exit(3);
}

static bool configure(struct steps *p) {
    const struct store_account_config account = {
        .name = "acme", .cap = CAP, .rate_burst = 1, .linger_ms = 0};
    const struct store_profile_config profile = {.name = "say",
                                                 .account = "acme",
                                                 .retry_max = 100,
                                                 .uncertain_max = 100,
                                                 .backoff_base_ms = 1,
                                                 .backoff_cap_ms = 1,
                                                 .timeout_total_ms = 1000};
    return store_configure(p->s,
                           &(struct store_settings){.accounts = &account,
                                                    .account_count = 1,
                                                    .profiles = &profile,
                                                    .profile_count = 1,
                                                    .default_profile = "say"},
                           &p->err) &&
           store_account_id(p->s, "acme", &p->account, &p->err);
}

static bool open_store(struct steps *p, int64_t worker) {
    const struct store_worker_row row = {.id = worker, .kind = "call", .pid = getpid()};
    p->worker = worker;
    return store_open(&p->s, p->path, STORE_CREATE, &p->err) && configure(p) &&
           store_worker_add(p->s, &row, &p->err);
}

static bool enqueue(struct steps *p, const char *name) {
    const struct store_batch_spec spec = {
        .name = name, .profile = "say", .weight = 1, .producer_id = PRODUCER};
    struct store_job_spec jobs[PART_JOBS];
    char texts[PART_JOBS][ACK_MAX];
    int64_t batch = 0;
    if (!store_batch_begin(p->s, &spec, &batch, &p->err))
        return false;
    for (int part = 0; part < PARTS; part++) {
        for (int i = 0; i < PART_JOBS; i++) {
            int n = snprintf(texts[i], sizeof texts[i], "%s, text %d of part %d", name, i, part);
            jobs[i] =
                (struct store_job_spec){.text = texts[i], .text_bytes = (size_t)n, .chars = n};
        }
        if (!store_batch_add(p->s, batch, jobs, PART_JOBS, &p->err))
            return false;
    }
    if (!store_batch_commit(p->s, batch, &p->err))
        return false;
    ack("enqueued", batch, BATCH_JOBS);
    return true;
}

/* Settles what is claimed as answered, and claims what comes next, in one turn. */
static bool turn(struct steps *p) {
    static const char body[] = "sound";
    const struct store_result result = {
        .format = "wav", .bytes = sizeof body, .duration_ms = 10, .body = body};
    struct store_settle settles[CALLS_MAX];
    struct store_claim before[CALLS_MAX];
    size_t settle_count = p->claim_count;
    memcpy(before, p->claims, sizeof before);
    for (size_t i = 0; i < settle_count; i++)
        settles[i] = (struct store_settle){.job_id = before[i].job_id,
                                           .attempt_no = before[i].attempt_no,
                                           .outcome = ATTEMPT_ANSWERED,
                                           .state = JOB_DONE,
                                           .slot_no = p->slots[i],
                                           .started_ms = clock_wall_ms(),
                                           .ended_ms = clock_wall_ms(),
                                           .http_status = 200,
                                           .bytes = sizeof body,
                                           .result = &result};
    memcpy(p->idle, p->slots, sizeof p->idle);
    struct store_want want = {.account_id = p->account,
                              .lease_ms = LEASE_MS,
                              .lease_until_boot_ms = p->lease_until_boot_ms,
                              .idle = p->idle,
                              .idle_count = p->idle_count,
                              .calls_max = CALLS_MAX,
                              .slots = p->slots,
                              .claims = p->claims,
                              .claims_max = CALLS_MAX};
    struct store_turn t = {.worker_id = p->worker,
                           .settles = settles,
                           .settle_count = settle_count,
                           .wants = &want,
                           .want_count = 1};
    p->claim_count = 0; /* `before` has them now */
    bool ok = store_turn(p->s, &t, &p->err);
    for (size_t i = 0; i < settle_count; i++) {
        if (ok)
            ack("settled", before[i].job_id, before[i].attempt_no);
        free(before[i].text);
        free(before[i].voice);
    }
    if (!ok)
        return false;
    p->idle_count = want.slot_count;
    p->claim_count = want.claim_count;
    p->lease_until_boot_ms = want.lease_until_boot_ms;
    for (size_t i = 0; i < p->claim_count; i++)
        ack("claimed", p->claims[i].job_id, p->claims[i].attempt_no);
    return true;
}

static bool checkpoint(struct steps *p, bool truncate) {
    if (!store_checkpoint(p->s, truncate, &p->err))
        return false;
    ack("checkpointed", 0, 0);
    return true;
}

static bool run(struct steps *p) {
    return open_store(p, FIRST_WORKER) && enqueue(p, "one") && turn(p) && turn(p) &&
           checkpoint(p, false) && turn(p) && enqueue(p, "two") && turn(p) && checkpoint(p, true) &&
           turn(p) && turn(p);
}

/* ---- afterwards ------------------------------------------------------------------------------ */

static bool complain(const char *line) {
    fprintf(stderr, "acknowledged and not there: %s", line);
    return false;
}

struct seen {
    enum job_state state;
    bool has_result;
    bool attempt;
    int64_t n, total;
};

static void see_job(const struct store_job_row *row, void *arg) {
    struct seen *seen = arg;
    seen->state = row->state;
    seen->has_result = row->has_result;
}

static void see_attempt(const struct store_attempt_row *row, void *arg) {
    struct seen *seen = arg;
    seen->attempt = seen->attempt || row->n == seen->n;
}

static void see_batch(const struct store_batch_row *row, void *arg) {
    struct seen *seen = arg;
    seen->total = row->loading ? 0 : row->total;
}

static bool holds(struct steps *p, const char *line) {
    char what[ACK_MAX];
    int64_t id;
    struct seen seen = {.n = -1};
    if (sscanf(line, "%31s %" SCNd64 " %" SCNd64, what, &id, &seen.n) != 3)
        return true; /* "failed …" */
    if (strcmp(what, "enqueued") == 0) {
        const struct store_reader reader = {.batch = see_batch, .arg = &seen};
        return (store_status(p->s, id, &reader, &p->err) && seen.total == BATCH_JOBS) ||
               complain(line);
    }
    if (strcmp(what, "claimed") == 0)
        return (store_attempts_each(p->s, id, see_attempt, &seen, &p->err) && seen.attempt) ||
               complain(line);
    if (strcmp(what, "settled") == 0)
        return (store_job(p->s, id, see_job, &seen, &p->err) && seen.state == JOB_DONE &&
                seen.has_result) ||
               complain(line);
    return true;
}

static void count_open(const struct store_batch_row *row, void *arg) {
    int64_t *open = arg;
    if (!row->loading)
        *open += row->total - row->count[JOB_DONE];
}

/* The first worker and the producer are dead: a second worker does the rest. */
static bool finish(struct steps *p) {
    struct store_reap_report report;
    const struct store_reader reader = {.batch = count_open, .arg = &(int64_t){0}};
    int64_t *open = reader.arg, next_boot_ms;
    if (!store_reap(p->s, FIRST_WORKER, NULL, &report, &p->err) ||
        !store_reap(p->s, PRODUCER, &(struct store_sent){0}, &report, &p->err))
        return false;
    for (int i = 0; i < 1000; i++) {
        *open = 0;
        if (!store_tidy(p->s, &next_boot_ms, &p->err) || !turn(p) ||
            !store_status(p->s, 0, &reader, &p->err))
            return false;
        if (*open == 0)
            return true;
        (void)usleep(1000);
    }
    fprintf(stderr, "%" PRId64 " jobs were never finished\n", *open);
    return false;
}

static bool check(struct steps *p) {
    char line[ACK_MAX];
    bool ok = open_store(p, SECOND_WORKER) && store_verify(p->s, true, &p->err);
    while (ok && fgets(line, sizeof line, stdin))
        ok = holds(p, line);
    return ok && finish(p) && store_verify(p->s, true, &p->err);
}

static bool create(struct steps *p) {
    return store_open(&p->s, p->path, STORE_CREATE, &p->err);
}

typedef bool verb_fn(struct steps *p);

static const struct {
    const char *name;
    verb_fn *verb;
} verbs[] = {{"create", create}, {"run", run}, {"check", check}};

static verb_fn *find_verb(const char *name) {
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(name, verbs[i].name) == 0)
            return verbs[i].verb;
    return NULL;
}

int main(int argc, char **argv) {
    verb_fn *verb = argc == 3 ? find_verb(argv[2]) : NULL;
    if (!verb) {
        fputs("usage: store_steps DATABASE create|run|check\n", stderr);
        return 2;
    }
    struct steps p = {.path = argv[1]};
    bool ok = verb(&p);
    if (!ok)
        fprintf(stderr, "failed: %s\n", p.err.msg);
    for (size_t i = 0; i < p.claim_count; i++) {
        free(p.claims[i].text);
        free(p.claims[i].voice);
    }
    store_close(p.s);
    return ok ? 0 : 1;
}
