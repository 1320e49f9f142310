/*
 * test_config_profile: what files make of a profile: its language, what it inherits, what is
 * built in, where its secrets are.
 */
#include "tests/lib/config_rig.h"

#include "base/buf.h"
#include "provider/request.h"
#include "provider/template.h"

static void rules_in_their_order(void **state) {
    (void)state;
    write_file("system/providers.d/a.ini",
               "[profile:base]\nurl = http://localhost/\nbody = {\"a\": \"${json:text}\"}\n"
               "rule = status:401 -> stop\nrule = status:402 -> stop\n"
               "set = /x number 1\nset = /y number 2\n"
               "[profile:child]\ninherit = base\nrule = status:403 -> stop\n"
               "set = /x number 3\n");
    write_file("cwd/ttsq.ini", "[profile:child]\nrule = status:404 -> fail\n"
                               "rule = status:402 -> fail\n");
    struct config *c = load();
    const struct profile *p = config_profile(c, "child");
    static const int statuses[] = {404, 402, 403, 401, 402};
    assert_int_equal(p->rule_count, 5);
    for (size_t i = 0; i < p->rule_count; i++)
        assert_int_equal(p->rules[i].conditions[0].ranges[0].first, statuses[i]);
    assert_int_equal(p->set_count, 2);
    assert_string_equal(p->sets[0].pointer, "/x");
    assert_string_equal(p->sets[0].value->pieces[0].text, "3");
    config_free(c);
}

static void a_vendor_with_everything(void **state) {
    (void)state;
    struct config *c =
        load_text("[profile:x]\n"
                  "url = http://127.0.0.1:1/tts\n"
                  "header = Authorization: Bearer;${secret:TEST_KEY}\n"
                  "body = {\"request\": {\"text\": \"${json:text}\", \"reqid\": \"${uuid}\"}}\n"
                  "set = /audio/speed_ratio number ${speed}\n"
                  "set = /request/silence number ${silence}\n"
                  "set = /request/pieces/- string ${voice}\n"
                  "set = /additions json-text {\"who\": \"${json:voice}\", \"n\": [1, 0.9]}\n"
                  "set = /request/prev string ${prev_text}\n"
                  "query = format=${format}\nquery = q=${quality}\n"
                  "var.speed = 1.5\nvoice = a\"b\nformat = m p3\n"
                  "audio = json-stream /data base64 end=/code=20000000\n"
                  "ok = json:/code=0,20000000\n"
                  "request_id = x-tt-logid\n"
                  "cost = json:/usage/text_words\n"
                  "live.reset = header:x-reset epoch\n"
                  "text.max = 1024 bytes\n"
                  "allow = *.example.org cdn.example.com\n"
                  "audio.rate = 24000\naudio.channels = 1\naudio.max_seconds = 590\n"
                  "expires = 2027-01-06\n"
                  "rule = json:/message~\"quota exceeded for types: concurrency\" -> shrink\n"
                  "rule = json:/code=3005,\n  3030 -> retry\n");
    const struct profile *p = config_profile(c, "x");
    assert_int_equal(p->audio.form, PROFILE_AUDIO_STREAM);
    assert_string_equal(p->audio.end_value, "20000000");
    assert_int_equal(p->audio.rate, 24000);
    assert_int_equal(p->audio.max_s, 590);
    assert_int_equal(p->ok_count, 1);
    assert_int_equal(p->rule_count, 2);
    assert_int_equal(p->rules[1].conditions[0].value_count, 2);
    assert_int_equal(p->wanted.pointers.count, 3);
    assert_int_equal(p->live.reset.sources[0].as, FACT_EPOCH);
    assert_int_equal(p->retry_after.count, 2);
    assert_int_equal(p->text_max.unit, MEASURE_BYTES);
    assert_string_equal(p->allow[1], "cdn.example.com");
    assert_true(p->expires_ms == INT64_C(1799193600000));
    struct request r;
    struct request_input in = {.text = "hi", .seq = 3};
    struct err e;
    (void)setenv("TEST_KEY", "k", 1);
    config_free(c);
    c = load();
    p = config_profile(c, "x");
    request_init(&r);
    if (!request_render(&r, p, &in, &e))
        fail_msg("%s", e.msg);
    assert_string_equal(buf_str(&r.url), "http://127.0.0.1:1/tts?format=m%20p3");
    assert_string_equal(r.headers.data, "Authorization: Bearer;k");
    assert_null(strstr(buf_str(&r.body), "silence"));
    assert_null(strstr(buf_str(&r.body), "prev"));
    assert_non_null(strstr(buf_str(&r.body), "\"audio\":{\"speed_ratio\":1.5}"));
    assert_non_null(strstr(buf_str(&r.body),
                           "\"additions\":\"{\\\"who\\\":\\\"a\\\\\\\"b\\\",\\\"n\\\":[1,0.9]}\""));
    request_release(&r);
    config_free(c);
}

