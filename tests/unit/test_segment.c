/* test_segment: what was appended is found again, what was cut is nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/segment.h"

#define WRITER ((int64_t)UINT64_C(0xfedcba9876543210))
#define SEEN_MAX 2048

struct rig {
    char dir[64];
    int fd;
    struct segment s;
};

static int setup(void **state) {
    struct rig *rig = calloc(1, sizeof *rig);
    assert_non_null(rig);
    (void)snprintf(rig->dir, sizeof rig->dir, "/tmp/ttsq-segment-XXXXXX");
    assert_non_null(mkdtemp(rig->dir));
    rig->fd = open(rig->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(rig->fd >= 0);
    segment_init(&rig->s, rig->fd, WRITER);
    *state = rig;
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw) {
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

static int teardown(void **state) {
    struct rig *rig = *state;
    segment_close(&rig->s);
    close(rig->fd);
    (void)nftw(rig->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(rig);
    return 0;
}

static struct segment_record record(int64_t key, const char *body) {
    struct segment_record r = {.key = key,
                               .owner = 1000 + key,
                               .number = (int32_t)(1 + key % 3),
                               .format = "wav",
                               .bytes = (int64_t)strlen(body),
                               .duration_ms = 10 * key,
                               .body = body};
    struct sha256 sha;
    sha256_init(&sha);
    sha256_add(&sha, body, strlen(body));
    sha256_finish(&sha, r.sha256);
    return r;
}

static void append(struct rig *rig, struct segment_record *records, size_t count) {
    struct err e = {.msg = "?"};
    if (!segment_append(&rig->s, records, count, &e))
        fail_msg("append: %s", e.msg);
}

struct seen {
    size_t count;
    struct segment_record r[SEEN_MAX];
};

static bool see(const struct segment_record *r, void *arg) {
    struct seen *seen = arg;
    assert_true(seen->count < SEEN_MAX);
    seen->r[seen->count++] = *r;
    return true;
}

static size_t scan(struct rig *rig, struct seen *seen) {
    struct err e = {.msg = "?"};
    seen->count = 0;
    if (!segment_scan(rig->fd, WRITER, see, seen, &e))
        fail_msg("scan: %s", e.msg);
    return seen->count;
}

/* Files come in no order. */
static const struct segment_record *of_key(const struct seen *seen, int64_t key) {
    for (size_t i = 0; i < seen->count; i++)
        if (seen->r[i].key == key)
            return &seen->r[i];
    fail_msg("no record of key %lld", (long long)key);
    return NULL;
}

static void assert_body(struct rig *rig, const struct segment_record *r, const char *body) {
    struct buf out;
    struct err e = {.msg = "?"};
    buf_init(&out, 1 << 21);
    assert_int_equal(r->bytes, strlen(body));
    if (!segment_read(rig->fd, r->path, r->offset, r->bytes, &out, &e))
        fail_msg("read: %s", e.msg);
    assert_string_equal(buf_str(&out), body);
    buf_release(&out);
}

static char *full_path(const struct rig *rig, const char *path, char out[160]) {
    (void)snprintf(out, 160, "%s/%s", rig->dir, path);
    return out;
}

static void test_found_again(void **state) {
    struct rig *rig = *state;
    struct segment_record r[3] = {record(1, "one"), record(-2, "the second"), record(3, "3")};
    struct seen *seen = calloc(1, sizeof *seen);
    assert_int_equal(scan(rig, seen), 0); /* nothing appended, no file */
    append(rig, r, 2);
    append(rig, r, 3); /* those that are there already are not appended again */
    assert_int_equal(scan(rig, seen), 3);
    const char *bodies[3] = {"one", "the second", "3"};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(seen->r[i].key, r[i].key);
        assert_int_equal(seen->r[i].owner, r[i].owner);
        assert_int_equal(seen->r[i].number, r[i].number);
        assert_int_equal(seen->r[i].duration_ms, r[i].duration_ms);
        assert_int_equal(seen->r[i].offset, r[i].offset);
        assert_string_equal(seen->r[i].path, r[i].path);
        assert_string_equal(seen->r[i].format, "wav");
        assert_memory_equal(seen->r[i].sha256, r[i].sha256, SHA256_BYTES);
        assert_body(rig, &r[i], bodies[i]);
    }
    assert_string_equal(r[0].path, "segments/fedcba9876543210-0.seg");
    free(seen);
}

