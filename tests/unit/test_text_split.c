/*
 * test_text_split: sentences against what a reader would say, pieces by their properties on
 * random Unicode. Sentences are the project's own unless their origin is named.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <unicode/ubrk.h>
#include <unicode/utext.h>

#include "base/ensure.h"
#include "base/utf8.h"
#include "text/chars.h"
#include "text/split.h"
#include "text/unwrap.h"

static struct splitter *splitter;

static int open_splitter(void **state) {
    struct err e;
    (void)state;
    return splitter_new(&splitter, &e) ? 0 : -1;
}

static int close_splitter(void **state) {
    (void)state;
    splitter_free(splitter);
    return 0;
}

struct parts {
    const char *text;
    size_t end; /* of the last part */
    size_t count;
    char shown[8192]; /* the parts, trimmed, with | between them */
};

static bool take_part(void *arg, size_t at, size_t bytes) {
    struct parts *p = arg;
    assert_int_equal(at, p->end); /* the parts cover the text */
    assert_true(bytes > 0);
    p->end = at + bytes;
    split_trim(p->text, &at, &bytes);
    size_t used = strlen(p->shown);
    (void)snprintf(p->shown + used, sizeof p->shown - used, "%s%.*s", p->count ? "|" : "",
                   (int)bytes, p->text + at);
    p->count++;
    return true;
}

/* `marked` is a text with | where it is to be cut, which is also where white space ended. */
static void expect_sentences(const char *marked) {
    char *text = ensure_strdup(marked), *expected = ensure_strdup(marked);
    size_t bytes = 0, shown = 0;
    for (const char *p = marked; *p; p++)
        if (*p != '|')
            text[bytes++] = *p;
    text[bytes] = '\0';
    for (const char *p = marked; *p; p++) { /* what take_part makes of it: no space before a | */
        if (*p == '|')
            while (shown && (expected[shown - 1] == ' ' || expected[shown - 1] == '\n'))
                shown--;
        expected[shown++] = *p;
    }
    expected[shown] = '\0';
    struct parts parts = {.text = text};
    assert_true(split_sentences(splitter, text, bytes, take_part, &parts));
    assert_int_equal(parts.end, bytes);
    assert_string_equal(parts.shown, expected);
    free(text);
    free(expected);
}

static void test_english(void **state) {
    (void)state;
    /* G. Orwell's and J. Austen's openings are quoted; the rest is ours. */
    expect_sentences(
        "It was a bright cold day in April, and the clocks were striking thirteen. |He "
        "went in.");
    expect_sentences("Dr. Smith met Mr. Jones and Mrs. B. Miller at 3.50 p.m. on Jan. 5. |They "
                     "talked.");
    expect_sentences("J. R. R. Tolkien wrote it. |So did I. |Then we ate.");
    expect_sentences("The U.S. Army left the U.S. |He stayed in the U.S. |The end.");
    expect_sentences("\"Really?\" she asked. |\"Yes!\" he said. |\"No.\" |Then they left.");
    expect_sentences("\xe2\x80\x9cReally?\xe2\x80\x9d she asked. |\xe2\x80\x9cYes.\xe2\x80\x9d |He "
                     "left.");
    expect_sentences("She said no. |See Fig. 3 and No. 7. |Fine.");
    expect_sentences("Well... maybe, e.g. tomorrow, i.e. soon. |Go!");
    expect_sentences("He waited\xe2\x80\xa6 |Nobody came\xe2\x80\xa6 not one.");
    expect_sentences("It costs $3.50. |Visit www.example.com or a.b.c today. |Done?! |Yes.");
    expect_sentences("1. First of all, sit. |2. Then stand.");
    expect_sentences("(He left.) |She stayed (why?) and sang.");
    expect_sentences("He saw the St. Louis arch vs. the tower. |Prof. Lee et al. agreed.");
    expect_sentences("One. |Two! |Three?");
}

static void test_german(void **state) {
    (void)state;
    expect_sentences(
        "Das gilt z. B. f\xc3\xbcr Dr. M\xc3\xbcller, d. h. immer. |Am 3. Oktober 1990 "
        "war Feiertag. |Gut.");
    expect_sentences("Es kam bzw. ging ca. um 12 Uhr usw. und so fort. |Nr. 5 lebt, vgl. Abs. 2.");
    expect_sentences("\xc2\xbbWirklich?\xc2\xab fragte sie. |\xc2\xbbJa.\xc2\xab |Er ging.");
    expect_sentences("\xe2\x80\x9eNein!\xe2\x80\x9c rief er. |\xe2\x80\x9e"
                     "Doch.\xe2\x80\x9c |Ende.");
    expect_sentences("Das war 1984. |Er ging im 19. Jahrhundert fort.");
    expect_sentences("Der Preis betr\xc3\xa4gt 1.234,50 Euro. |Mehr nicht.");
}

