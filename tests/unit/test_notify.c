/* test_notify: the messages to the service manager, received on real datagram sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fleet/notify.h"

#define NAME_BYTES 108
#define WAIT_S 5

static char folder[] = "/tmp/ttsq-notify-XXXXXX";
static int names;

/* Binds a receiver to a fresh name and puts that name into NOTIFY_SOCKET. */
static int manager_open(bool abstract, char name[NAME_BYTES]) {
    (void)snprintf(name, NAME_BYTES, "%s%s/%d", abstract ? "@" : "", folder, names++);
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    memcpy(at.sun_path, name, strlen(name));
    if (abstract)
        at.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    assert_true(fd >= 0);
    socklen_t bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, bytes), 0);
    struct timeval limit = {.tv_sec = WAIT_S};
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
    assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
    return fd;
}

static void expect_message(int fd, const char *wanted) {
    char text[NOTIFY_TEXT_MAX + 1] = "";
    ssize_t n = recv(fd, text, NOTIFY_TEXT_MAX, 0);
    assert_int_equal(n, strlen(wanted));
    assert_string_equal(text, wanted);
}

static void expect_silence(int fd) {
    char byte;
    assert_true(recv(fd, &byte, 1, MSG_DONTWAIT) < 0);
}

static void messages_arrive(bool abstract) {
    char name[NAME_BYTES];
    struct notify n;
    struct err e;
    int manager = manager_open(abstract, name);
    assert_true(notify_open(&n, &e));
    notify_send(&n, "READY=1");
    notify_send(&n, "STATUS=%d workers", 4);
    expect_message(manager, "READY=1");
    expect_message(manager, "STATUS=4 workers");
    notify_close(&n);
    notify_send(&n, "READY=1");
    expect_silence(manager);
    close(manager);
    if (!abstract)
        assert_int_equal(unlink(name), 0);
}

static void to_a_path(void **state) {
    (void)state;
    messages_arrive(false);
}

static void to_an_abstract_name(void **state) {
    (void)state;
    messages_arrive(true);
}

static void environment_is_taken(void **state) {
    (void)state;
    char name[NAME_BYTES], pid[24];
    struct notify n;
    struct err e;
    int manager = manager_open(true, name);
    (void)snprintf(pid, sizeof pid, "%ld", (long)getpid());
    assert_int_equal(setenv("WATCHDOG_USEC", "30000000", 1), 0);
    assert_int_equal(setenv("WATCHDOG_PID", pid, 1), 0);
    assert_true(notify_open(&n, &e));
    assert_int_equal(n.watchdog_ms, 30000);
    assert_null(getenv("NOTIFY_SOCKET"));
    assert_null(getenv("WATCHDOG_USEC"));
    assert_null(getenv("WATCHDOG_PID"));
    notify_close(&n);
    close(manager);
}

static void watchdog_of_others_and_nonsense_is_none(void **state) {
    (void)state;
    static const char *const settings[][2] = {
        {"30000000", "1"}, {"", ""}, {"soon", ""}, {"-5", ""}, {"99999999999999999999", ""}};
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        char name[NAME_BYTES];
        struct notify n;
        struct err e;
        int manager = manager_open(true, name);
        assert_int_equal(setenv("WATCHDOG_USEC", settings[i][0], 1), 0);
        assert_int_equal(setenv("WATCHDOG_PID", settings[i][1], 1), 0);
        assert_true(notify_open(&n, &e));
        assert_int_equal(n.watchdog_ms, 0);
        notify_close(&n);
        close(manager);
    }
}

static void nobody_listens(void **state) {
    (void)state;
    struct notify n;
    struct err e;
    (void)unsetenv("NOTIFY_SOCKET");
    assert_true(notify_open(&n, &e));
    assert_int_equal(n.fd, -1);
    notify_send(&n, "READY=1");
    notify_close(&n);
    assert_int_equal(setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1), 0);
    assert_true(notify_open(&n, &e));
    notify_send(&n, "READY=1"); /* lost, and nothing happens */
    notify_close(&n);
}

static void a_full_socket_does_not_block(void **state) {
    (void)state;
    char name[NAME_BYTES];
    struct notify n;
    struct err e;
    int manager = manager_open(true, name);
    assert_true(notify_open(&n, &e));
    for (int i = 0; i < 100000; i++)
        notify_send(&n, "STATUS=%d", i);
    expect_message(manager, "STATUS=0");
    notify_close(&n);
    close(manager);
}

static void a_malformed_address_is_refused(void **state) {
    (void)state;
    char too_long[200];
    memset(too_long, 'x', sizeof too_long - 1);
    too_long[0] = '/';
    too_long[sizeof too_long - 1] = '\0';
    const char *const addresses[] = {"relative", "@", "/", too_long};
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        struct notify n = {.fd = 77};
        struct err e = {0};
        assert_int_equal(setenv("NOTIFY_SOCKET", addresses[i], 1), 0);
        assert_false(notify_open(&n, &e));
        assert_int_equal(e.code, ERR_CONFIG);
        assert_int_equal(n.fd, 77);
    }
}

static void mute_forgets(void **state) {
    (void)state;
    char name[NAME_BYTES];
    struct notify n;
    int manager = manager_open(true, name);
    notify_open_mute(&n);
    assert_null(getenv("NOTIFY_SOCKET"));
    notify_send(&n, "READY=1");
    expect_silence(manager);
    notify_close(&n);
    close(manager);
}

static int make_folder(void **state) {
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(to_a_path),
        cmocka_unit_test(to_an_abstract_name),
        cmocka_unit_test(environment_is_taken),
        cmocka_unit_test(watchdog_of_others_and_nonsense_is_none),
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(a_full_socket_does_not_block),
        cmocka_unit_test(a_malformed_address_is_refused),
        cmocka_unit_test(mute_forgets),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
