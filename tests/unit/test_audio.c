/* test_audio: names, what is no audio, WAV with honest and dishonest sizes, PCM, plausibility. */
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
#include "base/random.h"
#include "tests/lib/random_below.h"

#define WAV_HEADER_BYTES 44
#define RATE_HZ 24000
#define SOUND_BYTES 4800 /* 100 ms of mono 16 bit */
#define WAV_BYTES (WAV_HEADER_BYTES + SOUND_BYTES)

static void put_le(unsigned char *out, uint32_t value, int bytes) {
    for (int i = 0; i < bytes; i++)
        out[i] = (unsigned char)(value >> (8 * i));
}

static void make_wav(unsigned char out[WAV_BYTES], uint32_t riff_size, uint32_t data_size) {
    memcpy(out, "RIFF....WAVEfmt ", 16);
    put_le(out + 4, riff_size, 4);
    put_le(out + 16, 16, 4);
    put_le(out + 20, 1, 2);
    put_le(out + 22, 1, 2);
    put_le(out + 24, RATE_HZ, 4);
    put_le(out + 28, RATE_HZ * 2, 4);
    put_le(out + 32, 2, 2);
    put_le(out + 34, 16, 2);
    memcpy(out + 36, "data", 4);
    put_le(out + 40, data_size, 4);
    for (int i = 0; i < SOUND_BYTES; i++)
        out[WAV_HEADER_BYTES + i] = (unsigned char)(i * 31);
}

/* The bytes are copied to an allocation of just their size, where a sanitizer sees an over-read. */
static bool check_as(const void *data, size_t bytes, enum audio_format wanted,
                     struct audio_facts *facts, struct err *e) {
    unsigned char *copy = malloc(bytes ? bytes : 1);
    assert_non_null(copy);
    memcpy(copy, data, bytes);
    struct audio_source src;
    audio_source_memory(&src, copy, bytes);
    src.pcm_rate_hz = RATE_HZ;
    src.pcm_channels = 1;
    bool ok = audio_check(&src, wanted, facts, e);
    assert_true(ok || e->code == ERR_INPUT);
    free(copy);
    return ok;
}

static bool check(const void *data, size_t bytes, struct audio_facts *facts, struct err *e) {
    return check_as(data, bytes, AUDIO_UNKNOWN, facts, e);
}

static void expect_refused(const void *data, size_t bytes, enum audio_format wanted,
                           const char *words) {
    struct audio_facts facts = {.channels = 77};
    struct err e;
    assert_false(check_as(data, bytes, wanted, &facts, &e));
    if (!strstr(e.msg, words))
        fail_msg("\"%s\" does not say \"%s\"", e.msg, words);
    assert_int_equal(facts.channels, 77);
}

static void names_are_known(void **state) {
    (void)state;
    assert_int_equal(audio_format_of_name("wav"), AUDIO_WAV);
    assert_int_equal(audio_format_of_name("MP3"), AUDIO_MP3);
    assert_int_equal(audio_format_of_name("mp3_44100_128"), AUDIO_MP3);
    assert_int_equal(audio_format_of_name("opus_48000_96"), AUDIO_OGG);
    assert_int_equal(audio_format_of_name("ogg_opus"), AUDIO_OGG);
    assert_int_equal(audio_format_of_name("pcm_24000"), AUDIO_PCM);
    assert_int_equal(audio_format_of_name("riff-24khz-16bit-mono-pcm"), AUDIO_WAV);
    assert_int_equal(audio_format_of_name("mp"), AUDIO_UNKNOWN);
    assert_int_equal(audio_format_of_name("mp33"), AUDIO_UNKNOWN);
    assert_int_equal(audio_format_of_name(""), AUDIO_UNKNOWN);
    for (int i = AUDIO_WAV; i < AUDIO_FORMAT_COUNT; i++)
        assert_int_equal(audio_format_of_name(audio_format_text((enum audio_format)i)), i);
}

static void an_answer_in_words_is_quoted(void **state) {
    (void)state;
    static const char json[] = "\n {\"error\":{\"message\":\"quota \x1b[31mexceeded\"}}";
    static const char html[] = "<!DOCTYPE HTML><html><title>502 Bad Gateway</title></html>";
    static const enum audio_format wants[] = {AUDIO_UNKNOWN, AUDIO_WAV, AUDIO_PCM};
    for (size_t i = 0; i < sizeof wants / sizeof wants[0]; i++) {
        expect_refused("", 0, wants[i], "empty answer");
        expect_refused(html, sizeof html - 1, wants[i], "HTML, not audio: <!DOCTYPE");
        expect_refused("{\"detail\":1}", 12, wants[i], "JSON, not audio: {\"detail\":1}");
        expect_refused("<?xml version='1.0'?><e/>", 25, wants[i], "XML, not audio");
    }
    expect_refused(json, sizeof json - 1, AUDIO_MP3, "no audio format known here");
    expect_refused("data: {\"x\":1}\n\n", 15, AUDIO_MP3, "an event stream, not audio");
    expect_refused("Too many requests\r\n", 19, AUDIO_MP3, "text, not audio: Too many requests\\r");
    expect_refused("\0\1\2\3", 4, AUDIO_UNKNOWN, "begins with 00 01 02 03");
}

