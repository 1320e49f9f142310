/* test_request: jobs through profiles: URL, headers and body, and what may never get into them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "provider/check.h"
#include "provider/request.h"
#include "provider/template.h"

#define SECRET_VALUE "sk-very-private"

static struct template *parse(const char *text) {
    struct template *t;
    struct err e;
    size_t at;
    assert_true(template_parse(text, &t, &at, &e));
    return t;
}

static struct profile *profile_new(const char *url, const char *body) {
    struct profile *p = ensure_alloc(sizeof *p);
    *p = (struct profile){.name = ensure_strdup("p"),
                          .method = ensure_strdup("POST"),
                          .content_type = ensure_strdup("application/json"),
                          .url = parse(url),
                          .body = body ? parse(body) : NULL};
    return p;
}

static void add_var(struct profile *p, const char *name, const char *value) {
    p->vars[p->var_count++] =
        (struct profile_var){.name = ensure_strdup(name), .value = ensure_strdup(value)};
}

static void add_header(struct profile *p, const char *name, const char *value) {
    p->headers[p->header_count++] =
        (struct profile_header){.name = ensure_strdup(name), .value = parse(value)};
}

/* value NULL: absent */
static void add_secret(struct profile *p, const char *name, const char *value) {
    p->secrets[p->secret_count++] =
        (struct profile_secret){.name = ensure_strdup(name),
                                .value = value ? ensure_strdup(value) : NULL,
                                .problem = value ? NULL : ensure_strdup("not found"),
                                .absent = !value};
}

static struct request_input input(const char *text) {
    return (struct request_input){
        .text = text,
        .job_id = 7,
        .attempt_no = 2,
        .random = {UINT64_C(0x0123456789abcdef), UINT64_C(0xfedcba9876543210)}};
}

static const char *header(const struct request *r, const char *name) {
    size_t n = strlen(name);
    for (const char *s = r->headers.data; *s; s += strlen(s) + 1)
        if (strncmp(s, name, n) == 0 && s[n] == ':')
            return s + n + 2;
    return NULL;
}

static size_t header_count(const struct request *r) {
    size_t count = 0;
    for (const char *s = r->headers.data; *s; s += strlen(s) + 1)
        count++;
    return count;
}

static void render(const struct profile *p, const struct request_input *in, struct request *r) {
    struct err e;
    request_init(r);
    if (!request_render(r, p, in, &e))
        fail_msg("%s", e.msg);
}

static void expect_failure(const struct profile *p, const struct request_input *in,
                           enum err_code code, const char *message) {
    struct request r;
    struct err e = {0};
    request_init(&r);
    assert_false(request_render(&r, p, in, &e));
    assert_int_equal(e.code, code);
    if (!strstr(e.msg, message))
        fail_msg("expected %s in: %s", message, e.msg);
    assert_null(strstr(e.msg, SECRET_VALUE));
    assert_null(r.url.data);
    assert_null(r.body.data);
    assert_null(r.headers.data);
}

static void hostile_texts_stay_in_their_string(void **state) {
    (void)state;
    static const char *const texts[] = {
        "\", \"model\": \"expensive\", \"x\": \"", "\\",           "\r\nHost: evil\r\n",
        "${secret:KEY} ${json:model} ${uuid}",     "\x01\x1f\x7f", "\xe4\xb8\xad\xf0\x9f\x98\x80",
    };
    struct profile *p = profile_new("http://localhost/${url:voice}",
                                    "{\"model\": \"${json:model}\",\n\"input\": \"${json:text}\"}");
    add_var(p, "model", "m\"1");
    add_var(p, "voice", "v");
    add_header(p, "X-Model", "m ${model}");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct request r;
        struct request_input in = input(texts[i]);
        render(p, &in, &r);
        json_t *body = json_loadb(r.body.data, r.body.bytes, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(body);
        assert_int_equal(json_object_size(body), 2);
        assert_string_equal(json_string_value(json_object_get(body, "input")), texts[i]);
        assert_string_equal(json_string_value(json_object_get(body, "model")), "m\"1");
        json_decref(body);
        assert_string_equal(buf_str(&r.url), "http://localhost/v");
        assert_int_equal(header_count(&r), 2);
        request_release(&r);
    }
    profile_free(p);
}

static void builds_all_parts(void **state) {
    (void)state;
    struct profile *p =
        profile_new("${base_url}/tts/${url:voice}?f=${url:format}", "${json:text} ${job_id}");
    add_var(p, "base_url", "https://api.example/v1");
    add_var(p, "voice", "alloy");
    add_var(p, "format", "a&b=c d");
    add_header(p, "Authorization", "Bearer;${secret:KEY}");
    add_header(p, "X-Try", "${attempt_no}/${job_id}\tx");
    add_secret(p, "KEY", SECRET_VALUE);
    struct request r;
    struct request_input in = input("hi");
    render(p, &in, &r);
    assert_string_equal(r.method, "POST");
    assert_string_equal(buf_str(&r.url), "https://api.example/v1/tts/alloy?f=a%26b%3Dc%20d");
    assert_string_equal(header(&r, "Authorization"), "Bearer;" SECRET_VALUE);
    assert_string_equal(header(&r, "X-Try"), "2/7\tx");
    assert_string_equal(header(&r, "Content-Type"), "application/json");
    assert_string_equal(buf_str(&r.body), "hi 7");
    request_release(&r);
    in.voice = "../x?y#z";
    render(p, &in, &r);
    assert_string_equal(buf_str(&r.url),
                        "https://api.example/v1/tts/..%2Fx%3Fy%23z?f=a%26b%3Dc%20d");
    request_release(&r);
    profile_free(p);
}

