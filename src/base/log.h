/*
 * log: one event a line on stderr, `role event key=value …`, for roles and commands only.
 *
 * Rules and stores never log. Under systemd each line carries its priority as "<n>"; elsewhere a
 * time stamp. Values that come from outside go through log_quote or log_failure; control characters
 * become spaces, so a line is always one line.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/err.h"

enum log_level { LOG_ERROR = 3, LOG_WARNING = 4, LOG_INFO = 6, LOG_DEBUG = 7 };

/* `role` is kept, not copied: a literal, or a string that lives as long as the process. */
void log_open(const char *role, enum log_level most);

/* `event` is a bare word; fmt makes the "key=value key=value" part. */
void log_event(enum log_level level, const char *event, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* The event with why=MESSAGE, quoted where needed; behind what fmt makes. */
void log_failure(enum log_level level, const char *event, const struct err *e);
void log_failure_with(enum log_level level, const char *event, const struct err *e, const char *fmt,
                      ...) PRINTF_LIKE(4, 5);

/* Writes `value` quoted where needed into out (cut at out_bytes) and returns out: for values that
 * come from outside. */
const char *log_quote(const char *value, char *out, unsigned long out_bytes);

#endif
