/* tar.c: see tar.h. The format is POSIX ustar, with an extension only where a name or a size needs
 * it. */
#include "cli/delivery/tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/ensure.h"

#define PART_BYTES ((size_t)256 * 1024)
#define FILE_MODE 0644

struct tar {
    int fd;
    struct archive *file;
    locale_t utf8, before; /* libarchive asks the locale how names are written */
    char *part;            /* PART_BYTES */
    time_t now_s;
    unsigned char (*digests)[SHA256_BYTES]; /* of what was added, in order */
    size_t count, room;
};

static bool failed(struct archive *a, const char *what, struct err *e) {
    int number = archive_errno(a);
    const char *why = archive_error_string(a);
    if (number > 0 && number < 4096) /* the system's; libarchive has numbers of its own below 0 */
        return err_set_errno(e, number, "cannot %s the archive", what);
    return err_set(e, ERR_IO, "cannot %s the archive: %.200s", what, why ? why : "unknown reason");
}

static struct archive *new_writer(int fd) {
    struct archive *a = archive_write_new();
    if (a && (archive_write_set_format_pax_restricted(a) != ARCHIVE_OK ||
              archive_write_open_fd(a, fd) != ARCHIVE_OK)) {
        (void)archive_write_free(a);
        a = NULL;
    }
    return a;
}

bool tar_new(struct tar **out, int fd, struct err *e) {
    struct archive *file = new_writer(fd);
    if (!file)
        return err_set(e, ERR_MEMORY, "no memory to write an archive");
    struct tar *t = ensure_alloc(sizeof *t);
    *t = (struct tar){.fd = fd, .file = file, .now_s = time(NULL)};
    t->part = ensure_alloc(PART_BYTES);
    t->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    t->before = t->utf8 ? uselocale(t->utf8) : (locale_t)0;
    *out = t;
    return true;
}

void tar_free(struct tar *t) {
    if (!t)
        return;
    if (t->file)
        (void)archive_write_free(t->file);
    if (t->utf8) {
        (void)uselocale(t->before);
        freelocale(t->utf8);
    }
    free(t->part);
    free(t->digests);
    free(t);
}

/* ---- writing ---- */

static bool write_header(struct tar *t, const char *name, int64_t bytes, struct err *e) {
    struct archive_entry *entry = archive_entry_new2(t->file);
    ASSERT(entry != NULL);
    archive_entry_set_pathname_utf8(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, FILE_MODE);
    archive_entry_set_mtime(entry, t->now_s, 0);
    archive_entry_set_size(entry, bytes);
    bool ok = archive_write_header(t->file, entry) == ARCHIVE_OK || failed(t->file, "write", e);
    archive_entry_free(entry);
    return ok;
}

static bool write_bytes(struct tar *t, struct audio_source *source, struct sha256 *sum,
                        struct err *e) {
    for (int64_t at = 0; at < source->bytes;) {
        size_t n = audio_source_read(source, at, t->part, PART_BYTES);
        if (n == 0)
            return err_set_errno(e, source->errnum, "cannot read what is to be archived");
        if (archive_write_data(t->file, t->part, n) != (la_ssize_t)n)
            return failed(t->file, "write", e);
        sha256_add(sum, t->part, n);
        at += (int64_t)n;
    }
    return true;
}

bool tar_add(struct tar *t, const char *name, struct audio_source *source,
             unsigned char sha256[SHA256_BYTES], struct err *e) {
    struct sha256 sum;
    sha256_init(&sum);
    if (!write_header(t, name, source->bytes, e) || !write_bytes(t, source, &sum, e)) {
        sha256_release(&sum);
        return false;
    }
    sha256_finish(&sum, sha256);
    if (t->count == t->room) {
        t->room = 2 * t->room + 64;
        t->digests = ensure_realloc(t->digests, t->room * sizeof *t->digests);
    }
    memcpy(t->digests[t->count++], sha256, SHA256_BYTES);
    return true;
}

/* ---- reading it back ---- */

static bool is_same(struct tar *t, struct archive *a, size_t i, bool *same, struct err *e) {
    unsigned char digest[SHA256_BYTES];
    struct sha256 sum;
    la_ssize_t n;
    sha256_init(&sum);
    while ((n = archive_read_data(a, t->part, PART_BYTES)) > 0)
        sha256_add(&sum, t->part, (size_t)n);
    sha256_finish(&sum, digest);
    *same = i < t->count && memcmp(digest, t->digests[i], sizeof digest) == 0;
    return n == 0 || failed(a, "read back", e);
}

static bool read_back(struct tar *t, struct archive *a, struct err *e) {
    struct archive_entry *entry;
    size_t i = 0;
    int code;
    for (bool same = true; (code = archive_read_next_header(a, &entry)) == ARCHIVE_OK; i++) {
        if (!is_same(t, a, i, &same, e))
            return false;
        if (!same)
            break;
    }
    if (code != ARCHIVE_OK && code != ARCHIVE_EOF)
        return failed(a, "read back", e);
    return (code == ARCHIVE_EOF && i == t->count) ||
           err_set(e, ERR_IO, "the archive does not hold what was written to it");
}

bool tar_end(struct tar *t, struct err *e) {
    if (archive_write_close(t->file) != ARCHIVE_OK)
        return failed(t->file, "write", e);
    if (fsync(t->fd) != 0 || lseek(t->fd, 0, SEEK_SET) != 0)
        return err_set(e, ERR_IO, "cannot sync the archive");
    struct archive *a = archive_read_new();
    ASSERT(a != NULL);
    bool ok = (archive_read_support_format_tar(a) == ARCHIVE_OK &&
               archive_read_open_fd(a, t->fd, PART_BYTES) == ARCHIVE_OK) ||
              failed(a, "read back", e);
    ok = ok && read_back(t, a, e);
    (void)archive_read_free(a);
    return ok;
}
