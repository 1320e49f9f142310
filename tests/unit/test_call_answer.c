/* test_call_answer: headers that count, bounds in every direction, memory that becomes a file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>

#include "workers/call/answer.c"

static char folder[] = "/tmp/ttsq-answer-XXXXXX";
static int results_fd;

static int make_folder(void **state) {
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    results_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return results_fd < 0;
}

static int drop_folder(void **state) {
    (void)state;
    close(results_fd);
    return rmdir(folder); /* fails when something was left behind */
}

static void begin(struct answer *a, int64_t row_bytes_max, int64_t response_bytes_max) {
    static const char *const wanted[] = {"retry-after", "retry-after-ms", "x-request-id"};
    struct answer_limits limits = {.wanted_headers = wanted,
                                   .wanted_count = sizeof wanted / sizeof *wanted,
                                   .row_bytes_max = row_bytes_max,
                                   .response_bytes_max = response_bytes_max,
                                   .results_fd = results_fd};
    answer_begin(a, &limits);
}

static enum transport_abort head(struct answer *a, const char *line) {
    return answer_header(a, line, strlen(line));
}

static void headers_are_found_whatever_their_case(void **state) {
    (void)state;
    struct answer a;
    answer_init(&a);
    begin(&a, 100, 1000);
    assert_int_equal(head(&a, "HTTP/1.1 100 Continue\r\n"), TRANSPORT_NOT_ABORTED);
    assert_int_equal(head(&a, "Content-Type: wrong/early\r\n"), TRANSPORT_NOT_ABORTED);
    assert_int_equal(head(&a, "\r\n"), TRANSPORT_NOT_ABORTED);
    assert_int_equal(head(&a, "HTTP/1.1 429 Too Many\r\n"), TRANSPORT_NOT_ABORTED);
    assert_string_equal(a.content_type, "");
    assert_int_equal(head(&a, "content-TYPE:  audio/wav \r\n"), TRANSPORT_NOT_ABORTED);
    assert_int_equal(head(&a, "Retry-After: 2\r\n"), TRANSPORT_NOT_ABORTED);
    assert_int_equal(head(&a, "retry-after-ms:1500"), TRANSPORT_NOT_ABORTED);
    assert_int_equal(head(&a, "x-request-id: a\033b\r\n"), TRANSPORT_NOT_ABORTED);
    assert_int_equal(head(&a, "x-request-identity: no\r\n"), TRANSPORT_NOT_ABORTED);
    assert_int_equal(a.status, 429);
    assert_string_equal(a.content_type, "audio/wav");
    assert_string_equal(a.values[0], "2");
    assert_string_equal(a.values[1], "1500");
    assert_string_equal(a.values[2], "a?b");
    answer_release(&a);
}

static void a_broken_status_line_is_no_status(void **state) {
    (void)state;
    static const char *const lines[] = {"HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 2", "HTTP/1.1 2x0 OK"};
    struct answer a;
    answer_init(&a);
    begin(&a, 100, 1000);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        assert_int_equal(head(&a, lines[i]), TRANSPORT_NOT_ABORTED);
        assert_int_equal(a.status, 0);
    }
    answer_release(&a);
}

static void headers_are_bounded_in_number_and_bytes(void **state) {
    (void)state;
    static char line[ANSWER_HEADER_BYTES_MAX + 2];
    struct answer a;
    answer_init(&a);
    begin(&a, 100, 1000);
    for (int i = 0; i < ANSWER_HEADERS_MAX; i++)
        assert_int_equal(head(&a, "a: b\r\n"), TRANSPORT_NOT_ABORTED);
    assert_int_equal(head(&a, "a: b\r\n"), TRANSPORT_ABORT_TOO_LARGE);
    begin(&a, 100, 1000);
    memset(line, 'x', sizeof line - 1);
    assert_int_equal(head(&a, line), TRANSPORT_ABORT_TOO_LARGE);
    answer_release(&a);
}

static void send_body(struct answer *a, size_t bytes, size_t piece) {
    for (size_t at = 0; at < bytes; at += piece) {
        char data[512];
        size_t n = bytes - at < piece ? bytes - at : piece;
        for (size_t i = 0; i < n; i++)
            data[i] = (char)('a' + (at + i) % 23);
        assert_int_equal(answer_body(a, data, n), TRANSPORT_NOT_ABORTED);
    }
}

static void check_file(const struct answer *a, size_t bytes) {
    assert_int_equal(a->part.bytes, bytes);
    for (size_t at = 0; at < bytes; at++) {
        char c;
        assert_int_equal(pread(a->part.fd, &c, 1, (off_t)at), 1);
        assert_int_equal(c, (char)('a' + at % 23));
    }
}

