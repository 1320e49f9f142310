/* join_batch.c: see join_batch.h. What ffmpeg is to encode is first joined in a nameless file
 * beside its place, as where chapters begin must be known before an MP4 file is begun. */
#include "cli/delivery/join_batch.h"

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
#include "cli/delivery/chapters.h"
#include "cli/delivery/ffmpeg.h"
#include "cli/delivery/gaps.h"
#include "cli/delivery/side_file.h"
#include "cli/delivery/stored.h"
#include "cli/delivery/subtitles.h"
#include "cli/view/progress.h"
#include "cli/view/text.h"
#include "text/split.h"

#define QUIET_MS 1000
#define SOUND_MODE 0600
/* 48 kHz stereo of 16 bits: for the guess whether 4 GiB are passed */
#define GAP_BYTES_PER_MS 192

static const struct ending {
    const char *ending;
    enum audio_format format;
    const char *codec;
    const char *muxer; /* ffmpeg's; NULL = not by it */
} endings[] = {
    {"wav", AUDIO_WAV, NULL, NULL},       {"flac", AUDIO_FLAC, NULL, NULL},
    {"ogg", AUDIO_OGG, NULL, NULL},       {"opus", AUDIO_OGG, "opus", NULL},
    {"mp3", AUDIO_MP3, NULL, NULL},       {"pcm", AUDIO_PCM, NULL, NULL},
    {"aac", AUDIO_AAC, NULL, "adts"},     {"m4a", AUDIO_UNKNOWN, NULL, "ipod"},
    {"m4b", AUDIO_UNKNOWN, NULL, "ipod"},
};

struct joining {
    struct session *session;
    const struct join_batch_options *options;
    struct join_batch_report *report;
    const struct ending *ending;
    struct join *join;
    int results_fd;
    int64_t total, stored_bytes;
    enum audio_format first_format; /* as stored; AUDIO_UNKNOWN = there is no sound */
    struct side_file sound, marks;
    struct subtitles srt, vtt;
    struct chapters chapters;
    struct progress progress;
    bool ok;
    struct err *e;
};

/* ---- silence between ---- */

static int64_t gap_before(const struct join_batch_options *o, enum begin begins) {
    int64_t paragraph = o->paragraph_gap_ms < 0 ? o->gap_ms : o->paragraph_gap_ms;
    int64_t chapter = o->chapter_gap_ms < 0 ? paragraph : o->chapter_gap_ms;
    return begins == BEGIN_CHAPTER ? chapter : begins == BEGIN_PARAGRAPH ? paragraph : o->gap_ms;
}

static bool has_gaps(const struct join_batch_options *o) {
    return gap_before(o, BEGIN_NOTHING) + gap_before(o, BEGIN_PARAGRAPH) +
               gap_before(o, BEGIN_CHAPTER) >
           0;
}

/* ---- the jobs ---- */

/* What comes before the first chapter has a mark, too: a file's first chapter begins with it. */
static void mark_chapter(struct joining *j, const struct store_job_row *row, int64_t at_ms) {
    if (row->begins != BEGIN_CHAPTER)
        return;
    if (j->chapters.count == 0 && at_ms > 0)
        chapters_add(&j->chapters, 0, j->options->batch);
    chapters_add(&j->chapters, at_ms, row->chapter);
}

/* What went wrong with the file is not the fault of the job that was added to it. */
static bool blame_file(const struct joining *j, const struct err *why) {
    char shown[TEXT_SHOWN_BYTES];
    return err_set(j->e, why->code, "%s: %.300s", text_show(j->options->file, 120, shown),
                   why->msg);
}

static bool blame_job(const struct joining *j, const struct store_job_row *row,
                      const struct err *why) {
    return err_set(j->e, why->code, "job %" PRId64 " (number %" PRId64 "): %.300s", row->id,
                   row->seq, why->msg);
}

static bool join_one(struct joining *j, const struct store_job_row *row, const struct stored *one,
                     int64_t gap_ms) {
    struct stored_sound sound;
    struct err e;
    bool ok = stored_open(j->session, j->results_fd, one, &sound, j->e);
    if (ok && !join_add(j->join, &sound.source, stored_format(one), gap_ms, &e))
        ok = e.code == ERR_INPUT || sound.source.errnum ? blame_job(j, row, &e) : blame_file(j, &e);
    stored_close(&sound);
    return ok;
}

