/* test_audio_streams: MP3, AAC, Ogg and FLAC built here byte by byte; every cut, every flipped bit
 * and random bytes. Checksums are computed bit by bit, apart from the code under test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <unistd.h>

#include "audio/audio.h"
#include "base/buf.h"
#include "base/random.h"
#include "tests/lib/random_below.h"

#define STREAM_BYTES_MAX (1 << 20)

static void add(struct buf *b, const void *data, size_t bytes) {
    assert_true(buf_add(b, data, bytes));
}

static void add_be(struct buf *b, uint64_t value, int bytes) {
    while (bytes-- > 0)
        assert_true(buf_add_char(b, (char)(value >> (8 * bytes))));
}

static void add_le(struct buf *b, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; i++)
        assert_true(buf_add_char(b, (char)(value >> (8 * i))));
}

static void add_noise(struct buf *b, size_t bytes) {
    while (bytes-- > 0)
        assert_true(buf_add_char(b, (char)random_u64()));
}

static uint32_t crc_of(const char *data, size_t bytes, unsigned bits, uint32_t poly) {
    uint64_t crc = 0, top = UINT64_C(1) << bits;
    for (size_t i = 0; i < bytes * 8; i++) {
        uint64_t bit = (uint64_t)(unsigned char)data[i / 8] >> (7 - i % 8) & 1;
        crc = (crc << 1) ^ (bit << bits);
        if (crc & top)
            crc ^= top | poly;
    }
    return (uint32_t)crc;
}

/* A copy of just the size, where a sanitizer sees an over-read. */
static bool check(const char *data, size_t bytes, struct audio_facts *facts, struct err *e) {
    char *copy = malloc(bytes ? bytes : 1);
    assert_non_null(copy);
    if (bytes)
        memcpy(copy, data, bytes);
    struct audio_source src;
    audio_source_memory(&src, copy, bytes);
    bool ok = audio_check(&src, AUDIO_UNKNOWN, facts, e);
    free(copy);
    return ok;
}

static struct audio_facts expect_whole(const struct buf *b, enum audio_format format,
                                       int64_t duration_ms, int rate_hz, int channels) {
    struct audio_facts facts;
    struct err e;
    if (!check(b->data, b->bytes, &facts, &e))
        fail_msg("%s", e.msg);
    assert_int_equal(facts.format, format);
    assert_int_equal(facts.duration_ms, duration_ms);
    assert_int_equal(facts.sample_rate_hz, rate_hz);
    assert_int_equal(facts.channels, channels);
    return facts;
}

static void expect_refused(const struct buf *b, const char *words) {
    struct audio_facts facts;
    struct err e;
    assert_false(check(b->data, b->bytes, &facts, &e));
    assert_int_equal(e.code, ERR_INPUT);
    if (!strstr(e.msg, words))
        fail_msg("\"%s\" does not say \"%s\"", e.msg, words);
}

static void expect_every_cut_refused(const struct buf *b) {
    for (size_t bytes = 0; bytes < b->bytes; bytes++) {
        struct audio_facts facts;
        struct err e;
        if (check(b->data, bytes, &facts, &e))
            fail_msg("a cut to %zu of %zu bytes was taken", bytes, b->bytes);
    }
}

/* A window that slides over a file must give the same facts as memory. */
static void expect_same_from_file(const struct buf *b) {
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(write(fileno(file), b->data, b->bytes), (ssize_t)b->bytes);
    struct audio_source src;
    struct audio_facts from_file, from_memory;
    struct err e;
    audio_source_fd(&src, fileno(file), (int64_t)b->bytes);
    assert_true(audio_check(&src, AUDIO_UNKNOWN, &from_file, &e));
    assert_true(check(b->data, b->bytes, &from_memory, &e));
    assert_memory_equal(&from_file, &from_memory, sizeof from_file);
    fclose(file);
}

/* Some bytes become others: a verdict in any case. */
static void expect_survives_damage(const struct buf *b) {
    char *copy = malloc(b->bytes);
    assert_non_null(copy);
    for (int round = 0; round < 3000; round++) {
        struct audio_facts facts;
        struct err e;
        memcpy(copy, b->data, b->bytes);
        for (int64_t i = 1 + random_below(5); i > 0; i--)
            copy[random_below(random_below(2) ? 64 : (int64_t)b->bytes)] = (char)random_u64();
        size_t bytes = (size_t)random_below((int64_t)b->bytes + 1);
        if (check(copy, bytes, &facts, &e))
            assert_true(facts.duration_ms >= -1);
    }
    free(copy);
}

