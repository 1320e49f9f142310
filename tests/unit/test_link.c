/* test_link: the protocol's words, and a child's end of it on real pipes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fleet/link.h"

#define SEEN_BYTES 512

/* --- words ----------------------------------------------------------------------------------- */

static void ids_round_trip(void **state) {
    (void)state;
    static const int64_t ids[] = {1, 0xabcdef, INT64_C(0x3fffffffffffffff), INT64_MAX};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        char text[LINK_ID_BYTES];
        int64_t back = 0;
        assert_true(link_id_read(link_id_write(ids[i], text), &back));
        assert_int_equal(back, ids[i]);
    }
}

static void malformed_ids_are_refused(void **state) {
    (void)state;
    static const char *const texts[] = {
        "",
        "1",
        "0000000000000000",
        "ffffffffffffffff",
        "00000000000000001",
        "000000000000000G",
        "000000000000000A",
        "-000000000000001",
        " 00000000000000a",
        "000000000000000a ",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int64_t id = 42;
        assert_false(link_id_read(texts[i], &id));
        assert_int_equal(id, 42);
    }
}

struct lines {
    int count;
    char text[SEEN_BYTES];
};

static void collect(void *arg, const char *line) {
    struct lines *l = arg;
    l->count++;
    size_t used = strlen(l->text);
    (void)snprintf(l->text + used, sizeof l->text - used, "%s|", line);
}

static void lines_come_whole_however_they_are_cut(void **state) {
    (void)state;
    static const char stream[] = "ready\nbeat 12\n\ndead 000000000000002a\n";
    for (size_t step = 1; step < sizeof stream; step++) {
        struct link_reader r = {0};
        struct lines got = {0};
        size_t bytes = sizeof stream - 1;
        for (size_t at = 0; at < bytes; at += step)
            link_reader_feed(&r, stream + at, bytes - at < step ? bytes - at : step, collect, &got);
        assert_string_equal(got.text, "ready|beat 12||dead 000000000000002a|");
    }
}

static void too_long_lines_are_dropped_whole(void **state) {
    (void)state;
    char longest[LINK_LINE_MAX + 1];
    memset(longest, 'a', LINK_LINE_MAX);
    longest[LINK_LINE_MAX] = '\0';
    struct link_reader r = {0};
    struct lines got = {0};
    link_reader_feed(&r, longest, LINK_LINE_MAX, collect, &got);
    link_reader_feed(&r, "\n", 1, collect, &got);
    assert_int_equal(got.count, 1);
    link_reader_feed(&r, longest, LINK_LINE_MAX, collect, &got);
    link_reader_feed(&r, "b\nready\n", 8, collect, &got);
    assert_int_equal(got.count, 2);
    assert_string_equal(got.text + LINK_LINE_MAX + 1, "ready|");
}

/* --- a child on pipes ------------------------------------------------------------------------ */

static struct link *child_link;

static void say(const char *word) {
    char line[LINK_LINE_MAX];
    int n = snprintf(line, sizeof line, "%s\n", word);
    ssize_t ignored = write(STDOUT_FILENO, line, (size_t)n);
    (void)ignored;
}

static void on_reload(void *arg) {
    (void)arg;
    say("on_reload");
}

static void on_drain(void *arg) {
    (void)arg;
    say("on_drain");
}

static void on_stop(void *arg) {
    (void)arg;
    say("on_stop");
    link_close(child_link);
}

static void on_refused(void *arg) {
    (void)arg;
    say("on_refused");
}

static void on_dead(void *arg, int64_t id) {
    (void)arg;
    char text[LINK_ID_BYTES];
    say(link_id_write(id, text));
}

/* What a worker does, in a process of its own; its handlers speak through the report pipe. */
static _Noreturn void child_run(int control_fd, int report_fd) {
    static const struct link_handlers handlers = {on_reload, on_drain, on_stop, on_dead, on_refused};
    uv_loop_t loop;
    struct err e;
    if (dup2(control_fd, STDIN_FILENO) < 0 || dup2(report_fd, STDOUT_FILENO) < 0)
        _exit(101);
    for (int fd = STDERR_FILENO + 1; fd < 64; fd++)
        (void)close(fd);
    if (uv_loop_init(&loop) != 0 || !link_open(&child_link, &loop, &handlers, NULL, &e))
        _exit(102);
    link_ready(child_link);
    link_beat(child_link, 7);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    _exit(uv_loop_close(&loop) == 0 ? 0 : 103);
}

