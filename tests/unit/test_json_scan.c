/* test_json_scan: the streaming reader against jansson: the same documents are read and refused,
 * and the same values found, on random documents and on mutants of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "provider/json_scan.h"

#define ROUNDS 20000
#define DEPTH 5
#define TEXT_MAX 65536
#define VALUE_MAX 4096

static uint64_t seed = 0x2545f4914f6cdd1d; /* the same sequence in every run */

static unsigned pick(unsigned count) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)((seed >> 33) % count);
}

/* ---- random documents ------------------------------------------------------------------------ */

static const char *const names[] = {"a", "b", "ab", "", "a/b", "m~n", "0", "1", "data", "\xc3\xa9"};

static json_t *random_string(void) {
    static const char *const pieces[] = {
        "x", "\"", "\\", "/", "\n", "\x01", "\xe4\xb8\xad", "\xf0\x9f\x98\x80", "~", "base64+/=="};
    char text[200] = "";
    for (unsigned n = pick(8); n > 0; n--)
        strcat(text, pieces[pick(10)]);
    return json_string(text);
}

static json_t *random_value(int depth) {
    unsigned kind = pick(depth > 0 ? 8 : 6);
    json_t *v;
    switch (kind) {
    case 0:
        return json_null();
    case 1:
        return json_boolean(pick(2));
    case 2:
        return json_integer((json_int_t)pick(100000) - 50000);
    case 3:
        return json_real((double)pick(1000) / 8);
    case 4:
    case 5:
        return random_string();
    case 6:
        v = json_array();
        for (unsigned n = pick(4); n > 0; n--)
            json_array_append_new(v, random_value(depth - 1));
        return v;
    default:
        v = json_object();
        for (unsigned n = pick(5); n > 0; n--)
            json_object_set_new(v, names[pick(10)], random_value(depth - 1));
        return v;
    }
}

static char *random_text(void) {
    static const size_t flags[] = {JSON_COMPACT, JSON_INDENT(2), JSON_ENSURE_ASCII,
                                   JSON_ESCAPE_SLASH, JSON_ENSURE_ASCII | JSON_ESCAPE_SLASH};
    json_t *v = random_value(DEPTH);
    char *text = json_dumps(v, flags[pick(5)] | JSON_ENCODE_ANY);
    json_decref(v);
    return text;
}

/* One to three bytes changed, taken out or put in. */
static void mutate(char *text) {
    static const char signs[] = "{}[]\",:\\u0e-+.tfn /'1\x1f\x80";
    for (unsigned n = 1 + pick(3); n > 0; n--) {
        size_t bytes = strlen(text), at = bytes ? pick((unsigned)bytes) : 0;
        char sign = signs[pick(sizeof signs - 1)];
        unsigned kind = pick(3);
        if (bytes == 0)
            return;
        if (kind == 0)
            text[at] = sign;
        else if (kind == 1)
            memmove(text + at, text + at + 1, bytes - at);
        else if (bytes + 1 < TEXT_MAX) {
            memmove(text + at + 1, text + at, bytes - at + 1);
            text[at] = sign;
        }
    }
}

/* ---- both readers ---------------------------------------------------------------------------- */

static const char *const pointers[] = {"",     "/a",    "/b",    "/ab",      "/",     "/0",
                                       "/1",   "/a/a",  "/a/0",  "/0/a",     "/a~1b", "/m~0n",
                                       "/0/1", "/b/ab", "/data", "/\xc3\xa9"};
#define POINTERS (sizeof pointers / sizeof *pointers)

struct values {
    bool found[POINTERS];
    enum json_type type[POINTERS];
    size_t bytes[POINTERS];
    char text[POINTERS][VALUE_MAX];
};

static bool on_begin(void *arg, uint32_t hits, enum json_type type, struct err *e) {
    struct values *v = arg;
    (void)e;
    for (size_t i = 0; i < POINTERS; i++)
        if (hits >> i & 1) {
            v->found[i] = false;
            v->type[i] = type;
            v->bytes[i] = 0;
        }
    return true;
}

static bool on_piece(void *arg, uint32_t hits, const char *text, size_t bytes, struct err *e) {
    struct values *v = arg;
    (void)e;
    for (size_t i = 0; i < POINTERS; i++)
        if (hits >> i & 1) {
            assert_true(v->bytes[i] + bytes < VALUE_MAX);
            memcpy(v->text[i] + v->bytes[i], text, bytes);
            v->bytes[i] += bytes;
        }
    return true;
}

