/* test_outcome: the rules row by row, Retry-After in all its forms, and lines that are safe to
 * print. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "provider/outcome.h"

#define NOW_MS INT64_C(1763706000000) /* 2025-11-21T06:20:00Z */
#define AFTER_MAX_MS 600000

static char audio[] = "audio/";
static char octets[] = "application/octet-stream";
static char *accept_list[] = {audio, octets, NULL};
static struct profile profile = {
    .accept = accept_list, .retry_after_max_ms = AFTER_MAX_MS, .audio_bytes_min = 1};

/* What the answer says at the places the profile wants, by name; cleared by answered(). */
static const char *header_values[FACT_NAMES_MAX];
static const char *pointer_values[FACT_NAMES_MAX];

static size_t index_of(const struct fact_names *names, const char *name) {
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->names[i], name) == 0)
            return i;
    fail_msg("%s is not wanted", name);
    return 0;
}

static void set_header(const char *name, const char *value) {
    header_values[index_of(&profile.wanted.headers, name)] = value;
}

static void set_pointer(const char *name, const char *value) {
    pointer_values[index_of(&profile.wanted.pointers, name)] = value;
}

static void want(struct fact_list *list, enum fact_as usual, const char *text) {
    struct err e;
    size_t at;
    if (!fact_list_parse(&profile.wanted, text, usual, list, &at, &e))
        fail_msg("%s: %s", text, e.msg);
}

static void add_rule(const char *text) {
    struct err e;
    size_t at;
    if (!rule_parse(&profile.wanted, text, &profile.rules[profile.rule_count], &at, &e))
        fail_msg("%s: at %zu: %s", text, at, e.msg);
    profile.rule_count++;
}

static void set_ok(const char *text) {
    struct err e;
    size_t at;
    if (!rule_conditions_parse(&profile.wanted, text, &profile.ok, &profile.ok_count, &at, &e))
        fail_msg("%s: %s", text, e.msg);
}

static struct profile_rule rules[16];

static int setup(void **state) {
    (void)state;
    profile.rules = rules;
    want(&profile.retry_after, FACT_SECONDS, "header:retry-after-ms header:Retry-After");
    return 0;
}

static int teardown(void **state) {
    (void)state;
    for (size_t i = 0; i < profile.rule_count; i++)
        rule_release(&rules[i]);
    rule_conditions_release(profile.ok, profile.ok_count);
    fact_wanted_release(&profile.wanted);
    profile = (struct profile){
        .accept = accept_list, .retry_after_max_ms = AFTER_MAX_MS, .audio_bytes_min = 1};
    return 0;
}

static struct call_facts answered(int status) {
    memset(header_values, 0, sizeof header_values);
    memset(pointer_values, 0, sizeof pointer_values);
    return (struct call_facts){.end = TRANSPORT_OK,
                               .sent = true,
                               .http_status = status,
                               .content_type = "audio/wav",
                               .detail = "",
                               .excerpt = "",
                               .body_bytes = 1000,
                               .values = {.headers = header_values},
                               .audio_problem = ""};
}

static struct verdict judge(const struct call_facts *facts) {
    struct verdict v;
    outcome_judge(&profile, facts, NOW_MS, &v);
    return v;
}

static void expect(const struct call_facts *facts, enum attempt_outcome outcome,
                   enum retry_action action, const char *why) {
    struct verdict v = judge(facts);
    if (v.outcome != outcome || v.action != action || !strstr(v.why, why))
        fail_msg("end %d sent %d status %d: %s, action %d: %s (expected %s)", (int)facts->end,
                 facts->sent, facts->http_status, attempt_outcome_text(v.outcome), (int)v.action,
                 v.why, why);
}

