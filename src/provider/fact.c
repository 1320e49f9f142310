/* fact.c: see fact.h; how times are read is in fact_time.c. */
#include "provider/fact.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/ensure.h"
#include "provider/json_scan.h"

#define HEADER_PREFIX "header:"
#define JSON_PREFIX "json:"
#define NAME_BYTES_MAX 100
#define NUMBER_DIGITS_MAX 15

static const char *const as_words[] = {
    [FACT_TEXT] = "text", [FACT_NUMBER] = "number",     [FACT_SECONDS] = "seconds",
    [FACT_MS] = "ms",     [FACT_DURATION] = "duration", [FACT_EPOCH] = "epoch",
};

void fact_wanted_release(struct fact_wanted *w) {
    struct fact_names *both[] = {&w->headers, &w->pointers};
    for (size_t i = 0; i < sizeof both / sizeof *both; i++)
        for (size_t k = 0; k < both[i]->count; k++)
            free(both[i]->names[k]);
    *w = (struct fact_wanted){0};
}

bool fact_as_parse(const char *word, enum fact_as *out) {
    for (size_t i = 0; i < sizeof as_words / sizeof *as_words; i++) {
        if (strcmp(as_words[i], word) != 0)
            continue;
        *out = (enum fact_as)i;
        return true;
    }
    return false;
}

/* ---- names ----------------------------------------------------------------------------------- */

static bool check_header(const char *name, struct err *e) {
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~";
    if (*name && !name[strspn(name, allowed)])
        return true;
    return err_set(e, ERR_CONFIG, "%.60s is not the name of a header", *name ? name : "\"\"");
}

static bool check_name(enum fact_from from, const char *name, size_t *at, struct err *e) {
    struct json_pointer pointer;
    *at = 0;
    return from == FACT_HEADER ? check_header(name, e) : json_pointer_parse(&pointer, name, at, e);
}

static bool add_name(struct fact_names *names, const char *name, size_t *index, struct err *e) {
    for (*index = 0; *index < names->count; (*index)++)
        if (strcmp(names->names[*index], name) == 0)
            return true;
    if (names->count == FACT_NAMES_MAX)
        return err_set(e, ERR_CONFIG, "a profile looks at %d headers and %d pointers at most",
                       FACT_NAMES_MAX, FACT_NAMES_MAX);
    names->names[names->count++] = ensure_strdup(name);
    return true;
}

bool fact_want(struct fact_wanted *w, const struct fact_name *name, size_t *index, size_t *at,
               struct err *e) {
    bool is_header = name->from == FACT_HEADER;
    char copy[NAME_BYTES_MAX + 1];
    *at = 0;
    if (name->bytes > NAME_BYTES_MAX)
        return err_set(e, ERR_CONFIG, "a name has at most %d bytes", NAME_BYTES_MAX);
    memcpy(copy, name->text, name->bytes);
    copy[name->bytes] = '\0';
    for (char *s = copy; is_header && *s; s++)
        if (*s >= 'A' && *s <= 'Z')
            *s = (char)(*s + ('a' - 'A'));
    if (!check_name(name->from, copy, at, e))
        return false;
    return add_name(is_header ? &w->headers : &w->pointers, copy, index, e);
}

/* ---- lists ----------------------------------------------------------------------------------- */

static bool ends_in(const char *s, size_t bytes, const char *end) {
    size_t n = strlen(end);
    return bytes > n && strncasecmp(s + bytes - n, end, n) == 0;
}

static bool is_time(enum fact_as as) {
    return as == FACT_SECONDS || as == FACT_DURATION || as == FACT_EPOCH;
}

struct reading { /* of a key's value */
    struct fact_wanted *wanted;
    enum fact_as usual; /* how sources are read that do not say it */
    struct fact_list list;
};

/* A word without "header:" or "json:": how to read the source before it, or a header's name. */
static bool take_as(struct fact_list *list, const char *word, size_t bytes) {
    char copy[16];
    if (list->count == 0 || bytes >= sizeof copy)
        return false;
    memcpy(copy, word, bytes);
    copy[bytes] = '\0';
    return fact_as_parse(copy, &list->sources[list->count - 1].as);
}