static void test_french(void **state) {
    (void)state;
    expect_sentences(
        "\xc2\xab\xc2\xa0Vraiment\xc2\xa0?\xc2\xa0\xc2\xbb demanda-t-elle. |Il partit.");
    expect_sentences(
        "\xc2\xab\xc2\xa0Oui\xc2\xa0!\xc2\xa0\xc2\xbb |Il partit avec M. Dupont et Mme. "
        "Durand.");
}

static void test_chinese_japanese(void **state) {
    (void)state;
    /* 北风与太阳 (Aesop) in our words; 吾輩は猫である, Natsume Soseki 1905, public domain. */
    expect_sentences(
        "北风与太阳争论谁更强大。|他们看见一个旅行者；于是决定：谁赢谁就强！|真的吗？");
    expect_sentences("「真的吗？」|他问。|“是的。”|他走了，价格是3.50元。");
    expect_sentences("吾輩は猫である。|名前はまだ無い。|どこで生れたかとんと見当がつかぬ。");
    expect_sentences("「行くの？」|「うん。」|彼は言った。");
}

static void test_other_scripts(void **state) {
    (void)state;
    expect_sentences("एक समय की बात है। |एक गाँव में एक किसान रहता था। |क्या वह खुश था? |हाँ।");
    expect_sentences("كان يا ما كان في قديم الزمان. |هل تعلم؟ |نعم، أعلم.");
    expect_sentences("А. С. Пушкин родился в Москве. |Он жил там.");
    expect_sentences("กาลครั้งหนึ่งนานมาแล้ว มีเด็กชายคนหนึ่ง เขาชอบอ่านหนังสือ");
}

static void test_lines_and_blanks(void **state) {
    (void)state;
    expect_sentences("This sentence was\nwrapped by hand. |The next one\ntoo, e.g. here.");
    expect_sentences("Dr.\nSmith came.\n|He left.");
    expect_sentences("CHAPTER ONE\n\n|It began.");
    expect_sentences("He left. |* * * She came. \"...\" |Then he went.");
    expect_sentences("...");
}

/* ---- pieces ---- */

struct cut_check {
    const char *text;
    size_t bytes, end, count;
    struct measure_limit limit;
};

static void check_piece(struct cut_check *c, size_t at, size_t bytes) {
    size_t trimmed_at = at, trimmed = bytes;
    assert_int_equal(at, c->end);
    assert_true(bytes > 0 && at + bytes <= c->bytes);
    c->end = at + bytes;
    c->count++;
    split_trim(c->text, &trimmed_at, &trimmed);
    assert_true(measure_text(c->text + trimmed_at, trimmed, c->limit.unit) <= c->limit.max);
    assert_true(trimmed > 0 || bytes == c->bytes); /* no piece is blank, unless the text is */
}

/* ICU's own clusters of the whole text: an independent look at every cut. */
static void assert_on_clusters(const char *text, size_t bytes, const size_t *cuts, size_t count) {
    UErrorCode code = U_ZERO_ERROR;
    UText *u = utext_openUTF8(NULL, text, (int64_t)bytes, &code);
    UBreakIterator *it = ubrk_open(UBRK_CHARACTER, "en", NULL, 0, &code);
    ubrk_setUText(it, u, &code);
    assert_true(U_SUCCESS(code));
    for (size_t i = 0; i < count; i++)
        assert_true(ubrk_isBoundary(it, (int32_t)cuts[i]));
    ubrk_close(it);
    utext_close(u);
}

static size_t cut_and_check(const char *text, size_t bytes, enum measure_unit unit, int64_t most,
                            bool *refused) {
    struct cut_check c = {.text = text, .bytes = bytes, .limit = {.unit = unit, .max = most}};
    struct split_ends cuts = {.count_max = SIZE_MAX};
    struct err e;
    *refused = !split_ends(splitter, text, bytes, &c.limit, &cuts, &e);
    if (*refused) {
        assert_int_equal(e.code, ERR_INPUT);
        assert_null(cuts.ends);
        assert_int_equal(cuts.count, 0);
        return 0;
    }
    for (size_t i = 0; i < cuts.count; i++)
        check_piece(&c, c.end, cuts.ends[i] - c.end);
    assert_int_equal(c.end, bytes);
    assert_on_clusters(text, bytes, cuts.ends, cuts.count);
    free(cuts.ends);
    return c.count;
}

