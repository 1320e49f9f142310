/* pointer.c: see pointer.h. */
#include "provider/pointer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "provider/json_scan.h"

#define INDEX_DIGITS_MAX 6
#define INDEX_NONE ((size_t)-1)

struct step {
    const char *text; /* not NUL-terminated */
    size_t bytes;
};

static struct step step_of(const struct json_path *path, size_t i) {
    return (struct step){.text = path->text + path->at[i],
                         .bytes = (size_t)(path->at[i + 1] - path->at[i])};
}

/* RFC 6901, 4: digits without a zero in front. */
static size_t index_of(const struct step *step, size_t behind_last) {
    size_t index = 0;
    if (step->bytes == 1 && step->text[0] == '-')
        return behind_last;
    if (step->bytes == 0 || step->bytes > INDEX_DIGITS_MAX ||
        (step->bytes > 1 && step->text[0] == '0'))
        return INDEX_NONE;
    for (size_t i = 0; i < step->bytes; i++) {
        if (step->text[i] < '0' || step->text[i] > '9')
            return INDEX_NONE;
        index = index * 10 + (size_t)(step->text[i] - '0');
    }
    return index;
}

static json_t *child_of(const json_t *node, const struct step *step) {
    if (json_is_object(node))
        return json_object_getn(node, step->text, step->bytes);
    size_t index = json_is_array(node) ? index_of(step, INDEX_NONE) : INDEX_NONE;
    return index == INDEX_NONE ? NULL : json_array_get(node, index);
}

static const json_t *walk(const json_t *node, const struct json_path *path) {
    for (size_t i = 0; node && i < path->count; i++) {
        struct step step = step_of(path, i);
        node = child_of(node, &step);
    }
    return node;
}

/* What fits of s, without a character that is cut in two. */
static void copy_text(const char *s, size_t bytes, char *out, size_t room) {
    if (bytes >= room) {
        bytes = room - 1;
        while (bytes > 0 && ((unsigned char)s[bytes] & 0xc0) == 0x80)
            bytes--;
    }
    memcpy(out, s, bytes);
    out[bytes] = '\0';
}

static bool scalar_text(const json_t *value, char *out, size_t room) {
    if (json_is_string(value))
        copy_text(json_string_value(value), json_string_length(value), out, room);
    else if (json_is_integer(value))
        (void)snprintf(out, room, "%" PRId64, (int64_t)json_integer_value(value));
    else if (json_is_real(value))
        (void)snprintf(out, room, "%.15g", json_real_value(value));
    else if (json_is_boolean(value))
        (void)snprintf(out, room, "%s", json_is_true(value) ? "true" : "false");
    else
        return false;
    return true;
}

static bool inner_text(const json_t *outer, const struct json_path *path, char *out, size_t room) {
    json_t *document = json_is_string(outer) ? json_loadb(json_string_value(outer),
                                                          json_string_length(outer), 0, NULL)
                                             : NULL;
    bool ok = document && scalar_text(walk(document, path), out, room);
    json_decref(document);
    return ok;
}

bool pointer_text(const json_t *root, const char *pointer, char *out, size_t room) {
    struct json_pointer p;
    struct err e;
    size_t at;
    if (!json_pointer_parse(&p, pointer, &at, &e))
        return false;
    const json_t *node = walk(root, &p.outer);
    return p.has_inner ? inner_text(node, &p.inner, out, room) : scalar_text(node, out, room);
}

static bool fail_step(const struct step *step, const char *pointer, struct err *e) {
    return err_set(e, ERR_INPUT, "%.100s: there is nothing to put %.*s into", pointer,
                   (int)(step->bytes < 60 ? step->bytes : 60), step->text);
}

/* Puts a value (taken over) at one step below node. */
static bool put_child(json_t *node, const struct step *step, json_t *value) {
    if (json_is_object(node))
        return json_object_setn_new(node, step->text, step->bytes, value) == 0;
    if (!json_is_array(node)) {
        json_decref(value);
        return false;
    }
    size_t count = json_array_size(node), index = index_of(step, count);
    return (index < count ? json_array_set_new(node, index, value)
                          : json_array_insert_new(node, index, value)) == 0;
}

static json_t *make_child(json_t *node, const struct step *step) {
    if (!json_is_object(node) || child_of(node, step))
        return child_of(node, step);
    return put_child(node, step, json_object()) ? child_of(node, step) : NULL;
}

bool pointer_put(json_t *root, const char *pointer, json_t *value, struct err *e) {
    struct json_pointer p;
    size_t at;
    bool ok = json_pointer_parse(&p, pointer, &at, e);
    if (ok && (p.has_inner || p.outer.count == 0))
        ok = err_set(e, ERR_INPUT, "%.100s: not the place of a member", pointer);
    for (size_t i = 0; ok && i + 1 < p.outer.count; i++) {
        struct step step = step_of(&p.outer, i);
        json_t *child = make_child(root, &step);
        ok = child || fail_step(&step, pointer, e);
        root = child;
    }
    if (!ok) {
        json_decref(value);
        return false;
    }
    struct step last = step_of(&p.outer, p.outer.count - 1);
    return put_child(root, &last, value) || fail_step(&last, pointer, e);
}
