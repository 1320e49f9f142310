/* measure.c: see measure.h. */
#include "text/measure.h"

#include "base/utf8.h"

static bool is_han(uint32_t c) {
    return (c >= 0x3400 && c <= 0x4dbf) || (c >= 0x4e00 && c <= 0x9fff) || c == 0x3005 ||
           c == 0x3007 || (c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x3ffff);
}

int measure_code_point(uint32_t code_point, size_t bytes, enum measure_unit unit) {
    if (unit == MEASURE_BYTES)
        return (int)bytes;
    return unit == MEASURE_HAN2 && is_han(code_point) ? 2 : 1;
}

int64_t measure_text(const char *text, size_t bytes, enum measure_unit unit) {
    if (unit == MEASURE_BYTES)
        return (int64_t)bytes;
    int64_t units = (int64_t)utf8_count_codepoints(text, bytes);
    for (size_t at = 0; unit == MEASURE_HAN2 && at < bytes;) {
        uint32_t c = 0;
        size_t n = utf8_decode(text + at, bytes - at, &c);
        units += n >= 3 && is_han(c);
        at += n ? n : 1;
    }
    return units;
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
    for (int64_t units = 0; at < bytes;) {
        uint32_t c = 0;
        size_t n = utf8_decode(text + at, bytes - at, &c);
        n = n ? n : 1;
        units += measure_code_point(c, n, unit);
        if (units > most)
            break;
        at += n;
    }
    return at;
}

const char *measure_unit_name(enum measure_unit unit) {
    static const char *const names[] = {[MEASURE_CODEPOINTS] = "characters",
                                        [MEASURE_BYTES] = "bytes",
                                        [MEASURE_HAN2] = "characters (Chinese counting twice)"};
    return names[unit];
}
