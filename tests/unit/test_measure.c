/* test_measure: how long texts are, in the units of providers, and how much of one fits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "text/measure.h"

static void counts(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t codepoints, bytes, han;
    } rows[] = {
        {"", 0, 0, 0},
        {"abc", 3, 3, 3},
        {"\xc3\xa9", 1, 2, 1},
        {"\xe4\xb8\xad\xe6\x96\x87 ok", 5, 9, 7},      /* two ideographs */
        {"\xe3\x81\x82\xed\x95\x9c", 2, 6, 2},         /* kana and hangul are no ideographs */
        {"\xe3\x80\x82", 1, 3, 1},                     /* nor is the full stop */
        {"\xf0\xa0\x80\x80\xf0\x9f\x98\x80", 2, 8, 3}, /* U+20000, and an emoji */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t n = strlen(rows[i].text);
        assert_int_equal(measure_text(rows[i].text, n, MEASURE_CODEPOINTS), rows[i].codepoints);
        assert_int_equal(measure_text(rows[i].text, n, MEASURE_BYTES), rows[i].bytes);
        assert_int_equal(measure_text(rows[i].text, n, MEASURE_HAN), rows[i].han);
    }
}

static void what_fits_ends_between_code_points(void **state) {
    (void)state;
    const char *mixed = "a\xc3\xa4\xe4\xb8\xad\xf0\x9f\x98\x80";
    assert_int_equal(measure_fit(mixed, strlen(mixed), MEASURE_BYTES, 5), 3);
    assert_int_equal(measure_fit(mixed, strlen(mixed), MEASURE_HAN, 3), 3);
    assert_int_equal(measure_fit(mixed, strlen(mixed), MEASURE_HAN, 4), 6);
    assert_int_equal(measure_fit(mixed, strlen(mixed), MEASURE_CODEPOINTS, 100), 10);
    assert_int_equal(measure_fit(mixed, strlen(mixed), MEASURE_CODEPOINTS, 0), 0);
}

static void words(void **state) {
    (void)state;
    enum measure_unit unit = MEASURE_UNIT_COUNT;
    assert_true(measure_unit_parse("han", &unit));
    assert_int_equal(unit, MEASURE_HAN);
    assert_false(measure_unit_parse("tokens", &unit));
    assert_false(measure_unit_parse("", &unit));
    assert_int_equal(unit, MEASURE_HAN);
    assert_string_equal(measure_unit_name(MEASURE_CODEPOINTS), "characters");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts),
        cmocka_unit_test(what_fits_ends_between_code_points),
        cmocka_unit_test(words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
