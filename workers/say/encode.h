/*
 * encode: samples in, the bytes of a response body out, in the formats that OpenAI's endpoint
 * names.
 *
 * The one file that includes libsndfile. Knows nothing of engines or HTTP. Every function may run
 * on any thread.
 */
#ifndef SAY_ENCODE_H
#define SAY_ENCODE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Of mp3, opus and pcm: what OpenAI gives, and what every decoder of them can take. */
#define ENCODE_FIXED_RATE_HZ 24000

enum encode_format { ENCODE_MP3, ENCODE_WAV, ENCODE_FLAC, ENCODE_OPUS, ENCODE_PCM };
#define ENCODE_FORMATS 5

/* Mono samples; the owner calls encode_sound_release. */
struct encode_sound {
    int16_t *samples;
    size_t frames;
    unsigned rate_hz;
};

/* malloc'ed bytes, so that the HTTP library can free them itself. */
struct encode_blob {
    uint8_t *data;
    size_t bytes;
};

/* false when no format has that name. */
bool encode_format_named(const char *name, enum encode_format *out) MUST_CHECK;
const char *encode_content_type(enum encode_format format);

void encode_sound_release(struct encode_sound *sound);

/* Makes a whole file of `sound`. mp3, opus and pcm are resampled to 24 kHz. The caller frees
 * out->data. ERR_FAILED when libsndfile cannot. Burns CPU: tens of milliseconds for a minute of
 * speech. */
bool encode_sound(const struct encode_sound *sound, enum encode_format format,
                  struct encode_blob *out, struct err *e) MUST_CHECK;

#endif
