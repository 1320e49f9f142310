/* input.c: see input.h. */
#include "cli/intake/input.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ensure.h"
#include "base/file.h"
#include "base/utf8.h"
#include "cli/cli.h"

/* A whole line with CRLF behind it, and a byte for the NUL, always fit. */
#define WINDOW_BYTES (2 * INPUT_LINE_BYTES_MAX)
#define READ_BYTES (256 * 1024)

static const char byte_order_mark[] = "\xEF\xBB\xBF";

void input_open(struct input *in, int fd, const char *name) {
    *in = (struct input){.name = name, .fd = fd, .window = ensure_alloc(WINDOW_BYTES)};
    sha256_init(&in->sha);
}

void input_close(struct input *in) {
    if (!in->window)
        return;
    close(in->fd);
    free(in->window);
    sha256_release(&in->sha);
    *in = (struct input){.fd = -1};
}

void input_digest(struct input *in, unsigned char out[SHA256_BYTES]) {
    PRE(in->at_end && in->begin == in->end);
    sha256_finish(&in->sha, out);
}

static bool read_some(int fd, const char *name, void *room, size_t bytes, size_t *got,
                      struct err *e) {
    for (;;) {
        if (!cli_wait_readable(fd))
            return err_set(e, ERR_INTERRUPTED, "interrupted; nothing was added");
        ssize_t n = read(fd, room, bytes);
        if (n >= 0) {
            *got = (size_t)n;
            return true;
        }
        if (errno != EINTR)
            return err_set_errno(e, errno, "cannot read %s", name);
    }
}

static bool fill(struct input *in, struct err *e) {
    if (in->begin) {
        memmove(in->window, in->window + in->begin, in->end - in->begin);
        in->end -= in->begin;
        in->begin = 0;
    }
    size_t room = WINDOW_BYTES - 1 - in->end, got;
    if (!read_some(in->fd, in->name, in->window + in->end, room < READ_BYTES ? room : READ_BYTES,
                   &got, e))
        return false;
    sha256_add(&in->sha, in->window + in->end, got);
    in->end += got;
    in->at_end = got == 0;
    return true;
}

static bool too_long(const struct input *in, struct err *e) {
    return err_set(e, ERR_INPUT, "%s:%" PRId64 ": a line is longer than %d bytes; break it up",
                   in->name, in->line + 1, INPUT_LINE_BYTES_MAX);
}

/* Makes the window begin with a whole line; *length is without its LF. */
static bool find_line(struct input *in, size_t *length, bool *has_end, struct err *e) {
    for (size_t searched = 0;;) {
        size_t have = in->end - in->begin;
        const char *start = in->window + in->begin;
        const char *newline = memchr(start + searched, '\n', have - searched);
        *length = newline ? (size_t)(newline - start) : have;
        *has_end = newline != NULL;
        if (*length > INPUT_LINE_BYTES_MAX + 1)
            return too_long(in, e);
        if (newline || in->at_end)
            return true;
        searched = have;
        if (!fill(in, e))
            return false;
    }
}

static bool check(const struct input *in, const char *text, size_t bytes, struct err *e) {
    size_t bad;
    enum utf8_verdict verdict = utf8_check(text, bytes, &bad);
    if (verdict == UTF8_GOOD)
        return true;
    size_t column = utf8_count_codepoints(text, bad) + 1;
    if (verdict == UTF8_NUL)
        return err_set(e, ERR_INPUT, "%s:%" PRId64 ":%zu: a NUL byte; texts cannot hold one",
                       in->name, in->line, column);
    return err_set(e, ERR_INPUT,
                   "%s:%" PRId64 ":%zu: byte 0x%02X is not UTF-8; convert the file to UTF-8",
                   in->name, in->line, column, (unsigned)(unsigned char)text[bad]);
}

static bool all_ascii(const char *text, size_t bytes) {
    unsigned char all = 0;
    for (size_t i = 0; i < bytes; i++)
        all |= (unsigned char)text[i];
    return all < 0x80;
}

bool input_line(struct input *in, struct input_line *out, bool *more, struct err *e) {
    size_t length;
    bool has_end;
    if (!find_line(in, &length, &has_end, e))
        return false;
    *more = has_end || length > 0;
    if (!*more)
        return true;
    char *text = in->window + in->begin;
    in->begin += length + has_end;
    in->line++;
    size_t mark = sizeof byte_order_mark - 1;
    if (in->line == 1 && length >= mark && !memcmp(text, byte_order_mark, mark)) {
        text += mark;
        length -= mark;
    }
    if (length && text[length - 1] == '\r')
        length--;
    if (length > INPUT_LINE_BYTES_MAX)
        return err_set(e, ERR_INPUT, "%s:%" PRId64 ": the line is longer than %d bytes", in->name,
                       in->line, INPUT_LINE_BYTES_MAX);
    bool ascii = all_ascii(text, length) && !memchr(text, '\0', length);
    if (!ascii && !check(in, text, length, e))
        return false;
    text[length] = '\0'; /* over CR, LF, or the byte that the window keeps free */
    *out = (struct input_line){.text = text, .bytes = length, .ascii = ascii};
    return true;
}

bool input_open_file(const char *path, int *fd, struct err *e) {
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (file < 0)
        return err_set(e, ERR_INPUT, "cannot open %.200s: %s", path, strerror(errno));
    *fd = file;
    return true;
}

static bool copy_all(int from, int to, struct err *e) {
    char *room = ensure_alloc(READ_BYTES);
    size_t got = 1;
    bool ok = true;
    while (ok && got) {
        ok = read_some(from, "standard input", room, READ_BYTES, &got, e) &&
             file_write_all(to, room, got, e);
    }
    free(room);
    return ok;
}

static bool rewind_fd(int fd, const char *name, struct err *e) {
    if (lseek(fd, 0, SEEK_SET) == 0)
        return true;
    return err_set(e, ERR_INPUT, "%s cannot be read twice; give it as '-' (standard input)", name);
}

bool input_spool_stdin(int *fd, struct err *e) {
    int file;
    if (!file_open_scratch(&file, e))
        return false;
    if (copy_all(STDIN_FILENO, file, e) && rewind_fd(file, "the temporary file", e)) {
        *fd = file;
        return true;
    }
    close(file);
    return false;
}

bool input_hash(int fd, const char *name, unsigned char out[SHA256_BYTES], struct err *e) {
    char *room = ensure_alloc(READ_BYTES);
    struct sha256 sha;
    sha256_init(&sha);
    size_t got = 1;
    bool ok = true;
    while (ok && got) {
        ok = read_some(fd, name, room, READ_BYTES, &got, e);
        if (ok)
            sha256_add(&sha, room, got);
    }
    ok = ok && rewind_fd(fd, name, e);
    if (ok)
        sha256_finish(&sha, out);
    sha256_release(&sha);
    free(room);
    return ok;
}