static void a_small_body_stays_in_memory_a_large_one_becomes_a_file(void **state) {
    (void)state;
    struct err e;
    struct answer a;
    answer_init(&a);
    begin(&a, 1000, 5000);
    assert_int_equal(head(&a, "HTTP/1.1 200 OK"), TRANSPORT_NOT_ABORTED);
    send_body(&a, 1000, 77);
    assert_false(answer_is_large(&a));
    assert_int_equal(a.body.bytes, 1000);
    assert_int_equal(a.part.fd, -1);
    begin(&a, 1000, 5000);
    assert_int_equal(head(&a, "HTTP/1.1 200 OK"), TRANSPORT_NOT_ABORTED);
    send_body(&a, 3001, 77);
    assert_true(answer_is_large(&a));
    assert_int_equal(a.body.bytes, 0);
    assert_true(answer_to_file(&a, &e));
    check_file(&a, 3001);
    answer_release(&a);
}

/* Many calls lie in wait for the next one to be made. */
static void a_cleared_answer_keeps_little_memory(void **state) {
    (void)state;
    static const char piece[1024] = {1};
    struct answer a;
    answer_init(&a);
    for (int pieces = 1; pieces <= 32; pieces *= 32) {
        begin(&a, 64 * 1024, 64 * 1024);
        assert_int_equal(head(&a, "HTTP/1.1 200 OK\r\n"), TRANSPORT_NOT_ABORTED);
        for (int i = 0; i < pieces; i++)
            assert_int_equal(answer_body(&a, piece, sizeof piece), TRANSPORT_NOT_ABORTED);
        assert_int_equal(a.body.bytes, pieces * (int)sizeof piece);
        answer_clear(&a);
        assert_true(pieces == 1 ? a.body.room > 0 : a.body.room == 0);
    }
    answer_release(&a);
}

static void a_body_over_the_limit_ends_the_call(void **state) {
    (void)state;
    char data[512] = {0};
    struct answer a;
    answer_init(&a);
    begin(&a, 100, 1000);
    assert_int_equal(head(&a, "HTTP/1.1 200 OK"), TRANSPORT_NOT_ABORTED);
    assert_int_equal(answer_body(&a, data, 500), TRANSPORT_NOT_ABORTED);
    assert_int_equal(answer_body(&a, data, 500), TRANSPORT_NOT_ABORTED);
    assert_int_equal(answer_body(&a, data, 1), TRANSPORT_ABORT_TOO_LARGE);
    answer_release(&a);
}

static void of_an_error_only_the_beginning_is_kept(void **state) {
    (void)state;
    struct answer a;
    answer_init(&a);
    begin(&a, 100, 1 << 20);
    assert_int_equal(head(&a, "HTTP/1.1 500 Oh"), TRANSPORT_NOT_ABORTED);
    send_body(&a, 100000, 500);
    assert_int_equal(a.received_bytes, 100000);
    assert_int_equal(a.bytes, 0);
    assert_int_equal(a.excerpt.bytes, ANSWER_EXCERPT_BYTES);
    assert_int_equal(a.body.bytes, 0);
    assert_int_equal(a.part.fd, -1);
    answer_release(&a);
}

/* The disk is full: the rest waits in memory and
 * is written when there is space. */
static void a_full_disk_loses_nothing(void **state) {
    (void)state;
    struct err e = {0};
    struct answer a;
    answer_init(&a);
    begin(&a, 1000, 50000);
    assert_int_equal(head(&a, "HTTP/1.1 200 OK"), TRANSPORT_NOT_ABORTED);
    send_body(&a, 2310, 77);
    a.disk_full = true; /* what keep_in_file does after ERR_SPACE */
    for (size_t at = 2310; at < 9000; at++) {
        char c = (char)('a' + at % 23);
        assert_int_equal(answer_body(&a, &c, 1), TRANSPORT_NOT_ABORTED);
    }
    assert_int_equal(a.part.bytes + (int64_t)a.body.bytes, 9000);
    assert_true(answer_to_file(&a, &e));
    check_file(&a, 9000);
    answer_release(&a);
}

/* ---- bodies that hold the audio as text ------------------------------------------------------ */

static struct decode_plan *plan_of(const struct decode_spec *spec) {
    struct decode_plan *plan = NULL;
    const char *which;
    size_t at;
    struct err e;
    assert_true(decode_plan_new(spec, &plan, &which, &at, &e));
    return plan;
}

static void begin_with(struct answer *a, const struct decode_plan *plan, int64_t row_bytes_max,
                       const char *status, const char *type) {
    static const char *const wanted[] = {"x-cost", "x-none"};
    struct answer_limits limits = {.plan = plan,
                                   .wanted_headers = wanted,
                                   .wanted_count = 2,
                                   .row_bytes_max = row_bytes_max,
                                   .response_bytes_max = 1 << 20,
                                   .results_fd = results_fd};
    answer_begin(a, &limits);
    assert_int_equal(head(a, status), TRANSPORT_NOT_ABORTED);
    assert_int_equal(head(a, type), TRANSPORT_NOT_ABORTED);
    assert_int_equal(head(a, "X-Cost: 17\r\n"), TRANSPORT_NOT_ABORTED);
}

