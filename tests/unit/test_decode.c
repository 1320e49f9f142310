/* test_decode: audio and facts out of bodies of every form, fed in every way they may arrive. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "provider/decode.h"

#define OUT_MAX 4096

struct out {
    char data[OUT_MAX];
    size_t bytes;
    int64_t taken_back;
};

static bool write_out(void *arg, const void *data, size_t bytes, struct err *e) {
    struct out *o = arg;
    if (bytes > OUT_MAX - o->bytes)
        return err_set(e, ERR_SPACE, "full");
    memcpy(o->data + o->bytes, data, bytes);
    o->bytes += bytes;
    return true;
}

static bool take_back(void *arg, int64_t bytes, struct err *e) {
    struct out *o = arg;
    (void)e;
    assert_true((size_t)bytes <= o->bytes);
    o->bytes -= (size_t)bytes;
    o->taken_back += bytes;
    return true;
}

static struct decode d; /* large */

static struct decode_plan *plan_of(const struct decode_spec *spec) {
    struct decode_plan *plan = NULL;
    const char *which;
    size_t at;
    struct err e;
    assert_true(decode_plan_new(spec, &plan, &which, &at, &e));
    return plan;
}

/* Feeds the body in pieces of `piece` bytes; "" or the error. */
static const char *run(const struct decode_plan *plan, enum decode_form form, bool wants_audio,
                       const char *body, size_t bytes, size_t piece, struct out *o) {
    static struct err e;
    *o = (struct out){.bytes = 0};
    e = (struct err){0};
    struct decode_sink sink = {write_out, take_back, o};
    decode_begin(&d, plan, form, wants_audio, &sink);
    for (size_t at = 0; at < bytes; at += piece) {
        size_t n = bytes - at < piece ? bytes - at : piece;
        char *copy = malloc(n); /* of exactly this size, so that a sanitizer sees reads behind it */
        memcpy(copy, body + at, n);
        bool ok = decode_feed(&d, copy, n, &e);
        free(copy);
        if (!ok)
            return e.msg;
    }
    return decode_end(&d, &e) ? "" : e.msg;
}

/* ---- tables ---------------------------------------------------------------------------------- */

struct row {
    const char *what;
    struct decode_spec spec;
    const char *body;
    const char *audio; /* expected; NULL = the error below */
    const char *error; /* part of it */
};

#define JSON .form = DECODE_JSON, .coding = DECODE_BASE64, .audio = "/a"
#define HEX_AT .form = DECODE_JSON, .coding = DECODE_HEX, .audio
#define HEX HEX_AT = "/a"
#define STREAM .form = DECODE_STREAM, .coding = DECODE_BASE64, .audio = "/a"
#define EVENTS .form = DECODE_EVENTS, .coding = DECODE_BASE64, .audio = "/a"
#define ENDED .end = "/code", .end_value = "200"

