/*
 * when: a date or a time of day as people write it, in this process's time zone.
 */
#ifndef BASE_WHEN_H
#define BASE_WHEN_H

#include <stdint.h>

#include "base/err.h"

#define WHEN_TEXT_BYTES 40
#define WHEN_AHEAD_MS_MAX (INT64_C(366) * 24 * 3600 * 1000)

/* Reads "HH:MM" or "HH:MM:SS" (the next time a clock shows it, after now_ms), "2026-11-22" (its
 * midnight), "2026-11-22T06:30", "2026-11-22 06:30:00", and either with "Z" or "+01:00" behind it.
 * A time that comes twice, when clocks are set back, is the first of the two. ERR_USAGE, naming
 * what is wrong: no such form, a date that is not in the calendar, a time that clocks skip, not
 * later than now_ms, or more than WHEN_AHEAD_MS_MAX ahead. *wall_ms is untouched then. */
bool when_parse(const char *text, int64_t now_ms, int64_t *wall_ms, struct err *e) MUST_CHECK;

/* "2026-11-22 06:30:00 CET", local. Returns out. */
const char *when_text(int64_t wall_ms, char out[WHEN_TEXT_BYTES]);

#endif