/* MPEG-2 layer 3, 24 kHz, 64 kbit/s, mono: 192 bytes and 24 ms a frame. */
#define MP3_HEAD UINT32_C(0xfff384c0)
#define MP3_FRAME_BYTES 192

static void add_mp3_frame(struct buf *b) {
    add_be(b, MP3_HEAD, 4);
    add_noise(b, MP3_FRAME_BYTES - 4);
}

static void add_info_frame(struct buf *b, uint32_t frames) {
    static const char zeros[MP3_FRAME_BYTES];
    add_be(b, MP3_HEAD, 4);
    add(b, zeros, 9);
    add(b, "Info", 4);
    add_be(b, 1, 4);
    add_be(b, frames, 4);
    add(b, zeros, MP3_FRAME_BYTES - 25);
}

static void add_id3(struct buf *b, uint32_t bytes) {
    add(b, "ID3\4\0\0", 6);
    for (int shift = 21; shift >= 0; shift -= 7)
        assert_true(buf_add_char(b, (char)(bytes >> shift & 0x7f)));
    add_noise(b, bytes);
}

static void mp3_frames_are_walked_to_the_end(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, STREAM_BYTES_MAX);
    for (int i = 0; i < 100; i++)
        add_mp3_frame(&b);
    struct audio_facts facts = expect_whole(&b, AUDIO_MP3, 2400, 24000, 1);
    assert_false(facts.complete);
    expect_same_from_file(&b);
    for (size_t bytes = 0; bytes < b.bytes; bytes++) { /* only between two frames a cut is unseen */
        struct err e;
        bool ok = check(b.data, bytes, &facts, &e);
        assert_int_equal(ok, bytes > 0 && bytes % MP3_FRAME_BYTES == 0);
        assert_true(!ok || !facts.complete);
    }
    expect_survives_damage(&b);
    buf_release(&b);
}

static void an_info_header_counts_the_frames(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, STREAM_BYTES_MAX);
    add_id3(&b, 300);
    add_info_frame(&b, 10);
    for (int i = 0; i < 10; i++)
        add_mp3_frame(&b);
    struct audio_facts facts = expect_whole(&b, AUDIO_MP3, 240, 24000, 1);
    assert_true(facts.complete);
    expect_every_cut_refused(&b);
    buf_clear(&b);
    add_info_frame(&b, 0); /* a streaming encoder does not know */
    add_mp3_frame(&b);
    facts = expect_whole(&b, AUDIO_MP3, 24, 24000, 1);
    assert_false(facts.complete);
    buf_release(&b);
}

static void tags_and_padding_around_mp3_are_no_sound(void **state) {
    (void)state;
    static const char zeros[3000], id3v1[128] = "TAG";
    struct buf b;
    buf_init(&b, STREAM_BYTES_MAX);
    add_mp3_frame(&b);
    add_id3(&b, 5000); /* of a second piece that was appended */
    add_mp3_frame(&b);
    add(&b, "APETAGEX\xd0\7\0\0\x20\0\0\0", 16);
    add(&b, zeros, 16 + 32); /* the rest of its head, and the 32 bytes that it announces */
    add(&b, zeros, sizeof zeros);
    add(&b, id3v1, sizeof id3v1);
    (void)expect_whole(&b, AUDIO_MP3, 48, 24000, 1);
    add(&b, zeros, sizeof zeros);
    expect_refused(&b, "no frame at byte");
    buf_release(&b);
}

static void words_behind_mp3_are_a_failure(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, STREAM_BYTES_MAX);
    add_mp3_frame(&b);
    add_mp3_frame(&b);
    assert_true(buf_add_str(&b, "{\"error\":\"upstream timeout\"}"));
    expect_refused(&b, "text behind the sound, at byte 384");
    buf_clear(&b);
    add_id3(&b, 20);
    expect_refused(&b, "without a frame");
    buf_release(&b);
}

