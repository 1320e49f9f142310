/*
 * fact_time.c: fact_read_wait_ms, see fact.h. RFC 9110, 10.2.3 (seconds or a date) and 5.6.7 (the
 * three forms of a date); fractions of seconds, milliseconds, durations and moments are what
 * servers also send. libcurl's own reading floors fractions and takes garbage for 0, so it is not
 * used.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/duration.h"
#include "provider/fact.h"

#define DIGITS_MAX 15 /* more is far beyond every limit, and would not fit after × 1000 */

static int64_t clamp(int64_t ms, int64_t max_ms) {
    if (ms < 0)
        return 0;
    return ms < max_ms ? ms : max_ms;
}

/* "12" or "1.5", as thousandths; -1 when it is neither. Longer than any limit is as good as the
 * longest number. */
static int64_t parse_thousandths(const char *s) {
    size_t n = strspn(s, "0123456789");
    if (n == 0)
        return -1;
    int64_t value = 0;
    for (size_t i = 0; i < n && i < DIGITS_MAX; i++)
        value = value * 10 + (s[i] - '0');
    value *= 1000;
    if (s[n] == '.') {
        const char *fraction = s + n + 1;
        int64_t weight = 100;
        for (n = 0; fraction[n] >= '0' && fraction[n] <= '9'; n++, weight /= 10)
            value += (fraction[n] - '0') * weight;
        s = fraction;
    }
    return s[n + strspn(s + n, " \t")] ? -1 : value;
}

static int month_of(const char *name) {
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (int i = 0; i < 12; i++)
        if (strncmp(months + 3 * i, name, 3) == 0)
            return i;
    return -1;
}

/* A year of two digits that seems more than 50 years ahead is in the past (RFC 9110, 5.6.7). */
static int full_year(int two_digits, int64_t now_wall_ms) {
    time_t now = (time_t)(now_wall_ms / 1000);
    struct tm tm;
    (void)gmtime_r(&now, &tm);
    int century = tm.tm_year - tm.tm_year % 100;
    int year = century + two_digits;
    return year > tm.tm_year + 50 ? year - 100 : year; /* since 1900 */
}

static bool is_between(int n, int least, int most) {
    return n >= least && n <= most;
}

static bool parse_date(const char *s, int64_t now_wall_ms, int64_t *wall_ms) {
    struct tm tm = {0};
    char month[4] = "";
    char zone[4] = "";
    int end = 0;
    if (sscanf(s, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d %3[A-Z]%n", &tm.tm_mday, month,
               &tm.tm_year, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, zone, &end) == 7)
        tm.tm_year -= 1900;
    else if (sscanf(s, "%*9[A-Za-z], %2d-%3[A-Za-z]-%2d %2d:%2d:%2d %3[A-Z]%n", &tm.tm_mday, month,
                    &tm.tm_year, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, zone, &end) == 7)
        tm.tm_year = full_year(tm.tm_year, now_wall_ms);
    else if (sscanf(s, "%*3[A-Za-z] %3[A-Za-z] %2d %2d:%2d:%2d %4d%n", month, &tm.tm_mday,
                    &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &tm.tm_year, &end) == 6)
        tm.tm_year -= 1900;
    else
        return false;
    tm.tm_mon = month_of(month);
    bool ended = s[end] == '\0' && (!*zone || strcmp(zone, "GMT") == 0);
    bool plausible = ended && tm.tm_mon >= 0 && tm.tm_year >= 0 && is_between(tm.tm_mday, 1, 31) &&
                     is_between(tm.tm_hour, 0, 23) && is_between(tm.tm_min, 0, 59) &&
                     is_between(tm.tm_sec, 0, 60);
    *wall_ms = plausible ? (int64_t)timegm(&tm) * 1000 : 0;
    return plausible;
}

#define EPOCH_MS_MIN INT64_C(100000000000) /* as seconds this would be the year 5138 */

static bool read_seconds(const char *s, int64_t now_wall_ms, int64_t *ms) {
    int64_t in_s = parse_thousandths(s);
    int64_t date_ms = 0;
    if (in_s < 0 && !parse_date(s, now_wall_ms, &date_ms))
        return false;
    *ms = in_s >= 0 ? in_s : date_ms - now_wall_ms;
    return true;
}

static bool read_ms(const char *s, int64_t now_wall_ms, int64_t *ms) {
    (void)now_wall_ms;
    int64_t thousandths = parse_thousandths(s);
    *ms = thousandths / 1000;
    return thousandths >= 0;
}

/* A bare number is of seconds. */
static bool read_duration(const char *s, int64_t now_wall_ms, int64_t *ms) {
    return read_seconds(s, now_wall_ms, ms) || duration_parse(s, ms);
}

static bool read_epoch(const char *s, int64_t now_wall_ms, int64_t *ms) {
    int64_t thousandths = parse_thousandths(s);
    bool is_ms = thousandths / 1000 >= EPOCH_MS_MIN;
    *ms = (is_ms ? thousandths / 1000 : thousandths) - now_wall_ms;
    return thousandths >= 0;
}

int64_t fact_read_wait_ms(const char *value, enum fact_as as, int64_t now_wall_ms, int64_t max_ms) {
    static bool (*const readers[])(const char *, int64_t, int64_t *) = {
        [FACT_TEXT] = read_seconds, [FACT_NUMBER] = read_seconds,    [FACT_SECONDS] = read_seconds,
        [FACT_MS] = read_ms,        [FACT_DURATION] = read_duration, [FACT_EPOCH] = read_epoch};
    int64_t ms;
    return *value && readers[as](value, now_wall_ms, &ms) ? clamp(ms, max_ms) : -1;
}
