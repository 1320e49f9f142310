/*
 * price: what a call costs, in whole micro-units of a currency. Pure; integers only, so that what
 * is estimated, reserved, billed and added up is the same number everywhere.
 */
#ifndef QUEUE_PRICE_H
#define QUEUE_PRICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define PRICE_CURRENCY_BYTES 9                     /* 1 to 8 letters and a NUL */
#define PRICE_MONEY_BYTES 48                       /* of price_money_text */
#define PRICE_MICROS_MAX INT64_C(1000000000000000) /* a thousand million: more is a slip */
#define PRICE_UNITS_MAX INT64_C(1000000000000)

/* What is counted. X(name, text in the configuration and the database) */
#define PRICE_UNITS(X)                                                                             \
    X(PRICE_CODEPOINTS, "codepoints")                                                              \
    X(PRICE_BYTES, "bytes") /* of UTF-8 */                                                         \
    X(PRICE_HAN2, "han2")   /* code points, of which an ideograph counts as two (Azure) */         \
    X(PRICE_CALLS, "calls")                                                                        \
    X(PRICE_TOKENS, "tokens~") /* roughly: a token for four code points, one for an ideograph */

enum price_unit {
#define PRICE_ENUM(name, text) name,
    PRICE_UNITS(PRICE_ENUM)
#undef PRICE_ENUM
        PRICE_UNIT_COUNT
};

struct price {
    int64_t micros; /* of `units` units; 0 = no price is known */
    int64_t units;  /* ≥ 1 when there is a price */
    enum price_unit unit;
};

const char *price_unit_text(enum price_unit unit);
bool price_unit_parse(const char *text, enum price_unit *out);

/* "15.00 USD/1M codepoints": an amount with at most six decimals, a currency of 1 to 8 capital
 * letters, and a number of units (K is 1,000, M is 1,000,000; 1 may be left out). ERR_CONFIG. */
bool price_parse(const char *text, struct price *out, char currency[PRICE_CURRENCY_BYTES],
                 struct err *e) MUST_CHECK;

/* "5.00 USD", "5.00" when `currency_optional` (*currency is "" then), with `suffix` ("/day", or "")
 * behind it. ERR_CONFIG. */
bool price_money_parse(const char *text, const char *suffix, bool currency_optional,
                       int64_t *micros, char currency[PRICE_CURRENCY_BYTES],
                       struct err *e) MUST_CHECK;

/* A factor of at most six decimals, "0.5", as millionths, 1 … 1,000,000,000,000. ERR_CONFIG. */
bool price_factor_parse(const char *text, int64_t *millionths, struct err *e) MUST_CHECK;
/* The price times the factor, exactly. False when it leaves the range. */
bool price_multiply(struct price *p, int64_t millionths) MUST_CHECK;

/* Units of a valid UTF-8 text. */
int64_t price_count(enum price_unit unit, const char *text, size_t bytes);

/* What `units` units cost, rounded up to the micro-unit;
 * INT64_MAX when that is too much to write. */
int64_t price_cost(const struct price *p, int64_t units);

/* "1.93" with two to six decimals, as many as it takes; returns out. */
const char *price_money_text(int64_t micros, char out[PRICE_MONEY_BYTES]);

#endif
