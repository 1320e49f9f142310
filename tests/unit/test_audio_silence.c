/* test_audio_silence: silence is told from the faintest sound, in every format that libsndfile
 * writes, and audio that a provider has cut from audio within its limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audio/audio.h"

#define RATE_HZ 24000
#define SECONDS 2
#define SAMPLES (RATE_HZ * SECONDS)

/* `peak` of full scale; the sound, if any, stands near the end. */
static int write_sound(int format, int channels, double peak) {
    static float samples[SAMPLES * 2];
    SF_INFO info = {.samplerate = RATE_HZ, .channels = channels, .format = format};
    int fd = memfd_create("sound", MFD_CLOEXEC);
    assert_true(fd >= 0);
    for (int i = 0; i < SAMPLES; i++)
        for (int k = 0; k < channels; k++)
            samples[i * channels + k] =
                i > SAMPLES / 2 ? (float)(peak * sin(i * 440 * 6.2832 / RATE_HZ)) : 0;
    SNDFILE *file = sf_open_fd(fd, SFM_WRITE, &info, SF_FALSE);
    if (!file) {
        close(fd);
        return -1; /* not built into this libsndfile */
    }
    assert_int_equal(sf_writef_float(file, samples, SAMPLES), SAMPLES);
    sf_close(file);
    return fd;
}

static bool is_silent(int fd, enum audio_format wanted) {
    struct audio_source source;
    struct audio_facts facts;
    struct stat st;
    struct err e = {0};
    assert_int_equal(fstat(fd, &st), 0);
    audio_source_fd(&source, fd, st.st_size);
    if (!audio_check(&source, wanted, &facts, &e))
        fail_msg("%s", e.msg);
    return facts.silent;
}

static const struct {
    const char *name;
    int format;
    double faint; /* the faintest peak that must be heard */
    bool must_be_here;
} formats[] = {
    {"WAV 8", SF_FORMAT_WAV | SF_FORMAT_PCM_U8, 0.02, true},
    {"WAV 16", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 0.002, true},
    {"WAV 24", SF_FORMAT_WAV | SF_FORMAT_PCM_24, 0.002, true},
    {"WAV 32", SF_FORMAT_WAV | SF_FORMAT_PCM_32, 0.002, true},
    {"WAV float", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 0.002, true},
    {"WAV A-law", SF_FORMAT_WAV | SF_FORMAT_ALAW, 0.004, true},
    {"WAV mu-law", SF_FORMAT_WAV | SF_FORMAT_ULAW, 0.004, true},
    {"WAV extensible", SF_FORMAT_WAVEX | SF_FORMAT_PCM_16, 0.002, true},
    {"FLAC", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 0.002, true},
    {"Opus", SF_FORMAT_OGG | SF_FORMAT_OPUS, 0.01, true},
    {"Vorbis", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 0.01, true},
    {"MP3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 0.01, false},
};

static void silence_is_told_from_faint_sound(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        for (int channels = 1; channels <= 2; channels++) {
            int silent = write_sound(formats[i].format, channels, 0);
            if (silent < 0 && !formats[i].must_be_here) {
                print_message("%s cannot be written here\n", formats[i].name);
                continue;
            }
            assert_true(silent >= 0);
            int faint = write_sound(formats[i].format, channels, formats[i].faint);
            if (!is_silent(silent, AUDIO_UNKNOWN))
                fail_msg("%s, %d channels: silence is taken for sound", formats[i].name, channels);
            if (is_silent(faint, AUDIO_UNKNOWN))
                fail_msg("%s, %d channels: sound is taken for silence", formats[i].name, channels);
            close(silent);
            close(faint);
        }
}

static void hiss_far_below_a_voice_is_silence(void **state) {
    (void)state;
    int fd = write_sound(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 1, 0.0009);
    assert_true(is_silent(fd, AUDIO_UNKNOWN));
    close(fd);
}

static void pcm_without_a_header_is_looked_into(void **state) {
    (void)state;
    int fd = write_sound(SF_FORMAT_RAW | SF_FORMAT_PCM_16, 1, 0);
    assert_true(is_silent(fd, AUDIO_PCM));
    close(fd);
    fd = write_sound(SF_FORMAT_RAW | SF_FORMAT_PCM_16, 1, 0.002);
    assert_false(is_silent(fd, AUDIO_PCM));
    close(fd);
}

static void audio_at_the_provider_s_limit_was_cut(void **state) {
    (void)state;
    struct audio_facts facts = {.duration_ms = 590000};
    struct err e;
    assert_true(audio_within(&facts, 0, &e));
    assert_true(audio_within(&facts, 591, &e));
    assert_false(audio_within(&facts, 590, &e));
    assert_string_equal(e.msg, "590.0 s of audio: the provider cuts it at 590 s, split the text");
    facts.duration_ms = -1;
    assert_true(audio_within(&facts, 590, &e));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_is_told_from_faint_sound),
        cmocka_unit_test(hiss_far_below_a_voice_is_silence),
        cmocka_unit_test(pcm_without_a_header_is_looked_into),
        cmocka_unit_test(audio_at_the_provider_s_limit_was_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
