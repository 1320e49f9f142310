/*
 * command: one program that is run at the end of a batch.
 *
 * No shell. Its standard input is /dev/null, its output goes to the log, so much of it; it leads a
 * process group, which is ended when it takes too long, and it dies with this process (a program
 * that went on alone would soon run twice).
 */
#ifndef NOTIFY_COMMAND_H
#define NOTIFY_COMMAND_H

#include <sys/types.h>
#include <uv.h>

#include "workers/notify/errand.h"

#define COMMAND_LINE_BYTES 200 /* of its output, in the log */
#define COMMAND_LINES_MAX 20   /* that are logged */

struct command {
    struct errand errand;
    pid_t pid; /* 0 = none */
    uv_pipe_t output;
    uv_timer_t deadline;
    int open_handles;
    bool too_long, killed;
    int lines;
    size_t line_bytes;
    char line[COMMAND_LINE_BYTES + 1], last_line[COMMAND_LINE_BYTES + 1];
    char bytes[4096];
    int64_t timeout_ms;
    const struct config *config;
};

/* Is this place free for another? */
bool command_is_free(const struct command *c);

/* Begins the try of c->errand, which has been taken and begun in the store. When the program cannot
 * be started the errand is over at once. `config` must live until the errand is over. */
void command_start(struct command *c, uv_loop_t *loop, const struct config *config);

/* A child of this process has ended: is it this one's? Then its errand is over. */
void command_on_child(struct command *c);

/* Ends the program at once, without a record: it will be run again. */
void command_kill(struct command *c);

#endif
