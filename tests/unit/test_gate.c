/* test_gate: what one process says at the shared gate, another hears. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fleet/gate.h"

static char dir[] = "/tmp/ttsq-gate-XXXXXX";

static struct gate *gate_new(void) {
    struct gate *g = NULL;
    struct err e;
    if (!gate_open(&g, dir, &e))
        fail_msg("%s", e.msg);
    return g;
}

static void another_process_hears_it(void **state) {
    (void)state;
    struct gate *g = gate_new();
    assert_int_equal(gate_until(g, 7, 100000), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct gate *own = NULL;
        struct err e;
        if (!gate_open(&own, dir, &e))
            _exit(1);
        gate_raise(own, 7, 100500, 100000);
        _exit(0);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(gate_until(g, 7, 100000), 100500);
    assert_int_equal(gate_until(g, 8, 100000), 0);
    gate_close(g);
}

static void a_hint_is_short_and_is_never_shortened(void **state) {
    (void)state;
    struct gate *g = gate_new();
    gate_raise(g, 9, INT64_MAX, 200000);
    assert_int_equal(gate_until(g, 9, 200000), 200000 + GATE_HINT_MS);
    gate_raise(g, 9, 200010, 200000);
    assert_int_equal(gate_until(g, 9, 200000), 200000 + GATE_HINT_MS);
    assert_int_equal(gate_until(g, 9, 200000 + GATE_HINT_MS), 0);
    gate_raise(g, 9, 100, 300000); /* past */
    assert_int_equal(gate_until(g, 9, 300000), 0);
    gate_close(g);
}

/* What is left of another boot lies far ahead: it is no hint, and a new one replaces it. */
static void another_boots_hint_counts_for_nothing(void **state) {
    (void)state;
    struct gate *g = gate_new();
    gate_raise(g, 3, INT64_MAX, 900000000);
    assert_int_equal(gate_until(g, 3, 1000), 0);
    gate_raise(g, 3, 1500, 1000);
    assert_int_equal(gate_until(g, 3, 1000), 1500);
    gate_close(g);
}

static int set_up(void **state) {
    (void)state;
    return mkdtemp(dir) ? 0 : 1;
}

static int tear_down(void **state) {
    char path[sizeof dir + 8];
    (void)state;
    (void)snprintf(path, sizeof path, "%s/gate", dir);
    return unlink(path) || rmdir(dir);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_process_hears_it),
        cmocka_unit_test(a_hint_is_short_and_is_never_shortened),
        cmocka_unit_test(another_boots_hint_counts_for_nothing),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
