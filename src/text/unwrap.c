/* unwrap.c: see unwrap.h. */
#include "text/unwrap.h"

#include <string.h>

#include "base/utf8.h"
#include "text/chars.h"

#define WRAPPED_CHARS_MIN 30 /* no page is narrower; below that a line end is meant */

static size_t line_chars(const char *line, size_t bytes) {
    return utf8_count_codepoints(line, bytes);
}

static size_t longest_line(const char *text, size_t bytes) {
    size_t longest = 0;
    for (size_t at = 0; at < bytes;) {
        const char *end = memchr(text + at, '\n', bytes - at);
        size_t length = end ? (size_t)(end - text) - at : bytes - at;
        size_t chars = line_chars(text + at, length);
        longest = chars > longest ? chars : longest;
        at += length + 1;
    }
    return longest;
}

/* Code points up to the first place where a line could have been broken. */
static size_t first_word_chars(const char *text, size_t bytes, size_t at) {
    size_t chars = 0, next;
    for (uint32_t c; (c = chars_at(text, bytes, at, &next)) && !chars_is_space(c); at = next) {
        chars++;
        if (chars_is_cjk(c))
            break;
    }
    return chars;
}

/* Where the line behind `end` begins to speak; `end` when it is blank or there is none. */
static size_t next_line_text(const char *text, size_t bytes, size_t end) {
    size_t next, at = end + 1;
    for (uint32_t c; (c = chars_at(text, bytes, at, &next)) && chars_is_space(c); at = next)
        if (c == '\n')
            return end;
    return at < bytes ? at : end;
}

static bool is_wrap(const char *text, size_t bytes, size_t line, size_t end, size_t after,
                    size_t longest) {
    return longest >= WRAPPED_CHARS_MIN && after > end &&
           line_chars(text + line, end - line) + 1 + first_word_chars(text, bytes, after) > longest;
}

static bool joins_ideographs(const char *text, size_t bytes, size_t end, size_t after) {
    size_t begin, next;
    return chars_is_cjk(chars_before(text, 0, end, &begin)) &&
           chars_is_cjk(chars_at(text, bytes, after, &next));
}

size_t text_unwrap(char *text, size_t bytes) {
    size_t longest = longest_line(text, bytes), to = 0, line = 0;
    while (line < bytes) {
        const char *newline = memchr(text + line, '\n', bytes - line);
        size_t end = newline ? (size_t)(newline - text) : bytes;
        size_t spoken = newline ? next_line_text(text, bytes, end) : end;
        bool wrap = newline && is_wrap(text, bytes, line, end, spoken, longest);
        size_t after = wrap ? spoken : end + 1;
        size_t keep = wrap ? chars_skip_space_back(text, line, end) : end;
        bool glue = wrap && joins_ideographs(text, bytes, keep, after);
        memmove(text + to, text + line, keep - line);
        to += keep - line;
        if (newline && !glue)
            text[to++] = wrap ? ' ' : '\n';
        line = after;
    }
    if (to < bytes)
        text[to] = '\0';
    return to;
}
