/* test_rule: the text of rules and of places of facts, with the offset of every fault; which rules
 * stand in the way of which; times in all their forms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "provider/audio_place.h"
#include "provider/rule.h"

#define NOW_MS INT64_C(1763706000000)
#define MAX_MS INT64_C(3600000)

static struct fact_wanted wanted;

static int teardown(void **state) {
    (void)state;
    fact_wanted_release(&wanted);
    return 0;
}

static struct profile_rule parse(const char *text) {
    struct profile_rule rule;
    struct err e;
    size_t at;
    if (!rule_parse(&wanted, text, &rule, &at, &e))
        fail_msg("%s: at %zu: %s", text, at, e.msg);
    return rule;
}

static void conditions_and_actions_are_read(void **state) {
    (void)state;
    struct profile_rule rule =
        parse("  status:429,500-599 json:/a~1b/0~b c ,d  header:X-Kind=\"a \\\"b\\\" -> c\" "
              "-> retry uncertain account \"call them\"");
    assert_int_equal(rule.condition_count, 3);
    const struct rule_condition *c = rule.conditions;
    assert_int_equal(c[0].field, RULE_STATUS);
    assert_int_equal(c[0].range_count, 2);
    assert_int_equal(c[0].ranges[1].first, 500);
    assert_int_equal(c[0].ranges[1].last, 599);
    assert_int_equal(c[1].field, RULE_JSON);
    assert_true(c[1].contains);
    assert_string_equal(wanted.pointers.names[c[1].fact], "/a~1b/0");
    assert_int_equal(c[1].value_count, 2);
    assert_string_equal(c[1].values[0], "b c");
    assert_string_equal(c[1].values[1], "d");
    assert_string_equal(wanted.headers.names[c[2].fact], "x-kind");
    assert_false(c[2].contains);
    assert_string_equal(c[2].values[0], "a \"b\" -> c");
    assert_int_equal(rule.action, RETRY_AGAIN);
    assert_int_equal(rule.scope, RULE_SCOPE_ACCOUNT);
    assert_true(rule.uncertain);
    assert_string_equal(rule.note, "call them");
    rule_release(&rule);
    rule = parse("json:/data/~json/url=x empty -> stop");
    assert_string_equal(wanted.pointers.names[rule.conditions[0].fact], "/data/~json/url");
    assert_int_equal(rule.condition_count, 2);
    rule_release(&rule);
}

static void faults_have_their_place(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t at;
        const char *message;
    } rows[] = {
        {"", 0, "a condition is missing"},
        {"-> stop", 0, "a condition is missing"},
        {"status:429", 10, "-> and an action are missing"},
        {"status:42 -> stop", 7, "three digits"},
        {"status:500-400 -> stop", 7, "upside down"},
        {"status:429x -> stop", 10, "a space is missing"},
        {"status:429, -> stop", 11, "three digits"},
        {"sttus:429 -> stop", 0, "did you mean status?"},
        {"status:429 jsn:/a=b -> stop", 11, "did you mean json?"},
        {"json:/a -> stop", 7, "= and the value"},
        {"json:a=b -> stop", 5, "a pointer begins with /"},
        {"json:/a/~/b=c -> ", 17, "unknown action"}, /* ~ begins the part that is looked for */
        {"json:/a= -> stop", 8, "a value is missing"},
        {"json:/a=\"b -> stop", 8, "a quote without its end"},
        {"header:a b=c -> stop", 8, "= and the value"},
        {"header:a:b=c -> stop", 7, "not the name of a header"},
        {"curl:conect -> stop", 5, "did you mean connect?"},
        {"status:429 -> stopp", 14, "did you mean stop?"},
        {"status:429 -> hold", 14, "retry, wait, shrink, split, fail, stop"},
        {"status:429 -> ", 14, "unknown action"},
        {"status:429 -> stop acount", 19, "did you mean account?"},
        {"status:429 -> fail account", 19, "of a job or an account"},
        {"status:429 -> stop \"a\" b", 23, "nothing comes behind the note"},
        {"status:429 -> stop \"\"", 19, "the note is empty"},
        {"status:429 -> shrink uncertain", 0, "not uncertain"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct profile_rule rule;
        struct err e;
        size_t at = 999;
        if (rule_parse(&wanted, rows[i].text, &rule, &at, &e))
            fail_msg("taken: %s", rows[i].text);
        if (at != rows[i].at || !strstr(e.msg, rows[i].message))
            fail_msg("%s: at %zu: %s", rows[i].text, at, e.msg);
        assert_int_equal(e.code, ERR_CONFIG);
        assert_null(rule.conditions);
    }
}

