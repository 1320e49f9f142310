/*
 * duration: a length of time, as people and providers write it.
 */
#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include <stdbool.h>
#include <stdint.h>

#define DURATION_MS_MAX (INT64_C(36500) * 86400000) /* a hundred years: more is a slip */

/* Reads numbers, each with its unit (ms, s, m, h, d), that are added: "250ms", "90s", "1.5h",
 * "2h10m", "30d". False, and *ms is untouched, when the text is anything else or longer than
 * DURATION_MS_MAX. What is below a millisecond is dropped. */
bool duration_parse(const char *text, int64_t *ms);

/* "59s", "3m05s", "2h10m", "4d", cut to the second: for people. Returns out. */
#define DURATION_TEXT_BYTES 32
const char *duration_text(int64_t ms, char out[DURATION_TEXT_BYTES]);

#endif
