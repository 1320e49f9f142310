/* price.c: see price.h. */
#include "queue/price.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "base/utf8.h"

#define MICROS INT64_C(1000000)
#define DECIMALS 6
#define CODEPOINTS_A_TOKEN 4

static const char *const unit_texts[PRICE_UNIT_COUNT] = {
#define PRICE_TEXT(name, text) [name] = text,
    PRICE_UNITS(PRICE_TEXT)
#undef PRICE_TEXT
};

const char *price_unit_text(enum price_unit unit) {
    PRE((unsigned)unit < PRICE_UNIT_COUNT);
    return unit_texts[unit];
}

bool price_unit_parse(const char *text, enum price_unit *out) {
    for (int i = 0; i < PRICE_UNIT_COUNT; i++) {
        if (strcmp(unit_texts[i], text) != 0)
            continue;
        *out = (enum price_unit)i;
        return true;
    }
    return false;
}

/* ---- reading ----------------------------------------------------------------------------------*/

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static const char *skip_space(const char *s) {
    return s + strspn(s, " \t");
}

/* Digits with at most DECIMALS behind a point, as millionths; NULL when there is no such number or
 * it is larger than `most`. */
static const char *read_decimal(const char *s, int64_t most, int64_t *out) {
    int64_t value = 0;
    int decimals = -1; /* none yet */
    if (!is_digit(*s))
        return NULL;
    for (; is_digit(*s) || (*s == '.' && decimals < 0 && is_digit(s[1])); s++) {
        if (*s == '.') {
            decimals = 0;
            continue;
        }
        if ((decimals >= 0 && ++decimals > DECIMALS) || value > most)
            return NULL;
        value = 10 * value + (*s - '0');
    }
    for (int i = decimals < 0 ? 0 : decimals; i < DECIMALS; i++) {
        if (value > most / 10)
            return NULL;
        value *= 10;
    }
    *out = value;
    return value <= most ? s : NULL;
}

static const char *read_currency(const char *s, char out[PRICE_CURRENCY_BYTES]) {
    size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    if (n == 0 || n >= PRICE_CURRENCY_BYTES)
        return NULL;
    memcpy(out, s, n);
    out[n] = '\0';
    return s + n;
}

/* "1M", "1000", "" (1) */
static const char *read_units(const char *s, int64_t *out) {
    int64_t value = 0;
    *out = 1;
    if (!is_digit(*s))
        return s;
    for (; is_digit(*s) && value <= PRICE_UNITS_MAX; s++)
        value = 10 * value + (*s - '0');
    int64_t scale = *s == 'K' ? 1000 : *s == 'M' ? MICROS : 1;
    if (value < 1 || value > PRICE_UNITS_MAX / scale)
        return NULL;
    *out = value * scale;
    return scale > 1 ? s + 1 : s;
}

bool price_parse(const char *text, struct price *out, char currency[PRICE_CURRENCY_BYTES],
                 struct err *e) {
    struct price p = {0};
    char found[PRICE_CURRENCY_BYTES];
    const char *s = read_decimal(text, PRICE_MICROS_MAX, &p.micros);
    s = s ? read_currency(skip_space(s), found) : NULL;
    s = s && *skip_space(s) == '/' ? read_units(skip_space(skip_space(s) + 1), &p.units) : NULL;
    if (!s || !price_unit_parse(skip_space(s), &p.unit))
        return err_set(e, ERR_CONFIG,
                       "%.60s is not a price like 15.00 USD/1M codepoints (or bytes, han2, calls, "
                       "tokens~)",
                       text);
    *out = p;
    memcpy(currency, found, sizeof found);
    return true;
}

bool price_money_parse(const char *text, const char *suffix, bool currency_optional,
                       int64_t *micros, char currency[PRICE_CURRENCY_BYTES], struct err *e) {
    int64_t value = 0;
    char found[PRICE_CURRENCY_BYTES] = "";
    const char *s = read_decimal(text, PRICE_MICROS_MAX, &value);
    const char *behind = s ? read_currency(skip_space(s), found) : NULL;
    if (s && !behind && currency_optional)
        behind = s;
    if (!behind || strcmp(skip_space(behind), suffix) != 0)
        return err_set(e, ERR_CONFIG, "%.60s is not an amount like 5.00 USD%s", text, suffix);
    *micros = value;
    memcpy(currency, found, sizeof found);
    return true;
}

bool price_factor_parse(const char *text, int64_t *millionths, struct err *e) {
    int64_t value = 0;
    const char *s = read_decimal(text, MICROS * MICROS, &value);
    if (!s || *s || value == 0)
        return err_set(e, ERR_CONFIG,
                       "%.60s is not a factor like 0.5 or 2, of six decimals at most", text);
    *millionths = value;
    return true;
}

/* ---- counting ---------------------------------------------------------------------------------*/

static int64_t divisor(int64_t a, int64_t b) {
    while (b) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

bool price_multiply(struct price *p, int64_t millionths) {
    int64_t whole = divisor(millionths, MICROS);
    int64_t times = millionths / whole, by = MICROS / whole;
    int64_t common = divisor(p->micros, by);
    struct price out = *p;
    if (common > 1) {
        out.micros /= common;
        by /= common;
    }
    if (__builtin_mul_overflow(out.micros, times, &out.micros) || out.micros > PRICE_MICROS_MAX ||
        __builtin_mul_overflow(out.units, by, &out.units) || out.units > PRICE_UNITS_MAX * MICROS)
        return false;
    *p = out;
    return true;
}

int64_t price_count(enum price_unit unit, const char *text, size_t bytes) {
    switch (unit) {
    case PRICE_CODEPOINTS:
        return (int64_t)utf8_count_codepoints(text, bytes);
    case PRICE_BYTES:
        return (int64_t)bytes;
    case PRICE_HAN2:
        return (int64_t)utf8_count_codepoints(text, bytes) +
               (int64_t)utf8_count_ideographs(text, bytes);
    case PRICE_CALLS:
        return 1;
    case PRICE_TOKENS: {
        int64_t ideographs = (int64_t)utf8_count_ideographs(text, bytes);
        int64_t others = (int64_t)utf8_count_codepoints(text, bytes) - ideographs;
        return ideographs + (others + CODEPOINTS_A_TOKEN - 1) / CODEPOINTS_A_TOKEN;
    }
    case PRICE_UNIT_COUNT:
        break;
    }
    ensure_failed("precondition", "unit is known", __FILE__, __LINE__);
}

__extension__ typedef unsigned __int128 wide; /* of two products of 63 bits */

int64_t price_cost(const struct price *p, int64_t units) {
    PRE(units >= 0 && p->micros >= 0 && (p->micros == 0 || p->units >= 1));
    if (p->micros == 0)
        return 0;
    wide cost = ((wide)units * (wide)p->micros + (wide)p->units - 1) / (wide)p->units;
    return cost > (wide)INT64_MAX ? INT64_MAX : (int64_t)cost;
}

const char *price_money_text(int64_t micros, char out[PRICE_MONEY_BYTES]) {
    uint64_t size = micros < 0 ? -(uint64_t)micros : (uint64_t)micros;
    int n = snprintf(out, PRICE_MONEY_BYTES, "%s%" PRIu64 ".%06" PRIu64, micros < 0 ? "-" : "",
                     size / (uint64_t)MICROS, size % (uint64_t)MICROS);
    ASSERT(n > 0 && n < PRICE_MONEY_BYTES);
    for (int cut = 0; cut < DECIMALS - 2 && out[n - 1] == '0'; cut++)
        out[--n] = '\0';
    return out;
}
