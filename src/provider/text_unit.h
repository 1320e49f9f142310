/*
 * text_unit: in what providers count texts, for their limits. Pure.
 */
#ifndef PROVIDER_TEXT_UNIT_H
#define PROVIDER_TEXT_UNIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(enum, word in the configuration) */
#define TEXT_UNITS(X)                                                                              \
    X(TEXT_CODEPOINTS, "codepoints")                                                               \
    X(TEXT_BYTES, "bytes") /* of UTF-8, before any escaping */                                     \
    X(TEXT_HAN, "han")     /* code points, ideographs count twice */

enum text_unit {
#define TEXT_UNIT_ENUM(name, word) name,
    TEXT_UNITS(TEXT_UNIT_ENUM)
#undef TEXT_UNIT_ENUM
        TEXT_UNIT_COUNT
};

struct text_limit {
    int64_t max; /* 0 = no limit */
    enum text_unit unit;
};

const char *text_unit_word(enum text_unit unit);
bool text_unit_parse(const char *word, enum text_unit *out);

/* Length of `bytes` bytes of valid UTF-8. */
int64_t text_unit_count(enum text_unit unit, const char *s, size_t bytes);

/* Han ideographs, of all their blocks: what East Asian prices count twice. */
bool text_unit_is_han(uint32_t code_point);

#endif
