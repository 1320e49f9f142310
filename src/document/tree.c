/*
 * tree.c: see tree.h. {"pandoc-api-version": …, "meta": …, "blocks": [{"t": TYPE, "c": CONTENT}
 * …]}; the types are those of pandoc-types' Text.Pandoc.Definition, one row each below.
 */
#include "document/tree.h"

#include <jansson.h>
#include <string.h>

#include "base/buf.h"
#include "text/chars.h"

struct walk {
    struct document_reader *reader;
    struct buf text; /* of the block that is being put together */
    bool soft_break; /* a line of the source has ended */
    struct err *e;
};

/* ---- text ---- */

static bool ends_in_cjk(const struct buf *text) {
    size_t begin;
    return text->bytes && chars_is_cjk(chars_before(text->data, 0, text->bytes, &begin));
}

static bool add(struct walk *w, const char *s) {
    size_t next, bytes = strlen(s);
    bool ok = true;
    if (w->soft_break && bytes) {
        bool glue = ends_in_cjk(&w->text) && chars_is_cjk(chars_at(s, bytes, 0, &next));
        w->soft_break = false;
        ok = glue || buf_add_char(&w->text, ' ');
    }
    return (ok && buf_add_str(&w->text, s)) ||
           err_set(w->e, ERR_INPUT, "a paragraph is longer than %d bytes",
                   DOCUMENT_BLOCK_BYTES_MAX);
}

static bool inlines(struct walk *w, const json_t *list);
static bool blocks(struct walk *w, const json_t *list);

static const char *type_of(const json_t *node) {
    const char *type = json_string_value(json_object_get(node, "t"));
    return type ? type : "";
}

static bool has_class(const json_t *attr, const char *wanted) {
    const json_t *classes = json_array_get(attr, 1);
    for (size_t i = 0; i < json_array_size(classes); i++) {
        const char *name = json_string_value(json_array_get(classes, i));
        if (name && !strcmp(name, wanted))
            return true;
    }
    return false;
}

/* ---- inline types: c is their content ---- */

static bool on_string(struct walk *w, const json_t *c) {
    const char *s = json_string_value(c);
    return !s || add(w, s);
}

static bool on_space(struct walk *w, const json_t *c) {
    (void)c;
    return add(w, " ");
}

static bool on_soft_break(struct walk *w, const json_t *c) {
    (void)c;
    w->soft_break = true;
    return true;
}

static bool on_line_break(struct walk *w, const json_t *c) {
    (void)c;
    w->soft_break = false;
    return add(w, "\n");
}

static bool on_second_inlines(struct walk *w, const json_t *c) {
    return inlines(w, json_array_get(c, 1));
}

static bool on_second_string(struct walk *w, const json_t *c) {
    return on_string(w, json_array_get(c, 1));
}

static bool on_quoted(struct walk *w, const json_t *c) {
    bool single = !strcmp(type_of(json_array_get(c, 0)), "SingleQuote");
    return add(w, single ? "‘" : "“") && inlines(w, json_array_get(c, 1)) &&
           add(w, single ? "’" : "”");
}

/* Back from a note to its place, or there: numbers and arrows that belong to the page. */
static bool on_link(struct walk *w, const json_t *c) {
    const json_t *attr = json_array_get(c, 0);
    return has_class(attr, "footnote-back") || has_class(attr, "footnote-ref") ||
           on_second_inlines(w, c);
}

static bool on_image(struct walk *w, const json_t *c) {
    (void)c;
    w->reader->images++;
    return true;
}

static bool on_note(struct walk *w, const json_t *c) {
    (void)c;
    w->reader->notes++;
    return true;
}

/* ---- block types ---- */

static bool flush(struct walk *w, int level) {
    struct buf *text = &w->text;
    size_t at = 0;
    w->soft_break = false;
    while (text->bytes && strchr(" \t\n", text->data[text->bytes - 1]))
        text->data[--text->bytes] = '\0';
    while (at < text->bytes && strchr(" \t\n", text->data[at]))
        at++;
    struct document_block block = {
        .level = level, .text = text->data + at, .bytes = text->bytes - at};
    bool ok = block.bytes == 0 || w->reader->each(w->reader->arg, &block, w->e);
    buf_clear(text);
    return ok;
}

static bool on_paragraph(struct walk *w, const json_t *c) {
    return inlines(w, c) && flush(w, 0);
}

static bool on_header(struct walk *w, const json_t *c) {
    int level = (int)json_integer_value(json_array_get(c, 0));
    return inlines(w, json_array_get(c, 2)) && flush(w, level < 1 ? 1 : level);
}

static bool on_verse(struct walk *w, const json_t *c) {
    for (size_t i = 0; i < json_array_size(c); i++)
        if ((i > 0 && !on_line_break(w, NULL)) || !inlines(w, json_array_get(c, i)))
            return false;
    return flush(w, 0);
}

static bool on_items(struct walk *w, const json_t *c) {
    for (size_t i = 0; i < json_array_size(c); i++)
        if (!blocks(w, json_array_get(c, i)))
            return false;
    return true;
}

static bool on_numbered_items(struct walk *w, const json_t *c) {
    return on_items(w, json_array_get(c, 1));
}

