/*
 * config_rig: folders of a test's own in the places where configuration is looked for, and nothing
 * of this machine's.
 */
#ifndef TESTS_LIB_CONFIG_RIG_H
#define TESTS_LIB_CONFIG_RIG_H

/* cmocka.h wants these before it */
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
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"
#include "config/load.h"

#define PATH_BYTES 512
#define TEXT_BYTES_MAX (256 * 1024)

static char root[PATH_BYTES]; /* a folder of our own; the process stands in root/cwd */
static char system_folder[PATH_BYTES + 16];

static const char *const variables[] = {
    "TTSQ_CONFIG",     "TTSQ_DATABASE",         "TTSQ_RESULTS",    "TTSQ_RUNTIME",
    "TTSQ_WORKERS",    "TTSQ_PROFILE",          "XDG_CONFIG_HOME", "XDG_STATE_HOME",
    "XDG_RUNTIME_DIR", "CREDENTIALS_DIRECTORY", "OPENAI_API_KEY",  "TEST_KEY"};

/* A profile that lacks nothing, in three lines. */
#define PROFILE "[profile:x]\nurl = http://localhost/\nbody = {\"a\": \"${json:text}\"}\n"

static inline int make_folders(void) {
    static const char *const names[] = {
        "cwd", "home", "system", "system/conf.d", "system/providers.d", "xdg", "xdg/ttsq"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[PATH_BYTES + 32];
        (void)snprintf(path, sizeof path, "%s/%s", root, names[i]);
        if (mkdir(path, 0700) != 0)
            return -1;
    }
    return 0;
}

static inline int remove_entry(const char *path, const struct stat *st, int kind,
                               struct FTW *walk) {
    (void)st;
    (void)kind;
    (void)walk;
    return remove(path);
}

static inline int setup(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        (void)unsetenv(variables[i]);
    (void)snprintf(root, sizeof root, "/tmp/ttsq-config-XXXXXX");
    if (!mkdtemp(root) || make_folders() != 0)
        return -1;
    (void)snprintf(system_folder, sizeof system_folder, "%s/system", root);
    char path[PATH_BYTES + 16];
    (void)snprintf(path, sizeof path, "%s/home", root);
    (void)setenv("HOME", path, 1);
    (void)snprintf(path, sizeof path, "%s/cwd", root);
    return chdir(path);
}

static inline int teardown(void **state) {
    (void)state;
    if (chdir("/") != 0)
        return -1;
    return nftw(root, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* "%s" of the path below root */
static const char *at_root(const char *name) {
    static char paths[4][2 * PATH_BYTES];
    static size_t turn;
    char *path = paths[turn++ % 4];
    (void)snprintf(path, sizeof paths[0], "%s/%s", root, name);
    return path;
}

static inline void write_file(const char *name, const char *text) {
    int fd = open(at_root(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(close(fd), 0);
}

static inline struct config *load(void) {
    struct config *c;
    struct err e;
    if (!load_config(system_folder, &c, &e))
        fail_msg("%s", e.msg);
    return c;
}

static inline struct config *load_text(const char *text) {
    write_file("one.ini", text);
    (void)setenv("TTSQ_CONFIG", at_root("one.ini"), 1);
    return load();
}

static inline void expect_load_error(const char *where, const char *message) {
    struct config *c = NULL;
    struct err e = {0};
    if (load_config(system_folder, &c, &e))
        fail_msg("loaded, but expected %s %s", where, message);
    assert_null(c);
    assert_int_equal(e.code, ERR_CONFIG);
    if (!strstr(e.msg, where) || !strstr(e.msg, message))
        fail_msg("expected %s … %s, got: %s", where, message, e.msg);
}

/* `line`: where in the file */
static inline void expect_error(const char *text, int line, const char *message) {
    write_file("one.ini", text);
    (void)setenv("TTSQ_CONFIG", at_root("one.ini"), 1);
    char where[2 * PATH_BYTES];
    (void)snprintf(where, sizeof where, "%s:%d:", at_root("one.ini"), line);
    expect_load_error(where, message);
}

#define CONFIG_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
