/*
 * json_scan.c: see json_scan.h.
 *
 *              ┌────────────── , ──────────────┐
 *   VALUE ──scalar, } or ]──▶ AFTER ──} or ]──▶ AFTER … ──depth 0──▶ BETWEEN ──(stream)──▶ VALUE
 *     └─{──▶ KEY_OR_END ──"…"──▶ COLON ──:──▶ VALUE        [ ──▶ VALUE_OR_END
 *
 * Paths are followed as a mask of bits on each level: entering a container leaves only the paths
 * whose next step is its key or index. Keys are compared while they arrive, so they need no memory.
 */
#include "provider/json_scan.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/ensure.h"

enum state {
    BETWEEN,
    VALUE,
    VALUE_OR_END,
    KEY,
    KEY_OR_END,
    COLON,
    AFTER,
    IN_STRING,
    IN_NUMBER,
    IN_WORD
};

enum string_state { PLAIN, ESCAPE, UNICODE };

enum number_state { MINUS, ZERO, INTEGER, POINT, FRACTION, EXPONENT, SIGN, POWER, NUMBER_OVER };

#define REPLACEMENT 0xfffdu
#define QUOTED_BYTES 8

static bool is_blank(unsigned char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool bad(const struct json_scan *s, const char *what, struct err *e) {
    return err_set(e, ERR_INPUT, "bad JSON at byte %" PRId64 ": %s", s->offset, what);
}

static bool bad_byte(const struct json_scan *s, unsigned char c, const char *wanted,
                     struct err *e) {
    char found[QUOTED_BYTES];
    (void)snprintf(found, sizeof found, c > ' ' && c < 0x7f ? "%c" : "\\x%02x", c);
    return err_set(e, ERR_INPUT, "bad JSON at byte %" PRId64 ": %s instead of %s", s->offset, found,
                   wanted);
}

/* ---- where we are ---------------------------------------------------------------------------- */

static size_t token_bytes(const struct json_path *p, size_t i) {
    return (size_t)(p->at[i + 1] - p->at[i]);
}

static uint32_t bit(size_t path) {
    return UINT32_C(1) << path;
}

/* Paths of the mask that go on for at least one more step than `depth`. */
static uint32_t longer_than(const struct json_scan *s, uint32_t mask, size_t depth) {
    for (size_t i = 0; i < s->search.path_count; i++)
        if (s->search.paths[i].count <= depth)
            mask &= ~bit(i);
    return mask;
}

static uint32_t ending_at(const struct json_scan *s, uint32_t mask, size_t depth) {
    if (!mask)
        return 0;
    for (size_t i = 0; i < s->search.path_count; i++)
        if (s->search.paths[i].count != depth)
            mask &= ~bit(i);
    return mask;
}

static void key_begin(struct json_scan *s) {
    const struct json_scan_level *level = &s->levels[s->depth - 1];
    s->key_bytes = 0;
    s->child_mask = level->mask ? longer_than(s, level->mask, s->depth - 1) : 0;
}

static void key_piece(struct json_scan *s, const char *text, size_t bytes) {
    for (size_t i = 0; s->child_mask && i < s->search.path_count; i++) {
        const struct json_path *p = &s->search.paths[i];
        if (!(s->child_mask & bit(i)))
            continue;
        size_t left = token_bytes(p, s->depth - 1);
        left = left > s->key_bytes ? left - s->key_bytes : 0;
        if (bytes > left || memcmp(p->text + p->at[s->depth - 1] + s->key_bytes, text, bytes) != 0)
            s->child_mask &= ~bit(i);
    }
    s->key_bytes += bytes;
}

static void key_end(struct json_scan *s) {
    for (size_t i = 0; s->child_mask && i < s->search.path_count; i++)
        if ((s->child_mask & bit(i)) &&
            token_bytes(&s->search.paths[i], s->depth - 1) != s->key_bytes)
            s->child_mask &= ~bit(i);
}

/* The next element of the array that we are in. */
static void element_begin(struct json_scan *s) {
    struct json_scan_level *level = &s->levels[s->depth - 1];
    s->child_mask = level->mask ? longer_than(s, level->mask, s->depth - 1) : 0;
    if (s->child_mask) {
        char index[12];
        s->key_bytes = 0;
        int n = snprintf(index, sizeof index, "%" PRIu32, level->index);
        key_piece(s, index, (size_t)n);
        key_end(s);
    }
    if (level->index < UINT32_MAX)
        level->index++;
}

static bool push(struct json_scan *s, bool is_object, struct err *e) {
    if (s->depth == JSON_SCAN_DEPTH_MAX)
        return err_set(e, ERR_INPUT, "JSON nested more than %d deep at byte %" PRId64,
                       JSON_SCAN_DEPTH_MAX, s->offset);
    s->levels[s->depth++] = (struct json_scan_level){.mask = s->child_mask, .is_object = is_object};
    s->state = is_object ? KEY_OR_END : VALUE_OR_END;
    return true;
}

static bool value_over(struct json_scan *s, struct err *e) {
    s->state = s->depth ? AFTER : BETWEEN;
    if (s->depth > 0)
        return true;
    s->documents++;
    return !s->search.callbacks->on_document || s->search.callbacks->on_document(s->search.arg, e);
}

static bool pop(struct json_scan *s, struct err *e) {
    s->depth--;
    return value_over(s, e);
}

/* ---- scalars --------------------------------------------------------------------------------- */

static bool scalar_begin(struct json_scan *s, enum json_type type, int state, struct err *e) {
    s->type = type;
    s->state = state;
    s->hits = ending_at(s, s->child_mask, s->depth);
    return !s->hits || s->search.callbacks->on_begin(s->search.arg, s->hits, type, e);
}

static bool scalar_piece(struct json_scan *s, const char *text, size_t bytes, struct err *e) {
    if (bytes == 0)
        return true;
    if (s->in_key) {
        key_piece(s, text, bytes);
        return true;
    }
    return !s->hits || s->type == JSON_SCAN_NULL ||
           s->search.callbacks->on_piece(s->search.arg, s->hits, text, bytes, e);
}

static bool scalar_end(struct json_scan *s, struct err *e) {
    uint32_t hits = s->hits;
    s->hits = 0;
    return (!hits || s->search.callbacks->on_end(s->search.arg, hits, s->type, e)) &&
           value_over(s, e);
}

/* ---- strings --------------------------------------------------------------------------------- */

static bool code_point(struct json_scan *s, uint32_t c, struct err *e) {
    char out[4];
    size_t n = 0;
    if (c == 0)
        c = REPLACEMENT;
    if (c < 0x80) {
        out[n++] = (char)c;
    } else if (c < 0x800) {
        out[n++] = (char)(0xc0 | c >> 6);
    } else {
        if (c < 0x10000) {
            out[n++] = (char)(0xe0 | c >> 12);
        } else {
            out[n++] = (char)(0xf0 | c >> 18);
            out[n++] = (char)(0x80 | (c >> 12 & 0x3f));
        }
        out[n++] = (char)(0x80 | (c >> 6 & 0x3f));
    }
    if (c >= 0x80)
        out[n++] = (char)(0x80 | (c & 0x3f));
    return scalar_piece(s, out, n, e);
}

/* A high surrogate that no low one follows. */
static bool drop_high(struct json_scan *s, struct err *e) {
    bool had = s->high_surrogate != 0;
    s->high_surrogate = 0;
    return !had || code_point(s, REPLACEMENT, e);
}

static bool code_unit(struct json_scan *s, unsigned unit, struct err *e) {
    if (unit >= 0xdc00 && unit <= 0xdfff && s->high_surrogate) {
        uint32_t c = 0x10000 + ((s->high_surrogate - 0xd800) << 10) + (unit - 0xdc00);
        s->high_surrogate = 0;
        return code_point(s, c, e);
    }
    if (!drop_high(s, e))
        return false;
    if (unit >= 0xd800 && unit <= 0xdbff) {
        s->high_surrogate = unit;
        return true;
    }
    return code_point(s, unit >= 0xdc00 && unit <= 0xdfff ? REPLACEMENT : unit, e);
}

static bool string_end(struct json_scan *s, struct err *e) {
    if (!drop_high(s, e))
        return false;
    if (!s->in_key)
        return scalar_end(s, e);
    key_end(s);
    s->in_key = false;
    s->state = COLON;
    return true;
}

static bool escape(struct json_scan *s, unsigned char c, struct err *e) {
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    if (c == 'u') {
        s->string_state = UNICODE;
        s->code_unit = s->digits = 0;
        return true;
    }
    const char *found = c ? strchr(names, c) : NULL;
    if (!found)
        return bad_byte(s, c, "an escape", e);
    s->string_state = PLAIN;
    return drop_high(s, e) && scalar_piece(s, values + (found - names), 1, e);
}

static int hex_digit(unsigned char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool unicode(struct json_scan *s, unsigned char c, struct err *e) {
    int digit = hex_digit(c);
    if (digit < 0)
        return bad_byte(s, c, "a hexadecimal digit", e);
    s->code_unit = s->code_unit << 4 | (unsigned)digit;
    if (++s->digits < 4)
        return true;
    s->string_state = PLAIN;
    return code_unit(s, s->code_unit, e);
}

/* Bytes of a string that stand for themselves. */
static size_t plain_bytes(const char *data, size_t bytes) {
    size_t n = 0;
    while (n < bytes && data[n] != '"' && data[n] != '\\' && (unsigned char)data[n] >= ' ')
        n++;
    return n;
}

/* Reads on in a string; *used is what was taken, at least 1. */
static bool in_string(struct json_scan *s, const char *data, size_t bytes, size_t *used,
                      struct err *e) {
    unsigned char c = (unsigned char)*data;
    *used = 1;
    if (s->string_state == ESCAPE)
        return escape(s, c, e);
    if (s->string_state == UNICODE)
        return unicode(s, c, e);
    size_t n = plain_bytes(data, bytes);
    if (n > 0) {
        *used = n;
        return drop_high(s, e) && scalar_piece(s, data, n, e);
    }
    if (c == '"')
        return string_end(s, e);
    if (c != '\\')
        return bad(s, "control character in a string", e);
    s->string_state = ESCAPE;
    return true;
}

static void string_begin(struct json_scan *s, bool is_key) {
    s->in_key = is_key;
    s->string_state = PLAIN;
    s->high_surrogate = 0;
}

/* ---- numbers and words ----------------------------------------------------------------------- */

static bool is_digit(unsigned char c) {
    return c >= '0' && c <= '9';
}

/* The state behind this byte; NUMBER_OVER: the byte is not part of it; -1: it cannot be here. */
static int number_step(int state, unsigned char c) {
    bool digit = is_digit(c), e = c == 'e' || c == 'E';
    switch (state) {
    case MINUS:
        return c == '0' ? ZERO : digit ? INTEGER : -1;
    case ZERO:
        return c == '.' ? POINT : e ? EXPONENT : digit ? -1 : NUMBER_OVER;
    case INTEGER:
        return digit ? INTEGER : c == '.' ? POINT : e ? EXPONENT : NUMBER_OVER;
    case POINT:
        return digit ? FRACTION : -1;
    case FRACTION:
        return digit ? FRACTION : e ? EXPONENT : NUMBER_OVER;
    case EXPONENT:
        return digit ? POWER : c == '+' || c == '-' ? SIGN : -1;
    case SIGN:
        return digit ? POWER : -1;
    default: /* POWER */
        return digit ? POWER : NUMBER_OVER;
    }
}

static bool in_number(struct json_scan *s, const char *data, size_t bytes, size_t *used,
                      struct err *e) {
    size_t n = 0;
    int state = s->number_state;
    while (n < bytes && (state = number_step(s->number_state, (unsigned char)data[n])) >= 0 &&
           state != NUMBER_OVER) {
        s->number_state = state;
        n++;
    }
    *used = n;
    if (state < 0) {
        s->offset += (int64_t)n;
        return bad_byte(s, (unsigned char)data[n], "a digit", e);
    }
    return scalar_piece(s, data, n, e) && (state != NUMBER_OVER || scalar_end(s, e));
}

static bool in_word(struct json_scan *s, const char *data, size_t bytes, size_t *used,
                    struct err *e) {
    size_t n = 0;
    while (n < bytes && *s->word && data[n] == *s->word) {
        n++;
        s->word++;
    }
    *used = n;
    if (*s->word && n < bytes) {
        s->offset += (int64_t)n;
        return bad_byte(s, (unsigned char)data[n], "true, false or null", e);
    }
    return scalar_piece(s, data, n, e) && (*s->word || scalar_end(s, e));
}

/* ---- structure ------------------------------------------------------------------------------- */

static bool begin_value(struct json_scan *s, unsigned char c, struct err *e) {
    if (s->depth == 0)
        s->child_mask = s->search.mask;
    else if (!s->levels[s->depth - 1].is_object)
        element_begin(s);
    switch (c) {
    case '{':
    case '[':
        return push(s, c == '{', e);
    case '"':
        string_begin(s, false);
        return scalar_begin(s, JSON_SCAN_STRING, IN_STRING, e);
    case 't':
    case 'f':
        s->word = c == 't' ? "true" : "false";
        return scalar_begin(s, JSON_SCAN_WORD, IN_WORD, e);
    case 'n':
        s->word = "null";
        return scalar_begin(s, JSON_SCAN_NULL, IN_WORD, e);
    default:
        break;
    }
    if (c != '-' && !is_digit(c))
        return bad_byte(s, c, "a value", e);
    s->number_state = -1; /* its first byte is read again, below */
    return scalar_begin(s, JSON_SCAN_NUMBER, IN_NUMBER, e);
}

/* Behind a value inside a container. */
static bool after(struct json_scan *s, unsigned char c, struct err *e) {
    bool is_object = s->levels[s->depth - 1].is_object;
    if (c == ',') {
        s->state = is_object ? KEY : VALUE;
        return true;
    }
    return c == (is_object ? '}' : ']') ? pop(s, e)
                                        : bad_byte(s, c, is_object ? ", or }" : ", or ]", e);
}

static bool begin_key(struct json_scan *s, unsigned char c, struct err *e) {
    if (c != '"')
        return bad_byte(s, c, "a name in quotes", e);
    string_begin(s, true);
    key_begin(s);
    s->state = IN_STRING;
    return true;
}

/* A byte of structure, no blank. The first byte of a number or word stays for its own reader. */
static bool structure(struct json_scan *s, unsigned char c, size_t *used, struct err *e) {
    *used = 1;
    switch (s->state) {
    case BETWEEN:
        if (s->documents > 0 && !s->search.is_stream)
            return bad_byte(s, c, "the end", e);
        break;
    case KEY_OR_END:
        return c == '}' ? pop(s, e) : begin_key(s, c, e);
    case KEY:
        return begin_key(s, c, e);
    case COLON:
        s->state = VALUE;
        return c == ':' || bad_byte(s, c, "a colon", e);
    case AFTER:
        return after(s, c, e);
    case VALUE_OR_END:
        if (c == ']')
            return pop(s, e);
        break;
    default:
        break;
    }
    if (!begin_value(s, c, e))
        return false;
    if (s->state == IN_NUMBER) {
        s->number_state = c == '-' ? MINUS : c == '0' ? ZERO : INTEGER;
        return scalar_piece(s, (const char[]){(char)c}, 1, e);
    }
    if (s->state == IN_WORD)
        *used = 0;
    return true;
}

/* ---- the whole ------------------------------------------------------------------------------- */

void json_scan_begin(struct json_scan *s, const struct json_search *search) {
    PRE(search->path_count <= JSON_SCAN_POINTERS_MAX);
    s->search = *search;
    s->state = BETWEEN;
    s->depth = 0;
    s->in_key = false;
    s->hits = 0;
    s->offset = s->documents = 0;
}

static bool step(struct json_scan *s, const char *data, size_t bytes, size_t *used, struct err *e) {
    switch (s->state) {
    case IN_STRING:
        return in_string(s, data, bytes, used, e);
    case IN_NUMBER:
        return in_number(s, data, bytes, used, e);
    case IN_WORD:
        return in_word(s, data, bytes, used, e);
    default:
        *used = 1;
        return is_blank((unsigned char)*data) || structure(s, (unsigned char)*data, used, e);
    }
}

bool json_scan_feed(struct json_scan *s, const char *data, size_t bytes, struct err *e) {
    while (bytes > 0) {
        size_t used = 0;
        if (!step(s, data, bytes, &used, e))
            return false;
        data += used;
        bytes -= used;
        s->offset += (int64_t)used;
    }
    return true;
}

bool json_scan_end(struct json_scan *s, struct err *e) {
    if (s->state == IN_NUMBER && s->depth == 0 && s->number_state != MINUS &&
        s->number_state != POINT && s->number_state != EXPONENT && s->number_state != SIGN)
        return scalar_end(s, e);
    return s->state == BETWEEN ||
           err_set(e, ERR_INPUT, "JSON cut short after %" PRId64 " bytes", s->offset);
}
