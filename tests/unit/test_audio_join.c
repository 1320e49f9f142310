/* test_audio_join: every sample of every part is there once, in order, under one right header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sndfile.h>

#include "audio/join.h"
#include "base/ensure.h"

#define RATE_HZ 24000

static int scratch(void) {
    char name[] = "/tmp/ttsq-join-XXXXXX";
    int fd = mkstemp(name);
    assert_true(fd >= 0);
    unlink(name);
    return fd;
}

/* Sample `i` of a sound that is recognised at each place. */
static short sample(size_t i) {
    return (short)((i * 37 + 11) % 20011 - 10000);
}

/* A part with samples `first` … first + count - 1. */
static int make_part(int format, int rate_hz, int channels, size_t first, size_t count) {
    int fd = scratch();
    SF_INFO info = {.samplerate = rate_hz, .channels = channels, .format = format};
    SNDFILE *f = sf_open_fd(fd, SFM_WRITE, &info, SF_FALSE);
    assert_non_null(f);
    short frame[8];
    for (size_t i = 0; i < count; i++) {
        for (int c = 0; c < channels; c++)
            frame[c] = (short)(sample(first + i) + c);
        assert_int_equal(sf_writef_short(f, frame, 1), 1);
    }
    assert_int_equal(sf_close(f), 0);
    return fd;
}

static int64_t gap_ms; /* that the parts of a test ask for */

static bool add(struct join *j, int fd, enum audio_format format, struct err *e) {
    struct audio_source source;
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    audio_source_fd(&source, fd, st.st_size);
    bool ok = join_add(j, &source, format, gap_ms, e);
    close(fd);
    return ok;
}

static void must_add(struct join *j, int fd, enum audio_format format) {
    struct err e = {.msg = "?"};
    if (!add(j, fd, format, &e))
        fail_msg("%s", e.msg);
}

static struct join_report end(struct join *j) {
    struct join_report report;
    struct err e = {.msg = "?"};
    if (!join_end(j, &report, &e))
        fail_msg("%s", e.msg);
    join_free(j);
    return report;
}

static SNDFILE *reopen(int fd, SF_INFO *info) {
    *info = (SF_INFO){.format = 0};
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    SNDFILE *f = sf_open_fd(fd, SFM_READ, info, SF_FALSE);
    assert_non_null(f);
    return f;
}

/* The file holds exactly the samples 0 … count - 1, with `gap` silent frames at each place in
 * `seams`. */
static void expect_sound(int fd, int channels, size_t count, size_t gap, const size_t *seams,
                         size_t seam_count) {
    SF_INFO info;
    SNDFILE *f = reopen(fd, &info);
    assert_int_equal(info.samplerate, RATE_HZ);
    assert_int_equal(info.channels, channels);
    assert_int_equal(info.frames, count + gap * seam_count);
    short frame[8];
    for (size_t i = 0, seam = 0; i < count; i++) {
        if (seam < seam_count && seams[seam] == i) {
            for (size_t g = 0; g < gap; g++) {
                assert_int_equal(sf_readf_short(f, frame, 1), 1);
                assert_int_equal(frame[0], 0);
            }
            seam++;
        }
        assert_int_equal(sf_readf_short(f, frame, 1), 1);
        for (int c = 0; c < channels; c++)
            assert_int_equal(frame[c], (short)(sample(i) + c));
    }
    sf_close(f);
}

static void joined_is_gap_free(int from, enum audio_format part, enum audio_format to, int channels,
                               bool copied) {
    int fd = scratch();
    struct join_options options = {.format = to};
    struct join *j = join_new(fd, &options);
    size_t at = 0;
    for (size_t i = 0; i < 5; i++) { /* odd lengths: no part ends at a block of anything */
        size_t count = 1000 + 377 * i + 1;
        must_add(j, make_part(from, RATE_HZ, channels, at, count), part);
        at += count;
        assert_int_equal(join_duration_ms(j), (int64_t)at * 1000 / RATE_HZ);
    }
    struct join_report report = end(j);
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(report.bytes, st.st_size);
    assert_int_equal(report.duration_ms, (int64_t)at * 1000 / RATE_HZ);
    assert_int_equal(report.copied, copied);
    expect_sound(fd, channels, at, 0, NULL, 0);
    struct audio_source source;
    struct audio_facts facts;
    struct err e = {.msg = "?"};
    audio_source_fd(&source, fd, st.st_size);
    if (!audio_check(&source, AUDIO_UNKNOWN, &facts, &e)) /* our own check finds it whole */
        fail_msg("%s", e.msg);
    assert_true(facts.complete && !facts.needs_repair);
    close(fd);
}

