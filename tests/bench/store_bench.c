/*
 * store_bench: what the store alone costs, through store.h, with real files and FULL.
 *
 *   bench_store claim DATABASE JOBS BATCHES ROUNDS   µs per job of settle+claim, 16 a turn: by the
 *                                                    clock, and of the processor's time
 *   bench_store turns DATABASE PROCESSES SECONDS     p50 and p99 of the wait for the write turn,
 * µs, each process one job a turn every 3 ms
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/random.h"
#include "store/sqlite/db.h"

#define GROUP 16
#define SPOKEN_BYTES 200
#define WAITS_MAX 20000
#define LEASE_MS 120000
#define TURN_EVERY_NS 3000000L

static struct err e;

static void must(bool ok) {
    if (ok)
        return;
    fprintf(stderr, "bench_store: %s\n", e.msg);
    exit(1);
}

static struct store *open_store(const char *path) {
    struct store *s;
    must(store_open(&s, path, STORE_CREATE, &e));
    struct store_account_config account = {
        .name = "bench", .cap = 4096, .rate_burst = 1, .linger_ms = 1000};
    struct store_profile_config profile = {.name = "bench",
                                           .account = "bench",
                                           .retry_max = 5,
                                           .uncertain_max = 2,
                                           .backoff_base_ms = 1,
                                           .backoff_cap_ms = 1,
                                           .timeout_total_ms = LEASE_MS};
    must(store_configure(s,
                         &(struct store_settings){.accounts = &account,
                                                  .account_count = 1,
                                                  .profiles = &profile,
                                                  .profile_count = 1,
                                                  .default_profile = "bench"},
                         &e));
    return s;
}

static void load(struct store *s, int64_t jobs, int64_t batches) {
    static struct store_job_spec chunk[5000];
    char text[SPOKEN_BYTES + 1], name[32];
    memset(text, 'x', SPOKEN_BYTES);
    text[SPOKEN_BYTES] = '\0';
    for (size_t i = 0; i < 5000; i++)
        chunk[i] = (struct store_job_spec){
            .text = text, .text_bytes = SPOKEN_BYTES, .chars = SPOKEN_BYTES};
    for (int64_t b = 0; b < batches; b++) {
        int64_t id, left = jobs / batches;
        (void)snprintf(name, sizeof name, "batch-%lld", (long long)b);
        struct store_batch_spec spec = {
            .name = name, .profile = "bench", .weight = 1, .producer_id = 1};
        must(store_batch_begin(s, &spec, &id, &e));
        for (; left > 0; left -= 5000)
            must(store_batch_add(s, id, chunk, left < 5000 ? (size_t)left : 5000, &e));
        must(store_batch_commit(s, id, &e));
    }
    must(store_checkpoint(s, true, &e));
}

struct worker {
    struct store *s;
    int64_t id;
    struct store_want want;
    int32_t slots[GROUP], idle[GROUP];
    struct store_claim claims[GROUP];
    struct store_settle settles[GROUP];
    size_t settle_count;
};

static void worker_open(struct worker *w, struct store *s, int32_t group) {
    *w = (struct worker){.s = s, .id = random_id()};
    struct store_worker_row row = {.id = w->id, .kind = "call", .pid = (int)getpid()};
    must(store_worker_add(s, &row, &e));
    must(store_account_id(s, "bench", &w->want.account_id, &e));
    w->want.lease_ms = LEASE_MS;
    w->want.calls_max = group;
    w->want.slots = w->slots;
    w->want.claims = w->claims;
    w->want.claims_max = GROUP;
}

/* Settles the last group as answered with a small row, and claims the next. */
static size_t worker_turn(struct worker *w) {
    static const char body[1024];
    static const struct store_result result = {
        .format = "wav", .bytes = sizeof body, .duration_ms = 1000, .body = body};
    struct store_turn turn = {.worker_id = w->id,
                              .settles = w->settles,
                              .settle_count = w->settle_count,
                              .wants = &w->want,
                              .want_count = 1};
    must(store_turn(w->s, &turn, &e));
    w->settle_count = w->want.claim_count;
    for (size_t i = 0; i < w->settle_count; i++) {
        w->settles[i] = (struct store_settle){.job_id = w->claims[i].job_id,
                                              .attempt_no = w->claims[i].attempt_no,
                                              .outcome = ATTEMPT_ANSWERED,
                                              .state = JOB_DONE,
                                              .slot_no = 0,
                                              .started_ms = 1,
                                              .ended_ms = 2,
                                              .http_status = 200,
                                              .bytes = sizeof body,
                                              .result = &result};
        free(w->claims[i].text);
        free(w->claims[i].voice);
    }
    memcpy(w->idle, w->slots, sizeof w->idle);
    w->want.idle = w->idle;
    w->want.idle_count = w->want.slot_count;
    return w->settle_count;
}

