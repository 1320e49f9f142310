/* test_file: on the real file system; kills are real kills. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/sha256.h"
#include "tests/lib/read_file.h"

static char dir[] = "/tmp/test_file_XXXXXX";
static int dir_fd = -1;

static int make_dir(void **state) {
    (void)state;
    struct err e;
    return mkdtemp(dir) && file_open_dir(dir, &dir_fd, &e) ? 0 : -1;
}

static int remove_dir(void **state) {
    (void)state;
    close(dir_fd);
    return rmdir(dir); /* fails when a test left something behind */
}

static void path_of(const char *name, char out[256]) {
    (void)snprintf(out, 256, "%s/%s", dir, name);
}

static void write_file(const char *name, const void *data, size_t bytes) {
    int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    struct err e;
    assert_true(fd >= 0 && file_write_all(fd, data, bytes, &e));
    close(fd);
}

static void expect_content(const char *name, const void *data, size_t bytes) {
    char path[256];
    struct buf content;
    path_of(name, path);
    read_file(path, &content);
    assert_int_equal(content.bytes, bytes);
    assert_memory_equal(buf_str(&content), data, bytes);
    buf_release(&content);
}

static int count_entries(void) {
    int n = 0;
    DIR *d = opendir(dir);
    assert_non_null(d);
    while (readdir(d))
        n++;
    closedir(d);
    return n - 2;
}

static void directories_are_made_all_the_way(void **state) {
    (void)state;
    char path[256], longest[5000];
    struct err e;
    path_of("a//b/c/", path);
    assert_true(file_mkdir_p(path, 0750, &e));
    assert_true(file_mkdir_p(path, 0750, &e));
    struct stat st;
    assert_int_equal(fstatat(dir_fd, "a/b/c", &st, 0), 0);
    assert_true(S_ISDIR(st.st_mode));
    write_file("a/f", "x", 1);
    path_of("a/f/d", path);
    assert_false(file_mkdir_p(path, 0750, &e));
    assert_int_equal(e.code, ERR_IO);
    assert_false(file_mkdir_p("", 0750, &e));
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_false(file_mkdir_p(longest, 0750, &e));
    assert_int_equal(unlinkat(dir_fd, "a/f", 0), 0);
    assert_int_equal(unlinkat(dir_fd, "a/b/c", AT_REMOVEDIR), 0);
    assert_int_equal(unlinkat(dir_fd, "a/b", AT_REMOVEDIR), 0);
    assert_int_equal(unlinkat(dir_fd, "a", AT_REMOVEDIR), 0);
}

static void a_part_has_no_name_until_it_is_published(void **state) {
    (void)state;
    struct file_part part;
    struct err e;
    bool was_there = true;
    assert_true(file_part_open(&part, dir_fd, &e));
    assert_true(file_part_write(&part, "hello ", 6, &e));
    assert_true(file_part_write(&part, "world", 5, &e));
    assert_int_equal(part.bytes, 11);
    assert_int_equal(count_entries(), part.name[0] ? 1 : 0);
    assert_true(file_part_publish(&part, dir_fd, "result", &was_there, &e));
    assert_false(was_there);
    file_part_discard(&part);
    file_part_discard(&part);
    expect_content("result", "hello world", 11);
    assert_int_equal(count_entries(), 1);
    assert_int_equal(unlinkat(dir_fd, "result", 0), 0);
}

static void publishing_again_is_no_conflict(void **state) {
    (void)state;
    struct err e;
    for (int i = 0; i < 3; i++) {
        struct file_part part;
        bool was_there = i == 0;
        assert_true(file_part_open(&part, dir_fd, &e));
        assert_true(file_part_write(&part, "same", 4, &e));
        assert_true(file_part_publish(&part, dir_fd, "address", &was_there, &e));
        assert_int_equal(was_there, i > 0);
        file_part_discard(&part);
    }
    assert_int_equal(count_entries(), 1);
    assert_int_equal(unlinkat(dir_fd, "address", 0), 0);
}

static void a_damaged_result_is_replaced(void **state) {
    (void)state;
    struct file_part part;
    struct err e;
    bool was_there = true;
    write_file("address", "sam", 3);
    assert_true(file_part_open(&part, dir_fd, &e));
    assert_true(file_part_write(&part, "same", 4, &e));
    assert_true(file_part_publish(&part, dir_fd, "address", &was_there, &e));
    assert_false(was_there);
    file_part_discard(&part);
    expect_content("address", "same", 4);
    assert_int_equal(count_entries(), 1);
    assert_int_equal(unlinkat(dir_fd, "address", 0), 0);
}

static void a_discarded_part_is_gone(void **state) {
    (void)state;
    struct file_part part;
    struct err e;
    assert_true(file_part_open(&part, dir_fd, &e));
    assert_true(file_part_write(&part, "x", 1, &e));
    file_part_discard(&part);
    assert_int_equal(count_entries(), 0);
    assert_int_equal(part.fd, -1);
}

static void publishing_into_nowhere_is_an_error(void **state) {
    (void)state;
    struct file_part part;
    struct err e;
    bool was_there = true;
    assert_true(file_part_open(&part, dir_fd, &e));
    assert_false(file_part_publish(&part, dir_fd, "no/such/dir", &was_there, &e));
    assert_int_equal(e.detail, ENOENT);
    assert_true(was_there);
    file_part_discard(&part);
    assert_false(file_part_open(&part, 999, &e));
    file_part_discard(&part);
}

