/* test_queue_price: money in whole micro-units:
 * reading prices, counting texts, rounding, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "queue/price.h"

static void prices_are_read_exactly(void **state) {
    static const struct {
        const char *text;
        int64_t micros, units;
        enum price_unit unit;
        const char *currency;
    } good[] = {
        {"15.00 USD/1M codepoints", 15000000, 1000000, PRICE_CODEPOINTS, "USD"},
        {"15 USD / 1M codepoints", 15000000, 1000000, PRICE_CODEPOINTS, "USD"},
        {"0.000001 EUR/1000 bytes", 1, 1000, PRICE_BYTES, "EUR"},
        {"0.015USD/1K han2", 15000, 1000, PRICE_HAN2, "USD"},
        {"0.03 CNY/calls", 30000, 1, PRICE_CALLS, "CNY"},
        {"1 CREDITS/1 codepoints", 1000000, 1, PRICE_CODEPOINTS, "CREDITS"},
        {"0 USD/1M tokens~", 0, 1000000, PRICE_TOKENS, "USD"},
        {"1000000000 USD/calls", PRICE_MICROS_MAX, 1, PRICE_CALLS, "USD"},
    };
    static const char *const bad[] = {
        "",
        "USD/1M codepoints",
        "15 USD",
        "15/1M codepoints",
        "15 USD/1M",
        "15 usd/1M codepoints",
        "15 USD/0 codepoints",
        "15. USD/1 calls",
        "1.0000001 USD/1M codepoints",
        "-1 USD/1M codepoints",
        "1,5 USD/1M codepoints",
        "15 USD/1M words",
        "15 USD/1M codepoints x",
        "1000000001 USD/calls",
        "15 USD/1000001M codepoints",
        "15 ABCDEFGHI/1M codepoints",
        "0x1 USD/calls",
        "99999999999999999999999 USD/calls",
        "15 USD/99999999999999999999 calls",
        "1e3 USD/calls",
        ".5 USD/calls",
    };
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct price p;
        char currency[PRICE_CURRENCY_BYTES];
        struct err e = {.msg = "?"};
        if (!price_parse(good[i].text, &p, currency, &e))
            fail_msg("%s: %s", good[i].text, e.msg);
        assert_int_equal(p.micros, good[i].micros);
        assert_int_equal(p.units, good[i].units);
        assert_int_equal(p.unit, good[i].unit);
        assert_string_equal(currency, good[i].currency);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct price p = {.micros = 7};
        char currency[PRICE_CURRENCY_BYTES] = "untouch";
        struct err e;
        if (price_parse(bad[i], &p, currency, &e))
            fail_msg("'%s' was taken for a price", bad[i]);
        assert_int_equal(e.code, ERR_CONFIG);
        assert_int_equal(p.micros, 7);
        assert_string_equal(currency, "untouch");
    }
}

static void amounts_are_read_exactly(void **state) {
    int64_t micros;
    char currency[PRICE_CURRENCY_BYTES];
    struct err e;
    (void)state;
    assert_true(price_money_parse("5.00 USD/day", "/day", false, &micros, currency, &e));
    assert_int_equal(micros, 5000000);
    assert_string_equal(currency, "USD");
    assert_true(price_money_parse("2.5", "", true, &micros, currency, &e));
    assert_int_equal(micros, 2500000);
    assert_string_equal(currency, "");
    assert_true(price_money_parse("0.000001 EUR", "", true, &micros, currency, &e));
    assert_int_equal(micros, 1);
    assert_string_equal(currency, "EUR");
    assert_false(price_money_parse("5.00/day", "/day", false, &micros, currency, &e));
    assert_false(price_money_parse("5.00 USD", "/day", false, &micros, currency, &e));
    assert_false(price_money_parse("5.00 USD/day", "", true, &micros, currency, &e));
    assert_false(price_money_parse("", "", true, &micros, currency, &e));
}

static void texts_are_counted_by_unit(void **state) {
    static const struct {
        const char *text;
        int64_t count[PRICE_UNIT_COUNT];
    } cases[] = {
        {"abcd", {4, 4, 4, 1, 1}},
        {"abcde", {5, 5, 5, 1, 2}},
        {"\xc3\xa9", {1, 2, 1, 1, 1}},                             /* é */
        {"\xe4\xbd\xa0\xe5\xa5\xbd", {2, 6, 4, 1, 2}},             /* 你好 */
        {"\xe3\x81\x82\xe3\x82\xa2\xed\x95\x9c", {3, 9, 3, 1, 1}}, /* あア한: kana, hangul */
        {"a\xf0\xa0\x80\x80"
         "b",
         {3, 6, 4, 1, 2}},                     /* U+20000 */
        {"\xf0\x9f\x98\x80", {1, 4, 1, 1, 1}}, /* an emoji */
        {"", {0, 0, 0, 1, 0}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int u = 0; u < PRICE_UNIT_COUNT; u++)
            assert_int_equal(price_count((enum price_unit)u, cases[i].text, strlen(cases[i].text)),
                             cases[i].count[u]);
}

