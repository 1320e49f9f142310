/* ffmpeg.c: see ffmpeg.h. It opens our descriptors by their names in /proc, so nothing it reads has
 * a name that another process could take. */
#include "cli/delivery/ffmpeg.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/program.h"
#include "cli/cli.h"

#define FD_PATH_BYTES 64
#define RATE_BYTES 16
#define VERSION_TIMEOUT_MS 30000

static bool is_stopped(void) {
    return cli_stop_count() > 0;
}

static bool run(const char *const *argv, int64_t timeout_ms, struct err *e) {
    struct program ffmpeg = {.argv = argv,
                             .in_fd = -1,
                             .out_fd = -1,
                             .timeout_ms = timeout_ms,
                             .is_stopped = is_stopped};
    if (program_run(&ffmpeg, e))
        return true;
    if (e->code == ERR_NOT_FOUND)
        return err_set(e, ERR_FAILED,
                       "ffmpeg is not installed, which makes m4b, m4a and aac; `apt install "
                       "ffmpeg`, or join to opus, mp3 or flac");
    return false;
}

bool ffmpeg_is_there(struct err *e) {
    return run((const char *const[]){"ffmpeg", "-version", NULL}, VERSION_TIMEOUT_MS, e);
}

static void name_fd(int fd, char out[FD_PATH_BYTES]) {
    (void)snprintf(out, FD_PATH_BYTES, "file:/proc/%d/fd/%d", (int)getpid(), fd);
}

static bool encode(const struct ffmpeg_job *job, int marks_fd, const char *path, struct err *e) {
    char sound[FD_PATH_BYTES], marks[FD_PATH_BYTES], rate[RATE_BYTES], to[FILENAME_MAX + 8];
    name_fd(job->sound_fd, sound);
    name_fd(marks_fd, marks);
    (void)snprintf(rate, sizeof rate, "%dk", FFMPEG_KBIT_PER_CHANNEL * job->channels);
    (void)snprintf(to, sizeof to, "file:%s", path);
    const char *argv[] = {"ffmpeg",
                          "-nostdin",
                          "-hide_banner",
                          "-loglevel",
                          "error",
                          "-y",
                          "-f",
                          job->is_aac ? "aac" : "wav",
                          "-i",
                          sound,
                          "-f",
                          "ffmetadata",
                          "-i",
                          marks,
                          "-map",
                          "0:a",
                          "-map_metadata",
                          "1",
                          "-map_chapters",
                          "1",
                          "-c:a",
                          job->is_aac ? "copy" : "aac",
                          "-b:a",
                          rate,
                          "-f",
                          job->muxer,
                          to,
                          NULL};
    return run(argv, FFMPEG_TIMEOUT_MIN_MS + (job->duration_ms > 0 ? job->duration_ms : 0), e);
}

bool ffmpeg_write(const struct ffmpeg_job *job, const char *path, struct err *e) {
    int fd;
    if (!file_open_scratch(&fd, e))
        return false;
    FILE *marks = fdopen(fd, "w");
    if (!marks) {
        close(fd);
        return err_set_errno(e, errno, "cannot write chapters");
    }
    chapters_print(job->chapters, CHAPTERS_FFMPEG, path, job->book, job->duration_ms, marks);
    bool ok =
        (fflush(marks) == 0 && !ferror(marks)) || err_set_errno(e, errno, "cannot write chapters");
    ok = ok && encode(job, fd, path, e);
    (void)fclose(marks);
    return ok;
}
