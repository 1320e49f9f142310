/*
 * test_store_money: what a call sets aside, what it did cost, and that no budget is ever exceeded;
 * alone, and by eight processes at once. What is reserved and spent is compared with the attempts
 * and the ledger after every step (rig_verify).
 */
#include "tests/lib/store_rig.h"

#include <stdatomic.h>
#include <sys/mman.h>

#include "tests/lib/random_below.h"

#define WORKER 101
#define CALLS 16
#define WHY_BYTES 320
#define PRICE 1000 /* micro-units of a character */

struct bench {
    struct rig *rig;
    struct rig_worker w;
    struct store_result result;
};

struct terms {
    int64_t day;   /* the account's budget, 0 = none */
    int64_t price; /* of a character */
    bool bills_failed;
};

static void configure(struct store *s, struct terms t) {
    struct store_account_config account = rig_account("acme", CALLS);
    struct store_profile_config profiles[] = {
        rig_profile("say", "acme"), rig_profile("free", "acme"), rig_profile("other", "acme")};
    const int count = sizeof profiles / sizeof *profiles;
    account.currency = "EUR";
    account.has_budget = t.day > 0;
    account.budget_day_micros = t.day;
    for (int i = 0; i < count; i++) {
        profiles[i].price.units = 1;
        profiles[i].price.unit = PRICE_CODEPOINTS;
        profiles[i].bills_failed = t.bills_failed;
    }
    profiles[0].price.micros = profiles[2].price.micros = t.price;
    rig_settings(s, &account, 1, profiles, (size_t)count);
}

static int setup(void **state) {
    struct bench *b = calloc(1, sizeof *b);
    assert_non_null(b);
    b->rig = rig_new(CALLS);
    configure(b->rig->s, (struct terms){.price = PRICE});
    rig_worker(b->rig->s, WORKER, "call");
    rig_worker_init(&b->w, b->rig->s, WORKER, b->rig->account, CALLS);
    b->result = rig_row_result();
    *state = b;
    return 0;
}

static int teardown(void **state) {
    struct bench *b = *state;
    rig_verify(b->rig);
    rig_free(b->rig);
    free(b);
    return 0;
}

/* Jobs of `chars` characters each. */
static int64_t load_as(struct store *s, const char *name, const char *profile, size_t jobs,
                       int64_t chars, int64_t budget) {
    const struct store_batch_spec spec = {
        .name = name, .profile = profile, .weight = 1, .producer_id = 1, .budget_micros = budget};
    char text[64];
    int64_t id;
    assert_true(chars < (int64_t)sizeof text);
    memset(text, 'x', sizeof text);
    text[chars] = '\0';
    OK(store_batch_begin(s, &spec, &id, e));
    for (size_t i = 0; i < jobs; i++) {
        const struct store_job_spec job = {
            .text = text, .text_bytes = (size_t)chars, .chars = chars};
        OK(store_batch_add(s, id, &job, 1, e));
    }
    OK(store_batch_commit(s, id, e));
    return id;
}

static int64_t load(struct store *s, const char *name, size_t jobs, int64_t chars, int64_t budget) {
    return load_as(s, name, "say", jobs, chars, budget);
}

static size_t claim(struct bench *b) {
    rig_turn(&b->w, NULL, 0);
    rig_free_claims(&b->w);
    b->w.want.busy += (int32_t)b->w.want.slot_count;
    rig_verify(b->rig);
    return b->w.want.claim_count;
}

struct terms_of_settle {
    enum attempt_outcome outcome;
    enum job_state state;
    bool told;
    int64_t units;
};

static void settle(struct bench *b, const struct store_claim *claim, struct terms_of_settle t) {
    bool answered = t.outcome == ATTEMPT_ANSWERED;
    const struct store_settle x = {.job_id = claim->job_id,
                                   .attempt_no = claim->attempt_no,
                                   .outcome = t.outcome,
                                   .state = t.state,
                                   .delay_ms = 60000,
                                   .slot_no = 0,
                                   .started_ms = 5,
                                   .ended_ms = 9,
                                   .why = answered ? NULL : "because",
                                   .cost_told = t.told,
                                   .cost_units = t.units,
                                   .result = answered ? &b->result : NULL};
    struct rig_worker w = {.s = b->rig->s, .id = WORKER};
    rig_settle(&w, &x);
    rig_verify(b->rig);
    if (b->w.want.busy > 0)
        b->w.want.busy--;
}

