/* join_batch.c: see join_batch.h. */
#include "cli/join_batch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audio/join.h"
#include "base/file.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/stored.h"
#include "cli/text.h"
#include "text/split.h"

#define FILE_MODE 0666
#define PART_ENDING ".ttsq-part"
#define QUIET_MS 1000
#define GAP_BYTES_PER_MS 192 /* 48 kHz stereo of 16 bits: for the guess whether 4 GiB are passed   \
                              */

static const struct {
    const char *ending;
    enum audio_format format;
    const char *codec;
} endings[] = {{"wav", AUDIO_WAV, NULL},    {"flac", AUDIO_FLAC, NULL}, {"ogg", AUDIO_OGG, NULL},
               {"opus", AUDIO_OGG, "opus"}, {"mp3", AUDIO_MP3, NULL},   {"aac", AUDIO_AAC, NULL},
               {"pcm", AUDIO_PCM, NULL}};

/* A text file beside the sound, which appears under its name together with it. */
struct subtitles {
    const char *path;  /* NULL = not wanted */
    const char *point; /* between seconds and milliseconds */
    bool numbered;
    FILE *file;
    int64_t count;
};

struct joining {
    struct session *session;
    const struct join_batch_options *options;
    struct join_batch_report *report;
    struct join *join;
    int results_fd;
    int64_t expected, total;
    struct subtitles subtitles[2];
    struct progress progress;
    bool ok;
    struct err *e;
};

static bool choose_format(const struct join_batch_options *o, struct join_options *out,
                          struct err *e) {
    const char *dot = strrchr(o->file, '.');
    char shown[TEXT_SHOWN_BYTES];
    for (size_t i = 0; dot && i < sizeof endings / sizeof endings[0]; i++)
        if (!strcasecmp(dot + 1, endings[i].ending)) {
            out->format = endings[i].format;
            out->codec = endings[i].codec;
            return true;
        }
    return err_set(e, ERR_USAGE, "%s: the ending must be wav, flac, ogg, opus, mp3, aac or pcm",
                   text_show(o->file, 120, shown));
}

/* ---- subtitles ---- */

static void put_time(const struct subtitles *t, int64_t ms) {
    (void)fprintf(t->file, "%02" PRId64 ":%02d:%02d%s%03d", ms / 3600000, (int)(ms / 60000 % 60),
                  (int)(ms / 1000 % 60), t->point, (int)(ms % 1000));
}

/* A cue ends at an empty line, so a text may hold none; "-->" would be taken for a time. */
static void put_text(const struct subtitles *t, const char *text, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        bool arrow = bytes - i >= 3 && !memcmp(text + i, "-->", 3);
        bool blank = text[i] == '\n' && i + 1 < bytes && text[i + 1] == '\n';
        if (arrow)
            (void)fputs("->", t->file);
        else if (!blank && text[i] != '\r')
            (void)fputc(text[i], t->file);
        i += arrow ? 2 : 0;
    }
}

static void add_cue(struct joining *j, const char *text, size_t bytes, int64_t from_ms,
                    int64_t to_ms) {
    for (size_t i = 0; i < 2; i++) {
        struct subtitles *t = &j->subtitles[i];
        if (!t->file || from_ms < 0 || to_ms <= from_ms)
            continue;
        t->count++;
        if (t->numbered)
            (void)fprintf(t->file, "%" PRId64 "\n", t->count);
        put_time(t, from_ms);
        (void)fputs(" --> ", t->file);
        put_time(t, to_ms);
        (void)fputc('\n', t->file);
        put_text(t, text, bytes);
        (void)fputs("\n\n", t->file);
    }
}

static bool part_path(const char *path, char out[PATH_MAX], struct err *e) {
    int n = snprintf(out, PATH_MAX, "%s" PART_ENDING, path);
    return (n > 0 && n < PATH_MAX) || err_set(e, ERR_USAGE, "the path is too long");
}

