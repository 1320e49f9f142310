/*
 * tone: the engine for tests and benchmarks. Instant, never silent, of a declared length.
 *
 * The first 64 samples of a tone carry the 64 bits of its text's hash (sample above zero = 1,
 * highest bit first), so a test can tell which text an answer belongs to.
 */
#ifndef SAY_TONE_H
#define SAY_TONE_H

#include "encode.h"

#define TONE_RATE_HZ 8000
#define TONE_MARK_SAMPLES 64
#define TONE_FIXED_BYTES_MIN 256
#define TONE_FIXED_BYTES_MAX ((size_t)64 << 20)

/* A tone of chars × ms_per_char, at least long enough for its mark. The caller releases it. */
struct encode_sound tone_sound(size_t chars, unsigned ms_per_char, uint64_t text_hash);

/* A WAV (8 bit, 8 kHz: 16 KiB last two seconds) or pcm body of exactly `bytes`, without a mark, to
 * be shared by all answers. `bytes` is even. The caller frees out.data. */
struct encode_blob tone_fixed(enum encode_format format, size_t bytes);

#endif