static void answer(struct bench *b, const struct store_claim *claim) {
    settle(b, claim, (struct terms_of_settle){ATTEMPT_ANSWERED, JOB_DONE, false, 0});
}

static void take_batch(const struct store_batch_row *row, void *arg) {
    *(struct store_money *)arg = row->money;
}

static void take_account(const struct store_account_row *row, void *arg) {
    *(struct store_money *)arg = row->money;
    assert_string_equal(row->money.currency, "EUR");
}

static struct store_money money_of(struct store *s, int64_t batch) {
    struct store_money m = {0};
    struct store_reader reader = {.batch = take_batch, .arg = &m};
    OK(store_status(s, batch, &reader, e));
    return m;
}

static struct store_money account_money(struct store *s) {
    struct store_money m = {0};
    struct store_reader reader = {.account = take_account, .arg = &m};
    OK(store_status(s, 0, &reader, e));
    return m;
}

struct bill {
    int64_t calls, chars, micros, maybe, rows;
};

static void take_bill(const struct store_bill_row *row, void *arg) {
    struct bill *bill = arg;
    bill->calls += row->calls;
    bill->chars += row->chars;
    bill->micros += row->micros;
    bill->maybe += row->maybe;
    bill->rows++;
}

static struct bill bill_by(struct store *s, enum store_bill_by by) {
    struct bill bill = {0};
    OK(store_bill_each(s, by, 0, take_bill, &bill, e));
    return bill;
}

/* ---- what a call costs ------------------------------------------------------------------------*/

static void an_outcome_has_its_cost(void **state) {
    static const struct {
        struct terms_of_settle settle;
        int64_t price;
        bool bills_failed;
        int64_t billed, maybe;
    } cases[] = {
        {{ATTEMPT_ANSWERED, JOB_DONE, false, 0}, PRICE, false, 5 * PRICE, 0},
        {{ATTEMPT_ANSWERED, JOB_DONE, true, 3}, PRICE, false, 3 * PRICE, 0},
        {{ATTEMPT_ANSWERED, JOB_DONE, true, 0}, PRICE, false, 0, 0},
        {{ATTEMPT_ANSWERED, JOB_DONE, true, 9}, PRICE, false, 9 * PRICE, 0},
        {{ATTEMPT_ANSWERED, JOB_DONE, true, 9}, 0, false, 0, 0}, /* units without a price */
        {{ATTEMPT_FAILED, JOB_FAILED, false, 0}, PRICE, false, 0, 0},
        {{ATTEMPT_FAILED, JOB_FAILED, false, 0}, PRICE, true, 5 * PRICE, 0},
        {{ATTEMPT_FAILED, JOB_FAILED, true, 2}, PRICE, false, 2 * PRICE, 0},
        {{ATTEMPT_REFUSED, JOB_DELAYED, false, 0}, PRICE, true, 0, 0},
        {{ATTEMPT_UNSENT, JOB_READY, false, 0}, PRICE, true, 0, 0},
        {{ATTEMPT_UNCERTAIN, JOB_HELD, false, 0}, PRICE, false, 0, 5 * PRICE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)setup(state);
        struct bench *b = *state;
        configure(b->rig->s,
                  (struct terms){.price = cases[i].price, .bills_failed = cases[i].bills_failed});
        int64_t batch = load(b->rig->s, "b", 1, 5, 0);
        assert_int_equal(claim(b), 1);
        assert_int_equal(money_of(b->rig->s, batch).reserved, 5 * cases[i].price);
        assert_int_equal(account_money(b->rig->s).reserved, 5 * cases[i].price);
        settle(b, &b->w.claims[0], cases[i].settle);
        int64_t spent = cases[i].billed + cases[i].maybe;
        struct store_money of_batch = money_of(b->rig->s, batch);
        assert_int_equal(of_batch.reserved, 0);
        assert_int_equal(of_batch.spent, spent);
        assert_int_equal(account_money(b->rig->s).spent, spent);
        for (int by = STORE_BILL_BATCH; by <= STORE_BILL_DAY; by++) {
            struct bill bill = bill_by(b->rig->s, (enum store_bill_by)by);
            assert_int_equal(bill.micros, cases[i].billed);
            assert_int_equal(bill.maybe, cases[i].maybe);
            assert_int_equal(bill.calls, spent > 0);
            assert_int_equal(bill.chars, spent > 0 ? 5 : 0);
        }
        (void)teardown(state);
    }
}

