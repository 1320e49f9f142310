/* render.c: see render.h. To add a placeholder: one row in `numbers` or `texts`. */
#include "render.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"

#define NAME_BYTES 24
#define NUMBER_BYTES 24
#define INDENT 2

/* --- placeholders --- */

static const struct {
    const char *name;
    size_t offset;
} numbers[] = {
    {"req", offsetof(struct render_values, req)},
    {"in_flight", offsetof(struct render_values, in_flight)},
    {"chars", offsetof(struct render_values, chars)},
    {"bytes", offsetof(struct render_values, bytes)},
    {"billed", offsetof(struct render_values, billed)},
    {"ms", offsetof(struct render_values, ms)},
};
#define NUMBERS (sizeof numbers / sizeof *numbers)

static void put(struct buf *out, const void *data, size_t bytes) {
    ASSERT(buf_add(out, data, bytes)); /* the sound is far below the maximum */
}

static void put_id(const struct render_values *v, struct buf *out) {
    char id[NUMBER_BYTES + 8];
    put(out, id, (size_t)snprintf(id, sizeof id, "say-%" PRIu64, v->req));
}

static void put_url(const struct render_values *v, struct buf *out) {
    put(out, v->url, strlen(v->url));
}

static void put_audio(const struct render_values *v, struct buf *out) {
    if (v->audio.bytes)
        put(out, v->audio.data, v->audio.bytes);
}

static void put_base64(const struct render_values *v, struct buf *out) {
    size_t room = (v->audio.bytes + 2) / 3 * 4 + 1;
    unsigned char *text = ensure_alloc(room);
    int n = EVP_EncodeBlock(text, v->audio.data, (int)v->audio.bytes);
    put(out, text, (size_t)n);
    free(text);
}

static void put_hex(const struct render_values *v, struct buf *out) {
    static const char digits[] = "0123456789abcdef";
    char *text = ensure_alloc(2 * v->audio.bytes + 1);
    for (size_t i = 0; i < v->audio.bytes; i++) {
        text[2 * i] = digits[v->audio.data[i] >> 4];
        text[2 * i + 1] = digits[v->audio.data[i] & 15];
    }
    put(out, text, 2 * v->audio.bytes);
    free(text);
}

static const struct {
    const char *name;
    void (*put)(const struct render_values *v, struct buf *out);
} texts[] = {
    {"id", put_id},         {"url", put_url}, {"audio", put_audio}, {"audio:base64", put_base64},
    {"audio:hex", put_hex},
};
#define TEXTS (sizeof texts / sizeof *texts)

/* The number of that name, or NULL. */
static const uint64_t *find_number(const char *name, const struct render_values *v) {
    for (size_t i = 0; i < NUMBERS; i++)
        if (!strcmp(numbers[i].name, name))
            return (const uint64_t *)(const void *)((const char *)v + numbers[i].offset);
    return NULL;
}

/* Appends what `name` stands for. false: it is no placeholder. */
static bool put_named(const char *name, const struct render_values *v, struct buf *out) {
    const uint64_t *number = find_number(name, v);
    if (number) {
        char digits[NUMBER_BYTES];
        put(out, digits, (size_t)snprintf(digits, sizeof digits, "%" PRIu64, *number));
        return true;
    }
    for (size_t i = 0; i < TEXTS; i++)
        if (!strcmp(texts[i].name, name)) {
            texts[i].put(v, out);
            return true;
        }
    return false;
}

/* Length of "{name}" at `at`, its name copied; 0 when there is none. */
static size_t read_placeholder(const char *at, char name[NAME_BYTES]) {
    size_t n = strspn(at + 1, "#:_abcdefghijklmnopqrstuvwxyz0123456789");
    if (*at != '{' || n == 0 || n >= NAME_BYTES || at[1 + n] != '}')
        return 0;
    memcpy(name, at + 1, n);
    name[n] = '\0';
    return n + 2;
}

/* false, with the name in `name`, at a placeholder that is none. */
static bool fill(const char *text, const struct render_values *v, struct buf *out,
                 char name[NAME_BYTES]) {
    while (*text) {
        size_t literal = strcspn(text, "{");
        put(out, text, literal);
        text += literal;
        size_t n = *text ? read_placeholder(text, name) : 0;
        if (n && !put_named(name, v, out))
            return false;
        if (!n && *text)
            put(out, text, 1);
        text += n ? n : *text != '\0';
    }
    return true;
}

void render_text(const char *text, const struct render_values *v, struct buf *out) {
    char name[NAME_BYTES];
    ASSERT(fill(text, v, out, name)); /* render_check saw to it */
}

/* --- documents --- */

static const uint64_t *whole_number(const char *text, const struct render_values *v) {
    char name[NAME_BYTES];
    size_t n = *text ? read_placeholder(text, name) : 0;
    return n && !text[n] && name[0] == '#' ? find_number(name + 1, v) : NULL;
}

