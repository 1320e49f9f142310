/* stranger.c: says what an answer is that is no audio, so that a person sees the provider's words.
 * The excerpt is escaped: it comes from outside and goes to terminals and logs. */
#include <string.h>
#include <strings.h>

#include "audio/format.h"
#include "base/utf8.h"

#define STRANGER_EXCERPT_BYTES 80
#define STRANGER_ESCAPED_BYTES (STRANGER_EXCERPT_BYTES * 4)
#define STRANGER_HEX_BYTES 8
#define STRANGER_TEXT_BYTES_MIN 64 /* shorter text could be chance, unless it opens like markup */

static const char bom[] = "\xef\xbb\xbf";

/* `bytes` less the beginning of a character that was cut at the end. */
static size_t whole_chars(const unsigned char *s, size_t bytes) {
    size_t at = bytes;
    while (at > 0 && bytes - at < 4 && (s[at - 1] & 0xc0u) == 0x80u)
        at--;
    if (at == 0 || s[at - 1] < 0xc0u)
        return bytes;
    uint32_t code_point;
    at--;
    return utf8_decode((const char *)s + at, bytes - at, &code_point) ? bytes : at;
}

static bool has_control(const unsigned char *s, size_t bytes) {
    for (size_t i = 0; i < bytes; i++)
        if ((s[i] < 0x20 && !strchr("\t\n\r\f", s[i])) || s[i] == 0x7f || s[i] == 0)
            return true;
    return false;
}

static const unsigned char *skip_blank(const unsigned char *s, size_t *bytes) {
    if (*bytes >= 3 && memcmp(s, bom, 3) == 0) {
        s += 3;
        *bytes -= 3;
    }
    while (*bytes && (*s == ' ' || *s == '\t' || *s == '\r' || *s == '\n')) {
        s++;
        (*bytes)--;
    }
    return s;
}

static bool is_clean(const unsigned char *head, size_t bytes) {
    size_t bad;
    bytes = whole_chars(head, bytes);
    return bytes > 0 && !has_control(head, bytes) &&
           utf8_check((const char *)head, bytes, &bad) == UTF8_GOOD;
}

bool stranger_is_text(const unsigned char *head, size_t bytes) {
    if (!is_clean(head, bytes))
        return false;
    size_t left = bytes;
    const unsigned char *text = skip_blank(head, &left);
    return bytes >= STRANGER_TEXT_BYTES_MIN || (left && strchr("{[<", *text));
}

static const char *kind_of_text(const unsigned char *text, size_t bytes) {
    static const struct {
        const char *start;
        const char *kind;
    } kinds[] = {
        {"<!doctype html", "HTML"},
        {"<html", "HTML"},
        {"<head", "HTML"},
        {"<body", "HTML"},
        {"<", "XML"},
        {"{", "JSON"},
        {"[", "JSON"},
        {"data:", "an event stream"},
        {"event:", "an event stream"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t length = strlen(kinds[i].start);
        if (bytes >= length && strncasecmp((const char *)text, kinds[i].start, length) == 0)
            return kinds[i].kind;
    }
    return "text";
}

static bool report_bytes(const unsigned char *head, size_t bytes, struct err *e) {
    char hex[3 * STRANGER_HEX_BYTES + 1] = "";
    for (size_t i = 0; i < bytes && i < STRANGER_HEX_BYTES; i++) {
        static const char digits[] = "0123456789abcdef";
        hex[3 * i] = ' ';
        hex[3 * i + 1] = digits[head[i] >> 4];
        hex[3 * i + 2] = digits[head[i] & 15];
    }
    return err_set(e, ERR_INPUT, "no audio format known here; it begins with%s", hex);
}

bool stranger_report(const unsigned char *head, size_t bytes, struct err *e) {
    if (!is_clean(head, bytes))
        return report_bytes(head, bytes, e);
    size_t left = bytes;
    const unsigned char *text = skip_blank(head, &left);
    size_t shown = left < STRANGER_EXCERPT_BYTES ? left : STRANGER_EXCERPT_BYTES;
    struct buf excerpt;
    buf_init(&excerpt, STRANGER_ESCAPED_BYTES);
    bool fits = utf8_escape_terminal((const char *)text, whole_chars(text, shown), &excerpt);
    (void)err_set(e, ERR_INPUT, "the answer is %s, not audio: %s", kind_of_text(text, left),
                  fits ? buf_str(&excerpt) : "");
    buf_release(&excerpt);
    return false;
}
