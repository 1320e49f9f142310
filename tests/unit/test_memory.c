/* test_memory: limits of control groups, of both versions,
 * read from a tree as the kernel shows it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

static char dir[] = "/tmp/test_memory_XXXXXX";

static const char *path_of(const char *name) {
    static char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static void write_file(const char *name, const char *text) {
    FILE *file = fopen(path_of(name), "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0 && fclose(file) == 0);
}

static int64_t limit_of(const char *self) {
    char path[256];
    write_file("self", self);
    (void)snprintf(path, sizeof path, "%s/self", dir);
    return memory_group_limit_bytes(path, dir);
}

static int make_tree(void **state) {
    (void)state;
    static const char *const folders[] = {"memory", "memory/a", "memory/a/b", "x", "x/y"};
    if (!mkdtemp(dir))
        return -1;
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        if (mkdir(path_of(folders[i]), 0700) != 0)
            return -1;
    write_file("memory/memory.limit_in_bytes", "9223372036854771712\n");
    write_file("memory/a/memory.limit_in_bytes", "1000000\n");
    write_file("memory/a/b/memory.limit_in_bytes", "2000000\n");
    write_file("x/memory.max", "max\n");
    write_file("x/y/memory.max", "3000000\n");
    return 0;
}

static int remove_tree(void **state) {
    (void)state;
    static const char *const names[] = {"self",
                                        "memory/memory.limit_in_bytes",
                                        "memory/a/memory.limit_in_bytes",
                                        "memory/a/b/memory.limit_in_bytes",
                                        "x/memory.max",
                                        "x/y/memory.max",
                                        "memory/a/b",
                                        "memory/a",
                                        "memory",
                                        "x/y",
                                        "x",
                                        ""};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (remove(path_of(names[i])) != 0)
            return -1;
    return 0;
}

static void the_least_on_the_way_up_counts(void **state) {
    (void)state;
    assert_int_equal(limit_of("5:cpu,cpuacct:/\n4:memory:/a/b\n0::/\n"), 1000000);
    assert_int_equal(limit_of("4:hugetlb,memory:/a\n"), 1000000);
    assert_int_equal(limit_of("0::/x/y\n"), 3000000);
    assert_int_equal(limit_of("4:memory:/a/b\n0::/x/y\n"), 1000000);
}

static void a_group_that_is_not_seen_is_that_of_its_root(void **state) {
    (void)state;
    assert_int_equal(limit_of("0::/x/y/gone\n"), 3000000);
    assert_int_equal(limit_of("4:memory:/docker/1234\n"), 9223372036854771712);
}

static void without_a_limit_there_is_none(void **state) {
    (void)state;
    assert_int_equal(limit_of("0::/x\n"), INT64_MAX);
    assert_int_equal(limit_of("4:cpu:/a/b\n"), INT64_MAX);
    assert_int_equal(limit_of("nonsense\n:\n::\n"), INT64_MAX);
    assert_int_equal(limit_of(""), INT64_MAX);
    assert_int_equal(memory_group_limit_bytes("/nonexistent", dir), INT64_MAX);
}

static void the_machine_tells_what_is_free(void **state) {
    (void)state;
    assert_true(memory_available_bytes() > 1 << 20);
    assert_true(memory_address_limit_bytes() > 1 << 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_on_the_way_up_counts),
        cmocka_unit_test(a_group_that_is_not_seen_is_that_of_its_root),
        cmocka_unit_test(without_a_limit_there_is_none),
        cmocka_unit_test(the_machine_tells_what_is_free),
    };
    return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