static json_t *render_string(const char *text, const struct render_values *v) {
    const uint64_t *number = whole_number(text, v);
    if (number)
        return json_integer((json_int_t)*number);
    struct buf filled;
    buf_init(&filled, RENDER_BODY_BYTES_MAX);
    render_text(text, v, &filled);
    json_t *string = json_stringn(buf_str(&filled), filled.bytes);
    ASSERT(string);
    buf_release(&filled);
    return string;
}

static json_t *render_document(const json_t *document, const struct render_values *v) {
    if (json_is_string(document))
        return render_string(json_string_value(document), v);
    json_t *copy = json_is_object(document) ? json_object() : json_array();
    if (json_is_object(document)) {
        json_t *from = json_deep_copy(document);
        const char *name;
        json_t *value;
        json_object_foreach(from, name, value) {
            json_object_set_new(copy, name, render_document(value, v));
        }
        json_decref(from);
        return copy;
    }
    if (!json_is_array(document)) {
        json_decref(copy);
        return json_deep_copy(document);
    }
    for (size_t i = 0; i < json_array_size(document); i++)
        json_array_append_new(copy, render_document(json_array_get(document, i), v));
    return copy;
}

bool render_check(const json_t *document, struct err *e) {
    static const struct render_values nothing = {.url = ""};
    bool good = true;
    if (json_is_string(document)) {
        char name[NAME_BYTES];
        struct buf filled;
        buf_init(&filled, RENDER_BODY_BYTES_MAX);
        good = whole_number(json_string_value(document), &nothing) ||
               fill(json_string_value(document), &nothing, &filled, name) ||
               err_set(e, ERR_INPUT, "{%s} is no placeholder", name);
        buf_release(&filled);
    }
    for (size_t i = 0; good && json_is_array(document) && i < json_array_size(document); i++)
        good = render_check(json_array_get(document, i), e);
    if (!json_is_object(document))
        return good;
    json_t *copy = json_deep_copy(document); /* iterators want it mutable */
    const char *name;
    json_t *value;
    json_object_foreach(copy, name, value) {
        good = good && render_check(value, e);
    }
    json_decref(copy);
    return good;
}

/* --- bodies --- */

struct stream {
    bool is_sse;
    const char *event; /* name of each SSE event; NULL = none */
};

/* One event: compact JSON behind each other, or the pretty lines of one as `data:` each. */
static void put_event(const struct stream *s, const json_t *document, const struct render_values *v,
                      struct buf *out) {
    json_t *filled = render_document(document, v);
    char *rest, *text = json_dumps(filled, s->is_sse ? JSON_INDENT(INDENT) : JSON_COMPACT);
    ASSERT(text);
    if (s->is_sse && s->event)
        ASSERT(buf_printf(out, "event: %s\n", s->event));
    for (char *line = s->is_sse ? strtok_r(text, "\n", &rest) : NULL; line;
         line = strtok_r(NULL, "\n", &rest))
        ASSERT(buf_printf(out, "data: %s\n", line));
    if (s->is_sse)
        put(out, "\n", 1);
    else
        put(out, text, strlen(text));
    free(text);
    json_decref(filled);
}

static void put_events(const struct stream *s, const json_t *list, const struct render_values *v,
                       struct buf *out) {
    for (size_t i = 0; i < json_array_size(list); i++)
        put_event(s, json_array_get(list, i), v, out);
}

static void render_stream(const json_t *answer, const struct render_values *v, struct buf *out) {
    struct stream s = {.is_sse =
                           !strcmp(json_string_value(json_object_get(answer, "stream")), "sse"),
                       .event = json_string_value(json_object_get(answer, "event"))};
    size_t pieces = (size_t)json_integer_value(json_object_get(answer, "pieces"));
    put_events(&s, json_object_get(answer, "before"), v, out);
    for (size_t i = 0; i < pieces; i++) {
        size_t from = v->audio.bytes * i / pieces, to = v->audio.bytes * (i + 1) / pieces;
        struct render_values part = *v;
        part.audio = (struct encode_blob){v->audio.data + from, to - from};
        put_event(&s, json_object_get(answer, "piece"), &part, out);
    }
    put_events(&s, json_object_get(answer, "end"), v, out);
}

void render_body(const json_t *answer, const struct render_values *v, struct buf *out) {
    const json_t *body = json_object_get(answer, "body");
    if (json_object_get(answer, "stream")) {
        render_stream(answer, v, out);
    } else if (json_is_string(body)) {
        render_text(json_string_value(body), v, out);
    } else if (body) {
        json_t *filled = render_document(body, v);
        char *text = json_dumps(filled, JSON_COMPACT);
        ASSERT(text);
        put(out, text, strlen(text));
        free(text);
        json_decref(filled);
    }
}