static void which_rule_stands_in_the_way(void **state) {
    (void)state;
    static const struct {
        const char *first, *second;
        bool shadows;
    } rows[] = {
        {"status:429 -> wait", "status:429 json:/a=b -> stop", true},
        {"status:429 json:/a=b -> stop", "status:429 -> wait", false},
        {"status:400-499 -> fail", "status:429,404 -> wait", true},
        {"status:400-428 -> fail", "status:404,429 -> wait", false},
        {"json:/a=1,2,3 -> fail", "json:/a=3,1 -> stop", true},
        {"json:/a=1,2 -> fail", "json:/a=2,3 -> stop", false},
        {"json:/a~quota -> fail", "json:/a=no quota left -> stop", true},
        {"json:/a~quota -> fail", "json:/a~Quota exceeded -> stop", true},
        {"json:/a~quota exceeded -> fail", "json:/a~quota -> stop", false},
        {"json:/a=quota -> fail", "json:/a~quota -> stop", false},
        {"json:/a=1 -> fail", "json:/b=1 -> stop", false},
        {"header:A=1 -> fail", "header:a=1 status:500 -> stop", true},
        {"curl:transfer -> fail", "curl:cut -> stop", true},
        {"curl:cut -> fail", "curl:transfer -> stop", false},
        {"empty -> retry", "empty status:200 -> stop", true},
        {"type:text/ -> retry", "type:text/html -> stop", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct profile_rule first = parse(rows[i].first), second = parse(rows[i].second);
        if (rule_shadows(&first, &second) != rows[i].shadows)
            fail_msg("%s, %s", rows[i].first, rows[i].second);
        rule_release(&first);
        rule_release(&second);
    }
    static const struct {
        const char *text;
        bool contradicts;
    } alone[] = {
        {"status:429 status:500 -> stop", true},   {"status:400-499 status:429 -> stop", false},
        {"json:/a=1 json:/a=2 -> stop", true},     {"json:/a=1 json:/b=2 -> stop", false},
        {"json:/a~x json:/a~y -> stop", false},    {"json:/a=abc json:/a~b -> stop", false},
        {"json:/a=abc json:/a~x -> stop", true},   {"curl:cut curl:timeout -> stop", true},
        {"curl:transfer curl:cut -> stop", false},
    };
    for (size_t i = 0; i < sizeof alone / sizeof *alone; i++) {
        struct profile_rule rule = parse(alone[i].text);
        if (rule_contradicts_itself(&rule) != alone[i].contradicts)
            fail_msg("%s", alone[i].text);
        rule_release(&rule);
    }
}

static void lists_of_places(void **state) {
    (void)state;
    struct fact_list list;
    struct err e;
    size_t at;
    assert_true(fact_list_parse(&wanted, "header:Retry-After-MS header:X-Reset epoch json:/a/b ms",
                                FACT_SECONDS, &list, &at, &e));
    assert_int_equal(list.count, 3);
    assert_int_equal(list.sources[0].as, FACT_MS);
    assert_int_equal(list.sources[1].as, FACT_EPOCH);
    assert_int_equal(list.sources[2].from, FACT_JSON);
    assert_int_equal(list.sources[2].as, FACT_MS);
    assert_string_equal(wanted.headers.names[1], "x-reset");
    static const struct {
        const char *text;
        size_t at;
        const char *message;
    } rows[] = {
        {"", 0, "takes places like"},
        {"header:", 7, "not the name of a header"},
        {"json:/a json:b", 13, "a pointer begins with /"},
        {"jsn:/a", 0, "not the name of a header"},
        {"a header:b header:c header:d header:e", 29, "at most 4 places"},
        {"header:a minuts", 9, "text, number, seconds, ms, duration or epoch"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_false(fact_list_parse(&wanted, rows[i].text, FACT_TEXT, &list, &at, &e));
        if (at != rows[i].at || !strstr(e.msg, rows[i].message))
            fail_msg("%s: at %zu: %s", rows[i].text, at, e.msg);
    }
}

static void times_in_all_forms(void **state) {
    (void)state;
    static const struct {
        const char *value;
        enum fact_as as;
        int64_t ms;
    } rows[] = {
        {"1s", FACT_DURATION, 1000},
        {"6m0s", FACT_DURATION, 360000},
        {"20ms", FACT_DURATION, 20},
        {"0.5h", FACT_DURATION, 1800000},
        {"1m1.5s", FACT_DURATION, 61500},
        {"2", FACT_DURATION, 2000},
        {"1d", FACT_DURATION, MAX_MS},
        {"99999999999999999d99999999999999999d", FACT_DURATION, -1},
        {"5x", FACT_DURATION, -1},
        {"s", FACT_DURATION, -1},
        {"1.2.3s", FACT_DURATION, -1},
        {"1763706002", FACT_EPOCH, 2000},
        {"1763706002500", FACT_EPOCH, 2500},
        {"1763705990", FACT_EPOCH, 0},
        {"soon", FACT_EPOCH, -1},
        {"1500", FACT_MS, 1500},
        {"1500.9", FACT_MS, 1500},
        {"", FACT_MS, -1},
        {"1.5", FACT_SECONDS, 1500},
        {"Fri, 21 Nov 2025 06:20:30 GMT", FACT_SECONDS, 30000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t got = fact_read_wait_ms(rows[i].value, rows[i].as, NOW_MS, MAX_MS);
        if (got != rows[i].ms)
            fail_msg("%s: %lld", rows[i].value, (long long)got);
    }
}

static void places_of_audio(void **state) {
    (void)state;
    struct profile_audio a = {.rate = 24000};
    struct err e;
    size_t at;
    assert_true(audio_place_parse("json /data/audio hex", &a, &at, &e));
    assert_int_equal(a.form, PROFILE_AUDIO_JSON);
    assert_int_equal(a.coding, PROFILE_AUDIO_HEX);
    assert_string_equal(a.pointer, "/data/audio");
    assert_true(
        audio_place_parse("sse /audio base64 end=/type=speech.audio.done repeats", &a, &at, &e));
    assert_int_equal(a.form, PROFILE_AUDIO_EVENTS);
    assert_string_equal(a.end_pointer, "/type");
    assert_string_equal(a.end_value, "speech.audio.done");
    assert_true(a.drops_repeat);
    assert_int_equal(a.rate, 24000);
    static const struct {
        const char *text;
        size_t at;
        const char *message;
    } rows[] = {
        {"", 0, "body, json, json-stream, sse"},
        {"bdy", 0, "did you mean body?"},
        {"body /a", 5, "nothing comes behind body"},
        {"json", 4, "a pointer and how"},
        {"json /a", 7, "a pointer and how"},
        {"json a base64", 5, "a pointer begins with /"},
        {"json /a/~x base64", 8, "written ~0"},
        {"json /a base46", 8, "did you mean base64?"},
        {"json /a base64 end=/b=c", 0, "one document needs no end mark"},
        {"sse /a base64 end=/b", 18, "is written end="},
        {"sse /a base64 end=b=c", 18, "a pointer begins with /"},
        {"sse /a base64 repeat", 14, "only end="},
        {"sse /a base64 repeats", 0, "say end="},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (audio_place_parse(rows[i].text, &a, &at, &e))
            fail_msg("taken: %s", rows[i].text);
        if (at != rows[i].at || !strstr(e.msg, rows[i].message))
            fail_msg("%s: at %zu: %s", rows[i].text, at, e.msg);
    }
    assert_string_equal(a.end_pointer, "/type"); /* untouched */
    audio_place_release(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(conditions_and_actions_are_read, teardown),
        cmocka_unit_test_teardown(faults_have_their_place, teardown),
        cmocka_unit_test_teardown(which_rule_stands_in_the_way, teardown),
        cmocka_unit_test_teardown(lists_of_places, teardown),
        cmocka_unit_test_teardown(times_in_all_forms, teardown),
        cmocka_unit_test_teardown(places_of_audio, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
