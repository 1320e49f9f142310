/*
 * buf: a growing byte buffer that is created with its maximum (after curl's dynbuf).
 *
 * The content is always followed by a NUL that is not counted, so `data` of a text buffer is a C
 * string. A failed append (maximum reached, memory out) releases the content and marks the buffer
 * failed: later appends fail too, so a chain of appends needs only its last result checked.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct buf {
    char *data;       /* NULL while empty */
    size_t bytes;     /* content length, without the NUL */
    size_t bytes_max; /* most that bytes may become */
    size_t room;      /* allocated */
    bool failed;
};

void buf_init(struct buf *b, size_t bytes_max);
void buf_release(struct buf *b); /* frees the content; the buffer is empty and usable */
void buf_clear(struct buf *b);   /* forgets the content, keeps the memory */
bool buf_add(struct buf *b, const void *data, size_t bytes) MUST_CHECK;
bool buf_add_str(struct buf *b, const char *s) MUST_CHECK;
bool buf_add_char(struct buf *b, char c) MUST_CHECK;
/* Appends `bytes` that the caller then writes at the place returned; NULL = failed. */
char *buf_extend(struct buf *b, size_t bytes) MUST_CHECK;
bool buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3) MUST_CHECK;
const char *buf_str(const struct buf *b); /* "" while empty; valid until the next change */
char *buf_steal(struct buf *b);           /* the content, to be freed by the caller; never NULL */

#endif
