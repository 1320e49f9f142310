/*
 * test_store_produce: how a batch comes in: in parts and seen at its commit, or by plain SQL;
 * what a producer that dies, or is taken for dead, leaves behind.
 */
#include "tests/lib/store_rig.h"

#include <sqlite3.h>

#define WORKER 101

/* `second` may be NULL. */
static void add_texts(struct store *s, int64_t batch, const char *first, const char *second) {
    struct store_job_spec jobs[] = {rig_text_job(first), rig_text_job(second ? second : "")};
    OK(store_batch_add(s, batch, jobs, second ? 2 : 1, e));
}

static void a_batch_is_seen_at_its_commit_only(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    struct rig_worker w;
    rig_worker(rig->s, WORKER, "call");
    rig_worker_init(&w, rig->s, WORKER, rig->account, 4);
    int64_t batch = rig_batch_begin(rig->s, "one", 1, 1);
    add_texts(rig->s, batch, "a", "b");
    add_texts(rig->s, batch, "c", NULL);
    assert_int_equal(rig_claims_of(&w), 0);
    assert_true(rig_counts_of(rig->s, batch).loading);
    REFUSED(ERR_INPUT,
            store_batch_begin(rig->s,
                              &(struct store_batch_spec){
                                  .name = "one", .profile = "say", .weight = 1, .producer_id = 1},
                              &batch, e));
    OK(store_batch_commit(rig->s, batch, e));
    assert_int_equal(rig_claims_of(&w), 3);
    assert_false(rig_counts_of(rig->s, batch).loading);
    REFUSED(ERR_FAILED, store_batch_commit(rig->s, batch, e));
    struct store_job_spec late = rig_text_job("late");
    REFUSED(ERR_FAILED, store_batch_add(rig->s, batch, &late, 1, e));
    OK(store_batch_abort(rig->s, batch, e)); /* not loading: nothing happens */
    assert_int_equal(rig_counts_of(rig->s, batch).total, 3);
    rig_verify(rig);
    rig_free(rig);
}

static void an_aborted_batch_leaves_nothing(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    int64_t keep = rig_batch_begin(rig->s, "keep", 1, 1), found;
    int64_t gone = rig_batch_begin(rig->s, "gone", 1, 2);
    add_texts(rig->s, gone, "a", "b");
    add_texts(rig->s, keep, "k", NULL);
    add_texts(rig->s, gone, "c", NULL);
    OK(store_batch_abort(rig->s, gone, e));
    OK(store_batch_commit(rig->s, keep, e));
    REFUSED(ERR_NOT_FOUND, store_batch_by_name(rig->s, "gone", &found, e));
    OK(store_batch_by_name(rig->s, "keep", &found, e));
    assert_int_equal(found, keep);
    REFUSED(ERR_NOT_FOUND, store_job(rig->s, 1, NULL, NULL, e));
    assert_int_equal(rig_counts_of(rig->s, keep).total, 1);
    rig_verify(rig);
    gone = rig_batch(rig->s, "gone", 2, 1, 1); /* the name is free again */
    assert_int_equal(rig_counts_of(rig->s, gone).total, 2);
    rig_free(rig);
}

static void a_dead_producers_batch_is_reaped(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    struct store_reap_report report;
    rig_worker(rig->s, 7, "producer");
    int64_t batch = rig_batch_begin(rig->s, "half", 1, 7), empty, found;
    empty = rig_batch_begin(rig->s, "empty", 1, 7);
    (void)empty;
    for (int i = 0; i < 3; i++)
        add_texts(rig->s, batch, "a", "b");
    for (int i = 0; i < 2; i++) /* twice: idempotent */
        OK(store_reap(rig->s, 7, &(struct store_sent){0}, &report, e));
    REFUSED(ERR_NOT_FOUND, store_batch_by_name(rig->s, "half", &found, e));
    REFUSED(ERR_NOT_FOUND, store_batch_by_name(rig->s, "empty", &found, e));
    rig_verify(rig);
    rig_free(rig);
}

/* A producer that was taken for dead and lives:
 * its batch may go, but never open with a part of it. */
