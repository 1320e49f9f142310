/* template.c: see template.h. */
#include "provider/template.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"

#define OPEN "${"

static const char *const kind_prefixes[TEMPLATE_KIND_COUNT] = {
#define TEMPLATE_PREFIX(name, prefix) [name] = prefix,
    TEMPLATE_KINDS(TEMPLATE_PREFIX)
#undef TEMPLATE_PREFIX
};

static char *copy(const char *s, size_t bytes) {
    char *out = ensure_alloc(bytes + 1);
    if (bytes)
        memcpy(out, s, bytes);
    out[bytes] = '\0';
    return out;
}

static bool add_piece(struct template *t, enum template_kind kind, const char *s, size_t bytes,
                      size_t at, struct err *e) {
    if (t->count == TEMPLATE_PIECES_MAX)
        return err_set(e, ERR_CONFIG, "more than %d parts", TEMPLATE_PIECES_MAX);
    t->pieces = ensure_realloc(t->pieces, (t->count + 1) * sizeof *t->pieces);
    t->pieces[t->count++] =
        (struct template_piece){.kind = kind, .text = copy(s, bytes), .bytes = bytes, .at = at};
    return true;
}

static bool is_name(const char *s, size_t bytes) {
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    return bytes > 0 && bytes <= TEMPLATE_NAME_MAX && strspn(s, allowed) >= bytes;
}

static bool kind_of_prefix(const char *s, size_t bytes, enum template_kind *out) {
    for (int i = 0; i < TEMPLATE_KIND_COUNT; i++) {
        const char *prefix = kind_prefixes[i];
        if (!prefix || strlen(prefix) != bytes || memcmp(prefix, s, bytes) != 0)
            continue;
        *out = (enum template_kind)i;
        return true;
    }
    return false;
}

/* One placeholder: s is behind "${", bytes up to "}". */
static bool add_placeholder(struct template *t, const char *s, size_t bytes, size_t at,
                            struct err *e) {
    enum template_kind kind = TEMPLATE_BARE;
    const char *colon = memchr(s, ':', bytes);
    if (colon) {
        size_t prefix_bytes = (size_t)(colon - s);
        if (!kind_of_prefix(s, prefix_bytes, &kind))
            return err_set(e, ERR_CONFIG,
                           "unknown kind in ${%.*s}: it is json, url, xml, raw or secret",
                           (int)(bytes < 80 ? bytes : 80), s);
        s = colon + 1;
        bytes -= prefix_bytes + 1;
    }
    if (!is_name(s, bytes))
        return err_set(e, ERR_CONFIG, "the name in ${…} has 1 to %d letters, digits or '_'",
                       TEMPLATE_NAME_MAX);
    return add_piece(t, kind, s, bytes, at, e);
}

static bool parse_into(struct template *t, const char *text, size_t *at, struct err *e) {
    const char *s = text;
    while (*s) {
        const char *open = strstr(s, OPEN);
        size_t literal_bytes = open ? (size_t)(open - s) : strlen(s);
        *at = (size_t)(s - text);
        if (literal_bytes && !add_piece(t, TEMPLATE_LITERAL, s, literal_bytes, *at, e))
            return false;
        if (!open)
            return true;
        *at = (size_t)(open - text);
        const char *name = open + strlen(OPEN);
        const char *close = strpbrk(name, "}\n");
        if (!close || *close == '\n')
            return err_set(e, ERR_CONFIG, "${ without }");
        if (!add_placeholder(t, name, (size_t)(close - name), *at, e))
            return false;
        s = close + 1;
    }
    return true;
}

bool template_parse(const char *text, struct template **out, size_t *at, struct err *e) {
    struct template *t = ensure_alloc(sizeof *t);
    *t = (struct template){0};
    if (!parse_into(t, text, at, e)) {
        template_free(t);
        return false;
    }
    *out = t;
    return true;
}

