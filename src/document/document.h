/*
 * document: what is to be read aloud of a Markdown file or an EPUB, as the installed pandoc
 * understands it. It runs sandboxed (no other file, no network), with limits, without a shell.
 *
 * Spoken are headings, paragraphs, quotations, lists and verses. Code blocks, tables, images and
 * notes are left out and counted; so is raw HTML or TeX, which is markup.
 */
#ifndef DOCUMENT_DOCUMENT_H
#define DOCUMENT_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define DOCUMENT_TIMEOUT_MS (5 * 60 * 1000)
#define DOCUMENT_HEAP_MIB "1024"                       /* of pandoc; a book needs a tenth */
#define DOCUMENT_TREE_BYTES_MAX (INT64_C(1) << 30)     /* what pandoc may write: 20 × the text */
#define DOCUMENT_UNPACKED_BYTES_MAX (INT64_C(1) << 29) /* of an EPUB, images and all */
#define DOCUMENT_BLOCK_BYTES_MAX (1024 * 1024)         /* of one paragraph */

enum document_format { DOCUMENT_MARKDOWN, DOCUMENT_EPUB };

struct document_block {
    int level;  /* of a heading, from 1; 0 = a paragraph */
    char *text; /* not blank, NUL-terminated, may be changed; lives during the call */
    size_t bytes;
};

struct document_reader {
    bool (*each)(void *arg, const struct document_block *block, struct err *e);
    void *arg;
    bool (*is_stopped)(void);                   /* asked now and then; NULL = never */
    int64_t code_blocks, tables, images, notes; /* out: left out */
};

/* Reads all blocks of the regular file `fd`, from its beginning; moves its offset. ERR_FAILED with
 * what to install where pandoc is missing; ERR_INPUT for what is no such document or too large;
 * what `each` reports. Blocks for seconds. */
bool document_read(int fd, enum document_format format, struct document_reader *reader,
                   struct err *e) MUST_CHECK;

#endif