static void own_content_type_wins(void **state) {
    (void)state;
    struct profile *p = profile_new("http://localhost/", "x");
    add_header(p, "content-type", "text/plain");
    struct request r;
    struct request_input in = input("hi");
    render(p, &in, &r);
    assert_int_equal(header_count(&r), 1);
    assert_string_equal(header(&r, "content-type"), "text/plain");
    request_release(&r);
    profile_free(p);
    p = profile_new("http://localhost/${url:text}", NULL);
    render(p, &in, &r);
    assert_int_equal(header_count(&r), 0);
    assert_int_equal(r.body.bytes, 0);
    request_release(&r);
    profile_free(p);
}

static void uuid_is_fresh_and_well_formed(void **state) {
    (void)state;
    struct profile *p = profile_new("http://localhost/", "${uuid}");
    struct request r;
    struct request_input in = input("hi");
    render(p, &in, &r);
    assert_string_equal(buf_str(&r.body), "01234567-89ab-4def-bedc-ba9876543210");
    request_release(&r);
    in.random[0]++;
    render(p, &in, &r);
    assert_string_not_equal(buf_str(&r.body), "01234567-89ab-4def-bedc-ba9876543210");
    request_release(&r);
    profile_free(p);
}

static void headers_cannot_be_split(void **state) {
    (void)state;
    static const char *const values[] = {"a\r\nEvil: b", "a\nb", "a\rb",
                                         "\x01",         "\x7f", "\xc3\xa9"};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct profile *p = profile_new("http://localhost/", "x");
        add_header(p, "X-Voice", "${raw:voice}");
        struct request_input in = input("hi");
        in.voice = values[i];
        expect_failure(p, &in, ERR_INPUT, "header X-Voice");
        profile_free(p);
    }
}

static void urls_are_checked_again(void **state) {
    (void)state;
    static const char *const voices[] = {"a b", "a\r\nb", "\xc3\xa9", "\x7f"};
    struct request_input in = input("hi");
    struct profile *p = profile_new("http://localhost/${raw:voice}", "x");
    for (size_t i = 0; i < sizeof voices / sizeof *voices; i++) {
        in.voice = voices[i];
        expect_failure(p, &in, ERR_INPUT, "url");
    }
    profile_free(p);
    p = profile_new("http://localhost/${url:voice}/x", "x");
    in.voice = "..";
    expect_failure(p, &in, ERR_INPUT, "url");
    in.voice = NULL;
    expect_failure(p, &in, ERR_INPUT, "${voice} has no value");
    char longest[PROFILE_URL_MAX + 1];
    memset(longest, 'v', sizeof longest);
    longest[PROFILE_URL_MAX] = '\0';
    in.voice = longest;
    expect_failure(p, &in, ERR_INPUT, "does not fit");
    profile_free(p);
    p = profile_new("file:///etc/passwd", "x");
    expect_failure(p, &in, ERR_INPUT, "not an http(s) URL");
    profile_free(p);
}

static void a_missing_secret_by_host(void **state) {
    (void)state;
    struct request_input in = input("hi");
    struct profile *p = profile_new("https://api.example/", "x");
    add_header(p, "Authorization", "Bearer ${secret:KEY}");
    add_header(p, "X-Other", "1");
    add_secret(p, "KEY", NULL);
    expect_failure(p, &in, ERR_CONFIG, "secret KEY: not found");
    assert_string_equal(profile_missing_secret(p)->name, "KEY");
    p->loopback = true;
    struct request r;
    render(p, &in, &r);
    assert_null(header(&r, "Authorization"));
    assert_non_null(header(&r, "X-Other"));
    assert_null(profile_missing_secret(p));
    request_release(&r);
    p->secrets[0].absent = false; /* there, but refused: that is an error everywhere */
    expect_failure(p, &in, ERR_CONFIG, "secret KEY");
    profile_free(p);
}

static void loopback_hosts(void **state) {
    (void)state;
    static const struct {
        const char *host;
        bool loopback;
    } rows[] = {
        {"localhost", true},
        {"LOCALHOST:80", true},
        {"127.0.0.1", true},
        {"127.9.8.7:8880", true},
        {"[::1]", true},
        {"[::1]:8880", true},
        {"128.0.0.1", false},
        {"10.0.0.1", false},
        {"127.0.0.1.evil.example", false},
        {"localhost.evil", false},
        {"[::2]:80", false},
        {"0.0.0.0", false},
        {"notlocalhost", false},
        {"", false},
        {":80", false},
        {"0x7f.1", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(profile_is_loopback(rows[i].host, strlen(rows[i].host)), rows[i].loopback);
}

static void url_authorities(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"http://a.b/c", "a.b"},
        {"https://a:80", "a:80"},
        {"HTTPS://a?b", "a"},
        {"http://a#b/c", "a"},
        {"http://[::1]:8/x", "[::1]:8"},
        {"ftp://a/", NULL},
        {"http:///x", NULL},
        {"http://u:p@h/", NULL},
        {"http://a\\@b/", NULL},
        {"//a/b", NULL},
        {"", NULL},
        {"httpx://a", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *start;
        size_t bytes;
        assert_int_equal(request_url_authority(rows[i][0], &start, &bytes), rows[i][1] != NULL);
        if (!rows[i][1])
            continue;
        assert_int_equal(bytes, strlen(rows[i][1]));
        assert_memory_equal(start, rows[i][1], bytes);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_texts_stay_in_their_string),
        cmocka_unit_test(builds_all_parts),
        cmocka_unit_test(own_content_type_wins),
        cmocka_unit_test(uuid_is_fresh_and_well_formed),
        cmocka_unit_test(headers_cannot_be_split),
        cmocka_unit_test(urls_are_checked_again),
        cmocka_unit_test(a_missing_secret_by_host),
        cmocka_unit_test(loopback_hosts),
        cmocka_unit_test(url_authorities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