static bool add_source(struct reading *r, const char *word, size_t bytes, size_t *at,
                       struct err *e) {
    struct fact_list *list = &r->list;
    struct fact_source source = {.from = FACT_HEADER, .as = r->usual};
    size_t prefix = 0;
    *at = 0;
    if (list->count == FACT_SOURCES_MAX)
        return err_set(e, ERR_CONFIG, "takes at most %d places", FACT_SOURCES_MAX);
    if (strncmp(word, JSON_PREFIX, strlen(JSON_PREFIX)) == 0) {
        source.from = FACT_JSON;
        prefix = strlen(JSON_PREFIX);
    } else if (strncmp(word, HEADER_PREFIX, strlen(HEADER_PREFIX)) == 0) {
        prefix = strlen(HEADER_PREFIX);
    } else if (list->count > 0) {
        return err_set(e, ERR_CONFIG,
                       "%.*s is neither header:NAME nor json:/POINTER, and not how to read the one "
                       "before it: text, number, seconds, ms, duration or epoch",
                       (int)(bytes < 40 ? bytes : 40), word);
    }
    if (is_time(r->usual) && ends_in(word, bytes, "-ms"))
        source.as = FACT_MS;
    const struct fact_name name = {source.from, word + prefix, bytes - prefix};
    bool ok = fact_want(r->wanted, &name, &source.index, at, e);
    *at += prefix;
    if (ok)
        list->sources[list->count++] = source;
    return ok;
}

bool fact_list_parse(struct fact_wanted *w, const char *text, enum fact_as usual,
                     struct fact_list *out, size_t *at, struct err *e) {
    struct reading r = {.wanted = w, .usual = usual};
    *at = 0;
    for (const char *s = text + strspn(text, " \t"); *s; s += strspn(s, " \t")) {
        size_t n = strcspn(s, " \t");
        if (!take_as(&r.list, s, n)) {
            size_t inside;
            bool ok = add_source(&r, s, n, &inside, e);
            *at = (size_t)(s - text) + inside;
            if (!ok)
                return false;
        }
        s += n;
    }
    if (r.list.count == 0)
        return err_set(e, ERR_CONFIG, "takes places like header:NAME or json:/POINTER");
    *out = r.list;
    return true;
}

/* ---- values ---------------------------------------------------------------------------------- */

static const char *value_of(const struct fact_source *source, const struct fact_values *values) {
    const char *const *table = source->from == FACT_HEADER ? values->headers : values->pointers;
    const char *value = table ? table[source->index] : NULL;
    return value && *value ? value : NULL;
}

const char *fact_text(const struct fact_list *list, const struct fact_values *values) {
    for (size_t i = 0; i < list->count; i++) {
        const char *value = value_of(&list->sources[i], values);
        if (value)
            return value;
    }
    return NULL;
}

/* Digits, perhaps a fraction; rounded up, because what is billed is not to look cheaper. */
static bool read_number(const char *s, int64_t *out) {
    size_t n = strspn(s, "0123456789");
    if (n == 0 || n > NUMBER_DIGITS_MAX)
        return false;
    *out = strtoll(s, NULL, 10);
    s += n;
    if (*s == '.') {
        n = strspn(s + 1, "0123456789");
        if (strspn(s + 1, "0") < n)
            (*out)++;
        s += n + 1;
    }
    return s[strspn(s, " \t")] == '\0';
}

int64_t fact_number(const struct fact_list *list, const struct fact_values *values) {
    for (size_t i = 0; i < list->count; i++) {
        const char *value = value_of(&list->sources[i], values);
        int64_t number;
        if (value && read_number(value, &number))
            return number;
    }
    return -1;
}

int64_t fact_wait_ms(const struct fact_list *list, const struct fact_values *values,
                     int64_t now_wall_ms, int64_t max_ms) {
    for (size_t i = 0; i < list->count; i++) {
        const struct fact_source *source = &list->sources[i];
        const char *value = value_of(source, values);
        int64_t ms = value ? fact_read_wait_ms(value, source->as, now_wall_ms, max_ms) : -1;
        if (ms >= 0)
            return ms;
    }
    return -1;
}
