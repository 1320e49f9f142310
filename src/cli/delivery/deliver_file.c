/*
 * deliver_file.c: see deliver_file.h. A result that is a file in the results folder is linked where
 * that is possible and copied where not; one that is a row is written out.
 */
#include "cli/delivery/deliver_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ensure.h"
#include "base/file.h"
#include "base/segment.h"
#include "base/sha256.h"
#include "cli/delivery/pieces.h"
#include "cli/delivery/stored.h"

#define COPY_BYTES (128 * 1024)

static bool hash_fd(int fd, int64_t *bytes, unsigned char out[SHA256_BYTES]) {
    char *room = ensure_alloc(COPY_BYTES);
    struct sha256 sha;
    sha256_init(&sha);
    ssize_t n;
    *bytes = 0;
    while ((n = read(fd, room, COPY_BYTES)) > 0 || (n < 0 && errno == EINTR))
        if (n > 0) {
            sha256_add(&sha, room, (size_t)n);
            *bytes += n;
        }
    sha256_finish(&sha, out);
    free(room);
    return n == 0;
}

static bool is_result(const struct store_job_row *row, int64_t bytes,
                      const unsigned char digest[SHA256_BYTES]) {
    return bytes == row->result_bytes && !memcmp(digest, row->result_sha256, SHA256_BYTES);
}

enum present { PRESENT_NOT, PRESENT_SAME, PRESENT_OTHER };

