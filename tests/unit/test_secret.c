/* test_secret: where a secret is found, which files are refused,
 * and that values are never shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "provider/secret.h"

#define VALUE "sk-very-private"
#define PATH_BYTES 256

static char folder[PATH_BYTES];

static int make_folder(void **state) {
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/ttsq-secret-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    return rmdir(folder);
}

static const char *write_file(const char *name, const char *content, size_t bytes, mode_t mode) {
    static char path[2 * PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, bytes), bytes);
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(close(fd), 0);
    return path;
}

static void release(struct profile_secret *s) {
    free(s->name);
    free(s->value);
    free(s->problem);
}

static void expect(const struct secret_places *places, const char *value, const char *problem,
                   bool absent) {
    struct profile_secret s;
    secret_find("KEY", places, &s);
    assert_string_equal(s.name, "KEY");
    if (value) {
        assert_non_null(s.value);
        assert_string_equal(s.value, value);
        assert_null(s.problem);
    } else {
        assert_null(s.value);
        assert_non_null(s.problem);
        assert_null(strstr(s.problem, VALUE));
        if (!strstr(s.problem, problem))
            fail_msg("expected %s in: %s", problem, s.problem);
    }
    assert_int_equal(s.absent, absent);
    release(&s);
}

static void expect_file(const char *content, size_t bytes, mode_t mode, const char *value,
                        const char *problem) {
    const char *path = write_file("file", content, bytes, mode);
    expect(&(struct secret_places){.file = path, .environment = "unused"}, value, problem, false);
    assert_int_equal(unlink(path), 0);
}

static void files_by_content(void **state) {
    (void)state;
    expect_file(VALUE, strlen(VALUE), 0600, VALUE, NULL);
    expect_file(VALUE "\n", strlen(VALUE) + 1, 0400, VALUE, NULL);
    expect_file(VALUE "\n\n", strlen(VALUE) + 2, 0600, NULL, "not printable");
    expect_file(VALUE "\r\n", strlen(VALUE) + 2, 0600, NULL, "not printable");
    expect_file(VALUE "\0x", strlen(VALUE) + 2, 0600, NULL, "not printable");
    expect_file("\xc3\xa9" VALUE, strlen(VALUE) + 2, 0600, NULL, "not printable");
    expect_file("", 0, 0600, NULL, "is empty");
    expect_file("\n", 1, 0600, NULL, "is empty");
}

static void files_by_length(void **state) {
    (void)state;
    char content[SECRET_BYTES_MAX + 2];
    memset(content, 'k', sizeof content);
    expect_file(content, sizeof content, 0600, NULL, "is longer");
    char longest[SECRET_BYTES_MAX + 1] = {0};
    memset(longest, 'k', SECRET_BYTES_MAX);
    expect_file(longest, SECRET_BYTES_MAX, 0600, longest, NULL);
}

static void files_by_mode(void **state) {
    (void)state;
    static const mode_t open_modes[] = {0640, 0604, 0660, 0700, 0610, 0644};
    for (size_t i = 0; i < sizeof open_modes / sizeof *open_modes; i++)
        expect_file(VALUE, strlen(VALUE), open_modes[i], NULL, "chmod 600");
    expect(&(struct secret_places){.file = folder}, NULL, "not a regular file", false);
}

static void files_by_owner(void **state) {
    (void)state;
    if (geteuid() != 0)
        skip();
    const char *path = write_file("file", VALUE, strlen(VALUE), 0600);
    assert_int_equal(chown(path, 1, 1), 0);
    expect(&(struct secret_places){.file = path}, NULL, "another user", false);
    assert_int_equal(unlink(path), 0);
}

static void looks_in_order(void **state) {
    (void)state;
    char file[2 * PATH_BYTES];
    (void)snprintf(file, sizeof file, "%s", write_file("file", "second", 6, 0600));
    const char *credential = write_file("KEY", "first\n", 6, 0444);
    struct secret_places places = {.credentials = folder, .file = file, .environment = "third"};
    expect(&places, "first", NULL, false);
    assert_int_equal(unlink(credential), 0);
    expect(&places, "second", NULL, false);
    assert_int_equal(unlink(file), 0);
    expect(&places, "third", NULL, false);
    places.environment = NULL;
    expect(&places, NULL, "not found", true);
    places.environment = "";
    expect(&places, NULL, file, true);
}

static void environment_is_checked_too(void **state) {
    (void)state;
    expect(&(struct secret_places){.environment = "a\r\nEvil: b"}, NULL, "not printable", false);
}

static void secrets_are_masked_in_what_servers_say(void **state) {
    (void)state;
    char long_one[] = "sk-12345", inner[] = "5678", short_one[] = "abc";
    struct profile p = {
        .secret_count = 4,
        .secrets = {{.value = long_one}, {.value = NULL}, {.value = inner}, {.value = short_one}}};
    char text[] = "bad key sk-12345, sk-12345sk-1234, 5678 abc sk-1234";
    profile_mask(&p, text, sizeof text - 1);
    assert_string_equal(text, "bad key ********, ********sk-1234, **** abc sk-1234");
    char cut[] = "sk-12345";
    profile_mask(&p, cut, sizeof cut - 2); /* not read beyond its length */
    assert_string_equal(cut, "sk-12345");
    profile_mask(&p, cut, 0);
}

static void secrets_are_masked_as_others_write_them(void **state) {
    (void)state;
    char value[] = "a/b\"c+d";
    struct profile p = {.secret_count = 1, .secrets = {{.value = value}}};
    static const struct {
        const char *said, *masked, *masked_when_cut;
    } rows[] = {
        {"a\\/b\\\"c+d.", "*********.", "*********."},
        {"a%2Fb%22c%2bd.", "*************.", "*************."},
        {"a\\u002Fb\\\"c\\u002bd", "******************", "******************"},
        {"x a/b\"c", "x a/b\"c", "x *****"},
        {"x a/b\"c\\u0", "x a/b\"c\\u0", "x ********"},
        {"x a/b\"c%", "x a/b\"c%", "x ******"},
        {"x a/b", "x a/b", "x a/b"}, /* too little to be it */
        {"a%2Gb\"c+d", "a%2Gb\"c+d", "a%2Gb\"c+d"},
        {"a\\", "a\\", "a\\"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "%s", rows[i].said);
        profile_mask(&p, text, strlen(text));
        assert_string_equal(text, rows[i].masked);
        (void)snprintf(text, sizeof text, "%s", rows[i].said);
        profile_mask_cut(&p, text, strlen(text));
        assert_string_equal(text, rows[i].masked_when_cut);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_by_content),
        cmocka_unit_test(files_by_length),
        cmocka_unit_test(files_by_mode),
        cmocka_unit_test(files_by_owner),
        cmocka_unit_test(looks_in_order),
        cmocka_unit_test(environment_is_checked_too),
        cmocka_unit_test(secrets_are_masked_in_what_servers_say),
        cmocka_unit_test(secrets_are_masked_as_others_write_them),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
