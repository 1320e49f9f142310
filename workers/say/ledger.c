/* ledger.c: see ledger.h. */
#include "ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/log.h"

#define PENDING_BYTES_MAX ((size_t)1 << 20)
#define LINE_BYTES_MAX 416 /* without text and request */
#define TEXT_GROWTH 6      /* one byte of text becomes at most \u00XX */
#define FNV_BASIS 0xcbf29ce484222325u
#define FNV_PRIME 0x100000001b3u

static const char *const event_names[LEDGER_EVENTS] = {
    [LEDGER_ACCEPTED] = "accepted", [LEDGER_ANSWERED] = "answered", [LEDGER_REFUSED] = "refused",
    [LEDGER_FAULTED] = "faulted",   [LEDGER_GONE] = "gone",         [LEDGER_SERVED] = "served",
};

struct ledger {
    int fd; /* -1: counts only */
    bool sync, with_text, closing;
    atomic_uint_fast64_t last_req;
    pthread_mutex_t lock; /* for everything below */
    pthread_cond_t pending_grew, pending_taken;
    struct ledger_stats stats;
    char *pending, *leaving; /* two buffers: one is filled while the other is written */
    size_t pending_bytes;
    pthread_t flusher;
};

uint64_t ledger_hash(const char *data, size_t bytes) {
    uint64_t hash = FNV_BASIS;
    for (size_t i = 0; i < bytes; i++)
        hash = (hash ^ (unsigned char)data[i]) * FNV_PRIME;
    return hash;
}

const char *ledger_event_name(enum ledger_event event) {
    return event_names[event];
}

static _Noreturn void fail(int errnum) {
    struct err e;
    err_set_errno(&e, errnum, "cannot write");
    log_failure(LOG_ERROR, "ledger_failed", &e);
    _exit(err_exit_code(ERR_IO));
}

