/* buf.c: see buf.h. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"

#define BUF_ROOM_MIN 128

void buf_init(struct buf *b, size_t bytes_max) {
    *b = (struct buf){.bytes_max = bytes_max};
}

void buf_release(struct buf *b) {
    free(b->data);
    buf_init(b, b->bytes_max);
}

void buf_clear(struct buf *b) {
    b->bytes = 0;
    b->failed = false;
    if (b->data)
        b->data[0] = '\0';
}

static bool fail(struct buf *b) {
    buf_release(b);
    b->failed = true;
    return false;
}

static bool reserve(struct buf *b, size_t more) {
    if (b->failed)
        return false;
    if (more > b->bytes_max - b->bytes)
        return fail(b);
    size_t need = b->bytes + more + 1;
    if (need <= b->room)
        return true;
    size_t room = b->room ? b->room : BUF_ROOM_MIN;
    while (room < need)
        room += room / 2;
    if (room > b->bytes_max + 1)
        room = b->bytes_max + 1;
    char *grown = realloc(b->data, room);
    if (!grown)
        return fail(b);
    b->data = grown;
    b->room = room;
    return true;
}

char *buf_extend(struct buf *b, size_t bytes) {
    if (!reserve(b, bytes))
        return NULL;
    char *place = b->data + b->bytes;
    b->bytes += bytes;
    b->data[b->bytes] = '\0';
    return place;
}

bool buf_add(struct buf *b, const void *data, size_t bytes) {
    char *place = buf_extend(b, bytes);
    if (place && bytes)
        memcpy(place, data, bytes);
    return place != NULL;
}

bool buf_add_str(struct buf *b, const char *s) {
    return buf_add(b, s, strlen(s));
}

bool buf_add_char(struct buf *b, char c) {
    return buf_add(b, &c, 1);
}

bool buf_printf(struct buf *b, const char *fmt, ...) {
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int need = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    bool ok = need < 0 ? fail(b) : reserve(b, (size_t)need);
    if (ok) {
        (void)vsnprintf(b->data + b->bytes, (size_t)need + 1, fmt, again);
        b->bytes += (size_t)need;
    }
    va_end(again);
    return ok;
}

const char *buf_str(const struct buf *b) {
    return b->data ? b->data : "";
}

char *buf_steal(struct buf *b) {
    char *data = b->data ? b->data : ensure_strdup("");
    size_t bytes_max = b->bytes_max;
    buf_init(b, bytes_max);
    return data;
}
