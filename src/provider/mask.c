/* mask.c: secrets out of what others say; see profile.h. */
#include <string.h>

#include "base/ensure.h"
#include "provider/profile.h"

#define MASKED_BYTES_MIN 4 /* what is shorter stands in every text by chance */
#define PERCENT_BYTES 3    /* %2F */
#define UNICODE_BYTES 6    /* \u002f */

static int hex_value(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_hex_of(const char *at, char wanted) {
    int high = hex_value(at[0]), low = hex_value(at[1]);
    return high >= 0 && low >= 0 && 16 * high + low == (unsigned char)wanted;
}

/* Bytes at `at` that are the sign `wanted`: itself, or as JSON and URLs write it;
 * 0 = they are not. */
static size_t sign_bytes(const char *at, size_t bytes, char wanted) {
    if (*at == wanted)
        return 1;
    if (*at == '%')
        return bytes >= PERCENT_BYTES && is_hex_of(at + 1, wanted) ? PERCENT_BYTES : 0;
    if (*at != '\\' || bytes < 2)
        return 0;
    if (at[1] == wanted)
        return 2;
    bool is_unicode = bytes >= UNICODE_BYTES && memcmp(at + 1, "u00", 3) == 0;
    return is_unicode && is_hex_of(at + 4, wanted) ? UNICODE_BYTES : 0;
}

/* Bytes at `at` that are the secret; with `cut`, or its beginning at the text's end.
 * 0 = neither. */
static size_t secret_bytes(const char *at, size_t bytes, const char *value, bool cut) {
    size_t used = 0, i = 0;
    for (; value[i] && used < bytes; i++) {
        size_t n = sign_bytes(at + used, bytes - used, value[i]);
        if (n == 0 && !(cut && bytes - used < UNICODE_BYTES && strchr("\\%", at[used])))
            return 0;
        used += n ? n : bytes - used; /* a sign that is cut in two */
    }
    if (!value[i])
        return used;
    return cut && i >= MASKED_BYTES_MIN ? used : 0;
}

static void mask(const struct profile *p, char *text, size_t bytes, bool cut) {
    for (size_t i = 0; i < p->secret_count; i++) {
        const char *value = p->secrets[i].value;
        if (!value || strlen(value) < MASKED_BYTES_MIN)
            continue;
        for (size_t at = 0; at < bytes; at++) {
            size_t n = secret_bytes(text + at, bytes - at, value, cut);
            if (n == 0)
                continue;
            memset(text + at, '*', n);
            at += n - 1;
        }
    }
}

void profile_mask(const struct profile *p, char *text, size_t bytes) {
    mask(p, text, bytes, false);
}

void profile_mask_cut(const struct profile *p, char *text, size_t bytes) {
    mask(p, text, bytes, true);
}