static int64_t processor_us(void) {
    struct timespec t;
    must(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) == 0);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void bench_claim(const char *path, int64_t jobs, int64_t batches, int64_t rounds) {
    struct worker w;
    struct store *s = open_store(path);
    int64_t served = 0;
    load(s, jobs, batches);
    worker_open(&w, s, GROUP);
    (void)worker_turn(&w);
    int64_t begin_us = clock_boot_us(), begin_busy_us = processor_us();
    for (int64_t i = 0; i < rounds; i++) {
        served += (int64_t)worker_turn(&w);
        if (store_checkpoint_is_due(s)) /* the keeper's part of the work is counted, too */
            must(store_checkpoint(s, false, &e));
    }
    int64_t took_us = clock_boot_us() - begin_us, busy_us = processor_us() - begin_busy_us;
    printf("%.3f %.3f\n", (double)took_us / (double)served, (double)busy_us / (double)served);
    store_close(s);
}

static int by_size(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

struct waits {
    int64_t count, us[WAITS_MAX];
};

static void turn_process(const char *path, double seconds, struct waits *out) {
    struct worker w;
    worker_open(&w, open_store(path), 1);
    int64_t end_us = clock_boot_us() + (int64_t)(seconds * 1e6);
    while (clock_boot_us() < end_us && out->count < WAITS_MAX) {
        (void)worker_turn(&w);
        out->us[out->count++] = w.s->turn_wait_us;
        struct timespec pause = {.tv_nsec = TURN_EVERY_NS};
        (void)nanosleep(&pause, NULL);
    }
    _exit(0);
}

static void bench_turns(const char *path, int processes, double seconds) {
    struct store *s = open_store(path);
    load(s, 200000, 20);
    store_close(s); /* before the forks */
    struct waits *all = mmap(NULL, (size_t)processes * sizeof *all, PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED)
        exit(1);
    for (int i = 0; i < processes; i++)
        if (fork() == 0)
            turn_process(path, seconds, &all[i]);
    for (int status; wait(&status) > 0;)
        if (status != 0)
            exit(1);
    static int64_t joined[64 * WAITS_MAX];
    size_t n = 0;
    for (int i = 0; i < processes; i++)
        for (int64_t k = 0; k < all[i].count; k++)
            joined[n++] = all[i].us[k];
    qsort(joined, n, sizeof *joined, by_size);
    printf("%lld %lld\n", (long long)joined[n / 2], (long long)joined[n * 99 / 100]);
}

int main(int argc, char **argv) {
    if (argc == 6 && strcmp(argv[1], "claim") == 0)
        bench_claim(argv[2], atoll(argv[3]), atoll(argv[4]), atoll(argv[5]));
    else if (argc == 5 && strcmp(argv[1], "turns") == 0 && atoi(argv[3]) <= 64)
        bench_turns(argv[2], atoi(argv[3]), atof(argv[4]));
    else
        return 2;
    return 0;
}
