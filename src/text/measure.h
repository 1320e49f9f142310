/*
 * measure: how long a text is, as a provider counts. Pure.
 */
#ifndef TEXT_MEASURE_H
#define TEXT_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(enum, word in the configuration, what messages call it) */
#define MEASURE_UNITS(X)                                                                           \
    X(MEASURE_CODEPOINTS, "codepoints", "characters")                                              \
    X(MEASURE_BYTES, "bytes", "bytes") /* of UTF-8, before any escaping */                         \
    X(MEASURE_HAN, "han", "characters (Chinese counting twice)") /* see utf8_is_ideograph */

enum measure_unit {
#define MEASURE_ENUM(name, word, called) name,
    MEASURE_UNITS(MEASURE_ENUM)
#undef MEASURE_ENUM
        MEASURE_UNIT_COUNT
};

struct measure_limit {
    int64_t max; /* 0 = no limit */
    enum measure_unit unit;
};

/* False: no unit is called that. */
bool measure_unit_parse(const char *word, enum measure_unit *out);
const char *measure_unit_name(enum measure_unit unit); /* in messages: "characters", "bytes", … */

/* Units of valid UTF-8. */
int64_t measure_text(const char *text, size_t bytes, enum measure_unit unit);

/* How many bytes from the start hold at most `most` units; always whole code points. */
size_t measure_fit(const char *text, size_t bytes, enum measure_unit unit, int64_t most);

#endif
