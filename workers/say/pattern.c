/* pattern.c: see pattern.h. */
#include "pattern.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define UUID "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
#define NUMBER_BYTES 32

/* Length of "{name}" at `pattern`, its name copied; 0 when there is none. */
static size_t read_capture(const char *pattern, char name[PATTERN_NAME_BYTES]) {
    if (*pattern != '{')
        return 0;
    size_t n = strspn(pattern + 1, "abcdefghijklmnopqrstuvwxyz_");
    if (n == 0 || n >= PATTERN_NAME_BYTES || pattern[1 + n] != '}')
        return 0;
    memcpy(name, pattern + 1, n);
    name[n] = '\0';
    return n + 2;
}

static size_t spaces(const char *text) {
    return strspn(text, " \t\r\n");
}

static bool match_here(const char *pattern, const char *text, struct pattern_captures *out);

/* The shortest capture behind which the rest of the pattern matches. */
static bool match_capture(const char *rest, const char *name, const char *text,
                          struct pattern_captures *out) {
    size_t mine = out->count;
    if (mine == PATTERN_CAPTURES_MAX)
        return false;
    size_t most = strlen(text);
    for (size_t bytes = *rest ? 1 : most; bytes >= 1 && bytes <= most; bytes++) {
        out->count = mine + 1;
        if (!match_here(rest, text + bytes, out))
            continue;
        struct pattern_capture *capture = &out->capture[mine];
        memcpy(capture->name, name, PATTERN_NAME_BYTES);
        capture->at = text;
        capture->bytes = bytes;
        return true;
    }
    return false;
}

static bool match_here(const char *pattern, const char *text, struct pattern_captures *out) {
    char name[PATTERN_NAME_BYTES];
    for (;;) {
        size_t n = read_capture(pattern, name);
        if (n)
            return match_capture(pattern + n, name, text, out);
        n = spaces(pattern);
        if (n) {
            size_t seen = spaces(text);
            if (!seen)
                return false;
            pattern += n;
            text += seen;
            continue;
        }
        if (!*pattern || *pattern != *text)
            return *pattern == *text;
        pattern++;
        text++;
    }
}

bool pattern_match(const char *pattern, const char *text, struct pattern_captures *out) {
    out->count = 0;
    return match_here(pattern, text, out);
}

static bool is_uuid(const char *at, size_t bytes) {
    bool good = bytes == strlen(UUID);
    for (size_t i = 0; good && i < bytes; i++)
        good = UUID[i] == '-' ? at[i] == '-' : isxdigit((unsigned char)at[i]) != 0;
    return good;
}

static bool is_number(const char *at, size_t bytes) {
    char text[NUMBER_BYTES];
    if (bytes >= sizeof text || isspace((unsigned char)*at))
        return false;
    memcpy(text, at, bytes);
    text[bytes] = '\0';
    char *end;
    (void)strtod(text, &end);
    return *end == '\0';
}

bool pattern_capture_is_good(const struct pattern_capture *capture) {
    if (!strcmp(capture->name, "uuid"))
        return is_uuid(capture->at, capture->bytes);
    if (!strcmp(capture->name, "number"))
        return is_number(capture->at, capture->bytes);
    if (!strcmp(capture->name, "word"))
        return !memchr(capture->at, '/', capture->bytes);
    return true;
}
