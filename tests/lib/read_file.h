/*
 * read_file: all of a file, for tests that look at what is written. It fails the test where there
 * is none.
 */
#ifndef TESTS_LIB_READ_FILE_H
#define TESTS_LIB_READ_FILE_H

/* cmocka.h wants these before it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "base/buf.h"

#define READ_FILE_BYTES_MAX (1024 * 1024)

/* Initialises *out; the caller releases it. */
static inline void read_file(const char *path, struct buf *out) {
    char chunk[4096];
    size_t n;
    FILE *f = fopen(path, "re");
    if (!f)
        fail_msg("%s cannot be read", path);
    buf_init(out, READ_FILE_BYTES_MAX);
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
        assert_true(buf_add(out, chunk, n));
    assert_int_equal(fclose(f), 0);
}

#endif