static bool add_one(struct joining *j, const struct store_job_row *row, const struct stored *one,
                    bool is_first) {
    int64_t before = join_duration_ms(j->join);
    int64_t gap = is_first && j->report->jobs > 0 ? gap_before(j->options, row->begins) : 0;
    if (!join_one(j, row, one, gap))
        return false;
    size_t at = one->text_at, bytes = one->text_bytes;
    split_trim(row->text, &at, &bytes);
    int64_t from = before < 0 ? -1 : before + gap, to = join_duration_ms(j->join);
    subtitles_add(&j->srt, row->text + at, bytes, from, to);
    subtitles_add(&j->vtt, row->text + at, bytes, from, to);
    if (is_first && from >= 0)
        mark_chapter(j, row, from);
    return true;
}

/* What cannot be taken back out of the file is checked before it goes in. */
static bool is_left_out(struct joining *j, const struct store_job_row *row) {
    return j->options->partial &&
           stored_leave_out(j->session, j->results_fd, row, &j->progress, &j->report->damaged);
}

static bool add_sound(struct joining *j, const struct store_job_row *row) {
    struct stored_list list;
    bool ok = stored_of_job(j->session, row, &list, j->e);
    for (size_t i = 0; ok && i < list.count; i++)
        ok = add_one(j, row, &list.items[i], i == 0);
    j->report->jobs += list.count > 0;
    j->report->missing += list.count == 0;
    stored_release(&list);
    return ok;
}

static bool add_job(const struct store_job_row *row, void *arg) {
    struct joining *j = arg;
    if (cli_stop_count())
        return j->ok = err_set(j->e, ERR_INTERRUPTED, "interrupted; nothing was written");
    if (is_left_out(j, row))
        j->report->missing++;
    else
        j->ok = add_sound(j, row);
    if (j->ok && progress_due(&j->progress))
        progress_line(&j->progress, "%" PRId64 "/%" PRId64 " jobs", j->report->jobs, j->total);
    return j->ok;
}

static bool add_size(const struct store_job_row *row, void *arg) {
    struct joining *j = arg;
    struct stored_list list;
    j->ok = stored_of_job(j->session, row, &list, j->e);
    j->stored_bytes += list.bytes;
    if (list.count > 0 && j->first_format == AUDIO_UNKNOWN)
        j->first_format = stored_format(&list.items[0]);
    stored_release(&list);
    return j->ok;
}

static bool join_all(struct joining *j, int64_t batch_id, int fd, enum audio_format format,
                     struct join_report *report) {
    const struct join_batch_options *o = j->options;
    unsigned all = (1u << JOB_STATE_COUNT) - 1;
    int64_t longest_gap_ms = gap_before(o, BEGIN_NOTHING);
    for (enum begin b = BEGIN_PARAGRAPH; b <= BEGIN_CHAPTER; b++)
        longest_gap_ms = gap_before(o, b) > longest_gap_ms ? gap_before(o, b) : longest_gap_ms;
    struct join_options options = {.format = format,
                                   .codec = j->ending->codec,
                                   .has_gaps = has_gaps(o),
                                   .trim_db = o->trim_db,
                                   .bytes_expected = j->stored_bytes +
                                                     j->total * longest_gap_ms * GAP_BYTES_PER_MS};
    j->join = join_new(fd, &options);
    progress_begin(&j->progress, QUIET_MS);
    bool ok = store_jobs_each(j->session->store, batch_id, all, add_job, j, j->e) && j->ok;
    progress_clear(&j->progress);
    struct err e;
    if (ok && !join_end(j->join, report, &e))
        ok = blame_file(j, &e);
    join_free(j->join);
    j->report->duration_ms = ok ? report->duration_ms : -1;
    j->report->copied = ok && report->copied;
    return ok;
}

/* ---- the file ---- */

static bool choose_ending(struct joining *j) {
    const char *dot = strrchr(j->options->file, '.');
    char shown[TEXT_SHOWN_BYTES];
    for (size_t i = 0; dot && i < sizeof endings / sizeof endings[0]; i++)
        if (!strcasecmp(dot + 1, endings[i].ending)) {
            j->ending = &endings[i];
            return true;
        }
    return err_set(j->e, ERR_USAGE,
                   "%s: the ending must be wav, flac, ogg, opus, mp3, aac, pcm, m4a or m4b",
                   text_show(j->options->file, 120, shown));
}

/* AAC that only follows AAC is copied here. */
static bool needs_ffmpeg(const struct joining *j) {
    const struct join_batch_options *o = j->options;
    bool plain = j->first_format == j->ending->format && !has_gaps(o) && o->trim_db == 0;
    return j->ending->muxer && !plain;
}

/* Room for all of the sound, where the file itself will need room for some of it. */
static bool open_sound(const char *path, int *fd, struct err *e) {
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int n = slash ? (int)(slash - path + 1) : 2;
    (void)snprintf(folder, sizeof folder, "%.*s", n, slash ? path : "./");
    *fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, SOUND_MODE);
    return *fd >= 0 || file_open_scratch(fd, e);
}

