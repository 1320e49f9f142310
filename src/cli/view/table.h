/*
 * table: rows for people: upper-case header, two spaces between columns, no boxes. On a terminal a
 * line is never longer than it is wide: columns that say nothing ("0", "-") go first, then those
 * that matter least, then texts are cut. What must be seen all the same stands beneath its row.
 */
#ifndef CLI_VIEW_TABLE_H
#define CLI_VIEW_TABLE_H

#include <stdio.h>

#include "base/buf.h"

#define TABLE_COLUMNS_MAX 16
#define TABLE_BYTES_MAX (4 * 1024 * 1024)
/* Rows are printed when so many are waiting, so any number of them may come. */
#define TABLE_ROWS_HELD 1000
/* A text is cut to no fewer columns than these; then the line itself is cut. */
#define TABLE_TEXT_MIN 8

struct table {
    const char *const *heads;
    size_t columns;
    unsigned right; /* bit set of columns that hold numbers */
    unsigned gone;  /* bit set of columns that are left out */
    unsigned last;  /* … that go only when texts have been cut as far as they may */
    FILE *out;      /* stdout, unless set after table_init */
    size_t fit;     /* columns of the terminal, 0 = any; set after table_init to say otherwise */
    const unsigned char *drop; /* columns that may go, the first one first; NULL = none */
    size_t drop_count;
    size_t width[TABLE_COLUMNS_MAX];
    struct buf cells; /* each ends with NUL */
    size_t cell_count, rows_printed;
    unsigned insists[TABLE_ROWS_HELD]; /* of each row that waits: bit set of columns */
};

/* `heads` is kept. */
void table_init(struct table *t, const char *const *heads, size_t columns, unsigned right);
/* The next cell; its text must be safe to print (text_show). */
void table_cell(struct table *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The cell before must be seen: if there is no room for it, it is told beneath its row. */
void table_insist(struct table *t);
/* Prints what is waiting, with the header once, and frees it. Nothing for no rows at all. */
void table_end(struct table *t);

#endif