static void expect_pieces(const char *text, enum measure_unit unit, int64_t most,
                          const char *shown) {
    struct measure_limit limit = {.unit = unit, .max = most};
    struct parts parts = {.text = text};
    struct err e;
    struct split_ends cuts = {.count_max = SIZE_MAX};
    assert_true(split_ends(splitter, text, strlen(text), &limit, &cuts, &e));
    for (size_t i = 0; i < cuts.count; i++)
        assert_true(take_part(&parts, parts.end, cuts.ends[i] - parts.end));
    assert_int_equal(parts.end, strlen(text));
    assert_string_equal(parts.shown, shown);
    free(cuts.ends);
}

static void test_where_pieces_end(void **state) {
    (void)state;
    expect_pieces("One two. Three four. Five six.", MEASURE_CODEPOINTS, 20,
                  "One two. Three four.|Five six.");
    expect_pieces("Short one.\n\nA second paragraph here.", MEASURE_CODEPOINTS, 24,
                  "Short one.|A second paragraph here.");
    expect_pieces("A clause here, another there; and the rest of it", MEASURE_CODEPOINTS, 30,
                  "A clause here, another there;|and the rest of it");
    expect_pieces("It costs 3,000 dollars or 4,000 dollars", MEASURE_CODEPOINTS, 17,
                  "It costs 3,000|dollars or 4,000|dollars");
    expect_pieces("abcdefghij", MEASURE_CODEPOINTS, 4, "abcd|efgh|ij");
    expect_pieces("Mr. Smith and Dr. Jones. They left.", MEASURE_CODEPOINTS, 26,
                  "Mr. Smith and Dr. Jones.|They left.");
    expect_pieces("他们看见一个旅行者，于是决定，谁赢谁就强。", MEASURE_CODEPOINTS, 12,
                  "他们看见一个旅行者，|于是决定，谁赢谁就强。");
    expect_pieces("他们看见。一二三四", MEASURE_BYTES, 15, "他们看见。|一二三四");
    expect_pieces("中文abc中文", MEASURE_HAN, 7, "中文abc|中文");
    /* Thai has no spaces between words: ICU's dictionary finds them */
    expect_pieces("เด็กชายคนหนึ่ง", MEASURE_CODEPOINTS, 8, "เด็กชาย|คนหนึ่ง");
}

static void test_never_inside(void **state) {
    (void)state;
    bool refused;
    expect_pieces("ab <break time=\"1s\"/> cd", MEASURE_CODEPOINTS, 19,
                  "ab|<break time=\"1s\"/>|cd");
    expect_pieces("one<#0.5#>two", MEASURE_CODEPOINTS, 8, "one|<#0.5#>|two");
    expect_pieces("abcd&amp;efgh", MEASURE_CODEPOINTS, 6, "abcd|&amp;|efgh");
    expect_pieces("if a < b and c > d", MEASURE_CODEPOINTS, 8, "if a < b|and c >|d");
    const char *family = "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7";
    char two[64];
    (void)snprintf(two, sizeof two, "%s%s", family, family);
    assert_int_equal(cut_and_check(two, strlen(two), MEASURE_CODEPOINTS, 7, &refused), 2);
    assert_false(refused);
    (void)cut_and_check(two, strlen(two), MEASURE_CODEPOINTS, 4, &refused);
    assert_true(refused);
    expect_pieces("e\xcc\x81"
                  "e\xcc\x81"
                  "e\xcc\x81",
                  MEASURE_CODEPOINTS, 3, "e\xcc\x81|e\xcc\x81|e\xcc\x81");
    (void)cut_and_check("<break time=\"1s\"/>", 18, MEASURE_CODEPOINTS, 10, &refused);
    assert_true(refused);
}

/* A tale of ours in each language, with what is written in it. At every length of a call the pieces
 * joined are the text, and no cut is inside a cluster. */