static void a_late_answer_is_billed_once(void **state) {
    struct bench *b = *state;
    int64_t batch = load(b->rig->s, "b", 1, 5, 0);
    assert_int_equal(claim(b), 1);
    struct store_claim first = b->w.claims[0];
    settle(b, &first, (struct terms_of_settle){ATTEMPT_UNCERTAIN, JOB_HELD, false, 0});
    settle(b, &first, (struct terms_of_settle){ATTEMPT_ANSWERED, JOB_DONE, true, 4});
    struct bill bill = bill_by(b->rig->s, STORE_BILL_DAY);
    assert_int_equal(bill.calls, 1);
    assert_int_equal(bill.micros, 4 * PRICE);
    assert_int_equal(bill.maybe, 0);
    assert_int_equal(money_of(b->rig->s, batch).spent, 4 * PRICE);
}

static void see_why(const struct store_job_row *row, void *arg) {
    (void)snprintf(arg, WHY_BYTES, "%s", row->why);
}

static void a_held_job_says_what_it_may_have_cost(void **state) {
    struct bench *b = *state;
    char why[WHY_BYTES];
    (void)load(b->rig->s, "b", 1, 5, 0);
    assert_int_equal(claim(b), 1);
    settle(b, &b->w.claims[0], (struct terms_of_settle){ATTEMPT_UNCERTAIN, JOB_READY, false, 0});
    assert_int_equal(claim(b), 1);
    settle(b, &b->w.claims[0], (struct terms_of_settle){ATTEMPT_UNCERTAIN, JOB_HELD, false, 0});
    OK(store_job(b->rig->s, 1, see_why, why, e));
    assert_string_equal(why, "because; 2 calls may have been billed: 0.01 EUR");
}

/* ---- budgets ----------------------------------------------------------------------------------*/

static void a_batch_stops_at_its_budget(void **state) {
    struct bench *b = *state;
    int64_t batch = load(b->rig->s, "b", 10, 5, 18 * PRICE); /* room for three, and a rest */
    int64_t free_batch = load(b->rig->s, "free", 1, 5, 0), before;
    assert_int_equal(claim(b), 4);
    struct store_money m = money_of(b->rig->s, batch);
    assert_true(m.is_waiting && m.has_budget);
    assert_int_equal(m.reserved, 15 * PRICE);
    assert_int_equal(m.need, 5 * PRICE);
    assert_int_equal(rig_counts_of(b->rig->s, free_batch).count[JOB_RUNNING], 1);
    struct store_claim claims[4];
    memcpy(claims, b->w.claims, sizeof claims);
    assert_int_equal(claim(b), 0);
    for (int i = 0; i < 4; i++) /* one costs less than was set aside: there is room for another */
        settle(b, &claims[i], (struct terms_of_settle){ATTEMPT_ANSWERED, JOB_DONE, true, 4});
    assert_int_equal(claim(b), 1);
    answer(b, &b->w.claims[0]);
    assert_int_equal(money_of(b->rig->s, batch).spent, 17 * PRICE);
    assert_int_equal(claim(b), 0);
    OK(store_batch_budget(b->rig->s, batch, 0, &before, e));
    assert_int_equal(before, 18 * PRICE);
    assert_false(money_of(b->rig->s, batch).is_waiting);
    assert_int_equal(claim(b), 6);
}

static void a_refused_call_gives_its_room_back(void **state) {
    struct bench *b = *state;
    int64_t batch = load(b->rig->s, "b", 2, 5, 5 * PRICE);
    assert_int_equal(claim(b), 1);
    settle(b, &b->w.claims[0], (struct terms_of_settle){ATTEMPT_REFUSED, JOB_DELAYED, false, 0});
    assert_int_equal(claim(b), 1);
    answer(b, &b->w.claims[0]);
    assert_int_equal(money_of(b->rig->s, batch).spent, 5 * PRICE);
    assert_int_equal(claim(b), 0);
}

