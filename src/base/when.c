/* when.c: see when.h. */
#include "base/when.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define MS_PER_S 1000

struct written { /* what the text says, before it is known whether that exists */
    int year, month, day, hour, minute, second;
    bool has_date, has_zone;
    int64_t zone_s; /* east of UTC */
};

static bool refuse(const char *text, const char *what, struct err *e) {
    return err_set(e, ERR_USAGE, "'%.60s' %s", text, what);
}

/* `digits` decimal digits exactly. */
static bool number(const char **at, int digits, int *out) {
    int value = 0;
    for (int i = 0; i < digits; i++) {
        char c = (*at)[i];
        if (c < '0' || c > '9')
            return false;
        value = 10 * value + (c - '0');
    }
    *at += digits;
    *out = value;
    return true;
}

static bool skip(const char **at, char c) {
    if (**at != c)
        return false;
    ++*at;
    return true;
}

static bool read_clock(const char **at, struct written *w) {
    return number(at, 2, &w->hour) && skip(at, ':') && number(at, 2, &w->minute) &&
           (!skip(at, ':') || number(at, 2, &w->second));
}

static bool read_zone(const char **at, struct written *w) {
    int hours, minutes;
    w->has_zone = **at != '\0';
    if (!w->has_zone || skip(at, 'Z') || skip(at, 'z'))
        return true;
    bool west = **at == '-';
    if (!skip(at, '+') && !skip(at, '-'))
        return false;
    if (!number(at, 2, &hours) || !skip(at, ':') || !number(at, 2, &minutes) || hours > 14 ||
        minutes > 59)
        return false;
    w->zone_s = (west ? -1 : 1) * (hours * 3600 + minutes * 60);
    return true;
}

static bool read_date(const char **at, struct written *w) {
    w->has_date = true;
    if (!number(at, 4, &w->year) || !skip(at, '-') || !number(at, 2, &w->month) || !skip(at, '-') ||
        !number(at, 2, &w->day))
        return false;
    if (**at == '\0')
        return true;
    return (skip(at, 'T') || skip(at, 't') || skip(at, ' ')) && read_clock(at, w) &&
           read_zone(at, w);
}

static bool read_written(const char *text, struct written *w) {
    const char *at = text;
    *w = (struct written){0};
    bool date = strlen(text) > 4 && text[4] == '-';
    return (date ? read_date(&at, w) : read_clock(&at, w)) && *at == '\0';
}

static bool is_same(const struct tm *a, const struct tm *b) {
    return a->tm_year == b->tm_year && a->tm_mon == b->tm_mon && a->tm_mday == b->tm_mday &&
           a->tm_hour == b->tm_hour && a->tm_min == b->tm_min && a->tm_sec == b->tm_sec;
}

/* The first moment at which clocks here show `want`; false when none does. */
static bool local_moment(const struct tm *want, time_t *out) {
    bool found = false;
    for (int dst = 1; dst >= 0; dst--) { /* summer time comes first where a time comes twice */
        struct tm guess = *want, shown;
        guess.tm_isdst = dst;
        time_t t = mktime(&guess);
        if (localtime_r(&t, &shown) && is_same(&shown, want) && (!found || t < *out)) {
            *out = t;
            found = true;
        }
    }
    return found;
}

static bool is_in_calendar(struct tm want) {
    const struct tm written = want;
    return timegm(&want) != (time_t)-1 && is_same(&want, &written);
}

static bool of_date(const char *text, const struct written *w, int64_t *out_s, struct err *e) {
    struct tm want = {.tm_year = w->year - 1900,
                      .tm_mon = w->month - 1,
                      .tm_mday = w->day,
                      .tm_hour = w->hour,
                      .tm_min = w->minute,
                      .tm_sec = w->second};
    time_t t;
    if (!is_in_calendar(want))
        return refuse(text, "is not in the calendar", e);
    if (w->has_zone) {
        *out_s = (int64_t)timegm(&want) - w->zone_s;
        return true;
    }
    if (!local_moment(&want, &t))
        return refuse(text,
                      "does not exist here: clocks are set forward over it; take a later time", e);
    *out_s = t;
    return true;
}

/* Today or, when that is over, on the first day that has such a time. */
static bool of_clock(const char *text, const struct written *w, int64_t now_s, int64_t *out_s,
                     struct err *e) {
    if (w->hour > 23 || w->minute > 59 || w->second > 59)
        return refuse(text, "is no time of day", e);
    for (int day = 0; day < 3; day++) {
        time_t now = (time_t)now_s, t;
        struct tm want;
        if (!localtime_r(&now, &want))
            return refuse(text, "cannot be reckoned here", e);
        want.tm_mday += day;
        want.tm_hour = 12; /* for the date only */
        want.tm_isdst = -1;
        (void)mktime(&want);
        want.tm_hour = w->hour;
        want.tm_min = w->minute;
        want.tm_sec = w->second;
        if (local_moment(&want, &t) && t > now_s) {
            *out_s = t;
            return true;
        }
    }
    return refuse(text, "does not come within two days", e);
}

bool when_parse(const char *text, int64_t now_ms, int64_t *wall_ms, struct err *e) {
    struct written w;
    int64_t at_s = 0, now_s = now_ms / MS_PER_S;
    if (!read_written(text, &w))
        return refuse(text,
                      "is no time: write 06:30, 2026-11-22T06:30 or 2026-11-22T06:30:00+01:00", e);
    if (!(w.has_date ? of_date(text, &w, &at_s, e) : of_clock(text, &w, now_s, &at_s, e)))
        return false;
    if (at_s * MS_PER_S <= now_ms)
        return refuse(text, "is past", e);
    if (at_s * MS_PER_S - now_ms > WHEN_AHEAD_MS_MAX)
        return refuse(text, "is more than a year away", e);
    *wall_ms = at_s * MS_PER_S;
    return true;
}

const char *when_text(int64_t wall_ms, char out[WHEN_TEXT_BYTES]) {
    time_t t = (time_t)(wall_ms / MS_PER_S);
    struct tm local;
    if (!localtime_r(&t, &local) ||
        strftime(out, WHEN_TEXT_BYTES, "%Y-%m-%d %H:%M:%S %Z", &local) == 0)
        (void)snprintf(out, WHEN_TEXT_BYTES, "%lld", (long long)wall_ms);
    return out;
}
