/* test_utf8: every code point, every short malformed sequence, and what a terminal would obey. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "base/utf8.h"
#include "tests/lib/random_below.h"

/* Written from RFC 3629's description, apart from the code under test. */
static size_t encode(uint32_t c, char out[4]) {
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t bytes = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = bytes; --i > 0; c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    static const unsigned char marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
    out[0] = (char)(marks[bytes] | c);
    return bytes;
}

static bool is_scalar(uint32_t c) {
    return c <= 0x10ffff && !(c >= 0xd800 && c <= 0xdfff);
}

static void every_code_point_is_judged_right(void **state) {
    (void)state;
    for (uint32_t c = 0; c < 0x1fffff; c++) {
        char s[4];
        size_t bad = 99, bytes = encode(c, s);
        enum utf8_verdict verdict = utf8_check(s, bytes, &bad);
        assert_int_equal(verdict, c == 0 ? UTF8_NUL : is_scalar(c) ? UTF8_GOOD : UTF8_INVALID);
        uint32_t back = 0;
        assert_int_equal(utf8_decode(s, bytes, &back), is_scalar(c) ? bytes : 0);
        if (!is_scalar(c))
            continue;
        assert_int_equal(back, c);
        assert_int_equal(utf8_count_codepoints(s, bytes), 1);
        for (size_t cut = 1; cut < bytes; cut++)
            assert_int_equal(utf8_check(s, cut, &bad), UTF8_INVALID);
    }
}

/* Of all 2-byte and 3-byte strings exactly as many are valid as there are ways to write them. */
static void nothing_malformed_passes(void **state) {
    (void)state;
    size_t bad, pairs = 0, triples = 0;
    for (uint32_t i = 0; i < 0x10000; i++) {
        char s[2] = {(char)(i >> 8), (char)i};
        pairs += utf8_check(s, 2, &bad) == UTF8_GOOD;
    }
    for (uint32_t i = 0; i < 0x1000000; i++) {
        char s[3] = {(char)(i >> 16), (char)(i >> 8), (char)i};
        triples += utf8_check(s, 3, &bad) == UTF8_GOOD;
    }
    size_t one = 127, two = 0x800 - 0x80, three = 0x10000 - 0x800 - 0x800;
    assert_int_equal(pairs, one * one + two);
    assert_int_equal(triples, one * one * one + 2 * one * two + three);
}

/* A bad byte is found at its place wherever it lies, so also inside and across the eight-byte
 * steps. */
static void the_offset_is_the_first_bad_byte(void **state) {
    (void)state;
    char s[64];
    for (size_t bytes = 1; bytes < sizeof s; bytes++)
        for (size_t at = 0; at < bytes; at++) {
            size_t bad = 99;
            memset(s, 'a', bytes);
            s[at] = (char)0xff;
            assert_int_equal(utf8_check(s, bytes, &bad), UTF8_INVALID);
            assert_int_equal(bad, at);
            s[at] = '\0';
            assert_int_equal(utf8_check(s, bytes, &bad), UTF8_NUL);
            assert_int_equal(bad, at);
            if (at + 2 > bytes)
                continue;
            memcpy(s + at, "é", 2);
            assert_int_equal(utf8_check(s, bytes, &bad), UTF8_GOOD);
            assert_int_equal(utf8_count_codepoints(s, bytes), bytes - 1);
        }
    size_t bad = 99;
    assert_int_equal(utf8_check("", 0, &bad), UTF8_GOOD);
    assert_int_equal(bad, 99);
}

static void random_text_is_counted(void **state) {
    (void)state;
    for (int round = 0; round < 2000; round++) {
        char s[400];
        size_t bytes = 0, count = 0, bad;
        while (bytes < sizeof s - 4) {
            uint32_t c = (uint32_t)random_below(0x110000) >> random_below(21);
            if (c == 0 || !is_scalar(c))
                continue;
            bytes += encode(c, s + bytes);
            count++;
        }
        assert_int_equal(utf8_check(s, bytes, &bad), UTF8_GOOD);
        assert_int_equal(utf8_count_codepoints(s, bytes), count);
    }
}

