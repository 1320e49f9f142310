/* test_err: messages are cut and never overrun, codes map to the exit codes that scripts
 * rely on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "base/err.h"

static void a_message_says_what_and_where(void **state) {
    (void)state;
    struct err e = {0};
    assert_false(err_set(&e, ERR_INPUT, "line %d", 7));
    assert_int_equal(e.code, ERR_INPUT);
    assert_string_equal(e.msg, "line 7");
    assert_null(e.origin);
    assert_false(err_prefix(&e, "%s", "list.txt"));
    assert_string_equal(e.msg, "list.txt: line 7");
    assert_int_equal(e.code, ERR_INPUT);
}

static void errno_is_mapped_and_kept(void **state) {
    (void)state;
    static const struct {
        int errnum;
        enum err_code code;
    } rows[] = {{ENOSPC, ERR_SPACE},
                {EDQUOT, ERR_SPACE},
                {ENOMEM, ERR_MEMORY},
                {EIO, ERR_IO},
                {ENOENT, ERR_IO}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err e;
        assert_false(err_set_errno(&e, rows[i].errnum, "cannot open %s", "x"));
        assert_int_equal(e.code, rows[i].code);
        assert_int_equal(e.detail, rows[i].errnum);
        assert_string_equal(e.origin, "errno");
        assert_memory_equal(e.msg, "cannot open x: ", 15);
        assert_string_equal(e.msg + 15, strerror(rows[i].errnum));
    }
}

static void long_messages_are_cut(void **state) {
    (void)state;
    char text[3 * ERR_MSG_MAX];
    for (size_t bytes = 0; bytes < sizeof text; bytes++) {
        struct err e;
        memset(text, 'x', bytes);
        text[bytes] = '\0';
        size_t most = ERR_MSG_MAX - 1;
        err_set(&e, ERR_FAILED, "%s", text);
        assert_int_equal(strlen(e.msg), bytes < most ? bytes : most);
        err_prefix(&e, "%s", text);
        assert_true(strlen(e.msg) <= most);
        err_set_errno(&e, EIO, "%s", text);
        assert_true(strlen(e.msg) <= most);
    }
}

static void exit_codes_are_the_promised_ones(void **state) {
    (void)state;
    assert_int_equal(err_exit_code(ERR_NONE), 0);
    assert_int_equal(err_exit_code(ERR_FAILED), 1);
    assert_int_equal(err_exit_code(ERR_USAGE), 2);
    assert_int_equal(err_exit_code(ERR_JOBS_FAILED), 3);
    assert_int_equal(err_exit_code(ERR_NOT_FOUND), 4);
    assert_int_equal(err_exit_code(ERR_NO_SERVICE), 5);
    assert_int_equal(err_exit_code(ERR_DB_LOCKED), 6);
    assert_int_equal(err_exit_code(ERR_DB_NEWER), 6);
    assert_int_equal(err_exit_code(ERR_LATER), 75);
    assert_int_equal(err_exit_code(ERR_CONFIG), 78);
    assert_int_equal(err_exit_code(ERR_INTERRUPTED), 130);
    for (int code = ERR_NONE; code < ERR_CODE_COUNT; code++)
        assert_true(*err_text((enum err_code)code) != '\0');
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_says_what_and_where),
        cmocka_unit_test(errno_is_mapped_and_kept),
        cmocka_unit_test(long_messages_are_cut),
        cmocka_unit_test(exit_codes_are_the_promised_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
