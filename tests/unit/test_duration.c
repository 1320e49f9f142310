/* test_duration: lengths of time as people and providers write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>

#include "base/duration.h"

#define UNTOUCHED (-7)

static void is_read_or_left(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } rows[] = {
        {"250ms", 250},
        {"90s", 90000},
        {"5m", 300000},
        {"1h", 3600000},
        {"2d", 172800000},
        {"0s", 0},
        {"1.5s", 1500},
        {"1.s", 1000},
        {"0.0004s", 0},
        {"1.23456s", 1234},
        {"0.5d", 43200000},
        {"6m0s", 360000},
        {"3m05s", 185000},
        {"2h10m", 7800000},
        {"36500d", DURATION_MS_MAX},
        {"36500d1ms", UNTOUCHED},
        {"36500.5d", UNTOUCHED},
        {"999999999999999d", UNTOUCHED},
        {"9999999999999999ms", UNTOUCHED}, /* more digits than are read */
        {"", UNTOUCHED},
        {"5", UNTOUCHED},
        {"s", UNTOUCHED},
        {".5s", UNTOUCHED},
        {"-5s", UNTOUCHED},
        {"+5s", UNTOUCHED},
        {" 5s", UNTOUCHED},
        {"5 s", UNTOUCHED},
        {"5s ", UNTOUCHED},
        {"5S", UNTOUCHED},
        {"5min", UNTOUCHED},
        {"5sm", UNTOUCHED},
        {"1h30", UNTOUCHED},
        {"1e3s", UNTOUCHED},
        {"1..5s", UNTOUCHED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t ms = UNTOUCHED;
        bool is_read = duration_parse(rows[i].text, &ms);
        if (ms != rows[i].ms || is_read != (rows[i].ms != UNTOUCHED))
            fail_msg("'%s': %" PRId64 " instead of %" PRId64, rows[i].text, ms, rows[i].ms);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(is_read_or_left)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