/* The header is an agreement with files that exist: its bytes must not move. */
static void test_format_on_disk(void **state) {
    struct rig *rig = *state;
    struct segment_record r = record(5, "abc");
    unsigned char bytes[SEGMENT_BLOCK_BYTES + 1];
    char path[160];
    append(rig, &r, 1);
    int fd = open(full_path(rig, r.path, path), O_RDONLY | O_CLOEXEC);
    assert_int_equal(read(fd, bytes, sizeof bytes), SEGMENT_BLOCK_BYTES);
    close(fd);
    static const unsigned char start[64] = {'t', 't', 's', 'q',  's', 'e', 'g', '1', 5, 0,  0, 0, 0,
                                            0,   0,   0,   0xed, 3,   0,   0,   0,   0, 0,  0, 3, 0,
                                            0,   0,   'w', 'a',  'v', 0,   0,   0,   0, 0,  0, 0, 0,
                                            0,   3,   0,   0,    0,   0,   0,   0,   0, 50, 0};
    assert_memory_equal(bytes, start, sizeof start);
    assert_memory_equal(bytes + 64, r.sha256, SHA256_BYTES);
    assert_memory_equal(bytes + SEGMENT_HEADER_BYTES, "abc", 3);
    for (size_t i = SEGMENT_HEADER_BYTES + 3; i < SEGMENT_BLOCK_BYTES; i++)
        assert_int_equal(bytes[i], 0);
}

static void test_more_than_one_write(void **state) {
    struct rig *rig = *state;
    enum { COUNT = 700 };
    struct segment_record *r = calloc(COUNT, sizeof *r);
    char(*bodies)[16] = calloc(COUNT, sizeof *bodies);
    struct seen *seen = calloc(1, sizeof *seen);
    for (int i = 0; i < COUNT; i++) {
        (void)snprintf(bodies[i], sizeof bodies[i], "body %d", i);
        r[i] = record(i, bodies[i]);
    }
    append(rig, r, COUNT);
    assert_int_equal(scan(rig, seen), COUNT);
    for (int i = 0; i < COUNT; i++)
        assert_body(rig, &seen->r[i], bodies[i]);
    free(seen);
    free(bodies);
    free(r);
}

/* Larger together than what is written at once; sizes around a block's. */
static void test_sizes(void **state) {
    struct rig *rig = *state;
    static const size_t sizes[] = {1,     3992,   3991,   3993,    4096,   65536,
                                   65537, 500000, 524288, 1048576, 600001, 7};
    enum { COUNT = sizeof sizes / sizeof sizes[0] };
    struct segment_record r[COUNT];
    char *bodies[COUNT];
    struct seen *seen = calloc(1, sizeof *seen);
    for (size_t i = 0; i < COUNT; i++) {
        bodies[i] = malloc(sizes[i] + 1);
        for (size_t k = 0; k < sizes[i]; k++)
            bodies[i][k] = (char)('a' + (k / 7 + i) % 26);
        bodies[i][sizes[i]] = '\0';
        r[i] = record((int64_t)i, bodies[i]);
    }
    for (size_t i = 0; i < 3; i++)
        append(rig, &r[i], 1);
    append(rig, r, COUNT);
    assert_int_equal(scan(rig, seen), COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(seen->r[i].key, i);
        assert_body(rig, &seen->r[i], bodies[i]);
        free(bodies[i]);
    }
    free(seen);
}

static void test_next_file_when_full(void **state) {
    struct rig *rig = *state;
    struct segment_record r[3] = {record(1, "one"), record(2, "two"), record(3, "three")};
    struct seen *seen = calloc(1, sizeof *seen);
    rig->s.file_max = SEGMENT_BLOCK_BYTES + 1;
    append(rig, &r[0], 1);
    append(rig, &r[1], 1);
    append(rig, &r[2], 1);
    assert_string_equal(r[0].path, r[1].path);
    assert_string_equal(r[2].path, "segments/fedcba9876543210-1.seg");
    assert_int_equal(scan(rig, seen), 3);
    assert_body(rig, of_key(seen, 3), "three");
    free(seen);
}

