/* value.c: see value.h. One parser per type, found in a table. */
#include "config/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/duration.h"
#include "base/ensure.h"
#include "base/log.h"
#include "config/config.h"
#include "text/measure.h"

#define DIGITS_MAX 18 /* always fits in 64 bits */
#define WORDS_MAX 32
#define SECOND_US INT64_C(1000000)
#define SECOND_NS INT64_C(1000000000)

struct target {
    const struct key *key;
    void *at;
    const char *folder;
};

bool value_is_name(const char *text) {
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t n = strspn(text, allowed);
    return n > 0 && n <= PROFILE_NAME_MAX && text[n] == '\0';
}

char *value_path(const char *folder, const char *path) {
    if (path[0] == '/')
        return ensure_strdup(path);
    size_t bytes = strlen(folder) + strlen(path) + 2;
    char *out = ensure_alloc(bytes);
    (void)snprintf(out, bytes, "%s/%s", folder, path);
    return out;
}

static void replace_string(void *at, char *value) {
    char **string = at;
    free(*string);
    *string = value;
}

/* Digits at the start of `text`; *rest is behind them. */
static bool parse_digits(const char *text, int64_t *out, const char **rest) {
    size_t n = strspn(text, "0123456789");
    if (n == 0 || n > DIGITS_MAX)
        return false;
    *out = strtoll(text, NULL, 10);
    *rest = text + n;
    return true;
}

static bool fail_range(const struct key *k, const char *text, struct err *e) {
    return err_set(e, ERR_CONFIG, "%.60s is not a whole number from %" PRId64 " to %" PRId64, text,
                   k->min, k->max);
}

static bool parse_ranged(const struct key *k, const char *text, int64_t *out, struct err *e) {
    const char *rest;
    if (!parse_digits(text, out, &rest) || *rest || *out < k->min || *out > k->max)
        return fail_range(k, text, e);
    return true;
}

static bool store_int(const struct target *t, const char *text, struct err *e) {
    int64_t value = 0;
    if (!parse_ranged(t->key, text, &value, e))
        return false;
    int *out = t->at;
    *out = (int)value;
    return true;
}

static bool store_count(const struct target *t, const char *text, struct err *e) {
    int64_t *out = t->at;
    int64_t value = 0;
    if (!parse_ranged(t->key, text, &value, e))
        return false;
    *out = value;
    return true;
}

/* -1 when it is none. */
static int shift_of_unit(const char *unit) {
    static const char *const units[][2] = {{"", "B"}, {"K", "KiB"}, {"M", "MiB"}, {"G", "GiB"}};
    unit += strspn(unit, " ");
    for (int i = 0; i < (int)(sizeof units / sizeof *units); i++)
        if (strcasecmp(unit, units[i][0]) == 0 || strcasecmp(unit, units[i][1]) == 0)
            return 10 * i;
    return -1;
}

static bool store_size(const struct target *t, const char *text, struct err *e) {
    int64_t value;
    const char *unit;
    int shift = parse_digits(text, &value, &unit) ? shift_of_unit(unit) : -1;
    if (shift < 0 || value > t->key->max >> shift || value << shift < t->key->min)
        return err_set(e, ERR_CONFIG,
                       "%.60s is not a size from %" PRId64 " to %" PRId64
                       " bytes (as 64K, 64M, 1G or 64 MiB)",
                       text, t->key->min, t->key->max);
    int64_t *out = t->at;
    *out = value << shift;
    return true;
}

static bool store_age(const struct target *t, const char *text, struct err *e) {
    int64_t *out = t->at;
    if (strcmp(text, "forever") == 0) {
        *out = INT64_MAX;
        return true;
    }
    return duration_parse(text, out) ||
           err_set(e, ERR_CONFIG, "%.60s is neither a time like 12h or 30d nor forever", text);
}

/* The time between two of "N/s", "N/min" or "N/h", rounded up, so that it is never faster than
 * asked; 0 when that is no rate. */
static int64_t interval_of(const char *text, int64_t units_per_second) {
    static const struct {
        const char *unit;
        int64_t seconds;
    } units[] = {{"/s", 1}, {"/min", 60}, {"/h", 3600}};
    int64_t count;
    const char *unit;
    if (!parse_digits(text, &count, &unit) || count <= 0)
        return 0;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        int64_t span = units[i].seconds * units_per_second;
        if (strcmp(unit, units[i].unit) == 0 && count <= span)
            return (span + count - 1) / count;
    }
    return 0;
}

bool value_rate_us(const char *text, int64_t *interval_us) {
    int64_t interval = interval_of(text, SECOND_US);
    if (interval > 0)
        *interval_us = interval;
    return interval > 0;
}

static bool store_interval(const struct target *t, const char *text, int64_t units_per_second,
                           struct err *e) {
    int64_t interval = interval_of(text, units_per_second);
    if (interval == 0)
        return err_set(e, ERR_CONFIG, "%.60s is not a rate like 10/s, 600/min or 5000/h", text);
    int64_t *out = t->at;
    *out = interval;
    return true;
}

static bool store_rate(const struct target *t, const char *text, struct err *e) {
    return store_interval(t, text, SECOND_US, e);
}

static bool store_rate_ns(const struct target *t, const char *text, struct err *e) {
    return store_interval(t, text, SECOND_NS, e);
}