static void an_account_stops_at_the_days_budget(void **state) {
    struct bench *b = *state;
    configure(b->rig->s, (struct terms){.price = PRICE, .day = 10 * PRICE});
    (void)load(b->rig->s, "a", 3, 5, 0);
    (void)load(b->rig->s, "b", 3, 5, 0);
    assert_int_equal(claim(b), 2);
    assert_true(account_money(b->rig->s).is_waiting);
    assert_true(b->w.turn.next_boot_ms <= clock_boot_ms() + 60000); /* asks again by itself */
    struct store_claim claims[2];
    memcpy(claims, b->w.claims, sizeof claims);
    assert_int_equal(claim(b), 0);
    answer(b, &claims[0]);
    answer(b, &claims[1]);
    assert_int_equal(claim(b), 0);
    assert_int_equal(account_money(b->rig->s).spent, 10 * PRICE);
    configure(b->rig->s, (struct terms){.price = PRICE, .day = 16 * PRICE});
    assert_int_equal(claim(b), 1);
}

/* Such a job would close the budget for good: it is held, and the others go on. */
static void a_job_dearer_than_a_whole_budget_is_held(void **state) {
    struct bench *b = *state;
    char why[WHY_BYTES];
    int64_t changed, before;
    int64_t dear = load(b->rig->s, "dear", 2, 7, 6 * PRICE); /* jobs 1 and 2 */
    configure(b->rig->s, (struct terms){.price = PRICE, .day = 20 * PRICE});
    (void)load(b->rig->s, "long", 1, 30, 0); /* job 3 */
    int64_t others = load(b->rig->s, "others", 2, 5, 0);
    assert_int_equal(claim(b), 2);
    assert_int_equal(rig_counts_of(b->rig->s, others).count[JOB_RUNNING], 2);
    assert_int_equal(rig_counts_of(b->rig->s, dear).count[JOB_HELD], 2);
    assert_false(money_of(b->rig->s, dear).is_waiting);
    assert_false(account_money(b->rig->s).is_waiting);
    OK(store_job(b->rig->s, 1, see_why, why, e));
    assert_string_equal(why,
                        "costs 0.007 EUR, and the whole budget of its batch is 0.006; raise it "
                        "with `ttsq budget`, then `ttsq release`");
    OK(store_job(b->rig->s, 3, see_why, why, e));
    assert_string_equal(why, "costs 0.03 EUR, and the whole budget of its account for a day is "
                             "0.02; raise `budget` in its [account:…], then `ttsq release`");
    OK(store_batch_budget(b->rig->s, dear, 7 * PRICE, &before, e));
    OK(rig_retry(b->rig->s, dear, JOB_BIT(JOB_HELD), &changed, e));
    assert_int_equal(claim(b), 1); /* it just fits; the other one waits for room */
    assert_true(money_of(b->rig->s, dear).is_waiting);
}

/* What waited for room is not wanted any more, or costs less: what is behind it is served. */
static void a_need_is_forgotten_with_its_job(void **state) {
    struct bench *b = *state;
    struct store_changed changed;
    configure(b->rig->s, (struct terms){.price = PRICE, .day = 60 * PRICE});
    (void)load(b->rig->s, "first", 1, 20, 0);
    assert_int_equal(claim(b), 1);
    const struct store_selection large = {.batch_id = load(b->rig->s, "large", 1, 50, 0)};
    assert_int_equal(claim(b), 0); /* the large one closes the account */
    assert_true(account_money(b->rig->s).is_waiting);
    int64_t small = load(b->rig->s, "small", 1, 5, 0);
    OK(store_change(b->rig->s, &large, STORE_CANCEL, false, &changed, e));
    assert_int_equal(changed.jobs, 1);
    assert_int_equal(claim(b), 1);
    answer(b, &b->w.claims[0]);
    assert_int_equal(rig_counts_of(b->rig->s, small).count[JOB_DONE], 1);

    configure(b->rig->s, (struct terms){.price = PRICE});
    int64_t batch = load(b->rig->s, "mixed", 2, 50, 60 * PRICE);
    assert_int_equal(claim(b), 1);
    assert_true(money_of(b->rig->s, batch).is_waiting);
    configure(b->rig->s, (struct terms){.price = 1, .day = 100 * PRICE});
    assert_int_equal(claim(b), 1);
    answer(b, &b->w.claims[0]);
}

