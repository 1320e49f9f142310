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
#define NOTE_MIN 8 /* columns of a line beneath a row, on however narrow a terminal */

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

static bool says_nothing(const char *cell) {
    return !*cell || strcmp(cell, "0") == 0 || strcmp(cell, "-") == 0;
}

/* Bit set of columns in which a waiting row says something. */
static unsigned columns_in_use(const struct table *t) {
    unsigned used = 0;
    const char *text = buf_str(&t->cells);
    for (size_t i = 0; i < t->cell_count; i++, text += strlen(text) + 1)
        if (!says_nothing(text))
            used |= 1u << i % t->columns;
    return used;
}

/* In their order, those of `which` that may go, until the line fits. */
static void drop(struct table *t, unsigned which) {
    for (size_t i = 0; i < t->drop_count && line_width(t) > t->fit; i++)
        t->gone |= which & (1u << t->drop[i]);
}

/* Once, with the first rows: those that come later are cut to the same columns. */
static void fit(struct table *t) {
    if (t->fit == 0)
        return;
    drop(t, ~columns_in_use(t));
    drop(t, ~t->last);
    while (line_width(t) > t->fit) {
        size_t text = widest_text(t);
        if (text == t->columns)
            break;
        t->width[text]--;
    }
    drop(t, ~0u);
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

static bool is_cut(const struct table *t, size_t column, const char *cell) {
    return is_gone(t, column) || (t->fit > 0 && width_of(cell) > t->width[column]);
}

/* In lines that fit, broken at spaces where that is possible. */
static void print_note(const struct table *t, const char *text, size_t room) {
    while (*text) {
        size_t bytes = width_fit(text, room), at = bytes;
        while (text[bytes] && at > 0 && text[at] != ' ')
            at--;
        bytes = at > 0 ? at : bytes;
        fprintf(t->out, "%*s%.*s\n", GAP, "", (int)bytes, text);
        text += bytes;
        text += strspn(text, " ");
    }
}

/* "  FAILED 2  CANCELLED 3", as many of them on a line as fit. */
static void print_beneath(const struct table *t, const char *const *cells, unsigned insists) {
    size_t room = t->fit > NOTE_MIN + GAP ? t->fit - GAP : NOTE_MIN;
    struct buf note;
    buf_init(&note, LINE_BYTES_MAX);
    for (size_t i = 0; i < t->columns; i++) {
        if (!(insists & (1u << i)) || !is_cut(t, i, cells[i]))
            continue;
        size_t more = width_of(t->heads[i]) + 1 + width_of(cells[i]);
        if (note.bytes && width_of(buf_str(&note)) + GAP + more > room) {
            print_note(t, buf_str(&note), room);
            buf_clear(&note);
        }
        if (note.bytes)
            add_spaces(&note, GAP);
        ASSERT(buf_printf(&note, "%s %s", t->heads[i], cells[i]));
    }
    print_note(t, buf_str(&note), room);
    buf_release(&note);
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
        if (i % t->columns < t->columns - 1)
            continue;
        print_line(t, cells);
        print_beneath(t, cells, t->insists[i / t->columns]);
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
    if (column == 0)
        t->insists[t->cell_count / t->columns] = 0;
    t->cell_count++;
}

void table_insist(struct table *t) {
    PRE(t->cell_count > 0);
    size_t cell = t->cell_count - 1;
    t->insists[cell / t->columns] |= 1u << cell % t->columns;
}

void table_end(struct table *t) {
    print_waiting(t);
    buf_release(&t->cells);
}
