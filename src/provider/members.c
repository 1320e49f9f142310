/* members.c: see members.h. */
#include "provider/members.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/nearest.h"
#include "provider/json_scan.h"
#include "provider/pointer.h"

#define VALUE_BYTES_MAX (4 * 1024 * 1024)
#define TYPE_BYTES_MAX 16
#define HINT_BYTES 160
#define REAL_DIGITS 15 /* so that 0.9 stays 0.9 */

static const char *const type_words[] = {
    [SET_STRING] = "string", [SET_NUMBER] = "number",       [SET_BOOL] = "bool",
    [SET_JSON] = "json",     [SET_JSON_TEXT] = "json-text",
};
#define TYPE_COUNT (sizeof type_words / sizeof *type_words)

/* ---- parsing --------------------------------------------------------------------------------- */

static size_t word_bytes(const char *s) {
    return strcspn(s, " \t");
}

static size_t next_word(const char *text, size_t from) {
    return from + strspn(text + from, " \t");
}

static size_t type_at(const char *text) {
    return next_word(text, word_bytes(text));
}

size_t members_set_value_at(const char *text) {
    size_t at = type_at(text);
    return next_word(text, at + word_bytes(text + at));
}

static bool parse_type(const char *text, size_t bytes, enum set_type *out, struct err *e) {
    char word[TYPE_BYTES_MAX] = "";
    memcpy(word, text, bytes < sizeof word ? bytes : sizeof word - 1);
    struct nearest near;
    nearest_init(&near, word);
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        nearest_offer(&near, type_words[i]);
        if (strcmp(type_words[i], word) != 0)
            continue;
        *out = (enum set_type)i;
        return true;
    }
    char hint[HINT_BYTES];
    return err_set(e, ERR_CONFIG,
                   "is written /pointer TYPE VALUE; TYPE is string, number, bool, json or "
                   "json-text, not %s%s",
                   *word ? word : "\"\"", nearest_hint(&near, hint, sizeof hint));
}

bool members_parse_set(const char *text, struct profile_set *out, size_t *at, struct err *e) {
    struct json_pointer pointer;
    size_t value_at = members_set_value_at(text);
    char *path = ensure_strndup(text, word_bytes(text));
    struct profile_set set = {.pointer = path};
    *at = 0;
    bool ok = json_pointer_parse(&pointer, path, at, e);
    if (ok && (pointer.has_inner || pointer.outer.count == 0))
        ok = err_set(e, ERR_CONFIG, "%.100s is not the place of a member, like /a/b", path);
    if (ok) {
        *at = type_at(text);
        ok = parse_type(text + *at, word_bytes(text + *at), &set.type, e);
    }
    if (ok && !text[value_at]) {
        *at = value_at;
        ok = err_set(e, ERR_CONFIG, "the value is missing");
    }
    if (ok) {
        ok = template_parse(text + value_at, &set.value, at, e);
        *at += value_at;
    }
    if (ok)
        *out = set;
    else
        free(path);
    return ok;
}

size_t members_query_value_at(const char *text) {
    size_t n = strcspn(text, "=");
    return next_word(text, text[n] ? n + 1 : n);
}

bool members_parse_query(const char *text, struct profile_query *out, size_t *at, struct err *e) {
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    size_t n = strspn(text, allowed), value_at = members_query_value_at(text);
    size_t equals = next_word(text, n);
    struct profile_query query = {.name = NULL};
    *at = n;
    if (n == 0 || text[equals] != '=' || !text[value_at])
        return err_set(e, ERR_CONFIG,
                       "is written NAME=VALUE, the name of letters, digits, '-', '.', '_', '~'");
    bool ok = template_parse(text + value_at, &query.value, at, e);
    *at += value_at;
    if (!ok)
        return false;
    query.name = ensure_strndup(text, n);
    *out = query;
    return true;
}

void members_release_set(struct profile_set *set) {
    free(set->pointer);
    template_free(set->value);
}

void members_release_query(struct profile_query *query) {
    free(query->name);
    template_free(query->value);
}

/* ---- rendering ------------------------------------------------------------------------------- */

static bool has_values(const struct template *t, const struct template_values *values) {
    for (size_t i = 0; i < t->count; i++)
        if (t->pieces[i].kind != TEMPLATE_LITERAL && t->pieces[i].kind != TEMPLATE_SECRET &&
            !values->find(values->context, t->pieces[i].text))
            return false;
    return true;
}

static json_t *number_of(const char *text) {
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    if (json_is_number(value))
        return value;
    json_decref(value);
    return NULL;
}

