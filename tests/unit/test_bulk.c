/* test_bulk: every byte is in the file once and in its place, however it was handed over. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/bulk.h"
#include "base/ensure.h"

#define STEP_BYTES_MAX 300007
#define MANY_ROOMS 64

static int scratch(void) {
    char name[] = "/var/tmp/ttsq-bulk-XXXXXX"; /* on a disk, where direct writes are */
    int fd = mkstemp(name);
    assert_true(fd >= 0);
    unlink(name);
    return fd;
}

static unsigned char byte_at(size_t at) {
    return (unsigned char)((at * 2654435761u) >> 13);
}

static bool add(struct bulk *b, size_t at, size_t bytes, struct err *e) {
    static unsigned char data[STEP_BYTES_MAX];
    for (size_t i = 0; i < bytes; i++)
        data[i] = byte_at(at + i);
    return bulk_add(b, data, bytes, e);
}

static void check_content(int fd, size_t bytes) {
    static unsigned char data[STEP_BYTES_MAX];
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, bytes);
    for (size_t at = 0; at < bytes;) {
        ssize_t n = pread(fd, data, sizeof data, (off_t)at);
        assert_true(n > 0);
        for (size_t i = 0; i < (size_t)n; i++)
            if (data[i] != byte_at(at + i))
                fail_msg("byte %zu of %zu", at + i, bytes);
        at += (size_t)n;
    }
}

static void write_and_check(size_t bytes, size_t step) {
    struct err e = {.msg = "?"};
    int fd = scratch();
    struct bulk *b = bulk_new(fd, "a test");
    for (size_t at = 0; at < bytes; at += step)
        if (!add(b, at, bytes - at < step ? bytes - at : step, &e))
            fail_msg("%s", e.msg);
    if (!bulk_end(b, &e))
        fail_msg("%s", e.msg);
    check_content(fd, bytes);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
    bulk_free(b);
    close(fd);
}

static void each_size_is_whole(void **state) {
    const size_t room = BULK_ROOM_BYTES;
    const size_t sizes[] = {0,        1,        4096,         room - 1,        room,
                            room + 1, 2 * room, 2 * room + 1, 3 * room - 4096, 3 * room + 4095};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        write_and_check(sizes[i], STEP_BYTES_MAX);
        write_and_check(sizes[i], 65536);
    }
}

/* Small zeros are bytes, large ones a hole; what follows is in its place. */
static void zeros_between(void **state) {
    const int64_t room = BULK_ROOM_BYTES, zeros[] = {1, room - 5000, room, 2 * room + 1, 9 * room};
    struct err e = {.msg = "?"};
    struct stat st;
    int64_t at = 0;
    int fd = scratch();
    struct bulk *b = bulk_new(fd, "a test");
    (void)state;
    for (size_t i = 0; i < sizeof zeros / sizeof *zeros; i++) {
        assert_true(bulk_add(b, "ab", 2, &e) && bulk_add_zeros(b, zeros[i], &e));
        at += 2 + zeros[i];
    }
    assert_true(bulk_add(b, "end", 3, &e) && bulk_end(b, &e));
    bulk_free(b);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, at + 3);
    assert_true(st.st_blocks * 512 < at - 8 * room);
    char *data = ensure_alloc((size_t)at + 3);
    assert_int_equal(pread(fd, data, (size_t)at + 3, 0), at + 3);
    assert_memory_equal(data + at, "end", 3);
    const char *p = data;
    for (size_t i = 0; i < sizeof zeros / sizeof *zeros; i++) {
        assert_memory_equal(p, "ab", 2);
        p += 2;
        for (int64_t n = 0; n < zeros[i]; n++)
            if (*p++)
                fail_msg("a zero of the %zu. gap is none", i + 1);
    }
    free(data);
    close(fd);
}

static void after_the_end_the_file_is_an_ordinary_one(void **state) {
    struct err e = {.msg = "?"};
    int fd = scratch();
    struct bulk *b = bulk_new(fd, "a test");
    size_t at = 0;
    (void)state;
    for (; at < 2 * (size_t)BULK_ROOM_BYTES; at += STEP_BYTES_MAX)
        assert_true(add(b, at, STEP_BYTES_MAX, &e));
    assert_true(bulk_end(b, &e));
    unsigned char odd = (unsigned char)(byte_at(7) ^ 1);
    assert_int_equal(pwrite(fd, &odd, 1, 7), 1); /* as who completes a header */
    assert_int_equal(pread(fd, &odd, 1, 7), 1);
    assert_int_equal(odd, byte_at(7) ^ 1);
    assert_int_equal(fcntl(fd, F_GETFL) & O_DIRECT, 0);
    bulk_free(b);
    close(fd);
}

/* The disk is full while another room is being filled: whoever adds or ends is told. */
static void a_full_disk_is_told(void **state) {
    struct err e = {.msg = "?"};
    int fd = open("/dev/full", O_RDWR | O_CLOEXEC);
    struct bulk *b = bulk_new(fd, "a test");
    size_t at = 0;
    (void)state;
    while (at < MANY_ROOMS * (size_t)BULK_ROOM_BYTES && add(b, at, STEP_BYTES_MAX, &e))
        at += STEP_BYTES_MAX;
    assert_true(at < 3 * (size_t)BULK_ROOM_BYTES);
    assert_int_equal(e.code, ERR_SPACE);
    assert_string_equal(e.msg, "cannot write a test: No space left on device");
    e = (struct err){.msg = "?"};
    assert_false(bulk_end(b, &e));
    assert_int_equal(e.code, ERR_SPACE);
    bulk_free(b);
    close(fd);
}

static void a_full_disk_is_told_at_the_end(void **state) {
    struct err e = {.msg = "?"};
    int fd = open("/dev/full", O_RDWR | O_CLOEXEC);
    struct bulk *b = bulk_new(fd, "a test");
    (void)state;
    assert_true(add(b, 0, 1, &e));
    assert_false(bulk_end(b, &e));
    assert_int_equal(e.code, ERR_SPACE);
    bulk_free(b);
    close(fd);
}

static void given_up_halfway(void **state) {
    struct err e = {.msg = "?"};
    int fd = scratch();
    struct bulk *b = bulk_new(fd, "a test");
    (void)state;
    for (size_t at = 0; at < 2 * (size_t)BULK_ROOM_BYTES; at += STEP_BYTES_MAX)
        assert_true(add(b, at, STEP_BYTES_MAX, &e));
    bulk_free(b); /* waits: the thread writes from its memory */
    bulk_free(NULL);
    close(fd);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_size_is_whole),
        cmocka_unit_test(zeros_between),
        cmocka_unit_test(after_the_end_the_file_is_an_ordinary_one),
        cmocka_unit_test(a_full_disk_is_told),
        cmocka_unit_test(a_full_disk_is_told_at_the_end),
        cmocka_unit_test(given_up_halfway),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
