/* progress.c: see progress.h. */
#include "cli/view/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/view/screen.h"
#include "text/width.h"

#define LINE_BYTES 2048

static bool can_rewrite(void) {
    const char *term = getenv("TERM");
    return isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

void progress_begin(struct progress *p, int64_t quiet_ms) {
    int64_t now = clock_boot_ms();
    *p = (struct progress){.tty = can_rewrite(), .began_boot_ms = now};
    p->next_boot_ms = now + (p->tty ? quiet_ms : PROGRESS_PLAIN_MS);
}

bool progress_due(struct progress *p) {
    int64_t now = clock_boot_ms();
    if (now < p->next_boot_ms)
        return false;
    p->next_boot_ms = now + (p->tty ? PROGRESS_TTY_MS : PROGRESS_PLAIN_MS);
    return true;
}

void progress_line(struct progress *p, const char *fmt, ...) {
    char line[LINE_BYTES];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    size_t columns = p->tty ? screen_columns(stderr) : 0;
    if (columns > 1) /* a line that wraps could not be rewritten */
        line[width_fit(line, columns - 1)] = '\0';
    fprintf(stderr, "%s%s", p->tty ? "\r\033[K" : "", line);
    if (!p->tty)
        fputc('\n', stderr);
    p->shown = p->tty;
    (void)fflush(stderr);
}

void progress_clear(struct progress *p) {
    if (p->shown)
        fputs("\r\033[K", stderr);
    p->shown = false;
}
