/*
 * test_store_flow: flow control in the account's row, exact over eight processes that claim at the
 * same time and over a reopened store.
 */
#include "tests/lib/store_rig.h"

#include <sys/mman.h>

#define PROCESSES 8
#define CLAIMS_MAX 4000
#define RATE_MS 5 /* between places */
#define KINDS_BYTES 512
#define PROBE_WAIT_MS 30000
#define BURST 4
#define RUN_MS 1500

struct books { /* shared by the processes */
    int count;
    int64_t start_ms[CLAIMS_MAX];
    int probes;
};

static struct books *books_new(void) {
    struct books *b =
        mmap(NULL, sizeof *b, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(b, MAP_FAILED);
    return b;
}

static void configure(struct store *s, int64_t rate_us, int64_t failures) {
    struct store_account_config account = rig_account("acme", 16);
    const struct store_profile_config profile = rig_profile("say", "acme");
    account.rate_interval_us = rate_us;
    account.rate_burst = BURST;
    account.breaker = (struct breaker_limits){failures, 50, 100};
    rig_settings(s, &account, 1, &profile, 1);
}

/* In each child: a store and a worker of its own. */
static void in_processes(const struct rig *rig, struct books *b,
                         void (*work)(struct rig_worker *w, struct books *b)) {
    pid_t pid[PROCESSES];
    for (int i = 0; i < PROCESSES; i++) {
        pid[i] = fork();
        if (pid[i] != 0)
            continue;
        struct rig_worker w;
        struct store *s = NULL;
        OK(store_open(&s, rig->path, STORE_WRITE, e));
        rig_worker(s, 100 + i, "call");
        rig_worker_init(&w, s, 100 + i, rig->account, 4);
        work(&w, b);
        store_close(s);
        _exit(0);
    }
    for (int i = 0; i < PROCESSES; i++)
        rig_wait_ok(pid[i]);
}

static struct store_settle settle_of(const struct store_claim *claim,
                                     enum attempt_outcome outcome) {
    return (struct store_settle){.job_id = claim->job_id,
                                 .attempt_no = claim->attempt_no,
                                 .outcome = outcome,
                                 .state = JOB_READY,
                                 .slot_no = -1};
}

/* What was claimed is given back at once and its slots shown as idle. */
static void give_back(struct rig_worker *w, enum breaker_news news) {
    struct store_settle list[RIG_CALLS_MAX];
    size_t count = w->want.claim_count;
    for (size_t i = 0; i < count; i++) {
        list[i] =
            settle_of(&w->claims[i], news == BREAKER_NEWS_DOWN ? ATTEMPT_REFUSED : ATTEMPT_UNSENT);
        list[i].news = news;
    }
    rig_free_claims(w);
    for (size_t i = 0; i < w->want.slot_count; i++)
        w->idle[i] = w->slots[i];
    w->want.idle_count = w->want.slot_count;
    w->want.drain = true;
    rig_turn(w, list, count);
    w->want.drain = false;
    w->want.idle_count = 0;
}

static void claim_for_a_while(struct rig_worker *w, struct books *b) {
    int64_t end = clock_boot_ms() + RUN_MS;
    while (clock_boot_ms() < end) {
        rig_turn(w, NULL, 0);
        for (size_t i = 0; i < w->want.claim_count; i++) {
            int at = __atomic_fetch_add(&b->count, 1, __ATOMIC_RELAXED);
            assert_true(at < CLAIMS_MAX);
            b->start_ms[at] = w->claims[i].start_boot_ms;
        }
        give_back(w, BREAKER_NEWS_NONE);
        usleep(1000);
    }
}

static int by_time(const void *a, const void *b) {
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void eight_processes_share_one_rate(void **state) {
    (void)state;
    struct rig *rig = rig_new(16);
    struct books *b = books_new();
    configure(rig->s, RATE_MS * 1000, 0);
    rig_batch(rig->s, "b", 64, 1, 1);
    int64_t begun = clock_boot_ms();
    in_processes(rig, b, claim_for_a_while);
    int64_t ms = clock_boot_ms() - begun;
    qsort(b->start_ms, (size_t)b->count, sizeof *b->start_ms, by_time);
    for (int i = 0; i < b->count; i++)
        for (int k = i + 1; k < b->count; k++) { /* one ms for the rounding up of both ends */
            int64_t span = b->start_ms[k] - b->start_ms[i] + 1;
            assert_true((k - i + 1 - BURST) * RATE_MS <= span);
        }
    assert_true(b->count > 50 && b->count <= ms / RATE_MS + BURST + 200 / RATE_MS + 1);
    rig_verify(rig);
    munmap(b, sizeof *b);
    rig_free(rig);
}

/* Each process fails what it gets. The breaker is open soon; from then on it is one probe after the
 * other, never two, in whichever process. */
static void fail_for_a_while(struct rig_worker *w, struct books *b) {
    int64_t end = clock_boot_ms() + RUN_MS;
    while (clock_boot_ms() < end) {
        rig_turn(w, NULL, 0);
        bool probe = w->want.claim_count > 0 && w->claims[0].probe;
        if (probe) {
            assert_int_equal(w->want.claim_count, 1);
            assert_int_equal(w->want.slot_count, 1);
            assert_int_equal(__atomic_fetch_add(&b->probes, 1, __ATOMIC_SEQ_CST), 0);
            b->count++;
            usleep(20000);
            __atomic_fetch_sub(&b->probes, 1, __ATOMIC_SEQ_CST);
        }
        give_back(w, w->want.claim_count > 0 ? BREAKER_NEWS_DOWN : BREAKER_NEWS_NONE);
        usleep(1000);
    }
}

static void eight_processes_make_one_probe_at_a_time(void **state) {
    (void)state;
    struct rig *rig = rig_new(16);
    struct books *b = books_new();
    configure(rig->s, 0, 5);
    int64_t batch = rig_batch(rig->s, "b", 64, 1, 1);
    in_processes(rig, b, fail_for_a_while);
    assert_int_not_equal(rig_account_of(rig->s).breaker, BREAKER_CLOSED);
    assert_true(b->count >= 3 && b->count < 60);
    struct rig_counts counts = rig_counts_of(rig->s, batch);
    assert_int_equal(counts.count[JOB_READY] + counts.count[JOB_DELAYED], 64);
    rig_verify(rig);
    munmap(b, sizeof *b);
    rig_free(rig);
}

/* Fewer texts than it takes, each failing twice, close nothing; as many different ones do. What
 * they say has ended before it is settled. */
static void the_same_text_failing_again_is_no_news(void **state) {
    (void)state;
    struct rig *rig = rig_new(8);
    struct rig_worker w;
    configure(rig->s, 0, 5);
    rig_batch(rig->s, "b", 4, 1, 1);
    rig_worker(rig->s, 7, "call");
    rig_worker_init(&w, rig->s, 7, rig->account, 16);
    for (int round = 0; round < 3; round++) {
        w.want.drain = false;
        rig_turn(&w, NULL, 0);
        assert_int_equal(w.want.claim_count, 4);
        for (size_t i = 0; i < 4; i++) {
            struct store_settle x = settle_of(&w.claims[i], ATTEMPT_FAILED);
            x.news = BREAKER_NEWS_DOWN;
            x.started_ms = x.ended_ms = clock_wall_ms() - 50;
            rig_settle(&w, &x);
        }
        rig_free_claims(&w);
        for (size_t i = 0; i < w.want.slot_count; i++)
            w.idle[i] = w.slots[i];
        w.want.idle_count = w.want.slot_count;
        w.want.drain = true;
        rig_turn(&w, NULL, 0);
        w.want.idle_count = 0;
        assert_int_equal(rig_account_of(rig->s).breaker, BREAKER_CLOSED);
    }
    rig_batch(rig->s, "c", 1, 1, 1);
    w.want.drain = false;
    rig_turn(&w, NULL, 0);
    for (size_t i = 0; i < w.want.claim_count; i++) {
        struct store_settle x = settle_of(&w.claims[i], ATTEMPT_FAILED);
        x.news = BREAKER_NEWS_DOWN;
        rig_settle(&w, &x);
    }
    assert_int_equal(rig_account_of(rig->s).breaker, BREAKER_OPEN);
    rig_free_claims(&w);
    rig_free(rig);
}

/* By a reload, or for a doubt after a stop: calls go. */
static void a_breaker_that_is_switched_off_lets_calls_go(void **state) {
    (void)state;
    struct rig *rig = rig_new(8);
    struct rig_worker w;
    configure(rig->s, 0, 1);
    rig_batch(rig->s, "b", 4, 1, 1);
    rig_worker(rig->s, 7, "call");
    rig_worker_init(&w, rig->s, 7, rig->account, 2);
    rig_turn(&w, NULL, 0);
    give_back(&w, BREAKER_NEWS_DOWN);
    assert_int_equal(rig_account_of(rig->s).breaker, BREAKER_OPEN);
    configure(rig->s, 0, 0);
    assert_int_equal(rig_account_of(rig->s).breaker, BREAKER_CLOSED);
    rig_turn(&w, NULL, 0);
    assert_int_equal(w.want.claim_count, 2);
    give_back(&w, BREAKER_NEWS_DOWN);
    assert_int_equal(rig_account_of(rig->s).breaker, BREAKER_CLOSED);
    rig_free(rig);
}

static void add_kind(const struct store_event_row *row, void *arg) {
    char *kinds = arg;
    (void)snprintf(kinds + strlen(kinds), KINDS_BYTES - strlen(kinds), " %s", row->kind);
}

/* The probe is answered: by a word that stops the account. */
static void a_provider_is_up_before_it_stops_the_account(void **state) {
    (void)state;
    struct rig *rig = rig_new(8);
    struct rig_worker w;
    char kinds[KINDS_BYTES] = "";
    configure(rig->s, 0, 1);
    rig_batch(rig->s, "b", 4, 1, 1);
    rig_worker(rig->s, 7, "call");
    rig_worker_init(&w, rig->s, 7, rig->account, 2);
    rig_turn(&w, NULL, 0);
    give_back(&w, BREAKER_NEWS_DOWN);
    int64_t deadline = clock_boot_ms() + PROBE_WAIT_MS;
    do {
        assert_true(clock_boot_ms() < deadline);
        rig_turn(&w, NULL, 0);
    } while (w.want.claim_count == 0);
    struct store_settle probe = settle_of(&w.claims[0], ATTEMPT_REFUSED);
    probe.news = BREAKER_NEWS_ALIVE;
    probe.stop = true;
    rig_settle(&w, &probe);
    OK(store_events_each(rig->s, &(struct store_events){0}, add_kind, kinds, e));
    const char *down = strstr(kinds, " down");
    assert_non_null(down);
    assert_string_equal(down, " down up stopped");
    rig_free_claims(&w);
    rig_free(rig);
}

/* A refusal of one call too many, told to a store that is closed and opened again. */
static void what_was_found_out_survives(void **state) {
    (void)state;
    struct rig *rig = rig_new(8);
    struct rig_worker w;
    configure(rig->s, 0, 5);
    rig_batch(rig->s, "b", 20, 1, 1);
    rig_worker(rig->s, 7, "call");
    rig_worker_init(&w, rig->s, 7, rig->account, 16);
    rig_turn(&w, NULL, 0);
    assert_int_equal(w.want.claim_count, 16);
    const struct store_live live = {.max = 12, .now = 14};
    struct store_settle list[2] = {settle_of(&w.claims[0], ATTEMPT_REFUSED),
                                   settle_of(&w.claims[1], ATTEMPT_REFUSED)};
    list[0].shrink = true;
    list[0].begun_boot_ms = clock_boot_ms();
    list[1].live = &live;
    rig_settle(&w, &list[0]);
    assert_int_equal(rig_account_of(rig->s).effective_cap, 15);
    rig_settle(&w, &list[1]);
    store_close(rig->s);
    OK(store_open(&rig->s, rig->path, STORE_WRITE, e));
    struct store_account_row row = rig_account_of(rig->s);
    assert_int_equal(row.cap, 16);
    assert_int_equal(row.learned_cap, 12);
    assert_int_equal(row.effective_cap, 12);
    assert_int_equal(row.others, 0); /* 14 may all be ours: there are 16 leases */
    rig_free_claims(&w);
    rig_free(rig);
}

static void persons_words_stay_until_the_configured_value_changes(void **state) {
    (void)state;
    struct rig *rig = rig_new(8);
    int64_t before;
    bool was, probes;
    configure(rig->s, 5000, 5);
    OK(store_rate(rig->s, "acme", 1000, "1000/s", &before, e));
    assert_int_equal(before, 5000);
    configure(rig->s, 5000, 6); /* something else has changed */
    assert_int_equal(rig_account_of(rig->s).rate_interval_us, 1000);
    configure(rig->s, 7000, 6);
    assert_int_equal(rig_account_of(rig->s).rate_interval_us, 7000);
    OK(store_pause(rig->s, "acme", 0, "night", e));
    struct store_account_row row = rig_account_of(rig->s);
    assert_true(row.stopped && row.by_person);
    OK(store_resume(rig->s, "acme", &was, &probes, e));
    assert_true(was && !probes);
    OK(store_pause(rig->s, "acme", 60000, "night", e));
    row = rig_account_of(rig->s);
    assert_true(!row.stopped && row.by_person && row.paused_until_ms > clock_wall_ms() + 50000);
    REFUSED(ERR_NOT_FOUND, store_pause(rig->s, "nobody", 0, "x", e));
    rig_free(rig);
}

/* The kernel boots: a person's pause goes on, the provider's is over, an open breaker asks. */
static void a_persons_pause_outlives_the_boot(void **state) {
    (void)state;
    struct rig *rig = rig_new(8);
    OK(store_pause(rig->s, "acme", 60000, "night", e));
    store_close(rig->s);
    setenv("TTSQ_BOOT_ID", "00000000-0000-4000-8000-000000000001", 1);
    OK(store_open(&rig->s, rig->path, STORE_WRITE, e));
    struct store_account_row row = rig_account_of(rig->s);
    assert_true(row.by_person && row.paused_until_ms > clock_wall_ms() + 50000);
    unsetenv("TTSQ_BOOT_ID");
    rig_free(rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eight_processes_share_one_rate),
        cmocka_unit_test(eight_processes_make_one_probe_at_a_time),
        cmocka_unit_test(the_same_text_failing_again_is_no_news),
        cmocka_unit_test(a_breaker_that_is_switched_off_lets_calls_go),
        cmocka_unit_test(a_provider_is_up_before_it_stops_the_account),
        cmocka_unit_test(what_was_found_out_survives),
        cmocka_unit_test(persons_words_stay_until_the_configured_value_changes),
        cmocka_unit_test(a_persons_pause_outlives_the_boot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
