/*
 * wav: the 44 bytes in front of linear PCM, written with the right sizes, and read without
 * believing the sizes (a program that streams WAV into a pipe cannot know them).
 *
 * Knows nothing of files, engines or HTTP.
 */
#ifndef SAY_WAV_H
#define SAY_WAV_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define WAV_HEADER_BYTES 44
#define WAV_UNSIZED UINT32_MAX /* as data_bytes: both sizes are written as 0xFFFFFFFF */

/* Writes a mono header for `data_bytes` of samples that are `bits` wide (8 or 16). */
void wav_header(uint8_t out[WAV_HEADER_BYTES], unsigned rate_hz, unsigned bits,
                uint32_t data_bytes);

struct wav_stream {
    unsigned rate_hz;
    const uint8_t *samples; /* 16 bit mono, inside the input */
    size_t bytes;           /* to the end of the input; even */
};

/* Finds the samples of a streamed 16 bit mono WAV: everything after the head of the data chunk, as
 * its size says nothing. ERR_INPUT when the input is not such a WAV. Does not block. */
bool wav_read_stream(const uint8_t *data, size_t bytes, struct wav_stream *out,
                     struct err *e) MUST_CHECK;

#endif