static size_t speakable(const char *s) {
    return utf8_count_speakable(s, strlen(s));
}

static void only_what_is_spoken_counts(void **state) {
    (void)state;
    assert_int_equal(speakable(""), 0);
    assert_int_equal(speakable("Hello, world!"), 10);
    assert_int_equal(speakable(" \t\r\n…—–„“”‘’«»¿¡·•*#_~`|\\/"), 0);
    assert_int_equal(speakable("Größe 42 µm"), 9);
    assert_int_equal(speakable("こんにちは、世界。「カー」"), 9); /* ー is a letter */
    assert_int_equal(speakable("你好！？（）【】《》〇"), 3);
    assert_int_equal(speakable("Привет, мир"), 9);
    assert_int_equal(speakable("مرحبا، كيف؟"), 8);
    assert_int_equal(speakable("e\xcc\x81"), 1); /* e and a combining accent */
    assert_int_equal(speakable("👍🏽🎉 ☃ →"), 0);
    assert_int_equal(speakable("\xff\xfe"
                               "a"),
                     1);
}

static void expect_shown(const char *s, size_t bytes, const char *shown) {
    struct buf out;
    buf_init(&out, 4096);
    assert_true(utf8_escape_terminal(s, bytes, &out));
    assert_string_equal(buf_str(&out), shown);
    buf_release(&out);
}

static void a_terminal_obeys_nothing(void **state) {
    (void)state;
    expect_shown("", 0, "");
    expect_shown("plain Größe 世界 👍", strlen("plain Größe 世界 👍"), "plain Größe 世界 👍");
    expect_shown("a\nb\rc\td", 7, "a\\nb\\rc\\td");
    expect_shown("\x1b[31mred\x07\x7f\0", 10, "\\x1b[31mred\\x07\\x7f");
    expect_shown("\0x", 2, "\\x00x");
    expect_shown("\xc2\x9b"
                 "2J",
                 4, "\\u{9b}2J");
    expect_shown("a\xe2\x80\xae"
                 "b\xe2\x81\xa6",
                 8, "a\\u{202e}b\\u{2066}");
    expect_shown("\xe2\x80\x8f\xd8\x9c", 5, "\\u{200f}\\u{61c}");
    expect_shown("a\xff\xc3(", 4, "a\\xff\\xc3(");
    expect_shown("\xed\xa0\x80", 3, "\\xed\\xa0\\x80");
    expect_shown("\xe4\xb8", 2, "\\xe4\\xb8");
}

static void whatever_comes_in_good_text_goes_out(void **state) {
    (void)state;
    for (int round = 0; round < 5000; round++) {
        char s[64];
        size_t bad;
        for (size_t i = 0; i < sizeof s; i++)
            s[i] = (char)random_u64();
        struct buf out;
        buf_init(&out, 4096);
        assert_true(utf8_escape_terminal(s, sizeof s, &out));
        assert_int_equal(utf8_check(out.data, out.bytes, &bad), UTF8_GOOD);
        for (size_t i = 0; i < out.bytes; i++)
            assert_true((unsigned char)out.data[i] >= 0x20 && out.data[i] != 0x7f);
        buf_release(&out);
    }
}

static void a_full_buffer_says_so(void **state) {
    (void)state;
    struct buf out;
    buf_init(&out, 5);
    assert_false(utf8_escape_terminal("\x01\x02", 2, &out));
    buf_release(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_is_judged_right),
        cmocka_unit_test(nothing_malformed_passes),
        cmocka_unit_test(the_offset_is_the_first_bad_byte),
        cmocka_unit_test(random_text_is_counted),
        cmocka_unit_test(only_what_is_spoken_counts),
        cmocka_unit_test(a_terminal_obeys_nothing),
        cmocka_unit_test(whatever_comes_in_good_text_goes_out),
        cmocka_unit_test(a_full_buffer_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