static void a_cost_is_rounded_up_and_never_overflows(void **state) {
    (void)state;
    const struct price tts = {15000000, 1000000, PRICE_CODEPOINTS};
    assert_int_equal(price_cost(&tts, 0), 0);
    assert_int_equal(price_cost(&tts, 1), 15);
    assert_int_equal(price_cost(&tts, 3000), 45000);
    const struct price thirds = {1, 3, PRICE_BYTES};
    assert_int_equal(price_cost(&thirds, 1), 1);
    assert_int_equal(price_cost(&thirds, 3), 1);
    assert_int_equal(price_cost(&thirds, 4), 2);
    const struct price most = {PRICE_MICROS_MAX, 1, PRICE_CALLS};
    assert_int_equal(price_cost(&most, INT64_MAX), INT64_MAX);
    assert_int_equal(price_cost(&most, 9223), INT64_C(9223) * PRICE_MICROS_MAX);
    assert_int_equal(price_cost(&most, 9224), INT64_MAX);
    const struct price fine = {PRICE_MICROS_MAX - 1, PRICE_UNITS_MAX, PRICE_BYTES};
    assert_int_equal(price_cost(&fine, PRICE_UNITS_MAX), PRICE_MICROS_MAX - 1);
    assert_int_equal(price_cost(&fine, INT64_MAX - 1), INT64_MAX);
    const struct price none = {0};
    assert_int_equal(price_cost(&none, INT64_MAX), 0);
}

static void a_factor_is_exact(void **state) {
    struct price p = {15000000, 1000000, PRICE_CODEPOINTS};
    int64_t half, third;
    struct err e;
    (void)state;
    assert_true(price_factor_parse("0.5", &half, &e));
    assert_true(price_multiply(&p, half));
    assert_int_equal(price_cost(&p, 1000000), 7500000);
    p = (struct price){1, 1, PRICE_CALLS};
    assert_true(price_factor_parse("0.333333", &third, &e));
    assert_true(price_multiply(&p, third));
    assert_int_equal(price_cost(&p, 1000000), 333333);
    p = (struct price){PRICE_MICROS_MAX, 1, PRICE_CALLS};
    assert_false(price_multiply(&p, 2000000));
    assert_int_equal(p.micros, PRICE_MICROS_MAX);
    assert_false(price_factor_parse("0", &third, &e));
    assert_false(price_factor_parse("1.2345678", &third, &e));
    assert_false(price_factor_parse("2x", &third, &e));
}

static void money_is_written_with_what_it_takes(void **state) {
    static const struct {
        int64_t micros;
        const char *text;
    } cases[] = {{0, "0.00"},
                 {1930000, "1.93"},
                 {1, "0.000001"},
                 {15, "0.000015"},
                 {1500000, "1.50"},
                 {1234567, "1.234567"},
                 {-2500000, "-2.50"},
                 {100000000, "100.00"},
                 {INT64_MAX, "9223372036854.775807"},
                 {INT64_MIN, "-9223372036854.775808"}};
    char out[PRICE_MONEY_BYTES];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(price_money_text(cases[i].micros, out), cases[i].text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prices_are_read_exactly),
        cmocka_unit_test(amounts_are_read_exactly),
        cmocka_unit_test(texts_are_counted_by_unit),
        cmocka_unit_test(a_cost_is_rounded_up_and_never_overflows),
        cmocka_unit_test(a_factor_is_exact),
        cmocka_unit_test(money_is_written_with_what_it_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