static void a_batch_that_is_being_removed_never_opens(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    struct store_reap_report report;
    rig_worker(rig->s, 7, "producer");
    int64_t batch = rig_batch_begin(rig->s, "half", 1, 7), found;
    struct store_job_spec late = rig_text_job("late");
    add_texts(rig->s, batch, "a", "b");
    rig_sql(rig->path, "UPDATE batch SET producer_id = -producer_id"); /* the keeper died there */
    REFUSED(ERR_FAILED, store_batch_add(rig->s, batch, &late, 1, e));
    REFUSED(ERR_FAILED, store_batch_commit(rig->s, batch, e));
    OK(store_reap(rig->s, 7, &(struct store_sent){0}, &report, e));
    REFUSED(ERR_NOT_FOUND, store_batch_by_name(rig->s, "half", &found, e));
    rig_verify(rig);
    rig_free(rig);
}

/* Its presence was not seen, its load removed, and the batch's id given to another's. */
static void a_producer_taken_for_dead_reaches_no_other_batch(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    struct store *other = NULL;
    struct store_job_spec job = rig_text_job("late");
    struct store_reap_report report;
    OK(store_open(&other, rig->path, STORE_WRITE, e));
    int64_t mine = rig_batch_begin(rig->s, "mine", 1, 501);
    add_texts(rig->s, mine, "a", "b");
    OK(store_reap(other, 501, &(struct store_sent){0}, &report, e));
    int64_t theirs = rig_batch_begin(other, "theirs", 1, 502);
    assert_int_equal(theirs, mine);
    add_texts(other, theirs, "c", NULL);
    REFUSED(ERR_FAILED, store_batch_add(rig->s, mine, &job, 1, e));
    REFUSED(ERR_FAILED, store_batch_commit(rig->s, mine, e));
    OK(store_batch_abort(rig->s, mine, e)); /* nothing of its own is left */
    add_texts(other, theirs, "d", NULL);
    OK(store_batch_commit(other, theirs, e));
    assert_int_equal(rig_counts_of(other, theirs).total, 2);
    store_close(other);
    rig_verify(rig);
    rig_free(rig);
}

static void bad_batches_are_refused(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    char name[STORE_NAME_MAX + 2];
    int64_t id;
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    struct store_batch_spec spec = {.name = "x", .profile = "no", .weight = 1, .producer_id = 1};
    REFUSED(ERR_CONFIG, store_batch_begin(rig->s, &spec, &id, e));
    spec.profile = "say";
    spec.name = name;
    REFUSED(ERR_INPUT, store_batch_begin(rig->s, &spec, &id, e));
    spec.name = "";
    REFUSED(ERR_INPUT, store_batch_begin(rig->s, &spec, &id, e));
    spec.name = "x";
    spec.weight = 0;
    REFUSED(ERR_INPUT, store_batch_begin(rig->s, &spec, &id, e));
    rig_free(rig);
}

static void the_same_input_is_found_again(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    struct store_batch_spec spec = {
        .name = "ch-1", .profile = "say", .weight = 1, .producer_id = 1, .source_sha256 = "ab12"};
    char name[STORE_NAME_MAX + 1];
    int64_t id, found;
    OK(store_batch_begin(rig->s, &spec, &id, e));
    REFUSED(ERR_NOT_FOUND, store_batch_by_source(rig->s, "ab12", &found, name, e));
    OK(store_batch_commit(rig->s, id, e));
    OK(store_batch_by_source(rig->s, "ab12", &found, name, e));
    assert_int_equal(found, id);
    assert_string_equal(name, "ch-1");
    rig_free(rig);
}

/* ---- SQL producers ----------------------------------------------------------------------------*/

static sqlite3 *plain(const char *path) {
    sqlite3 *db;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_busy_timeout(db, 5000), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA wal_autocheckpoint=0", NULL, NULL, NULL), SQLITE_OK);
    return db;
}

static void refused_sql(sqlite3 *db, const char *sql, const char *message) {
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK)
        fail_msg("%s: was not refused", sql);
    if (!strstr(sqlite3_errmsg(db), message))
        fail_msg("%s: says \"%s\" instead of \"%s\"", sql, sqlite3_errmsg(db), message);
}