static void write_out(struct ledger *l, const char *data, size_t bytes) {
    while (bytes) {
        ssize_t n = write(l->fd, data, bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            fail(errno);
        data += n;
        bytes -= (size_t)n;
    }
}

static void *flush_loop(void *arg) {
    struct ledger *l = arg;
    const struct timespec gather = {.tv_nsec = LEDGER_FLUSH_MS * 1000000L};
    pthread_mutex_lock(&l->lock);
    for (;;) {
        while (!l->pending_bytes && !l->closing)
            pthread_cond_wait(&l->pending_grew, &l->lock);
        if (!l->pending_bytes)
            break;
        if (!l->closing) { /* many events, one write */
            pthread_mutex_unlock(&l->lock);
            clock_nanosleep(CLOCK_MONOTONIC, 0, &gather, NULL);
            pthread_mutex_lock(&l->lock);
        }
        char *data = l->pending;
        size_t bytes = l->pending_bytes;
        l->pending = l->leaving;
        l->leaving = data;
        l->pending_bytes = 0;
        pthread_cond_broadcast(&l->pending_taken);
        pthread_mutex_unlock(&l->lock);
        write_out(l, data, bytes);
        pthread_mutex_lock(&l->lock);
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

bool ledger_open(const char *path, bool sync, bool with_text, struct ledger **out, struct err *e) {
    int fd = -1;
    if (path) {
        fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        if (fd < 0)
            return err_set_errno(e, errno, "cannot open the ledger %s", path);
    }
    struct ledger *l = ensure_alloc(sizeof *l);
    l->fd = fd;
    l->sync = sync;
    l->with_text = with_text;
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->pending_grew, NULL);
    pthread_cond_init(&l->pending_taken, NULL);
    if (path) {
        l->pending = ensure_alloc(PENDING_BYTES_MAX);
        l->leaving = ensure_alloc(PENDING_BYTES_MAX);
        ASSERT(pthread_create(&l->flusher, NULL, flush_loop, l) == 0);
    }
    *out = l;
    return true;
}

void ledger_close(struct ledger *l) {
    if (l->fd >= 0) {
        pthread_mutex_lock(&l->lock);
        l->closing = true;
        pthread_cond_signal(&l->pending_grew);
        pthread_mutex_unlock(&l->lock);
        pthread_join(l->flusher, NULL);
        close(l->fd);
    }
    pthread_mutex_destroy(&l->lock);
    pthread_cond_destroy(&l->pending_grew);
    pthread_cond_destroy(&l->pending_taken);
    free(l->pending);
    free(l->leaving);
    free(l);
}

uint64_t ledger_next_req(struct ledger *l) {
    return atomic_fetch_add(&l->last_req, 1) + 1;
}

uint64_t ledger_last_req(struct ledger *l) {
    return atomic_load(&l->last_req);
}

/* Writes `text` as a JSON string (it is valid UTF-8: the parser of requests saw to that). */
static size_t put_json_string(char *to, const char *text, size_t bytes) {
    char *at = to;
    *at++ = '"';
    for (size_t i = 0; i < bytes; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 0x20) {
            at += snprintf(at, TEXT_GROWTH + 1, "\\u%04x", c);
            continue;
        }
        if (c == '"' || c == '\\')
            *at++ = '\\';
        *at++ = (char)c;
    }
    *at++ = '"';
    return (size_t)(at - to);
}

/* The first event of a request, which says what came. */
static bool begins(enum ledger_event event) {
    return event == LEDGER_ACCEPTED || event == LEDGER_REFUSED || event == LEDGER_SERVED;
}

/* The end of a line is what depends on the event. */
static int put_details(char *to, size_t room, enum ledger_event event,
                       const struct ledger_entry *entry) {
    if (event == LEDGER_ACCEPTED)
        return snprintf(to, room, ",\"text_bytes\":%zu", entry->text_bytes);
    int n = snprintf(to, room, ",\"bytes\":%zu,\"fault\":\"%s\",\"status\":%u", entry->bytes,
                     entry->fault, entry->status);
    if (entry->audio_sha256[0])
        n += snprintf(to + n, room - (size_t)n, ",\"audio_sha256\":\"%s\"", entry->audio_sha256);
    return n;
}

static size_t put_line(const struct ledger *l, char *to, int64_t now_us, enum ledger_event event,
                       const struct ledger_entry *entry) {
    int n = snprintf(to, LINE_BYTES_MAX,
                     "{\"t_us\":%" PRId64 ",\"ev\":\"%s\",\"req\":%" PRIu64
                     ",\"in_flight\":%" PRIu64 ",\"text_hash\":\"%016" PRIx64 "\"",
                     now_us, event_names[event], entry->req, l->stats.in_flight, entry->text_hash);
    n += put_details(to + n, LINE_BYTES_MAX - (size_t)n, event, entry);
    ASSERT(n < LINE_BYTES_MAX - 2);
    size_t used = (size_t)n;
    if (l->with_text && entry->text && event == LEDGER_ACCEPTED) {
        memcpy(to + used, ",\"text\":", 8);
        used += 8;
        used += put_json_string(to + used, entry->text, entry->text_bytes);
    }
    if (begins(event) && entry->seen) {
        size_t bytes = strlen(entry->seen);
        memcpy(to + used, ",\"seen\":", 8);
        memcpy(to + used + 8, entry->seen, bytes);
        used += 8 + bytes;
    }
    to[used++] = '}';
    to[used++] = '\n';
    return used;
}

/* Waits for room for one more line. First of all, because it lets go of the lock. */
static void make_room(struct ledger *l, const struct ledger_entry *entry) {
    if (l->fd < 0)
        return;
    size_t room = LINE_BYTES_MAX + (l->with_text ? entry->text_bytes * TEXT_GROWTH : 0) +
                  (entry->seen ? strlen(entry->seen) : 0);
    PRE(room <= PENDING_BYTES_MAX);
    while (PENDING_BYTES_MAX - l->pending_bytes < room)
        pthread_cond_wait(&l->pending_taken, &l->lock);
}

/* Writes and syncs what is pending, in the caller's time. */
static void sync_out(struct ledger *l) {
    write_out(l, l->pending, l->pending_bytes);
    l->pending_bytes = 0;
    if (fsync(l->fd) != 0)
        fail(errno);
}

/* Called with the lock held and room made. */
static void record(struct ledger *l, enum ledger_event event, const struct ledger_entry *entry) {
    int64_t now_us = clock_boot_us();
    l->stats.events[event]++;
    if (event == LEDGER_ACCEPTED && !l->stats.first_accept_us)
        l->stats.first_accept_us = now_us;
    if (event == LEDGER_ANSWERED)
        l->stats.last_answer_us = now_us;
    if (l->fd < 0)
        return;
    l->pending_bytes += put_line(l, l->pending + l->pending_bytes, now_us, event, entry);
    if (l->sync)
        sync_out(l);
    else
        pthread_cond_signal(&l->pending_grew);
}

bool ledger_accept(struct ledger *l, const struct ledger_entry *entry, uint64_t cap) {
    pthread_mutex_lock(&l->lock);
    make_room(l, entry);
    bool fits = !cap || l->stats.in_flight < cap;
    if (fits) {
        l->stats.in_flight++;
        if (l->stats.in_flight > l->stats.in_flight_max)
            l->stats.in_flight_max = l->stats.in_flight;
        record(l, LEDGER_ACCEPTED, entry);
    }
    pthread_mutex_unlock(&l->lock);
    return fits;
}

void ledger_refuse(struct ledger *l, const struct ledger_entry *entry) {
    pthread_mutex_lock(&l->lock);
    make_room(l, entry);
    record(l, LEDGER_REFUSED, entry);
    pthread_mutex_unlock(&l->lock);
}

void ledger_serve(struct ledger *l, const struct ledger_entry *entry) {
    pthread_mutex_lock(&l->lock);
    make_room(l, entry);
    record(l, LEDGER_SERVED, entry);
    pthread_mutex_unlock(&l->lock);
}

void ledger_end(struct ledger *l, enum ledger_event event, const struct ledger_entry *entry) {
    PRE(event == LEDGER_ANSWERED || event == LEDGER_FAULTED || event == LEDGER_GONE);
    pthread_mutex_lock(&l->lock);
    make_room(l, entry);
    ASSERT(l->stats.in_flight > 0);
    l->stats.in_flight--;
    record(l, event, entry);
    pthread_mutex_unlock(&l->lock);
}

struct ledger_stats ledger_stats(struct ledger *l) {
    pthread_mutex_lock(&l->lock);
    struct ledger_stats stats = l->stats;
    pthread_mutex_unlock(&l->lock);
    return stats;
}