static bool make_by_ffmpeg(struct joining *j, int64_t batch_id) {
    struct join_report report;
    char part[PATH_MAX];
    int fd = -1;
    bool is_aac = j->first_format == AUDIO_AAC;
    bool ok = ffmpeg_is_there(j->e) && side_file_part(j->options->file, part, j->e) &&
              open_sound(j->options->file, &fd, j->e) &&
              join_all(j, batch_id, fd, is_aac ? AUDIO_AAC : AUDIO_WAV, &report);
    if (ok) {
        struct ffmpeg_job job = {.sound_fd = fd,
                                 .is_aac = is_aac,
                                 .channels = report.channels > 0 ? report.channels : 1,
                                 .duration_ms = report.duration_ms,
                                 .muxer = j->ending->muxer,
                                 .chapters = &j->chapters,
                                 .book = j->options->batch};
        j->report->copied = is_aac;
        ok = ffmpeg_write(&job, part, j->e);
    }
    if (fd >= 0)
        close(fd);
    return ok;
}

static bool make_sound(struct joining *j, int64_t batch_id, int fd) {
    unsigned all = (1u << JOB_STATE_COUNT) - 1;
    struct join_report report;
    struct stat st;
    if (!store_jobs_each(j->session->store, batch_id, all, add_size, j, j->e) || !j->ok)
        return false;
    bool ok = needs_ffmpeg(j) ? make_by_ffmpeg(j, batch_id)
                              : join_all(j, batch_id, fd, j->ending->format, &report);
    if (ok && fstat(fd, &st) == 0)
        j->report->bytes = st.st_size;
    return ok;
}

static bool write_chapters(const struct joining *j) {
    const struct join_batch_options *o = j->options;
    char shown[TEXT_SHOWN_BYTES];
    enum chapters_format format;
    FILE *file = chapters_format_of(o->chapters, &format) ? fdopen(dup(j->marks.fd), "w") : NULL;
    bool ok = file != NULL;
    if (ok) {
        chapters_print(&j->chapters, format, o->file, o->batch, j->report->duration_ms, file);
        ok = fflush(file) == 0 && !ferror(file);
    }
    if (!ok)
        (void)err_set_errno(j->e, errno, "cannot write %s", text_show(o->chapters, 120, shown));
    if (file)
        (void)fclose(file);
    return ok;
}

static bool check_chapters(const struct joining *j) {
    enum chapters_format unused;
    char shown[TEXT_SHOWN_BYTES];
    const char *path = j->options->chapters;
    return !path || chapters_format_of(path, &unused) ||
           err_set(j->e, ERR_USAGE, "%s: the ending of --chapters must be cue, txt or ffmeta",
                   text_show(path, 120, shown));
}

static bool make_files(struct joining *j, int64_t batch_id) {
    const struct join_batch_options *o = j->options;
    struct side_file *all[] = {&j->sound, &j->marks, &j->srt.side, &j->vtt.side};
    bool ok = choose_ending(j) && check_chapters(j) &&
              side_file_open(&j->sound, o->file, o->force, j->e) &&
              side_file_open(&j->marks, o->chapters, o->force, j->e) &&
              subtitles_open(&j->srt, o->force, j->e) && subtitles_open(&j->vtt, o->force, j->e) &&
              make_sound(j, batch_id, j->sound.fd) && (!o->chapters || write_chapters(j)) &&
              subtitles_end(&j->srt, j->e) && subtitles_end(&j->vtt, j->e) &&
              side_files_publish(all, sizeof all / sizeof all[0], j->e);
    subtitles_close(&j->srt);
    subtitles_close(&j->vtt);
    side_file_close(&j->sound);
    side_file_close(&j->marks);
    return ok || side_file_explain(j->e);
}

bool join_batch(struct session *s, int64_t batch_id, const struct join_batch_options *options,
                struct join_batch_report *report, struct err *e) {
    *report = (struct join_batch_report){.duration_ms = -1};
    struct joining j = {.session = s,
                        .options = options,
                        .report = report,
                        .results_fd = -1,
                        .srt = {.path = options->srt},
                        .vtt = {.path = options->vtt, .is_vtt = true},
                        .ok = true,
                        .e = e};
    struct session_counts counts;
    bool ok =
        gaps_refuse(s, batch_id, options->partial, e) && session_counts(s, batch_id, &counts, e);
    j.total = ok ? counts.total : 0;
    ok = ok && file_open_dir(s->config->results, &j.results_fd, e) && make_files(&j, batch_id);
    report->chapters = (int64_t)j.chapters.count;
    chapters_release(&j.chapters);
    if (j.results_fd >= 0)
        close(j.results_fd);
    return ok;
}