/* Its profile is none of the workers' any more, and what is behind it is served. */
static void a_need_is_forgotten_when_nobody_calls_its_profile(void **state) {
    struct bench *b = *state;
    configure(b->rig->s, (struct terms){.price = PRICE, .day = 60 * PRICE});
    (void)load(b->rig->s, "first", 1, 20, 0);
    assert_int_equal(claim(b), 1);
    (void)load_as(b->rig->s, "large", "other", 1, 50, 0);
    assert_int_equal(claim(b), 0); /* the large one closes the account */
    assert_true(account_money(b->rig->s).is_waiting);
    int64_t small = load(b->rig->s, "small", 1, 5, 0);
    b->w.want.profiles = "\nsay\n";
    assert_int_equal(claim(b), 0); /* a reload takes a while: others may call it still */
    b->w.want.anew = true;
    assert_int_equal(claim(b), 1);
    assert_int_equal(rig_counts_of(b->rig->s, small).count[JOB_RUNNING], 1);
}

/* However many jobs a turn has room for: else what is cheap takes all that becomes free, and what
 * is dear waits until the day is over. */
static void what_is_cheap_does_not_pass_what_waits_for_room(void **state) {
    struct bench *b = *state;
    configure(b->rig->s, (struct terms){.price = PRICE, .day = 60 * PRICE});
    (void)load(b->rig->s, "first", 1, 20, 0);
    assert_int_equal(claim(b), 1);
    struct store_claim first = b->w.claims[0];
    int64_t large = load(b->rig->s, "large", 1, 50, 0);
    int64_t small = load(b->rig->s, "small", 9, 5, 0);
    int64_t gratis = load_as(b->rig->s, "gratis", "free", 1, 5, 0);
    assert_int_equal(claim(b), 1);
    assert_int_equal(rig_counts_of(b->rig->s, gratis).count[JOB_RUNNING], 1);
    assert_true(account_money(b->rig->s).is_waiting);
    settle(b, &first, (struct terms_of_settle){ATTEMPT_ANSWERED, JOB_DONE, true, 1});
    assert_int_equal(claim(b), 2);
    assert_int_equal(rig_counts_of(b->rig->s, large).count[JOB_RUNNING], 1);
    assert_int_equal(rig_counts_of(b->rig->s, small).count[JOB_RUNNING], 1);
}

/* The wall clock had been a day ahead, and was put right: today's money counts from now on, too. */
static void a_clock_that_was_ahead_opens_no_budget(void **state) {
    struct bench *b = *state;
    configure(b->rig->s, (struct terms){.price = PRICE, .day = 10 * PRICE});
    (void)load(b->rig->s, "a", 9, 5, 0);
    assert_int_equal(claim(b), 2);
    struct store_claim claims[2];
    memcpy(claims, b->w.claims, sizeof claims);
    answer(b, &claims[0]);
    answer(b, &claims[1]);
    (void)rig_sql(b->rig->path, "UPDATE bill SET day = day + 1");
    (void)rig_sql(b->rig->path, "UPDATE attempt SET claimed_ms = claimed_ms + 86400000");
    (void)rig_sql(b->rig->path, "UPDATE account SET day = day + 1");
    assert_int_equal(account_money(b->rig->s).spent, 0);
    assert_int_equal(claim(b), 2);
    memcpy(claims, b->w.claims, sizeof claims);
    answer(b, &claims[0]);
    answer(b, &claims[1]);
    assert_int_equal(account_money(b->rig->s).spent, 10 * PRICE);
    assert_int_equal(claim(b), 0);
}

/* What a profile without a price asks for is served, whatever waits for money before it. */
static void a_closed_budget_keeps_nobody_who_pays_nothing(void **state) {
    struct bench *b = *state;
    b->w.want.claims_max = 1;
    configure(b->rig->s, (struct terms){.price = PRICE, .day = 9 * PRICE});
    (void)load(b->rig->s, "dear", 3, 5, 0);
    int64_t gratis = load_as(b->rig->s, "gratis", "free", 2, 5, 0);
    assert_int_equal(claim(b), 1);
    for (int turns = 0; turns < 4; turns++)
        (void)claim(b);
    assert_int_equal(rig_counts_of(b->rig->s, gratis).count[JOB_RUNNING], 2);
}