static void lossless_ways_are_exact(void **state) {
    (void)state;
    int wav = SF_FORMAT_WAV | SF_FORMAT_PCM_16, flac = SF_FORMAT_FLAC | SF_FORMAT_PCM_16;
    joined_is_gap_free(wav, AUDIO_WAV, AUDIO_UNKNOWN, 1, true);
    joined_is_gap_free(wav, AUDIO_WAV, AUDIO_WAV, 2, true);
    joined_is_gap_free(wav, AUDIO_WAV, AUDIO_FLAC, 1, false);
    joined_is_gap_free(flac, AUDIO_FLAC, AUDIO_UNKNOWN, 2, false);
    joined_is_gap_free(flac, AUDIO_FLAC, AUDIO_WAV, 1, false);
}

static void silence_lies_between(void **state) {
    (void)state;
    static const enum audio_format to[] = {AUDIO_WAV, AUDIO_FLAC};
    static const size_t seams[] = {500, 1500};
    for (size_t i = 0; i < 2; i++) {
        int fd = scratch();
        struct join_options options = {.format = to[i], .has_gaps = true};
        gap_ms = 250;
        struct join *j = join_new(fd, &options);
        int wav = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
        must_add(j, make_part(wav, RATE_HZ, 1, 0, 500), AUDIO_WAV);
        must_add(j, make_part(wav, RATE_HZ, 1, 500, 1000), AUDIO_WAV);
        must_add(j, make_part(wav, RATE_HZ, 1, 1500, 700), AUDIO_WAV);
        (void)end(j);
        expect_sound(fd, 1, 2200, RATE_HZ / 4, seams, 2);
        close(fd);
    }
}

static void eight_bit_silence_is_in_the_middle(void **state) {
    (void)state;
    int fd = scratch();
    struct join_options options = {.has_gaps = true};
    gap_ms = 100;
    struct join *j = join_new(fd, &options);
    int wav = SF_FORMAT_WAV | SF_FORMAT_PCM_U8;
    must_add(j, make_part(wav, 8000, 1, 0, 801), AUDIO_WAV);
    must_add(j, make_part(wav, 8000, 1, 0, 801), AUDIO_WAV);
    (void)end(j);
    SF_INFO info;
    SNDFILE *f = reopen(fd, &info);
    short at[1];
    assert_int_equal(info.frames, 801 + 800 + 801);
    assert_int_equal(sf_seek(f, 1000, SEEK_SET), 1000);
    assert_int_equal(sf_readf_short(f, at, 1), 1);
    assert_int_equal(at[0], 0);
    sf_close(f);
    close(fd);
}

/* Whole frames, none of an info frame, no tag in between. */
static void mp3_frames_follow_each_other(void **state) {
    (void)state;
    int mp3 = SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III;
    struct audio_facts facts, sum = {0};
    struct audio_source source;
    struct stat st;
    struct err e = {.msg = "?"};
    int fd = scratch();
    struct join_options options = {.format = AUDIO_UNKNOWN};
    struct join *j = join_new(fd, &options);
    for (int i = 0; i < 3; i++) {
        int part = make_part(mp3, RATE_HZ, 1, 0, 24000);
        assert_int_equal(fstat(part, &st), 0);
        audio_source_fd(&source, part, st.st_size);
        assert_true(audio_check(&source, AUDIO_MP3, &facts, &e));
        assert_true(facts.frames_bytes > 0 && facts.frames_bytes < st.st_size);
        sum.frames_bytes += facts.frames_bytes;
        sum.duration_ms += facts.duration_ms;
        must_add(j, part, AUDIO_MP3);
    }
    struct join_report report = end(j);
    assert_true(report.copied);
    assert_int_equal(report.bytes, sum.frames_bytes);
    assert_int_equal(report.duration_ms, sum.duration_ms);
    audio_source_fd(&source, fd, report.bytes);
    assert_true(audio_check(&source, AUDIO_MP3, &facts, &e));
    assert_int_equal(facts.frames_at, 0);
    assert_true(facts.duration_ms >= sum.duration_ms - 3 &&
                facts.duration_ms <= sum.duration_ms + 3);
    close(fd);
}

