/* match.c: see match.h. */
#include "match.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/ensure.h"
#include "ledger.h"
#include "pattern.h"

#define PATH_BYTES 160
#define MASK_BYTES 32
#define MASKED_BYTES_MAX 4096
#define DEPTH_MAX 16

struct matching {
    struct match *match;
    bool is_xml; /* captures are to be unescaped */
};

static bool problem(struct match *m, const char *fmt, ...) PRINTF_LIKE(2, 3);

static bool problem(struct match *m, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(m->problem, sizeof m->problem, fmt, ap);
    va_end(ap);
    return false;
}

/* --- captures --- */

static const struct {
    const char *escaped;
    char plain;
} entities[] = {{"&lt;", '<'},    {"&gt;", '>'},   {"&amp;", '&'}, {"&quot;", '"'},
                {"&apos;", '\''}, {"&#39;", '\''}, {"&#34;", '"'}};
#define ENTITIES (sizeof entities / sizeof *entities)

/* In place. false: a bare < or &, which no XML text may have. */
static bool unescape_xml(char *text) {
    char *to = text;
    for (const char *from = text; *from;) {
        size_t i = 0;
        while (i < ENTITIES && strncmp(from, entities[i].escaped, strlen(entities[i].escaped)))
            i++;
        if (i == ENTITIES && (*from == '&' || *from == '<'))
            return false;
        *to++ = i < ENTITIES ? entities[i].plain : *from;
        from += i < ENTITIES ? strlen(entities[i].escaped) : 1;
    }
    *to = '\0';
    return true;
}

static bool take_capture(const struct matching *m, const struct pattern_capture *capture) {
    const struct {
        const char *name;
        char **to;
    } wanted[] = {
        {"text", &m->match->text}, {"voice", &m->match->voice}, {"format", &m->match->format}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        if (strcmp(wanted[i].name, capture->name))
            continue;
        free(*wanted[i].to);
        *wanted[i].to = ensure_strndup(capture->at, capture->bytes);
        return !m->is_xml || unescape_xml(*wanted[i].to);
    }
    return pattern_capture_is_good(capture);
}

static bool match_string(const struct matching *m, const char *pattern, const char *text,
                         struct pattern_captures *captures) {
    if (!pattern_match(pattern, text, captures))
        return false;
    for (size_t i = 0; i < captures->count; i++)
        if (!take_capture(m, &captures->capture[i]))
            return false;
    return true;
}

/* --- objects --- */

/* "name" must be there, "name?" may be, nothing else may; null: it must not be there. */

static size_t name_bytes(const char *name) {
    size_t bytes = strlen(name);
    return bytes && name[bytes - 1] == '?' ? bytes - 1 : bytes;
}

/* The pattern for a member of that name, or NULL. */
static const json_t *pattern_for(const json_t *patterns, const char *name) {
    const json_t *must = json_object_get(patterns, name);
    if (must)
        return must;
    char optional[PATH_BYTES];
    snprintf(optional, sizeof optional, "%.*s?", PATH_BYTES - 2, name);
    return json_object_get(patterns, optional);
}

static bool match_value(const struct matching *m, const json_t *pattern, json_t *value,
                        const char *path, int depth);

static bool match_members(const struct matching *m, const json_t *patterns, json_t *object,
                          const char *path, int depth) {
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value) {
        char inner[PATH_BYTES];
        snprintf(inner, sizeof inner, "%s/%s", path, name);
        const json_t *pattern = pattern_for(patterns, name);
        if (!pattern || json_is_null(pattern))
            return problem(m->match, "%s should not be there", inner);
        if (!match_value(m, pattern, value, inner, depth + 1))
            return false;
    }
    return true;
}

static bool require_members(const struct matching *m, const json_t *patterns, const json_t *object,
                            const char *path) {
    json_t *all = json_deep_copy(patterns);
    const char *name;
    json_t *pattern;
    bool good = true;
    json_object_foreach(all, name, pattern) {
        if (good && name[name_bytes(name)] != '?' && !json_is_null(pattern) &&
            !json_object_get(object, name))
            good = problem(m->match, "%s/%s is missing", path, name);
    }
    json_decref(all);
    return good;
}

static bool match_array(const struct matching *m, const json_t *pattern, json_t *value,
                        const char *path, int depth) {
    if (json_array_size(pattern) != json_array_size(value))
        return problem(m->match, "%s has the wrong number of elements", path);
    for (size_t i = 0; i < json_array_size(value); i++)
        if (!match_value(m, json_array_get(pattern, i), json_array_get(value, i), path, depth + 1))
            return false;
    return true;
}

static bool match_scalar(const struct matching *m, const json_t *pattern, const json_t *value,
                         const char *path) {
    struct pattern_captures captures;
    const char *text = json_string_value(pattern);
    bool good;
    if (text && json_is_string(value))
        good = match_string(m, text, json_string_value(value), &captures);
    else if (text && (!strcmp(text, "{number}") || !strcmp(text, "{bool}")))
        good = text[1] == 'n' ? json_is_number(value) : json_is_boolean(value);
    else
        good = json_equal(pattern, value);
    return good || problem(m->match, "%s is not as it should be", path);
}