static bool store_length(const struct target *t, const char *text, struct err *e) {
    struct measure_limit limit = {.unit = MEASURE_CODEPOINTS};
    const char *unit;
    if (!parse_digits(text, &limit.max, &unit) || limit.max > t->key->max ||
        (*unit && !measure_unit_parse(unit + strspn(unit, " \t"), &limit.unit)))
        return err_set(e, ERR_CONFIG,
                       "%.60s is not a length like 4096 codepoints, 1024 bytes or 3000 han (code "
                       "points, ideographs count twice)",
                       text);
    struct measure_limit *out = t->at;
    *out = limit;
    return true;
}

static bool store_date(const struct target *t, const char *text, struct err *e) {
    struct tm tm = {0};
    int end = 0;
    if (sscanf(text, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &end) == 3 &&
        end == 10 && !text[end] && tm.tm_year >= 1970) {
        struct tm asked = {
            .tm_year = tm.tm_year - 1900, .tm_mon = tm.tm_mon - 1, .tm_mday = tm.tm_mday};
        struct tm real = asked;
        int64_t seconds = timegm(&real);
        if (real.tm_mday == asked.tm_mday && real.tm_mon == asked.tm_mon) {
            int64_t *out = t->at;
            *out = seconds * 1000;
            return true;
        }
    }
    return err_set(e, ERR_CONFIG, "%.60s is not a date like 2027-01-06", text);
}

static bool store_price(const struct target *t, const char *text, struct err *e) {
    struct profile_price *out = t->at;
    return price_parse(text, &out->price, out->currency, e);
}

static bool store_factor(const struct target *t, const char *text, struct err *e) {
    return price_factor_parse(text, t->at, e);
}

static bool store_budget(const struct target *t, const char *text, struct err *e) {
    struct config_budget *out = t->at;
    out->is_set = price_money_parse(text, "/day", false, &out->day_micros, out->currency, e);
    return out->is_set;
}

/* Index of `text` in "a|b|c", or -1. */
static int index_of_choice(const char *choices, const char *text) {
    size_t n = strlen(text);
    int i = 0;
    for (const char *s = choices;; s++, i++) {
        size_t bytes = strcspn(s, "|");
        if (bytes == n && memcmp(s, text, n) == 0)
            return i;
        s += bytes;
        if (!*s)
            return -1;
    }
}

static bool parse_choice(const struct key *k, const char *text, int *out, struct err *e) {
    *out = index_of_choice(k->choices, text);
    return *out >= 0 || err_set(e, ERR_CONFIG, "%.60s is none of %s", text, k->choices);
}

static bool store_flag(const struct target *t, const char *text, struct err *e) {
    int choice;
    if (!parse_choice(t->key, text, &choice, e))
        return false;
    bool *out = t->at;
    *out = choice == 1;
    return true;
}

static bool store_level(const struct target *t, const char *text, struct err *e) {
    static const int levels[] = {LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG};
    int choice;
    if (!parse_choice(t->key, text, &choice, e))
        return false;
    int *out = t->at;
    *out = levels[choice];
    return true;
}

static bool store_name(const struct target *t, const char *text, struct err *e) {
    if (!value_is_name(text))
        return err_set(e, ERR_CONFIG, "%.60s is not a name: 1 to %d letters, digits, '.', '_', '-'",
                       text, PROFILE_NAME_MAX);
    replace_string(t->at, ensure_strdup(text));
    return true;
}

static bool store_text(const struct target *t, const char *text, struct err *e) {
    if (!*text)
        return err_set(e, ERR_CONFIG, "is empty");
    for (const char *s = text; *s; s++)
        if (*s < ' ' || *s > '~')
            return err_set(e, ERR_CONFIG, "only printable ASCII is allowed");
    replace_string(t->at, ensure_strdup(text));
    return true;
}

static bool store_path(const struct target *t, const char *text, struct err *e) {
    if (!*text)
        return err_set(e, ERR_CONFIG, "is empty");
    replace_string(t->at, value_path(t->folder, text));
    return true;
}

static void free_list(char **list) {
    for (size_t i = 0; list && list[i]; i++)
        free(list[i]);
    free(list);
}

static bool store_list(const struct target *t, const char *text, struct err *e) {
    char **list = ensure_alloc((WORDS_MAX + 1) * sizeof *list);
    size_t count = 0;
    const char *s = text + strspn(text, " \t");
    for (; *s && count < WORDS_MAX; s += strspn(s, " \t")) {
        size_t n = strcspn(s, " \t");
        list[count++] = ensure_strndup(s, n);
        s += n;
    }
    list[count] = NULL;
    if (count == 0 || *s) {
        free_list(list);
        return err_set(e, ERR_CONFIG, "takes 1 to %d words", WORDS_MAX);
    }
    char ***out = t->at;
    free_list(*out);
    *out = list;
    return true;
}

bool value_store(const struct key *key, void *base, const char *text, const char *folder,
                 struct err *e) {
    static bool (*const stores[])(const struct target *, const char *, struct err *) = {
        [KEY_NAME] = store_name,     [KEY_PATH] = store_path,     [KEY_TEXT] = store_text,
        [KEY_INT] = store_int,       [KEY_COUNT] = store_count,   [KEY_SIZE] = store_size,
        [KEY_AGE] = store_age,       [KEY_RATE] = store_rate,     [KEY_RATE_NS] = store_rate_ns,
        [KEY_LENGTH] = store_length, [KEY_FLAG] = store_flag,     [KEY_LEVEL] = store_level,
        [KEY_LIST] = store_list,     [KEY_DATE] = store_date,     [KEY_PRICE] = store_price,
        [KEY_FACTOR] = store_factor, [KEY_BUDGET] = store_budget, [KEY_FILE] = NULL,
    };
    PRE(stores[key->type]);
    struct target t = {.key = key, .at = (char *)base + key->offset, .folder = folder};
    return stores[key->type](&t, text, e);
}
