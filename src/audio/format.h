/*
 * format: one check per container, for audio.c only.
 *
 * Each fills format, duration, rate, channels and complete (bytes is set) or reports in one line
 * what is wrong. A short read at the end of the source is theirs to judge; a failed one is not:
 * audio.c looks at the source's errnum afterwards.
 */
#ifndef AUDIO_FORMAT_H
#define AUDIO_FORMAT_H

#include "audio/audio.h"

#define FORMAT_RATE_HZ_MIN 1000 /* below and above: no header, whatever it looks like */
#define FORMAT_RATE_HZ_MAX 768000

bool wav_check(struct audio_source *src, struct audio_facts *facts, struct err *e) MUST_CHECK;
bool mp3_check(struct audio_source *src, struct audio_facts *facts, struct err *e) MUST_CHECK;
bool adts_check(struct audio_source *src, struct audio_facts *facts, struct err *e) MUST_CHECK;
bool flac_check(struct audio_source *src, struct audio_facts *facts, struct err *e) MUST_CHECK;
bool ogg_check(struct audio_source *src, struct audio_facts *facts, struct err *e) MUST_CHECK;

/* Fills *e with what an answer is that is no audio (HTML, JSON, other text, unknown bytes), with a
 * short safe excerpt. Always returns false. */
bool stranger_report(const unsigned char *head, size_t bytes, struct err *e);
/* True when the bytes are surely text. */
bool stranger_is_text(const unsigned char *head, size_t bytes);

/* Length of an ID3v2 tag from its first 10 bytes, 0 when there is none. */
int64_t id3_bytes(const unsigned char *head, size_t bytes);

bool mp3_is_header(const unsigned char *head, size_t bytes);
bool adts_is_header(const unsigned char *head, size_t bytes);

enum sample_kind {
    SAMPLES_UNKNOWN, /* compressed, or rare: never called silent */
    SAMPLES_U8,
    SAMPLES_S16,
    SAMPLES_S24,
    SAMPLES_S32,
    SAMPLES_F32,
    SAMPLES_A_LAW,
    SAMPLES_MU_LAW,
};

/* No sample of these bytes is louder than -60 dB of full scale. */
bool format_is_silent(struct audio_source *src, int64_t at, int64_t bytes, enum sample_kind kind);

/* Duration of `samples` (< 0 counts as none) at a rate of FORMAT_RATE_HZ_MIN or more. */
int64_t format_duration_ms(int64_t samples, int rate_hz);

#endif
