/*
 * test_store_event: what is told to people is on record exactly when it has happened, once, and
 * not without bound.
 */
#include "tests/lib/store_rig.h"

#include <sqlite3.h>

#include "store/sqlite/event.h"

#define EVENTS_SEEN_MAX 64

struct seen {
    size_t count;
    struct {
        char kind[16], what[128], batch[32], account[32], who[32];
        int64_t id, times, job_id;
    } list[EVENTS_SEEN_MAX];
};

static void on_event(const struct store_event_row *row, void *arg) {
    struct seen *seen = arg;
    assert_true(seen->count < EVENTS_SEEN_MAX);
    size_t i = seen->count++;
    (void)snprintf(seen->list[i].kind, sizeof seen->list[i].kind, "%s", row->kind);
    (void)snprintf(seen->list[i].what, sizeof seen->list[i].what, "%s", row->what);
    (void)snprintf(seen->list[i].batch, sizeof seen->list[i].batch, "%s",
                   row->batch ? row->batch : "");
    (void)snprintf(seen->list[i].account, sizeof seen->list[i].account, "%s",
                   row->account ? row->account : "");
    (void)snprintf(seen->list[i].who, sizeof seen->list[i].who, "%s", row->who ? row->who : "");
    seen->list[i].id = row->id;
    seen->list[i].times = row->times;
    seen->list[i].job_id = row->job_id;
}

static struct seen see(struct rig *rig, const char *batch) {
    struct seen seen = {.count = 0};
    OK(store_events_each(rig->s, &(struct store_events){.batch = batch}, on_event, &seen, e));
    return seen;
}

static void kinds_are(const struct seen *seen, const char *words) {
    char all[512] = "";
    for (size_t i = 0; i < seen->count; i++)
        (void)snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i ? " " : "",
                       seen->list[i].kind);
    assert_string_equal(all, words);
}

/* The one event of a kind. */
static size_t only(const struct seen *seen, const char *kind) {
    size_t found = EVENTS_SEEN_MAX;
    for (size_t i = 0; i < seen->count; i++)
        if (strcmp(seen->list[i].kind, kind) == 0) {
            assert_int_equal(found, EVENTS_SEEN_MAX);
            found = i;
        }
    assert_true(found < EVENTS_SEEN_MAX);
    return found;
}

static int64_t load(struct rig *rig, const char *name, size_t jobs) {
    int64_t id = rig_batch_begin(rig->s, name, 1, 1);
    struct store_job_spec *specs = calloc(jobs, sizeof *specs);
    assert_non_null(specs);
    for (size_t i = 0; i < jobs; i++)
        specs[i] = (struct store_job_spec){.text = "abc", .text_bytes = 3, .chars = 3};
    OK(store_batch_add(rig->s, id, specs, jobs, e));
    OK(store_batch_commit(rig->s, id, e));
    free(specs);
    return id;
}

static void a_batch_comes_and_ends_once_for_each_end(void **state) {
    struct rig *rig = *state;
    int64_t changed, in_flight;
    int64_t id = load(rig, "b", 3);
    struct seen seen = see(rig, "b");
    kinds_are(&seen, "enqueued");
    assert_string_equal(seen.list[0].what, "3 jobs, 9 characters");
    store_set_actor(rig->s, "ann");
    OK(rig_cancel(rig->s, id, &changed, &in_flight, e));
    seen = see(rig, "b");
    kinds_are(&seen, "enqueued command ended");
    assert_string_equal(seen.list[1].what, "cancel: cancelled: 3 jobs");
    assert_string_equal(seen.list[1].who, "ann");
    assert_string_equal(seen.list[2].what, "0 done, 3 cancelled");
    OK(rig_cancel(rig->s, id, &changed, &in_flight, e)); /* nothing happens */
    seen = see(rig, "b");
    assert_int_equal(seen.count, 3);
    OK(rig_retry(rig->s, id, 0, &changed, e));
    OK(rig_cancel(rig->s, id, &changed, &in_flight, e));
    seen = see(rig, "b");
    kinds_are(&seen, "enqueued command ended command command ended");
    rig_verify(rig);
}

static void what_is_rolled_back_is_not_told(void **state) {
    struct rig *rig = *state;
    int64_t before;
    size_t count = see(rig, NULL).count;
    REFUSED(ERR_NOT_FOUND, store_batch_budget(rig->s, 99, 5, &before, e));
    REFUSED(ERR_NOT_FOUND, store_cap(rig->s, "nobody", 5, &before, e));
    int64_t id = rig_batch_begin(rig->s, "gone", 1, 1);
    OK(store_batch_abort(rig->s, id, e));
    assert_int_equal(see(rig, NULL).count, count);
}

static void accounts_are_told_by_what_changed(void **state) {
    struct rig *rig = *state;
    bool was, probes;
    int64_t before;
    store_set_actor(rig->s, "ann");
    OK(store_cap(rig->s, "acme", 7, &before, e));
    OK(store_pause(rig->s, "acme", 0, "tea", e));
    OK(store_pause(rig->s, "acme", 0, "tea", e)); /* it is paused already */
    OK(store_resume(rig->s, "acme", &was, &probes, e));
    OK(store_resume(rig->s, "acme", &was, &probes, e)); /* nothing to end */
    struct seen seen = see(rig, NULL);
    assert_string_equal(seen.list[only(&seen, "command")].what, "cap: from 4 to 7 calls at a time");
    assert_string_equal(seen.list[only(&seen, "paused")].what, "tea");
    assert_string_equal(seen.list[only(&seen, "paused")].account, "acme");
    assert_string_equal(seen.list[only(&seen, "resumed")].who, "ann");
}

