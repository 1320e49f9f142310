/*
 * segment.c: see segment.h.
 *
 * Answers are written once and read once, if at all by another process, so they go past the page
 * cache: a fresh page of it costs more than the copy (append and sync of 16 KiB in groups of 16 to
 * 48: 10 to 60 us, against 4 to 10 us).
 */
#include "base/segment.h"

#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/fault.h"
#include "base/file.h"

#define FOLDER_MODE 0770                /* subject to the umask */
#define FILE_MODE 0640                  /* as above; in a shared folder, file_share_at */
#define ROOM_BYTES ((size_t)512 * 1024) /* written at once */
#define PREFIX_BYTES (sizeof SEGMENT_FOLDER + 16 + 1) /* of a path: up to the writer's '-' */
#define READ_BYTES 65536
#define CHECKED_BYTES (SEGMENT_HEADER_BYTES - sizeof(uint64_t))
#define FNV_BASIS UINT64_C(0xcbf29ce484222325) /* FNV-1a, 64 bits */
#define FNV_PRIME UINT64_C(0x100000001b3)

static const char magic[8] = {'t', 't', 's', 'q', 's', 'e', 'g', '1'};

/* As in the file; integers are little-endian. */
struct header {
    char magic[8];
    uint64_t key, owner;
    uint32_t number;
    char format[SEGMENT_FORMAT_MAX];
    uint64_t bytes, duration_ms, unused;
    unsigned char sha256[SHA256_BYTES];
    uint64_t check;
};
_Static_assert(sizeof(struct header) == SEGMENT_HEADER_BYTES, "the header has no gaps");
_Static_assert(offsetof(struct header, check) == CHECKED_BYTES, "the check is the last field");

static uint64_t check_of(const struct header *h) {
    const unsigned char *byte = (const unsigned char *)h;
    uint64_t hash = FNV_BASIS;
    for (size_t i = 0; i < CHECKED_BYTES; i++)
        hash = (hash ^ byte[i]) * FNV_PRIME;
    return hash;
}

static void encode(const struct segment_record *r, struct header *h) {
    *h = (struct header){.key = htole64((uint64_t)r->key),
                         .owner = htole64((uint64_t)r->owner),
                         .number = htole32((uint32_t)r->number),
                         .bytes = htole64((uint64_t)r->bytes),
                         .duration_ms = htole64((uint64_t)r->duration_ms)};
    memcpy(h->magic, magic, sizeof magic);
    memcpy(h->format, r->format, sizeof h->format);
    memcpy(h->sha256, r->sha256, sizeof h->sha256);
    h->check = htole64(check_of(h));
}

/* False when this is no header. */
static bool decode(const struct header *h, struct segment_record *r) {
    if (memcmp(h->magic, magic, sizeof magic) != 0 || le64toh(h->check) != check_of(h))
        return false;
    *r = (struct segment_record){.key = (int64_t)le64toh(h->key),
                                 .owner = (int64_t)le64toh(h->owner),
                                 .number = (int32_t)le32toh(h->number),
                                 .bytes = (int64_t)le64toh(h->bytes),
                                 .duration_ms = (int64_t)le64toh(h->duration_ms)};
    memcpy(r->format, h->format, sizeof r->format);
    r->format[sizeof r->format - 1] = '\0';
    memcpy(r->sha256, h->sha256, sizeof r->sha256);
    return r->bytes > 0 && r->bytes <= SEGMENT_BODY_MAX;
}

static void path_of(int64_t writer, unsigned n, char path[SEGMENT_PATH_MAX]) {
    int bytes = snprintf(path, SEGMENT_PATH_MAX, SEGMENT_FOLDER "/%016" PRIx64 "-%u.seg",
                         (uint64_t)writer, n);
    ASSERT(bytes > 0 && bytes < SEGMENT_PATH_MAX);
}

/* ---- writing ----------------------------------------------------------------------------------*/

void segment_init(struct segment *s, int results_fd, int64_t writer) {
    *s = (struct segment){
        .results_fd = results_fd, .writer = writer, .fd = -1, .file_max = SEGMENT_FILE_MAX};
}

static void close_file(struct segment *s) {
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
    s->bytes = 0;
}

void segment_close(struct segment *s) {
    close_file(s);
    free(s->room);
    s->room = NULL;
}

/* Direct writes need memory on a block's boundary. */
static bool make_room(struct segment *s, struct err *e) {
    if (!s->room)
        s->room = aligned_alloc(SEGMENT_BLOCK_BYTES, ROOM_BYTES);
    return s->room || err_set(e, ERR_MEMORY, "no memory to write answers");
}

