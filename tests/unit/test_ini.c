/* test_ini: what the reader delivers, and what it refuses before inih could damage it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/ini.h"

#define SEEN_BYTES_MAX (64 * 1024)

static bool note(void *user, const struct ini_entry *entry, struct err *e) {
    struct buf *seen = user;
    bool ok = entry->key
                  ? buf_printf(seen, "%d%s %s.%s=%s", entry->line, entry->continuation ? "+" : "",
                               entry->section, entry->key, entry->value)
                  : buf_printf(seen, "%d [%s]", entry->line, entry->section);
    if (ok && entry->comment_column)
        ok = buf_printf(seen, " @%d", entry->comment_column);
    return (ok && buf_add_str(seen, "\n")) || err_set(e, ERR_MEMORY, "full");
}

static void expect_entries(const char *text, const char *expected) {
    struct buf seen;
    struct err e = {0};
    buf_init(&seen, SEEN_BYTES_MAX);
    if (!ini_read_text("t.ini", text, strlen(text), note, &seen, &e))
        fail_msg("%s", e.msg);
    assert_string_equal(buf_str(&seen), expected);
    buf_release(&seen);
}

static void expect_fault_bytes(const char *text, size_t bytes, const char *where) {
    struct buf seen;
    struct err e = {0};
    buf_init(&seen, SEEN_BYTES_MAX);
    assert_false(ini_read_text("t.ini", text, bytes, note, &seen, &e));
    assert_int_equal(e.code, ERR_CONFIG);
    if (strncmp(e.msg, where, strlen(where)) != 0)
        fail_msg("expected %s, got %s", where, e.msg);
    buf_release(&seen);
}

static void expect_fault(const char *text, const char *where) {
    expect_fault_bytes(text, strlen(text), where);
}

static void delivers_in_order(void **state) {
    (void)state;
    expect_entries("# comment\n\n[a]\nk = v\nl: w\r\n[b:c]\nm =\n",
                   "3 [a]\n4 a.k=v\n5 a.l=w\n6 [b:c]\n7 b:c.m=\n");
}

static void delivers_continuations(void **state) {
    (void)state;
    expect_entries("[a]\nbody = {\n  [1,\n\n  ; a comment\n\tx = 2]\n}x = 1\n",
                   "1 [a]\n2 a.body={\n3+ a.body=[1,\n6+ a.body=x = 2]\n7 a.}x=1\n");
}

static void first_key_may_be_indented(void **state) {
    (void)state;
    expect_entries("[a]\n  k = v\n  l = w\n[b]\n  k = v\n",
                   "1 [a]\n2 a.k=v\n3+ a.k=l = w\n4 [b]\n5 b.k=v\n");
}

static void tells_where_comments_cut(void **state) {
    (void)state;
    expect_entries("[a] ; note\nk = v ; cut\nl = a;b\nm = Bearer;X ;y\n",
                   "1 [a]\n2 a.k=v @7\n3 a.l=a;b\n4 a.m=Bearer;X @14\n");
}

static void drops_a_byte_order_mark(void **state) {
    (void)state;
    expect_entries("\xef\xbb\xbf[a]\nk = \xc3\xa9\n", "1 [a]\n2 a.k=\xc3\xa9\n");
}

static void last_line_needs_no_end(void **state) {
    (void)state;
    expect_entries("[a]\nk = v", "1 [a]\n2 a.k=v\n");
}

static void refuses_what_is_no_ini(void **state) {
    (void)state;
    expect_fault("[a]\nk = v\nnonsense\n", "t.ini:3:1: expected KEY");
    expect_fault("[a]\nk ; = v\n", "t.ini:2:1: expected KEY");
    expect_fault("[a\nk = v\n", "t.ini:1:1: a section without");
    expect_fault("[]\n", "t.ini:1:2: a section's name");
    expect_fault("[a] b\n", "t.ini:1:5: text behind");
    expect_fault("[a]\n= v\n", "t.ini:2:1: a key has");
    expect_fault("[a]\nk = \xff\n", "t.ini:2:5: not UTF-8");
    expect_fault_bytes("[a]\nk = \0v\n", 11, "t.ini:2:5: a NUL");
}

/* inih cuts behind 49 bytes and 199 bytes; one less is read whole, one more is refused. */
static void keeps_inih_from_cutting(void **state) {
    (void)state;
    char name[INI_NAME_BYTES_MAX + 2] = {0};
    char text[1024];
    char expected[1024];
    memset(name, 'n', INI_NAME_BYTES_MAX);
    (void)snprintf(text, sizeof text, "[%s]\n%s = v\n", name, name);
    (void)snprintf(expected, sizeof expected, "1 [%s]\n2 %s.%s=v\n", name, name, name);
    expect_entries(text, expected);
    name[INI_NAME_BYTES_MAX] = 'n';
    (void)snprintf(text, sizeof text, "[%s]\n", name);
    expect_fault(text, "t.ini:1:2: a section's name");
    (void)snprintf(text, sizeof text, "[a]\n%s = v\n", name);
    expect_fault(text, "t.ini:2:1: a key has");

    char line[INI_LINE_BYTES_MAX + 2] = {0};
    memset(line, 'v', INI_LINE_BYTES_MAX);
    memcpy(line, "k = ", 4);
    (void)snprintf(text, sizeof text, "[a]\n%s\nl = w\n", line);
    (void)snprintf(expected, sizeof expected, "1 [a]\n2 a.k=%s\n3 a.l=w\n", line + 4);
    expect_entries(text, expected);
    line[INI_LINE_BYTES_MAX] = 'v';
    (void)snprintf(text, sizeof text, "[a]\n%s\n", line);
    expect_fault(text, "t.ini:2:199: the line is longer");
    (void)snprintf(text, sizeof text, "[a]\n#%s\n", line);
    expect_fault(text, "t.ini:2:199: the line is longer");
}