/* A batch that finds its budget closed asks for another look: behind it there may be others. */
static void who_finds_no_room_lets_the_next_one_in(void **state) {
    struct bench *b = *state;
    b->w.want.claims_max = 1;
    (void)load(b->rig->s, "poor", 2, 5, 6 * PRICE);
    assert_int_equal(claim(b), 1);
    int64_t others = load(b->rig->s, "others", 1, 9, 0);
    (void)rig_sql(b->rig->path, "UPDATE batch SET vtime = 1000000000 WHERE name = 'others'");
    assert_int_equal(claim(b), 0);
    assert_true(b->w.turn.next_boot_ms <= clock_boot_ms());
    assert_int_equal(claim(b), 1);
    assert_int_equal(rig_counts_of(b->rig->s, others).count[JOB_RUNNING], 1);
}

/* A provider that says nonsense of what a call has cost keeps nobody from settling the next. */
static void nonsense_about_a_cost_is_no_failure(void **state) {
    struct bench *b = *state;
    configure(b->rig->s, (struct terms){.price = 100 * PRICE});
    (void)load(b->rig->s, "a", 3, 5, 0);
    assert_int_equal(claim(b), 3);
    struct store_claim claims[3];
    memcpy(claims, b->w.claims, sizeof claims);
    for (int i = 0; i < 3; i++)
        settle(b, &claims[i],
               (struct terms_of_settle){ATTEMPT_ANSWERED, JOB_DONE, true, 999999999999999});
    assert_int_equal(bill_by(b->rig->s, STORE_BILL_DAY).calls, 3);
}

/* While nothing can be claimed, workers do not wake each other by writing. */
static void a_closed_budget_writes_nothing(void **state) {
    struct bench *b = *state;
    configure(b->rig->s, (struct terms){.price = PRICE, .day = 14 * PRICE});
    (void)load(b->rig->s, "a", 3, 5, 0);
    (void)load(b->rig->s, "b", 3, 5, 8 * PRICE);
    assert_int_equal(claim(b), 2);
    assert_int_equal(claim(b), 0);
    struct store *watcher;
    OK(store_open(&watcher, b->rig->path, STORE_READ, e));
    int64_t before = store_data_version(watcher);
    for (int i = 0; i < 5; i++)
        rig_turn(&b->w, NULL, 0);
    assert_int_equal(store_data_version(watcher), before);
    store_close(watcher);
}

/* ---- many at once -----------------------------------------------------------------------------*/

#define PROCESSES 8
#define RACE_JOBS 400
#define RACE_ROOM 137 /* characters that the budget has room for */
#define RACE_CHARS 3

static struct board {
    atomic_int in_flight_and_billed; /* characters: what the vendor would bill for now */
    atomic_int most;
    atomic_int answered;
} * board;

static void vendor_begin(int chars) {
    int now = atomic_fetch_add(&board->in_flight_and_billed, chars) + chars;
    int most = atomic_load(&board->most);
    while (now > most && !atomic_compare_exchange_weak(&board->most, &most, now)) {
    }
}

static enum attempt_outcome roll(void) {
    int64_t dice = random_below(10);
    return dice < 6 ? ATTEMPT_ANSWERED : dice < 8 ? ATTEMPT_REFUSED : ATTEMPT_UNCERTAIN;
}

