/*
 * table: rows for people: upper-case header, two spaces between columns, no boxes.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "base/buf.h"

#define TABLE_COLUMNS_MAX 16
#define TABLE_BYTES_MAX (4 * 1024 * 1024)
#define TABLE_ROWS_HELD                                                                            \
    1000 /* printed when so many are waiting, so any number of rows may come                       \
          */

struct table {
    const char *const *heads;
    size_t columns;
    unsigned right; /* bit set of columns that hold numbers */
    size_t width[TABLE_COLUMNS_MAX];
    struct buf cells; /* each ends with NUL */
    size_t cell_count, rows_printed;
};

/* `heads` is kept. */
void table_init(struct table *t, const char *const *heads, size_t columns, unsigned right);
/* The next cell; its text must be safe to print (text_show). */
void table_cell(struct table *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Prints what is waiting, with the header once, and frees it. Nothing for no rows at all. */
void table_end(struct table *t);

#endif
