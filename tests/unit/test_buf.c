/* test_buf: growth, the maximum, and that a chain of appends needs only its last result. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/random.h"
#include "tests/lib/random_below.h"

#define BYTES_MAX 5000

static void content_is_what_was_added(void **state) {
    (void)state;
    static char expected[BYTES_MAX + 64];
    struct buf b;
    buf_init(&b, BYTES_MAX);
    assert_string_equal(buf_str(&b), "");
    size_t bytes = 0;
    while (bytes < BYTES_MAX - 64) {
        char piece[32];
        size_t n = (size_t)random_below(sizeof piece);
        for (size_t i = 0; i < n; i++)
            piece[i] = (char)random_u64();
        assert_true(buf_add(&b, piece, n));
        memcpy(expected + bytes, piece, n);
        bytes += n;
        assert_int_equal(b.bytes, bytes);
        assert_true(bytes == 0 || b.data[bytes] == '\0');
    }
    assert_memory_equal(b.data, expected, bytes);
    buf_release(&b);
}

static void the_maximum_is_reached_and_not_passed(void **state) {
    (void)state;
    for (size_t max = 0; max < 400; max++) {
        struct buf b;
        buf_init(&b, max);
        for (size_t i = 0; i < max; i++)
            assert_true(buf_add_char(&b, 'x'));
        assert_int_equal(b.bytes, max);
        assert_true(b.room <= max + 1);
        assert_false(buf_add_char(&b, 'x'));
        assert_true(b.failed);
        assert_null(b.data);
        assert_int_equal(b.bytes, 0);
        assert_false(buf_add(&b, "", 0));
        assert_false(buf_printf(&b, "y"));
        buf_clear(&b);
        assert_int_equal(buf_add_str(&b, "y"), max > 0);
        buf_release(&b);
    }
}

static void printing_measures_first(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, 1000);
    assert_true(buf_printf(&b, "%s-%0300d", "a", 7));
    assert_int_equal(b.bytes, 302);
    assert_int_equal(b.data[301], '7');
    assert_true(buf_printf(&b, "%d", 42));
    assert_string_equal(b.data + 302, "42");
    buf_release(&b);
}

static void stolen_content_is_the_caller_s(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, 10);
    char *empty = buf_steal(&b);
    assert_string_equal(empty, "");
    assert_true(buf_add_str(&b, "abc"));
    char *data = buf_steal(&b);
    assert_string_equal(data, "abc");
    assert_int_equal(b.bytes, 0);
    assert_true(buf_add_str(&b, "0123456789"));
    assert_false(buf_add_char(&b, 'x'));
    free(empty);
    free(data);
    buf_release(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(content_is_what_was_added),
        cmocka_unit_test(the_maximum_is_reached_and_not_passed),
        cmocka_unit_test(printing_measures_first),
        cmocka_unit_test(stolen_content_is_the_caller_s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