static void an_excerpt_is_short_and_whole(void **state) {
    (void)state;
    char text[700] = "";
    for (size_t i = 0; i < 200; i++)
        memcpy(text + 3 * i, "世", 4);
    for (size_t bytes = 3; bytes < 600; bytes++) {
        struct audio_facts facts;
        struct err e;
        assert_false(check(text, bytes, &facts, &e));
        const char *excerpt = strstr(e.msg, "not audio: ");
        assert_non_null(excerpt);
        excerpt += strlen("not audio: ");
        size_t whole = bytes / 3 * 3;
        assert_int_equal(strlen(excerpt), whole < 78 ? whole : 78);
        assert_null(strchr(excerpt, '\\'));
    }
}

static void an_honest_wav_is_whole(void **state) {
    (void)state;
    unsigned char wav[WAV_BYTES];
    struct audio_facts facts;
    struct err e;
    make_wav(wav, WAV_BYTES - 8, SOUND_BYTES);
    assert_true(check(wav, WAV_BYTES, &facts, &e));
    assert_int_equal(facts.format, AUDIO_WAV);
    assert_int_equal(facts.duration_ms, 100);
    assert_int_equal(facts.sample_rate_hz, RATE_HZ);
    assert_int_equal(facts.channels, 1);
    assert_int_equal(facts.bytes, WAV_BYTES);
    assert_true(facts.complete);
    assert_false(facts.needs_repair);
    for (size_t bytes = 0; bytes < WAV_BYTES; bytes++)
        assert_false(check(wav, bytes, &facts, &e));
    expect_refused(wav, WAV_BYTES - 1, AUDIO_WAV, "cut short: 4799 of 4800 bytes");
}

/* The pairs that streaming servers write: OpenAI and ffmpeg, ElevenLabs, espeak-ng and SoX, zeros,
 * and constants that contradict each other. */
static void placeholder_sizes_are_repaired(void **state) {
    (void)state;
    static const uint32_t sizes[][2] = {
        {0xffffffff, 0xffffffff}, {0x7fffffff, 0x7fffffff},
        {0x7ffff024, 0x7ffff000}, {0, 0},
        {0xffffffff, 0},          {36, 0},
        {36, 0xffffffff},         {36, 0x00100000},
        {0xffffffff, 0x00100000},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        unsigned char wav[WAV_BYTES], honest[WAV_BYTES];
        struct audio_facts facts;
        struct err e;
        make_wav(honest, WAV_BYTES - 8, SOUND_BYTES);
        make_wav(wav, sizes[i][0], sizes[i][1]);
        assert_true(check(wav, WAV_BYTES, &facts, &e));
        assert_true(facts.needs_repair);
        assert_false(facts.complete);
        assert_int_equal(facts.duration_ms, 100);
        audio_repair_memory(&facts, wav, WAV_BYTES);
        assert_memory_equal(wav, honest, WAV_BYTES);
        assert_true(check(wav, WAV_BYTES, &facts, &e));
        assert_true(facts.complete);
        assert_false(facts.needs_repair);
    }
}

/* Not detectable by sizes, as documented: any cut of an unsized WAV that leaves a sample is taken,
 * never as complete, and is honest after its repair. */
static void a_cut_unsized_wav_is_never_called_complete(void **state) {
    (void)state;
    for (size_t bytes = 0; bytes < WAV_BYTES; bytes++) {
        unsigned char wav[WAV_BYTES];
        struct audio_facts facts;
        struct err e;
        make_wav(wav, UINT32_MAX, UINT32_MAX);
        bool ok = check(wav, bytes, &facts, &e);
        assert_int_equal(ok, bytes >= WAV_HEADER_BYTES + 2);
        if (!ok)
            continue;
        assert_false(facts.complete);
        audio_repair_memory(&facts, wav, bytes);
        assert_true(check(wav, bytes, &facts, &e));
        assert_int_equal(facts.wav_data_bytes, (bytes - WAV_HEADER_BYTES) / 2 * 2);
        assert_false(facts.needs_repair);
    }
}

