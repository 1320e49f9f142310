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
    struct answer_limits limits = {.request_id_header = "X-Request-Id",
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
    assert_string_equal(a.retry_after, "2");
    assert_string_equal(a.retry_after_ms, "1500");
    assert_string_equal(a.request_id, "a?b");
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
    assert_int_equal(a.bytes, 100000);
    assert_int_equal(a.body.bytes, ANSWER_EXCERPT_BYTES);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_are_found_whatever_their_case),
        cmocka_unit_test(a_broken_status_line_is_no_status),
        cmocka_unit_test(headers_are_bounded_in_number_and_bytes),
        cmocka_unit_test(a_small_body_stays_in_memory_a_large_one_becomes_a_file),
        cmocka_unit_test(a_body_over_the_limit_ends_the_call),
        cmocka_unit_test(of_an_error_only_the_beginning_is_kept),
        cmocka_unit_test(a_full_disk_loses_nothing),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
