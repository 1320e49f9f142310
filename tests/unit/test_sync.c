/* test_sync: what is told to be kept is on the disk: bytes before they have a name, the name before
 * it is told. A power cut shows the same (tests/fault/power_cut.py), but needs a machine to cut
 * off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/segment.h"
#include "cli/delivery/deliver_part.h"
#include "cli/delivery/side_file.h"
#include "tests/lib/sync_witness.h"

#define WRITER INT64_C(77)
#define PATH_BYTES 256

struct rig {
    char dir[64];
    int fd;
};

static int setup(void **state) {
    struct rig *rig = calloc(1, sizeof *rig);
    assert_non_null(rig);
    (void)snprintf(rig->dir, sizeof rig->dir, "/tmp/ttsq-sync-XXXXXX");
    assert_non_null(mkdtemp(rig->dir));
    rig->fd = open(rig->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(rig->fd >= 0);
    synced_count = 0;
    *state = rig;
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw) {
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

static int teardown(void **state) {
    struct rig *rig = *state;
    close(rig->fd);
    (void)nftw(rig->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(rig);
    return 0;
}

static const char *in(const struct rig *rig, const char *name, char out[PATH_BYTES]) {
    (void)snprintf(out, PATH_BYTES, "%s/%s", rig->dir, name);
    return out;
}

static void a_result_is_durable_before_it_has_a_name(void **state) {
    const struct rig *rig = *state;
    struct file_part part;
    struct err e;
    bool was_there;
    char path[PATH_BYTES];
    assert_true(file_part_open(&part, rig->fd, &e));
    bool is_nameless = part.name[0] == '\0';
    assert_true(file_part_write(&part, "sound", 5, &e));
    assert_true(file_part_publish(&part, rig->fd, "result", &was_there, &e));
    file_part_discard(&part);
    int file = synced_at(in(rig, "result", path), 0);
    assert_true(file >= 0);
    assert_int_equal(synced[file].bytes, 5);
    if (is_nameless)
        assert_int_equal(synced[file].names, 0);
    assert_true(synced_at(rig->dir, (size_t)file + 1) >= 0);
}

/* Two parts of one name, as of "Intro" and "intro" on some file systems: the first keeps it. */
static void a_delivered_file_is_durable_and_keeps_its_name(void **state) {
    const struct rig *rig = *state;
    struct deliver_parts parts = {.dir_fd = rig->fd, .folder = rig->dir, .most = 2};
    struct err e;
    struct stat st;
    char path[PATH_BYTES];
    for (size_t bytes = 5; bytes > 3; bytes--) {
        int fd;
        assert_true(deliver_part_open(&parts, &fd, &e));
        assert_int_equal(write(fd, "sound", bytes), bytes);
        assert_int_equal(deliver_part_add(&parts, &fd, "intro", &e), bytes == 5);
    }
    assert_int_equal(e.code, ERR_FAILED);
    assert_int_equal(stat(in(rig, "intro", path), &st), 0);
    assert_int_equal(st.st_size, 5);
    int file = synced_at(path, 0);
    assert_true(file >= 0);
    assert_int_equal(synced[file].bytes, 5);
}

static void a_side_file_is_durable_and_so_is_its_name(void **state) {
    const struct rig *rig = *state;
    struct err e;
    char path[PATH_BYTES];
    struct side_file f = {0}, *all[] = {&f};
    assert_true(side_file_open(&f, in(rig, "all.tar", path), false, &e));
    assert_int_equal(write(f.fd, "sound", 5), 5);
    assert_true(side_files_publish(all, 1, &e));
    side_file_close(&f);
    int file = synced_at(path, 0);
    assert_true(file >= 0);
    assert_int_equal(synced[file].bytes, 5);
    assert_true(synced_at(rig->dir, (size_t)file + 1) >= 0);
}

static void a_new_folder_is_durable_in_its_parent(void **state) {
    const struct rig *rig = *state;
    struct err e;
    char path[PATH_BYTES], inner[PATH_BYTES];
    assert_true(file_mkdir_p(in(rig, "a/b", inner), 0700, &e));
    assert_true(synced_at(rig->dir, 0) >= 0);
    assert_true(synced_at(in(rig, "a", path), 0) >= 0);
}

static void a_folder_that_another_has_just_made_is_durable_too(void **state) {
    const struct rig *rig = *state;
    struct err e;
    char path[PATH_BYTES];
    assert_int_equal(mkdir(in(rig, "a", path), 0700), 0);
    assert_true(file_mkdir_at(rig->fd, "a", 0700, &e));
    assert_true(synced_at(rig->dir, 0) >= 0);
}

static void appended_answers_are_durable_and_so_is_their_file(void **state) {
    const struct rig *rig = *state;
    struct segment s;
    struct segment_record r = {
        .key = 1, .owner = 2, .number = 1, .format = "wav", .bytes = 5, .body = "sound"};
    struct err e;
    char path[PATH_BYTES], folder[PATH_BYTES];
    segment_init(&s, rig->fd, WRITER);
    assert_true(segment_append(&s, &r, 1, &e));
    int file = synced_at(in(rig, r.path, path), 0);
    assert_true(file >= 0);
    assert_true(synced[file].bytes >= r.offset + r.bytes);
    (void)snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
    assert_true(synced_at(folder, 0) >= 0);
    assert_true(synced_at(rig->dir, 0) >= 0);
    size_t before = synced_count;
    r.offset = 0;
    assert_true(segment_append(&s, &r, 1, &e));
    assert_true(synced_at(path, before) >= 0);
    segment_close(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_result_is_durable_before_it_has_a_name, setup, teardown),
        cmocka_unit_test_setup_teardown(a_delivered_file_is_durable_and_keeps_its_name, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_side_file_is_durable_and_so_is_its_name, setup, teardown),
        cmocka_unit_test_setup_teardown(a_new_folder_is_durable_in_its_parent, setup, teardown),
        cmocka_unit_test_setup_teardown(a_folder_that_another_has_just_made_is_durable_too, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(appended_answers_are_durable_and_so_is_their_file, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