static void a_wrong_outer_size_loses_no_sound(void **state) {
    (void)state;
    unsigned char wav[WAV_BYTES + 20];
    struct audio_facts facts;
    struct err e;
    make_wav(wav, sizeof wav - 8, SOUND_BYTES);
    memcpy(wav + WAV_BYTES, "LIST\x0c\0\0\0INFOISFTabcd", 20);
    assert_true(check(wav, sizeof wav, &facts, &e));
    assert_false(facts.needs_repair);
    for (size_t bytes = WAV_BYTES; bytes < sizeof wav - 1;
         bytes++) { /* the list is cut, no sound */
        assert_true(check(wav, bytes, &facts, &e));
        assert_true(facts.complete && facts.needs_repair);
        assert_int_equal(facts.wav_data_bytes, SOUND_BYTES);
        struct audio_patch patches[AUDIO_PATCHES_MAX];
        assert_int_equal(audio_repair_patches(&facts, patches), 2);
        unsigned char expected[4];
        put_le(expected, (uint32_t)bytes - 8, 4);
        assert_int_equal(patches[0].at, 4);
        assert_memory_equal(patches[0].bytes, expected, 4);
    }
}

static void chunks_before_the_sound_are_stepped_over(void **state) {
    (void)state;
    unsigned char wav[WAV_BYTES], longer[WAV_BYTES + 12];
    struct audio_facts facts;
    struct err e;
    make_wav(wav, sizeof longer - 8, SOUND_BYTES);
    memcpy(longer, wav, 36);
    memcpy(longer + 36, "odd \x03\0\0\0abc\0", 12); /* padded to an even length */
    memcpy(longer + 48, wav + 36, WAV_BYTES - 36);
    assert_true(check(longer, sizeof longer, &facts, &e));
    assert_int_equal(facts.wav_data_at, WAV_HEADER_BYTES + 12);
    assert_int_equal(facts.wav_data_bytes, SOUND_BYTES);
}

static void hollow_and_damaged_wavs_are_refused(void **state) {
    (void)state;
    unsigned char wav[WAV_BYTES];
    make_wav(wav, 36, 0);
    expect_refused(wav, WAV_HEADER_BYTES, AUDIO_WAV, "without sound");
    make_wav(wav, UINT32_MAX, UINT32_MAX);
    expect_refused(wav, WAV_HEADER_BYTES, AUDIO_WAV, "without sound");
    put_le(wav + 22, 0, 2);
    expect_refused(wav, WAV_BYTES, AUDIO_WAV, "damaged");
    make_wav(wav, UINT32_MAX, UINT32_MAX);
    put_le(wav + 24, 0, 4);
    expect_refused(wav, WAV_BYTES, AUDIO_WAV, "damaged");
    make_wav(wav, UINT32_MAX, UINT32_MAX);
    memcpy(wav + 12, "junk", 4);
    expect_refused(wav, WAV_BYTES, AUDIO_WAV, "without a format header");
}

/* Files behave as memory does; the header is repaired in place. */
static void a_file_is_checked_and_repaired_like_memory(void **state) {
    (void)state;
    enum { BYTES = 3 * SOURCE_WINDOW_BYTES + 1 };
    static unsigned char wav[BYTES], back[BYTES];
    make_wav(wav, UINT32_MAX, UINT32_MAX);
    FILE *file = tmpfile();
    assert_non_null(file);
    int fd = fileno(file);
    assert_int_equal(write(fd, wav, BYTES), BYTES);
    struct audio_source src;
    struct audio_facts from_file, from_memory;
    struct err e;
    audio_source_fd(&src, fd, BYTES);
    assert_true(audio_check(&src, AUDIO_WAV, &from_file, &e));
    assert_true(check(wav, BYTES, &from_memory, &e));
    assert_memory_equal(&from_file, &from_memory, sizeof from_file);
    assert_true(audio_repair_fd(&from_file, fd, &e));
    audio_repair_memory(&from_memory, wav, BYTES);
    assert_int_equal(pread(fd, back, BYTES, 0), BYTES);
    assert_memory_equal(back, wav, BYTES);
    fclose(file);
    audio_source_fd(&src, fd, BYTES); /* closed: a failed read is no verdict on the sound */
    assert_false(audio_check(&src, AUDIO_WAV, &from_file, &e));
    assert_int_equal(e.code, ERR_IO);
}

