/*
 * test_store_sync: what the store has told is on the disk: every commit syncs the log that it wrote
 * to, and nothing but the keeper moves the log into the database.
 */
#include "tests/lib/store_rig.h"

#include "tests/lib/sync_witness.h"

#define WORKER 101
#define PARTS 24
#define PART_CHARS (512 * 1024)

static void wal_of(const struct rig *rig, char path[RIG_PATH_MAX + 32]) {
    (void)snprintf(path, RIG_PATH_MAX + 32, "%s-wal", rig->path);
}

/* Syncs of the log since `from`, and that the last of them came after the last byte. */
static size_t syncs_of_log(const struct rig *rig, size_t from) {
    char path[RIG_PATH_MAX + 32];
    size_t count = 0;
    int at = (int)from - 1;
    wal_of(rig, path);
    while ((at = synced_at(path, (size_t)at + 1)) >= 0)
        count++;
    return count;
}

static void a_commit_waits_for_the_disk(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    struct rig_worker w;
    struct store_result result = rig_row_result();
    size_t before = synced_count;
    rig_batch(rig->s, "b", 1, 3, 1);
    assert_true(syncs_of_log(rig, before) >= 1);
    rig_worker(rig->s, WORKER, "call");
    rig_worker_init(&w, rig->s, WORKER, rig->account, 1);
    before = synced_count;
    rig_turn(&w, NULL, 0);
    assert_int_equal(w.want.claim_count, 1);
    assert_true(syncs_of_log(rig, before) >= 1);
    struct store_settle x = {.job_id = w.claims[0].job_id,
                             .attempt_no = w.claims[0].attempt_no,
                             .outcome = ATTEMPT_ANSWERED,
                             .state = JOB_DONE,
                             .slot_no = 0,
                             .result = &result};
    rig_free_claims(&w);
    before = synced_count;
    rig_settle(&w, &x);
    assert_true(syncs_of_log(rig, before) >= 1);
    rig_free(rig);
}

static void nobody_but_the_keeper_checkpoints(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    char name[16];
    for (int i = 0; i < PARTS; i++) {
        (void)snprintf(name, sizeof name, "b%d", i);
        rig_batch(rig->s, name, 1, PART_CHARS, 1);
    }
    /* SQLite's own checkpoint, after 1000 pages, would let the log begin again */
    assert_true(store_wal_bytes(rig->s) >= (int64_t)PARTS * PART_CHARS);
    size_t before = synced_count;
    OK(store_checkpoint(rig->s, true, e));
    assert_true(synced_at(rig->path, before) >=
                0); /* the database is durable before the log goes */
    assert_int_equal(store_wal_bytes(rig->s), 0);
    rig_free(rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_commit_waits_for_the_disk),
        cmocka_unit_test(nobody_but_the_keeper_checkpoints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
