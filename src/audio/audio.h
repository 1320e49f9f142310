/*
 * audio: is this answer whole, usable sound? Checks on answers that are paid for, so a wrong "no"
 * costs money and a wrong "yes" loses a text: each format is checked as far as it can be without
 * decoding, and says (`complete`) whether it could prove that nothing is missing.
 *
 * Pure apart from reading the source. Linear in the answer's size; safe on any input.
 */
#ifndef AUDIO_AUDIO_H
#define AUDIO_AUDIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audio/source.h"
#include "base/err.h"

/* X(name, text and file extension) */
#define AUDIO_FORMATS(X)                                                                           \
    X(AUDIO_UNKNOWN, "bin")                                                                        \
    X(AUDIO_WAV, "wav")                                                                            \
    X(AUDIO_MP3, "mp3")                                                                            \
    X(AUDIO_FLAC, "flac")                                                                          \
    X(AUDIO_OGG, "ogg") /* Opus or Vorbis */                                                       \
    X(AUDIO_AAC, "aac") /* ADTS */                                                                 \
    X(AUDIO_PCM, "pcm") /* 16 bit, no header */

enum audio_format {
#define AUDIO_ENUM(name, text) name,
    AUDIO_FORMATS(AUDIO_ENUM)
#undef AUDIO_ENUM
        AUDIO_FORMAT_COUNT
};

/* The format that a profile's `format` names: "wav", "mp3", "opus", also with details behind '_' or
 * '-' ("mp3_44100_128", "riff-24khz-16bit-mono-pcm"). AUDIO_UNKNOWN when none is known. */
enum audio_format audio_format_of_name(const char *name);
/* Also the file extension, without a dot. */
const char *audio_format_text(enum audio_format format);

#define AUDIO_DURATION_MS_MAX (INT64_C(365) * 24 * 3600 * 1000) /* who says more tells nothing */

struct audio_facts {
    enum audio_format format; /* as found; the file is to be named by it */
    int64_t duration_ms;      /* -1 = unknown */
    int sample_rate_hz;       /* 0 = unknown */
    int channels;             /* 0 = unknown */
    int64_t bytes;
    bool silent; /* surely nothing is to be heard: no sample of WAV or PCM above -60 dB, no bits in
                    any frame of MP3, frames of FLAC and packets of Ogg too small to hold sound; AAC
                    is not looked into */
    bool complete; /* the format proves that nothing is missing; false: only the transport can */
    bool needs_repair;   /* WAV: size fields are placeholders or wrong, see audio_repair_memory */
    int64_t wav_data_at; /* WAV: offset and length of the samples, as they really are */
    int64_t wav_data_bytes;
    int64_t frames_at;    /* MP3, AAC: the frames that sound, from the first one, … */
    int64_t frames_bytes; /* … without tags and without an info frame in front */
    unsigned frames_kind; /* what must be equal where such streams follow each other */
};

/* Reads the answer to its end. `wanted` decides only what has no header of its own: with AUDIO_PCM,
 * bytes that are neither a known container nor text are PCM. Any other format found is accepted and
 * told in facts->format. What proves completeness:
 *
 *   WAV   the size fields; placeholders (0, ≥ 1 GiB, fields that contradict each other) do not
 *   FLAC  every frame's checksum, and the number of samples where the header tells it
 *   Ogg   page checksums and numbers, end-of-stream mark (of a chained stream one is enough)
 *   MP3   whole frames; their number where a Xing/Info header tells it
 *   AAC   whole frames
 *   PCM   whole 16-bit samples
 *
 * ERR_INPUT with a line for people (not audio, empty, cut short, damaged); ERR_IO when the source
 * cannot be read. */
bool audio_check(struct audio_source *src, enum audio_format wanted, struct audio_facts *facts,
                 struct err *e) MUST_CHECK;

/* Sound shorter than a voice could need: `chars` speakable code points (utf8_count_speakable) at
 * `min_ms_per_char` (0 = check off; unknown duration passes). The error is ERR_INPUT:
 * "0.4 s of audio for 200 characters". */
bool audio_plausible(const struct audio_facts *facts, size_t chars, int64_t min_ms_per_char,
                     struct err *e) MUST_CHECK;

/* Audio as long as the provider's limit or longer was cut there without a word. `max_s` 0 = no
 * limit; unknown duration passes. The error is ERR_INPUT. */
bool audio_within(const struct audio_facts *facts, int64_t max_s, struct err *e) MUST_CHECK;

#define AUDIO_PATCH_BYTES 4
#define AUDIO_PATCHES_MAX 2

struct audio_patch { /* bytes to be written over what is at the offset */
    int64_t at;
    unsigned char bytes[AUDIO_PATCH_BYTES];
};

/* What makes the sizes of a WAV true; returns the number of patches, 0 unless needs_repair.
 * Patching changes the content: hash afterwards. */
size_t audio_repair_patches(const struct audio_facts *facts,
                            struct audio_patch patches[AUDIO_PATCHES_MAX]);
/* The same, applied to the whole answer in memory or in a file (pwrite). */
void audio_repair_memory(const struct audio_facts *facts, void *data, size_t bytes);
bool audio_repair_fd(const struct audio_facts *facts, int fd, struct err *e) MUST_CHECK;

#endif
