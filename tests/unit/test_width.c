/* test_width: columns of a terminal, for texts of the world. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "text/width.h"

static void columns(void **state) {
    (void)state;
    assert_int_equal(width_of(""), 0);
    assert_int_equal(width_of("plain"), 5);
    assert_int_equal(width_of("Käse"), 4);
    assert_int_equal(width_of("第二章"), 6);
    assert_int_equal(width_of("ひらがな"), 8);
    assert_int_equal(width_of("ｶﾅ"), 2);      /* halfwidth */
    assert_int_equal(width_of("e\u0301"), 1); /* a mark upon the e */
    assert_int_equal(width_of("हिन्दी"), 5);   /* two of its marks take a column, one does not */
    assert_int_equal(width_of("สวัสดี"), 4);
    assert_int_equal(width_of("\u200b"), 0);
    assert_int_equal(width_of("🎙"), 1); /* neutral */
    assert_int_equal(width_of("😀"), 2);
    assert_int_equal(width_of("a\xff"
                              "b"),
                     3);
}

static void what_fits(void **state) {
    (void)state;
    assert_int_equal(width_fit("plain", 3), 3);
    assert_int_equal(width_fit("plain", 99), 5);
    assert_int_equal(width_fit("第二章", 6), 9);
    assert_int_equal(width_fit("第二章", 5), 6); /* half a character does not fit */
    assert_int_equal(width_fit("第二章", 1), 0);
    assert_int_equal(width_fit("e\u0301x", 1), 3); /* the mark stays with its letter */
    assert_int_equal(width_fit("", 0), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(columns), cmocka_unit_test(what_fits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