static void jobs_may_bring_the_url(void **state) {
    (void)state;
    struct config *c = load_text("[profile:f]\nmethod = GET\nurl = ${raw:text}\naccept = text/\n");
    assert_true(config_profile(c, "f")->fetches);
    assert_false(config_profile(c, "f")->loopback);
    config_free(c);
}

static void signs_with_its_secrets(void **state) {
    (void)state;
    (void)setenv("AWS_ACCESS_KEY_ID", "AKID", 1);
    (void)setenv("AWS_SECRET_ACCESS_KEY", "private", 1);
    (void)unsetenv("AWS_SESSION_TOKEN");
#define SIGNED                                                                                     \
    "[profile:p]\nurl = https://polly.${region}.amazonaws.com/v1/speech\n"                         \
    "var.region = eu-west-1\nsign = aws:amz:${region}:polly\n"                                     \
    "body = {\"Text\": \"${json:text}\"}\n"
    struct config *c = load_text(SIGNED);
    struct request r;
    struct request_input in = {.text = "hi"};
    struct err e;
    request_init(&r);
    assert_true(config_secrets_check(c, &e));
    assert_true(request_render(&r, config_profile(c, "p"), &in, &e));
    assert_string_equal(buf_str(&r.sign), "aws:amz:eu-west-1:polly");
    assert_string_equal(r.user, "AKID");
    assert_string_equal(r.password, "private");
    assert_string_equal(r.headers.data, "Content-Type: application/json");
    config_free(c);
    (void)setenv("AWS_SESSION_TOKEN", "tok", 1);
    c = load();
    request_clear(&r);
    assert_true(request_render(&r, config_profile(c, "p"), &in, &e));
    assert_string_equal(r.headers.data + strlen(r.headers.data) + 1, "X-Amz-Security-Token: tok");
    config_free(c);
    (void)unsetenv("AWS_SECRET_ACCESS_KEY");
    c = load();
    assert_false(config_secrets_check(c, &e));
    assert_non_null(strstr(e.msg, "AWS_SECRET_ACCESS_KEY"));
    request_clear(&r);
    assert_false(request_render(&r, config_profile(c, "p"), &in, &e));
    config_free(c);
    (void)unsetenv("AWS_ACCESS_KEY_ID");
    (void)unsetenv("AWS_SESSION_TOKEN");
}

static const char *header_value(const struct request *r, const char *name) {
    for (const char *s = r->headers.data; *s; s += strlen(s) + 1)
        if (strncmp(s, name, strlen(name)) == 0)
            return s + strlen(name) + 2;
    return NULL;
}

static void inherits_and_overrides(void **state) {
    (void)state;
    struct config *c = load_text("[profile:base]\n"
                                 "url = http://localhost/${model}\n"
                                 "body = {\"a\": \"${json:text}\", \"s\": ${speed}}\n"
                                 "var.speed = 1.0\n"
                                 "model = m1\n"
                                 "header = A: a-base\n"
                                 "header = B: b-base\n"
                                 "header = C: c-base\n"
                                 "retry.max = 9\n"
                                 "[profile:child]\n"
                                 "inherit = base\n"
                                 "model = m2\n"
                                 "header = b: b-${speed}\n"
                                 "header.drop = c, Unknown\n"
                                 "var.speed = 1.5\n"
                                 "[profile:grandchild]\n"
                                 "inherit = child\n"
                                 "account = other\n"
                                 "header = C: c-new\n"
                                 "accept = audio/wav  audio/flac\n");
    const struct profile *p = config_profile(c, "grandchild");
    struct request r;
    struct err e;
    struct request_input in = {.text = "hi"};
    request_init(&r);
    assert_true(request_render(&r, p, &in, &e));
    assert_string_equal(buf_str(&r.url), "http://localhost/m2");
    assert_string_equal(buf_str(&r.body), "{\"a\": \"hi\", \"s\": 1.5}");
    assert_string_equal(header_value(&r, "A"), "a-base");
    assert_string_equal(header_value(&r, "b"), "b-1.5");
    assert_string_equal(header_value(&r, "C"), "c-new");
    assert_int_equal(p->header_count, 3);
    request_release(&r);
    assert_int_equal(p->retry_max, 9);
    assert_string_equal(p->account, "other");
    assert_string_equal(p->accept[1], "audio/flac");
    assert_null(p->accept[2]);
    assert_int_equal(config_profile(c, "child")->header_count, 2);
    /* a family without an account counts together */
    assert_string_equal(config_profile(c, "child")->account, "base");
    assert_string_equal(config_profile(c, "base")->account, "base");
    assert_int_equal(config_account(c, "base")->cap, 4);
    assert_int_equal(config_account(c, "other")->cap, 4);
    config_free(c);
}

static void a_file_changes_a_preset(void **state) {
    (void)state;
    struct config *c = load_text("[profile:say]\nvoice = nova\nheader = X: 1\n");
    const struct profile *p = config_profile(c, "say");
    assert_string_equal(profile_var(p, "voice"), "nova");
    assert_string_equal(profile_var(p, "model"), "tts-1");
    assert_int_equal(p->header_count, 1);
    assert_string_equal(p->account, "say");
    config_free(c);
}

