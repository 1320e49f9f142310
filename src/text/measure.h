/*
 * measure: how long a text is, as a provider counts. Pure.
 */
#ifndef TEXT_MEASURE_H
#define TEXT_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum text_unit {
    TEXT_CODEPOINTS,
    TEXT_BYTES, /* of UTF-8 */
    TEXT_HAN2,  /* code points, Han ideographs count twice (Azure, MiniMax) */
};

/* What one code point counts, given its length in UTF-8. */
int text_unit_of(uint32_t code_point, size_t bytes, enum text_unit unit);

/* Units of valid UTF-8. */
int64_t text_measure(const char *text, size_t bytes, enum text_unit unit);

/* How many bytes from the start hold at most `most` units; always whole code points. */
size_t text_fit(const char *text, size_t bytes, enum text_unit unit, int64_t most);

const char *text_unit_name(enum text_unit unit); /* for messages: "characters", "bytes", … */

#endif
