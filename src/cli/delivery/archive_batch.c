/* archive_batch.c: see archive_batch.h. One walk over the jobs; what is told of them is gathered in
 * nameless files meanwhile, and comes behind the sound. */
#include "cli/delivery/archive_batch.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ensure.h"
#include "base/file.h"
#include "cli/cli.h"
#include "cli/delivery/deliver_name.h"
#include "cli/delivery/gaps.h"
#include "cli/delivery/manifest.h"
#include "cli/delivery/pieces.h"
#include "cli/delivery/side_file.h"
#include "cli/delivery/tar.h"
#include "cli/view/job_view.h"
#include "cli/view/progress.h"
#include "cli/view/text.h"

#define QUIET_MS 1000
#define TEMPLATE "{batch}/" DELIVER_TEMPLATE

/* The sums are of all before them. */
enum document { DOCUMENT_MANIFEST, DOCUMENT_TEXTS, DOCUMENT_JOBS, DOCUMENT_SUMS, DOCUMENT_COUNT };

static const char *const document_names[DOCUMENT_COUNT] = {
    [DOCUMENT_MANIFEST] = MANIFEST_NAME,
    [DOCUMENT_TEXTS] = "texts.jsonl",
    [DOCUMENT_JOBS] = "jobs.jsonl",
    [DOCUMENT_SUMS] = "SHA256SUMS",
};

struct archiving {
    struct session *session;
    const struct archive_batch_options *options;
    struct archive_batch_report *report;
    struct tar *tar;
    struct deliver_name name;
    char folder[TEXT_FILE_NAME_BYTES_MAX + 1];
    int results_fd;
    FILE *documents[DOCUMENT_COUNT];
    int64_t total;
    struct progress progress;
    bool ok;
    struct err *e;
};

/* `path` begins with the folder, as all do. */
static bool add(struct archiving *a, const char *path, struct audio_source *source,
                unsigned char sha256[SHA256_BYTES]) {
    char hex[SHA256_HEX_BYTES];
    if (!tar_add(a->tar, path, source, sha256, a->e))
        return false;
    fprintf(a->documents[DOCUMENT_SUMS], "%s  %s\n", sha256_hex(sha256, hex),
            path + strlen(a->folder) + 1);
    return true;
}

/* ---- what is told of a job ---- */

static void add_line(FILE *out, json_t *o) {
    ASSERT(o != NULL);
    (void)json_dumpf(o, out, JSON_REAL_PRECISION(10)); /* errors stick to the stream */
    fputc('\n', out);
    json_decref(o);
}

static bool tell_record(struct archiving *a, const struct store_job_row *row) {
    json_t *o = job_view_json(a->session, row, true, a->e);
    if (o)
        add_line(a->documents[DOCUMENT_JOBS], o);
    return o != NULL;
}

/* In the words of an input. */
static void tell_text(struct archiving *a, const struct store_job_row *row) {
    const struct {
        const char *field, *value;
    } said[] = {
        {"id", row->ext_id}, {"name", row->name}, {"voice", row->voice}, {"chapter", row->chapter}};
    json_t *o = json_object();
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++)
        if (said[i].value)
            json_object_set_new(o, said[i].field, text_json(said[i].value));
    json_object_set_new(o, "text", text_json(row->text));
    add_line(a->documents[DOCUMENT_TEXTS], o);
}

/* ---- its sound ---- */

static bool add_whole(struct archiving *a, const struct stored *one, const char *path,
                      unsigned char sha256[SHA256_BYTES]) {
    struct stored_sound sound;
    bool ok = stored_open(a->session, a->results_fd, one, &sound, a->e) &&
              add(a, path, &sound.source, sha256);
    stored_close(&sound);
    return ok;
}

/* *row: as if the joined file were its result. */
static bool add_joined(struct archiving *a, const struct stored_list *list,
                       struct store_job_row *row, char path[DELIVER_NAME_BYTES],
                       unsigned char sha256[SHA256_BYTES]) {
    struct join_report report;
    struct audio_source source;
    struct stat st;
    int fd = -1;
    bool ok = file_open_scratch(&fd, a->e) &&
              pieces_join(a->session, a->results_fd, list, fd, &report, a->e);
    if (ok && fstat(fd, &st) != 0)
        ok = err_set(a->e, ERR_IO, "cannot read back what was joined");
    if (ok) {
        row->result_format = audio_format_text(report.format);
        row->result_duration_ms = report.duration_ms;
        row->result_bytes = st.st_size;
        deliver_name_make(&a->name, row, path);
        audio_source_fd(&source, fd, st.st_size);
        ok = add(a, path, &source, sha256);
    }
    if (fd >= 0)
        close(fd);
    return ok;
}