static bool open_folder(const struct segment *s, int *fd, struct err *e) {
    if (!file_mkdir_at(s->results_fd, SEGMENT_FOLDER, FOLDER_MODE, e))
        return false;
    *fd = openat(s->results_fd, SEGMENT_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    return *fd >= 0 || err_set_errno(e, errno, "cannot open the folder " SEGMENT_FOLDER);
}

static bool open_file(struct segment *s, struct err *e) {
    int folder;
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    if (!make_room(s, e) || !open_folder(s, &folder, e))
        return false;
    path_of(s->writer, s->next++, s->path);
    s->fd = openat(s->results_fd, s->path, flags, FILE_MODE);
    bool ok = s->fd >= 0 || err_set_errno(e, errno, "cannot create %s", s->path);
    if (ok) {
        file_share_at(s->fd, folder);          /* who prunes may be another user */
        (void)fcntl(s->fd, F_SETFL, O_DIRECT); /* where the file system has it */
        (void)flock(s->fd, LOCK_EX | LOCK_NB);
    }
    if (ok && fsync(folder) != 0)
        ok = err_set_errno(e, errno, "cannot sync the folder of %s", s->path);
    close(folder);
    if (!ok)
        close_file(s);
    return ok;
}

/* Whole blocks from the room to the file. */
static bool flush_room(struct segment *s, struct err *e) {
    if (!file_write_at(s->fd, s->room, s->used, s->written, s->path, e))
        return false;
    s->written += (int64_t)s->used;
    s->used = 0;
    return true;
}

static bool put(struct segment *s, const void *data, size_t bytes, struct err *e) {
    const char *from = data;
    while (bytes > 0) {
        size_t part = ROOM_BYTES - s->used < bytes ? ROOM_BYTES - s->used : bytes;
        memcpy(s->room + s->used, from, part);
        s->used += part;
        from += part;
        bytes -= part;
        if (s->used == ROOM_BYTES && !flush_room(s, e))
            return false;
    }
    return true;
}

static bool put_record(struct segment *s, const struct segment_record *r, struct err *e) {
    struct header h;
    PRE(r->body && r->bytes > 0 && r->bytes <= SEGMENT_BODY_MAX);
    encode(r, &h);
    return put(s, &h, sizeof h, e) && put(s, r->body, (size_t)r->bytes, e);
}

static int64_t next_block(int64_t at) {
    return (at + SEGMENT_BLOCK_BYTES - 1) / SEGMENT_BLOCK_BYTES * SEGMENT_BLOCK_BYTES;
}

static bool write_and_sync(struct segment *s, const struct segment_record *records, size_t count,
                           struct err *e) {
    s->used = 0;
    s->written = s->bytes;
    for (size_t i = 0; i < count; i++)
        if (records[i].offset == 0 && !put_record(s, &records[i], e))
            return false;
    size_t whole = (size_t)next_block((int64_t)s->used);
    memset(s->room + s->used, 0, whole - s->used);
    s->used = whole;
    if (!flush_room(s, e))
        return false;
    FAULT_POINT("segment_before_sync");
    return fdatasync(s->fd) == 0 || err_set_errno(e, errno, "cannot sync %s", s->path);
}

static void fill_places(const struct segment *s, struct segment_record *records, size_t count) {
    int64_t at = s->bytes;
    for (size_t i = 0; i < count; i++) {
        if (records[i].offset > 0)
            continue;
        records[i].offset = at + SEGMENT_HEADER_BYTES;
        memcpy(records[i].path, s->path, sizeof records[i].path);
        at += SEGMENT_HEADER_BYTES + records[i].bytes;
    }
    POST(next_block(at) == s->written);
}

static bool is_appended(const struct segment_record *records, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (records[i].offset == 0)
            return false;
    return true;
}

bool segment_append(struct segment *s, struct segment_record *records, size_t count,
                    struct err *e) {
    if (is_appended(records, count))
        return true;
    int64_t now_boot_ms = clock_boot_ms();
    bool idle = now_boot_ms - s->used_boot_ms > SEGMENT_IDLE_MAX_MS;
    if (s->fd >= 0 && (s->bytes >= s->file_max || idle))
        close_file(s);
    s->used_boot_ms = now_boot_ms;
    if (s->fd < 0 && !open_file(s, e))
        return false;
    if (!write_and_sync(s, records, count, e)) {
        /* without space the file is as it was; else nobody knows what the disk has of it */
        if (e->code != ERR_SPACE || ftruncate(s->fd, s->bytes) != 0)
            close_file(s);
        return false;
    }
    fill_places(s, records, count);
    s->bytes = s->written;
    FAULT_POINT("segment_after_sync");
    return true;
}

/* Nobody takes it but who has just made the file, so what is free once is free for good. */
bool segment_is_being_written(int fd) {
    bool is_free = flock(fd, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK;
    if (is_free)
        (void)flock(fd, LOCK_UN);
    return !is_free;
}

/* ---- reading ----------------------------------------------------------------------------------*/

static bool copy_range(int fd, const char *path, int64_t offset, int64_t bytes, struct buf *out,
                       struct err *e) {
    char step[READ_BYTES];
    while (bytes > 0) {
        ssize_t want = bytes < READ_BYTES ? bytes : READ_BYTES;
        ssize_t got = file_read_at(fd, step, (size_t)want, offset);
        if (got < 0)
            return err_set_errno(e, errno, "cannot read %s", path);
        if (got < want)
            return err_set(e, ERR_CORRUPT, "%s ends before byte %" PRId64, path, offset + bytes);
        if (!buf_add(out, step, (size_t)got))
            return err_set(e, ERR_MEMORY, "no memory to read %s", path);
        offset += got;
        bytes -= got;
    }
    return true;
}

bool segment_read(int results_fd, const char *path, int64_t offset, int64_t bytes, struct buf *out,
                  struct err *e) {
    PRE(offset >= 0 && bytes >= 0);
    int fd = openat(results_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return err_set_errno(e, errno, "cannot open %s", path);
    bool ok = copy_range(fd, path, offset, bytes, out, e);
    close(fd);
    return ok;
}

static bool sync_one(int results_fd, const char *path, struct err *e) {
    int fd = openat(results_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return err_set_errno(e, errno, "cannot open %s", path);
    bool ok = fsync(fd) == 0 || err_set_errno(e, errno, "cannot sync %s", path);
    close(fd);
    return ok;
}

bool segment_sync(int results_fd, const char *path, struct err *e) {
    return sync_one(results_fd, path, e) && sync_one(results_fd, SEGMENT_FOLDER, e) &&
           sync_one(results_fd, ".", e);
}

struct scan {
    bool (*each)(const struct segment_record *record, void *arg);
    void *arg;
    bool stop;
};

static bool scan_file(int fd, const char *path, struct scan *scan, struct err *e) {
    struct header h;
    struct segment_record r;
    int64_t at = 0;
    while (!scan->stop) {
        ssize_t got = file_read_at(fd, &h, sizeof h, at);
        if (got < 0)
            return err_set_errno(e, errno, "cannot read %s", path);
        if ((size_t)got < sizeof h || !decode(&h, &r)) {
            if (at % SEGMENT_BLOCK_BYTES == 0)
                return true;
            at = next_block(at); /* where an append ended, the next begins */
            continue;
        }
        r.offset = at + SEGMENT_HEADER_BYTES;
        memcpy(r.path, path, strlen(path) + 1);
        scan->stop = !scan->each(&r, scan->arg);
        at = r.offset + r.bytes;
    }
    return true;
}

static bool scan_path(int results_fd, const char *path, struct scan *scan, struct err *e) {
    int fd = openat(results_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT || err_set_errno(e, errno, "cannot open %s", path);
    bool ok = scan_file(fd, path, scan, e);
    close(fd);
    return ok;
}

bool segment_scan_file(int results_fd, const char *path,
                       bool (*each)(const struct segment_record *record, void *arg), void *arg,
                       struct err *e) {
    struct scan scan = {.each = each, .arg = arg};
    PRE(strlen(path) < SEGMENT_PATH_MAX);
    return scan_path(results_fd, path, &scan, e);
}

/* By the names that are there, not by number: a file in between may have been moved away. */
bool segment_scan(int results_fd, int64_t writer,
                  bool (*each)(const struct segment_record *record, void *arg), void *arg,
                  struct err *e) {
    char first[SEGMENT_PATH_MAX], path[SEGMENT_PATH_MAX];
    struct scan scan = {.each = each, .arg = arg};
    const struct dirent *entry;
    bool ok = true;
    path_of(writer, 0, first);
    int fd = openat(results_fd, SEGMENT_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        int errnum = errno;
        if (fd >= 0)
            close(fd);
        return errnum == ENOENT || errnum == ENOTDIR ||
               err_set_errno(e, errnum, "cannot read the folder " SEGMENT_FOLDER);
    }
    while (ok && !scan.stop && (entry = readdir(dir))) {
        int n = snprintf(path, sizeof path, SEGMENT_FOLDER "/%s", entry->d_name);
        if (n > 0 && (size_t)n < sizeof path && strncmp(path, first, PREFIX_BYTES) == 0)
            ok = scan_path(results_fd, path, &scan, e);
    }
    (void)closedir(dir);
    return ok;
}
