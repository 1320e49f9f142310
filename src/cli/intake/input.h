/*
 * input: the lines of one file, as text that is known to be good.
 *
 * Checks UTF-8 with file:line:column, drops a byte order mark, takes CRLF as LF, refuses NUL and
 * endless lines. Memory is one window, whatever the file's size.
 */
#ifndef CLI_INTAKE_INPUT_H
#define CLI_INTAKE_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/sha256.h"

#define INPUT_LINE_BYTES_MAX (1024 * 1024)
#define INPUT_STDIN "-"

struct input {
    const char *name; /* for messages, the caller's; safe to print */
    int fd;
    char *window;
    size_t begin, end; /* unread part of the window */
    bool at_end;
    int64_t line;      /* number of the line read last, from 1 */
    struct sha256 sha; /* of all bytes */
};

struct input_line {
    const char *text; /* without its end; lives until the next call; NUL-terminated */
    size_t bytes;
    bool ascii; /* bytes are code points */
};

/* Takes over `fd`, which must be at its beginning, and `name`. */
void input_open(struct input *in, int fd, const char *name);
/* The next line; *more is false at the end. ERR_INPUT begins with FILE:LINE. Blocks on the file. */
bool input_line(struct input *in, struct input_line *out, bool *more, struct err *e) MUST_CHECK;
/* After the last line: the digest of all bytes. */
void input_digest(struct input *in, unsigned char out[SHA256_BYTES]);
void input_close(struct input *in);

/* Opens a regular file or a pipe for reading. */
bool input_open_file(const char *path, int *fd, struct err *e) MUST_CHECK;
/* Copies standard input to a nameless temporary file and gives that, so it can be read twice. */
bool input_spool_stdin(int *fd, struct err *e) MUST_CHECK;
/* Digest of everything in `fd`, which is rewound. */
bool input_hash(int fd, const char *name, unsigned char out[SHA256_BYTES],
                struct err *e) MUST_CHECK;

#endif
