/* test_template: parsing with positions, and escaping of hostile text,
 * read back by real parsers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "provider/template.h"

#define OUT_BYTES_MAX 4096

static const char *const hostile[] = {
    "",
    "plain",
    "\"",
    "\\",
    "\\\"",
    "\"}, {\"x\": \"",
    "${text} ${secret:KEY}",
    "a\r\nHost: evil\r\n\r\n",
    "\x01\x02\x1f\x7f\b\f\t",
    "</voice><voice name='x'>&amp;",
    "%00%2e%2e/../?&=#+ ",
    "\xc3\xa9 \xe4\xb8\xad\xe6\x96\x87 \xf0\x9f\x98\x80 \xe2\x80\xa8\xe2\x80\xae",
};

#define HOSTILE_COUNT (sizeof hostile / sizeof *hostile)

static const char *escaped(enum template_kind kind, const char *value, struct buf *out) {
    buf_clear(out);
    assert_true(template_escape(kind, value, out));
    return buf_str(out);
}

static void json_survives_a_parser(void **state) {
    (void)state;
    struct buf out;
    buf_init(&out, OUT_BYTES_MAX);
    for (size_t i = 0; i < HOSTILE_COUNT; i++) {
        buf_clear(&out);
        assert_true(buf_add_str(&out, "{\"input\": \"") &&
                    template_escape(TEMPLATE_JSON, hostile[i], &out) && buf_add_str(&out, "\"}"));
        json_t *parsed = json_loadb(out.data, out.bytes, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(parsed);
        assert_int_equal(json_object_size(parsed), 1);
        assert_string_equal(json_string_value(json_object_get(parsed, "input")), hostile[i]);
        json_decref(parsed);
    }
    buf_release(&out);
}

/* %XX decoded by hand: the other direction of RFC 3986, 2.1 */
static void url_survives_decoding(void **state) {
    (void)state;
    struct buf out;
    buf_init(&out, OUT_BYTES_MAX);
    for (size_t i = 0; i < HOSTILE_COUNT; i++) {
        const char *s = escaped(TEMPLATE_URL, hostile[i], &out);
        assert_int_equal(strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                   "-._~%"),
                         strlen(s));
        char decoded[OUT_BYTES_MAX];
        size_t n = 0;
        for (; *s; s++) {
            if (*s != '%') {
                decoded[n++] = *s;
                continue;
            }
            char digits[3] = {s[1], s[2], '\0'};
            decoded[n++] = (char)strtol(digits, NULL, 16);
            s += 2;
        }
        decoded[n] = '\0';
        assert_string_equal(decoded, hostile[i]);
    }
    buf_release(&out);
}

static void url_refuses_paths_of_dots(void **state) {
    (void)state;
    struct buf out;
    buf_init(&out, OUT_BYTES_MAX);
    assert_false(template_escape(TEMPLATE_URL, ".", &out));
    assert_false(template_escape(TEMPLATE_URL, "..", &out));
    assert_string_equal(escaped(TEMPLATE_URL, "...", &out), "...");
    buf_release(&out);
}

static void xml_by_table(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"a<b>&\"'", "a&lt;b&gt;&amp;&quot;&#39;"},
        {"</voice>", "&lt;/voice&gt;"},
        {"&amp;", "&amp;amp;"},
        {"tab\tline\nret\r", "tab\tline\nret\r"},
        {"\x01gone\x1f\b", "gone"},
        {"\xef\xbf\xbe"
         "gone\xef\xbf\xbf"
         "too",
         "gonetoo"},
        {"\xef\xbf\xbd stays", "\xef\xbf\xbd stays"},
        {"\xe4\xb8\xad", "\xe4\xb8\xad"},
        {"]]>", "]]&gt;"},
    };
    struct buf out;
    buf_init(&out, OUT_BYTES_MAX);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(escaped(TEMPLATE_XML, rows[i][0], &out), rows[i][1]);
    buf_release(&out);
}

static void raw_changes_nothing(void **state) {
    (void)state;
    struct buf out;
    buf_init(&out, OUT_BYTES_MAX);
    for (size_t i = 0; i < HOSTILE_COUNT; i++)
        assert_string_equal(escaped(TEMPLATE_RAW, hostile[i], &out), hostile[i]);
    buf_release(&out);
}

