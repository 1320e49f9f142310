/*
 * text: text from jobs, providers and file names, made safe for a terminal, a file name or JSON.
 */
#ifndef CLI_VIEW_TEXT_H
#define CLI_VIEW_TEXT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TEXT_SHOWN_BYTES 2048       /* room for text_show: 200 code points, each escaped */
#define TEXT_FILE_NAME_BYTES_MAX 60 /* of the part that comes from the text */

/* At most `chars_max` (≤ 200) code points of s as a terminal may show them, "…" where cut. Returns
 * out. NULL is shown as "". */
const char *text_show(const char *s, size_t chars_max, char out[TEXT_SHOWN_BYTES]);

/* Prints a line made of our words and of anybody's, with a newline behind it: what a terminal would
 * obey or misread is escaped, so it stays one line whatever is in it. */
void text_print_line(FILE *to, const char *line);

/* A batch's name as a word of a command that a person may copy: quoted for the shell where needed.
 * Returns out. */
const char *text_word(const char *name, char out[TEXT_SHOWN_BYTES]);

/* A file name's readable part: at most TEXT_FILE_NAME_BYTES_MAX bytes of `s` without control, bidi
 * and path characters, white space as '-'; never empty, never beginning with '.' or '-'.
 * `words_max` 0 = all words. Returns out. */
const char *text_file_name(const char *s, size_t words_max, char out[TEXT_FILE_NAME_BYTES_MAX + 1]);

/* A JSON string; what is no UTF-8 is escaped first, NULL becomes null. */
json_t *text_json(const char *s);
/* RFC 3339, or null for 0. */
json_t *text_json_time(int64_t wall_ms);
/* An id as a string. */
json_t *text_json_id(int64_t id);

/* ASCII only, so that a terminal obeys nothing that a text holds; 1.9 is not 1.8999999999999999 */
#define TEXT_JSON_FLAGS (JSON_ENSURE_ASCII | JSON_REAL_PRECISION(10))

/* Prints the document on stdout and frees it: indented, or one line. */
void text_json_print(json_t *document, bool one_line);

/* A rate of one each `interval_us` ≥ 0, as value_rate_us (config/value.h) would take it, in the
 * shortest unit that it may have come from: "7/s", "42/min"; "no limit" for 0. Returns out, or a
 * constant. */
#define TEXT_RATE_BYTES 48
const char *text_rate(int64_t interval_us, char out[TEXT_RATE_BYTES]);

#endif
