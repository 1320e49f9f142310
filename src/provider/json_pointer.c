/* json_pointer.c: json_pointer_parse, see json_scan.h. */
#include <string.h>

#include "provider/json_scan.h"

#define INNER_STEP "~json"

static bool add_byte(struct json_path *p, size_t *used, char c) {
    if (*used == JSON_POINTER_BYTES_MAX)
        return false;
    p->text[(*used)++] = c;
    return true;
}

/* One step, from behind its slash to the next slash or the end. */
static bool add_token(struct json_path *p, const char *text, size_t from, size_t to, size_t *at,
                      struct err *e) {
    size_t used = p->at[p->count];
    *at = from;
    if (p->count == JSON_POINTER_TOKENS_MAX)
        return err_set(e, ERR_CONFIG, "a pointer has at most %d steps", JSON_POINTER_TOKENS_MAX);
    for (size_t i = from; i < to; i++) {
        char c = text[i];
        if (c == '~') {
            *at = i;
            if (i + 1 == to || (text[i + 1] != '0' && text[i + 1] != '1'))
                return err_set(e, ERR_CONFIG,
                               "in a pointer ~ is written ~0, and / inside a name "
                               "~1");
            c = text[++i] == '0' ? '~' : '/';
        }
        if (!add_byte(p, &used, c))
            return err_set(e, ERR_CONFIG, "a pointer has at most %d bytes", JSON_POINTER_BYTES_MAX);
    }
    p->at[++p->count] = (uint16_t)used;
    return true;
}

static bool is_inner_step(const char *text, size_t from, size_t to) {
    return to - from == strlen(INNER_STEP) && memcmp(text + from, INNER_STEP, to - from) == 0;
}

bool json_pointer_parse(struct json_pointer *out, const char *text, size_t *at, struct err *e) {
    struct json_pointer p = {.has_inner = false};
    struct json_path *path = &p.outer;
    *at = 0;
    if (*text && *text != '/')
        return err_set(e, ERR_CONFIG, "a pointer begins with /");
    for (size_t i = 0; text[i];) {
        size_t from = i + 1, to = from + strcspn(text + from, "/");
        if (is_inner_step(text, from, to)) {
            *at = from;
            if (p.has_inner)
                return err_set(e, ERR_CONFIG, "a pointer has one step %s at most", INNER_STEP);
            p.has_inner = true;
            path = &p.inner;
        } else if (!add_token(path, text, from, to, at, e)) {
            return false;
        }
        i = to;
    }
    *out = p;
    return true;
}
