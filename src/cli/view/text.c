/* text.c: see text.h. */
#include "cli/view/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/utf8.h"

#define SHOW_CHARS_MAX 200
#define LINE_BYTES_MAX (64 * 1024)
#define SECOND_US INT64_C(1000000)
#define FALLBACK_NAME "job"

static size_t step(const char *s, size_t bytes, uint32_t *code_point) {
    size_t n = utf8_decode(s, bytes, code_point);
    if (n == 0)
        *code_point = 0;
    return n ? n : 1;
}

const char *text_show(const char *s, size_t chars_max, char out[TEXT_SHOWN_BYTES]) {
    PRE(chars_max <= SHOW_CHARS_MAX);
    if (!s)
        s = "";
    size_t bytes = strlen(s), end = 0;
    for (size_t chars = 0; end < bytes && chars < chars_max; chars++) {
        uint32_t code_point;
        end += step(s + end, bytes - end, &code_point);
    }
    struct buf shown;
    buf_init(&shown, TEXT_SHOWN_BYTES - 1);
    if (!utf8_escape_terminal(s, end, &shown) || (end < bytes && !buf_add_str(&shown, "…")))
        (void)snprintf(out, TEXT_SHOWN_BYTES, "?");
    else
        (void)snprintf(out, TEXT_SHOWN_BYTES, "%s", buf_str(&shown));
    buf_release(&shown);
    return out;
}

void text_print_line(FILE *to, const char *line) {
    struct buf shown;
    buf_init(&shown, LINE_BYTES_MAX);
    bool ok = utf8_escape_terminal(line, strlen(line), &shown);
    fprintf(to, "%s\n", ok ? buf_str(&shown) : "?");
    buf_release(&shown);
}

const char *text_word(const char *name, char out[TEXT_SHOWN_BYTES]) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "._-+@%/:,=";
    static const char quote[] = {'\'', '\\', '\'', '\''}; /* ends, one escaped, begins again */
    char shown[TEXT_SHOWN_BYTES];
    text_show(name, SHOW_CHARS_MAX, shown);
    bool bare = *shown != '\0';
    for (const char *p = shown; *p; p++)
        bare = bare && ((unsigned char)*p >= 0x80 || strchr(plain, *p));
    if (bare)
        return memcpy(out, shown, TEXT_SHOWN_BYTES);
    size_t used = 0;
    out[used++] = '\'';
    for (const char *p = shown; *p && used + sizeof quote + 2 < TEXT_SHOWN_BYTES; p++) {
        size_t bytes = *p == '\'' ? sizeof quote : 1;
        memcpy(out + used, *p == '\'' ? quote : p, bytes);
        used += bytes;
    }
    out[used++] = '\'';
    out[used] = '\0';
    return out;
}

static bool is_space(uint32_t c) {
    return c == ' ' || (c >= 0x09 && c <= 0x0d) || c == 0x85 || c == 0xa0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
           c == 0x205f || c == 0x3000;
}

/* Not for a file name: controls, what turns the reading direction, what is not seen, paths. */
static bool is_dropped(uint32_t c) {
    static const struct {
        uint32_t first, last;
    } ranges[] = {{0x00, 0x1f},       {0x7f, 0x9f},       {0xad, 0xad},     {0x61c, 0x61c},
                  {0x180e, 0x180e},   {0x200b, 0x200f},   {0x202a, 0x202e}, {0x2060, 0x206f},
                  {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xfff9, 0xfffd}, {0xe000, 0xf8ff},
                  {0xe0000, 0xe0fff}, {0xf0000, 0x10ffff}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (c >= ranges[i].first && c <= ranges[i].last)
            return true;
    return c < 0x80 && strchr("/\\:*?\"<>|,;!'`$&()[]{}#~", (int)c) != NULL;
}

const char *text_file_name(const char *s, size_t words_max,
                           char out[TEXT_FILE_NAME_BYTES_MAX + 1]) {
    size_t bytes = strlen(s), used = 0, words = 1;
    bool gap = false;
    for (size_t i = 0, n; i < bytes; i += n) {
        uint32_t c;
        n = step(s + i, bytes - i, &c);
        if (is_space(c)) {
            gap = used > 0;
            continue;
        }
        if (is_dropped(c) || (used == 0 && (c == '.' || c == '-')))
            continue;
        if (gap && words_max && ++words > words_max)
            break;
        if (used + gap + n > TEXT_FILE_NAME_BYTES_MAX)
            break;
        if (gap)
            out[used++] = '-';
        gap = false;
        memcpy(out + used, s + i, n);
        used += n;
    }
    while (used && (out[used - 1] == '.' || out[used - 1] == '-' || out[used - 1] == ','))
        used--;
    out[used] = '\0';
    if (used == 0)
        memcpy(out, FALLBACK_NAME, sizeof FALLBACK_NAME);
    return out;
}

json_t *text_json(const char *s) {
    if (!s)
        return json_null();
    json_t *plain = json_string(s);
    if (plain)
        return plain;
    char shown[TEXT_SHOWN_BYTES];
    return json_string(text_show(s, SHOW_CHARS_MAX, shown));
}

json_t *text_json_time(int64_t wall_ms) {
    char date[CLOCK_RFC3339_BYTES];
    return wall_ms ? json_string(clock_rfc3339(wall_ms, date)) : json_null();
}

json_t *text_json_id(int64_t id) {
    char digits[32];
    (void)snprintf(digits, sizeof digits, "%" PRId64, id);
    return json_string(digits);
}

void text_json_print(json_t *document, bool one_line) {
    ASSERT(document != NULL);
    size_t flags = TEXT_JSON_FLAGS | (one_line ? JSON_COMPACT : JSON_INDENT(2));
    (void)json_dumpf(document, stdout, flags); /* a failed write is seen by cli_main */
    putchar('\n');
    json_decref(document);
}

const char *text_rate(int64_t interval_us, char out[TEXT_RATE_BYTES]) {
    static const struct {
        const char *unit;
        int64_t us;
    } units[] = {{"s", SECOND_US}, {"min", 60 * SECOND_US}, {"h", 3600 * SECOND_US}};
    if (interval_us == 0)
        return "no limit";
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        int64_t count = (units[i].us + interval_us / 2) / interval_us;
        if (count > 0 && (units[i].us + count - 1) / count == interval_us) {
            (void)snprintf(out, TEXT_RATE_BYTES, "%" PRId64 "/%s", count, units[i].unit);
            return out;
        }
    }
    (void)snprintf(out, TEXT_RATE_BYTES, "%.2f/s", (double)SECOND_US / (double)interval_us);
    return out;
}