static void say(struct answer *a, const char *body) {
    assert_int_equal(answer_body(a, body, strlen(body)), TRANSPORT_NOT_ABORTED);
}

/* `bytes` of the audio that check_file expects, as hexadecimal JSON text. */
static void say_hex(struct answer *a, size_t bytes) {
    say(a, "{\"a\":\"");
    for (size_t at = 0; at < bytes; at++) {
        char text[3];
        (void)snprintf(text, sizeof text, "%02x", 'a' + (unsigned)(at % 23));
        say(a, text);
    }
}

static void decoded_audio_is_what_counts(void **state) {
    (void)state;
    static const char *const facts[] = {"/code", "/none"};
    struct decode_spec spec = {
        .form = DECODE_JSON, .coding = DECODE_HEX, .audio = "/a", .facts = facts, .fact_count = 2};
    struct decode_plan *plan = plan_of(&spec);
    struct err e;
    struct answer a;
    answer_init(&a);
    for (int64_t row_bytes_max = 900; row_bytes_max <= 1000; row_bytes_max += 100) {
        begin_with(&a, plan, row_bytes_max, "HTTP/1.1 200 OK", "Content-Type: application/json");
        say_hex(&a, 1000);
        say(&a, "\",\"code\":3000}");
        assert_int_equal(answer_end(&a), TRANSPORT_NOT_ABORTED);
        assert_string_equal(a.problem, "");
        assert_true(a.is_decoded);
        assert_int_equal(a.bytes, 1000);
        assert_int_equal(a.received_bytes, 2000 + 6 + 14);
        assert_string_equal(answer_fact(&a, 0), "3000");
        assert_null(answer_fact(&a, 1));
        assert_string_equal(a.values[0], "17");
        assert_string_equal(a.values[1], "");
        assert_int_equal(answer_is_large(&a), row_bytes_max == 900);
        assert_true(answer_to_file(&a, &e));
        check_file(&a, 1000);
    }
    decode_plan_free(plan);
    answer_release(&a);
}

static void a_body_that_cannot_be_read_is_a_problem_not_an_end(void **state) {
    (void)state;
    struct decode_spec spec = {.form = DECODE_JSON, .coding = DECODE_HEX, .audio = "/a"};
    struct decode_plan *plan = plan_of(&spec);
    struct answer a;
    answer_init(&a);
    begin_with(&a, plan, 100, "HTTP/1.1 200 OK", "Content-Type: application/json");
    say(&a, "{\"a\":\"6g");
    say(&a, "more of it");
    assert_int_equal(answer_end(&a), TRANSPORT_NOT_ABORTED);
    assert_string_equal(a.problem, "bad hexadecimal: g at character 1");
    assert_string_equal(buf_str(&a.excerpt), "{\"a\":\"6gmore of it");
    begin_with(&a, plan, 100, "HTTP/1.1 200 OK", "Content-Type: application/json");
    say(&a, "{\"a\":\"61\"");
    assert_int_equal(answer_end(&a), TRANSPORT_NOT_ABORTED);
    assert_string_equal(a.problem, "JSON cut short after 9 bytes");
    decode_plan_free(plan);
    answer_release(&a);
}

static void audio_that_was_not_asked_for_is_taken_as_it_is(void **state) {
    (void)state;
    struct decode_spec spec = {.form = DECODE_EVENTS, .coding = DECODE_BASE64, .audio = "/a"};
    struct decode_plan *plan = plan_of(&spec);
    struct answer a;
    answer_init(&a);
    begin_with(&a, plan, 100, "HTTP/1.1 200 OK", "Content-Type: audio/wav");
    say(&a, "RIFF{");
    assert_int_equal(answer_end(&a), TRANSPORT_NOT_ABORTED);
    assert_false(a.is_decoded);
    assert_string_equal(buf_str(&a.body), "RIFF{");
    decode_plan_free(plan);
    answer_release(&a);
}

