/*
 * test_store_race: many processes on one store, killed at random. What the store says is compared
 * with a ledger in shared memory that stands for the provider: which slot a call is made on, and
 * until when.
 *
 * The test process itself never opens the store while it still forks: an inherited connection would
 * carry its locks into the child. Processes that forked say what went wrong on stderr and exit
 * with 1.
 */
#include "tests/lib/store_rig.h"

#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <time.h>

#include "base/random.h"
#include "fleet/presence.h"
#include "tests/lib/random_below.h"

#define WORKERS 8
#define CAP 10
#define JOBS 2000
#define CALLS_MAX 6
#define AHEAD 3
#define KILL_EVERY_MS 40
#define KILLS_MAX 60
#define CALL_MAX_MS 40 /* a call's hard deadline: the provider is done with it then */
#define CALL_TYPICAL_US 3000
#define DEADLINE_MS 45000

#define SURE(x)                                                                                    \
    do {                                                                                           \
        if (!(x))                                                                                  \
            die(#x, __LINE__, NULL);                                                               \
    } while (0)
#define SURE_ERR(x)                                                                                \
    do {                                                                                           \
        struct err err_ = {.msg = ""};                                                             \
        struct err *e = &err_;                                                                     \
        if (!(x))                                                                                  \
            die(#x, __LINE__, err_.msg);                                                           \
    } while (0)

static _Noreturn void die(const char *what, int line, const char *message) {
    (void)fprintf(stderr, "pid %d line %d: %s %s\n", (int)getpid(), line, what,
                  message ? message : "");
    _exit(1);
}

struct slot {               /* as the provider sees it */
    _Atomic int64_t caller; /* 0 = no call */
    _Atomic int64_t
        until_boot_ms; /* the provider is done with the call by then, whatever happens */
};

struct board { /* shared by all processes */
    struct slot slot[CAP];
    atomic_int finished;
    atomic_int calls[JOBS + 1]; /* per job: requests that were sent */
    _Atomic int64_t chars[3];   /* per batch: served */
};

static struct board *board;
static char dir[RIG_PATH_MAX], path[RIG_PATH_MAX + 16];
static int64_t account;

static void board_new(void) {
    board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(board != MAP_FAILED);
    rig_make_dir(dir);
    (void)snprintf(path, sizeof path, "%s/queue.db", dir);
}

static void board_free(void) {
    assert_int_equal(munmap(board, sizeof *board), 0);
    rig_remove_dir(dir);
}

/* ---- the provider -----------------------------------------------------------------------------*/

static void provider_begin(int32_t slot_no, int64_t caller, int64_t job_id, int64_t until_boot_ms) {
    SURE(slot_no >= 0 && slot_no < CAP);
    struct slot *slot = &board->slot[slot_no];
    int64_t before = atomic_load(&slot->caller);
    /* an abandoned call occupies its slot until its deadline */
    SURE(before == 0 || clock_boot_ms() >= atomic_load(&slot->until_boot_ms));
    SURE(atomic_compare_exchange_strong(&slot->caller, &before, caller));
    atomic_store(&slot->until_boot_ms, until_boot_ms);
    atomic_fetch_add(&board->calls[job_id], 1);
}

static void provider_end(int32_t slot_no, int64_t caller) {
    SURE(atomic_compare_exchange_strong(&board->slot[slot_no].caller, &caller, 0));
}

/* ---- a worker ---------------------------------------------------------------------------------*/

struct call {
    struct store_claim claim;
    int32_t slot_no;
    size_t mark;
    int64_t end_boot_us;
};

struct caller {
    struct rig_worker w;
    struct presence *presence;
    struct call call[CALLS_MAX];
    int32_t calls;
    struct store_claim staged[RIG_CALLS_MAX];
    int32_t staged_count;
    int32_t free_slot[CALLS_MAX];
    int32_t free_count;
};

/* Mostly answers; sometimes what makes a job go round again. */
static struct store_settle outcome_of(const struct call *call, const struct store_result *result) {
    static const struct {
        enum attempt_outcome outcome;
        enum job_state state;
    } rare[] = {{ATTEMPT_REFUSED, JOB_DELAYED},
                {ATTEMPT_FAILED, JOB_DELAYED},
                {ATTEMPT_FAILED, JOB_READY},
                {ATTEMPT_UNCERTAIN, JOB_READY}};
    struct store_settle x = {.job_id = call->claim.job_id,
                             .attempt_no = call->claim.attempt_no,
                             .outcome = ATTEMPT_ANSWERED,
                             .state = JOB_DONE,
                             .slot_no = call->slot_no,
                             .result = result};
    int64_t dice = random_below(40);
    if (dice < (int64_t)(sizeof rare / sizeof rare[0])) {
        x.outcome = rare[dice].outcome;
        x.state = rare[dice].state;
        x.delay_ms = 2;
        x.result = NULL;
    }
    return x;
}

/* Ends the calls whose time has come; their slots become idle. */
static size_t finish_calls(struct caller *c, const struct store_result *result,
                           struct store_settle *settles, size_t *marks) {
    int64_t now_us = clock_boot_us();
    size_t n = 0;
    for (int32_t i = c->calls; i-- > 0;) {
        struct call *call = &c->call[i];
        if (call->end_boot_us > now_us)
            continue;
        provider_end(call->slot_no, c->w.id);
        presence_over(c->presence, call->mark);
        settles[n] = outcome_of(call, result);
        marks[n++] = call->mark;
        c->free_slot[c->free_count++] = call->slot_no;
        *call = c->call[--c->calls];
    }
    return n;
}

static void start_calls(struct caller *c) {
    while (c->free_count > 0 && c->staged_count > 0) {
        struct call *call = &c->call[c->calls++];
        int64_t until = clock_boot_ms() + CALL_MAX_MS;
        call->claim = c->staged[0];
        memmove(c->staged, c->staged + 1, (size_t)--c->staged_count * sizeof c->staged[0]);
        call->slot_no = c->free_slot[--c->free_count];
        call->end_boot_us = clock_boot_us() + random_below(2 * CALL_TYPICAL_US);
        SURE(until < c->w.want.lease_until_boot_ms);
        call->mark =
            presence_sent(c->presence, &(struct presence_mark){.job_id = call->claim.job_id,
                                                               .account_id = account,
                                                               .over_by_boot_ms = until,
                                                               .attempt_no = call->claim.attempt_no,
                                                               .slot_no = call->slot_no});
        provider_begin(call->slot_no, c->w.id, call->claim.job_id, until);
    }
}

static void take_turn(struct caller *c) {
    const struct store_result result = rig_row_result();
    struct store_settle settles[CALLS_MAX];
    size_t marks[CALLS_MAX];
    size_t settled = finish_calls(c, &result, settles, marks);
    struct store_want *w = &c->w.want;
    w->busy = c->calls;
    w->staged = c->staged_count;
    w->idle_count = (size_t)c->free_count;
    memcpy(c->w.idle, c->free_slot, sizeof c->free_slot);
    SURE_ERR(rig_turn_err(&c->w, settles, settled, e));
    SURE(!w->lost);
    for (size_t i = 0; i < settled; i++)
        presence_settled(c->presence, marks[i]);
    c->free_count = (int32_t)w->slot_count;
    memcpy(c->free_slot, c->w.slots, w->slot_count * sizeof c->free_slot[0]);
    for (size_t i = 0; i < w->claim_count; i++)
        c->staged[c->staged_count++] = c->w.claims[i];
    SURE(c->calls + c->free_count <= CALLS_MAX && c->free_count <= c->staged_count);
    rig_free_claims(&c->w);
}

static void take_done(const struct store_batch_row *row, void *arg) {
    *(bool *)arg = *(bool *)arg && row->count[JOB_DONE] == row->total && !row->loading;
}

static bool all_done(struct store *s) {
    bool done = true;
    struct store_reader reader = {.batch = take_done, .arg = &done};
    SURE_ERR(store_status(s, 0, &reader, e));
    return done;
}

static void nap_until_us(int64_t end_boot_us) {
    int64_t left_us = end_boot_us - clock_boot_us();
    const struct timespec nap = {.tv_nsec = (long)(left_us < 1000 ? left_us : 1000) * 1000};
    if (left_us > 0)
        (void)nanosleep(&nap, NULL);
}

static _Noreturn void be_worker(void) {
    static struct caller c; /* its zero is meant */
    struct store *s;
    int64_t id = random_id();
    SURE_ERR(store_open(&s, path, STORE_WRITE, e));
    SURE_ERR(presence_open(&c.presence, dir, id, 64, e));
    const struct store_worker_row row = {.id = id, .kind = "call", .pid = getpid()};
    SURE_ERR(store_worker_add(s, &row, e));
    rig_worker_init(&c.w, s, id, account, CALLS_MAX);
    c.w.want.ahead_max = AHEAD;
    while (c.calls > 0 || c.staged_count > 0 || !all_done(s)) {
        take_turn(&c);
        start_calls(&c);
        int64_t next_us = clock_boot_us() + 1000;
        for (int32_t i = 0; i < c.calls; i++)
            next_us = c.call[i].end_boot_us < next_us ? c.call[i].end_boot_us : next_us;
        nap_until_us(next_us); /* a call takes its time */
    }
    atomic_store(&board->finished, 1);
    SURE_ERR(store_worker_remove(s, id, e));
    presence_close(c.presence);
    store_close(s);
    _exit(0);
}

/* ---- the keeper -------------------------------------------------------------------------------*/

static void reap(struct store *s, int64_t id) {
    struct presence_record record;
    struct store_sent_mark marks[64];
    struct store_reap_report report;
    SURE(!presence_is_alive(dir, id));
    SURE_ERR(presence_read_dead(dir, id, &record, e));
    SURE(record.count <= 64);
    for (size_t i = 0; i < record.count; i++) {
        const struct presence_mark *mark = &record.marks[i];
        marks[i] = (struct store_sent_mark){.job_id = mark->job_id,
                                            .account_id = mark->account_id,
                                            .attempt_no = mark->attempt_no,
                                            .slot_no = mark->slot_no,
                                            .over = mark->phase == PRESENCE_OVER,
                                            .over_by_boot_ms = mark->over_by_boot_ms};
    }
    const struct store_sent sent = {.marks = marks, .count = record.count};
    SURE_ERR(store_reap(s, id, record.known ? &sent : NULL, &report, e));
    free(record.marks);
    presence_remove(dir, id);
}

struct dead_list {
    int64_t id[64];
    size_t count;
};

static void find_dead(int64_t id, const char *kind, const char *state, void *arg) {
    struct dead_list *dead = arg;
    (void)kind, (void)state;
    if (dead->count < 64 && !presence_is_alive(dir, id))
        dead->id[dead->count++] = id;
}

/* Until the pipe closes: reaps whoever is dead, promotes, ends held leases, checkpoints. */
static _Noreturn void be_keeper(int stop_fd) {
    struct store *s;
    struct pollfd stop = {.fd = stop_fd, .events = POLLIN};
    SURE_ERR(store_open(&s, path, STORE_WRITE, e));
    for (int round = 0; poll(&stop, 1, 2) == 0; round++) {
        struct dead_list dead = {.count = 0};
        int64_t next;
        SURE_ERR(store_workers_each(s, find_dead, &dead, e));
        for (size_t i = 0; i < dead.count; i++)
            reap(s, dead.id[i]);
        SURE_ERR(store_tidy(s, &next, e));
        if (round % 20 == 0)
            SURE_ERR(store_checkpoint(s, false, e));
    }
    store_close(s);
    _exit(0);
}

/* ---- the test ---------------------------------------------------------------------------------*/

static pid_t forked(void (*be)(void)) {
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        be();
        _exit(0);
    }
    return pid;
}

static void make_store(void) {
    struct store *s;
    SURE_ERR(store_open(&s, path, STORE_CREATE, e));
    rig_configure(s, CAP);
    (void)rig_batch(s, "a", JOBS / 2, 20, 3);
    (void)rig_batch(s, "b", JOBS / 2, 20, 1);
    store_close(s);
}

static void worker(void) {
    be_worker();
}

struct tally { /* of one job, from the store */
    int calls_least, calls_most, answers, open;
};

static void tally_attempt(const struct store_attempt_row *row, void *arg) {
    struct tally *t = arg;
    bool certain = row->outcome == ATTEMPT_ANSWERED || row->outcome == ATTEMPT_REFUSED ||
                   row->outcome == ATTEMPT_FAILED;
    t->calls_least += certain;
    t->calls_most += certain || row->outcome == ATTEMPT_UNCERTAIN;
    t->answers += row->outcome == ATTEMPT_ANSWERED;
    t->open += row->outcome == ATTEMPT_SENDING;
}

static void count_open_slots(const struct store_account_row *row, void *arg) {
    *(int64_t *)arg = row->in_flight;
}

/* Every job is done, by one answer, and every request is on record. */
static void check_books(void) {
    struct store *s;
    int64_t in_flight = -1;
    int uncertain = 0;
    struct store_reader reader = {.account = count_open_slots, .arg = &in_flight};
    OK(store_open(&s, path, STORE_WRITE, e));
    OK(store_verify(s, true, e));
    for (int64_t job = 1; job <= JOBS; job++) {
        struct tally t = {0};
        int calls = atomic_load(&board->calls[job]);
        OK(store_attempts_each(s, job, tally_attempt, &t, e));
        assert_int_equal(t.answers, 1);
        assert_int_equal(t.open, 0);
        assert_in_range(calls, t.calls_least, t.calls_most);
        uncertain += t.calls_most - t.calls_least;
    }
    OK(store_status(s, 0, &reader, e));
    assert_int_equal(in_flight, 0);
    print_message("%d uncertain attempts\n", uncertain);
    store_close(s);
}

static void the_cap_and_the_books_survive_kills(void **state) {
    (void)state;
    pid_t pid[WORKERS];
    int stop[2], kills = 0;
    board_new();
    rig_wait_ok(forked(make_store));
    account = 1;
    assert_int_equal(pipe(stop), 0);
    pid_t keeper = fork();
    if (keeper == 0) {
        (void)close(stop[1]);
        be_keeper(stop[0]);
    }
    for (int i = 0; i < WORKERS; i++)
        pid[i] = forked(worker);
    int64_t start = clock_boot_ms();
    const struct timespec pause = {.tv_nsec = KILL_EVERY_MS * 1000000L};
    for (; !atomic_load(&board->finished) && clock_boot_ms() - start < DEADLINE_MS;) {
        (void)nanosleep(&pause, NULL); /* the rhythm of death */
        if (kills == KILLS_MAX)
            continue;
        int victim = (int)random_below(WORKERS), status;
        (void)kill(pid[victim], SIGKILL);
        assert_int_equal(waitpid(pid[victim], &status, 0), pid[victim]);
        if (WIFEXITED(status))
            assert_int_equal(WEXITSTATUS(status), 0);
        kills++;
        pid[victim] = forked(worker);
    }
    assert_true(atomic_load(&board->finished));
    for (int i = 0; i < WORKERS; i++)
        rig_wait_ok(pid[i]);
    assert_int_equal(close(stop[1]), 0);
    rig_wait_ok(keeper);
    assert_int_equal(close(stop[0]), 0);
    print_message("%d jobs, %d kills, %lld ms\n", JOBS, kills,
                  (long long)(clock_boot_ms() - start));
    check_books();
    board_free();
}

/* ---- fairness ---------------------------------------------------------------------------------*/

#define FAIR_PROCESSES 4
#define FAIR_CHARS 60000

static void make_fair_store(void) {
    struct store *s;
    SURE_ERR(store_open(&s, path, STORE_CREATE, e));
    rig_configure(s, 8);
    SURE(rig_batch(s, "heavy", 2000, 30, 3) == 1);
    SURE(rig_batch(s, "light", 600, 100, 1) == 2);
    store_close(s);
}

/* Calls that take no time, until enough characters are served. */
static void serve_chars(void) {
    struct rig_worker w;
    struct store *s;
    const struct store_result result = rig_row_result();
    struct store_settle settles[RIG_CALLS_MAX];
    size_t settled = 0;
    SURE_ERR(store_open(&s, path, STORE_WRITE, e));
    const struct store_worker_row row = {.id = random_id(), .kind = "call", .pid = getpid()};
    SURE_ERR(store_worker_add(s, &row, e));
    rig_worker_init(&w, s, row.id, account, CALLS_MAX);
    do {
        SURE_ERR(rig_turn_err(&w, settles, settled, e));
        settled = w.want.claim_count;
        for (size_t i = 0; i < settled; i++) {
            const struct store_claim *claim = &w.claims[i];
            settles[i] = (struct store_settle){.job_id = claim->job_id,
                                               .attempt_no = claim->attempt_no,
                                               .outcome = ATTEMPT_ANSWERED,
                                               .state = JOB_DONE,
                                               .slot_no = w.slots[i],
                                               .result = &result};
            atomic_fetch_add(&board->chars[claim->batch_id], claim->chars);
        }
        rig_free_claims(&w);
        w.want.idle_count = w.want.slot_count;
        memcpy(w.idle, w.slots, sizeof w.idle);
        w.want.drain = atomic_load(&board->chars[1]) + atomic_load(&board->chars[2]) >= FAIR_CHARS;
    } while (settled > 0 || !w.want.drain);
    SURE_ERR(store_worker_remove(s, row.id, e));
    store_close(s);
}

static void batches_share_by_weight_in_characters(void **state) {
    (void)state;
    pid_t pid[FAIR_PROCESSES];
    struct store *s;
    board_new();
    rig_wait_ok(forked(make_fair_store));
    account = 1;
    for (int i = 0; i < FAIR_PROCESSES; i++)
        pid[i] = forked(serve_chars);
    for (int i = 0; i < FAIR_PROCESSES; i++)
        rig_wait_ok(pid[i]);
    int64_t heavy = atomic_load(&board->chars[1]), light = atomic_load(&board->chars[2]);
    print_message("weight 3: %lld characters, weight 1: %lld\n", (long long)heavy,
                  (long long)light);
    assert_in_range(heavy * 100 / light, 290, 310);
    OK(store_open(&s, path, STORE_WRITE, e));
    OK(store_verify(s, true, e));
    store_close(s);
    board_free();
}

static void a_small_batch_is_served_at_once(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    struct rig_worker w;
    rig_batch(rig->s, "large", 1000, 50, 1);
    rig_worker(rig->s, 1, "call");
    rig_worker_init(&w, rig->s, 1, rig->account, 4);
    for (int i = 0; i < 40; i++) {
        w.want.busy = 0;
        w.want.idle_count = w.want.slot_count;
        memcpy(w.idle, w.slots, sizeof w.idle);
        rig_turn(&w, NULL, 0);
        rig_free_claims(&w);
    }
    int64_t late = rig_batch(rig->s, "late", 10, 50, 1);
    int served = 0, turns = 0;
    while (served < 10 && turns++ < 10) {
        w.want.idle_count = w.want.slot_count;
        memcpy(w.idle, w.slots, sizeof w.idle);
        rig_turn(&w, NULL, 0);
        for (size_t i = 0; i < w.want.claim_count; i++)
            served += w.claims[i].batch_id == late;
        rig_free_claims(&w);
    }
    assert_int_equal(served, 10);
    assert_true(turns <= 6); /* of four calls each: every second call is the small one's */
    rig_free(rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cap_and_the_books_survive_kills),
        cmocka_unit_test(batches_share_by_weight_in_characters),
        cmocka_unit_test(a_small_batch_is_served_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
