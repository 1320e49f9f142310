/*
 * records_csv.c: RFC 4180 with a header line, strictly; see records.h.
 *
 * A record may span lines inside quotes, so lines are joined until its quotes are closed; then it
 * is cut into fields in place.
 */
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "cli/intake/records_field.h"

#define FIELDS_MAX 64

struct csv {
    struct input *in;
    struct buf record; /* the lines of one record */
    int64_t line;      /* where it began */
    char *field[FIELDS_MAX];
    size_t bytes[FIELDS_MAX];
    size_t count;
};

static bool bad(const struct csv *c, const char *what, struct err *e) {
    return err_set(e, ERR_INPUT, "%s:%" PRId64 ": %s", c->in->name, c->line, what);
}

static size_t quotes_in(const char *text, size_t bytes) {
    size_t n = 0;
    for (const char *p = text; (p = memchr(p, '"', bytes - (size_t)(p - text))); p++)
        n++;
    return n;
}

/* Quotes are closed when their number is even: an escaped quote counts twice. */
static bool next_record(struct csv *c, bool *more, struct err *e) {
    buf_clear(&c->record);
    size_t quotes = 0;
    for (bool first = true;; first = false) {
        struct input_line line;
        bool have;
        if (!input_line(c->in, &line, &have, e))
            return false;
        if (first)
            c->line = c->in->line;
        if (!have && !first)
            return bad(c, "a quoted field is not closed", e);
        *more = have;
        if (!have)
            return true;
        if ((!first && !buf_add_char(&c->record, '\n')) ||
            !buf_add(&c->record, line.text, line.bytes))
            return bad(c, "the record is too long", e);
        quotes += quotes_in(line.text, line.bytes);
        if (quotes % 2 == 0)
            return true;
    }
}

/* Undoubles the quotes in place; returns what follows the closing one, NULL when there is none. */
static char *cut_quoted(char *p, char *end, char **field, size_t *bytes) {
    char *to = ++p;
    *field = to;
    for (; p < end; p++) {
        if (*p == '"' && (p + 1 == end || p[1] != '"')) {
            *bytes = (size_t)(to - *field);
            *to = '\0'; /* at most over the closing quote */
            return p + 1;
        }
        if (*p == '"')
            p++;
        *to++ = *p;
    }
    return NULL;
}

static bool cut_fields(struct csv *c, struct err *e) {
    char *p = c->record.data, *end = p + c->record.bytes;
    for (c->count = 0;;) {
        if (c->count == FIELDS_MAX)
            return bad(c, "too many fields", e);
        size_t i = c->count++;
        if (p < end && *p == '"') {
            p = cut_quoted(p, end, &c->field[i], &c->bytes[i]);
            if (!p || (p < end && *p != ','))
                return bad(c, "text behind a closing quote; double the quotes inside a field", e);
        } else {
            char *comma = memchr(p, ',', (size_t)(end - p));
            c->field[i] = p;
            c->bytes[i] = (size_t)((comma ? comma : end) - p);
            if (memchr(p, '"', c->bytes[i]))
                return bad(c, "a quote inside an unquoted field; quote the whole field", e);
            p += c->bytes[i];
        }
        bool last = p == end;
        *p++ = '\0'; /* over the comma, or the NUL behind the record */
        if (last)
            return true;
    }
}

struct header {
    enum records_field field[FIELDS_MAX];
    size_t count;
};

static bool read_header(struct csv *c, struct header *h, struct err *e) {
    bool more;
    if (!next_record(c, &more, e))
        return false;
    if (!more)
        return err_set(e, ERR_INPUT, "%s: empty; the first line must name the fields", c->in->name);
    if (c->record.bytes == 0)
        return bad(
            c, "the first line must name the fields: text, voice, id, name, chapter, priority", e);
    if (!cut_fields(c, e))
        return false;
    unsigned seen = 0;
    for (h->count = 0; h->count < c->count; h->count++) {
        enum records_field *field = &h->field[h->count];
        if (!records_field_find(c->in, c->line, c->field[h->count], field, e))
            return false;
        if (seen & (1u << *field))
            return bad(c, "a field is named twice", e);
        seen |= 1u << *field;
    }
    return (seen & (1u << FIELD_TEXT)) || bad(c, "there is no field 'text' in the first line", e);
}

static bool take_record(struct csv *c, const struct header *h, struct records_sink *sink,
                        struct err *e) {
    if (!cut_fields(c, e))
        return false;
    if (c->count != h->count)
        return err_set(e, ERR_INPUT, "%s:%" PRId64 ": %zu fields where the first line has %zu",
                       c->in->name, c->line, c->count, h->count);
    struct record r = {.line = c->line, .begins = BEGIN_PARAGRAPH};
    for (size_t i = 0; i < c->count; i++)
        if (!records_field_set(c->in, &r, h->field[i], c->field[i], c->bytes[i], e))
            return false;
    if (records_field_is_blank(r.text, r.text_bytes))
        return bad(c, "'text' is empty", e);
    return sink->each(sink->arg, &r, e);
}

static bool read_all(struct csv *c, struct records_sink *sink, struct err *e) {
    struct header header;
    if (!read_header(c, &header, e))
        return false;
    for (bool more;;) {
        if (!next_record(c, &more, e))
            return false;
        if (!more)
            return true;
        if (c->record.bytes == 0)
            sink->empty_lines++;
        else if (!take_record(c, &header, sink, e))
            return false;
    }
}

bool records_read_csv(struct input *in, struct records_sink *sink, struct err *e) {
    struct csv c = {.in = in};
    buf_init(&c.record, 2 * INPUT_LINE_BYTES_MAX);
    bool ok = read_all(&c, sink, e);
    buf_release(&c.record);
    return ok;
}