struct parent {
    pid_t pid;
    int control_fd;
    int report_fd;
    FILE *report;
};

static struct parent child_start(void) {
    int control[2], report[2];
    assert_int_equal(pipe(control), 0);
    assert_int_equal(pipe(report), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        child_run(control[0], report[1]);
    close(control[0]);
    close(report[1]);
    struct parent p = {.pid = pid, .control_fd = control[1], .report_fd = report[0]};
    p.report = fdopen(p.report_fd, "r");
    assert_non_null(p.report);
    return p;
}

/* Waits for the next line; the test's own time limit is the deadline. */
static void expect_line(struct parent *p, const char *wanted) {
    char line[SEEN_BYTES] = "";
    assert_non_null(fgets(line, sizeof line, p->report));
    line[strcspn(line, "\n")] = '\0';
    assert_string_equal(line, wanted);
}

static void tell(struct parent *p, const char *text) {
    assert_int_equal(write(p->control_fd, text, strlen(text)), strlen(text));
}

static void expect_end(struct parent *p) {
    int status;
    assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    (void)fclose(p->report);
}

static void a_child_hears_every_word(void **state) {
    (void)state;
    struct parent p = child_start();
    expect_line(&p, "ready");
    expect_line(&p, "beat 7");
    tell(&p, "reload\nnonsense\ndead 00000000000000ff\ndead xyz\ndr");
    expect_line(&p, "on_reload");
    expect_line(&p, "00000000000000ff");
    tell(&p, "ain\ndrain\nreload\nrefused\n");
    expect_line(&p, "on_drain");
    expect_line(&p, "on_reload");
    expect_line(&p, "on_refused");
    tell(&p, "stop\nstop\n");
    expect_line(&p, "on_stop");
    close(p.control_fd);
    expect_end(&p);
}

static void signals_drain_then_stop(void **state) {
    (void)state;
    struct parent p = child_start();
    expect_line(&p, "ready");
    expect_line(&p, "beat 7");
    assert_int_equal(kill(p.pid, SIGINT), 0);
    assert_int_equal(kill(p.pid, SIGHUP), 0);
    expect_line(&p, "on_reload");
    tell(&p, "drain\n");
    expect_line(&p, "on_drain");
    assert_int_equal(kill(p.pid, SIGTERM), 0); /* the first signal: the same drain */
    assert_int_equal(kill(p.pid, SIGHUP), 0);
    expect_line(&p, "on_reload"); /* so no on_stop came between */
    /* a signal is pending or handled before a later one is heard, so this is a second one */
    assert_int_equal(kill(p.pid, SIGTERM), 0);
    expect_line(&p, "on_stop");
    close(p.control_fd);
    expect_end(&p);
}

static void end_of_file_drains(void **state) {
    (void)state;
    struct parent p = child_start();
    expect_line(&p, "ready");
    expect_line(&p, "beat 7");
    close(p.control_fd);
    expect_line(&p, "on_drain");
    assert_int_equal(kill(p.pid, SIGHUP), 0);
    expect_line(&p, "on_reload");
    assert_int_equal(kill(p.pid, SIGTERM), 0);
    assert_int_equal(kill(p.pid, SIGHUP), 0);
    expect_line(&p, "on_reload");
    assert_int_equal(kill(p.pid, SIGTERM), 0);
    expect_line(&p, "on_stop");
    expect_end(&p);
}

static void without_a_supervisor_it_is_refused(void **state) {
    (void)state;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        static const struct link_handlers handlers = {on_reload, on_drain, on_stop, NULL, NULL};
        uv_loop_t loop;
        struct err e;
        int null = open("/dev/null", O_RDWR);
        bool ready = null >= 0 && dup2(null, STDIN_FILENO) == 0 && uv_loop_init(&loop) == 0;
        bool opened = ready && link_open(&child_link, &loop, &handlers, NULL, &e);
        _exit(ready && !opened && e.code == ERR_USAGE ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_round_trip),
        cmocka_unit_test(malformed_ids_are_refused),
        cmocka_unit_test(lines_come_whole_however_they_are_cut),
        cmocka_unit_test(too_long_lines_are_dropped_whole),
        cmocka_unit_test(a_child_hears_every_word),
        cmocka_unit_test(signals_drain_then_stop),
        cmocka_unit_test(end_of_file_drains),
        cmocka_unit_test(without_a_supervisor_it_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
