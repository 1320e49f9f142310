/*
 * deliver.c: see deliver.h. A result that is a file in the results folder is linked where that is
 * possible and copied where not; one that is a row is written out.
 */
#include "cli/deliver.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audio/join.h"
#include "base/ensure.h"
#include "base/file.h"
#include "base/segment.h"
#include "base/sha256.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/stored.h"
#include "cli/text.h"

#define FOLDER_MODE 0777 /* subject to the umask */
#define FILE_MODE 0666
#define NUMBER_WIDTH_MIN 4
#define FIRST_WORDS 6
#define FORMAT_BYTES_MAX 16
#define FILE_NAME_BYTES 160
#define PART_NAME ".ttsq-part"
#define COPY_BYTES (128 * 1024)
#define GAPS_SHOWN 3
#define QUIET_MS 1000

struct deliver {
    struct session *session;
    const struct deliver_options *options;
    struct deliver_report *report;
    const char *batch;
    int dir_fd, results_fd;
    int number_width;
    FILE *manifest;
    bool first;
    int64_t total;
    struct progress progress;
    bool ok;
    struct err *e;
};

/* ---- names ---- */

static void make_name(const struct deliver *d, const struct store_job_row *row,
                      char out[FILE_NAME_BYTES]) {
    char words[TEXT_FILE_NAME_BYTES_MAX + 1], format[FORMAT_BYTES_MAX + 1];
    size_t used = 0;
    for (const char *p = row->result_format; *p && used < FORMAT_BYTES_MAX; p++)
        if (isalnum((unsigned char)*p))
            format[used++] = *p;
    format[used] = '\0';
    bool named = row->name && *row->name;
    text_file_name(named ? row->name : row->text, named ? 0 : FIRST_WORDS, words);
    size_t bytes = strlen(words);
    if (bytes > used + 1 && words[bytes - used - 1] == '.' && !strcmp(words + bytes - used, format))
        words[bytes - used - 1] = '\0'; /* a name that brings its ending along */
    (void)snprintf(out, FILE_NAME_BYTES, "%0*" PRId64 "_%s.%s", d->number_width, row->seq, words,
                   used ? format : "bin");
}

/* ---- one file ---- */

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

static bool damaged(const struct deliver *d, const struct store_job_row *row, const char *what) {
    return err_set(d->e, ERR_CORRUPT, "the result of job %" PRId64 " is damaged: %s; `ttsq check`",
                   row->id, what);
}

static bool open_part(const struct deliver *d, int *fd) {
    *fd = openat(d->dir_fd, PART_NAME, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                 FILE_MODE);
    return *fd >= 0 || err_set_errno(d->e, errno, "cannot write in %.200s", d->options->folder);
}

static bool publish_part(const struct deliver *d, int fd, const char *name) {
    if (fsync(fd) != 0 || renameat(d->dir_fd, PART_NAME, d->dir_fd, name) != 0)
        return err_set_errno(d->e, errno, "cannot write %.200s/%.100s", d->options->folder, name);
    return true;
}

static bool read_body(struct deliver *d, const struct store_job_row *row, struct buf *body) {
    if (!row->result_path)
        return store_result_body(d->session->store, row->result_id, body, d->e);
    return segment_read(d->results_fd, row->result_path, row->result_offset, row->result_bytes,
                        body, d->e);
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
              damaged(d, row, "its bytes have changed")) &&
             open_part(d, &fd) && file_write_all(fd, body.data, body.bytes, d->e) &&
             publish_part(d, fd, name);
    }
    if (fd >= 0)
        close(fd);
    buf_release(&body);
    return ok;
}

static bool copy_fd(const struct deliver *d, int from, int to) {
    char *room = ensure_alloc(COPY_BYTES);
    ssize_t n;
    bool ok = true;
    while (ok && ((n = read(from, room, COPY_BYTES)) > 0 || (n < 0 && errno == EINTR)))
        ok = n < 0 || file_write_all(to, room, (size_t)n, d->e);
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
    bool ok = open_part(d, &to) && copy_fd(d, from, to);
    if (ok && (lseek(to, 0, SEEK_SET) != 0 || !hash_fd(to, &bytes, digest)))
        ok = err_set_errno(d->e, errno, "cannot read back %.200s", d->options->folder);
    ok = ok && (is_result(row, bytes, digest) || damaged(d, row, "its bytes have changed")) &&
         publish_part(d, to, name);
    if (to >= 0)
        close(to);
    return ok;
}

