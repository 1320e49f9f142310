/* chars.c: see chars.h. */
#include "text/chars.h"

#include "base/utf8.h"

uint32_t chars_at(const char *text, size_t bytes, size_t at, size_t *next) {
    uint32_t c = 0;
    *next = at;
    if (at >= bytes)
        return 0;
    if ((unsigned char)text[at] < 0x80) {
        *next = at + 1;
        return (unsigned char)text[at];
    }
    size_t n = utf8_decode(text + at, bytes - at, &c);
    *next = at + (n ? n : 1);
    return n ? c : 0xfffd;
}

uint32_t chars_before(const char *text, size_t from, size_t at, size_t *begin) {
    size_t next;
    *begin = at;
    if (at <= from)
        return 0;
    do
        --*begin;
    while (*begin > from && ((unsigned char)text[*begin] & 0xc0u) == 0x80u);
    return chars_at(text, at, *begin, &next);
}

static bool is_one_of(uint32_t c, const uint32_t *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (list[i] == c)
            return true;
    return false;
}
#define IS_ONE_OF(c, list) is_one_of(c, list, sizeof list / sizeof list[0])

bool chars_is_space(uint32_t c) {
    if (c < 0x80)
        return c == ' ' || (c >= 0x09 && c <= 0x0d);
    return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200b) || c == 0x2028 ||
           c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000 || c == 0xfeff;
}

bool chars_is_closer(uint32_t c) {
    static const uint32_t list[] = {'"',    '\'',   ')',    ']',    '}',    0xab,   0xbb,
                                    0x2018, 0x2019, 0x201c, 0x201d, 0x2039, 0x203a, 0x3009,
                                    0x300b, 0x300d, 0x300f, 0x3011, 0x3015, 0x3017, 0x301e,
                                    0x301f, 0xff02, 0xff09, 0xff3d, 0xff63};
    return IS_ONE_OF(c, list);
}

bool chars_is_opener(uint32_t c) {
    static const uint32_t list[] = {'(',    '[',    '{',    0xbf,   0xa1,   0x201a, 0x201e,
                                    0x3008, 0x300a, 0x300c, 0x300e, 0x3010, 0x3014, 0x3016,
                                    0x301d, 0xff08, 0xff3b, 0xff62, '"',    '\'',   0xab,
                                    0xbb,   0x2018, 0x201c, 0x2039, 0x203a};
    return IS_ONE_OF(c, list);
}

bool chars_is_sentence_mark(uint32_t c) {
    static const uint32_t list[] = {
        '.',    '!',    '?',    0x2026, 0x2025, 0x3002, 0xff01, 0xff1f, 0xff0e, 0xff61, 0x061f,
        0x06d4, 0x0964, 0x0965, 0x0589, 0x1362, 0x1367, 0x104a, 0x104b, 0x17d4, 0x17d5, 0x203c,
        0x203d, 0x2047, 0x2048, 0x2049, 0x0701, 0x0702, 0x1803, 0x1809, 0xfe52, 0xfe56, 0xfe57};
    return IS_ONE_OF(c, list);
}

bool chars_is_cjk(uint32_t c) {
    return (c >= 0x2e80 && c <= 0x9fff) || (c >= 0xf900 && c <= 0xfaff) ||
           (c >= 0xff00 && c <= 0xff9f) || (c >= 0x20000 && c <= 0x3ffff);
}

size_t chars_skip_space(const char *text, size_t bytes, size_t at) {
    size_t next;
    while (at < bytes && chars_is_space(chars_at(text, bytes, at, &next)))
        at = next;
    return at;
}

size_t chars_skip_space_back(const char *text, size_t from, size_t at) {
    size_t begin;
    while (at > from && chars_is_space(chars_before(text, from, at, &begin)))
        at = begin;
    return at;
}