static bool match_value(const struct matching *m, const json_t *pattern, json_t *value,
                        const char *path, int depth) {
    if (depth > DEPTH_MAX)
        return problem(m->match, "%s is too deep", path);
    if (json_is_object(pattern) && json_is_object(value))
        return require_members(m, pattern, value, path) &&
               match_members(m, pattern, value, path, depth);
    if (json_is_array(pattern) && json_is_array(value))
        return match_array(m, pattern, value, path, depth);
    return match_scalar(m, pattern, value, path);
}

/* --- headers: what is not named is not looked at --- */

/* "Bearer abc" of "Bearer {secret}" becomes "Bearer {fnv:0123456789abcdef}". */
static void mask(json_t *headers, const char *name, const char *value,
                 const struct pattern_captures *captures) {
    for (size_t i = 0; i < captures->count; i++) {
        const struct pattern_capture *c = &captures->capture[i];
        if (strcmp(c->name, "secret"))
            continue;
        char hash[MASK_BYTES];
        struct buf masked;
        buf_init(&masked, MASKED_BYTES_MAX);
        snprintf(hash, sizeof hash, "{fnv:%016" PRIx64 "}", ledger_hash(c->at, c->bytes));
        bool done = buf_add(&masked, value, (size_t)(c->at - value)) &&
                    buf_add_str(&masked, hash) && buf_add_str(&masked, c->at + c->bytes);
        json_object_set_new(headers, name, json_string(done ? buf_str(&masked) : hash));
        buf_release(&masked);
        return;
    }
}

static bool match_header(const struct matching *m, const char *name, const json_t *pattern,
                         json_t *headers) {
    char plain[PATH_BYTES];
    struct pattern_captures captures;
    snprintf(plain, sizeof plain, "%.*s", (int)name_bytes(name), name);
    const char *value = json_string_value(json_object_get(headers, plain));
    if (!value)
        return name[name_bytes(name)] == '?' || json_is_null(pattern) ||
               problem(m->match, "header %s is missing", plain);
    if (json_is_null(pattern))
        return problem(m->match, "header %s should not be there", plain);
    if (!match_string(m, json_string_value(pattern), value, &captures)) {
        if (strstr(json_string_value(pattern), "{secret}")) /* it is in there somewhere */
            mask(headers, plain, value,
                 &(struct pattern_captures){
                     .capture = {{.name = "secret", .at = value, .bytes = strlen(value)}},
                     .count = 1});
        return problem(m->match, "header %s is not as it should be", plain);
    }
    mask(headers, plain, value, &captures);
    return true;
}

static bool match_headers(const struct matching *m, const json_t *patterns, json_t *headers) {
    json_t *all = json_deep_copy(patterns);
    const char *name;
    json_t *pattern;
    bool good = true;
    json_object_foreach(all, name, pattern) {
        good = match_header(m, name, pattern, headers) && good; /* mask them all */
    }
    json_decref(all);
    return good;
}

/* --- the request --- */

static bool match_body(struct matching *m, const json_t *request, json_t *seen) {
    const json_t *json = json_object_get(request, "json");
    const char *xml = json_string_value(json_object_get(request, "xml"));
    json_t *sent = json_object_get(seen, "json");
    const char *text = json_string_value(json_object_get(seen, "text"));
    if (json)
        return sent ? match_value(m, json, sent, "", 0)
                    : problem(m->match, "the body is not a JSON object");
    if (!xml)
        return (!sent && !text) || problem(m->match, "there should be no body");
    struct pattern_captures captures;
    m->is_xml = true;
    bool good = text && match_string(m, xml, text, &captures);
    m->is_xml = false;
    return good || problem(m->match, "the body is not as it should be");
}

static bool match_line(const struct matching *m, const json_t *request, const json_t *seen) {
    struct pattern_captures captures;
    const char *method = json_string_value(json_object_get(request, "method"));
    const char *path = json_string_value(json_object_get(request, "path"));
    if (strcmp(method, json_string_value(json_object_get(seen, "method"))))
        return problem(m->match, "the method is not %s", method);
    return match_string(m, path, json_string_value(json_object_get(seen, "path")), &captures) ||
           problem(m->match, "the path is not %s", path);
}

static bool match_query(const struct matching *m, const json_t *request, const json_t *seen) {
    const json_t *patterns = json_object_get(request, "query");
    json_t *query = json_object_get(seen, "query");
    return (!patterns || require_members(m, patterns, query, "?")) &&
           match_members(m, patterns, query, "?", 0);
}

bool match_request(const struct shape *shape, json_t *seen, struct match *out) {
    *out = (struct match){0};
    struct matching m = {.match = out};
    const json_t *request = shape->request;
    bool headers =
        match_headers(&m, json_object_get(request, "headers"), json_object_get(seen, "headers"));
    if (headers && match_line(&m, request, seen) && match_query(&m, request, seen) &&
        match_body(&m, request, seen))
        return true;
    free(out->text);
    free(out->voice);
    free(out->format);
    out->text = out->voice = out->format = NULL;
    return false;
}

void match_release(struct match *m) {
    free(m->text);
    free(m->voice);
    free(m->format);
    *m = (struct match){0};
}