static void every_status(void **state) {
    (void)state;
    static const struct {
        int status;
        enum attempt_outcome outcome;
        enum retry_action action;
        const char *why;
    } rows[] = {
        {200, ATTEMPT_ANSWERED, RETRY_NONE, ""},
        {201, ATTEMPT_ANSWERED, RETRY_NONE, ""},
        {301, ATTEMPT_FAILED, RETRY_FAIL, "HTTP 301, redirect not followed"},
        {307, ATTEMPT_FAILED, RETRY_FAIL, "redirect not followed"},
        {400, ATTEMPT_FAILED, RETRY_FAIL, "HTTP 400 Bad Request"},
        {401, ATTEMPT_REFUSED, RETRY_STOP, "HTTP 401 Unauthorized"},
        {402, ATTEMPT_REFUSED, RETRY_STOP, "HTTP 402"},
        {403, ATTEMPT_REFUSED, RETRY_STOP, "HTTP 403"},
        {404, ATTEMPT_FAILED, RETRY_FAIL, "HTTP 404 Not Found"},
        {405, ATTEMPT_FAILED, RETRY_FAIL, "HTTP 405"},
        {408, ATTEMPT_FAILED, RETRY_AGAIN, "HTTP 408"},
        {409, ATTEMPT_FAILED, RETRY_AGAIN, "HTTP 409"},
        {410, ATTEMPT_FAILED, RETRY_FAIL, "HTTP 410"},
        {413, ATTEMPT_FAILED, RETRY_FAIL, "HTTP 413"},
        {415, ATTEMPT_FAILED, RETRY_FAIL, "HTTP 415"},
        {418, ATTEMPT_FAILED, RETRY_FAIL, "HTTP 418"},
        {422, ATTEMPT_FAILED, RETRY_FAIL, "HTTP 422"},
        {425, ATTEMPT_FAILED, RETRY_AGAIN, "HTTP 425"},
        {429, ATTEMPT_REFUSED, RETRY_WAIT, "HTTP 429 Too Many Requests"},
        {499, ATTEMPT_FAILED, RETRY_AGAIN, "HTTP 499"},
        {500, ATTEMPT_FAILED, RETRY_AGAIN, "HTTP 500"},
        {502, ATTEMPT_FAILED, RETRY_AGAIN, "HTTP 502"},
        {503, ATTEMPT_REFUSED, RETRY_AGAIN, "HTTP 503"},
        {504, ATTEMPT_FAILED, RETRY_AGAIN, "HTTP 504"},
        {520, ATTEMPT_FAILED, RETRY_AGAIN, "HTTP 520"},
        {999, ATTEMPT_FAILED, RETRY_AGAIN, "HTTP 999"},
        {0, ATTEMPT_UNCERTAIN, RETRY_AGAIN, "no HTTP answer"},
        {100, ATTEMPT_UNCERTAIN, RETRY_AGAIN, "no HTTP answer"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct call_facts facts = answered(rows[i].status);
        expect(&facts, rows[i].outcome, rows[i].action, rows[i].why);
    }
}

static void every_end(void **state) {
    (void)state;
    static const struct {
        enum transport_end end;
        enum attempt_outcome unsent;
        enum retry_action unsent_action;
        enum attempt_outcome sent;
        enum retry_action sent_action;
    } rows[] = {
        {TRANSPORT_RESOLVE, ATTEMPT_REFUSED, RETRY_AGAIN, ATTEMPT_UNCERTAIN, RETRY_AGAIN},
        {TRANSPORT_CONNECT, ATTEMPT_REFUSED, RETRY_AGAIN, ATTEMPT_UNCERTAIN, RETRY_AGAIN},
        {TRANSPORT_TLS, ATTEMPT_REFUSED, RETRY_AGAIN, ATTEMPT_UNCERTAIN, RETRY_AGAIN},
        {TRANSPORT_CERTIFICATE, ATTEMPT_REFUSED, RETRY_STOP, ATTEMPT_UNCERTAIN, RETRY_AGAIN},
        {TRANSPORT_TIMEOUT, ATTEMPT_REFUSED, RETRY_AGAIN, ATTEMPT_UNCERTAIN, RETRY_AGAIN},
        {TRANSPORT_STALL, ATTEMPT_REFUSED, RETRY_AGAIN, ATTEMPT_UNCERTAIN, RETRY_AGAIN},
        {TRANSPORT_CLOSED, ATTEMPT_REFUSED, RETRY_AGAIN, ATTEMPT_UNCERTAIN, RETRY_AGAIN},
        {TRANSPORT_CUT, ATTEMPT_UNCERTAIN, RETRY_AGAIN, ATTEMPT_UNCERTAIN, RETRY_AGAIN},
        {TRANSPORT_TOO_LARGE, ATTEMPT_FAILED, RETRY_FAIL, ATTEMPT_FAILED, RETRY_FAIL},
        {TRANSPORT_RESENT, ATTEMPT_UNCERTAIN, RETRY_AGAIN, ATTEMPT_UNCERTAIN, RETRY_AGAIN},
        {TRANSPORT_ABORTED, ATTEMPT_UNSENT, RETRY_AGAIN, ATTEMPT_UNCERTAIN, RETRY_AGAIN},
        {TRANSPORT_BAD_URL, ATTEMPT_REFUSED, RETRY_STOP, ATTEMPT_UNCERTAIN, RETRY_AGAIN},
        {TRANSPORT_STORAGE, ATTEMPT_UNSENT, RETRY_AGAIN, ATTEMPT_UNCERTAIN, RETRY_AGAIN},
        {TRANSPORT_OTHER, ATTEMPT_REFUSED, RETRY_AGAIN, ATTEMPT_UNCERTAIN, RETRY_AGAIN},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct call_facts facts = answered(0);
        facts.end = rows[i].end;
        expect(&facts, rows[i].sent, rows[i].sent_action, transport_end_text(rows[i].end));
        facts.http_status = 200; /* the same when it broke after the headers */
        expect(&facts, rows[i].sent, rows[i].sent_action, transport_end_text(rows[i].end));
        facts.http_status = 0;
        facts.sent = false;
        expect(&facts, rows[i].unsent, rows[i].unsent_action, transport_end_text(rows[i].end));
    }
}

static void an_error_status_is_definite(void **state) {
    (void)state;
    struct call_facts facts = answered(400);
    facts.end = TRANSPORT_CUT;
    expect(&facts, ATTEMPT_FAILED, RETRY_FAIL, "HTTP 400");
    facts = answered(429);
    facts.end = TRANSPORT_TIMEOUT;
    expect(&facts, ATTEMPT_REFUSED, RETRY_WAIT, "HTTP 429");
}

static void success_is_more_than_200(void **state) {
    (void)state;
    struct call_facts facts = answered(200);
    facts.audio_problem = "the data ends early";
    expect(&facts, ATTEMPT_FAILED, RETRY_AGAIN, "HTTP 200, but the data ends early");
    facts = answered(200);
    facts.content_type = "text/html; charset=utf-8";
    facts.excerpt = "<html>\n  <title>Log in</title>";
    expect(&facts, ATTEMPT_FAILED, RETRY_AGAIN,
           "HTTP 200, but no audio: text/html; charset=utf-8: <html> <title>Log in");
    facts.content_type = "";
    expect(&facts, ATTEMPT_FAILED, RETRY_AGAIN, "without a content type");
    facts = answered(200);
    facts.body_bytes = 0;
    expect(&facts, ATTEMPT_FAILED, RETRY_AGAIN, "empty");
}

static void which_types_are_audio(void **state) {
    (void)state;
    assert_true(outcome_is_audio(&profile, 200, "audio/mpeg"));
    assert_true(outcome_is_audio(&profile, 206, "Audio/X-wav; rate=1"));
    assert_true(outcome_is_audio(&profile, 200, "application/octet-stream"));
    assert_false(outcome_is_audio(&profile, 200, "application/json"));
    assert_false(outcome_is_audio(&profile, 200, ""));
    assert_false(outcome_is_audio(&profile, 500, "audio/mpeg"));
    assert_false(outcome_is_audio(&profile, 302, "audio/mpeg"));
}

static void retry_after_forms(void **state) {
    (void)state;
    static const struct {
        const char *value, *value_ms;
        int64_t expected;
    } rows[] = {
        {"2", "", 2000},
        {"0", "", 0},
        {"1.5", "", 1500},
        {"1.", "", 1000},
        {"0.0004", "", 0},
        {"1.23456", "", 1234},
        {"2 ", "", 2000},
        {"600", "", 600000},
        {"601", "", AFTER_MAX_MS},
        {"99999999999999999999999999", "", AFTER_MAX_MS},
        {"2", "250", 250},
        {"", "250", 250},
        {"", "250.7", 250},
        {"3", "soon", 3000},
        {"", "", -1},
        {"-5", "", -1},
        {"soon", "", -1},
        {"2s", "", -1},
        {"1e3", "", -1},
        {"nan", "", -1},
        {"inf", "", -1},
        {".5", "", -1},
        {"Fri, 21 Nov 2025 06:20:30 GMT", "", 30000},
        {"Fri, 21 Nov 2025 06:19:30 GMT", "", 0},
        {"Fri, 21 Nov 2125 06:20:30 GMT", "", AFTER_MAX_MS},
        {"Friday, 21-Nov-25 06:20:30 GMT", "", 30000},
        {"Sunday, 06-Nov-94 08:49:37 GMT", "", 0},
        {"Fri Nov 21 06:20:30 2025", "", 30000},
        {"Sun Nov  6 08:49:37 1994", "", 0},
        {"Fri, 21 Nov 2025 06:20:30 CET", "", -1},
        {"Fri, 21 Nov 2025 06:20:30 GMT junk", "", -1},
        {"Fri, 21 Foo 2025 06:20:30 GMT", "", -1},
        {"Fri, 41 Nov 2025 06:20:30 GMT", "", -1},
        {"Fri, 21 Nov 2025 26:20:30 GMT", "", -1},
        {"Fri, 21 Nov 2025 -1:20:30 GMT", "", -1},
        {"Fri, 21 Nov 2025", "", -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct call_facts facts = answered(429);
        set_header("retry-after", rows[i].value);
        set_header("retry-after-ms", rows[i].value_ms);
        int64_t got = fact_wait_ms(&profile.retry_after, &facts.values, NOW_MS, AFTER_MAX_MS);
        if (got != rows[i].expected)
            fail_msg("%s | %s: %lld, expected %lld", rows[i].value, rows[i].value_ms,
                     (long long)got, (long long)rows[i].expected);
    }
}

static void waits_as_asked(void **state) {
    (void)state;
    struct call_facts facts = answered(429);
    set_header("retry-after", "2");
    expect(&facts, ATTEMPT_REFUSED, RETRY_WAIT, "HTTP 429 Too Many Requests");
    assert_int_equal(judge(&facts).wait_ms, 2000);
    set_header("retry-after-ms", "250");
    assert_int_equal(judge(&facts).wait_ms, 250);
    assert_null(strstr(judge(&facts).why, "250")); /* equal refusals read, and are grouped, as equal */
    facts = answered(503);
    set_header("retry-after", "7");
    expect(&facts, ATTEMPT_REFUSED, RETRY_WAIT, "HTTP 503");
    assert_int_equal(judge(&facts).wait_ms, 7000);
    set_header("retry-after", "garbage");
    expect(&facts, ATTEMPT_REFUSED, RETRY_AGAIN, "HTTP 503");
    assert_int_equal(judge(&facts).wait_ms, 0);
    facts = answered(500);
    set_header("retry-after", "7");
    expect(&facts, ATTEMPT_FAILED, RETRY_AGAIN, "HTTP 500");
    assert_int_equal(judge(&facts).wait_ms, 7000);
    facts = answered(401);
    set_header("retry-after", "7");
    assert_int_equal(judge(&facts).wait_ms, 0);
}

static void finds_the_message(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"{\"error\": {\"message\": \"bad voice\", \"code\": 3}}", ": bad voice"},
        {"{\"error\": \"bad voice\"}", ": bad voice"},
        {"{\"detail\": {\"status\": \"x\", \"message\": \"bad voice\"}}", ": bad voice"},
        {"{\"detail\": \"bad voice\"}", ": bad voice"},
        {"{\"message\": \"bad\\n  voice\"}", ": bad voice"},
        {"{\"err_msg\": \"bad voice\"}", ": bad voice"},
        {"{\"detail\": [1]}", ": {\"detail\": [1]}"},
        {"not JSON at all", ": not JSON at all"},
        {"{\"error\": {\"mess", ": {\"error\": {\"mess"},
        {"[\"x\"]", ": [\"x\"]"},
        {"  \n ", "HTTP 400 Bad Request"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct call_facts facts = answered(400);
        facts.excerpt = rows[i][0];
        expect(&facts, ATTEMPT_FAILED, RETRY_FAIL, rows[i][1]);
    }
}

static void redirects_name_their_host(void **state) {
    (void)state;
    struct call_facts facts = answered(302);
    facts.detail = "evil.example";
    expect(&facts, ATTEMPT_FAILED, RETRY_FAIL, "HTTP 302, redirect to evil.example not followed");
}

static void lines_are_safe_and_short(void **state) {
    (void)state;
    static const char *const nasty[] = {
        "\x1b]0;owned\x07\x1b[2J",
        "\xc2\x9b"
        "31m",
        "\xe2\x80\xae"
        "desrever",
        "\xff\xfe\x80",
        "\x7f",
        "{\"error\": {\"message\": \"\\u001b[2J\\u202e\\u0000\"}}",
    };
    for (size_t i = 0; i < sizeof nasty / sizeof *nasty; i++) {
        struct call_facts facts = answered(400);
        facts.excerpt = nasty[i];
        struct verdict v = judge(&facts);
        for (const char *s = v.why; *s; s++)
            assert_true(*s >= ' ' && *s <= '~');
    }
    char text[20000];
    for (size_t i = 0; i + 3 < sizeof text; i += 3)
        memcpy(text + i, "\xe4\xb8\xad", 4);
    for (size_t shift = 0; shift < 3; shift++) {
        char shifted[sizeof text + 3];
        (void)snprintf(shifted, sizeof shifted, "%.*s%s", (int)shift, "ab", text);
        struct call_facts facts = answered(500);
        facts.excerpt = shifted;
        struct verdict v = judge(&facts);
        size_t bad;
        assert_int_equal(utf8_check(v.why, strlen(v.why), &bad), UTF8_GOOD);
        assert_null(strchr(v.why, '\\'));
        assert_non_null(strstr(v.why, "\xe4\xb8\xad\xe2\x80\xa6"));
    }
    memset(text, '\x01', sizeof text - 1); /* four bytes each when shown */
    text[sizeof text - 1] = '\0';
    struct call_facts facts = answered(500);
    facts.excerpt = text;
    assert_true(strlen(judge(&facts).why) < OUTCOME_WHY_MAX);
}

/* ---- rules ----------------------------------------------------------------------------------- */

static void the_first_rule_that_fits_decides(void **state) {
    (void)state;
    add_rule("status:429 json:/error/type=insufficient_quota -> stop \"add credit\"");
    add_rule("status:429 json:/error/code=a,b -> shrink");
    add_rule("status:429 header:x-kind~BUSY -> retry");
    add_rule("status:500-599 json:/message~\"too, long\",grant not found -> split");
    add_rule("header:x-should-retry=false -> fail");
    add_rule("status:404 -> stop job");
    add_rule("type:text/html -> retry uncertain");
    add_rule("curl:connect,timeout -> wait");
    add_rule("empty -> retry account");
    struct call_facts facts = answered(429);
    facts.excerpt = "{\"error\": {\"type\": \"insufficient_quota\", \"message\": \"no credit\"}}";
    expect(&facts, ATTEMPT_REFUSED, RETRY_STOP,
           "HTTP 429 Too Many Requests: no credit; add credit");
    assert_int_equal(judge(&facts).scope, RULE_SCOPE_ACCOUNT);
    facts.excerpt = "{\"error\": {\"code\": \"b\"}}";
    expect(&facts, ATTEMPT_REFUSED, RETRY_SHRINK, "HTTP 429");
    facts.excerpt = "{\"error\": {\"code\": \"B\"}}"; /* the whole value counts, as written */
    expect(&facts, ATTEMPT_REFUSED, RETRY_WAIT, "HTTP 429");
    set_header("x-kind", "system_busy");
    expect(&facts, ATTEMPT_REFUSED, RETRY_AGAIN, "HTTP 429");
    facts = answered(503);
    facts.excerpt = "{\"message\": \"requested GRANT Not Found here\"}";
    expect(&facts, ATTEMPT_FAILED, RETRY_SPLIT, "too long for the provider");
    facts.excerpt = "{\"message\": \"this is too, long for us\"}";
    expect(&facts, ATTEMPT_FAILED, RETRY_SPLIT, "HTTP 503");
    facts = answered(500);
    set_header("x-should-retry", "false");
    expect(&facts, ATTEMPT_FAILED, RETRY_FAIL, "HTTP 500");
    facts = answered(404);
    expect(&facts, ATTEMPT_REFUSED, RETRY_STOP, "HTTP 404");
    assert_int_equal(judge(&facts).scope, RULE_SCOPE_JOB);
    facts = answered(200);
    facts.content_type = "Text/HTML; charset=utf-8";
    expect(&facts, ATTEMPT_UNCERTAIN, RETRY_AGAIN, "no audio: Text/HTML");
    facts = answered(200);
    facts.body_bytes = 0;
    expect(&facts, ATTEMPT_FAILED, RETRY_AGAIN, "empty or too small");
    assert_int_equal(judge(&facts).scope, RULE_SCOPE_ACCOUNT);
    facts = answered(0);
    facts.end = TRANSPORT_TLS;
    facts.sent = false;
    expect(&facts, ATTEMPT_REFUSED, RETRY_WAIT, "TLS handshake failed");
    facts.end = TRANSPORT_STALL;
    facts.sent = true;
    expect(&facts, ATTEMPT_UNCERTAIN, RETRY_WAIT, "no byte");
}

static void a_good_answer_is_not_asked_about(void **state) {
    (void)state;
    add_rule("status:200-299 -> fail");
    struct call_facts facts = answered(200);
    expect(&facts, ATTEMPT_ANSWERED, RETRY_NONE, "");
    facts.audio_problem = "the WAV ends early";
    expect(&facts, ATTEMPT_FAILED, RETRY_FAIL, "the WAV ends early");
}

static void inner_codes_tell_success(void **state) {
    (void)state;
    set_ok("json:/code=3000");
    add_rule("json:/code=3003 -> shrink");
    add_rule("json:/code=3010 -> split");
    struct call_facts facts = answered(200);
    facts.values.pointers = pointer_values;
    facts.is_decoded = true;
    facts.content_type = "application/json";
    set_pointer("/code", "3000");
    expect(&facts, ATTEMPT_ANSWERED, RETRY_NONE, "");
    set_pointer("/code", "3003");
    expect(&facts, ATTEMPT_REFUSED, RETRY_SHRINK, "HTTP 200, but not a success (/code is 3003)");
    set_pointer("/code", "3010");
    expect(&facts, ATTEMPT_FAILED, RETRY_SPLIT, "/code is 3010");
    set_pointer("/code", "3030");
    facts.excerpt = "{\"code\": 3030, \"message\": \"timed out\"}";
    expect(&facts, ATTEMPT_FAILED, RETRY_AGAIN, "(/code is 3030): timed out");
    pointer_values[0] = NULL;
    expect(&facts, ATTEMPT_FAILED, RETRY_AGAIN, "(/code is missing)");
}

static void a_wait_takes_the_time_that_was_asked_for(void **state) {
    (void)state;
    add_rule("status:400 header:x-amzn-errortype~Throttling -> wait");
    add_rule("status:429 -> shrink");
    struct call_facts facts = answered(400);
    set_header("x-amzn-errortype", "ThrottlingException:http://x");
    set_header("retry-after", "3");
    expect(&facts, ATTEMPT_REFUSED, RETRY_WAIT, "HTTP 400 Bad Request");
    assert_int_equal(judge(&facts).wait_ms, 3000);
    facts = answered(429);
    set_header("retry-after", "3");
    assert_int_equal(judge(&facts).action, RETRY_SHRINK);
    assert_int_equal(judge(&facts).wait_ms, 0);
}

static void facts_come_along(void **state) {
    (void)state;
    want(&profile.request_id, FACT_TEXT, "header:request-id json:/trace_id");
    want(&profile.cost, FACT_NUMBER, "json:/extra_info/usage_characters");
    want(&profile.live.max, FACT_NUMBER, "header:maximum-concurrent-requests");
    want(&profile.live.now, FACT_NUMBER, "header:current-concurrent-requests");
    want(&profile.live.remaining, FACT_NUMBER, "header:x-remaining");
    want(&profile.live.reset, FACT_DURATION, "header:x-reset");
    struct call_facts facts = answered(200);
    facts.values.pointers = pointer_values;
    set_pointer("/trace_id", "t\033-1");
    set_pointer("/extra_info/usage_characters", "26.5");
    set_header("maximum-concurrent-requests", "15");
    set_header("x-remaining", "0");
    set_header("x-reset", "6m0.5s");
    struct verdict v = judge(&facts);
    assert_int_equal(v.outcome, ATTEMPT_ANSWERED);
    assert_string_equal(v.request_id, "t?-1");
    assert_int_equal(v.cost_units, 27);
    assert_int_equal(v.live.max, 15);
    assert_int_equal(v.live.now, -1);
    assert_int_equal(v.live.remaining, 0);
    assert_int_equal(v.live.reset_ms, 360500);
    set_header("request-id", "h");
    assert_string_equal(judge(&facts).request_id, "h");
    set_pointer("/extra_info/usage_characters", "many");
    assert_int_equal(judge(&facts).cost_units, -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_status, setup, teardown),
        cmocka_unit_test_setup_teardown(every_end, setup, teardown),
        cmocka_unit_test_setup_teardown(an_error_status_is_definite, setup, teardown),
        cmocka_unit_test_setup_teardown(success_is_more_than_200, setup, teardown),
        cmocka_unit_test_setup_teardown(which_types_are_audio, setup, teardown),
        cmocka_unit_test_setup_teardown(retry_after_forms, setup, teardown),
        cmocka_unit_test_setup_teardown(waits_as_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(finds_the_message, setup, teardown),
        cmocka_unit_test_setup_teardown(redirects_name_their_host, setup, teardown),
        cmocka_unit_test_setup_teardown(lines_are_safe_and_short, setup, teardown),
        cmocka_unit_test_setup_teardown(the_first_rule_that_fits_decides, setup, teardown),
        cmocka_unit_test_setup_teardown(a_good_answer_is_not_asked_about, setup, teardown),
        cmocka_unit_test_setup_teardown(inner_codes_tell_success, setup, teardown),
        cmocka_unit_test_setup_teardown(a_wait_takes_the_time_that_was_asked_for, setup, teardown),
        cmocka_unit_test_setup_teardown(facts_come_along, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
