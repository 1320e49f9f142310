/*
 * progress: one line that is rewritten on a terminal, one plain line now and then elsewhere. On
 * stderr: it is talk.
 */
#ifndef CLI_VIEW_PROGRESS_H
#define CLI_VIEW_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define PROGRESS_TTY_MS 200
#define PROGRESS_PLAIN_MS 30000

struct progress {
    bool tty, shown;
    int64_t began_boot_ms, next_boot_ms;
};

/* The first line is due after `quiet_ms`. */
void progress_begin(struct progress *p, int64_t quiet_ms);
/* Is it time for a line? Then the next one is due PROGRESS_*_MS later. */
bool progress_due(struct progress *p);
void progress_line(struct progress *p, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Takes the line off the terminal, for other talk. */
void progress_clear(struct progress *p);

#endif
