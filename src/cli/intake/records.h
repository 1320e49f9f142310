/*
 * records: the texts in a file: plain text, JSON lines, CSV, Markdown or EPUB. Knows nothing of
 * queues.
 *
 * To add a format: a row in `formats` (records.c) and its reader.
 */
#ifndef CLI_INTAKE_RECORDS_H
#define CLI_INTAKE_RECORDS_H

#include "cli/intake/input.h"
#include "queue/begin.h"

#define RECORDS_FIELD_BYTES_MAX 4096 /* of a job's name, id, voice or chapter */
#define RECORDS_PRIORITY_MAX 1000000

enum records_format { RECORDS_TEXT, RECORDS_JSONL, RECORDS_CSV, RECORDS_MARKDOWN, RECORDS_EPUB };
enum records_split { RECORDS_LINE, RECORDS_PARAGRAPH, RECORDS_SENTENCE, RECORDS_NONE };

struct record {
    const char *text; /* strings live during the callback */
    size_t text_bytes;
    int64_t chars;                     /* code points */
    const char *name, *ext_id, *voice; /* NULL = none */
    const char *chapter;               /* its title; NULL = the file's, if that is one */
    enum begin begins;                 /* a chapter also begins where the title changes */
    int64_t priority;
    bool has_priority;
    int64_t line; /* where it began */
};

struct records_sink {
    bool (*each)(void *arg, const struct record *r, struct err *e); /* false ends the reading */
    void *arg;
    const char *chapter; /* title of what is being read, where files are chapters; else NULL */
    const char *file;    /* out: name of the file being read, for messages */
    int64_t empty_lines; /* out: lines (JSONL: texts; CSV: records) that held nothing */
};

enum records_format records_format_of(const char *path);
bool records_split_parse(const char *text, enum records_split *out);
const char *records_split_text(enum records_split split);

/* Reads all of `in`. `split` counts for plain text only: a record for each line; for each paragraph
 * or sentence, whose hard-wrapped lines are one line again; or one for the whole file. ERR_INPUT
 * begins with FILE:LINE. */
bool records_read(struct input *in, enum records_format format, enum records_split split,
                  struct records_sink *sink, struct err *e) MUST_CHECK;

/* Read whole by another program, not line by line: Markdown and EPUB. */
bool records_is_document(enum records_format format);
/* The same as records_read for a document in `fd`, which is called `name` in messages. A heading of
 * the first two levels begins a chapter. `split`: a record for each paragraph, also with
 * RECORDS_LINE; for each sentence; or with RECORDS_NONE for each chapter. What is left out (tables,
 * images …) is said on stderr. */
bool records_read_document(int fd, const char *name, enum records_format format,
                           enum records_split split, struct records_sink *sink,
                           struct err *e) MUST_CHECK;

/* Of each format; records_*.c. */
bool records_read_jsonl(struct input *in, struct records_sink *sink, struct err *e) MUST_CHECK;
bool records_read_csv(struct input *in, struct records_sink *sink, struct err *e) MUST_CHECK;

#endif