static void any_program_may_enqueue(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    sqlite3 *db = plain(rig->path);
    assert_int_equal(sqlite3_exec(db, "PRAGMA trusted_schema = OFF", NULL, NULL, NULL), SQLITE_OK);
    struct rig_worker w;
    int64_t batch;
#define DO(sql) assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK)
    DO("BEGIN IMMEDIATE");
    DO("INSERT INTO enqueue(batch, text, name, ext_id, voice) VALUES ('s', 'Gr\xc3\xbc\xc3\x9f "
       "dich',"
       " 'n', '42', 'otto'), ('s', 'two', NULL, NULL, NULL)");
    DO("ROLLBACK");
    REFUSED(ERR_NOT_FOUND, store_batch_by_name(rig->s, "s", &batch, e));
    DO("BEGIN IMMEDIATE");
    DO("INSERT INTO enqueue(batch, text, name, ext_id, voice) VALUES ('s', 'Gr\xc3\xbc\xc3\x9f "
       "dich',"
       " 'n', '42', 'otto'), ('s', 'two', NULL, NULL, NULL)");
    DO("INSERT INTO enqueue(batch, text, profile, priority, weight) VALUES ('t', 'x', 'say', 3, "
       "7)");
    DO("COMMIT");
#undef DO
    OK(store_batch_by_name(rig->s, "s", &batch, e));
    assert_int_equal(rig_counts_of(rig->s, batch).count[JOB_READY], 2);
    rig_worker(rig->s, WORKER, "call");
    rig_worker_init(&w, rig->s, WORKER, rig->account, 4);
    rig_turn(&w, NULL, 0);
    assert_int_equal(w.want.claim_count, 3);
    assert_string_equal(w.claims[0].text, "x");
    assert_string_equal(w.claims[1].text, "Gr\xc3\xbc\xc3\x9f dich");
    assert_int_equal(w.claims[1].chars, 9);
    assert_string_equal(w.claims[1].voice, "otto");
    rig_free_claims(&w);
    rig_verify(rig);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    rig_free(rig);
}

static void bad_sql_enqueues_are_refused(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    sqlite3 *db = plain(rig->path);
    int64_t loading = rig_batch_begin(rig->s, "loading", 1, 1);
    (void)loading;
    refused_sql(db, "INSERT INTO enqueue(batch, text) VALUES (NULL, 'x')", "batch must be a name");
    refused_sql(db, "INSERT INTO enqueue(batch, text) VALUES ('', 'x')", "batch must be a name");
    refused_sql(db, "INSERT INTO enqueue(batch, text) VALUES (printf('%.*c', 129, 'n'), 'x')",
                "batch must be a name");
    refused_sql(db, "INSERT INTO enqueue(batch, text) VALUES ('b', NULL)",
                "text must not be empty");
    refused_sql(db, "INSERT INTO enqueue(batch, text) VALUES ('b', char(32, 10))",
                "text must not be empty");
    refused_sql(db, "INSERT INTO enqueue(batch, text) VALUES ('b', 'a' || char(0) || 'b')",
                "hold NUL");
    refused_sql(db, "INSERT INTO enqueue(batch, text) VALUES ('loading', 'x')",
                "being loaded by another program");
    refused_sql(db, "INSERT INTO enqueue(batch, text, profile) VALUES ('b', 'x', 'no')",
                "enqueue: there is no profile of that name; SELECT name FROM profile");
    refused_sql(db,
                "INSERT INTO enqueue(batch, text, profile) VALUES ('b', 'x', 'say'), "
                "('b', 'y', 'no')",
                "there is no profile of that name");
    refused_sql(db, "INSERT INTO enqueue(batch, text, voice) VALUES ('b', 'x', '')",
                "enqueue: voice must not be empty");
    refused_sql(db, "INSERT INTO enqueue(batch, text, voice) VALUES ('b', 'x', ' ')",
                "NULL is the voice of the profile");
    refused_sql(db, "INSERT INTO enqueue(batch, text, weight) VALUES ('b', 'x', 0)", "CHECK");
    refused_sql(db, "INSERT INTO enqueue(batch, text) VALUES ('b', x'0102')", "TEXT");
    int64_t batch;
    REFUSED(ERR_NOT_FOUND, store_batch_by_name(rig->s, "b", &batch, e));
    rig_verify(rig);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    rig_free(rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_is_seen_at_its_commit_only),
        cmocka_unit_test(an_aborted_batch_leaves_nothing),
        cmocka_unit_test(a_dead_producers_batch_is_reaped),
        cmocka_unit_test(a_batch_that_is_being_removed_never_opens),
        cmocka_unit_test(a_producer_taken_for_dead_reaches_no_other_batch),
        cmocka_unit_test(bad_batches_are_refused),
        cmocka_unit_test(the_same_input_is_found_again),
        cmocka_unit_test(any_program_may_enqueue),
        cmocka_unit_test(bad_sql_enqueues_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
