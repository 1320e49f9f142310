/* log.c: see log.h. Each line leaves in a single write,
 * so lines of several processes do not mix. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define LOG_LINE_MAX 2048

static const char *log_role = "ttsq";
static enum log_level log_most = LOG_INFO;
static bool log_to_journal;

void log_open(const char *role, enum log_level most) {
    log_role = role;
    log_most = most;
    log_to_journal = getenv("JOURNAL_STREAM") != NULL;
}

static size_t head(char *line, size_t room, enum log_level level) {
    char date[CLOCK_RFC3339_BYTES];
    int n = log_to_journal ? snprintf(line, room, "<%d>", (int)level)
                           : snprintf(line, room, "%s ", clock_rfc3339(clock_wall_ms(), date));
    return n > 0 ? (size_t)n : 0;
}

static bool is_control(unsigned char c) {
    return c < 0x20 || c == 0x7f;
}

void log_event(enum log_level level, const char *event, const char *fmt, ...) {
    if (level > log_most)
        return;
    char line[LOG_LINE_MAX];
    size_t used = head(line, sizeof line, level);
    used += (size_t)snprintf(line + used, sizeof line - used, "%s %s ", log_role, event);
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(line + used, sizeof line - used - 1, fmt, ap);
    va_end(ap);
    if (n > 0)
        used += (size_t)n;
    if (used > sizeof line - 2)
        used = sizeof line - 2;
    while (used && line[used - 1] == ' ')
        used--;
    for (size_t i = 0; i < used; i++)
        if (is_control((unsigned char)line[i]))
            line[i] = ' ';
    line[used++] = '\n';
    ssize_t ignored = write(STDERR_FILENO, line, used); /* nobody is left to tell */
    (void)ignored;
}

static bool is_word(const char *value) {
    const char *p = value;
    while (*p && !is_control((unsigned char)*p) && !strchr(" \"=\\", *p))
        p++;
    return *value != '\0' && *p == '\0';
}

const char *log_quote(const char *value, char *out, unsigned long out_bytes) {
    bool plain = is_word(value);
    size_t used = 0;
    if (!plain && used + 1 < out_bytes)
        out[used++] = '"';
    for (const char *p = value; *p && used + 3 < out_bytes; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == '"' || c == '\\')
            out[used++] = '\\';
        out[used++] = is_control(c) ? ' ' : *p;
    }
    if (!plain && used + 1 < out_bytes)
        out[used++] = '"';
    out[used] = '\0';
    return out;
}

void log_failure(enum log_level level, const char *event, const struct err *e) {
    char why[ERR_MSG_MAX];
    log_event(level, event, "why=%s", log_quote(e->msg, why, sizeof why));
}

void log_failure_with(enum log_level level, const char *event, const struct err *e, const char *fmt,
                      ...) {
    char with[LOG_LINE_MAX], why[ERR_MSG_MAX];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(with, sizeof with, fmt, ap);
    va_end(ap);
    log_event(level, event, "%s why=%s", with, log_quote(e->msg, why, sizeof why));
}