/* Fills `path` and the facts in *row. */
static bool add_sound(struct archiving *a, struct store_job_row *row, char path[DELIVER_NAME_BYTES],
                      unsigned char sha256[SHA256_BYTES]) {
    struct stored_list list;
    bool ok = stored_of_job(a->session, row, &list, a->e);
    if (ok && row->piece_count > 0) {
        ok = add_joined(a, &list, row, path, sha256);
    } else if (ok) {
        deliver_name_make(&a->name, row, path);
        ok = add_whole(a, &list.items[0], path, sha256);
    }
    stored_release(&list);
    row->result_sha256 = sha256;
    a->report->files += ok;
    if (ok && row->result_duration_ms > 0)
        a->report->duration_ms += row->result_duration_ms;
    return ok;
}

/* ---- the batch ---- */

static bool on_job(const struct store_job_row *row, void *arg) {
    struct archiving *a = arg;
    struct store_job_row facts = *row;
    unsigned char sha256[SHA256_BYTES];
    char path[DELIVER_NAME_BYTES];
    if (cli_stop_count())
        return a->ok = err_set(a->e, ERR_INTERRUPTED, "interrupted; nothing was written");
    bool has_sound = row->has_result || (row->piece_count > 0 && row->state == JOB_DONE);
    if (has_sound && a->options->partial)
        has_sound =
            !stored_leave_out(a->session, a->results_fd, row, &a->progress, &a->report->damaged);
    tell_text(a, row);
    a->ok = tell_record(a, row) && (!has_sound || add_sound(a, &facts, path, sha256));
    if (!a->ok)
        return false;
    a->report->missing += !has_sound;
    manifest_add(a->documents[DOCUMENT_MANIFEST], &facts,
                 has_sound ? path + strlen(a->folder) + 1 : NULL);
    if (progress_due(&a->progress))
        progress_line(&a->progress, "%" PRId64 "/%" PRId64 " files", a->report->files, a->total);
    return true;
}

static bool add_document(struct archiving *a, enum document document) {
    char path[DELIVER_NAME_BYTES];
    unsigned char sha256[SHA256_BYTES];
    struct audio_source source;
    struct stat st;
    FILE *file = a->documents[document];
    (void)snprintf(path, sizeof path, "%s/%s", a->folder, document_names[document]);
    if (fflush(file) != 0 || ferror(file) || fstat(fileno(file), &st) != 0)
        return err_set(a->e, ERR_SPACE, "cannot write a temporary file for %s",
                       document_names[document]);
    audio_source_fd(&source, fileno(file), st.st_size);
    return add(a, path, &source, sha256);
}

static bool add_all(struct archiving *a, int64_t batch_id) {
    unsigned all = (1u << JOB_STATE_COUNT) - 1;
    progress_begin(&a->progress, QUIET_MS);
    manifest_begin(a->documents[DOCUMENT_MANIFEST], a->options->batch);
    bool ok = store_jobs_each(a->session->store, batch_id, all, on_job, a, a->e) && a->ok;
    manifest_end(a->documents[DOCUMENT_MANIFEST]);
    progress_clear(&a->progress);
    for (enum document d = 0; ok && d < DOCUMENT_COUNT; d++)
        ok = add_document(a, d);
    return ok && tar_end(a->tar, a->e);
}

/* ---- the file ---- */

static bool open_documents(struct archiving *a) {
    for (enum document d = 0; d < DOCUMENT_COUNT; d++) {
        int fd;
        if (!file_open_scratch(&fd, a->e))
            return false;
        a->documents[d] = fdopen(fd, "w+");
        ASSERT(a->documents[d] != NULL);
    }
    return true;
}

static void close_documents(struct archiving *a) {
    for (enum document d = 0; d < DOCUMENT_COUNT; d++)
        if (a->documents[d])
            (void)fclose(a->documents[d]);
}

static bool make_file(struct archiving *a, int64_t batch_id) {
    const struct archive_batch_options *o = a->options;
    struct side_file file = {0}, *all[] = {&file};
    struct stat st;
    bool ok = side_file_open(&file, o->file, o->force, a->e) && tar_new(&a->tar, file.fd, a->e) &&
              open_documents(a) && add_all(a, batch_id);
    if (ok && fstat(file.fd, &st) == 0)
        a->report->bytes = st.st_size;
    ok = ok && side_files_publish(all, 1, a->e);
    tar_free(a->tar);
    close_documents(a);
    side_file_close(&file);
    return ok || side_file_explain(a->e);
}

bool archive_batch(struct session *s, int64_t batch_id, const struct archive_batch_options *options,
                   struct archive_batch_report *report, struct err *e) {
    struct session_counts counts;
    *report = (struct archive_batch_report){0};
    struct archiving a = {
        .session = s, .options = options, .report = report, .results_fd = -1, .ok = true, .e = e};
    if (!gaps_refuse(s, batch_id, options->partial, e) || !session_counts(s, batch_id, &counts, e))
        return false;
    a.total = counts.total;
    text_file_name(options->batch, 0, a.folder);
    bool ok = deliver_name_init(&a.name, TEMPLATE, options->batch, a.total, e) &&
              file_open_dir(s->config->results, &a.results_fd, e) && make_file(&a, batch_id);
    if (a.results_fd >= 0)
        close(a.results_fd);
    return ok;
}
