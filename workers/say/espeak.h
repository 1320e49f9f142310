/*
 * espeak: the engine that speaks, by running espeak-ng as a program (it is never linked).
 *
 * Text goes in by stdin, so no text is ever an option or visible in a process list. Every run has a
 * deadline and a largest output, after which the program is killed. Blocks until then: called on
 * the pool's threads.
 */
#ifndef SAY_ESPEAK_H
#define SAY_ESPEAK_H

#include "base/buf.h"
#include "encode.h"
#include "voices.h"

#define ESPEAK_INPUT_BYTES_MAX 32768 /* must fit into a pipe at once */
#define ESPEAK_TIMEOUT_MS 60000
#define ESPEAK_OUTPUT_BYTES_MAX ((size_t)128 << 20)

struct espeak_run {
    const char *const *argv; /* argv[0] is the program's path */
    const char *input;       /* at most ESPEAK_INPUT_BYTES_MAX */
    int64_t timeout_ms;
    bool (*should_stop)(void *arg); /* asked now and then; NULL = never */
    void *arg;
};

/* Runs a program, with its whole stdout added to `out`. ERR_NOT_FOUND when it cannot be started,
 * ERR_FAILED when it fails or takes too long, ERR_SPACE when out's maximum is reached,
 * ERR_INTERRUPTED when should_stop said so. */
bool espeak_exec(const struct espeak_run *run, struct buf *out, struct err *e) MUST_CHECK;

/* Looks for `program` in PATH, or takes it as it is when it has a slash.
 * false when there is none. */
bool espeak_locate(const char *program, char *path, size_t path_bytes) MUST_CHECK;

/* Speaks `text`. speed 1 = 175 words a minute; espeak-ng itself goes no slower than 80. Only argv
 * of `run` is replaced. The caller releases *out. Errors of espeak_exec. */
bool espeak_speak(const struct espeak_run *run, const char *path, const struct voices_voice *voice,
                  double speed, struct encode_sound *out, struct err *e) MUST_CHECK;

#endif
