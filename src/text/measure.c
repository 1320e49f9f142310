/* measure.c: see measure.h. */
#include "text/measure.h"

#include <string.h>

#include "base/utf8.h"

static const struct {
    const char *word, *called;
} units[MEASURE_UNIT_COUNT] = {
#define MEASURE_ROW(name, word, called) [name] = {word, called},
    MEASURE_UNITS(MEASURE_ROW)
#undef MEASURE_ROW
};

bool measure_unit_parse(const char *word, enum measure_unit *out) {
    for (int i = 0; i < MEASURE_UNIT_COUNT; i++)
        if (strcmp(units[i].word, word) == 0) {
            *out = (enum measure_unit)i;
            return true;
        }
    return false;
}

const char *measure_unit_name(enum measure_unit unit) {
    return units[unit].called;
}

int64_t measure_text(const char *text, size_t bytes, enum measure_unit unit) {
    if (unit == MEASURE_BYTES)
        return (int64_t)bytes;
    size_t twice = unit == MEASURE_HAN ? utf8_count_ideographs(text, bytes) : 0;
    return (int64_t)(utf8_count_codepoints(text, bytes) + twice);
}

static size_t fit_bytes(const char *text, size_t bytes, size_t most) {
    if (most >= bytes)
        return bytes;
    while (most > 0 && ((unsigned char)text[most] & 0xc0u) == 0x80u)
        most--;
    return most;
}

size_t measure_fit(const char *text, size_t bytes, enum measure_unit unit, int64_t most) {
    if (most <= 0)
        return 0;
    if (unit == MEASURE_BYTES || (uint64_t)most >= 2 * (uint64_t)bytes)
        return fit_bytes(text, bytes, (size_t)most);
    size_t at = 0;
    for (int64_t used = 0; at < bytes;) {
        uint32_t c = 0;
        size_t n = utf8_decode(text + at, bytes - at, &c);
        n = n ? n : 1;
        used += unit == MEASURE_HAN && utf8_is_ideograph(c) ? 2 : 1;
        if (used > most)
            break;
        at += n;
    }
    return at;
}