static bool refuse_second(void *user, const struct ini_entry *entry, struct err *e) {
    int *calls = user;
    ++*calls;
    return *calls < 2 || err_set(e, ERR_USAGE, "stop at %d", entry->line);
}

static void the_caller_can_stop(void **state) {
    (void)state;
    static const char text[] = "[a]\nk = v\nl = w\nm = x\n";
    int calls = 0;
    struct err e;
    assert_false(ini_read_text("t", text, strlen(text), refuse_second, &calls, &e));
    assert_int_equal(calls, 2);
    assert_int_equal(e.code, ERR_USAGE);
    assert_string_equal(e.msg, "stop at 2");
}

static void reads_files(void **state) {
    (void)state;
    char path[] = "/tmp/ttsq-ini-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "[a]\nk = v\n", 10), 10);
    assert_int_equal(close(fd), 0);
    struct buf seen;
    struct err e;
    buf_init(&seen, SEEN_BYTES_MAX);
    assert_true(ini_read_file(path, note, &seen, &e));
    assert_string_equal(buf_str(&seen), "1 [a]\n2 a.k=v\n");
    buf_release(&seen);
    assert_int_equal(unlink(path), 0);
    assert_false(ini_read_file(path, note, &seen, &e));
    assert_int_equal(e.code, ERR_IO);
    assert_int_equal(e.detail, ENOENT);
    assert_false(ini_read_file("/tmp", note, &seen, &e));
    assert_int_equal(e.detail, EISDIR);
}

static void bounds_the_file(void **state) {
    (void)state;
    static char text[INI_FILE_BYTES_MAX + 1];
    memset(text, '\n', sizeof text);
    expect_fault_bytes(text, sizeof text, "t.ini:1:1: larger");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delivers_in_order),         cmocka_unit_test(delivers_continuations),
        cmocka_unit_test(first_key_may_be_indented), cmocka_unit_test(tells_where_comments_cut),
        cmocka_unit_test(drops_a_byte_order_mark),   cmocka_unit_test(last_line_needs_no_end),
        cmocka_unit_test(refuses_what_is_no_ini),    cmocka_unit_test(keeps_inih_from_cutting),
        cmocka_unit_test(the_caller_can_stop),       cmocka_unit_test(reads_files),
        cmocka_unit_test(bounds_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
