/* text_unit.c: see text_unit.h. */
#include "provider/text_unit.h"

#include <string.h>

#include "base/utf8.h"

static const char *const words[TEXT_UNIT_COUNT] = {
#define TEXT_UNIT_WORD(name, word) [name] = word,
    TEXT_UNITS(TEXT_UNIT_WORD)
#undef TEXT_UNIT_WORD
};

const char *text_unit_word(enum text_unit unit) {
    return words[unit];
}

bool text_unit_parse(const char *word, enum text_unit *out) {
    for (int i = 0; i < TEXT_UNIT_COUNT; i++) {
        if (strcmp(words[i], word) != 0)
            continue;
        *out = (enum text_unit)i;
        return true;
    }
    return false;
}

/* Unicode 15, blocks "CJK Unified Ideographs" with extensions and compatibility ideographs, and the
 * two characters that are written among them. */
bool text_unit_is_han(uint32_t c) {
    return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) ||
           (c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x3134f) || c == 0x3005 ||
           c == 0x3007;
}

int64_t text_unit_count(enum text_unit unit, const char *s, size_t bytes) {
    if (unit == TEXT_BYTES)
        return (int64_t)bytes;
    if (unit == TEXT_CODEPOINTS)
        return (int64_t)utf8_count_codepoints(s, bytes);
    int64_t count = 0;
    for (size_t i = 0; i < bytes; count++) {
        uint32_t code_point = 0;
        size_t n = utf8_decode(s + i, bytes - i, &code_point);
        i += n ? n : 1;
        count += n && text_unit_is_han(code_point) ? 1 : 0;
    }
    return count;
}