/* A second name for the same bytes, made durable by the folder's fsync at the end. */
static bool try_link(const struct deliver *d, const struct store_job_row *row, const char *name) {
    if (unlinkat(d->dir_fd, PART_NAME, 0) != 0 && errno != ENOENT)
        return false;
    return linkat(d->results_fd, row->result_path, d->dir_fd, PART_NAME, 0) == 0 &&
           renameat(d->dir_fd, PART_NAME, d->dir_fd, name) == 0;
}

/* Also what is only linked is read: a disk that has lost a bit says nothing. */
static bool is_whole(const struct deliver *d, const struct store_job_row *row, int fd) {
    unsigned char digest[SHA256_BYTES];
    struct stat st;
    int64_t bytes;
    if (fstat(fd, &st) != 0 || st.st_size != row->result_bytes)
        return damaged(d, row, "its file has another size");
    if (!hash_fd(fd, &bytes, digest) || lseek(fd, 0, SEEK_SET) != 0)
        return err_set_errno(d->e, errno, "cannot read the result of job %" PRId64, row->id);
    return is_result(row, bytes, digest) || damaged(d, row, "its bytes have changed");
}

static bool take_file(struct deliver *d, const struct store_job_row *row, const char *name) {
    int from = openat(d->results_fd, row->result_path, O_RDONLY | O_CLOEXEC);
    if (from < 0)
        return err_set_errno(d->e, errno,
                             "cannot open the result of job %" PRId64 ", %.200s/%.100s", row->id,
                             d->session->config->results, row->result_path);
    bool ok = is_whole(d, row, from) && (try_link(d, row, name) || copy_file(d, row, from, name));
    close(from);
    return ok;
}

static bool is_there(const struct deliver *d, const char *name) {
    return err_set(d->e, ERR_FAILED,
                   "%.200s/%.100s is there with other content; --force replaces it",
                   d->options->folder, name);
}