static bool open_part(const char *path, bool force, int *fd, struct err *e) {
    char part[PATH_MAX], shown[TEXT_SHOWN_BYTES];
    if (!part_path(path, part, e))
        return false;
    if (!force && access(path, F_OK) == 0)
        return err_set(e, ERR_FAILED, "%s is there already; --force replaces it",
                       text_show(path, 120, shown));
    *fd = open(part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    return *fd >= 0 || err_set_errno(e, errno, "cannot write %s", text_show(path, 120, shown));
}

static bool publish(const char *path, int fd, struct err *e) {
    char part[PATH_MAX], shown[TEXT_SHOWN_BYTES];
    if (!part_path(path, part, e))
        return false;
    return (fsync(fd) == 0 && rename(part, path) == 0) ||
           err_set_errno(e, errno, "cannot write %s", text_show(path, 120, shown));
}

static void drop_part(const char *path) {
    char part[PATH_MAX];
    struct err ignored;
    if (path && part_path(path, part, &ignored))
        (void)unlink(part);
}

static bool open_subtitles(struct subtitles *t, bool force, struct err *e) {
    int fd = -1;
    if (!t->path)
        return true;
    if (!open_part(t->path, force, &fd, e))
        return false;
    t->file = fdopen(fd, "w");
    if (!t->file)
        close(fd);
    else if (!t->numbered)
        (void)fputs("WEBVTT\n\n", t->file);
    return t->file || err_set_errno(e, errno, "cannot write subtitles");
}

static bool publish_subtitles(struct subtitles *t, struct err *e) {
    if (!t->file)
        return true;
    if (fflush(t->file) != 0 || ferror(t->file))
        return err_set_errno(e, errno, "cannot write subtitles");
    return publish(t->path, fileno(t->file), e);
}

/* ---- the jobs ---- */

static bool add_one(struct joining *j, const struct store_job_row *row, const struct stored *one,
                    bool gap) {
    struct stored_sound sound;
    struct err e;
    int64_t before = join_duration_ms(j->join);
    bool first = j->report->jobs == 0;
    bool ok = stored_open(j->session, j->results_fd, one, &sound, j->e);
    if (ok && !join_add(j->join, &sound.source, stored_format(one), gap, &e))
        ok = err_set(j->e, e.code, "job %" PRId64 " (number %" PRId64 "): %.300s", row->id,
                     row->seq, e.msg);
    stored_close(&sound);
    if (!ok)
        return false;
    size_t at = one->text_at, bytes = one->text_bytes;
    split_trim(row->text, &at, &bytes);
    int64_t from = before + (gap && !first ? j->options->gap_ms : 0);
    add_cue(j, row->text + at, bytes, before < 0 ? -1 : from, join_duration_ms(j->join));
    return true;
}

static bool add_job(const struct store_job_row *row, void *arg) {
    struct joining *j = arg;
    struct stored_list list;
    if (cli_stop_count())
        return j->ok = err_set(j->e, ERR_INTERRUPTED, "interrupted; nothing was written");
    j->ok = stored_of_job(j->session, row, &list, j->e);
    for (size_t i = 0; j->ok && i < list.count; i++)
        j->ok = add_one(j, row, &list.items[i], i == 0);
    j->report->jobs += list.count > 0;
    j->report->missing += list.count == 0;
    stored_release(&list);
    if (j->ok && progress_due(&j->progress))
        progress_line(&j->progress, "%" PRId64 "/%" PRId64 " jobs", j->report->jobs, j->total);
    return j->ok;
}

struct sizing {
    struct joining *joining;
    int64_t bytes;
};

static bool add_size(const struct store_job_row *row, void *arg) {
    struct sizing *z = arg;
    struct stored_list list;
    struct joining *j = z->joining;
    j->ok = stored_of_job(j->session, row, &list, j->e);
    z->bytes += list.bytes;
    stored_release(&list);
    return j->ok;
}

static bool refuse_gaps(struct joining *j, int64_t batch_id) {
    struct session_counts counts;
    if (!session_counts(j->session, batch_id, &counts, j->e))
        return false;
    j->total = counts.total;
    int64_t missing = counts.total - counts.count[JOB_DONE];
    if (counts.loading)
        return err_set(j->e, ERR_LATER, "the batch is still being loaded");
    return missing == 0 || j->options->partial ||
           err_set(j->e, ERR_JOBS_FAILED,
                   "%" PRId64 " of %" PRId64 " results are missing; --partial joins what is there",
                   missing, counts.total);
}

static bool join_all(struct joining *j, int64_t batch_id, int fd) {
    unsigned all = (1u << JOB_STATE_COUNT) - 1;
    struct sizing size = {.joining = j};
    struct join_options options = {.gap_ms = j->options->gap_ms};
    struct join_report report;
    if (!choose_format(j->options, &options, j->e) ||
        !store_jobs_each(j->session->store, batch_id, all, add_size, &size, j->e) || !j->ok)
        return false;
    options.bytes_expected = size.bytes + j->total * j->options->gap_ms * GAP_BYTES_PER_MS;
    j->join = join_new(fd, &options);
    progress_begin(&j->progress, QUIET_MS);
    bool ok = store_jobs_each(j->session->store, batch_id, all, add_job, j, j->e) && j->ok;
    progress_clear(&j->progress);
    ok = ok && join_end(j->join, &report, j->e);
    join_free(j->join);
    if (ok) {
        j->report->bytes = report.bytes;
        j->report->duration_ms = report.duration_ms;
        j->report->copied = report.copied;
    }
    return ok;
}

static bool make_files(struct joining *j, int64_t batch_id) {
    const struct join_batch_options *o = j->options;
    struct join_options unused;
    int fd = -1;
    bool ok = choose_format(o, &unused, j->e) && open_part(o->file, o->force, &fd, j->e);
    for (size_t i = 0; i < 2; i++)
        ok = ok && open_subtitles(&j->subtitles[i], o->force, j->e);
    ok = ok && join_all(j, batch_id, fd) && publish(o->file, fd, j->e);
    for (size_t i = 0; i < 2; i++) {
        ok = ok && publish_subtitles(&j->subtitles[i], j->e);
        if (j->subtitles[i].file)
            (void)fclose(j->subtitles[i].file);
        if (!ok && j->subtitles[i].file)
            drop_part(j->subtitles[i].path);
    }
    if (fd >= 0)
        close(fd);
    if (!ok && fd >= 0)
        drop_part(o->file);
    return ok;
}

bool join_batch(struct session *s, int64_t batch_id, const struct join_batch_options *options,
                struct join_batch_report *report, struct err *e) {
    *report = (struct join_batch_report){.duration_ms = -1};
    struct joining j = {.session = s,
                        .options = options,
                        .report = report,
                        .results_fd = -1,
                        .subtitles = {{.path = options->srt, .point = ",", .numbered = true},
                                      {.path = options->vtt, .point = "."}},
                        .ok = true,
                        .e = e};
    bool ok = refuse_gaps(&j, batch_id) && file_open_dir(s->config->results, &j.results_fd, e) &&
              make_files(&j, batch_id);
    if (j.results_fd >= 0)
        close(j.results_fd);
    return ok;
}