static void errors_have_facts_also_with_status_200(void **state) {
    (void)state;
    static const char *const facts[] = {"/detail/status"};
    struct decode_spec spec = {.form = DECODE_BODY, .facts = facts, .fact_count = 1};
    struct decode_plan *plan = plan_of(&spec);
    struct answer a;
    answer_init(&a);
    begin_with(&a, plan, 100, "HTTP/1.1 429 Too Many", "Content-Type: application/json");
    say(&a, "{\"detail\":{\"status\":\"system_busy\"}}");
    assert_int_equal(answer_end(&a), TRANSPORT_NOT_ABORTED);
    assert_string_equal(answer_fact(&a, 0), "system_busy");
    begin_with(&a, plan, 100, "HTTP/1.1 200 OK", "Content-Type: application/json");
    say(&a, "{\"detail\":{\"status\":\"oh\"}} and then no JSON");
    assert_int_equal(answer_end(&a), TRANSPORT_NOT_ABORTED);
    assert_string_equal(answer_fact(&a, 0), "oh");
    assert_string_equal(a.problem, "");
    assert_string_equal(buf_str(&a.body), "{\"detail\":{\"status\":\"oh\"}} and then no JSON");
    begin_with(&a, plan, 100, "HTTP/1.1 200 OK", "Content-Type: audio/wav");
    say(&a, "{\"detail\":{\"status\":\"no\"}}");
    assert_null(answer_fact(&a, 0)); /* and not that of the answer before */
    decode_plan_free(plan);
    answer_release(&a);
}

static void a_repetition_is_taken_back_out_of_memory_and_file(void **state) {
    (void)state;
    struct err e;
    struct answer a;
    answer_init(&a);
    begin(&a, 1000, 50000);
    assert_int_equal(head(&a, "HTTP/1.1 200 OK"), TRANSPORT_NOT_ABORTED);
    send_body(&a, 4620, 77);
    a.disk_full = true; /* the rest stays in memory */
    send_body(&a, 300, 77);
    assert_true(take_back_audio(&a, 200, &e));
    assert_int_equal(a.body.bytes, 100);
    assert_true(take_back_audio(&a, 100 + 4000, &e));
    assert_int_equal(a.bytes, 620);
    assert_true(answer_is_large(&a)); /* it is in a file already */
    check_file(&a, 620);
    for (size_t at = 620; at < 800; at++) {
        char c = (char)('a' + at % 23);
        assert_int_equal(answer_body(&a, &c, 1), TRANSPORT_NOT_ABORTED);
    }
    assert_true(answer_to_file(&a, &e));
    check_file(&a, 800);
    answer_release(&a);
}

static void what_is_fetched_replaces_the_body_and_keeps_the_head(void **state) {
    (void)state;
    struct decode_spec spec = {.form = DECODE_JSON, .coding = DECODE_URL, .audio = "/url"};
    struct decode_plan *plan = plan_of(&spec);
    struct answer a;
    answer_init(&a);
    begin_with(&a, plan, 100, "HTTP/1.1 200 OK", "Content-Type: application/json");
    say(&a, "{\"url\":\"https://h/a\"}");
    assert_int_equal(answer_end(&a), TRANSPORT_NOT_ABORTED);
    assert_string_equal(answer_url(&a), "https://h/a");
    answer_fetch(&a);
    assert_int_equal(head(&a, "HTTP/1.1 500 Oh"), TRANSPORT_NOT_ABORTED);
    assert_int_equal(head(&a, "Content-Type: text/html"), TRANSPORT_NOT_ABORTED);
    say(&a, "no");
    assert_int_equal(a.fetch_status, 500);
    assert_int_equal(a.bytes, 0);
    answer_fetch(&a);
    assert_int_equal(head(&a, "HTTP/1.1 200 OK"), TRANSPORT_NOT_ABORTED);
    say(&a, "RIFF");
    assert_int_equal(a.status, 200);
    assert_string_equal(a.content_type, "application/json");
    assert_string_equal(a.values[0], "17");
    assert_string_equal(buf_str(&a.body), "RIFF");
    assert_string_equal(answer_url(&a), "https://h/a");
    decode_plan_free(plan);
    answer_release(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_are_found_whatever_their_case),
        cmocka_unit_test(a_broken_status_line_is_no_status),
        cmocka_unit_test(headers_are_bounded_in_number_and_bytes),
        cmocka_unit_test(a_small_body_stays_in_memory_a_large_one_becomes_a_file),
        cmocka_unit_test(a_cleared_answer_keeps_little_memory),
        cmocka_unit_test(a_body_over_the_limit_ends_the_call),
        cmocka_unit_test(of_an_error_only_the_beginning_is_kept),
        cmocka_unit_test(a_full_disk_loses_nothing),
        cmocka_unit_test(decoded_audio_is_what_counts),
        cmocka_unit_test(a_body_that_cannot_be_read_is_a_problem_not_an_end),
        cmocka_unit_test(audio_that_was_not_asked_for_is_taken_as_it_is),
        cmocka_unit_test(errors_have_facts_also_with_status_200),
        cmocka_unit_test(a_repetition_is_taken_back_out_of_memory_and_file),
        cmocka_unit_test(what_is_fetched_replaces_the_body_and_keeps_the_head),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