static const struct row rows[] = {
    {"body", {.form = DECODE_BODY}, "abc", "abc", NULL},
    {"base64", {JSON}, "{\"a\":\"aGVsbG8=\"}", "hello", NULL},
    {"base64, no padding", {JSON}, "{\"a\":\"aGVsbG8\"}", "hello", NULL},
    {"base64, two paddings", {JSON}, " { \"a\" : \"aGVsbA==\" } ", "hell", NULL},
    {"base64, none needed", {JSON}, "{\"a\":\"aGVs\",\"b\":1}", "hel", NULL},
    {"base64, url alphabet", {JSON}, "{\"a\":\"-_-_\"}", "\xfb\xff\xbf", NULL},
    {"base64, escaped slash", {JSON}, "{\"a\":\"+\\/+\\/\"}", "\xfb\xff\xbf", NULL},
    {"base64, escaped plus", {JSON}, "{\"a\":\"\\u002b\\u002F\\u002b/\"}", "\xfb\xff\xbf", NULL},
    {"base64, wrapped lines", {JSON}, "{\"a\":\"aGVs\\r\\nbG8=\\n\"}", "hello", NULL},
    {"base64, wrapped in padding", {JSON}, "{\"a\":\"aGVsbA=\\n=\"}", "hell", NULL},
    {"base64, bad", {JSON}, "{\"a\":\"aGV*bG8=\"}", NULL, "bad base64: * at character 3"},
    {"base64, bad control", {JSON}, "{\"a\":\"aG\\u0001\"}", NULL, "bad base64: \\x01 at charac"},
    {"base64, padding inside", {JSON}, "{\"a\":\"aGVsbA==aGVs\"}", NULL, "a at character 8"},
    {"base64, padding first", {JSON}, "{\"a\":\"=\"}", NULL, "bad base64: = at character 0"},
    {"base64, padding of three", {JSON}, "{\"a\":\"aG===\"}", NULL, "= at character 4"},
    {"base64, half a padding", {JSON}, "{\"a\":\"aGVsbA=\"}", NULL, "base64 cut short after 7"},
    {"base64, one left", {JSON}, "{\"a\":\"aGVsb\"}", NULL, "base64 cut short after 5 char"},
    {"hex", {HEX}, "{\"a\":\"68656c6C6F\"}", "hello", NULL},
    {"hex, odd", {HEX}, "{\"a\":\"686\"}", NULL, "hexadecimal cut short after 3"},
    {"hex, bad", {HEX}, "{\"a\":\"68g5\"}", NULL, "bad hexadecimal: g at character 2"},
    {"deep", {HEX_AT = "/x/1/y~1z"}, "{\"x\":[0,{\"y/z\":\"6869\"}]}", "hi", NULL},
    {"a key that begins alike", {HEX}, "{\"ab\":\"00\",\"\":\"00\",\"a\":\"6869\"}", "hi", NULL},
    {"a key with escapes", {HEX}, "{\"\\u0061\":\"6869\"}", "hi", NULL},
    {"the name on another level", {HEX}, "{\"b\":{\"a\":\"00\"},\"a\":\"6869\"}", "hi", NULL},
    {"JSON in a string",
     {HEX_AT = "/data/~json/a"},
     "{\"data\":\"{\\\"b\\\":null,\\\"a\\\":\\\"6869\\\"}\"}",
     "hi",
     NULL},
    {"a null in JSON in a string",
     {HEX_AT = "/data/~json/a"},
     "{\"data\":\"{\\\"a\\\":null}\"}",
     NULL,
     "no audio at /data/~json/a"},
    {"no JSON in that string", {HEX_AT = "/a/~json/b"}, "{\"a\":\"oh\"}", NULL, "no audio at"},
    {"none", {JSON}, "{\"b\":\"aGVs\"}", NULL, "no audio at /a"},
    {"empty", {JSON}, "{\"a\":\"\"}", NULL, "no audio at /a"},
    {"null", {JSON}, "{\"a\":null}", NULL, "no audio at /a"},
    {"a number", {JSON}, "{\"a\":5}", NULL, "no text at /a"},
    {"twice", {JSON}, "{\"a\":\"aGVs\",\"a\":\"aGVs\"}", NULL, "/a is there twice"},
    {"nothing at all", {JSON}, "", NULL, "no audio"},
    {"cut in the string", {JSON}, "{\"a\":\"aGVs", NULL, "JSON cut short after 10 bytes"},
    {"cut behind it", {JSON}, "{\"a\":\"aGVs\"", NULL, "JSON cut short"},
    {"something behind", {JSON}, "{\"a\":\"aGVs\"} x", NULL, "bad JSON at byte 13: x instead of"},
    {"HTML", {JSON}, "<html>", NULL, "bad JSON at byte 0: < instead of a value"},
    {"pieces", {STREAM}, "{\"a\":\"aGVs\"}{\"a\":\"bG8=\"}\n{\"a\":\"IQ\"}", "hello!", NULL},
    {"an end mark",
     {STREAM, ENDED},
     "{\"code\":0,\"a\":\"aGVs\"}\n{\"code\":200,\"a\":null}\n",
     "hel",
     NULL},
    {"no end mark", {STREAM, ENDED}, "{\"code\":0,\"a\":\"aGVs\"}", NULL, "no /code = 200"},
    {"an end mark that goes on",
     {STREAM, ENDED},
     "{\"code\":2000,\"a\":\"aA\"}",
     NULL,
     "cut short"},
    {"an end mark that begins", {STREAM, ENDED}, "{\"code\":20,\"a\":\"aA\"}", NULL, "cut short"},
    {"the whole again",
     {STREAM, ENDED, .drops_repeat = true},
     "{\"a\":\"aGVs\"}{\"a\":\"bG8=\"}{\"a\":\"aGVsbG8=\",\"code\":200}",
     "hello",
     NULL},
    {"the whole at once",
     {STREAM, ENDED, .drops_repeat = true},
     "{\"a\":\"aGVsbG8=\",\"code\":200}",
     "hello",
     NULL},
    {"the last piece, not the whole",
     {STREAM, ENDED, .drops_repeat = true},
     "{\"a\":\"aGVs\"}{\"a\":\"bG8=\",\"code\":200}",
     "hello",
     NULL},
    {"the whole, but other",
     {STREAM, ENDED, .drops_repeat = true},
     "{\"a\":\"aGVs\"}{\"a\":\"aGVt\",\"code\":200}",
     NULL,
     "not the same: 3 bytes, not 3"},
    {"events", {EVENTS}, "data: {\"a\":\"aGVs\"}\n\ndata:{\"a\":\"bG8=\"}\n\n", "hello", NULL},
    {"events, CR LF and CR",
     {EVENTS},
     "event: x\r\ndata: {\"a\":\"aGVs\"}\r\n\r\n: hm\rdata: {\"a\":\"bG8=\"}\r\r",
     "hello",
     NULL},
    {"events, lines joined",
     {EVENTS},
     "\xef\xbb\xbf"
     "data: {\ndata: \"a\":\ndata\nid: 5\ndata: \"aGVs\"}\n\n",
     "hel",
     NULL},
    {"events, no last empty line", {EVENTS}, "data: {\"a\":\"aGVs\"}", "hel", NULL},
    {"events, [DONE]", {EVENTS}, "data: {\"a\":\"aGVs\"}\n\ndata: [DONE]\n\n", "hel", NULL},
    {"events, almost [DONE]", {EVENTS}, "data: [DON]\n\n", NULL, "bad JSON"},
    {"events, more than [DONE]", {EVENTS}, "data: [DONE] \n\n", NULL, "bad JSON"},
    {"events, other fields",
     {EVENTS},
     "datas: x\nda: y\n\ndata: {\"a\":\"aGVs\"}\n\n",
     "hel",
     NULL},
    {"events, cut", {EVENTS}, "data: {\"a\":\"aGVs\"\n\n", NULL, "event stream: JSON cut short"},
    {"events, an end mark",
     {EVENTS, ENDED},
     "data: {\"a\":\"aGVs\"}\n\nevent: e\ndata: {\"code\":\"200\"}\n\n",
     "hel",
     NULL},
    {"events, none", {EVENTS}, ": nothing\n\n", NULL, "no audio at /a"},
};