static _Noreturn void race(const char *path, int64_t account, int64_t id) {
    struct store *s;
    struct rig_worker w;
    struct store_result result = rig_row_result();
    int idle_turns = 0;
    OK(store_open(&s, path, STORE_WRITE, e));
    rig_worker(s, id, "call");
    rig_worker_init(&w, s, id, account, 4);
    while (idle_turns < 40) {
        rig_turn(&w, NULL, 0);
        size_t n = w.want.claim_count;
        struct store_settle settles[RIG_CALLS_MAX];
        idle_turns = n == 0 ? idle_turns + 1 : 0;
        for (size_t i = 0; i < n; i++)
            vendor_begin(RACE_CHARS);
        for (size_t i = 0; i < n; i++) {
            enum attempt_outcome outcome = roll();
            if (outcome == ATTEMPT_REFUSED)
                atomic_fetch_sub(&board->in_flight_and_billed, RACE_CHARS);
            atomic_fetch_add(&board->answered, outcome == ATTEMPT_ANSWERED);
            settles[i] =
                (struct store_settle){.job_id = w.claims[i].job_id,
                                      .attempt_no = w.claims[i].attempt_no,
                                      .outcome = outcome,
                                      .state = outcome == ATTEMPT_ANSWERED ? JOB_DONE : JOB_READY,
                                      .slot_no = w.slots[0],
                                      .started_ms = 5,
                                      .ended_ms = 9,
                                      .result = outcome == ATTEMPT_ANSWERED ? &result : NULL};
        }
        rig_free_claims(&w);
        for (size_t i = 0; i < w.want.slot_count; i++)
            w.idle[i] = w.slots[i];
        w.want.idle_count = w.want.slot_count;
        w.turn = (struct store_turn){
            .worker_id = id, .settles = settles, .settle_count = n, .wants = NULL};
        OK(store_turn(s, &w.turn, e));
    }
    store_close(s);
    _exit(0);
}

/* What is in flight and what was billed never exceed the budget, at no instant, and at the end no
 * job that would still have fitted is left. */
static void racing_workers_never_exceed_a_budget(const char *budget_of) {
    bool of_batch = strcmp(budget_of, "batch") == 0;
    board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(board != MAP_FAILED);
    struct rig *rig = rig_new(CALLS);
    char path[sizeof rig->path];
    configure(rig->s, (struct terms){.price = PRICE, .day = of_batch ? 0 : RACE_ROOM * PRICE});
    int64_t batch = load(rig->s, "b", RACE_JOBS, RACE_CHARS, of_batch ? RACE_ROOM * PRICE : 0);
    int64_t account = rig->account;
    memcpy(path, rig->path, sizeof path);
    store_close(rig->s); /* an inherited connection would carry its locks into the children */
    rig->s = NULL;
    pid_t pid[PROCESSES];
    for (int i = 0; i < PROCESSES; i++)
        if ((pid[i] = fork()) == 0)
            race(path, account, 1000 + i);
    for (int i = 0; i < PROCESSES; i++)
        rig_wait_ok(pid[i]);
    OK(store_open(&rig->s, path, STORE_WRITE, e));
    rig_verify(rig);
    int64_t spent = money_of(rig->s, batch).spent;
    assert_true(atomic_load(&board->most) <= RACE_ROOM);
    assert_int_equal(spent, atomic_load(&board->in_flight_and_billed) * PRICE);
    assert_int_equal(spent, RACE_ROOM / RACE_CHARS * RACE_CHARS * PRICE);
    assert_int_equal(rig_counts_of(rig->s, batch).count[JOB_DONE], atomic_load(&board->answered));
    rig_free(rig);
    assert_int_equal(munmap(board, sizeof *board), 0);
}

static void eight_workers_keep_a_batchs_budget(void **state) {
    (void)state;
    racing_workers_never_exceed_a_budget("batch");
}

static void eight_workers_keep_a_days_budget(void **state) {
    (void)state;
    racing_workers_never_exceed_a_budget("day");
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_outcome_has_its_cost),
        TEST(a_late_answer_is_billed_once),
        TEST(a_held_job_says_what_it_may_have_cost),
        TEST(a_batch_stops_at_its_budget),
        TEST(a_refused_call_gives_its_room_back),
        TEST(an_account_stops_at_the_days_budget),
        TEST(a_job_dearer_than_a_whole_budget_is_held),
        TEST(a_need_is_forgotten_with_its_job),
        TEST(a_need_is_forgotten_when_nobody_calls_its_profile),
        TEST(what_is_cheap_does_not_pass_what_waits_for_room),
        TEST(a_clock_that_was_ahead_opens_no_budget),
        TEST(a_closed_budget_keeps_nobody_who_pays_nothing),
        TEST(who_finds_no_room_lets_the_next_one_in),
        TEST(nonsense_about_a_cost_is_no_failure),
        TEST(a_closed_budget_writes_nothing),
        cmocka_unit_test(eight_workers_keep_a_batchs_budget),
        cmocka_unit_test(eight_workers_keep_a_days_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
