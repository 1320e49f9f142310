/* utf8.c: see utf8.h. ASCII, the common case, goes eight bytes at a time. */
#include "base/utf8.h"

#include <string.h>

#define WORD_BYTES sizeof(uint64_t)
#define EACH_BYTE(b) (UINT64_C(0x0101010101010101) * (b))

static uint64_t load_word(const char *s) {
    uint64_t word;
    memcpy(&word, s, sizeof word);
    return word;
}

/* True when the word's bytes are all 0x01 … 0x7f. Adding 0x7f to such a byte sets its top bit and
 * carries nothing over, as it is below 0x80. */
static bool is_plain_word(uint64_t word) {
    uint64_t tops = EACH_BYTE(0x80u);
    return (word & tops) == 0 && ((word + EACH_BYTE(0x7fu)) & tops) == tops;
}

static bool is_continuation(unsigned char c) {
    return (c & 0xc0u) == 0x80u;
}

/* The second byte has the range of RFC 3629, section 4: narrower where the lead byte alone would
 * allow an overlong form, a surrogate or more than U+10FFFF. */
static bool is_second(unsigned char lead, unsigned char c) {
    unsigned char least = lead == 0xe0u ? 0xa0u : lead == 0xf0u ? 0x90u : 0x80u;
    unsigned char most = lead == 0xedu ? 0x9fu : lead == 0xf4u ? 0x8fu : 0xbfu;
    return c >= least && c <= most;
}

size_t utf8_decode(const char *s, size_t bytes, uint32_t *code_point) {
    if (bytes == 0)
        return 0;
    const unsigned char *u = (const unsigned char *)s;
    if (u[0] < 0x80u) {
        *code_point = u[0];
        return 1;
    }
    if (u[0] < 0xc2u || u[0] > 0xf4u)
        return 0;
    size_t length = u[0] < 0xe0u ? 2 : u[0] < 0xf0u ? 3 : 4;
    if (bytes < length || !is_second(u[0], u[1]))
        return 0;
    uint32_t value = u[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if (!is_continuation(u[i]))
            return 0;
        value = value << 6 | (u[i] & 0x3fu);
    }
    *code_point = value;
    return length;
}

enum utf8_verdict utf8_check(const char *s, size_t bytes, size_t *bad_offset) {
    size_t at = 0;
    while (at < bytes) {
        while (bytes - at >= WORD_BYTES && is_plain_word(load_word(s + at)))
            at += WORD_BYTES;
        if (at == bytes)
            break;
        uint32_t code_point = 0;
        size_t length = utf8_decode(s + at, bytes - at, &code_point);
        if (length == 0 || code_point == 0) {
            *bad_offset = at;
            return length ? UTF8_NUL : UTF8_INVALID;
        }
        at += length;
    }
    return UTF8_GOOD;
}

/* Continuation bytes in a word: top bit set, next bit clear. */
static unsigned continuations(uint64_t word) {
    return (unsigned)__builtin_popcountll((word >> 7) & (~word >> 6) & EACH_BYTE(1u));
}

size_t utf8_count_codepoints(const char *s, size_t bytes) {
    size_t count = bytes, at = 0;
    for (; bytes - at >= WORD_BYTES; at += WORD_BYTES)
        count -= continuations(load_word(s + at));
    for (; at < bytes; at++)
        count -= is_continuation((unsigned char)s[at]);
    return count;
}

struct range {
    uint32_t first, last;
};

static bool in_ranges(const struct range *ranges, size_t count, uint32_t code_point) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (code_point > ranges[middle].last)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && code_point >= ranges[low].first;
}

bool utf8_is_ideograph(uint32_t code_point) {
    static const struct range ideographs[] = {{0x2e80, 0x2fdf},  {0x3005, 0x3007}, {0x3021, 0x3029},
                                              {0x3400, 0x4dbf},  {0x4e00, 0x9fff}, {0xf900, 0xfaff},
                                              {0x20000, 0x3ffff}};
    return in_ranges(ideographs, sizeof ideographs / sizeof ideographs[0], code_point);
}

size_t utf8_count_ideographs(const char *s, size_t bytes) {
    size_t count = 0;
    uint32_t c = 0;
    for (size_t at = 0, n; at < bytes; at += n ? n : 1) {
        n = utf8_decode(s + at, bytes - at, &c);
        count += n >= 3 && utf8_is_ideograph(c);
    }
    return count;
}