static json_t *bool_of(const char *text) {
    if (strcmp(text, "true") == 0 || strcmp(text, "1") == 0)
        return json_true();
    return strcmp(text, "false") == 0 || strcmp(text, "0") == 0 ? json_false() : NULL;
}

static json_t *json_text_of(const char *text) {
    json_t *inner = json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
    char *dumped =
        inner ? json_dumps(inner, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(REAL_DIGITS))
              : NULL;
    json_t *value = dumped ? json_string(dumped) : NULL;
    free(dumped);
    json_decref(inner);
    return value;
}

static json_t *value_of(enum set_type type, const char *text) {
    switch (type) {
    case SET_STRING:
        return json_string(text);
    case SET_NUMBER:
        return number_of(text);
    case SET_BOOL:
        return bool_of(text);
    case SET_JSON:
        return json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
    case SET_JSON_TEXT:
        return json_text_of(text);
    }
    return NULL;
}

static json_t *render_set(const struct profile_set *set, const struct template_values *values,
                          struct err *e) {
    static const char *const needs[] = {[SET_STRING] = "UTF-8 text",
                                        [SET_NUMBER] = "a number",
                                        [SET_BOOL] = "true or false",
                                        [SET_JSON] = "JSON (inside quotes use ${json:…})",
                                        [SET_JSON_TEXT] = "JSON (inside quotes use ${json:…})"};
    struct buf text;
    json_t *value = NULL;
    buf_init(&text, VALUE_BYTES_MAX);
    if (template_render(set->value, values, &text, e)) {
        value = value_of(set->type, buf_str(&text));
        if (!value)
            (void)err_set(e, ERR_INPUT, "%.60s is not %s", buf_str(&text), needs[set->type]);
    }
    buf_release(&text);
    return value;
}

bool members_check_set(const struct profile_set *set, const struct template_values *values,
                       struct err *e) {
    if (!has_values(set->value, values))
        return true;
    json_t *value = render_set(set, values, e);
    json_decref(value);
    return value != NULL;
}

static bool apply_set(json_t *root, const struct profile_set *set,
                      const struct template_values *values, struct err *e) {
    json_t *value = render_set(set, values, e);
    return value && pointer_put(root, set->pointer, value, e);
}

static int add_dumped(const char *data, size_t bytes, void *out) {
    return buf_add(out, data, bytes) ? 0 : -1;
}

static bool apply_into(json_t *root, const struct profile *p, const struct template_values *values,
                       struct buf *body, struct err *e) {
    for (size_t i = 0; i < p->set_count; i++)
        if (has_values(p->sets[i].value, values) && !apply_set(root, &p->sets[i], values, e))
            return err_prefix(e, "set %.100s", p->sets[i].pointer);
    buf_clear(body);
    if (json_dump_callback(root, add_dumped, body,
                           JSON_COMPACT | JSON_REAL_PRECISION(REAL_DIGITS)) != 0)
        return err_set(e, ERR_INPUT, "the body is too large");
    return true;
}

bool members_apply_sets(const struct profile *p, const struct template_values *values,
                        struct buf *body, struct err *e) {
    size_t first = 0;
    while (first < p->set_count && !has_values(p->sets[first].value, values))
        first++;
    if (first == p->set_count)
        return true;
    json_error_t fault;
    json_t *root = json_loadb(buf_str(body), body->bytes, JSON_REJECT_DUPLICATES, &fault);
    if (!root)
        return err_set(e, ERR_INPUT, "`set` needs a JSON body (%.120s)", fault.text);
    bool ok = apply_into(root, p, values, body, e);
    json_decref(root);
    return ok;
}

static bool apply_query(const struct profile_query *query, const struct template_values *values,
                        char separator, struct buf *url, struct err *e) {
    struct buf value;
    buf_init(&value, PROFILE_URL_MAX);
    bool ok = template_render(query->value, values, &value, e);
    if (ok && !(buf_add_char(url, separator) && buf_add_str(url, query->name) &&
                buf_add_char(url, '=') && template_escape(TEMPLATE_URL, buf_str(&value), url)))
        ok = err_set(e, ERR_INPUT, "query %.60s: the value does not fit", query->name);
    buf_release(&value);
    return ok;
}

bool members_apply_queries(const struct profile *p, const struct template_values *values,
                           struct buf *url, struct err *e) {
    for (size_t i = 0; i < p->query_count; i++) {
        if (!has_values(p->queries[i].value, values))
            continue;
        char separator = memchr(buf_str(url), '?', url->bytes) ? '&' : '?';
        if (!apply_query(&p->queries[i], values, separator, url, e))
            return false;
    }
    return true;
}
