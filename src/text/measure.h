/*
 * measure: how long a text is, as a provider counts. Pure.
 */
#ifndef TEXT_MEASURE_H
#define TEXT_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum measure_unit {
    MEASURE_CODEPOINTS,
    MEASURE_BYTES, /* of UTF-8 */
    MEASURE_HAN2,  /* code points, Han ideographs count twice (Azure, MiniMax) */
};

/* What one code point counts, given its length in UTF-8. */
int measure_code_point(uint32_t code_point, size_t bytes, enum measure_unit unit);

/* Units of valid UTF-8. */
int64_t measure_text(const char *text, size_t bytes, enum measure_unit unit);

/* How many bytes from the start hold at most `most` units; always whole code points. */
size_t measure_fit(const char *text, size_t bytes, enum measure_unit unit, int64_t most);

const char *measure_unit_name(enum measure_unit unit); /* for messages: "characters", "bytes", … */

#endif
