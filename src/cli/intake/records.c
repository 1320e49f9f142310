/* records.c: see records.h. Which format, and plain text. */
#include "cli/intake/records.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "cli/intake/records_field.h"
#include "text/split.h"
#include "text/unwrap.h"

static const char *const split_names[] = {[RECORDS_LINE] = "line",
                                          [RECORDS_PARAGRAPH] = "paragraph",
                                          [RECORDS_SENTENCE] = "sentence",
                                          [RECORDS_NONE] = "none"};
#define SPLITS (sizeof split_names / sizeof split_names[0])

enum records_format records_format_of(const char *path) {
    static const struct {
        const char *ending;
        enum records_format format;
    } formats[] = {{".jsonl", RECORDS_JSONL},       {".ndjson", RECORDS_JSONL},
                   {".csv", RECORDS_CSV},           {".md", RECORDS_MARKDOWN},
                   {".markdown", RECORDS_MARKDOWN}, {".epub", RECORDS_EPUB}};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof formats / sizeof formats[0]; i++)
        if (!strcasecmp(dot, formats[i].ending))
            return formats[i].format;
    return RECORDS_TEXT;
}

bool records_is_document(enum records_format format) {
    return format == RECORDS_MARKDOWN || format == RECORDS_EPUB;
}

bool records_split_parse(const char *text, enum records_split *out) {
    for (size_t i = 0; i < SPLITS; i++)
        if (!strcmp(text, split_names[i])) {
            *out = (enum records_split)i;
            return true;
        }
    return false;
}

const char *records_split_text(enum records_split split) {
    return split_names[split];
}

static bool read_lines(struct input *in, struct records_sink *sink, struct err *e) {
    struct input_line line;
    bool more, behind_blank = true;
    while (input_line(in, &line, &more, e)) {
        if (!more)
            return true;
        if (records_field_is_blank(line.text, line.bytes)) {
            behind_blank = true;
            sink->empty_lines++;
            continue;
        }
        size_t chars = line.ascii ? line.bytes : utf8_count_codepoints(line.text, line.bytes);
        struct record r = {
            .text = line.text, .text_bytes = line.bytes, .chars = (int64_t)chars, .line = in->line};
        r.begins = behind_blank && in->line > 1 ? BEGIN_PARAGRAPH : BEGIN_NOTHING;
        behind_blank = false;
        if (!sink->each(sink->arg, &r, e))
            return false;
    }
    return false;
}

struct joining {
    struct buf text;
    enum records_split split;
    int64_t line;              /* where the text began */
    bool inside;               /* a sentence of this text was given */
    struct splitter *splitter; /* for sentences */
    struct records_sink *sink;
    struct err *e;
};

static bool give(struct joining *g, const char *text, size_t bytes) {
    struct record r = {.text = text,
                       .text_bytes = bytes,
                       .chars = (int64_t)utf8_count_codepoints(text, bytes),
                       .line = g->line,
                       .begins = g->inside ? BEGIN_NOTHING : BEGIN_PARAGRAPH};
    g->inside = true;
    return g->sink->each(g->sink->arg, &r, g->e);
}

/* A record's text is NUL-terminated: what stands behind the sentence is put back. */
static bool give_sentence(void *arg, size_t at, size_t bytes) {
    struct joining *g = arg;
    split_trim(g->text.data, &at, &bytes);
    if (bytes == 0)
        return true;
    char *text = g->text.data + at, behind = text[bytes];
    text[bytes] = '\0';
    bool ok = give(g, text, bytes);
    text[bytes] = behind;
    return ok;
}

static bool flush_joined(struct joining *g) {
    struct buf *joined = &g->text;
    while (joined->bytes && joined->data[joined->bytes - 1] == '\n')
        joined->data[--joined->bytes] = '\0';
    if (joined->bytes == 0)
        return true;
    g->inside = false;
    if (g->split != RECORDS_NONE)
        joined->bytes = text_unwrap(joined->data, joined->bytes);
    bool ok = g->split == RECORDS_SENTENCE
                  ? split_sentences(g->splitter, joined->data, joined->bytes, give_sentence, g)
                  : give(g, joined->data, joined->bytes);
    buf_clear(joined);
    return ok;
}

/* Lines joined until a blank one, or (whole) until the end. */
static bool read_joined(struct input *in, struct joining *g) {
    struct input_line line;
    struct buf *joined = &g->text;
    bool more, whole = g->split == RECORDS_NONE;
    while (input_line(in, &line, &more, g->e)) {
        if (!more)
            return flush_joined(g);
        bool blank = records_field_is_blank(line.text, line.bytes);
        if (blank && (!whole || joined->bytes == 0)) {
            g->sink->empty_lines++;
            if (!flush_joined(g))
                return false;
            continue;
        }
        if (joined->bytes == 0)
            g->line = in->line;
        if ((joined->bytes && !buf_add_char(joined, '\n')) ||
            !buf_add(joined, blank ? "" : line.text, blank ? 0 : line.bytes))
            return err_set(g->e, ERR_INPUT, "%s:%" PRId64 ": the text is longer than %d bytes",
                           in->name, g->line, INPUT_LINE_BYTES_MAX);
    }
    return false;
}

bool records_read(struct input *in, enum records_format format, enum records_split split,
                  struct records_sink *sink, struct err *e) {
    if (format == RECORDS_JSONL)
        return records_read_jsonl(in, sink, e);
    if (format == RECORDS_CSV)
        return records_read_csv(in, sink, e);
    if (split == RECORDS_LINE)
        return read_lines(in, sink, e);
    struct joining g = {.split = split, .line = 1, .sink = sink, .e = e};
    if (split == RECORDS_SENTENCE && !splitter_new(&g.splitter, e))
        return false;
    buf_init(&g.text, INPUT_LINE_BYTES_MAX);
    bool ok = read_joined(in, &g);
    buf_release(&g.text);
    splitter_free(g.splitter);
    return ok;
}