static const struct {
    const char *text;
    int64_t most;       /* code points of a call, … */
    const char *pieces; /* … and where a reader would pause */
} tales[] = {
    {/* de */
     .text =
         "Der Müller hieß Dr. Groß, und er schlief z. B. nie vor Mitternacht. \"Wer klopft da?\" "
         "rief er. Draußen stand, ganz durchnässt, ein Fuchs; er trug 1.234,50 Euro bei sich.",
     .most = 70,
     .pieces =
         "Der Müller hieß Dr. Groß, und er schlief z. B. nie vor Mitternacht.|\"Wer klopft da?\" "
         "rief er.|Draußen stand, ganz durchnässt, ein Fuchs;|er trug 1.234,50 Euro bei sich."},
    {/* ja */
     .text =
         "むかしむかし、狐が橋のそばに住んでいました。「だれですか」と狐が聞きました。月がきれいな"
         "夜、カ\xe3\x82\x99ラスの鐘がひとつ鳴りました。",
     .most = 24,
     .pieces =
         "むかしむかし、狐が橋のそばに住んでいました。|「だれですか」と狐が聞きました。|月がきれい"
         "な夜、カ\xe3\x82\x99ラスの鐘がひとつ鳴りました。"},
    {/* hi */
     .text = "एक लोमड़ी नदी के किनारे रहती थी। क्या तुमने उसे देखा है? वह हर सुबह, सूरज से पहले, "
             "क्षितिज की ओर चलती थी।",
     .most = 34,
     .pieces = "एक लोमड़ी नदी के किनारे रहती थी।|क्या तुमने उसे देखा है?|वह हर सुबह, सूरज से पहले,|"
               "क्षितिज की ओर चलती थी।"},
    {/* ar */
     .text = "كَانَ ثَعْلَبٌ يَسْكُنُ قُرْبَ النَّهْرِ. هل رأيته؟ في كل صباح، قبل الشمس، يمشي إلى الجبل؛ ثم يعود.",
     .most = 45,
     .pieces =
         "كَانَ ثَعْلَبٌ يَسْكُنُ قُرْبَ النَّهْرِ.|هل رأيته؟|في كل صباح، قبل الشمس، يمشي إلى الجبل؛|ثم يعود."},
    {/* zh */
     .text = "从前有一只狐狸，住在河边。“谁在那里？”它问。夜里下着雨；钟响了三下……没有人回答。",
     .most = 16,
     .pieces =
         "从前有一只狐狸，住在河边。|“谁在那里？”它问。|夜里下着雨；钟响了三下……|没有人回答。"},
    {/* th */
     .text = "สุนัขจิ้งจอกตัวหนึ่งอาศัยอยู่ริมแม่น้ำ ทุกเช้ามันเดินไปที่ภูเขา แล้วก็กลับมา",
     .most = 40,
     .pieces = "สุนัขจิ้งจอกตัวหนึ่งอาศัยอยู่ริมแม่น้ำ|ทุกเช้ามันเดินไปที่ภูเขา แล้วก็กลับมา"},
};

static void test_tales(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof tales / sizeof tales[0]; i++) {
        const char *text = tales[i].text;
        size_t bytes = strlen(text), whole = 0;
        bool refused;
        expect_pieces(text, MEASURE_CODEPOINTS, tales[i].most, tales[i].pieces);
        for (int64_t most = 8; most <= (int64_t)bytes; most++)
            for (int unit = 0; unit < 3; unit++) {
                whole = cut_and_check(text, bytes, (enum measure_unit)unit, most, &refused);
                /* no cluster of theirs has more than 12 bytes */
                assert_true(!refused || (unit == MEASURE_BYTES && most < 12));
            }
        assert_int_equal(whole, 1);
    }
}

static uint64_t seed = 88172645463325252u;

static uint64_t draw(uint64_t below) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % below;
}

static size_t put_utf8(char *out, uint32_t c) {
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; c >>= 6)
        out[i] = (char)(0x80u | (c & 0x3fu));
    out[0] = (char)((n == 2 ? 0xc0u : n == 3 ? 0xe0u : 0xf0u) | c);
    return n;
}

static uint32_t random_char(void) {
    static const char common[] = "aaAbz ... ,,;:!?\n\n\"'()<>/#&;01- \t";
    static const uint32_t odd[] = {0x300,  0x301,  0x200d,  0x1f468, 0x1f1e6, 0x1f1e7, 0xfe0f,
                                   0x3002, 0xff0c, 0xff1f,  0x2026,  0xa0,    0x0e40,  0x0e01,
                                   0x0915, 0x094d, 0x0937,  0x0964,  0x061f,  0x0627,  0x1100,
                                   0x1161, 0x11a8, 0x1f3fb, 0x4e2d,  0x3042,  0x201d,  0xab,
                                   0xbb,   0x300c, 0x300d,  0x2028,  0x3000,  0xfeff,  0x200b};
    switch (draw(6)) {
    case 0:
        return odd[draw(sizeof odd / sizeof odd[0])];
    case 1: {
        uint32_t c = (uint32_t)draw(0x10ffff) + 1;
        return c >= 0xd800 && c <= 0xdfff ? 'x' : c;
    }
    default:
        return (uint32_t)common[draw(sizeof common - 1)];
    }
}

