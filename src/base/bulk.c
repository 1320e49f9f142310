/* bulk.c: see bulk.h. */
#include "base/bulk.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/file.h"

#define BLOCK_BYTES 4096 /* direct writes need memory on a block's boundary */

struct bulk {
    int fd;
    const char *name;
    char *filling;
    size_t used; /* of it */
    char *leaving;
    size_t leaving_bytes;
    int64_t written; /* all of the file that is before `leaving` */
    pthread_t thread;
    bool has_thread; /* … which writes `leaving`; the fields below are its until it is joined */
    bool good;
    struct err why; /* unless good */
};

struct bulk *bulk_new(int fd, const char *name) {
    struct bulk *b = ensure_alloc(sizeof *b);
    *b = (struct bulk){.fd = fd, .name = name, .good = true};
    return b;
}

/* ---- the file's flag ---- */

static void set_direct(int fd, bool direct) {
    int flags = fcntl(fd, F_GETFL);
    if (flags >= 0) /* refused where the file system has no direct writes */
        (void)fcntl(fd, F_SETFL, direct ? flags | O_DIRECT : flags & ~O_DIRECT);
}

/* ---- rooms ---- */

static char *new_room(void) {
    char *room = aligned_alloc(BLOCK_BYTES, BULK_ROOM_BYTES);
    ASSERT(room != NULL);
    return room;
}

static void *write_leaving(void *arg) {
    struct bulk *b = arg;
    b->good = file_write_at(b->fd, b->leaving, b->leaving_bytes, b->written, b->name, &b->why);
    return NULL;
}

/* Begins to write `leaving`. A thread lives for one room: a few dozen microseconds in milliseconds
 * of writing. It takes no signals, which are to interrupt the caller. */
static void begin(struct bulk *b) {
    sigset_t all, old;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    b->has_thread = pthread_create(&b->thread, NULL, write_leaving, b) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (!b->has_thread)
        (void)write_leaving(b);
}

/* Waits until `leaving` is written: whether that, and all before it, went well. */
static bool wait_for(struct bulk *b, struct err *e) {
    if (b->has_thread)
        ASSERT(pthread_join(b->thread, NULL) == 0);
    b->has_thread = false;
    if (!b->good) {
        *e = b->why;
        return false;
    }
    b->written += (int64_t)b->leaving_bytes;
    b->leaving_bytes = 0;
    return true;
}

static bool send_room(struct bulk *b, struct err *e) {
    if (!b->leaving) {
        b->leaving = new_room();
        set_direct(b->fd, true);
    }
    if (!wait_for(b, e))
        return false;
    char *room = b->leaving;
    b->leaving = b->filling;
    b->leaving_bytes = b->used;
    b->filling = room;
    b->used = 0;
    begin(b);
    return true;
}

/* Makes `filling` a room that is not full. */
static bool make_room(struct bulk *b, struct err *e) {
    if (!b->filling)
        b->filling = new_room();
    return b->used < BULK_ROOM_BYTES || send_room(b, e);
}

/* ---- for all ---- */

bool bulk_add(struct bulk *b, const void *data, size_t bytes, struct err *e) {
    for (const char *from = data; bytes > 0;) {
        if (!make_room(b, e))
            return false;
        size_t room = BULK_ROOM_BYTES - b->used, step = bytes < room ? bytes : room;
        memcpy(b->filling + b->used, from, step);
        b->used += step;
        from += step;
        bytes -= step;
    }
    return true;
}

/* Whole rooms only, so that what follows is still on a block's boundary. */
static bool leave_hole(struct bulk *b, int64_t *bytes, struct err *e) {
    int64_t whole = *bytes - *bytes % BULK_ROOM_BYTES;
    if (!wait_for(b, e))
        return false;
    b->written += whole;
    *bytes -= whole;
    return true;
}

bool bulk_add_zeros(struct bulk *b, int64_t bytes, struct err *e) {
    while (bytes > 0) {
        if (!make_room(b, e))
            return false;
        if (b->used == 0 && bytes >= BULK_ROOM_BYTES && !leave_hole(b, &bytes, e))
            return false;
        size_t room = BULK_ROOM_BYTES - b->used,
               step = (uint64_t)bytes < room ? (size_t)bytes : room;
        memset(b->filling + b->used, 0, step);
        b->used += step;
        bytes -= (int64_t)step;
    }
    return true;
}

bool bulk_end(struct bulk *b, struct err *e) {
    if (!wait_for(b, e))
        return false;
    set_direct(b->fd, false); /* the last bytes are seldom a whole block */
    if (!file_write_at(b->fd, b->filling, b->used, b->written, b->name, e))
        return false;
    b->written += (int64_t)b->used;
    b->used = 0;
    return true;
}

void bulk_free(struct bulk *b) {
    struct err ignored;
    if (!b)
        return;
    (void)!wait_for(b, &ignored);
    set_direct(b->fd, false);
    free(b->filling);
    free(b->leaving);
    free(b);
}