static bool on_end(void *arg, uint32_t hits, enum json_type type, struct err *e) {
    struct values *v = arg;
    (void)e;
    for (size_t i = 0; i < POINTERS; i++)
        if (hits >> i & 1) {
            assert_int_equal(v->type[i], type);
            v->found[i] = true;
            v->text[i][v->bytes[i]] = '\0';
        }
    return true;
}

static const struct json_scan_callbacks callbacks = {on_begin, on_piece, on_end, NULL};
static struct json_path paths[POINTERS];

static bool scan(const char *text, size_t bytes, struct values *v, struct err *e) {
    static struct json_scan s;
    json_scan_begin(&s, &(struct json_search){.paths = paths,
                                              .path_count = POINTERS,
                                              .mask = UINT32_MAX,
                                              .callbacks = &callbacks,
                                              .arg = v});
    for (size_t at = 0, n; at < bytes; at += n) {
        n = 1 + pick(12);
        n = n < bytes - at ? n : bytes - at;
        if (!json_scan_feed(&s, text + at, n, e))
            return false;
    }
    return json_scan_end(&s, e) && (s.documents == 1 || err_set(e, ERR_INPUT, "nothing in it"));
}

static json_t *at_path(json_t *v, const struct json_path *p) {
    for (size_t i = 0; v && i < p->count; i++) {
        char token[JSON_POINTER_BYTES_MAX + 1];
        size_t n = (size_t)(p->at[i + 1] - p->at[i]);
        memcpy(token, p->text + p->at[i], n);
        token[n] = '\0';
        char *end;
        unsigned long index = strtoul(token, &end, 10);
        if (json_is_array(v))
            v = n && !*end ? json_array_get(v, index) : NULL;
        else
            v = json_object_get(v, token);
    }
    return v;
}

/* What the newest of repeated members is cannot be told from jansson alone where a path led into
 * an earlier one; such documents are left out by the caller. */
static void compare(const char *text, json_t *root, const struct values *v) {
    for (size_t i = 0; i < POINTERS; i++) {
        json_t *want = at_path(root, &paths[i]);
        bool scalar = want && !json_is_object(want) && !json_is_array(want);
        if (scalar != v->found[i])
            fail_msg("%s: %s is %s", text, pointers[i], scalar ? "not found" : "found");
        if (!scalar)
            continue;
        if (json_is_string(want) &&
            (v->type[i] != JSON_SCAN_STRING || v->bytes[i] != json_string_length(want) ||
             memcmp(v->text[i], json_string_value(want), v->bytes[i])))
            fail_msg("%s: %s is %s", text, pointers[i], v->text[i]);
        if (json_is_number(want) &&
            (v->type[i] != JSON_SCAN_NUMBER || atof(v->text[i]) != json_number_value(want)))
            fail_msg("%s: %s is %s", text, pointers[i], v->text[i]);
        if (json_is_boolean(want))
            assert_string_equal(v->text[i], json_is_true(want) ? "true" : "false");
    }
}

/* What only strings hold, and numbers too large for C, are not judged here. */
static bool is_lenient(const json_error_t *error) {
    enum json_error_code code = json_error_code(error);
    return code == json_error_invalid_utf8 || code == json_error_null_character ||
           code == json_error_null_byte_in_key || code == json_error_numeric_overflow ||
           strstr(error->text, "invalid Unicode") || strstr(error->text, "\\u0000");
}

static int compare_readers(const char *text) {
    static struct values v;
    struct err e = {0};
    json_error_t error;
    memset(v.found, 0, sizeof v.found);
    json_t *root = json_loads(text, JSON_DECODE_ANY, &error);
    bool ok = scan(text, strlen(text), &v, &e);
    if (!root && is_lenient(&error))
        return 0;
    if ((root != NULL) != ok)
        fail_msg("%s\njansson: %s\nhere: %s", text, root ? "good" : error.text,
                 ok ? "good" : e.msg);
    json_t *unique = root ? json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL) : NULL;
    if (unique)
        compare(text, root, &v);
    json_decref(unique);
    json_decref(root);
    return ok ? 1 : 0;
}