/* Sorted, behind ASCII. From the Unicode 15 blocks and categories; whole blocks where only rare
 * letters are lost.
 */
static const struct range silent[] = {
    {0x0080, 0x00a9}, {0x00ab, 0x00b4}, {0x00b6, 0x00b9}, {0x00bb, 0x00bf},   {0x00d7, 0x00d7},
    {0x00f7, 0x00f7}, {0x02b0, 0x036f}, {0x037e, 0x037e}, {0x0387, 0x0387},   {0x0483, 0x0489},
    {0x055a, 0x055f}, {0x0589, 0x05cf}, {0x05f3, 0x05f4}, {0x0600, 0x061f},   {0x064b, 0x065f},
    {0x066a, 0x066d}, {0x0670, 0x0670}, {0x06d4, 0x06d4}, {0x06d6, 0x06ed},   {0x0964, 0x0965},
    {0x0e3f, 0x0e3f}, {0x0e4f, 0x0e4f}, {0x0e5a, 0x0e5b}, {0x104a, 0x104f},   {0x1360, 0x1368},
    {0x1680, 0x1680}, {0x17d4, 0x17db}, {0x1800, 0x180f}, {0x1ab0, 0x1aff},   {0x1dc0, 0x1dff},
    {0x2000, 0x20ff}, {0x2190, 0x2bff}, {0x2e00, 0x2e7f}, {0x2ff0, 0x3004},   {0x3008, 0x3020},
    {0x302a, 0x3030}, {0x303d, 0x3040}, {0x3099, 0x309c}, {0x30a0, 0x30a0},   {0x30fb, 0x30fb},
    {0xd800, 0xf8ff}, {0xfd3e, 0xfd3f}, {0xfe00, 0xfe6f}, {0xfeff, 0xff0f},   {0xff1a, 0xff20},
    {0xff3b, 0xff40}, {0xff5b, 0xff65}, {0xffe0, 0xffff}, {0x1f000, 0x1faff}, {0xe0000, 0x10ffff},
};

static bool is_ascii_speakable(uint32_t c) {
    return c - '0' < 10u || (c | 0x20u) - 'a' < 26u;
}

static bool is_speakable(uint32_t code_point) {
    return code_point < 0x80 ? is_ascii_speakable(code_point)
                             : !in_ranges(silent, sizeof silent / sizeof silent[0], code_point);
}

size_t utf8_count_speakable(const char *s, size_t bytes) {
    size_t count = 0;
    for (size_t at = 0, length; at < bytes; at += length ? length : 1) {
        uint32_t code_point = (unsigned char)s[at];
        length = code_point < 0x80u ? 1 : utf8_decode(s + at, bytes - at, &code_point);
        count += length > 0 && is_speakable(code_point);
    }
    return count;
}

/* Sorted: C0 and DEL, C1, and what reorders or hides text. The joiners U+200C and U+200D stay: they
 * are part of words. */
static const struct range unsafe[] = {
    {0x0000, 0x001f}, {0x007f, 0x009f}, {0x00ad, 0x00ad}, {0x061c, 0x061c},   {0x180e, 0x180e},
    {0x200b, 0x200b}, {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},   {0xfdd0, 0xfdef},
    {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xfffe, 0xffff}, {0xe0000, 0xe007f},
};

static bool add_escaped(struct buf *out, uint32_t code_point) {
    switch (code_point) {
    case '\n':
        return buf_add_str(out, "\\n");
    case '\r':
        return buf_add_str(out, "\\r");
    case '\t':
        return buf_add_str(out, "\\t");
    default:
        return buf_printf(out, code_point < 0x80u ? "\\x%02x" : "\\u{%x}", (unsigned)code_point);
    }
}

bool utf8_escape_terminal(const char *s, size_t bytes, struct buf *out) {
    bool ok = true;
    size_t plain = 0; /* start of the run that can be copied as it is */
    for (size_t at = 0; at < bytes && ok;) {
        uint32_t code_point = 0;
        size_t length = utf8_decode(s + at, bytes - at, &code_point);
        if (length && !in_ranges(unsafe, sizeof unsafe / sizeof unsafe[0], code_point)) {
            at += length;
            continue;
        }
        ok = buf_add(out, s + plain, at - plain) &&
             (length ? add_escaped(out, code_point)
                     : buf_printf(out, "\\x%02x", (unsigned)(unsigned char)s[at]));
        at += length ? length : 1;
        plain = at;
    }
    return ok && buf_add(out, s + plain, bytes - plain);
}
