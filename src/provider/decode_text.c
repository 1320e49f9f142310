/* decode_text.c: see decode_text.h. Source of the alphabets: RFC 4648, sections 4, 5 and 8. */
#include "provider/decode_text.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>

#include "base/ensure.h"

#define BLANK (-2) /* passed over */
#define OTHER (-1)
#define PADDING (-3)
#define QUOTED_BYTES 8

static short base64_values[256], hex_values[256];
static pthread_once_t prepared = PTHREAD_ONCE_INIT;

static void fill(short values[256], const char *digits, int first) {
    for (int i = 0; digits[i]; i++)
        values[(unsigned char)digits[i]] = (short)(first + i);
}

static void prepare(void) {
    for (int i = 0; i < 256; i++)
        base64_values[i] = hex_values[i] = OTHER;
    for (const char *blank = " \t\r\n"; *blank; blank++)
        base64_values[(unsigned char)*blank] = hex_values[(unsigned char)*blank] = BLANK;
    fill(base64_values, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 0);
    fill(base64_values, "-_", 62);
    base64_values['='] = PADDING;
    fill(hex_values, "0123456789abcdef", 0);
    fill(hex_values, "ABCDEF", 10);
}

void decode_text_begin(struct decode_text *t, enum decode_coding coding) {
    PRE(coding != DECODE_URL);
    ASSERT(pthread_once(&prepared, prepare) == 0);
    *t = (struct decode_text){.coding = coding};
}

static const char *name_of(const struct decode_text *t) {
    return t->coding == DECODE_HEX ? "hexadecimal" : "base64";
}

static bool bad_char(const struct decode_text *t, unsigned char c, struct err *e) {
    char found[QUOTED_BYTES];
    (void)snprintf(found, sizeof found, c > ' ' && c < 0x7f ? "%c" : "\\x%02x", c);
    return err_set(e, ERR_INPUT, "bad %s: %s at character %" PRId64, name_of(t), found, t->chars);
}

static bool hex_add(struct decode_text *t, const char *text, size_t count, unsigned char *out,
                    size_t *bytes, struct err *e) {
    for (size_t i = 0; i < count; i++, t->chars++) {
        int value = hex_values[(unsigned char)text[i]];
        if (value == BLANK)
            continue;
        if (value < 0)
            return bad_char(t, (unsigned char)text[i], e);
        t->bits = t->bits << 4 | (unsigned)value;
        if (++t->held < 2)
            continue;
        out[(*bytes)++] = (unsigned char)t->bits;
        t->held = 0;
    }
    return true;
}

/* A character that is no digit. */
static bool base64_other(struct decode_text *t, unsigned char c, struct err *e) {
    int value = base64_values[c];
    if (value == BLANK)
        return true;
    bool fits = value == PADDING && t->held >= 2 && t->held + t->padding < 4;
    t->padding++;
    return fits || bad_char(t, c, e);
}

static bool base64_add(struct decode_text *t, const char *text, size_t count, unsigned char *out,
                       size_t *bytes, struct err *e) {
    for (size_t i = 0; i < count; i++, t->chars++) {
        unsigned char c = (unsigned char)text[i];
        int value = base64_values[c];
        if (value < 0) {
            if (!base64_other(t, c, e))
                return false;
            continue;
        }
        if (t->padding)
            return bad_char(t, c, e);
        t->bits = t->bits << 6 | (unsigned)value;
        if (++t->held < 4)
            continue;
        out[(*bytes)++] = (unsigned char)(t->bits >> 16);
        out[(*bytes)++] = (unsigned char)(t->bits >> 8);
        out[(*bytes)++] = (unsigned char)t->bits;
        t->held = 0;
    }
    return true;
}

bool decode_text_add(struct decode_text *t, const char *text, size_t count, unsigned char *out,
                     size_t *bytes, struct err *e) {
    PRE(count <= DECODE_TEXT_IN_MAX);
    *bytes = 0;
    return t->coding == DECODE_HEX ? hex_add(t, text, count, out, bytes, e)
                                   : base64_add(t, text, count, out, bytes, e);
}

bool decode_text_end(struct decode_text *t, unsigned char out[2], size_t *bytes, struct err *e) {
    *bytes = 0;
    bool cut = t->coding == DECODE_HEX ? t->held != 0
                                       : t->held == 1 || (t->padding && t->held + t->padding != 4);
    if (cut)
        return err_set(e, ERR_INPUT, "%s cut short after %" PRId64 " characters", name_of(t),
                       t->chars);
    if (t->held >= 2)
        out[(*bytes)++] = (unsigned char)(t->bits >> (t->held == 3 ? 10 : 4));
    if (t->held == 3)
        out[(*bytes)++] = (unsigned char)(t->bits >> 2);
    return true;
}
