/* test_queue_state: the two state tables, against themselves and against the schema's CHECK. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "queue/state.h"
#include "tests/lib/read_file.h"

#define SCHEMA SOURCE_DIR "/sql/sqlite/schema/0001_initial.sql"

static void job_texts_go_both_ways(void **state) {
    (void)state;
    for (int i = 0; i < JOB_STATE_COUNT; i++) {
        enum job_state back = JOB_STATE_COUNT;
        assert_true(job_state_parse(job_state_text((enum job_state)i), &back));
        assert_int_equal(back, i);
    }
    enum job_state untouched = JOB_HELD;
    assert_false(job_state_parse("Ready", &untouched));
    assert_false(job_state_parse("", &untouched));
    assert_int_equal(untouched, JOB_HELD);
}

static void outcome_texts_go_both_ways(void **state) {
    (void)state;
    for (int i = 0; i < ATTEMPT_OUTCOME_COUNT; i++) {
        enum attempt_outcome back = ATTEMPT_OUTCOME_COUNT;
        assert_true(attempt_outcome_parse(attempt_outcome_text((enum attempt_outcome)i), &back));
        assert_int_equal(back, i);
    }
    enum attempt_outcome out;
    assert_false(attempt_outcome_parse("answer", &out));
}

static void only_a_running_job_can_end_by_a_call(void **state) {
    (void)state;
    assert_true(job_state_may_become(JOB_READY, JOB_RUNNING));
    assert_true(job_state_may_become(JOB_READY, JOB_DONE));     /* a late answer */
    assert_true(job_state_may_become(JOB_CANCELLED, JOB_DONE)); /* its call was answered */
    assert_false(job_state_may_become(JOB_DELAYED, JOB_RUNNING));
    assert_false(job_state_may_become(JOB_HELD, JOB_RUNNING));
    assert_true(
        job_state_may_become(JOB_CANCELLED, JOB_RUNNING)); /* wanted again during its call */
    for (int i = 0; i < JOB_STATE_COUNT; i++) {
        assert_int_equal(job_state_may_become(JOB_DONE, (enum job_state)i),
                         i == JOB_READY); /* lost */
        assert_false(job_state_may_become((enum job_state)i, (enum job_state)i));
        assert_int_equal(job_state_may_become((enum job_state)i, JOB_FAILED), i == JOB_RUNNING);
    }
}

static void what_is_not_an_end_can_be_cancelled(void **state) {
    (void)state;
    for (int i = 0; i < JOB_STATE_COUNT; i++) {
        enum job_state from = (enum job_state)i;
        bool is_end = from == JOB_DONE || from == JOB_FAILED || from == JOB_CANCELLED;
        assert_int_equal(job_state_may_become(from, JOB_CANCELLED), !is_end);
    }
}

/* The quoted words of the first CHECK behind `column`, each ended by '|'. */
static void words_of_check(const char *sql, const char *column, char *out, size_t out_bytes) {
    const char *at = strstr(sql, column);
    assert_non_null(at);
    const char *end = strchr(at, ')');
    assert_non_null(end);
    size_t used = 0;
    for (const char *open = strchr(at, '\''); open && open < end;) {
        const char *close = strchr(open + 1, '\'');
        assert_non_null(close);
        size_t bytes = (size_t)(close - open - 1);
        assert_true(used + bytes + 2 < out_bytes);
        memcpy(out + used, open + 1, bytes);
        used += bytes;
        out[used++] = '|';
        open = strchr(close + 1, '\'');
    }
    out[used] = '\0';
}

static void expect_words(const char *words, const char *text, size_t *count) {
    char entry[32];
    (void)snprintf(entry, sizeof entry, "%s|", text);
    const char *at = strstr(words, entry);
    assert_non_null(at);
    assert_true(at == words || at[-1] == '|');
    (*count)++;
}

static size_t count_words(const char *words) {
    size_t n = 0;
    for (; *words; words++)
        n += *words == '|';
    return n;
}

static void tables_and_schema_agree(void **state) {
    (void)state;
    struct buf sql;
    char words[512];
    size_t count = 0;
    read_file(SCHEMA, &sql);
    words_of_check(buf_str(&sql), "state TEXT NOT NULL CHECK", words, sizeof words);
    for (int i = 0; i < JOB_STATE_COUNT; i++)
        expect_words(words, job_state_text((enum job_state)i), &count);
    assert_int_equal(count, count_words(words));
    count = 0;
    words_of_check(buf_str(&sql), "outcome TEXT NOT NULL CHECK", words, sizeof words);
    for (int i = 0; i < ATTEMPT_OUTCOME_COUNT; i++)
        expect_words(words, attempt_outcome_text((enum attempt_outcome)i), &count);
    assert_int_equal(count, count_words(words));
    buf_release(&sql);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(job_texts_go_both_ways),
        cmocka_unit_test(outcome_texts_go_both_ways),
        cmocka_unit_test(only_a_running_job_can_end_by_a_call),
        cmocka_unit_test(what_is_not_an_end_can_be_cancelled),
        cmocka_unit_test(tables_and_schema_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