static void lossy_files_are_encoded_once(void **state) {
    (void)state;
    static const struct {
        enum audio_format to;
        const char *codec;
    } ways[] = {{AUDIO_OGG, NULL}, {AUDIO_OGG, "opus"}, {AUDIO_MP3, NULL}};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        int fd = scratch();
        struct join_options options = {
            .format = ways[i].to, .codec = ways[i].codec, .has_gaps = true};
        gap_ms = 10;
        struct join *j = join_new(fd, &options);
        int wav = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
        must_add(j, make_part(wav, RATE_HZ, 1, 0, 24000), AUDIO_WAV);
        must_add(j, make_part(wav, RATE_HZ, 1, 0, 24000), AUDIO_WAV);
        struct join_report report = end(j);
        assert_false(report.copied);
        assert_int_equal(report.duration_ms, 2010);
        SF_INFO info;
        SNDFILE *f = reopen(fd, &info);
        assert_true(info.frames >= 48240 && info.frames < 48240 + 4 * 1152); /* encoders pad */
        sf_close(f);
        close(fd);
    }
}

static void refuse(int first, int second, enum audio_format format, const char *message) {
    int fd = scratch();
    struct join_options options = {.format = AUDIO_UNKNOWN};
    struct join *j = join_new(fd, &options);
    struct err e = {.msg = "not refused"};
    must_add(j, first, format);
    if (add(j, second, AUDIO_UNKNOWN, &e) || !strstr(e.msg, message))
        fail_msg("%s", e.msg);
    assert_int_equal(e.code, ERR_INPUT);
    join_free(j);
    close(fd);
}

static void what_differs_is_refused(void **state) {
    (void)state;
    int wav = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
    refuse(make_part(wav, RATE_HZ, 1, 0, 100), make_part(wav, 22050, 1, 0, 100), AUDIO_WAV,
           "22050 Hz, 1 channel(s) where the parts before it have 24000 Hz");
    refuse(make_part(wav, RATE_HZ, 1, 0, 100), make_part(wav, RATE_HZ, 2, 0, 100), AUDIO_WAV,
           "24000 Hz, 2 channel(s)");
    refuse(make_part(wav, RATE_HZ, 1, 0, 100),
           make_part(SF_FORMAT_WAV | SF_FORMAT_PCM_24, RATE_HZ, 1, 0, 100), AUDIO_WAV,
           "another kind of sample");
    refuse(make_part(wav, RATE_HZ, 1, 0, 100),
           make_part(SF_FORMAT_FLAC | SF_FORMAT_PCM_16, RATE_HZ, 1, 0, 100), AUDIO_WAV,
           "flac where the parts before it are wav");
    struct err e = {.msg = "not refused"};
    struct join_options options = {.format = AUDIO_AAC};
    struct join *j = join_new(-1, &options);
    assert_false(add(j, make_part(wav, RATE_HZ, 1, 0, 100), AUDIO_WAV, &e));
    assert_non_null(strstr(e.msg, "ffmpeg"));
    join_free(j);
    struct join_report report;
    j = join_new(-1, &options);
    assert_false(join_end(j, &report, &e));
    join_free(j);
}

/* Five parts with ten minutes of silence between, 9.8 GB: RIFF's sizes cannot say it, RF64's can.
 * The silence is holes, so the file takes no room. */
static void over_four_gigabytes_is_rf64(void **state) {
    (void)state;
    const sf_count_t gap = (sf_count_t)600 * 256000;
    int wav = SF_FORMAT_WAV | SF_FORMAT_PCM_16, fd = scratch();
    struct join_options options = {.has_gaps = true, .bytes_expected = INT64_C(10) << 30};
    struct join *j = join_new(fd, &options);
    gap_ms = 600000;
    for (size_t i = 0; i < 5; i++)
        must_add(j, make_part(wav, 256000, 8, i * 10, 10), AUDIO_WAV);
    struct join_report report = end(j);
    assert_true(report.bytes > (INT64_C(9) << 30));
    assert_int_equal(report.duration_ms, 2400000);
    SF_INFO info;
    SNDFILE *f = reopen(fd, &info);
    short frame[8];
    assert_int_equal(info.format & SF_FORMAT_TYPEMASK, SF_FORMAT_RF64);
    assert_int_equal(info.frames, 4 * gap + 50);
    for (size_t i = 0; i < 50; i++) {
        sf_count_t at = (sf_count_t)(i / 10) * (gap + 10) + (sf_count_t)(i % 10);
        assert_int_equal(sf_seek(f, at, SEEK_SET), at);
        assert_int_equal(sf_readf_short(f, frame, 1), 1);
        assert_int_equal(frame[0], sample(i));
        assert_int_equal(frame[7], sample(i) + 7);
    }
    sf_close(f);
    close(fd);
}