/* What is built in serves when its secret is there, or when a file speaks of it. */
static void a_preset_waits_for_its_secret(void **state) {
    (void)state;
    struct err e = {0};
    struct config *c = load();
    assert_null(config_profile(c, "openai"));
    assert_null(config_account(c, "openai"));
    assert_true(config_profile_is_aside(c, "openai", &e));
    assert_non_null(strstr(e.msg, "OPENAI_API_KEY"));
    assert_true(config_profile_is_aside(c, "openai-compat", &e));
    assert_non_null(strstr(e.msg, "[profile:openai-compat]"));
    assert_false(config_profile_is_aside(c, "say", &e));
    assert_false(config_profile_is_aside(c, "unheard-of", &e));
    config_free(c);

    (void)setenv("OPENAI_API_KEY", "sk-1", 1);
    c = load();
    assert_non_null(config_profile(c, "openai"));
    assert_int_equal(config_account(c, "openai")->cap, 4);
    assert_false(config_profile_is_aside(c, "openai", &e));
    config_free(c);
    (void)unsetenv("OPENAI_API_KEY");
}

static void a_preset_that_a_file_names_serves(void **state) {
    (void)state;
    struct err e = {0};
    struct config *c = load_text("[profile:openai]\n[account:openai]\nconcurrency = 9\n");
    assert_non_null(config_profile(c, "openai"));
    assert_int_equal(config_account(c, "openai")->cap, 9);
    assert_false(config_secrets_check(c, &e)); /* as for every profile of a file */
    config_free(c);
    c = load_text("[profile:mine]\ninherit = openai\n");
    assert_null(config_profile(c, "openai"));
    assert_string_equal(config_profile(c, "mine")->account, "openai");
    config_free(c);
    c = load_text("[ttsq]\nprofile = openai\n");
    assert_non_null(config_profile(c, "openai"));
    config_free(c);
}

static void later_files_replace_headers(void **state) {
    (void)state;
    write_file("system/ttsq.ini", PROFILE "header = A: 1\nheader = B: 1\nheader = C: 1\n");
    write_file("system/conf.d/a.ini", "[profile:x]\nheader = a: 2\nheader.drop = B\n");
    struct config *c = load();
    const struct profile *p = config_profile(c, "x");
    assert_int_equal(p->header_count, 2);
    assert_string_equal(p->headers[0].name, "C");
    assert_string_equal(p->headers[1].name, "a");
    config_free(c);
}

static void secrets_by_place(void **state) {
    (void)state;
    static const char text[] = "[secrets]\nTEST_KEY = file:key\n"
                               "[profile:x]\nurl = https://h.example/${url:text}\n"
                               "header = K: ${secret:TEST_KEY}\n";
    struct err e = {0};
    struct config *c = load_text(text);
    assert_false(config_secrets_check(c, &e));
    assert_int_equal(e.code, ERR_CONFIG);
    assert_non_null(strstr(e.msg, "profile x: secret TEST_KEY: not found"));
    assert_non_null(strstr(e.msg, at_root("key")));
    struct request r;
    struct request_input in = {.text = "hi"};
    request_init(&r);
    assert_false(request_render(&r, config_profile(c, "x"), &in, &e));
    assert_int_equal(e.code, ERR_CONFIG);
    config_free(c);

    write_file("key", "sk-private\n");
    c = load();
    assert_true(config_secrets_check(c, &e));
    request_init(&r);
    assert_true(request_render(&r, config_profile(c, "x"), &in, &e));
    assert_string_equal(header_value(&r, "K"), "sk-private");
    request_release(&r);
    struct buf out;
    buf_init(&out, TEXT_BYTES_MAX);
    assert_true(config_print_origin(c, &out, &e));
    assert_null(strstr(buf_str(&out), "sk-private"));
    assert_non_null(strstr(buf_str(&out), "${secret:TEST_KEY}"));
    buf_release(&out);
    config_free(c);

    assert_int_equal(chmod(at_root("key"), 0644), 0);
    c = load(); /* a reader of the queue needs no key, so loading succeeds */
    assert_false(config_secrets_check(c, &e));
    assert_non_null(strstr(e.msg, "chmod 600"));
    config_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CONFIG_TEST(rules_in_their_order),          CONFIG_TEST(a_vendor_with_everything),
        CONFIG_TEST(jobs_may_bring_the_url),        CONFIG_TEST(signs_with_its_secrets),
        CONFIG_TEST(inherits_and_overrides),        CONFIG_TEST(a_file_changes_a_preset),
        CONFIG_TEST(a_preset_waits_for_its_secret), CONFIG_TEST(a_preset_that_a_file_names_serves),
        CONFIG_TEST(later_files_replace_headers),   CONFIG_TEST(secrets_by_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
