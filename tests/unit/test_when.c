/* test_when: dates and times of day as people write them, in zones with and without summer time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/when.h"

/* 2026-03-28T12:00:00Z, the day before Berlin's clocks are set forward */
#define SPRING_MS INT64_C(1774699200000)
/* 2026-10-24T12:00:00Z, the day before they are set back */
#define AUTUMN_MS INT64_C(1792843200000)

static void in_zone(const char *zone) {
    assert_int_equal(setenv("TZ", zone, 1), 0);
    tzset();
}

static void means(const char *text, int64_t now_ms, int64_t seconds_later) {
    struct err e = {.msg = "?"};
    int64_t at = 0;
    if (!when_parse(text, now_ms, &at, &e))
        fail_msg("%s: %s", text, e.msg);
    if (at != now_ms + 1000 * seconds_later)
        fail_msg("%s: %lld s later instead of %lld", text, (long long)((at - now_ms) / 1000),
                 (long long)seconds_later);
}

static void refused(const char *text, int64_t now_ms, const char *part) {
    struct err e = {.msg = "?"};
    int64_t at = 5;
    if (when_parse(text, now_ms, &at, &e))
        fail_msg("%s: was not refused", text);
    assert_int_equal(e.code, ERR_USAGE);
    assert_int_equal(at, 5);
    if (!strstr(e.msg, part))
        fail_msg("%s: '%s' does not say '%s'", text, e.msg, part);
}

static void local_times_are_local(void **state) {
    (void)state;
    in_zone("Europe/Berlin"); /* it is 13:00 there */
    means("13:30", SPRING_MS, 1800);
    means("13:00:01", SPRING_MS, 1);
    means("2026-03-28T13:30", SPRING_MS, 1800);
    means("2026-03-28 13:30:30", SPRING_MS, 1830);
    means("2026-03-29", SPRING_MS, 11 * 3600);
    means("12:00", SPRING_MS, 22 * 3600); /* tomorrow's day has 23 hours */
    in_zone("UTC");
    means("13:30", SPRING_MS, 5400);
    means("12:00", SPRING_MS, 24 * 3600);
}

static void a_zone_of_its_own_counts(void **state) {
    (void)state;
    in_zone("Asia/Tokyo");
    means("2026-03-28T12:00:10Z", SPRING_MS, 10);
    means("2026-03-28T14:00:10+02:00", SPRING_MS, 10);
    means("2026-03-28 07:30:10-04:30", SPRING_MS, 10);
}

static void a_time_that_clocks_skip_does_not_exist(void **state) {
    (void)state;
    in_zone("Europe/Berlin");
    refused("2026-03-29T02:30", SPRING_MS, "set forward");
    means("2026-03-29T03:00", SPRING_MS, 13 * 3600);
    means("02:30", SPRING_MS,
          36 * 3600 + 1800); /* the next one that a clock shows: the day after */
}

static void a_time_that_comes_twice_is_the_first(void **state) {
    (void)state;
    in_zone("Europe/Berlin"); /* 14:00; at 03:00 it is 02:00 again */
    means("2026-10-25T02:30", AUTUMN_MS, 12 * 3600 + 1800);
    means("2026-10-25T03:00", AUTUMN_MS, 14 * 3600);
}

static void what_is_no_time_is_refused(void **state) {
    (void)state;
    in_zone("Europe/Berlin");
    static const char *const bad[] = {"",
                                      "now",
                                      "1:30",
                                      "13:3",
                                      "13:30 ",
                                      "2026-3-28T10:00",
                                      "2026-03-28T10",
                                      "2026-03-28T10:00+1",
                                      "2026-03-28T10:00+01:60",
                                      "2026-03-28T10:00 CET",
                                      "2026-03-28x10:00",
                                      "12:00Z"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refused(bad[i], SPRING_MS, "is no time");
    refused("24:00", SPRING_MS, "no time of day");
    refused("12:60", SPRING_MS, "no time of day");
    refused("2026-02-29", SPRING_MS, "calendar");
    refused("2026-13-01T10:00", SPRING_MS, "calendar");
    refused("2026-04-31T10:00Z", SPRING_MS, "calendar");
    refused("2026-04-30T24:30", SPRING_MS, "calendar");
    refused("2026-03-28T13:00", SPRING_MS, "is past");
    refused("1999-01-01", SPRING_MS, "is past");
    refused("2028-01-01", SPRING_MS, "a year away");
}

static void it_is_shown_as_clocks_here_show_it(void **state) {
    (void)state;
    char out[WHEN_TEXT_BYTES];
    in_zone("Europe/Berlin");
    assert_string_equal(when_text(SPRING_MS, out), "2026-03-28 13:00:00 CET");
    assert_string_equal(when_text(AUTUMN_MS, out), "2026-10-24 14:00:00 CEST");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(local_times_are_local),
        cmocka_unit_test(a_zone_of_its_own_counts),
        cmocka_unit_test(a_time_that_clocks_skip_does_not_exist),
        cmocka_unit_test(a_time_that_comes_twice_is_the_first),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(it_is_shown_as_clocks_here_show_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
