/* espeak.c: see espeak.h. */
#include "espeak.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "wav.h"

#define STOP_CHECK_MS 50
#define READ_BYTES 65536
#define WORDS_PER_MINUTE 175
#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin"

bool espeak_locate(const char *program, char *path, size_t path_bytes) {
    if (strchr(program, '/')) {
        snprintf(path, path_bytes, "%s", program);
        return access(path, X_OK) == 0;
    }
    const char *dirs = getenv("PATH");
    if (!dirs)
        dirs = DEFAULT_PATH;
    while (*dirs) {
        size_t length = strcspn(dirs, ":");
        int n = snprintf(path, path_bytes, "%.*s/%s", (int)length, dirs, program);
        if (length && n > 0 && (size_t)n < path_bytes && access(path, X_OK) == 0)
            return true;
        dirs += length + (dirs[length] == ':');
    }
    return false;
}

/* Starts the program with stdin and stdout on the given ends; its stderr goes nowhere. */
static int start(const char *const *argv, int in, int out, pid_t *pid) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setsigdefault(&attr, &defaults);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    /* posix_spawn takes char *const[] for historical reasons and changes nothing in it */
    union {
        const char *const *from;
        char *const *to;
    } args = {argv};
    int rc = posix_spawn(pid, argv[0], &files, &attr, args.to, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attr);
    return rc;
}

/* Reads stdout to its end, the deadline or the stop. */
static bool read_all(const struct espeak_run *run, int fd, struct buf *out, struct err *e) {
    int64_t deadline_ms = clock_boot_ms() + run->timeout_ms;
    char *chunk = ensure_alloc(READ_BYTES);
    bool done = false;
    for (;;) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        int n = poll(&ready, 1, STOP_CHECK_MS);
        if (run->should_stop && run->should_stop(run->arg)) {
            err_set(e, ERR_INTERRUPTED, "stopped");
            break;
        }
        if (clock_boot_ms() > deadline_ms) {
            err_set(e, ERR_FAILED, "%s took longer than %lld ms", run->argv[0],
                    (long long)run->timeout_ms);
            break;
        }
        if (n <= 0)
            continue;
        ssize_t got = read(fd, chunk, READ_BYTES);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            done = got == 0 || err_set_errno(e, errno, "cannot read from %s", run->argv[0]);
            break;
        }
        if (!buf_add(out, chunk, (size_t)got)) {
            err_set(e, ERR_SPACE, "%s said more than %zu bytes", run->argv[0], out->bytes_max);
            break;
        }
    }
    free(chunk);
    return done;
}

/* Ends the program if it has not ended, and returns whether it had, with success. */
static bool finish(pid_t pid, bool kill_it) {
    int status = 0;
    if (kill_it)
        kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0)
        ASSERT(errno == EINTR);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool espeak_exec(const struct espeak_run *run, struct buf *out, struct err *e) {
    size_t input_bytes = strlen(run->input);
    PRE(input_bytes <= ESPEAK_INPUT_BYTES_MAX);
    int in[2], from[2];
    if (pipe2(in, O_CLOEXEC))
        return err_set_errno(e, errno, "cannot make a pipe");
    if (pipe2(from, O_CLOEXEC)) {
        close(in[0]);
        close(in[1]);
        return err_set_errno(e, errno, "cannot make a pipe");
    }
    ssize_t put = input_bytes ? write(in[1], run->input, input_bytes) : 0;
    close(in[1]);
    pid_t pid = 0;
    int rc = start(run->argv, in[0], from[1], &pid);
    close(in[0]);
    close(from[1]);
    bool done = false;
    if (rc) {
        err_set_errno(e, rc, "cannot run %s", run->argv[0]);
        e->code = ERR_NOT_FOUND;
        goto out;
    }
    done = put == (ssize_t)input_bytes || err_set(e, ERR_IO, "cannot give the text away");
    done = done && read_all(run, from[0], out, e);
    if (!finish(pid, !done) && done)
        done = err_set(e, ERR_FAILED, "%s failed", run->argv[0]);
out:
    close(from[0]);
    return done;
}

/* espeak-ng's stream into samples of our own. */
static bool sound_of(const struct buf *wav, struct encode_sound *out, struct err *e) {
    struct wav_stream stream;
    if (!wav_read_stream((const uint8_t *)buf_str(wav), wav->bytes, &stream, e))
        return err_prefix(e, "espeak-ng");
    if (!stream.bytes)
        return err_set(e, ERR_FAILED, "espeak-ng said nothing");
    out->frames = stream.bytes / 2;
    out->rate_hz = stream.rate_hz;
    out->samples = ensure_alloc(stream.bytes);
    for (size_t i = 0; i < out->frames; i++)
        out->samples[i] = (int16_t)(stream.samples[2 * i] | stream.samples[2 * i + 1] << 8);
    return true;
}

bool espeak_speak(const struct espeak_run *run, const char *path, const struct voices_voice *voice,
                  double speed, struct encode_sound *out, struct err *e) {
    char pace[16], pitch[16];
    snprintf(pace, sizeof pace, "%d", (int)(WORDS_PER_MINUTE * speed + 0.5));
    snprintf(pitch, sizeof pitch, "%u", voice->pitch);
    const char *argv[] = {path,          "--stdin", "--stdout", "-b", "1",   "-v",
                          voice->espeak, "-s",      pace,       "-p", pitch, NULL};
    struct espeak_run mine = *run;
    mine.argv = argv;
    struct buf wav;
    buf_init(&wav, ESPEAK_OUTPUT_BYTES_MAX);
    bool done = espeak_exec(&mine, &wav, e) && sound_of(&wav, out, e);
    buf_release(&wav);
    return done;
}