static void every_mp3_header_gives_its_length(void **state) {
    (void)state;
    static const struct {
        uint32_t head;
        size_t bytes;
        int rate_hz, channels, samples;
    } rows[] = {
        {0xfffb9000, 417, 44100, 2, 1152}, {0xfffb9200, 418, 44100, 2, 1152},
        {0xfffb94c0, 384, 48000, 1, 1152}, {0xfff380c0, 208, 22050, 1, 576},
        {0xffe380c0, 417, 11025, 1, 576},  {0xfffd8000, 417, 44100, 2, 1152},
        {0xffff9400, 288, 48000, 2, 384},
    };
    /* 288: layer 1 at 288 kbit/s and 48 kHz has 72 slots of 4 bytes */
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf b;
        buf_init(&b, STREAM_BYTES_MAX);
        for (int frame = 0; frame < 3; frame++) {
            add_be(&b, rows[i].head, 4);
            for (size_t n = 4; n < rows[i].bytes; n++)
                assert_true(buf_add_char(&b, 0));
        }
        (void)expect_whole(&b, AUDIO_MP3, (int64_t)3 * rows[i].samples * 1000 / rows[i].rate_hz,
                           rows[i].rate_hz, rows[i].channels);
        buf_release(&b);
    }
}

static void add_adts_frame(struct buf *b, size_t bytes) {
    add_be(b, 0xfff1, 2);
    assert_true(buf_add_char(b, (char)(1 << 6 | 6 << 2))); /* LC, 24 kHz */
    add_be(b, UINT32_C(1) << 30 | (uint32_t)bytes << 13 | 0x1ffc, 4);
    add_noise(b, bytes - 7);
}

static void aac_frames_are_walked_to_the_end(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, STREAM_BYTES_MAX);
    size_t ends[50];
    for (int i = 0; i < 50; i++) {
        add_adts_frame(&b, (size_t)(20 + random_below(400)));
        ends[i] = b.bytes;
    }
    (void)expect_whole(&b, AUDIO_AAC, 50 * 1024 * 1000 / 24000, 24000, 1);
    int next = 0;
    for (size_t bytes = 0; bytes < b.bytes; bytes++) {
        struct audio_facts facts;
        struct err e;
        bool between = bytes == ends[next];
        next += between;
        assert_int_equal(check(b.data, bytes, &facts, &e), between);
    }
    expect_survives_damage(&b);
    buf_release(&b);
}

struct page {
    unsigned flags; /* 1 continued, 2 first, 4 last */
    int64_t granule;
    uint32_t serial, number;
    size_t body_bytes;
    const void *body; /* NULL = noise */
};

static void add_page(struct buf *b, struct page page) {
    size_t start = b->bytes, segments = page.body_bytes / 255 + 1;
    add(b, "OggS\0", 5);
    assert_true(buf_add_char(b, (char)page.flags));
    add_le(b, (uint64_t)page.granule, 8);
    add_le(b, page.serial, 4);
    add_le(b, page.number, 4);
    add_le(b, 0, 4);
    assert_true(buf_add_char(b, (char)segments));
    for (size_t i = 0; i + 1 < segments; i++)
        assert_true(buf_add_char(b, (char)255));
    assert_true(buf_add_char(b, (char)(page.body_bytes % 255)));
    if (page.body)
        add(b, page.body, page.body_bytes);
    else
        add_noise(b, page.body_bytes);
    uint32_t crc = crc_of(b->data + start, b->bytes - start, 32, 0x04c11db7);
    for (int i = 0; i < 4; i++)
        b->data[start + 22 + (size_t)i] = (char)(crc >> (8 * i));
}

static const char opus_head[] = "OpusHead\1\1\x38\1\x80\xbb\0\0\0\0"; /* mono, pre-skip 312 */

static void add_opus(struct buf *b, uint32_t serial, int pages) {
    add_page(b, (struct page){2, 0, serial, 0, 19, opus_head});
    add_page(b, (struct page){0, 0, serial, 1, 16, "OpusTags\0\0\0\0\0\0\0\0"});
    for (int i = 1; i <= pages; i++)
        add_page(b, (struct page){i == pages ? 4 : 0, 312 + 24000 * (int64_t)i, serial,
                                  (uint32_t)i + 1, (size_t)random_below(3000), NULL});
}

