/* test_random: numbers differ, also between a process and its child. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/random.h"

#define NUMBERS 1000 /* more than are taken from the kernel at a time */

static void numbers_differ(void **state) {
    (void)state;
    static uint64_t seen[NUMBERS];
    for (size_t i = 0; i < NUMBERS; i++) {
        seen[i] = random_u64();
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(seen[i], seen[k]);
    }
}

static void ids_fit(void **state) {
    (void)state;
    for (size_t i = 0; i < NUMBERS; i++) {
        int64_t id = random_id();
        assert_true(id >= 1 && id < INT64_C(1) << 62);
    }
}

/* What was taken from the kernel before the fork is the parent's alone. */
static void child_has_its_own(void **state) {
    (void)state;
    int ends[2], status;
    uint64_t ours, theirs = 0;
    (void)random_u64();
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        theirs = random_u64();
        _exit(write(ends[1], &theirs, sizeof theirs) == (ssize_t)sizeof theirs ? 0 : 1);
    }
    ours = random_u64();
    assert_int_equal(read(ends[0], &theirs, sizeof theirs), sizeof theirs);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_not_equal(ours, theirs);
    close(ends[0]);
    close(ends[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_differ),
        cmocka_unit_test(ids_fit),
        cmocka_unit_test(child_has_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
