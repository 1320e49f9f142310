/* excerpt.c: see excerpt.h. */
#include "excerpt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"

#define UTF8_BYTES_MAX 4   /* of a character */
#define HEX_SHOWN_BYTES 32 /* of what is no text */
#define DESCRIBED_BYTES (3 * HEX_SHOWN_BYTES + ANSWER_VALUE_MAX + 64)

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* What was taken for a result as it came is in the body. */
static void take_body(struct answer *a) {
    bool is_raw = !a->is_decoded && answer_is_success(a) && !a->is_fetching;
    if (!is_raw || a->part.fd >= 0)
        return;
    buf_clear(&a->excerpt);
    if (!buf_add(&a->excerpt, buf_str(&a->body), least(a->body.bytes, ANSWER_EXCERPT_BYTES)))
        return; /* memory is out: there is none, then */
}

static void cut(struct buf *b, size_t bytes) {
    if (bytes >= b->bytes)
        return;
    b->bytes = bytes;
    b->data[bytes] = '\0';
}

/* Text, but for a character that was cut in two at the end? That one is dropped. */
static bool is_text(struct buf *b) {
    size_t bad = 0;
    switch (utf8_check(buf_str(b), b->bytes, &bad)) {
    case UTF8_GOOD:
        return true;
    case UTF8_NUL:
        return false;
    case UTF8_INVALID:
        break;
    }
    if (bad == 0 || b->bytes - bad >= UTF8_BYTES_MAX)
        return false;
    cut(b, bad);
    return true;
}

static void describe(struct call *c) {
    struct answer *a = &c->answer;
    char line[DESCRIBED_BYTES];
    size_t shown = least(a->excerpt.bytes, HEX_SHOWN_BYTES);
    int n = snprintf(line, sizeof line, "%" PRId64 " bytes of %s", a->received_bytes,
                     a->content_type[0] ? a->content_type : "no named type");
    for (size_t i = 0; i < shown; i++)
        n += snprintf(line + n, sizeof line - (size_t)n, "%s%02x", i ? " " : ": ",
                      (unsigned char)a->excerpt.data[i]);
    profile_mask(c->profile, line, (size_t)n); /* the type is the provider's word, too */
    buf_clear(&a->excerpt);
    if (!buf_add_str(&a->excerpt, line))
        return;
}

/* A page in an older encoding is still read by people. */
static bool is_other_text(const struct answer *a) {
    return strncasecmp(a->content_type, "text/", 5) == 0 &&
           !memchr(a->excerpt.data, '\0', a->excerpt.bytes);
}

static void replace_invalid(char *s, size_t bytes) {
    for (size_t at = 0; at < bytes;) {
        uint32_t code_point;
        size_t n = utf8_decode(s + at, bytes - at, &code_point);
        if (n == 0)
            s[at] = '?';
        at += n ? n : 1;
    }
}

void excerpt_fill(struct call *c) {
    struct answer *a = &c->answer;
    c->settle.excerpt = NULL;
    if (c->settle.outcome == ATTEMPT_ANSWERED || c->settle.outcome == ATTEMPT_UNSENT)
        return;
    take_body(a);
    if (a->received_bytes == 0)
        return;
    if (a->excerpt.bytes > 0)
        profile_mask_cut(c->profile, a->excerpt.data, a->excerpt.bytes);
    if (c->settle.outcome == ATTEMPT_REFUSED)
        cut(&a->excerpt, EXCERPT_REFUSED_BYTES);
    if (a->excerpt.bytes > 0 && is_other_text(a))
        replace_invalid(a->excerpt.data, a->excerpt.bytes);
    if (a->excerpt.bytes == 0 || !is_text(&a->excerpt))
        describe(c);
    c->settle.excerpt = buf_str(&a->excerpt);
}