static void opus_needs_all_its_pages(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, STREAM_BYTES_MAX);
    add_opus(&b, 7, 5);
    struct audio_facts facts = expect_whole(&b, AUDIO_OGG, 2500, 48000, 1);
    assert_true(facts.complete);
    expect_every_cut_refused(&b);
    expect_same_from_file(&b);
    expect_survives_damage(&b);
    for (size_t i = 0; i < 300; i++) { /* no bit may change unseen */
        size_t at = (size_t)random_below((int64_t)b.bytes);
        struct err e;
        b.data[at] ^= 4;
        assert_false(check(b.data, b.bytes, &facts, &e));
        b.data[at] ^= 4;
    }
    buf_release(&b);
}

static void chained_and_foreign_streams_are_told_apart(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, STREAM_BYTES_MAX);
    add_opus(&b, 7, 2);
    add_opus(&b, 8, 1);
    (void)expect_whole(&b, AUDIO_OGG, 1500, 48000, 1);
    buf_clear(&b);
    add_page(&b, (struct page){2, 0, 1, 0, 19, opus_head});
    add_page(&b, (struct page){2, 0, 2, 0, 8, "fishead\0"});
    add_page(&b, (struct page){4, 0, 2, 1, 8, NULL});
    add_page(&b, (struct page){0, 48312, 1, 1, 100, NULL});
    expect_refused(&b, "no end-of-stream page");
    add_page(&b, (struct page){4, 96312, 1, 2, 100, NULL});
    (void)expect_whole(&b, AUDIO_OGG, 2000, 48000, 1);
    buf_release(&b);
}

static void ogg_holes_and_hollows_are_refused(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, STREAM_BYTES_MAX);
    add_page(&b, (struct page){2, 0, 1, 0, 19, opus_head});
    add_page(&b, (struct page){4, 48312, 1, 2, 100, NULL});
    expect_refused(&b, "page 1 is missing");
    buf_clear(&b);
    add_page(&b, (struct page){2, 0, 1, 0, 19, opus_head});
    add_page(&b, (struct page){4, 312, 1, 1, 100, NULL});
    expect_refused(&b, "without sound");
    buf_clear(&b);
    add_page(&b, (struct page){4, 48312, 1, 0, 100, NULL});
    expect_refused(&b, "first page");
    buf_release(&b);
}

/* A position is whatever the provider's encoder wrote;
 * durations are added up by those who deliver. */
static void a_duration_of_ages_is_not_believed(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, STREAM_BYTES_MAX);
    add_page(&b, (struct page){2, 0, 1, 0, 19, opus_head});
    add_page(&b, (struct page){4, INT64_MAX, 1, 1, 100, NULL});
    (void)expect_whole(&b, AUDIO_OGG, -1, 48000, 1);
    buf_release(&b);
}

static void vorbis_tells_its_rate(void **state) {
    (void)state;
    static const char ident[] = "\1vorbis\0\0\0\0\2\x44\xac\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xb8\1";
    struct buf b;
    buf_init(&b, STREAM_BYTES_MAX);
    add_page(&b, (struct page){2, 0, 1, 0, 30, ident});
    add_page(&b, (struct page){0, 441000, 1, 1, 1000, NULL});
    add_page(&b, (struct page){4, -1, 1, 2, 500, NULL}); /* says nothing about the position */
    (void)expect_whole(&b, AUDIO_OGG, 10000, 44100, 2);
    expect_every_cut_refused(&b);
    buf_release(&b);
}

static void add_flac_frame(struct buf *b, unsigned number, unsigned samples) {
    size_t start = b->bytes;
    add_be(b, 0xfff8, 2);
    add_be(b, 0x7708, 2); /* 16 bit block size, rate 24 kHz, mono, 16 bit */
    assert_true(number < 128 && buf_add_char(b, (char)number));
    add_be(b, samples - 1, 2);
    add_be(b, crc_of(b->data + start, b->bytes - start, 8, 0x07), 1);
    add_noise(b, (size_t)(40 + random_below(200)));
    add_be(b, crc_of(b->data + start, b->bytes - start, 16, 0x8005), 2);
}

/* Its checksum of 16 bits may be 0 over a cut of it, too, which then cannot be seen. */
static bool has_a_cut_that_looks_whole(const struct buf *b, size_t start) {
    for (size_t end = start + 1; end < b->bytes; end++)
        if (crc_of(b->data + start, end - start, 16, 0x8005) == 0)
            return true;
    return false;
}

