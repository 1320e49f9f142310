/*
 * test_store_plans: what SQLite makes of the statements of sql/sqlite/query, and whether code,
 * schema and statements agree.
 *
 * To add a statement: put it on a list below when it is not a plain search.
 */
#include "tests/lib/store_rig.h"

#include <dirent.h>
#include <sqlite3.h>

#include "store/sqlite/db.h"

#define SOURCES_MAX (512 * 1024)

static const struct {
    const char *name, *text;
} statements[] = {
#define STATEMENT(name, text) {#name, text},
    SQL_QUERIES(STATEMENT)
#undef STATEMENT
};
#define STATEMENT_COUNT (sizeof statements / sizeof statements[0])

/* Run in every turn or for every job: searches only, nothing is sorted. */
static const char *const hot[] = {
    "account_flow",
    "attempt_insert",
    "attempt_late",
    "attempt_open_of",
    "attempt_settle",
    "attempt_state",
    "batch_any_capped",
    "batch_candidates",
    "batch_count",
    "batch_end",
    "batch_last_seq",
    "batch_loaded",
    "batch_set_vtime",
    "due_list",
    "job_claim",
    "job_next",
    "job_promote",
    "job_settle",
    "job_state",
    "job_keep_answer",
    "job_take_kept",
    "job_take_late",
    "job_text_read",
    "lease_count_from",
    "lease_give",
    "lease_abandon",
    "lease_hold",
    "lease_renew",
    "lease_slots",
    "next_due",
    "profile_same",
    "reap_policy",
    "result_body",
    "worker_known",
    "account_set_pace",
    "job_read",
    "attempt_list",
    "job_ids",
    "job_ids_aside",
    "job_ids_ready",
    "job_look",
    "piece_range",
    "piece_text",
    "piece_answer",
    "piece_follows",
    "piece_shorten",
    "piece_move",
    "piece_moved",
    "piece_list",
    "job_piece_over",
    "job_split",
    "job_text_before",
    "job_text_after",
    "attempt_piece",
    "attempt_outgrown",
    "job_share",
    "job_wait",
    "request_insert",
    "request_owner",
    "request_take",
    "waiter_done",
    "waiter_list",
    "waiter_next_owner",
    "waiter_owner",
    "account_bill",
    "account_budget",
    "account_need",
    "attempt_cost",
    "batch_bill",
    "batch_need",
    "bill_add",
    "bill_of_attempt",
    "job_too_dear",
    "job_unclaim",
    "request_known",
    "account_set_gate",
    "account_set_breaker",
    "attempt_failed_since",
    "level_put",
    "next_start",
    "start_due",
    "start_jobs",
    "batch_set_plan",
};

/* Tables that may be scanned by any statement: as many rows as accounts, workers or slots,
 * or EVENT_ROWS_MAX; those of a pragma have one. */
static const char *const small[] = {"account",
                                    "a",
                                    "lease",
                                    "l",
                                    "worker",
                                    "w",
                                    "meta",
                                    "event",
                                    "pragma_page_count",
                                    "pragma_page_size",
                                    "pragma_freelist_count"};

/* These look at everything: when the kernel has booted or the configuration has changed, for `ttsq
 * check`, for a list of all names. */
static const char *const whole[] = {
    "boot_delayed",       "boot_leases",   "boot_accounts",        "batch_names",
    "verify_running",     "verify_counts", "batch_follow_profile", "audit_attempts",
    "audit_results",      "audit_shared",  "verify_money",         "verify_references",
    "batch_forget_needs", "boot_endings",  "prune_bill",           "prune_due"};

static bool is_in(const char *name, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, list[i]) == 0)
            return true;
    return false;
}
#define IS_IN(name, list) is_in(name, list, sizeof(list) / sizeof(list)[0])

static bool begins_with(size_t statement, const char *word) {
    const char *text = statements[statement].text;
    return strncmp(text + strspn(text, " \n"), word, strlen(word)) == 0;
}

/* Calls `step` for every line of the plan. */
static void plan_of(sqlite3 *db, size_t statement,
                    void (*step)(const char *name, const char *line)) {
    char *sql = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", statements[statement].text);
    sqlite3_stmt *stmt = NULL;
    assert_non_null(sql);
    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
        fail_msg("%s: %s", statements[statement].name, sqlite3_errmsg(db));
    while (sqlite3_step(stmt) == SQLITE_ROW)
        step(statements[statement].name, (const char *)sqlite3_column_text(stmt, 3));
    assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
    sqlite3_free(sql);
}

static void every_statement_fits_the_schema(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    for (enum query q = 0; q < QUERY_COUNT; q++) {
        sqlite3_stmt *stmt = db_query(rig->s, q, NO_BINDS);
        if (!stmt)
            fail_msg("%s: %s", statements[q].name, sqlite3_errmsg(rig->s->db));
        db_done(stmt);
    }
    rig_free(rig);
}

static bool searched; /* the plan that is being read has a SEARCH */

static void check_hot(const char *name, const char *line) {
    if (strncmp(line, "SCAN", 4) == 0 || strstr(line, "TEMP B-TREE"))
        fail_msg("%s is hot, but: %s", name, line);
    if (strncmp(line, "SEARCH", 6) == 0)
        searched = true;
}