static void check_row(const struct row *r, size_t piece) {
    struct out o;
    struct decode_plan *plan = plan_of(&r->spec);
    const char *error = run(plan, r->spec.form, true, r->body, strlen(r->body), piece, &o);
    if (r->audio &&
        (*error || o.bytes != strlen(r->audio) || memcmp(o.data, r->audio, o.bytes) != 0))
        fail_msg("%s in pieces of %zu: %s, %.*s", r->what, piece, error, (int)o.bytes, o.data);
    if (!r->audio && !strstr(error, r->error))
        fail_msg("%s in pieces of %zu: \"%s\" without \"%s\"", r->what, piece, error, r->error);
    decode_plan_free(plan);
}

static void every_form_in_every_piece(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t piece = 1; piece <= strlen(rows[i].body) + 1; piece++)
            check_row(&rows[i], piece);
}

/* ---- URL ------------------------------------------------------------------------------------- */

static void a_url_is_taken_and_bounded(void **state) {
    (void)state;
    static char body[2 * DECODE_URL_BYTES_MAX];
    struct out o;
    struct decode_spec spec = {
        .form = DECODE_JSON, .coding = DECODE_URL, .audio = "/output/audio/url"};
    struct decode_plan *plan = plan_of(&spec);
    const char *json = "{\"output\":{\"audio\":{\"url\":\"https:\\/\\/h\\u002fx?a=b&c\"}}}";
    assert_string_equal(run(plan, DECODE_JSON, true, json, strlen(json), 3, &o), "");
    assert_string_equal(d.url, "https://h/x?a=b&c");
    assert_int_equal(o.bytes, 0);
    json = "{\"output\":{}}";
    assert_non_null(
        strstr(run(plan, DECODE_JSON, true, json, strlen(json), 99, &o), "no audio at"));
    int n = snprintf(body, sizeof body, "{\"output\":{\"audio\":{\"url\":\"%0*d\"}}}",
                     DECODE_URL_BYTES_MAX + 1, 0);
    assert_non_null(
        strstr(run(plan, DECODE_JSON, true, body, (size_t)n, 99, &o), "more than 4096"));
    decode_plan_free(plan);
}