static void add_last_flac_frame(struct buf *b, unsigned number, unsigned samples) {
    size_t start = b->bytes;
    do {
        b->bytes = start;
        add_flac_frame(b, number, samples);
    } while (has_a_cut_that_looks_whole(b, start));
}

static void add_flac_head(struct buf *b, uint64_t total) {
    add(b, "fLaC\0\0\0\x22", 8);
    add_be(b, 4096, 2);
    add_be(b, 4096, 2);
    add_be(b, 0, 6);
    add_be(b, UINT64_C(24000) << 44 | UINT64_C(0) << 41 | UINT64_C(15) << 36 | total, 8);
    add_be(b, 0, 8); /* MD5 sum: not set */
    add_be(b, 0, 8);
    add(b, "\x84\0\0\5hello", 9); /* the last block: a comment */
}

static void flac_frames_make_up_the_declared_samples(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, STREAM_BYTES_MAX);
    add_flac_head(&b, 20 * 2400 + 1200);
    for (unsigned i = 0; i < 20; i++)
        add_flac_frame(&b, i, 2400);
    add_last_flac_frame(&b, 20, 1200);
    struct audio_facts facts = expect_whole(&b, AUDIO_FLAC, 2050, 24000, 1);
    assert_true(facts.complete);
    expect_every_cut_refused(&b);
    expect_same_from_file(&b);
    expect_survives_damage(&b);
    for (size_t at = 51; at < b.bytes; at++) { /* no bit of a frame may change unseen */
        struct err e;
        b.data[at] ^= 16;
        assert_false(check(b.data, b.bytes, &facts, &e));
        b.data[at] ^= 16;
    }
    buf_release(&b);
}

static void flac_without_a_count_is_whole_frames(void **state) {
    (void)state;
    static const char id3v1[128] = "TAG";
    struct buf b;
    buf_init(&b, STREAM_BYTES_MAX);
    add_id3(&b, 30);
    add_flac_head(&b, 0);
    for (unsigned i = 0; i < 50; i++)
        add_flac_frame(&b, i, 240);
    struct audio_facts facts = expect_whole(&b, AUDIO_FLAC, 500, 24000, 1);
    assert_false(facts.complete);
    add(&b, id3v1, sizeof id3v1);
    (void)expect_whole(&b, AUDIO_FLAC, 500, 24000, 1);
    buf_clear(&b);
    add_flac_head(&b, 0);
    expect_refused(&b, "without a frame");
    buf_release(&b);
}

static void random_bytes_behind_a_mark_are_survived(void **state) {
    (void)state;
    static const char *const marks[] = {"fLaC", "OggS", "ID3\4", "\xff\xf3\x84\xc0",
                                        "\xff\xf1\x58\x40"};
    for (int round = 0; round < 20000; round++) {
        struct buf b;
        struct audio_facts facts;
        struct err e;
        buf_init(&b, STREAM_BYTES_MAX);
        add(&b, marks[random_below(5)], 4);
        add_noise(&b, (size_t)random_below(300));
        if (check(b.data, b.bytes, &facts, &e))
            assert_true(facts.duration_ms >= -1);
        buf_release(&b);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mp3_frames_are_walked_to_the_end),
        cmocka_unit_test(an_info_header_counts_the_frames),
        cmocka_unit_test(tags_and_padding_around_mp3_are_no_sound),
        cmocka_unit_test(words_behind_mp3_are_a_failure),
        cmocka_unit_test(every_mp3_header_gives_its_length),
        cmocka_unit_test(aac_frames_are_walked_to_the_end),
        cmocka_unit_test(opus_needs_all_its_pages),
        cmocka_unit_test(chained_and_foreign_streams_are_told_apart),
        cmocka_unit_test(ogg_holes_and_hollows_are_refused),
        cmocka_unit_test(a_duration_of_ages_is_not_believed),
        cmocka_unit_test(vorbis_tells_its_rate),
        cmocka_unit_test(flac_frames_make_up_the_declared_samples),
        cmocka_unit_test(flac_without_a_count_is_whole_frames),
        cmocka_unit_test(random_bytes_behind_a_mark_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