void template_free(struct template *t) {
    if (!t)
        return;
    for (size_t i = 0; i < t->count; i++)
        free(t->pieces[i].text);
    free(t->pieces);
    free(t);
}

#define CONTROLS                                                                                   \
    "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16"     \
    "\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f"

/* RFC 8259, 7: quote, backslash and the control characters. DEL is escaped for people's sake. */
static const char json_special[] = CONTROLS "\"\\\x7f";

static bool escape_json(unsigned char c, struct buf *out) {
    static const char short_form[] = "\"\\\b\f\n\r\t";
    static const char letter[] = "\"\\bfnrt";
    const char *found = strchr(short_form, c);
    if (found)
        return buf_add_char(out, '\\') && buf_add_char(out, letter[found - short_form]);
    return buf_printf(out, "\\u%04x", (unsigned)c);
}

/* XML 1.0, 2.2: other control characters cannot be written at all and are left out; 0xef may begin
 * a character that is none. */
static const char xml_special[] = CONTROLS "&<>\"'\xef";

static bool escape_xml(unsigned char c, struct buf *out) {
    static const struct {
        char c;
        const char *entity;
    } entities[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};
    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
        if (entities[i].c == (char)c)
            return buf_add_str(out, entities[i].entity);
    if (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
        return true;
    return buf_add_char(out, (char)c);
}

/* RFC 3986, 2.3: all but the unreserved characters. */
static const char url_unreserved[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

static bool escape_url(unsigned char c, struct buf *out) {
    return buf_printf(out, "%%%02X", (unsigned)c);
}

/* U+FFFE and U+FFFF, the only characters beyond the controls that XML forbids. */
static bool is_xml_nonchar(const char *s) {
    return s[0] == '\xef' && s[1] == '\xbf' && (s[2] == '\xbe' || s[2] == '\xbf');
}

/* What stays as it is, up to the first byte that may not. */
static size_t plain_bytes(enum template_kind kind, const char *s) {
    return kind == TEMPLATE_URL ? strspn(s, url_unreserved)
                                : strcspn(s, kind == TEMPLATE_XML ? xml_special : json_special);
}

bool template_escape(enum template_kind kind, const char *value, struct buf *out) {
    static bool (*const escapes[TEMPLATE_KIND_COUNT])(unsigned char, struct buf *) = {
        [TEMPLATE_JSON] = escape_json, [TEMPLATE_XML] = escape_xml, [TEMPLATE_URL] = escape_url};
    if (!escapes[kind])
        return buf_add_str(out, value);
    /* a path segment of dots would move the request to another path of the host */
    if (kind == TEMPLATE_URL && (strcmp(value, ".") == 0 || strcmp(value, "..") == 0))
        return false;
    for (const char *s = value;; s++) {
        size_t plain = plain_bytes(kind, s);
        if (!buf_add(out, s, plain))
            return false;
        s += plain;
        if (!*s)
            return true;
        if (kind == TEMPLATE_XML && is_xml_nonchar(s))
            s += 2;
        else if (!escapes[kind]((unsigned char)*s, out))
            return false;
    }
}

bool template_render(const struct template *t, const struct template_values *values,
                     struct buf *out, struct err *e) {
    for (size_t i = 0; i < t->count; i++) {
        const struct template_piece *piece = &t->pieces[i];
        const char *value = piece->text;
        if (piece->kind == TEMPLATE_SECRET) {
            value = values->secret(values->context, piece->text);
            if (!value)
                return err_set(e, ERR_CONFIG, "secret %s is missing", piece->text);
        } else if (piece->kind != TEMPLATE_LITERAL) {
            value = values->find(values->context, piece->text);
            if (!value)
                return err_set(e, ERR_INPUT, "${%s} has no value", piece->text);
        }
        if (!template_escape(piece->kind, value, out))
            return err_set(e, ERR_INPUT, "the value of ${%.48s} does not fit here", piece->text);
    }
    return true;
}