static enum present look(const struct deliver *d, const char *name,
                         const struct store_job_row *row) {
    int fd = openat(d->dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? PRESENT_NOT : PRESENT_OTHER;
    struct stat st;
    unsigned char digest[SHA256_BYTES];
    int64_t bytes;
    bool same = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == row->result_bytes &&
                hash_fd(fd, &bytes, digest) && is_result(row, bytes, digest);
    close(fd);
    return same ? PRESENT_SAME : PRESENT_OTHER;
}

/* Those that the template names. Each must be a folder: a link would lead elsewhere. */
static bool make_folders(struct deliver *d, const char *name) {
    const char *slash = strrchr(name, '/');
    size_t bytes = slash ? (size_t)(slash - name) : 0;
    if (bytes == 0 || (strlen(d->made) == bytes && !strncmp(d->made, name, bytes)))
        return true;
    for (size_t end = 1; end <= bytes; end++) {
        if (name[end] != '/')
            continue;
        memcpy(d->made, name, end);
        d->made[end] = '\0';
        struct stat st;
        if ((mkdirat(d->dir_fd, d->made, DELIVER_FOLDER_MODE) != 0 && errno != EEXIST) ||
            fstatat(d->dir_fd, d->made, &st, AT_SYMLINK_NOFOLLOW) != 0)
            return err_set_errno(d->e, errno, "cannot make the folder %.100s in %.200s", d->made,
                                 d->options->folder);
        if (!S_ISDIR(st.st_mode))
            return err_set(d->e, ERR_FAILED, "%.200s/%.100s is there and no folder",
                           d->options->folder, d->made);
    }
    return true;
}

static bool publish_part(struct deliver *d, int *fd, const char *name) {
    return make_folders(d, name) && deliver_part_add(&d->parts, fd, name, d->e);
}

static bool read_body(struct deliver *d, const struct store_job_row *row, struct buf *body) {
    if (!row->result_path)
        return store_result_body(d->session->store, row->result_id, body, d->e);
    return segment_read(d->results_fd, row->result_path, row->result_offset, row->result_bytes,
                        body, d->e);
}

static bool write_part(struct deliver *d, int fd, const void *data, size_t bytes) {
    return file_write_all(fd, data, bytes, d->e) || err_prefix(d->e, "%.200s", d->options->folder);
}

/* An answer that is no file of its own: a row, or a place in a segment file. */
static bool write_body(struct deliver *d, const struct store_job_row *row, const char *name) {
    struct buf body;
    unsigned char digest[SHA256_BYTES];
    struct sha256 sha;
    int fd = -1;
    buf_init(&body, (size_t)row->result_bytes + 1);
    bool ok = read_body(d, row, &body);
    if (ok) {
        sha256_init(&sha);
        sha256_add(&sha, buf_str(&body), body.bytes);
        sha256_finish(&sha, digest);
        ok = (is_result(row, (int64_t)body.bytes, digest) ||
              stored_damaged(row->id, "its bytes have changed", d->e)) &&
             deliver_part_open(&d->parts, &fd, d->e) && write_part(d, fd, body.data, body.bytes) &&
             publish_part(d, &fd, name);
    }
    if (fd >= 0)
        close(fd);
    buf_release(&body);
    return ok;
}

static bool copy_fd(struct deliver *d, int from, int to) {
    char *room = ensure_alloc(COPY_BYTES);
    ssize_t n;
    bool ok = true;
    while (ok && ((n = read(from, room, COPY_BYTES)) > 0 || (n < 0 && errno == EINTR)))
        ok = n < 0 || write_part(d, to, room, (size_t)n);
    if (ok && n < 0)
        ok = err_set_errno(d->e, errno, "cannot read a result");
    free(room);
    return ok;
}

static bool copy_file(struct deliver *d, const struct store_job_row *row, int from,
                      const char *name) {
    int to = -1;
    unsigned char digest[SHA256_BYTES];
    int64_t bytes;
    bool ok = deliver_part_open(&d->parts, &to, d->e) && copy_fd(d, from, to);
    if (ok && (lseek(to, 0, SEEK_SET) != 0 || !hash_fd(to, &bytes, digest)))
        ok = err_set_errno(d->e, errno, "cannot read back %.200s", d->options->folder);
    ok = ok &&
         (is_result(row, bytes, digest) ||
          stored_damaged(row->id, "its bytes have changed", d->e)) &&
         publish_part(d, &to, name);
    if (to >= 0)
        close(to);
    return ok;
}

/* A second name for the same bytes, made durable at the end. */
static bool try_link(struct deliver *d, const struct store_job_row *row, const char *name) {
    char part[DELIVER_PART_NAME_BYTES];
    return d->options->placing != DELIVER_COPY && deliver_part_place(&d->parts, part) &&
           linkat(d->results_fd, row->result_path, d->dir_fd, part, 0) == 0 &&
           renameat(d->dir_fd, part, d->dir_fd, name) == 0;
}

static bool copy(struct deliver *d, const struct store_job_row *row, int from, const char *name) {
    if (d->options->placing == DELIVER_LINK)
        return err_set(d->e, ERR_FAILED,
                       "%.200s/%.100s cannot be a link to the result: another disk, or a file of "
                       "another user; leave out --link",
                       d->options->folder, name);
    return copy_file(d, row, from, name);
}

/* Also what is only linked is read: a disk that has lost a bit says nothing. */
static bool is_whole(const struct deliver *d, const struct store_job_row *row, int fd) {
    unsigned char digest[SHA256_BYTES];
    struct stat st;
    int64_t bytes;
    if (fstat(fd, &st) != 0 || st.st_size != row->result_bytes)
        return stored_damaged(row->id, "its file has another size", d->e);
    if (!hash_fd(fd, &bytes, digest) || lseek(fd, 0, SEEK_SET) != 0)
        return err_set_errno(d->e, errno, "cannot read the result of job %" PRId64, row->id);
    return is_result(row, bytes, digest) || stored_damaged(row->id, "its bytes have changed", d->e);
}

static bool take_file(struct deliver *d, const struct store_job_row *row, const char *name) {
    int from;
    if (!stored_open_file(d->session, d->results_fd, row->id, row->result_path, &from, d->e))
        return false;
    bool ok = is_whole(d, row, from) && make_folders(d, name) &&
              (try_link(d, row, name) || copy(d, row, from, name));
    close(from);
    return ok;
}

static bool is_there(const struct deliver *d, const char *name) {
    return err_set(d->e, ERR_FAILED,
                   "%.200s/%.100s is there with other content; --force replaces it",
                   d->options->folder, name);
}

static bool put_file(struct deliver *d, const struct store_job_row *row, const char *name) {
    enum present present = look(d, name, row);
    if (present == PRESENT_SAME) {
        d->report->same++;
        return true;
    }
    if (present == PRESENT_OTHER && !d->options->force)
        return is_there(d, name);
    bool is_file = row->result_path && row->result_offset == 0;
    return is_file ? take_file(d, row, name) : write_body(d, row, name);
}

/* ---- one file of several pieces ---- */

/* Two encodings of one sound differ in bytes that no one hears; then its length must do. */
static bool is_same_sound(const struct deliver *d, const char *name, int64_t duration_ms) {
    struct audio_source source;
    struct audio_facts facts;
    struct stat st;
    struct err ignored;
    int fd = openat(d->dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    bool same = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    if (same) {
        audio_source_fd(&source, fd, st.st_size);
        same = audio_check(&source, AUDIO_UNKNOWN, &facts, &ignored) &&
               facts.duration_ms == duration_ms;
    }
    if (fd >= 0)
        close(fd);
    return same;
}

/* The joined file is in the part; its facts are in *row. */
static bool publish_joined(struct deliver *d, const struct store_job_row *row, int *fd,
                           const char *name, bool copied) {
    enum present present = look(d, name, row);
    if (present == PRESENT_OTHER && !copied && is_same_sound(d, name, row->result_duration_ms))
        present = PRESENT_SAME;
    if (present == PRESENT_SAME) {
        d->report->same++;
        return true;
    }
    if (present == PRESENT_OTHER && !d->options->force)
        return is_there(d, name);
    return publish_part(d, fd, name);
}

/* Makes the job's file of its pieces; *joined is the row as if that file were its result. */
static bool deliver_pieces(struct deliver *d, const struct stored_list *list,
                           struct store_job_row *joined, unsigned char digest[SHA256_BYTES],
                           char name[DELIVER_NAME_BYTES]) {
    struct join_report report;
    int fd = -1;
    bool ok = deliver_part_open(&d->parts, &fd, d->e) &&
              pieces_join(d->session, d->results_fd, list, fd, &report, d->e);
    if (ok && (lseek(fd, 0, SEEK_SET) != 0 || !hash_fd(fd, &joined->result_bytes, digest)))
        ok = err_set_errno(d->e, errno, "cannot read back %.200s", d->options->folder);
    if (ok) {
        joined->has_result = true;
        joined->result_format = audio_format_text(report.format);
        joined->result_duration_ms = report.duration_ms;
        joined->result_sha256 = digest;
        deliver_name_make(&d->name, joined, name);
        ok = publish_joined(d, joined, &fd, name, report.copied);
    }
    if (fd >= 0)
        close(fd);
    return ok;
}

/* ---- a job ---- */

static bool put_pieces(struct deliver *d, const struct store_job_row *row, struct delivered *out) {
    struct stored_list list;
    bool ok = stored_of_job(d->session, row, &list, d->e) &&
              deliver_pieces(d, &list, &out->row, out->digest, out->name);
    stored_release(&list);
    return ok;
}

bool deliver_file(struct deliver *d, const struct store_job_row *row, struct delivered *out,
                  bool *has_sound) {
    bool in_pieces = row->piece_count > 0 && row->state == JOB_DONE;
    out->row = *row;
    *has_sound = in_pieces || row->has_result;
    if (!*has_sound)
        return true;
    if (!in_pieces)
        deliver_name_make(&d->name, row, out->name);
    if (!(in_pieces ? put_pieces(d, row, out) : put_file(d, row, out->name))) {
        *has_sound = false;
        return d->options->partial &&
               stored_leave_out(d->session, d->results_fd, row, &d->progress, &d->report->damaged);
    }
    d->has_subfolders = d->has_subfolders || strchr(out->name, '/');
    d->report->files++;
    d->report->bytes += out->row.result_bytes;
    if (out->row.result_duration_ms > 0)
        d->report->duration_ms += out->row.result_duration_ms;
    return true;
}