/* ---- facts ----------------------------------------------------------------------------------- */

static const char *fact(size_t i) {
    const struct decode_fact *f = decode_fact(&d, i);
    return f ? f->text : "-";
}

static void facts_are_the_newest_values(void **state) {
    (void)state;
    static const char *const facts[] = {"/code", "/message", "/n/0", "/yes",
                                        "/none", "/obj",     "",     "/in/~json/url"};
    struct decode_spec spec = {STREAM, .facts = facts, .fact_count = 8};
    struct decode_plan *plan = plan_of(&spec);
    struct out o;
    const char *body =
        "{\"code\":0,\"message\":\"early\",\"a\":\"aGVs\"}\n"
        "{\"code\":-1.5e3,\"message\":null,\"n\":[\"\\u4e2d\\ud83d\\ude00\\ud83d!\"],"
        "\"yes\":true,\"obj\":{},\"in\":\"{\\\"url\\\":7}\"} 17";
    for (size_t piece = 1; piece < 9; piece++) {
        assert_string_equal(run(plan, DECODE_STREAM, true, body, strlen(body), piece, &o), "");
        assert_string_equal(fact(0), "-1.5e3");
        assert_string_equal(fact(1), "early");
        assert_string_equal(fact(2), "\xe4\xb8\xad\xf0\x9f\x98\x80\xef\xbf\xbd!");
        assert_string_equal(fact(3), "true");
        assert_string_equal(fact(4), "-");
        assert_string_equal(fact(5), "-");
        assert_string_equal(fact(6), "17");
        assert_string_equal(fact(7), "7");
    }
    decode_plan_free(plan);
}

static void a_long_fact_is_cut(void **state) {
    (void)state;
    static const char *const facts[] = {"/m"};
    struct decode_spec spec = {STREAM, .facts = facts, .fact_count = 1};
    struct decode_plan *plan = plan_of(&spec);
    char body[1000];
    struct out o;
    int n = snprintf(body, sizeof body, "{\"m\":\"%0300d\"}", 7);
    assert_non_null(strstr(run(plan, DECODE_STREAM, true, body, (size_t)n, 7, &o), "no audio"));
    assert_int_equal(strlen(fact(0)), DECODE_FACT_BYTES_MAX);
    assert_true(decode_fact(&d, 0)->is_cut);
    decode_plan_free(plan);
}

