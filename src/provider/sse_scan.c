/* sse_scan.c: see sse_scan.h. */
#include "provider/sse_scan.h"

#include <string.h>

static const char field[] = "data", done[] = "[DONE]", mark[] = "\xef\xbb\xbf";

enum state { NAME, SPACE, DATA, OTHER };

void sse_scan_begin(struct sse_scan *s, const struct sse_scan_callbacks *callbacks, void *arg) {
    *s = (struct sse_scan){.callbacks = callbacks, .arg = arg};
}

static bool let_go(struct sse_scan *s, struct err *e) {
    if (s->is_passing)
        return true;
    s->is_passing = true;
    return s->held == 0 || s->callbacks->on_data(s->arg, done, s->held, e);
}

/* Data of the event, kept back as long as it could be [DONE]. */
static bool data_piece(struct sse_scan *s, const char *data, size_t bytes, struct err *e) {
    while (!s->is_passing && bytes > 0) {
        if (s->held == SSE_HELD_BYTES || *data != done[s->held]) {
            if (!let_go(s, e))
                return false;
            break;
        }
        s->held++;
        data++;
        bytes--;
    }
    return bytes == 0 || s->callbacks->on_data(s->arg, data, bytes, e);
}

static bool event_end(struct sse_scan *s, struct err *e) {
    bool had = s->has_data, is_done = !s->is_passing && s->held == SSE_HELD_BYTES;
    if (had && !is_done && !let_go(s, e))
        return false;
    s->has_data = s->is_passing = false;
    s->held = 0;
    return !had || is_done || s->callbacks->on_event(s->arg, e);
}

/* The line's name has been read and is "data". */
static bool data_begin(struct sse_scan *s, struct err *e) {
    bool again = s->has_data;
    s->has_data = true;
    return !again || data_piece(s, "\n", 1, e);
}

static bool line_end(struct sse_scan *s, struct err *e) {
    bool is_empty = s->line_bytes == 0;
    bool is_bare = s->state == NAME && s->name_bytes == strlen(field); /* "data" with no colon */
    s->state = NAME;
    s->name_bytes = s->line_bytes = 0;
    if (is_bare)
        return data_begin(s, e);
    return !is_empty || event_end(s, e);
}

static bool name_byte(struct sse_scan *s, char c, struct err *e) {
    bool is_data = s->name_bytes == strlen(field);
    if (c == ':') {
        s->state = is_data ? SPACE : OTHER;
        return !is_data || data_begin(s, e);
    }
    if (is_data || c != field[s->name_bytes])
        s->state = OTHER;
    else
        s->name_bytes++;
    return true;
}

static size_t rest_of_line(const char *data, size_t bytes) {
    size_t n = 0;
    while (n < bytes && data[n] != '\n' && data[n] != '\r')
        n++;
    return n;
}

/* Bytes inside a line; *used is what was taken. */
static bool in_line(struct sse_scan *s, const char *data, size_t bytes, size_t *used,
                    struct err *e) {
    size_t n = s->state == NAME ? 1 : rest_of_line(data, bytes);
    *used = n;
    s->line_bytes += n;
    if (s->state == NAME)
        return name_byte(s, *data, e);
    if (s->state == SPACE) {
        s->state = DATA;
        size_t skip = *data == ' ' ? 1 : 0;
        return data_piece(s, data + skip, n - skip, e);
    }
    return s->state == OTHER || data_piece(s, data, n, e);
}

/* Passes over the byte order mark. Its beginning alone is nothing that an event could
 * begin with. */
static size_t skip_mark(struct sse_scan *s, const char *data, size_t bytes) {
    size_t n = 0;
    while (n < bytes && s->mark_bytes < strlen(mark) && data[n] == mark[s->mark_bytes]) {
        s->mark_bytes++;
        n++;
    }
    if (n < bytes)
        s->mark_bytes = strlen(mark);
    return n;
}

bool sse_scan_feed(struct sse_scan *s, const char *data, size_t bytes, struct err *e) {
    for (size_t i = skip_mark(s, data, bytes), used; i < bytes; i += used) {
        char c = data[i];
        bool joins = c == '\n' && s->after_return;
        s->after_return = c == '\r';
        used = 1;
        if (joins)
            continue;
        if (c == '\n' || c == '\r' ? !line_end(s, e) : !in_line(s, data + i, bytes - i, &used, e))
            return false;
    }
    return true;
}

bool sse_scan_end(struct sse_scan *s, struct err *e) {
    if (s->line_bytes > 0 && !line_end(s, e))
        return false;
    return event_end(s, e);
}
