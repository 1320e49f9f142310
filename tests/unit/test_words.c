/* test_words: command lines and their words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/words.h"

#define WORDS_IN_A_ROW 4

static const struct {
    const char *line;
    const char *words[WORDS_IN_A_ROW + 1];
} good[] = {
    {"/bin/true", {"/bin/true"}},
    {"  /bin/echo\ta  b ", {"/bin/echo", "a", "b"}},
    {"/bin/echo 'a b' \"c d\"", {"/bin/echo", "a b", "c d"}},
    {"/bin/echo a\\ b '' \"\"", {"/bin/echo", "a b", "", ""}},
    {"/bin/echo '\\' \"\\\"\" it's ok'", {"/bin/echo", "\\", "\"", "its ok"}},
    {"x $HOME *|;", {"x", "$HOME", "*|;"}},
};

static void a_line_is_cut_and_joined_again(void **state) {
    (void)state;
    struct err e;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        char **words, **again, *line;
        assert_true(words_split(good[i].line, &words, &e));
        assert_true(words_join(words, &line, &e));
        assert_true(words_split(line, &again, &e));
        size_t n = 0;
        for (; good[i].words[n]; n++) {
            assert_string_equal(words[n], good[i].words[n]);
            assert_string_equal(again[n], good[i].words[n]);
        }
        assert_null(words[n]);
        assert_null(again[n]);
        words_free(words);
        words_free(again);
        free(line);
    }
}

static void bad_lines_are_refused(void **state) {
    static const char *const bad[] = {"", "  ", "a 'b", "a \"b", "a \\"};
    char **words, long_line[WORDS_BYTES_MAX + 2], many[2 * WORDS_MAX + 4];
    struct err e;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(words_split(bad[i], &words, &e));
    memset(long_line, 'x', sizeof long_line - 1);
    long_line[sizeof long_line - 1] = '\0';
    assert_false(words_split(long_line, &words, &e));
    for (size_t i = 0; i < sizeof many - 1; i++)
        many[i] = i % 2 ? ' ' : 'x';
    many[sizeof many - 1] = '\0';
    assert_false(words_split(many, &words, &e));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_line_is_cut_and_joined_again),
                                       cmocka_unit_test(bad_lines_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
