/* discard.c: see discard.h. */
#include "base/discard.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/segment.h"
#include "base/sha256.h"

#define SUFFIX ".seg"
#define READ_BYTES 65536
#define MARK '\x7f' /* the first byte of a discarded answer that was zeros all over */

/* ---- one answer ---- */

/* Zeros from `from` on. An answer of zeros that was discarded begins with a mark, and has it still
 * when it is discarded again. */
static bool is_empty(int fd, int64_t from, int64_t bytes) {
    static const char zeros[READ_BYTES];
    char part[READ_BYTES];
    for (int64_t at = 0; at < bytes;) {
        size_t want = bytes - at < READ_BYTES ? (size_t)(bytes - at) : READ_BYTES;
        ssize_t n = file_read_at(fd, part, want, from + at);
        size_t mark = n > 0 && at == 0 && part[0] == MARK;
        if (n <= 0 || memcmp(part + mark, zeros, (size_t)n - mark) != 0)
            return false;
        at += n;
    }
    return true;
}

/* The file's times stay, so that it does not look written to; another user of the group cannot keep
 * them, and it is looked at an hour later. */
static bool keep_times(int fd, const struct stat *st) {
    const struct timespec times[] = {st->st_atim, st->st_mtim};
    return futimens(fd, times) == 0 || errno == EPERM;
}

static bool punch(int fd, int64_t offset, int64_t bytes) {
    static const char mark = MARK;
    struct stat st;
    bool of_zeros = is_empty(fd, offset, bytes);
    if (fstat(fd, &st) != 0 ||
        fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, bytes) != 0 ||
        (of_zeros && pwrite(fd, &mark, 1, offset) != 1))
        return false;
    return keep_times(fd, &st);
}

bool discard_answer(const char *results, const char *path, int64_t offset, int64_t bytes,
                    struct err *e) {
    int folder = open(results, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd = -1;
    bool ok = folder >= 0;
    if (ok && offset == 0) {
        ok = unlinkat(folder, path, 0) == 0;
    } else if (ok) {
        fd = openat(folder, path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
        ok = fd >= 0 && punch(fd, offset, bytes);
    }
    int errnum = errno;
    if (fd >= 0)
        (void)close(fd);
    if (folder >= 0)
        (void)close(folder);
    return ok || errnum == ENOENT || err_set_errno(e, errnum, "cannot remove %s", path);
}

/* ---- segment files that are all holes ---- */

struct look {
    int fd;
    int64_t end; /* of the newest record */
    bool any;    /* an answer that is there, or cannot be read */
};

/* A hole reads as zeros, and they are not what was written there. */
static bool is_discarded(int fd, const struct segment_record *r) {
    char part[READ_BYTES];
    unsigned char hash[SHA256_BYTES];
    struct sha256 sum;
    ssize_t n = 1;
    if (!is_empty(fd, r->offset, r->bytes))
        return false;
    sha256_init(&sum);
    for (int64_t at = 0; n > 0 && at < r->bytes; at += n) {
        size_t want = r->bytes - at < READ_BYTES ? (size_t)(r->bytes - at) : READ_BYTES;
        n = file_read_at(fd, part, want, r->offset + at);
        if (n > 0)
            sha256_add(&sum, part, (size_t)n);
    }
    sha256_finish(&sum, hash);
    return n > 0 && memcmp(hash, r->sha256, sizeof hash) != 0;
}

static bool on_record(const struct segment_record *record, void *arg) {
    struct look *look = arg;
    look->end = record->offset + record->bytes;
    look->any = !is_discarded(look->fd, record);
    return !look->any;
}

static bool is_quiet(const struct stat *st) {
    return S_ISREG(st->st_mode) && time(NULL) - st->st_mtim.tv_sec > DISCARD_QUIET_S;
}

static bool look_at(int results_fd, const char *path, int64_t *removed, struct err *e) {
    struct stat st;
    struct look look = {.fd = openat(results_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
    if (look.fd < 0)
        return true; /* gone, or nobody's of ours */
    bool quiet = fstat(look.fd, &st) == 0 && is_quiet(&st) && !segment_is_being_written(look.fd);
    bool ok = !quiet || segment_scan_file(results_fd, path, on_record, &look, e);
    /* What lies behind the last record that can be read may be somebody's; zeros without any record
     * are nobody's: the writer died before its first. */
    bool whole = look.end > 0 ? look.end + SEGMENT_BLOCK_BYTES > st.st_size
                              : quiet && is_empty(look.fd, 0, st.st_size);
    if (ok && quiet && whole && !look.any && unlinkat(results_fd, path, 0) == 0)
        ++*removed;
    (void)close(look.fd);
    return ok;
}

static bool is_segment(const char *name) {
    size_t n = strlen(name);
    return n > strlen(SUFFIX) && strcmp(name + n - strlen(SUFFIX), SUFFIX) == 0;
}

static bool look_at_all(int results_fd, DIR *dir, int64_t *removed, struct err *e) {
    const struct dirent *entry;
    char path[SEGMENT_PATH_MAX];
    bool ok = true;
    while (ok && (entry = readdir(dir))) {
        int n = snprintf(path, sizeof path, SEGMENT_FOLDER "/%s", entry->d_name);
        if (n > 0 && (size_t)n < sizeof path && is_segment(entry->d_name))
            ok = look_at(results_fd, path, removed, e);
    }
    return ok;
}

bool discard_segments(const char *results, int64_t *removed, struct err *e) {
    int results_fd = open(results, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd = results_fd < 0 ? -1
                            : openat(results_fd, SEGMENT_FOLDER,
                                     O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    bool ok = dir || errno == ENOENT || err_set_errno(e, errno, "cannot read %s", results);
    *removed = 0;
    if (dir)
        ok = look_at_all(results_fd, dir, removed, e);
    if (dir)
        (void)closedir(dir);
    else if (fd >= 0)
        (void)close(fd);
    if (results_fd >= 0)
        (void)close(results_fd);
    return ok;
}