static void hot_statements_search(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    for (size_t h = 0; h < sizeof hot / sizeof hot[0]; h++) {
        size_t i = 0;
        while (i < STATEMENT_COUNT && strcmp(statements[i].name, hot[h]) != 0)
            i++;
        if (i == STATEMENT_COUNT)
            fail_msg("%s: on the list, but there is no such statement", hot[h]);
        searched = false;
        plan_of(rig->s->db, i, check_hot);
        if (!searched && !begins_with(i, "INSERT"))
            fail_msg("%s: does not search", hot[h]);
    }
    rig_free(rig);
}

/* "SCAN t USING …", "SCAN t": true when t is a small table. */
static bool is_small_scan(const char *line) {
    char table[64];
    size_t n = strcspn(line + 5, " ");
    assert_true(n < sizeof table);
    memcpy(table, line + 5, n);
    table[n] = '\0';
    return IS_IN(table, small);
}

static void check_cold(const char *name, const char *line) {
    if (strncmp(line, "SCAN ", 5) == 0 && !is_small_scan(line) && !strstr(line, "CONSTANT ROW"))
        fail_msg("%s: %s", name, line);
}

static void other_statements_scan_small_tables_only(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    for (size_t i = 0; i < STATEMENT_COUNT; i++)
        if (!IS_IN(statements[i].name, whole) && !begins_with(i, "PRAGMA"))
            plan_of(rig->s->db, i, check_cold);
    rig_free(rig);
}

/* All of src/store/sqlite/ *.c in one string. */
static char *read_sources(void) {
    static const char dir_path[] = SOURCE_DIR "/src/store/sqlite";
    char *all = malloc(SOURCES_MAX), path[1024];
    size_t bytes = 0;
    DIR *dir = opendir(dir_path);
    assert_non_null(all);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        const char *dot = strrchr(entry->d_name, '.');
        if (!dot || strcmp(dot, ".c") != 0)
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", dir_path, entry->d_name);
        FILE *f = fopen(path, "r");
        assert_non_null(f);
        bytes += fread(all + bytes, 1, SOURCES_MAX - 1 - bytes, f);
        assert_true(bytes < SOURCES_MAX - 1 && feof(f));
        assert_int_equal(fclose(f), 0);
    }
    assert_int_equal(closedir(dir), 0);
    all[bytes] = '\0';
    return all;
}

static bool is_word_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_used(const char *sources, const char *name) {
    char word[128];
    int n = snprintf(word, sizeof word, "Q_%s", name);
    assert_true(n > 0 && (size_t)n < sizeof word);
    for (const char *at = sources; (at = strstr(at, word)) != NULL; at++)
        if (!is_word_char(at[n]))
            return true;
    return false;
}

static void every_statement_is_used(void **state) {
    (void)state;
    char *sources = read_sources();
    for (size_t i = 0; i < STATEMENT_COUNT; i++)
        if (!is_used(sources, statements[i].name))
            fail_msg("sql/sqlite/query/%s.sql is used nowhere", statements[i].name);
    free(sources);
}

static char *schema_of(sqlite3 *db, const char *table) {
    sqlite3_stmt *stmt = NULL;
    assert_int_equal(
        sqlite3_prepare_v2(db, "SELECT sql FROM sqlite_schema WHERE name = ?", -1, &stmt, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_bind_text(stmt, 1, table, -1, SQLITE_STATIC), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    char *sql = strdup((const char *)sqlite3_column_text(stmt, 0));
    assert_non_null(sql);
    assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
    return sql;
}

/* The CHECK (column = … OR …) of a table lists exactly these texts. */
static void check_list(sqlite3 *db, const char *table, const char *column, const char *(*text)(int),
                       int count) {
    char *sql = schema_of(db, table), start[64];
    (void)snprintf(start, sizeof start, "CHECK (%s = ", column);
    char *list = strstr(sql, start);
    assert_non_null(list);
    list = strchr(list, '(') + 1;
    char *end = strchr(list, ')');
    assert_non_null(end);
    *end = '\0';
    int listed = 0;
    for (const char *quote = list; (quote = strchr(quote, '\'')) != NULL; quote++)
        listed++;
    assert_int_equal(listed, 2 * count);
    for (int i = 0; i < count; i++) {
        char quoted[64];
        (void)snprintf(quoted, sizeof quoted, "'%s'", text(i));
        if (!strstr(list, quoted))
            fail_msg("%s.%s does not allow %s", table, column, quoted);
    }
    free(sql);
}

static const char *job_text(int i) {
    return job_state_text((enum job_state)i);
}

static const char *outcome_text(int i) {
    return attempt_outcome_text((enum attempt_outcome)i);
}

static void states_are_those_of_the_schema(void **state) {
    (void)state;
    struct rig *rig = rig_new(4);
    check_list(rig->s->db, "job", "state", job_text, JOB_STATE_COUNT);
    check_list(rig->s->db, "attempt", "outcome", outcome_text, ATTEMPT_OUTCOME_COUNT);
    rig_free(rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_statement_fits_the_schema),
        cmocka_unit_test(hot_statements_search),
        cmocka_unit_test(other_statements_scan_small_tables_only),
        cmocka_unit_test(every_statement_is_used),
        cmocka_unit_test(states_are_those_of_the_schema),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