static void an_error_has_facts_and_needs_no_audio(void **state) {
    (void)state;
    static const char *const facts[] = {"/error/code", "/detail/status"};
    struct decode_spec spec = {JSON, .facts = facts, .fact_count = 2};
    struct decode_plan *plan = plan_of(&spec);
    struct out o;
    const char *body = "{\"a\":\"no base64!\",\"error\":{\"code\":\"insufficient_quota\"}}";
    assert_string_equal(run(plan, DECODE_STREAM, false, body, strlen(body), 5, &o), "");
    assert_string_equal(fact(0), "insufficient_quota");
    assert_int_equal(o.bytes, 0);
    decode_plan_free(plan);
}

/* ---- forms and plans ------------------------------------------------------------------------- */

static void the_content_type_counts_more_than_what_was_asked(void **state) {
    (void)state;
    static const struct {
        enum decode_form asked;
        const char *content_type;
        unsigned char first;
        enum decode_form form;
    } cases[] = {
        {DECODE_BODY, "application/json", '{', DECODE_BODY},
        {DECODE_EVENTS, "audio/mpeg", 'I', DECODE_BODY},
        {DECODE_EVENTS, "text/event-stream; charset=utf-8", 'd', DECODE_EVENTS},
        {DECODE_EVENTS, "application/json", '{', DECODE_STREAM},
        {DECODE_JSON, "text/event-stream", 'd', DECODE_EVENTS},
        {DECODE_JSON, "Application/JSON; charset=utf-8", ' ', DECODE_JSON},
        {DECODE_JSON, "application/problem+json", 0, DECODE_JSON},
        {DECODE_JSON, "application/octet-stream", '{', DECODE_JSON},
        {DECODE_JSON, "application/octet-stream", 'R', DECODE_BODY},
        {DECODE_JSON, "", '{', DECODE_JSON},
        {DECODE_JSON, "text/plain", 'x', DECODE_JSON},
        {DECODE_STREAM, "application/json", '{', DECODE_STREAM},
        {DECODE_STREAM, "", 0, DECODE_BODY},
        {DECODE_EVENTS, "", ':', DECODE_EVENTS},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct decode_spec spec = {.form = cases[i].asked, .audio = "/a"};
        struct decode_plan *plan = plan_of(&spec);
        if (decode_form_of(plan, cases[i].content_type, cases[i].first) != cases[i].form)
            fail_msg("case %zu: %s", i, cases[i].content_type);
        decode_plan_free(plan);
    }
}

static void a_pointer_that_is_none_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t at;
    } cases[] = {{"a", 0},
                 {"/a~", 2},
                 {"/a/~2", 3},
                 {"/a/~json/b/~json/c", 11},
                 {"/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17", 40}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct decode_spec spec = {.form = DECODE_JSON, .audio = cases[i].text};
        struct decode_plan *plan = NULL;
        const char *which = NULL;
        size_t at = 99;
        struct err e;
        assert_false(decode_plan_new(&spec, &plan, &which, &at, &e));
        assert_int_equal(e.code, ERR_CONFIG);
        assert_string_equal(which, cases[i].text);
        assert_int_equal(at, cases[i].at);
        assert_null(plan);
    }
}

static void a_sink_that_fails_ends_it_with_its_own_error(void **state) {
    (void)state;
    static char body[OUT_MAX * 2 + 100];
    struct out o;
    struct decode_spec spec = {JSON};
    struct decode_plan *plan = plan_of(&spec);
    memset(body, 'A', sizeof body);
    memcpy(body, "{\"a\":\"", 6);
    assert_string_equal(run(plan, DECODE_JSON, true, body, sizeof body, 1000, &o), "full");
    decode_plan_free(plan);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_in_every_piece),
        cmocka_unit_test(a_url_is_taken_and_bounded),
        cmocka_unit_test(facts_are_the_newest_values),
        cmocka_unit_test(a_long_fact_is_cut),
        cmocka_unit_test(an_error_has_facts_and_needs_no_audio),
        cmocka_unit_test(the_content_type_counts_more_than_what_was_asked),
        cmocka_unit_test(a_pointer_that_is_none_is_refused),
        cmocka_unit_test(a_sink_that_fails_ends_it_with_its_own_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