static bool count_part(void *arg, size_t at, size_t bytes) {
    size_t *end = arg;
    assert_int_equal(at, *end);
    *end += bytes;
    return true;
}

static void test_random_unicode(void **state) {
    (void)state;
    char text[4 * 400 + 1];
    bool refused;
    size_t refusals = 0;
    for (int round = 0; round < 20000; round++) {
        size_t bytes = 0, chars = draw(400) + 1;
        for (size_t i = 0; i < chars; i++)
            bytes += put_utf8(text + bytes, random_char());
        text[bytes] = '\0';
        enum measure_unit unit = (enum measure_unit)draw(3);
        (void)cut_and_check(text, bytes, unit, (int64_t)draw(120) + 4, &refused);
        refusals += refused;
        size_t end = 0;
        assert_true(split_sentences(splitter, text, bytes, count_part, &end));
        assert_int_equal(end, bytes);
    }
    assert_true(refusals <
                15000); /* the limits drawn let most through, so the property is tested */
}

/* No input may make it slow: each of these is a million bytes. */
static void test_hostile(void **state) {
    (void)state;
    static const char *const units[] = {"\n",
                                        "a",
                                        "<",
                                        "<a",
                                        "& ",
                                        "\xcc\x81",
                                        "Dr. ",
                                        "\"",
                                        " ",
                                        "\xe2\x80\xa6",
                                        "...",
                                        ". ",
                                        "\r\n",
                                        "\xe0\xb9\x80\xe0\xb8\x81",
                                        "?\xc2\xa0\xc2\xbb"};
    bool refused;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        size_t unit = strlen(units[i]), bytes = 1000000 / unit * unit;
        char *text = ensure_alloc(bytes + 1);
        for (size_t at = 0; at < bytes; at += unit)
            memcpy(text + at, units[i], unit);
        text[bytes] = '\0';
        (void)cut_and_check(text, bytes, MEASURE_CODEPOINTS, 4000, &refused);
        size_t end = 0;
        assert_true(split_sentences(splitter, text, bytes, count_part, &end));
        assert_int_equal(end, bytes);
        assert_int_equal(text_unwrap(text, bytes) <= bytes, 1);
        free(text);
    }
}

/* ---- unwrapping and measuring ---- */

static void expect_unwrapped(const char *wrapped, const char *expected) {
    char *text = ensure_strdup(wrapped);
    size_t bytes = text_unwrap(text, strlen(text));
    assert_string_equal(text, expected);
    assert_int_equal(bytes, strlen(expected));
    free(text);
}

static void test_unwrap(void **state) {
    (void)state;
    expect_unwrapped(
        "It was the best of times, it was the worst of\ntimes, it was the age of wisdom, "
        "it was all\nthe end.",
        "It was the best of times, it was the worst of times, it was the age of wisdom, "
        "it was all the end.");
    expect_unwrapped("CHAPTER ONE\nIt was the best of times, it was the worst of times,\nit was.",
                     "CHAPTER ONE\nIt was the best of times, it was the worst of times, it was.");
    expect_unwrapped("milk\neggs\nbread", "milk\neggs\nbread");
    expect_unwrapped(
        "今日は天気がよいので公園まで歩いて行きましたが、誰もいませんでした\nので帰りました。",
        "今日は天気がよいので公園まで歩いて行きましたが、誰もいませんでしたので帰りました。");
    expect_unwrapped("", "");
    expect_unwrapped("\n\n", "\n\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_english),
        cmocka_unit_test(test_german),
        cmocka_unit_test(test_french),
        cmocka_unit_test(test_chinese_japanese),
        cmocka_unit_test(test_other_scripts),
        cmocka_unit_test(test_lines_and_blanks),
        cmocka_unit_test(test_where_pieces_end),
        cmocka_unit_test(test_never_inside),
        cmocka_unit_test(test_tales),
        cmocka_unit_test(test_random_unicode),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_unwrap),
    };
    return cmocka_run_group_tests(tests, open_splitter, close_splitter);
}
