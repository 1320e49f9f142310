/* duration.c: see duration.h. */
#include "base/duration.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define DIGITS_MAX 15 /* as thousandths they fit in 64 bits */

static const struct unit {
    const char *name;
    int64_t ms;
} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};

/* A number and *text behind it; -1 when there is none. */
static int64_t take_thousandths(const char **text) {
    const char *s = *text;
    size_t digits = strspn(s, "0123456789");
    int64_t value = 0;
    if (digits == 0 || digits > DIGITS_MAX)
        return -1;
    for (; *s >= '0' && *s <= '9'; s++)
        value = value * 10 + (*s - '0');
    value *= 1000;
    if (*s == '.') {
        int64_t weight = 100;
        for (s++; *s >= '0' && *s <= '9'; s++, weight /= 10)
            value += (*s - '0') * weight;
    }
    *text = s;
    return value;
}

/* A unit and *text behind it, as milliseconds; 0 when there is none. */
static int64_t take_unit_ms(const char **text) {
    size_t bytes = strspn(*text, "msdh");
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strlen(units[i].name) == bytes && memcmp(units[i].name, *text, bytes) == 0) {
            *text += bytes;
            return units[i].ms;
        }
    return 0;
}

bool duration_parse(const char *text, int64_t *ms) {
    int64_t sum_ms = 0;
    do {
        int64_t thousandths = take_thousandths(&text);
        int64_t unit_ms = take_unit_ms(&text);
        if (thousandths < 0 || unit_ms == 0 || thousandths / 1000 > DURATION_MS_MAX / unit_ms)
            return false;
        sum_ms += thousandths * unit_ms / 1000;
        if (sum_ms > DURATION_MS_MAX)
            return false;
    } while (*text);
    *ms = sum_ms;
    return true;
}

const char *duration_text(int64_t ms, char out[DURATION_TEXT_BYTES]) {
    int64_t s = ms / 1000;
    if (s < 60)
        (void)snprintf(out, DURATION_TEXT_BYTES, "%" PRId64 "s", s);
    else if (s < 3600)
        (void)snprintf(out, DURATION_TEXT_BYTES, "%" PRId64 "m%02ds", s / 60, (int)(s % 60));
    else if (s < 86400)
        (void)snprintf(out, DURATION_TEXT_BYTES, "%" PRId64 "h%02dm", s / 3600, (int)(s / 60 % 60));
    else
        (void)snprintf(out, DURATION_TEXT_BYTES, "%" PRId64 "d", s / 86400);
    return out;
}
