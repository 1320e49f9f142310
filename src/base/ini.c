/*
 * ini.c: see ini.h. inih pulls lines through next_line(), which checks and counts them; its handler
 * is called directly after the line it belongs to, so the line last pulled is the entry's.
 */
#include "base/ini.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/ensure.h"
#include "base/utf8.h"

struct reader {
    const char *name;
    const char *rest; /* not yet pulled */
    size_t rest_bytes;
    int line;
    bool in_key;        /* an indented line would continue a key */
    bool continuation;  /* of the line last pulled */
    int comment_column; /* of the line last pulled */
    int value_column;   /* of the line last pulled */
    char section[INI_NAME_BYTES_MAX + 1];
    ini_on_entry *on_entry;
    void *user;
    struct err *e;
    bool failed;
};

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\v' || c == '\f';
}

static bool fail_at(struct reader *r, size_t column, const char *what) {
    r->failed = true;
    return err_set(r->e, ERR_CONFIG, "%s:%d:%zu: %s", r->name, r->line, column, what);
}

static bool check_bytes(struct reader *r, const char *s, size_t bytes) {
    size_t bad;
    enum utf8_verdict verdict = utf8_check(s, bytes, &bad);
    if (verdict != UTF8_GOOD)
        return fail_at(r, bad + 1, verdict == UTF8_NUL ? "a NUL byte" : "not UTF-8");
    if (bytes > INI_LINE_BYTES_MAX)
        return fail_at(r, INI_LINE_BYTES_MAX + 1,
                       "the line is longer than 198 bytes; go on in the next line, indented");
    return true;
}

/* Column (1 …) of a ';' behind white space in s[from, bytes); 0 when there is none. */
static int find_comment(const char *s, size_t from, size_t bytes) {
    for (size_t i = from; i < bytes; i++)
        if (s[i] == ';' && i > 0 && is_space(s[i - 1]))
            return (int)i + 1;
    return 0;
}

static bool check_section(struct reader *r, const char *s, size_t start, size_t bytes) {
    const char *end = memchr(s + start, ']', bytes - start);
    if (!end)
        return fail_at(r, start + 1, "a section without ']'");
    size_t n = (size_t)(end - (s + start + 1));
    if (n == 0 || n > INI_NAME_BYTES_MAX)
        return fail_at(r, start + 2, "a section's name has 1 to 49 bytes");
    size_t after = start + n + 2;
    while (after < bytes && is_space(s[after]))
        after++;
    if (after < bytes && s[after] != ';' && s[after] != '#')
        return fail_at(r, after + 1, "text behind a section");
    memcpy(r->section, s + start + 1, n);
    r->section[n] = '\0';
    r->in_key = false;
    struct ini_entry entry = {.section = r->section, .line = r->line};
    if (!r->on_entry(r->user, &entry, r->e))
        r->failed = true;
    return !r->failed;
}

static bool check_key(struct reader *r, const char *s, size_t start, size_t bytes) {
    size_t end = start;
    while (end < bytes && s[end] != '=' && s[end] != ':')
        end++;
    if (end == bytes || find_comment(s, start, end))
        return fail_at(r, start + 1, "expected KEY = VALUE or [SECTION]");
    size_t name_end = end;
    while (name_end > start && is_space(s[name_end - 1]))
        name_end--;
    if (name_end == start || name_end - start > INI_NAME_BYTES_MAX)
        return fail_at(r, start + 1, "a key has 1 to 49 bytes");
    r->comment_column = find_comment(s, end + 1, bytes);
    size_t value = end + 1;
    while (value < bytes && is_space(s[value]))
        value++;
    r->value_column = (int)value + 1;
    r->in_key = true;
    return true;
}

static bool check_line(struct reader *r, const char *s, size_t bytes) {
    r->comment_column = 0;
    r->continuation = false;
    if (!check_bytes(r, s, bytes))
        return false;
    size_t start = 0;
    while (start < bytes && is_space(s[start]))
        start++;
    if (start == bytes || s[start] == ';' || s[start] == '#')
        return true;
    if (start > 0 && r->in_key) {
        r->continuation = true;
        r->value_column = (int)start + 1;
        r->comment_column = find_comment(s, start, bytes);
        return true;
    }
    return s[start] == '[' ? check_section(r, s, start, bytes) : check_key(r, s, start, bytes);
}

/* inih's reader callback: one line into out, NULL at the end or after a failure. */
static char *next_line(char *out, int room, void *stream) {
    struct reader *r = stream;
    if (r->failed || r->rest_bytes == 0)
        return NULL;
    const char *end = memchr(r->rest, '\n', r->rest_bytes);
    size_t bytes = end ? (size_t)(end - r->rest) : r->rest_bytes;
    size_t pulled = end ? bytes + 1 : bytes;
    const char *s = r->rest;
    if (bytes > 0 && s[bytes - 1] == '\r')
        bytes--;
    r->line++;
    if (!check_line(r, s, bytes))
        return NULL;
    ASSERT(bytes < (size_t)room);
    memcpy(out, s, bytes);
    out[bytes] = '\0';
    r->rest += pulled;
    r->rest_bytes -= pulled;
    return out;
}

static int on_pair(void *user, const char *section, const char *name, const char *value) {
    struct reader *r = user;
    if (r->failed)
        return 0;
    struct ini_entry entry = {.section = section,
                              .key = name,
                              .value = value,
                              .line = r->line,
                              .column = r->value_column,
                              .continuation = r->continuation,
                              .comment_column = r->comment_column};
    r->failed = !r->on_entry(r->user, &entry, r->e);
    return !r->failed;
}

bool ini_read_text(const char *name, const char *text, size_t bytes, ini_on_entry *on_entry,
                   void *user, struct err *e) {
    struct reader r = {.name = name,
                       .rest = text,
                       .rest_bytes = bytes,
                       .on_entry = on_entry,
                       .user = user,
                       .e = e};
    if (bytes > INI_FILE_BYTES_MAX)
        return err_set(e, ERR_CONFIG, "%s:1:1: larger than 1 MiB", name);
    if (bytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        r.rest += 3;
        r.rest_bytes -= 3;
    }
    int rc = ini_parse_stream(next_line, &r, on_pair, &r);
    if (r.failed)
        return false;
    if (rc != 0)
        return err_set(e, ERR_CONFIG, "%s:%d: not understood", name, rc > 0 ? rc : r.line);
    return true;
}

static bool read_all(int fd, const char *path, struct buf *out, struct err *e) {
    char chunk[8192];
    for (;;) {
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_set_errno(e, errno, "%s: cannot read", path);
        if (n == 0)
            return true;
        if (!buf_add(out, chunk, (size_t)n))
            return err_set(e, ERR_CONFIG, "%s:1:1: larger than 1 MiB", path);
    }
}

bool ini_read_file(const char *path, ini_on_entry *on_entry, void *user, struct err *e) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return err_set_errno(e, errno, "%s: cannot open", path);
    struct buf text;
    buf_init(&text, INI_FILE_BYTES_MAX);
    bool ok = read_all(fd, path, &text, e) &&
              ini_read_text(path, buf_str(&text), text.bytes, on_entry, user, e);
    buf_release(&text);
    (void)close(fd);
    return ok;
}