#ifdef TTSQ_FAULT_POINTS
/* Dies at the fault point `spec` while publishing; returns the signal. */
static int publish_and_die(const char *spec) {
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct file_part part;
        struct err e;
        bool was_there;
        (void)setenv("TTSQ_FAULT", spec, 1);
        bool ok = file_part_open(&part, dir_fd, &e) && file_part_write(&part, "paid", 4, &e) &&
                  file_part_publish(&part, dir_fd, "result", &was_there, &e);
        _exit(ok ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void a_kill_leaves_all_or_nothing(void **state) {
    (void)state;
    assert_int_equal(publish_and_die("result_before_link:kill:1"), SIGKILL);
    assert_int_equal(faccessat(dir_fd, "result", F_OK, 0), -1);
    (void)file_part_sweep(dir_fd);
    assert_int_equal(count_entries(), 0);
    assert_int_equal(publish_and_die("result_after_link:kill:1"), SIGKILL);
    expect_content("result", "paid", 4);
    (void)file_part_sweep(dir_fd);
    assert_int_equal(count_entries(), 1);
    assert_int_equal(unlinkat(dir_fd, "result", 0), 0);
}
#endif

static void the_sweep_spares_parts_whose_process_lives(void **state) {
    (void)state;
    write_file(".part-00000000000000aa", "dead", 4);
    write_file(".part-00000000000000bb", "lives", 5);
    write_file("result", "kept", 4);
    int fd = openat(dir_fd, ".part-00000000000000bb", O_RDWR | O_CLOEXEC);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_int_equal(file_part_sweep(dir_fd), 1);
    expect_content(".part-00000000000000bb", "lives", 5);
    close(fd);
    assert_int_equal(file_part_sweep(dir_fd), 1);
    assert_int_equal(file_part_sweep(dir_fd), 0);
    assert_int_equal(count_entries(), 1);
    assert_int_equal(unlinkat(dir_fd, "result", 0), 0);
}

static void a_lock_has_one_holder_and_ends_with_it(void **state) {
    (void)state;
    char path[256], pid_text[32];
    int ready[2], fd = -1;
    struct err e;
    path_of("lock", path);
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        int mine;
        bool ok = file_lock_open(path, &mine, &e) && write(ready[1], "r", 1) == 1;
        while (ok)
            pause();
        _exit(1);
    }
    close(ready[1]);
    char byte;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    assert_false(file_lock_open(path, &fd, &e));
    assert_int_equal(e.code, ERR_LATER);
    (void)snprintf(pid_text, sizeof pid_text, "process %ld", (long)pid);
    assert_non_null(strstr(e.msg, pid_text));
    assert_int_equal(fd, -1);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_true(file_lock_open(path, &fd, &e));
    close(fd);
    assert_int_equal(unlink(path), 0);
}

static void here_is_no_network(void **state) {
    (void)state;
    bool network = true;
    const char *name = "";
    struct err e;
    assert_true(file_is_network_fs("/proc", &network, &name, &e));
    assert_false(network);
    assert_string_equal(name, "local");
    network = true;
    assert_false(file_is_network_fs("/nonexistent", &network, &name, &e));
    assert_true(network);
}

/* FIPS 180-2 examples, and that cutting does not matter. */
static void sha256_is_sha256(void **state) {
    (void)state;
    static const char text[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    static const char hex[] = "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1";
    char out[SHA256_HEX_BYTES];
    assert_string_equal(sha256_hex_of("", 0, out),
                        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_string_equal(sha256_hex_of(text, strlen(text), out), hex);
    for (size_t cut = 0; cut <= strlen(text); cut++) {
        struct sha256 sha;
        unsigned char digest[SHA256_BYTES];
        sha256_init(&sha);
        sha256_add(&sha, text, cut);
        sha256_add(&sha, text + cut, strlen(text) - cut);
        sha256_finish(&sha, digest);
        sha256_release(&sha);
        assert_string_equal(sha256_hex(digest, out), hex);
    }
}

/* A file system that takes whole blocks only is given the rest in the ordinary way. */
static void a_write_that_cannot_be_direct_is_an_ordinary_one(void **state) {
    (void)state;
    struct err e = {.msg = "?"};
    char name[] = "/var/tmp/ttsq-direct-XXXXXX", data[5] = "";
    int fd = mkstemp(name);
    assert_true(fd >= 0);
    unlink(name);
    (void)fcntl(fd, F_SETFL, O_RDWR | O_DIRECT);
    if (!file_write_at(fd, "odd", 3, 2, "a test", &e))
        fail_msg("%s", e.msg);
    assert_int_equal(pread(fd, data, sizeof data, 0), 5);
    assert_memory_equal(data, "\0\0odd", 5);
    close(fd);
    assert_false(file_write_at(fd, "odd", 3, 2, "a test", &e));
    assert_string_equal(e.msg, "cannot write a test: Bad file descriptor");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(directories_are_made_all_the_way),
        cmocka_unit_test(a_part_has_no_name_until_it_is_published),
        cmocka_unit_test(publishing_again_is_no_conflict),
        cmocka_unit_test(a_damaged_result_is_replaced),
        cmocka_unit_test(a_discarded_part_is_gone),
        cmocka_unit_test(publishing_into_nowhere_is_an_error),
#ifdef TTSQ_FAULT_POINTS
        cmocka_unit_test(a_kill_leaves_all_or_nothing),
#endif
        cmocka_unit_test(the_sweep_spares_parts_whose_process_lives),
        cmocka_unit_test(a_lock_has_one_holder_and_ends_with_it),
        cmocka_unit_test(here_is_no_network),
        cmocka_unit_test(sha256_is_sha256),
        cmocka_unit_test(a_write_that_cannot_be_direct_is_an_ordinary_one),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