static bool on_definitions(struct walk *w, const json_t *c) {
    for (size_t i = 0; i < json_array_size(c); i++) {
        const json_t *one = json_array_get(c, i);
        if (!on_paragraph(w, json_array_get(one, 0)) || !on_items(w, json_array_get(one, 1)))
            return false;
    }
    return true;
}

static bool on_division(struct walk *w, const json_t *c) {
    return has_class(json_array_get(c, 0), "footnotes") || blocks(w, json_array_get(c, 1));
}

static bool on_code_block(struct walk *w, const json_t *c) {
    (void)c;
    w->reader->code_blocks++;
    return true;
}

static bool on_table(struct walk *w, const json_t *c) {
    (void)c;
    w->reader->tables++;
    return true;
}

/* What is not here is markup: RawInline, RawBlock, HorizontalRule, Null. */
static const struct row {
    const char *type;
    bool (*on)(struct walk *w, const json_t *c);
} inline_rows[] =
    {
        {"Str", on_string},
        {"Space", on_space},
        {"SoftBreak", on_soft_break},
        {"LineBreak", on_line_break},
        {"Emph", inlines},
        {"Underline", inlines},
        {"Strong", inlines},
        {"Strikeout", inlines},
        {"Superscript", inlines},
        {"Subscript", inlines},
        {"SmallCaps", inlines},
        {"Quoted", on_quoted},
        {"Cite", on_second_inlines},
        {"Span", on_second_inlines},
        {"Link", on_link},
        {"Code", on_second_string},
        {"Math", on_second_string},
        {"Image", on_image},
        {"Note", on_note},
        {NULL, NULL},
},
  block_rows[] = {
      {"Plain", on_paragraph},
      {"Para", on_paragraph},
      {"Header", on_header},
      {"LineBlock", on_verse},
      {"BlockQuote", blocks},
      {"OrderedList", on_numbered_items},
      {"BulletList", on_items},
      {"DefinitionList", on_definitions},
      {"Div", on_division},
      {"CodeBlock", on_code_block},
      {"Table", on_table},
      {"Figure", on_image},
      {NULL, NULL},
};

static bool visit(struct walk *w, const struct row *rows, const json_t *node) {
    const char *type = type_of(node);
    while (rows->type && strcmp(rows->type, type) != 0)
        rows++;
    return !rows->type || rows->on(w, json_object_get(node, "c"));
}

static bool inlines(struct walk *w, const json_t *list) {
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!visit(w, inline_rows, json_array_get(list, i)))
            return false;
    return true;
}

static bool blocks(struct walk *w, const json_t *list) {
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!visit(w, block_rows, json_array_get(list, i)))
            return false;
    return true;
}

/* ---- the document, value by value ---- */

struct cursor {
    const char *at, *end;
};

static bool take(struct cursor *c, char wanted) {
    while (c->at < c->end && strchr(" \t\r\n", *c->at))
        c->at++;
    if (c->at == c->end || *c->at != wanted)
        return false;
    c->at++;
    return true;
}

/* The next value, the caller's; NULL when there is none. */
static json_t *take_value(struct cursor *c) {
    json_error_t where;
    json_t *value = json_loadb(c->at, (size_t)(c->end - c->at),
                               JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK, &where);
    if (value)
        c->at += where.position;
    return value;
}

static bool bad_tree(struct err *e) {
    return err_set(e, ERR_INPUT, "pandoc's answer is not the tree of a document");
}

static bool read_blocks(struct walk *w, struct cursor *c) {
    if (!take(c, '['))
        return bad_tree(w->e);
    if (take(c, ']'))
        return true;
    do {
        json_t *block = take_value(c);
        if (!block)
            return bad_tree(w->e);
        if (w->reader->is_stopped && w->reader->is_stopped()) {
            json_decref(block);
            return err_set(w->e, ERR_INTERRUPTED, "interrupted; nothing was added");
        }
        bool ok = visit(w, block_rows, block);
        json_decref(block);
        if (!ok)
            return false;
    } while (take(c, ','));
    return take(c, ']') || bad_tree(w->e);
}

static bool read_member(struct walk *w, struct cursor *c) {
    json_t *key = take_value(c);
    const char *name = json_string_value(key);
    bool is_blocks = name && !strcmp(name, "blocks");
    bool ok = key && take(c, ':');
    json_decref(key);
    if (!ok)
        return bad_tree(w->e);
    if (is_blocks)
        return read_blocks(w, c);
    json_t *other = take_value(c);
    json_decref(other);
    return other || bad_tree(w->e);
}

bool tree_read(const char *json, size_t bytes, struct document_reader *reader, struct err *e) {
    struct walk w = {.reader = reader, .e = e};
    struct cursor c = {json, json + bytes};
    if (!take(&c, '{'))
        return bad_tree(e);
    buf_init(&w.text, DOCUMENT_BLOCK_BYTES_MAX);
    bool ok;
    do
        ok = read_member(&w, &c);
    while (ok && take(&c, ','));
    buf_release(&w.text);
    return ok && (take(&c, '}') || bad_tree(e));
}
