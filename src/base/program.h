/*
 * program: another program, run to its end under limits. No shell is ever in between.
 */
#ifndef BASE_PROGRAM_H
#define BASE_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define PROGRAM_TALK_BYTES 240 /* of its standard error, for the message */

struct program {
    const char *const *argv;  /* argv[0] is looked for in PATH; ends with NULL */
    int in_fd, out_fd;        /* standard input and output, the caller's; -1 = /dev/null */
    int64_t timeout_ms;       /* then it is killed; > 0 */
    int64_t file_bytes_max;   /* of any file that it writes; 0 = no limit */
    bool (*is_stopped)(void); /* asked now and then; true = it is killed. NULL = never */
};

/* Runs it and waits for its end. ERR_NOT_FOUND when it is not installed; ERR_INTERRUPTED when
 * is_stopped said so; ERR_INPUT when a limit was passed; ERR_FAILED when it ended otherwise than
 * with 0, with what it said last. It is killed when this process dies. Blocks; leaves SIGCHLD and
 * all other children alone. */
bool program_run(const struct program *p, struct err *e) MUST_CHECK;

#endif