static int parse_paths(void **state) {
    (void)state;
    for (size_t i = 0; i < POINTERS; i++) {
        struct json_pointer p;
        size_t at;
        struct err e;
        if (!json_pointer_parse(&p, pointers[i], &at, &e))
            return -1;
        paths[i] = p.outer;
    }
    return 0;
}

static void random_documents_are_read_as_jansson_does(void **state) {
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        char *text = random_text();
        assert_int_equal(compare_readers(text), 1);
        free(text);
    }
}

static void mutants_are_refused_as_jansson_does(void **state) {
    (void)state;
    static char text[TEXT_MAX];
    int good = 0, bad = 0;
    for (int i = 0; i < ROUNDS; i++) {
        char *whole = random_text();
        (void)snprintf(text, sizeof text, "%s", whole);
        free(whole);
        mutate(text);
        if (compare_readers(text))
            good++;
        else
            bad++;
    }
    assert_true(good > ROUNDS / 50 && bad > ROUNDS / 50); /* or nothing has been compared */
}

static void edges_are_judged_as_jansson_does(void **state) {
    (void)state;
    static const char *const texts[] = {"",
                                        " ",
                                        "0",
                                        "-0",
                                        "-",
                                        "01",
                                        "1.",
                                        "1.e5",
                                        "1e",
                                        "1e+",
                                        "1E-05",
                                        ".5",
                                        "+1",
                                        "0x1",
                                        "true",
                                        "tru",
                                        "truex",
                                        "nul",
                                        "nullnull",
                                        "\"",
                                        "\"\\\"",
                                        "\"\\x\"",
                                        "\"\\u12\"",
                                        "\"\t\"",
                                        "[",
                                        "[]",
                                        "[,]",
                                        "[1,]",
                                        "[1 2]",
                                        "[1}",
                                        "{",
                                        "{}",
                                        "{,}",
                                        "{\"a\"}",
                                        "{\"a\":}",
                                        "{\"a\":1,}",
                                        "{\"a\" 1}",
                                        "{a:1}",
                                        "{'a':1}",
                                        "{}{}",
                                        "{} x",
                                        "]",
                                        "}",
                                        "[\"\\/\"]",
                                        "\xef\xbb\xbf{}",
                                        "[1,2,3,4,5,6,7,8,9,10,[11]]",
                                        "1 2",
                                        "\"\\ud83d\\ude00\"",
                                        "\f1"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        (void)compare_readers(texts[i]);
}

static void the_newest_of_repeated_members_is_the_last(void **state) {
    (void)state;
    static struct values v;
    struct err e;
    const char *text = "{\"a\":1,\"b\":2,\"a\":\"3\"}";
    assert_true(scan(text, strlen(text), &v, &e));
    assert_string_equal(v.text[1], "3");
}

static void depth_is_bounded_and_costs_nothing(void **state) {
    (void)state;
    static char text[20001];
    static struct values v;
    struct err e;
    memset(text, '[', 10000);
    memset(text + 10000, ']', 10000);
    assert_false(scan(text, 20000, &v, &e));
    assert_string_equal(e.msg, "JSON nested more than 64 deep at byte 64");
    assert_true(scan(text + 10000 - 64, 128, &v, &e));
    assert_false(scan(text + 10000 - 64, 127, &v, &e));
}

static void a_key_of_any_length_is_passed_over(void **state) {
    (void)state;
    static struct values v;
    struct err e;
    size_t bytes = 10 << 20;
    char *text = malloc(bytes);
    memset(text, 'k', bytes);
    memcpy(text, "{\"", 2);
    memcpy(text + bytes - 12, "\":1,\"a\":\"x\"}", 12);
    assert_true(scan(text, bytes, &v, &e));
    assert_string_equal(v.text[1], "x");
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_documents_are_read_as_jansson_does),
        cmocka_unit_test(mutants_are_refused_as_jansson_does),
        cmocka_unit_test(edges_are_judged_as_jansson_does),
        cmocka_unit_test(the_newest_of_repeated_members_is_the_last),
        cmocka_unit_test(depth_is_bounded_and_costs_nothing),
        cmocka_unit_test(a_key_of_any_length_is_passed_over),
    };
    return cmocka_run_group_tests(tests, parse_paths, NULL);
}