/* With room for RF64's sizes but without need it is a plain WAV. */
static void room_for_more_is_no_harm(void **state) {
    (void)state;
    int fd = scratch();
    struct join_options options = {.bytes_expected = INT64_C(5) << 30};
    struct join *j = join_new(fd, &options);
    must_add(j, make_part(SF_FORMAT_WAV | SF_FORMAT_PCM_16, RATE_HZ, 1, 0, 77), AUDIO_WAV);
    (void)end(j);
    expect_sound(fd, 1, 77, 0, NULL, 0);
    close(fd);
}

/* Samples with silence before and behind, 60 dB below the loudest. */
static int make_quiet_ends(int format, size_t before, size_t first, size_t count, size_t behind) {
    int fd = scratch();
    SF_INFO info = {.samplerate = RATE_HZ, .channels = 2, .format = format};
    SNDFILE *f = sf_open_fd(fd, SFM_WRITE, &info, SF_FALSE);
    assert_non_null(f);
    for (size_t i = 0; i < before + count + behind; i++) {
        bool sounds = i >= before && i < before + count;
        short frame[2] = {0, sounds ? sample(first + i - before) : i % 2 ? 30 : -30};
        assert_int_equal(sf_writef_short(f, frame, 1), 1);
    }
    assert_int_equal(sf_close(f), 0);
    return fd;
}

static void silence_at_both_ends_goes(void **state) {
    (void)state;
    static const int formats[] = {SF_FORMAT_WAV | SF_FORMAT_PCM_16,
                                  SF_FORMAT_FLAC | SF_FORMAT_PCM_16};
    static const enum audio_format names[] = {AUDIO_WAV, AUDIO_FLAC};
    const size_t keep = RATE_HZ * JOIN_TRIM_KEEP_MS / 1000, count = 20001, gap = RATE_HZ / 10;
    for (size_t i = 0; i < 2; i++) {
        int fd = scratch();
        struct join_options options = {.has_gaps = true, .trim_db = JOIN_TRIM_DB};
        struct join *j = join_new(fd, &options);
        gap_ms = 100;
        must_add(j, make_quiet_ends(formats[i], 30000, 0, count, 17000), names[i]);
        must_add(j, make_quiet_ends(formats[i], 3, 0, count, 0), names[i]); /* less than is kept */
        (void)end(j);
        SF_INFO info;
        SNDFILE *f = reopen(fd, &info);
        short frame[2];
        assert_int_equal(info.frames, keep + count + keep + gap + 3 + count);
        for (size_t at = 0; at < (size_t)info.frames; at++) {
            size_t second = keep + count + keep + gap + 3;
            assert_int_equal(sf_readf_short(f, frame, 1), 1);
            if (at >= keep && at < keep + count)
                assert_int_equal(frame[1], sample(at - keep));
            else if (at >= second)
                assert_int_equal(frame[1], sample(at - second));
            else
                assert_in_range(frame[1] + 30, 0, 60);
        }
        sf_close(f);
        close(fd);
    }
}

/* Nothing is louder than the limit: the text was asked for, so its sound stays. */
static void a_part_of_silence_stays_whole(void **state) {
    (void)state;
    int fd = scratch(), wav = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
    struct join_options options = {.trim_db = -20};
    struct join *j = join_new(fd, &options);
    must_add(j, make_quiet_ends(wav, 5000, 0, 0, 5000), AUDIO_WAV);
    assert_int_equal(end(j).duration_ms, 10000 * 1000 / RATE_HZ);
    close(fd);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lossless_ways_are_exact),
        cmocka_unit_test(silence_lies_between),
        cmocka_unit_test(eight_bit_silence_is_in_the_middle),
        cmocka_unit_test(mp3_frames_follow_each_other),
        cmocka_unit_test(lossy_files_are_encoded_once),
        cmocka_unit_test(what_differs_is_refused),
        cmocka_unit_test(over_four_gigabytes_is_rf64),
        cmocka_unit_test(room_for_more_is_no_harm),
        cmocka_unit_test(silence_at_both_ends_goes),
        cmocka_unit_test(a_part_of_silence_stays_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