static bool deliver_file(struct deliver *d, const struct store_job_row *row, const char *name) {
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

static bool add_piece(struct deliver *d, struct join *join, const struct stored *piece) {
    struct stored_sound sound;
    struct err e;
    bool ok = stored_open(d->session, d->results_fd, piece, &sound, d->e);
    if (ok && !join_add(join, &sound.source, stored_format(piece), 0, &e))
        ok = err_set(d->e, e.code, "job %" PRId64 ", piece at byte %zu: %.300s", piece->job_id,
                     piece->text_at, e.msg);
    stored_close(&sound);
    return ok;
}

static bool join_pieces(struct deliver *d, const struct stored_list *list, int fd,
                        struct join_report *report) {
    struct join_options options = {.bytes_expected = list->bytes};
    struct join *join = join_new(fd, &options);
    bool ok = true;
    for (size_t i = 0; ok && i < list->count; i++)
        ok = add_piece(d, join, &list->items[i]);
    ok = ok && join_end(join, report, d->e);
    join_free(join);
    return ok;
}

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
static bool publish_joined(struct deliver *d, const struct store_job_row *row, int fd,
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
                           char name[FILE_NAME_BYTES]) {
    struct join_report report;
    int fd = -1;
    bool ok = open_part(d, &fd) && join_pieces(d, list, fd, &report);
    if (ok && (lseek(fd, 0, SEEK_SET) != 0 || !hash_fd(fd, &joined->result_bytes, digest)))
        ok = err_set_errno(d->e, errno, "cannot read back %.200s", d->options->folder);
    if (ok) {
        joined->has_result = true;
        joined->result_format = audio_format_text(report.format);
        joined->result_duration_ms = report.duration_ms;
        joined->result_sha256 = digest;
        make_name(d, joined, name);
        ok = publish_joined(d, joined, fd, name, report.copied);
    }
    if (fd >= 0)
        close(fd);
    return ok;
}

/* ---- the manifest ---- */

static json_t *manifest_job(const struct store_job_row *row, const char *file) {
    char sha[SHA256_HEX_BYTES];
    json_t *o =
        json_pack("{s:I, s:o, s:o, s:o}", "seq", (json_int_t)row->seq, "name", text_json(row->name),
                  "file", text_json(file), "text", text_json(row->text));
    ASSERT(o != NULL);
    json_object_set_new(o, "chapter", text_json(row->chapter));
    bool known = file && row->result_duration_ms >= 0;
    json_object_set_new(o, "bytes", file ? json_integer(row->result_bytes) : json_null());
    json_object_set_new(o, "sha256",
                        file ? json_string(sha256_hex(row->result_sha256, sha)) : json_null());
    json_object_set_new(o, "seconds",
                        known ? json_real((double)row->result_duration_ms / 1000.0) : json_null());
    int64_t attempts = row->piece_count > 0 ? row->attempt_no : row->attempts;
    json_object_set_new(o, "attempts", json_integer(attempts));
    if (row->piece_count > 0)
        json_object_set_new(o, "pieces", json_integer(row->piece_count));
    json_object_set_new(o, "cost_micros", json_integer(row->cost_micros));
    return o;
}

static void add_to_manifest(struct deliver *d, const struct store_job_row *row, const char *file) {
    json_t *o = manifest_job(row, file);
    fputs(d->first ? "\n    " : ",\n    ", d->manifest);
    (void)json_dumpf(o, d->manifest, JSON_REAL_PRECISION(10)); /* errors stick to the stream */
    json_decref(o);
    d->first = false;
}

static bool open_manifest(struct deliver *d) {
    int fd = openat(d->dir_fd, "." DELIVER_MANIFEST, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                    FILE_MODE);
    d->manifest = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!d->manifest)
        return err_set_errno(d->e, errno, "cannot write in %.200s", d->options->folder);
    json_t *name = text_json(d->batch);
    fputs("{\n  \"batch\": ", d->manifest);
    (void)json_dumpf(name, d->manifest, JSON_ENCODE_ANY);
    fputs(",\n  \"jobs\": [", d->manifest);
    json_decref(name);
    d->first = true;
    return true;
}

static bool close_manifest(struct deliver *d) {
    fputs("\n  ]\n}\n", d->manifest);
    bool ok = fflush(d->manifest) == 0 && !ferror(d->manifest) && fsync(fileno(d->manifest)) == 0 &&
              renameat(d->dir_fd, "." DELIVER_MANIFEST, d->dir_fd, DELIVER_MANIFEST) == 0 &&
              fsync(d->dir_fd) == 0;
    return ok ||
           err_set_errno(d->e, errno, "cannot write %.200s/" DELIVER_MANIFEST, d->options->folder);
}

/* ---- the batch ---- */

static void report_file(struct deliver *d, const struct store_job_row *row, const char *name) {
    add_to_manifest(d, row, name);
    d->report->files++;
    d->report->bytes += row->result_bytes;
    if (row->result_duration_ms > 0)
        d->report->duration_ms += row->result_duration_ms;
    if (progress_due(&d->progress))
        progress_line(&d->progress, "%" PRId64 "/%" PRId64 " files", d->report->files, d->total);
}

static bool take_pieces(struct deliver *d, const struct store_job_row *row) {
    struct store_job_row joined = *row;
    struct stored_list list;
    unsigned char digest[SHA256_BYTES];
    char name[FILE_NAME_BYTES];
    d->ok = stored_of_job(d->session, row, &list, d->e) &&
            deliver_pieces(d, &list, &joined, digest, name);
    stored_release(&list);
    if (d->ok)
        report_file(d, &joined, name);
    return d->ok;
}

static bool on_job(const struct store_job_row *row, void *arg) {
    struct deliver *d = arg;
    char name[FILE_NAME_BYTES];
    if (cli_stop_count())
        return d->ok = err_set(d->e, ERR_INTERRUPTED, "interrupted; say it again to continue");
    if (row->piece_count > 0 && row->state == JOB_DONE)
        return take_pieces(d, row);
    if (!row->has_result) {
        d->report->missing++;
        add_to_manifest(d, row, NULL);
        return true;
    }
    make_name(d, row, name);
    d->ok = deliver_file(d, row, name);
    if (d->ok)
        report_file(d, row, name);
    return d->ok;
}

