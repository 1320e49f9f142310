/* shape.c: see shape.h. To add a member: a row in `members`, its reader in match.c or render.c, a
 * line in README.md. */
#include "shape.h"

#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "render.h"

#define SUFFIX ".json"
#define NAME_CHARS "abcdefghijklmnopqrstuvwxyz0123456789_-"

enum place { IN_SHAPE, IN_REQUEST, IN_ANSWER, IN_CASE, PLACES };
static const char *const place_names[PLACES] = {"the shape", "request", "answer", "a case"};

#define AT(place) (1u << (place))
#define BOTH (AT(IN_ANSWER) | AT(IN_CASE))

static const struct {
    const char *name;
    unsigned places;
    json_type type; /* JSON_NULL: any */
    bool rendered;  /* holds placeholders of render.h */
} members[] = {
    {"about", AT(IN_SHAPE) | AT(IN_CASE), JSON_STRING, false},
    {"facts", AT(IN_SHAPE), JSON_NULL, false},
    {"test", AT(IN_SHAPE) | AT(IN_CASE), JSON_OBJECT, false}, /* the tests' own */
    {"request", AT(IN_SHAPE), JSON_OBJECT, false},
    {"formats", AT(IN_SHAPE), JSON_OBJECT, false},
    {"answer", AT(IN_SHAPE), JSON_OBJECT, false},
    {"cases", AT(IN_SHAPE), JSON_OBJECT, false},
    {"method", AT(IN_REQUEST), JSON_STRING, false},
    {"path", AT(IN_REQUEST), JSON_STRING, false},
    {"query", AT(IN_REQUEST), JSON_OBJECT, false},
    {"headers", AT(IN_REQUEST), JSON_OBJECT, false},
    {"json", AT(IN_REQUEST), JSON_OBJECT, false},
    {"xml", AT(IN_REQUEST), JSON_STRING, false},
    {"signed", AT(IN_REQUEST), JSON_TRUE, false},
    {"status", AT(IN_CASE), JSON_INTEGER, false},
    {"file_status", AT(IN_CASE), JSON_INTEGER, false},
    {"headers", BOTH, JSON_OBJECT, true},
    {"content_type", BOTH, JSON_STRING, false},
    {"body", BOTH, JSON_NULL, true},
    {"chunked", AT(IN_ANSWER), JSON_TRUE, false},
    {"stream", AT(IN_ANSWER), JSON_STRING, false},
    {"event", AT(IN_ANSWER), JSON_STRING, false},
    {"before", AT(IN_ANSWER), JSON_ARRAY, true},
    {"pieces", AT(IN_ANSWER), JSON_INTEGER, false},
    {"piece", AT(IN_ANSWER), JSON_OBJECT, true},
    {"end", AT(IN_ANSWER), JSON_ARRAY, true},
};
#define MEMBERS (sizeof members / sizeof *members)

static bool check_member(enum place place, const char *name, const json_t *value, struct err *e) {
    for (size_t i = 0; i < MEMBERS; i++) {
        if (strcmp(members[i].name, name) || !(members[i].places & AT(place)))
            continue;
        if (members[i].type != JSON_NULL && members[i].type != json_typeof(value))
            return err_set(e, ERR_INPUT, "%s of %s has the wrong type", name, place_names[place]);
        return !members[i].rendered || render_check(value, e);
    }
    return err_set(e, ERR_INPUT, "%s has no member \"%.40s\"", place_names[place], name);
}

static bool check_members(enum place place, json_t *object, struct err *e) {
    const char *name;
    json_t *value;
    if (!json_is_object(object))
        return err_set(e, ERR_INPUT, "%s is not there, or is no object", place_names[place]);
    json_object_foreach(object, name, value) {
        if (!check_member(place, name, value, e))
            return false;
    }
    return true;
}

static bool is_name(const char *name, size_t bytes) {
    return bytes >= 1 && bytes < SHAPE_NAME_BYTES && strspn(name, NAME_CHARS) >= bytes;
}

