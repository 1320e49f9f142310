/* test_text_unit: how long texts are, in the units of providers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "provider/text_unit.h"

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
        assert_int_equal(text_unit_count(TEXT_CODEPOINTS, rows[i].text, n), rows[i].codepoints);
        assert_int_equal(text_unit_count(TEXT_BYTES, rows[i].text, n), rows[i].bytes);
        assert_int_equal(text_unit_count(TEXT_HAN, rows[i].text, n), rows[i].han);
    }
}

static void words(void **state) {
    (void)state;
    enum text_unit unit;
    for (int i = 0; i < TEXT_UNIT_COUNT; i++) {
        assert_true(text_unit_parse(text_unit_word((enum text_unit)i), &unit));
        assert_int_equal(unit, i);
    }
    assert_false(text_unit_parse("tokens", &unit));
    assert_false(text_unit_parse("", &unit));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(counts), cmocka_unit_test(words)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
