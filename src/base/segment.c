/* segment.c: see segment.h. */
#include "base/segment.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/ensure.h"
#include "base/fault.h"

#define FOLDER_MODE 0770 /* subject to the umask */
#define FILE_MODE 0640
#define GROUP_MAX 256 /* records of one pwritev: half of IOV_MAX at most */
#define FILES_MAX 1000000u
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

void segment_close(struct segment *s) {
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
    s->bytes = 0;
}

static bool open_folder(const struct segment *s, int *fd, struct err *e) {
    bool made = mkdirat(s->results_fd, SEGMENT_FOLDER, FOLDER_MODE) == 0;
    if (!made && errno != EEXIST)
        return err_set_errno(e, errno, "cannot create the folder " SEGMENT_FOLDER);
    /* also when it was there: whoever made it may not have come this far yet */
    if (fsync(s->results_fd) != 0)
        return err_set_errno(e, errno, "cannot sync the results folder");
    *fd = openat(s->results_fd, SEGMENT_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    return *fd >= 0 || err_set_errno(e, errno, "cannot open the folder " SEGMENT_FOLDER);
}

static bool open_file(struct segment *s, struct err *e) {
    int folder;
    if (!open_folder(s, &folder, e))
        return false;
    path_of(s->writer, s->next++, s->path);
    s->fd = openat(s->results_fd, s->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    bool ok = s->fd >= 0 || err_set_errno(e, errno, "cannot create %s", s->path);
    if (ok && fsync(folder) != 0)
        ok = err_set_errno(e, errno, "cannot sync the folder of %s", s->path);
    close(folder);
    if (!ok)
        segment_close(s);
    return ok;
}

/* Writes everything, through short writes and EINTR; changes the vector. */
static bool write_vector(const struct segment *s, struct iovec *v, size_t count, int64_t offset,
                         struct err *e) {
    while (count > 0) {
        ssize_t n = pwritev(s->fd, v, (int)count, offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_set_errno(e, errno, "cannot write %s", s->path);
        offset += n;
        for (; count > 0 && (size_t)n >= v->iov_len; v++, count--)
            n -= (ssize_t)v->iov_len;
        if (count > 0) {
            v->iov_base = (char *)v->iov_base + n;
            v->iov_len -= (size_t)n;
        }
    }
    return true;
}

static void *unconst(const void *p) { /* an iovec is for reading, too */
    union {
        const void *in;
        void *out;
    } u = {.in = p};
    return u.out;
}

/* Writes at *end the first records that are not appended, GROUP_MAX of them at most; *done counts
 * what was looked at. */
static bool write_group(const struct segment *s, struct segment_record *records, size_t count,
                        size_t *done, int64_t *end, struct err *e) {
    struct header headers[GROUP_MAX];
    struct iovec v[2 * GROUP_MAX];
    size_t n = 0, i;
    int64_t from = *end;
    for (i = 0; i < count && n < GROUP_MAX; i++) {
        struct segment_record *r = &records[i];
        if (r->offset > 0)
            continue;
        PRE(r->body && r->bytes > 0 && r->bytes <= SEGMENT_BODY_MAX);
        encode(r, &headers[n]);
        v[2 * n] = (struct iovec){&headers[n], SEGMENT_HEADER_BYTES};
        v[2 * n + 1] = (struct iovec){unconst(r->body), (size_t)r->bytes};
        *end += SEGMENT_HEADER_BYTES + r->bytes;
        n++;
    }
    *done += i;
    return write_vector(s, v, 2 * n, from, e);
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
}

static bool write_and_sync(const struct segment *s, struct segment_record *records, size_t count,
                           int64_t *end, struct err *e) {
    for (size_t done = 0; done < count;)
        if (!write_group(s, records + done, count - done, &done, end, e))
            return false;
    FAULT_POINT("segment_before_sync");
    return fdatasync(s->fd) == 0 || err_set_errno(e, errno, "cannot sync %s", s->path);
}

bool segment_append(struct segment *s, struct segment_record *records, size_t count,
                    struct err *e) {
    int64_t end;
    if (s->fd >= 0 && s->bytes >= s->file_max)
        segment_close(s);
    if (s->fd < 0 && !open_file(s, e))
        return false;
    end = s->bytes;
    if (!write_and_sync(s, records, count, &end, e)) {
        /* without space the file is as it was; else nobody knows what the disk has of it */
        if (e->code != ERR_SPACE || ftruncate(s->fd, s->bytes) != 0)
            segment_close(s);
        return false;
    }
    fill_places(s, records, count);
    s->bytes = end;
    FAULT_POINT("segment_after_sync");
    return true;
}

/* ---- reading ----------------------------------------------------------------------------------*/

/* Reads up to `bytes`; *got says how many there are. */
static bool read_at(int fd, const char *path, void *to, size_t bytes, int64_t offset, size_t *got,
                    struct err *e) {
    *got = 0;
    while (*got < bytes) {
        ssize_t n = pread(fd, (char *)to + *got, bytes - *got, offset + (int64_t)*got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_set_errno(e, errno, "cannot read %s", path);
        if (n == 0)
            return true;
        *got += (size_t)n;
    }
    return true;
}

static bool copy_range(int fd, const char *path, int64_t offset, int64_t bytes, struct buf *out,
                       struct err *e) {
    char step[READ_BYTES];
    while (bytes > 0) {
        size_t want = bytes < READ_BYTES ? (size_t)bytes : READ_BYTES, got;
        if (!read_at(fd, path, step, want, offset, &got, e))
            return false;
        if (got < want)
            return err_set(e, ERR_CORRUPT, "%s ends before byte %" PRId64, path, offset + bytes);
        if (!buf_add(out, step, got))
            return err_set(e, ERR_MEMORY, "no memory to read %s", path);
        offset += (int64_t)got;
        bytes -= (int64_t)got;
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
        size_t got;
        if (!read_at(fd, path, &h, sizeof h, at, &got, e))
            return false;
        if (got < sizeof h || !decode(&h, &r))
            return true;
        r.offset = at + SEGMENT_HEADER_BYTES;
        memcpy(r.path, path, sizeof r.path);
        scan->stop = !scan->each(&r, scan->arg);
        at = r.offset + r.bytes;
    }
    return true;
}

bool segment_scan(int results_fd, int64_t writer,
                  bool (*each)(const struct segment_record *record, void *arg), void *arg,
                  struct err *e) {
    char path[SEGMENT_PATH_MAX];
    struct scan scan = {.each = each, .arg = arg};
    bool ok = true;
    for (unsigned n = 0; ok && !scan.stop && n < FILES_MAX; n++) {
        path_of(writer, n, path);
        int fd = openat(results_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0)
            return errno == ENOENT || err_set_errno(e, errno, "cannot open %s", path);
        ok = scan_file(fd, path, &scan, e);
        close(fd);
    }
    return ok;
}