struct gaps {
    char text[ERR_MSG_MAX];
    size_t used;
    int count;
};

static bool on_gap(const struct store_job_row *row, void *arg) {
    struct gaps *g = arg;
    char why[TEXT_SHOWN_BYTES];
    text_show(row->why ? row->why : job_state_text(row->state), 60, why);
    int n = snprintf(g->text + g->used, sizeof g->text - g->used, "%s#%" PRId64 " %.80s",
                     g->count ? "; " : "", row->seq, why);
    if (n > 0 && (size_t)n < sizeof g->text - g->used)
        g->used += (size_t)n;
    return ++g->count < GAPS_SHOWN;
}

static bool refuse_gaps(struct deliver *d, int64_t batch_id, const struct session_counts *counts) {
    if (counts->loading)
        return err_set(d->e, ERR_LATER, "the batch is still being loaded");
    if (counts->total == counts->count[JOB_DONE] || d->options->partial)
        return true;
    struct gaps gaps = {.used = 0};
    unsigned not_done = ((1u << JOB_STATE_COUNT) - 1) & ~JOB_BIT(JOB_DONE);
    if (!store_jobs_each(d->session->store, batch_id, not_done, on_gap, &gaps, d->e))
        return false;
    int64_t missing = counts->total - counts->count[JOB_DONE];
    return err_set(d->e, ERR_JOBS_FAILED,
                   "%" PRId64 " of %" PRId64 " results are missing (%.300s%s); --partial takes "
                   "what is there",
                   missing, counts->total, gaps.text, missing > GAPS_SHOWN ? "; ..." : "");
}

static int width_of(int64_t n) {
    int width = 1;
    for (; n >= 10; n /= 10)
        width++;
    return width < NUMBER_WIDTH_MIN ? NUMBER_WIDTH_MIN : width;
}

static bool deliver_all(struct deliver *d, int64_t batch_id) {
    unsigned all = (1u << JOB_STATE_COUNT) - 1;
    progress_begin(&d->progress, QUIET_MS);
    bool read =
        open_manifest(d) && store_jobs_each(d->session->store, batch_id, all, on_job, d, d->e);
    progress_clear(&d->progress);
    bool ok = read && d->ok && close_manifest(d);
    if (d->manifest)
        (void)fclose(d->manifest); /* flushed and checked where it counts */
    (void)unlinkat(d->dir_fd, PART_NAME, 0);
    if (!ok)
        (void)unlinkat(d->dir_fd, "." DELIVER_MANIFEST, 0);
    return ok;
}

bool deliver_batch(struct session *s, int64_t batch_id, const char *name,
                   const struct deliver_options *options, struct deliver_report *report,
                   struct err *e) {
    struct session_counts counts;
    *report = (struct deliver_report){0};
    struct deliver d = {.session = s,
                        .options = options,
                        .report = report,
                        .batch = name,
                        .dir_fd = -1,
                        .results_fd = -1,
                        .ok = true,
                        .e = e};
    if (!session_counts(s, batch_id, &counts, e) || !refuse_gaps(&d, batch_id, &counts))
        return false;
    d.total = counts.total;
    d.number_width = width_of(counts.total);
    bool ok = file_mkdir_p(options->folder, FOLDER_MODE, e) &&
              file_open_dir(options->folder, &d.dir_fd, e) &&
              file_open_dir(s->config->results, &d.results_fd, e) && deliver_all(&d, batch_id);
    if (d.dir_fd >= 0)
        close(d.dir_fd);
    if (d.results_fd >= 0)
        close(d.results_fd);
    return ok;
}

void deliver_note(struct session *s, int64_t batch_id, int64_t done) {
    struct err ignored;
    if (session_reopen(s, &ignored) && !store_batch_delivered(s->store, batch_id, done, &ignored))
        return; /* it is kept a while longer */
}
