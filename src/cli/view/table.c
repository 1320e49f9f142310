/* table.c: see table.h. */
#include "cli/view/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "cli/view/screen.h"
#include "text/width.h"

#define CELL_BYTES 2304
#define LINE_BYTES_MAX (TABLE_COLUMNS_MAX * (CELL_BYTES + 512))
#define GAP 2
#define ELLIPSIS "…"

void table_init(struct table *t, const char *const *heads, size_t columns, unsigned right) {
    PRE(columns <= TABLE_COLUMNS_MAX);
    *t = (struct table){.heads = heads, .columns = columns, .right = right, .out = stdout};
    t->fit = screen_columns(stdout);
    for (size_t i = 0; i < columns; i++)
        t->width[i] = width_of(heads[i]);
    buf_init(&t->cells, TABLE_BYTES_MAX);
}

static bool is_gone(const struct table *t, size_t column) {
    return (t->gone & (1u << column)) != 0;
}

static size_t line_width(const struct table *t) {
    size_t width = 0;
    for (size_t i = 0; i < t->columns; i++)
        width += is_gone(t, i) ? 0 : t->width[i] + GAP;
    return width > GAP ? width - GAP : 0;
}

/* The widest text, or the number of columns when none can be cut any more. */
static size_t widest_text(const struct table *t) {
    size_t best = t->columns;
    for (size_t i = 0; i < t->columns; i++)
        if (!is_gone(t, i) && !(t->right & (1u << i)) && t->width[i] > TABLE_TEXT_MIN &&
            (best == t->columns || t->width[i] > t->width[best]))
            best = i;
    return best;
}

/* Once, with the first rows: those that come later are cut to the same columns. */
static void fit(struct table *t) {
    if (t->fit == 0)
        return;
    for (size_t i = 0; i < t->drop_count && line_width(t) > t->fit; i++)
        t->gone |= 1u << t->drop[i];
    while (line_width(t) > t->fit) {
        size_t text = widest_text(t);
        if (text == t->columns)
            return;
        t->width[text]--;
    }
}

static void add_spaces(struct buf *line, size_t count) {
    while (count-- > 0)
        ASSERT(buf_add_str(line, " "));
}

static void add_cell(const struct table *t, struct buf *line, size_t column, const char *text) {
    size_t columns = width_of(text), room = t->width[column];
    bool cut = t->fit > 0 && columns > room && room > 0;
    size_t bytes = cut ? width_fit(text, room - 1) : strlen(text);
    if (cut) {
        char kept[CELL_BYTES];
        memcpy(kept, text, bytes);
        kept[bytes] = '\0';
        columns = width_of(kept) + 1;
    }
    size_t pad = room > columns ? room - columns : 0;
    if (line->bytes > 0)
        add_spaces(line, GAP);
    if (t->right & (1u << column))
        add_spaces(line, pad);
    ASSERT(buf_add(line, text, bytes) && (!cut || buf_add_str(line, ELLIPSIS)));
    if (!(t->right & (1u << column)))
        add_spaces(line, pad);
}

static void print_line(const struct table *t, const char *const *cells) {
    struct buf line;
    buf_init(&line, LINE_BYTES_MAX);
    for (size_t i = 0; i < t->columns; i++)
        if (!is_gone(t, i))
            add_cell(t, &line, i, cells[i]);
    const char *text = buf_str(&line);
    size_t bytes = t->fit ? width_fit(text, t->fit) : line.bytes;
    while (bytes > 0 && text[bytes - 1] == ' ')
        bytes--;
    fprintf(t->out, "%.*s\n", (int)bytes, text);
    buf_release(&line);
}

static void print_waiting(struct table *t) {
    const char *cells[TABLE_COLUMNS_MAX];
    if (t->cell_count && t->rows_printed == 0) {
        fit(t);
        print_line(t, t->heads);
    }
    const char *text = buf_str(&t->cells);
    for (size_t i = 0; i < t->cell_count; i++) {
        cells[i % t->columns] = text;
        text += strlen(text) + 1;
        if (i % t->columns == t->columns - 1)
            print_line(t, cells);
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
    size_t column = t->cell_count % t->columns, columns = width_of(text);
    if (column == 0 &&
        (t->cell_count / t->columns >= TABLE_ROWS_HELD || t->cells.bytes > TABLE_BYTES_MAX / 2))
        print_waiting(t);
    if (columns > t->width[column] && (t->rows_printed == 0 || t->fit == 0))
        t->width[column] = columns;
    ASSERT(buf_add(&t->cells, text, strlen(text) + 1));
    t->cell_count++;
}

void table_end(struct table *t) {
    print_waiting(t);
    buf_release(&t->cells);
}
