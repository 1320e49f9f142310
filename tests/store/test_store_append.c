/* test_store_append: what is added to a batch later is put in once,
 * and begins when the batch does. */
#include "tests/lib/store_rig.h"

#include "store/sqlite/db.h"

#define CALLS 4
#define JOBS 3
#define HOUR_MS (3600 * INT64_C(1000))
#define SOURCE "5e"

static int64_t load(const struct rig *rig, const char *name, int64_t start_ms, int64_t delay_ms) {
    const struct store_batch_spec spec = {
        .name = name, .profile = "say", .weight = 1, .producer_id = 1, .start_ms = start_ms};
    struct store_job_spec jobs[JOBS];
    int64_t id;
    OK(store_batch_begin(rig->s, &spec, &id, e));
    for (int i = 0; i < JOBS; i++)
        jobs[i] = (struct store_job_spec){.text = "x",
                                          .text_bytes = 1,
                                          .chars = 1,
                                          .start_ms = start_ms,
                                          .delay_ms = i == 0 ? delay_ms : 0};
    OK(store_batch_add(rig->s, id, jobs, JOBS, e));
    return id;
}

static void the_same_source_is_added_once(void **state) {
    (void)state;
    struct rig *rig = rig_new(CALLS);
    int64_t to = rig_batch(rig->s, "b", 1, 1, 1);
    int64_t one = load(rig, "one", 0, 0),
            two = load(rig, "two", 0, 0); /* neither has seen the other */
    OK(store_batch_append(rig->s, one, to, SOURCE, false, e));
    REFUSED(ERR_INPUT, store_batch_append(rig->s, two, to, SOURCE, false, e));
    assert_int_equal(rig_counts_of(rig->s, to).total, 1 + JOBS);
    OK(store_batch_append(rig->s, two, to, SOURCE, true, e)); /* a person wants it twice */
    assert_int_equal(rig_counts_of(rig->s, to).total, 1 + 2 * JOBS);
    rig_verify(rig);
    rig_free(rig);
}

static void what_is_added_waits_for_the_start(void **state) {
    (void)state;
    struct rig *rig = rig_new(CALLS);
    int64_t next_boot_ms, start_ms = clock_wall_ms() + HOUR_MS;
    int64_t to = load(rig, "night", start_ms, 0);
    OK(store_batch_commit(rig->s, to, e));
    OK(store_batch_append(rig->s, load(rig, "more", 0, 1), to, SOURCE, false, e));
    OK(store_batch_commit(rig->s, load(rig, "day", 0, 1), e));
    usleep(2000); /* a delay is over, in another batch and in this one */
    OK(store_tidy(rig->s, &next_boot_ms, e));
    struct rig_counts counts = rig_counts_of(rig->s, to);
    assert_int_equal(counts.count[JOB_DELAYED], 2 * JOBS);
    assert_int_equal(counts.count[JOB_READY], 0);
    rig_verify(rig);
    assert_int_equal(sqlite3_exec(rig->s->db, "UPDATE batch SET start_ms = 1", NULL, NULL, NULL),
                     SQLITE_OK);
    OK(store_tidy(rig->s, &next_boot_ms, e));
    assert_int_equal(rig_counts_of(rig->s, to).count[JOB_READY], 2 * JOBS);
    OK(store_batch_append(rig->s, load(rig, "late", 0, 0), to, "other", false, e));
    assert_int_equal(rig_counts_of(rig->s, to).count[JOB_READY], 3 * JOBS); /* it has begun */
    rig_verify(rig);
    rig_free(rig);
}

struct order {
    int64_t seq, pieces;
    bool kept;
};

static bool see_order(const struct store_job_row *row, void *arg) {
    struct order *order = arg;
    order->kept = order->kept && row->seq == order->seq + 1;
    order->seq = row->seq;
    order->pieces += row->piece_count;
    return true;
}

/* Two are loaded side by side, and who began first is added last: what is read out of the batch
 * comes in the order in which it was added. */
static void what_is_added_side_by_side_stays_in_order(void **state) {
    (void)state;
    struct rig *rig = rig_new(CALLS);
    struct order order = {.kept = true};
    const size_t ends[] = {1, 2};
    struct store_job_spec more = rig_text_job("yz");
    more.piece_ends = ends;
    more.piece_count = 2;
    int64_t to = rig_batch(rig->s, "b", 1, 1, 1);
    int64_t one = load(rig, "one", 0, 0), two = load(rig, "two", 0, 0);
    OK(store_batch_add(rig->s, one, &more, 1, e));
    OK(store_batch_append(rig->s, two, to, "2", false, e));
    OK(store_batch_append(rig->s, one, to, "1", false, e));
    OK(store_jobs_each(rig->s, to, ~0u, see_order, &order, e));
    assert_int_equal(order.seq, 1 + JOBS + JOBS + 1);
    assert_int_equal(order.pieces, 2);
    assert_true(order.kept);
    rig_verify(rig);
    rig_free(rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_source_is_added_once),
        cmocka_unit_test(what_is_added_waits_for_the_start),
        cmocka_unit_test(what_is_added_side_by_side_stays_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