static bool check_cases(json_t *cases, struct err *e) {
    const char *name;
    json_t *value;
    json_object_foreach(cases, name, value) {
        if (!is_name(name, strlen(name)))
            return err_set(e, ERR_INPUT, "\"%.40s\" is no name for a case", name);
        if (!check_members(IN_CASE, value, e))
            return err_prefix(e, "case %s", name);
    }
    return true;
}

static bool check_answer(const json_t *answer, struct err *e) {
    const char *stream = json_string_value(json_object_get(answer, "stream"));
    json_int_t pieces = json_integer_value(json_object_get(answer, "pieces"));
    if (!stream)
        return json_object_get(answer, "body") ||
               err_set(e, ERR_INPUT, "answer has neither body nor stream");
    if (strcmp(stream, "json") && strcmp(stream, "sse"))
        return err_set(e, ERR_INPUT, "stream is json or sse");
    if (!json_object_get(answer, "piece") || pieces < 1 || pieces > SHAPE_PIECES_MAX)
        return err_set(e, ERR_INPUT, "a stream has a piece, and 1 to %d pieces", SHAPE_PIECES_MAX);
    return true;
}

static bool check_all(json_t *root, struct err *e) {
    json_t *request = json_object_get(root, "request");
    return check_members(IN_SHAPE, root, e) && check_members(IN_REQUEST, request, e) &&
           check_members(IN_ANSWER, json_object_get(root, "answer"), e) &&
           check_answer(json_object_get(root, "answer"), e) &&
           check_cases(json_object_get(root, "cases"), e) &&
           ((json_object_get(request, "method") && json_object_get(request, "path")) ||
            err_set(e, ERR_INPUT, "request has no method or no path"));
}

/* "FOLDER/elevenlabs.json" is elevenlabs. */
static bool read_name(const char *path, char out[SHAPE_NAME_BYTES]) {
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t bytes = strlen(name), suffix = strlen(SUFFIX);
    if (bytes <= suffix || strcmp(name + bytes - suffix, SUFFIX) || !is_name(name, bytes - suffix))
        return false;
    memcpy(out, name, bytes - suffix);
    out[bytes - suffix] = '\0';
    return true;
}

bool shapes_load(struct shapes *s, const char *path, struct err *e) {
    if (s->count == SHAPES_MAX)
        return err_set(e, ERR_INPUT, "%s: more than %d shapes", path, SHAPES_MAX);
    struct shape *shape = &s->shape[s->count];
    if (!read_name(path, shape->name))
        return err_set(e, ERR_INPUT, "%s: a shape is called NAME.json (a-z, 0-9, _ and -)", path);
    json_error_t where;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &where);
    if (!root)
        return err_set(e, ERR_INPUT, "%s:%d:%d: %s", path, where.line, where.column, where.text);
    if (!check_all(root, e)) {
        json_decref(root);
        return err_prefix(e, "%s", path);
    }
    shape->root = root;
    shape->request = json_object_get(root, "request");
    shape->formats = json_object_get(root, "formats");
    shape->answer = json_object_get(root, "answer");
    shape->cases = json_object_get(root, "cases");
    s->count++;
    return true;
}

void shapes_release(struct shapes *s) {
    for (size_t i = 0; i < s->count; i++)
        json_decref(s->shape[i].root);
    s->count = 0;
}

const struct shape *shapes_find(const struct shapes *s, const char *path, const char **rest) {
    for (size_t i = 0; i < s->count; i++) {
        size_t n = strlen(s->shape[i].name);
        if (path[0] != '/' || strncmp(path + 1, s->shape[i].name, n) ||
            (path[1 + n] && path[1 + n] != '/'))
            continue;
        *rest = path + 1 + n;
        return &s->shape[i];
    }
    return NULL;
}

const json_t *shape_case(const struct shape *shape, const char *name, size_t bytes) {
    return json_object_getn(shape->cases, name, bytes);
}
