/* test_log: whatever a value holds, an event is one line, and a program can tell where it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"

#define SAID_BYTES 4096

static int stderr_kept, from_log;

static void begin_listening(void) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    stderr_kept = dup(STDERR_FILENO);
    assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    close(ends[1]);
    from_log = ends[0];
}

/* What was logged, without its time stamp. */
static const char *end_listening(char said[SAID_BYTES]) {
    dup2(stderr_kept, STDERR_FILENO);
    close(stderr_kept);
    ssize_t n = read(from_log, said, SAID_BYTES - 1);
    close(from_log);
    assert_true(n > 0);
    said[n] = '\0';
    const char *space = strchr(said, ' ');
    assert_non_null(space);
    return space + 1;
}

static void a_message_stays_in_its_quotes(void **state) {
    (void)state;
    char said[SAID_BYTES];
    struct err e;
    err_set(&e, ERR_FAILED, "no \"voice\"\nerror=none why=\\");
    begin_listening();
    log_failure_with(LOG_ERROR, "turn_failed", &e, "settles=%d", 3);
    assert_string_equal(
        end_listening(said),
        "test turn_failed settles=3 why=\"no \\\"voice\\\" error=none why=\\\\\"\n");
    begin_listening();
    log_failure(LOG_ERROR, "turn_failed", &e);
    assert_string_equal(end_listening(said),
                        "test turn_failed why=\"no \\\"voice\\\" error=none why=\\\\\"\n");
}

static void what_is_long_is_cut_within_its_quotes(void **state) {
    (void)state;
    char quotes[100], out[64];
    memset(quotes, '"', sizeof quotes - 1);
    quotes[sizeof quotes - 1] = '\0';
    for (size_t room = 8; room <= sizeof out; room++) {
        log_quote(quotes, out, room);
        size_t bytes = strlen(out);
        assert_true(bytes < room);
        assert_int_equal(out[bytes - 1], '"');
        assert_int_equal(bytes % 2, 0); /* each in it has its backslash */
    }
}

static void words_need_no_quotes(void **state) {
    (void)state;
    char out[32];
    assert_string_equal(log_quote("word-1.5", out, sizeof out), "word-1.5");
    assert_string_equal(log_quote("", out, sizeof out), "\"\"");
    assert_string_equal(log_quote("a=b", out, sizeof out), "\"a=b\"");
    assert_string_equal(log_quote("a\x01\x1f\x7f", out, sizeof out), "\"a   \"");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_stays_in_its_quotes),
        cmocka_unit_test(what_is_long_is_cut_within_its_quotes),
        cmocka_unit_test(words_need_no_quotes),
    };
    log_open("test", LOG_DEBUG);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