/* A file that was left alone is not continued, and one that was moved away hides no other. */
static void test_gaps(void **state) {
    struct rig *rig = *state;
    struct segment_record r[2] = {record(1, "one"), record(2, "two")};
    struct seen *seen = calloc(1, sizeof *seen);
    char path[160];
    append(rig, &r[0], 1);
    rig->s.used_boot_ms -= SEGMENT_IDLE_MAX_MS + 1;
    append(rig, &r[1], 1);
    assert_string_equal(r[1].path, "segments/fedcba9876543210-1.seg");
    assert_int_equal(scan(rig, seen), 2);
    assert_int_equal(unlink(full_path(rig, r[0].path, path)), 0);
    assert_int_equal(scan(rig, seen), 1);
    assert_body(rig, &seen->r[0], "two");
    free(seen);
}

/* Cut anywhere within the last record: the first is found, of the last at most the header, which
 * promises bytes that are not there. */
static void test_cut_tail(void **state) {
    struct rig *rig = *state;
    struct segment_record r[2] = {record(1, "whole"), record(2, "cut")};
    struct seen *seen = calloc(1, sizeof *seen);
    struct buf out;
    struct err e;
    char path[160];
    append(rig, r, 2);
    int64_t last = r[1].offset - SEGMENT_HEADER_BYTES;
    for (int64_t size = r[1].offset + r[1].bytes - 1; size >= last; size--) {
        assert_int_equal(truncate(full_path(rig, r[0].path, path), size), 0);
        size_t headers = size < r[1].offset ? 1 : 2;
        assert_int_equal(scan(rig, seen), headers);
        assert_body(rig, &seen->r[0], "whole");
        buf_init(&out, 1024);
        assert_false(segment_read(rig->fd, r[1].path, r[1].offset, r[1].bytes, &out, &e));
        assert_int_equal(e.code, ERR_CORRUPT);
        buf_release(&out);
    }
    free(seen);
}

static void test_damaged_header_ends_the_scan(void **state) {
    struct rig *rig = *state;
    struct segment_record r[2] = {record(1, "whole"), record(2, "damaged")};
    struct seen *seen = calloc(1, sizeof *seen);
    char path[160];
    append(rig, r, 2);
    int fd = open(full_path(rig, r[0].path, path), O_RDWR | O_CLOEXEC);
    int64_t last = r[1].offset - SEGMENT_HEADER_BYTES;
    for (int64_t at = last; at < r[1].offset; at++) {
        unsigned char byte, other;
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        other = byte ^ 0x40;
        assert_int_equal(pwrite(fd, &other, 1, at), 1);
        assert_int_equal(scan(rig, seen), 1);
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    }
    assert_int_equal(scan(rig, seen), 2);
    close(fd);
    free(seen);
}

/* The file must not grow beyond what is there (RLIMIT_FSIZE answers EFBIG, not ENOSPC: the next
 * append goes to a new file, and nothing that was durable is lost). */
static void test_failed_append_is_none(void **state) {
    struct rig *rig = *state;
    struct segment_record first = record(1, "first"), second = record(2, "second");
    struct seen *seen = calloc(1, sizeof *seen);
    struct rlimit limit, small;
    struct err e;
    append(rig, &first, 1);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    small = limit;
    small.rlim_cur = (rlim_t)rig->s.bytes + 20;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    bool appended = segment_append(&rig->s, &second, 1, &e);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_false(appended);
    assert_int_equal(second.offset, 0);
    assert_int_equal(scan(rig, seen), 1);
    append(rig, &second, 1);
    assert_string_equal(second.path, "segments/fedcba9876543210-1.seg");
    assert_int_equal(scan(rig, seen), 2);
    assert_body(rig, of_key(seen, 2), "second");
    free(seen);
}

/* A name is never written twice, whoever has it. */
static void test_name_is_taken(void **state) {
    struct rig *rig = *state;
    struct segment_record r = record(1, "one"), again = record(2, "two");
    struct segment other;
    struct err e;
    append(rig, &r, 1);
    segment_init(&other, rig->fd, WRITER);
    assert_false(segment_append(&other, &again, 1, &e));
    segment_close(&other);
    assert_body(rig, &r, "one");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_found_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_format_on_disk, setup, teardown),
        cmocka_unit_test_setup_teardown(test_more_than_one_write, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sizes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_next_file_when_full, setup, teardown),
        cmocka_unit_test_setup_teardown(test_gaps, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cut_tail, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damaged_header_ends_the_scan, setup, teardown),
        cmocka_unit_test_setup_teardown(test_failed_append_is_none, setup, teardown),
        cmocka_unit_test_setup_teardown(test_name_is_taken, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