static void plain_sql_is_told(void **state) {
    struct rig *rig = *state;
    sqlite3 *db;
    assert_int_equal(sqlite3_open(rig->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "PRAGMA wal_autocheckpoint=0;"
                                  "INSERT INTO enqueue(batch, text) VALUES ('s', 'one');"
                                  "INSERT INTO enqueue(batch, text) VALUES ('s', 'two');",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    struct seen seen = see(rig, "s");
    kinds_are(&seen, "enqueued");
    assert_string_equal(seen.list[0].what, "by SQL");
}

static void the_same_again_is_counted_and_moves_to_the_end(void **state) {
    struct rig *rig = *state;
    rig_configure(rig->s, 5);
    rig_configure(rig->s, 6);
    struct seen seen = see(rig, NULL);
    size_t at = seen.count - 1;
    assert_string_equal(seen.list[at].what, "accounts or profiles have changed");
    assert_int_equal(seen.list[at].times, 3);
    assert_string_equal(seen.list[at - 1].what,
                        "cap: from 5 to 6 calls at a time, as the settings say now");
    int64_t after = seen.list[at].id, before;
    OK(store_cap(rig->s, "acme", 2, &before, e));
    rig_configure(rig->s, 7);
    struct seen fresh = {.count = 0};
    OK(store_events_each(rig->s, &(struct store_events){.after = after}, on_event, &fresh, e));
    assert_int_equal(fresh.count, 3); /* a follower hears of it */
    assert_string_equal(fresh.list[1].what,
                        "cap: from 2 (set by hand) to 7 calls at a time, as the settings say now");
    assert_int_equal(fresh.list[2].times, 4);
}

static void only_the_newest_are_kept(void **state) {
    struct rig *rig = *state;
    int64_t before;
    for (int i = 0; i < 3; i++)
        OK(store_cap(rig->s, "acme", 5 + i, &before, e));
    sqlite3 *db;
    assert_int_equal(sqlite3_open(rig->path, &db), SQLITE_OK);
    char *sql = sqlite3_mprintf(
        "PRAGMA wal_autocheckpoint=0; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM "
        "n WHERE i < %d) INSERT INTO event(at_ms, first_ms, kind, what) SELECT i, i, 'command', "
        "'filler' FROM n",
        EVENT_ROWS_MAX + 2 * EVENT_TRIM_EVERY);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_free(sql);
    for (int i = 0; i < EVENT_TRIM_EVERY; i++)
        OK(store_cap(rig->s, "acme", 8 + i, &before, e));
    sqlite3_stmt *stmt;
    assert_int_equal(
        sqlite3_prepare_v2(db, "SELECT count(*), min(at_ms) FROM event", -1, &stmt, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    assert_in_range(sqlite3_column_int64(stmt, 0), EVENT_ROWS_MAX,
                    EVENT_ROWS_MAX + EVENT_TRIM_EVERY);
    assert_true(sqlite3_column_int64(stmt, 1) > 1); /* the oldest have gone */
    sqlite3_finalize(stmt);
    sqlite3_close(db);
}

static int64_t events_of(sqlite3 *db, const char *of) {
    sqlite3_stmt *stmt;
    assert_int_equal(sqlite3_prepare_v2(db, of, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    int64_t events = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return events;
}

/* Batches that come and end by SQL alone: the triggers write their events, and none is ours. */
static void ends_keep_the_log_short(void **state) {
    struct rig *rig = *state;
    struct rig_worker w;
    const struct store_result result = rig_row_result();
    char sql[RIG_PATH_MAX];
    rig_worker(rig->s, 101, "call");
    rig_worker_init(&w, rig->s, 101, rig->account, 1);
    sqlite3 *db;
    assert_int_equal(sqlite3_open(rig->path, &db), SQLITE_OK);
    (void)snprintf(sql, sizeof sql,
                   "PRAGMA wal_autocheckpoint=0; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT "
                   "i + 1 FROM n WHERE i < %d) INSERT INTO event(at_ms, first_ms, kind, what) "
                   "SELECT i, i, 'command', 'filler' FROM n",
                   EVENT_ROWS_MAX);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    for (int i = 0; i < EVENT_TRIM_EVERY; i++) {
        (void)snprintf(sql, sizeof sql, "INSERT INTO enqueue(batch, text) VALUES ('b%d', 'x')", i);
        assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
        rig_turn(&w, NULL, 0);
        assert_int_equal(w.want.claim_count, 1);
        const struct store_settle settle = {.job_id = w.claims[0].job_id,
                                            .attempt_no = w.claims[0].attempt_no,
                                            .outcome = ATTEMPT_ANSWERED,
                                            .state = JOB_DONE,
                                            .slot_no = w.slots[0],
                                            .result = &result};
        rig_settle(&w, &settle);
        rig_free_claims(&w);
        w.idle[0] = w.slots[0];
        w.want.idle_count = 1;
    }
    assert_int_equal(events_of(db, "SELECT count(*) FROM event WHERE kind = 'ended'"),
                     EVENT_TRIM_EVERY);
    assert_in_range(events_of(db, "SELECT count(*) FROM event"), EVENT_ROWS_MAX,
                    EVENT_ROWS_MAX + EVENT_TRIM_EVERY);
    sqlite3_close(db);
}

static int set_up(void **state) {
    *state = rig_new(4);
    return 0;
}

static int tear_down(void **state) {
    rig_free(*state);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_batch_comes_and_ends_once_for_each_end),
        TEST(what_is_rolled_back_is_not_told),
        TEST(accounts_are_told_by_what_changed),
        TEST(plain_sql_is_told),
        TEST(the_same_again_is_counted_and_moves_to_the_end),
        TEST(only_the_newest_are_kept),
        TEST(ends_keep_the_log_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