static void parses_into_pieces(void **state) {
    (void)state;
    static const struct {
        enum template_kind kind;
        const char *text;
        size_t at;
    } expected[] = {
        {TEMPLATE_LITERAL, "a $ ", 0}, {TEMPLATE_JSON, "x", 4},    {TEMPLATE_URL, "y", 13},
        {TEMPLATE_LITERAL, "}", 21},   {TEMPLATE_BARE, "z_1", 22}, {TEMPLATE_XML, "q", 28},
        {TEMPLATE_RAW, "r", 36},       {TEMPLATE_SECRET, "K", 44},
    };
    struct template *t;
    struct err e;
    size_t at;
    assert_true(
        template_parse("a $ ${json:x}${url:y}}${z_1}${xml:q}${raw:r}${secret:K}", &t, &at, &e));
    assert_int_equal(t->count, sizeof expected / sizeof *expected);
    for (size_t i = 0; i < t->count; i++) {
        assert_int_equal(t->pieces[i].kind, expected[i].kind);
        assert_string_equal(t->pieces[i].text, expected[i].text);
        assert_int_equal(t->pieces[i].at, expected[i].at);
    }
    template_free(t);
}

static void faults_have_positions(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t at;
        const char *message;
    } rows[] = {
        {"abc ${json:x", 4, "without }"},
        {"${", 0, "without }"},
        {"ab${js:x}", 2, "unknown kind"},
        {"${:x}", 0, "unknown kind"},
        {"x${}", 1, "name"},
        {"${json:}", 0, "name"},
        {"ok ${a} ${a b}", 8, "name"},
        {"${json:a:b}", 0, "name"},
        {"line\n${x\n}", 5, "without }"},
        {"${JSON:x}", 0, "unknown kind"},
        {"${a${b}}", 0, "name"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct template *t = NULL;
        struct err e = {0};
        size_t at = 99;
        assert_false(template_parse(rows[i].text, &t, &at, &e));
        assert_null(t);
        assert_int_equal(at, rows[i].at);
        assert_int_equal(e.code, ERR_CONFIG);
        assert_non_null(strstr(e.msg, rows[i].message));
    }
}

static void counts_its_pieces(void **state) {
    (void)state;
    char text[4 * TEMPLATE_PIECES_MAX + 5];
    for (size_t i = 0; i <= TEMPLATE_PIECES_MAX; i++)
        memcpy(text + 4 * i, "${x}", 5);
    struct template *t;
    struct err e;
    size_t at;
    assert_false(template_parse(text, &t, &at, &e));
    assert_int_equal(at, 4 * TEMPLATE_PIECES_MAX);
}

static const char *find_a(const void *context, const char *name) {
    return strcmp(name, "a") == 0 ? context : NULL;
}

static const char *no_secret(const void *context, const char *name) {
    (void)context;
    (void)name;
    return NULL;
}

static void renders_what_it_knows(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *rendered; /* NULL = fails */
        enum err_code code;
    } rows[] = {
        {"<${a}>", "<1\"2>", ERR_NONE},     {"<${json:a}>", "<1\\\"2>", ERR_NONE},
        {"${b}", NULL, ERR_INPUT},          {"${secret:a}", NULL, ERR_CONFIG},
        {"123456789${a}", NULL, ERR_INPUT}, /* does not fit into ten bytes */
    };
    struct template_values values = {.find = find_a, .secret = no_secret, .context = "1\"2"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct template *t;
        struct err e;
        size_t at;
        struct buf out;
        buf_init(&out, 10);
        assert_true(template_parse(rows[i].text, &t, &at, &e));
        bool ok = template_render(t, &values, &out, &e);
        assert_int_equal(ok, rows[i].rendered != NULL);
        if (ok)
            assert_string_equal(buf_str(&out), rows[i].rendered);
        else
            assert_int_equal(e.code, rows[i].code);
        buf_release(&out);
        template_free(t);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_survives_a_parser),    cmocka_unit_test(url_survives_decoding),
        cmocka_unit_test(url_refuses_paths_of_dots), cmocka_unit_test(xml_by_table),
        cmocka_unit_test(raw_changes_nothing),       cmocka_unit_test(parses_into_pieces),
        cmocka_unit_test(faults_have_positions),     cmocka_unit_test(counts_its_pieces),
        cmocka_unit_test(renders_what_it_knows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