static void a_source_reads_what_is_there(void **state) {
    (void)state;
    enum { BYTES = 5 * SOURCE_WINDOW_BYTES / 2 };
    static unsigned char data[BYTES], got[2 * SOURCE_WINDOW_BYTES];
    for (size_t i = 0; i < BYTES; i++)
        data[i] = (unsigned char)random_u64();
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(write(fileno(file), data, BYTES), BYTES);
    struct audio_source sources[2];
    audio_source_memory(&sources[0], data, BYTES);
    audio_source_fd(&sources[1], fileno(file), BYTES);
    for (int round = 0; round < 20000; round++) {
        int64_t at = random_below(BYTES + 100);
        size_t want = (size_t)random_below(random_below(10) ? 300 : (int64_t)sizeof got);
        size_t there = at >= BYTES ? 0 : (size_t)(BYTES - at);
        size_t n = audio_source_read(&sources[round & 1], at, got, want);
        assert_int_equal(n, want < there ? want : there);
        assert_memory_equal(got, data + (n ? at : 0), n);
    }
    fclose(file);
}

static void pcm_is_whole_samples(void **state) {
    (void)state;
    unsigned char wav[WAV_BYTES];
    struct audio_facts facts;
    struct err e;
    make_wav(wav, WAV_BYTES - 8, SOUND_BYTES);
    assert_true(check_as(wav + WAV_HEADER_BYTES, SOUND_BYTES, AUDIO_PCM, &facts, &e));
    assert_int_equal(facts.format, AUDIO_PCM);
    assert_int_equal(facts.duration_ms, 100);
    assert_false(facts.complete);
    expect_refused(wav + WAV_HEADER_BYTES, SOUND_BYTES - 1, AUDIO_PCM, "PCM cut short");
    assert_true(check_as(wav, WAV_BYTES, AUDIO_PCM, &facts, &e)); /* says itself what it is */
    assert_int_equal(facts.format, AUDIO_WAV);
    unsigned char loud[64]; /* would be an MP3 header in another answer */
    memset(loud, 0xfb, sizeof loud);
    loud[0] = 0xff;
    assert_true(check_as(loud, sizeof loud, AUDIO_PCM, &facts, &e));
    assert_int_equal(facts.format, AUDIO_PCM);
}

static void too_short_for_its_text_is_no_answer(void **state) {
    (void)state;
    struct err e;
    struct audio_facts facts = {.duration_ms = 400};
    assert_false(audio_plausible(&facts, 200, 8, &e));
    assert_string_equal(e.msg, "0.4 s of audio for 200 characters");
    assert_true(audio_plausible(&facts, 50, 8, &e));
    assert_false(audio_plausible(&facts, 51, 8, &e));
    assert_true(audio_plausible(&facts, 200, 0, &e));
    assert_true(audio_plausible(&facts, 0, 8, &e));
    assert_false(audio_plausible(&facts, SIZE_MAX, INT64_MAX, &e));
    facts.duration_ms = -1;
    assert_true(audio_plausible(&facts, 200, 8, &e));
}

/* Any bytes at all behind a WAV header: a verdict, and facts that stay inside the answer. */
static void hostile_headers_are_survived(void **state) {
    (void)state;
    for (int round = 0; round < 50000; round++) {
        unsigned char wav[WAV_BYTES];
        struct audio_facts facts;
        struct err e;
        make_wav(wav, WAV_BYTES - 8, SOUND_BYTES);
        for (int64_t i = 1 + random_below(6); i > 0; i--)
            wav[12 + random_below(52)] =
                (unsigned char)(random_u64() & 1 ? 255 : random_below(256));
        size_t bytes = (size_t)random_below(200);
        if (!check(wav, bytes, &facts, &e))
            continue;
        assert_true(facts.wav_data_at + facts.wav_data_bytes <= (int64_t)bytes);
        assert_true(facts.duration_ms >= 0 || facts.duration_ms == -1);
        audio_repair_memory(&facts, wav, bytes);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_known),
        cmocka_unit_test(an_answer_in_words_is_quoted),
        cmocka_unit_test(an_excerpt_is_short_and_whole),
        cmocka_unit_test(an_honest_wav_is_whole),
        cmocka_unit_test(placeholder_sizes_are_repaired),
        cmocka_unit_test(a_cut_unsized_wav_is_never_called_complete),
        cmocka_unit_test(a_wrong_outer_size_loses_no_sound),
        cmocka_unit_test(chunks_before_the_sound_are_stepped_over),
        cmocka_unit_test(hollow_and_damaged_wavs_are_refused),
        cmocka_unit_test(a_file_is_checked_and_repaired_like_memory),
        cmocka_unit_test(a_source_reads_what_is_there),
        cmocka_unit_test(pcm_is_whole_samples),
        cmocka_unit_test(too_short_for_its_text_is_no_answer),
        cmocka_unit_test(hostile_headers_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
