/* table.c: see table.h. */
#include "cli/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "base/utf8.h"

#define CELL_BYTES 2304

void table_init(struct table *t, const char *const *heads, size_t columns, unsigned right) {
    PRE(columns <= TABLE_COLUMNS_MAX);
    *t = (struct table){.heads = heads, .columns = columns, .right = right};
    for (size_t i = 0; i < columns; i++)
        t->width[i] = strlen(heads[i]);
    buf_init(&t->cells, TABLE_BYTES_MAX);
}

static void print_cell(const struct table *t, size_t column, const char *text) {
    size_t chars = utf8_count_codepoints(text, strlen(text));
    int pad = (int)(t->width[column] > chars ? t->width[column] - chars : 0);
    if (t->right & (1u << column))
        printf("%*s%s", pad, "", text);
    else if (column + 1 < t->columns)
        printf("%s%*s", text, pad, "");
    else
        printf("%s", text);
    fputs(column + 1 < t->columns ? "  " : "\n", stdout);
}

static void print_waiting(struct table *t) {
    if (t->cell_count && t->rows_printed == 0)
        for (size_t i = 0; i < t->columns; i++)
            print_cell(t, i, t->heads[i]);
    const char *text = buf_str(&t->cells);
    for (size_t i = 0; i < t->cell_count; i++) {
        print_cell(t, i % t->columns, text);
        text += strlen(text) + 1;
    }
    t->rows_printed += t->cell_count / t->columns;
    t->cell_count = 0;
    buf_clear(&t->cells);
}

void table_cell(struct table *t, const char *fmt, ...) {
    char text[CELL_BYTES];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    size_t bytes = strlen(text), column = t->cell_count % t->columns;
    size_t chars = utf8_count_codepoints(text, bytes);
    if (column == 0 &&
        (t->cell_count / t->columns >= TABLE_ROWS_HELD || t->cells.bytes > TABLE_BYTES_MAX / 2))
        print_waiting(t);
    if (chars > t->width[column])
        t->width[column] = chars;
    ASSERT(buf_add(&t->cells, text, bytes + 1));
    t->cell_count++;
}

void table_end(struct table *t) {
    print_waiting(t);
    buf_release(&t->cells);
}
