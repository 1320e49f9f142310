/*
 * join: many pieces of sound one after the other in one file, gap-free.
 *
 * Where the file's format is that of the parts and can be appended to (WAV, PCM, MP3, AAC as ADTS),
 * samples and frames are copied as they are: lossless, at disk speed. Else every part is decoded
 * and the whole encoded once, by libsndfile (WAV, FLAC, Ogg, MP3); so it is when parts are trimmed.
 * Memory is flat in both.
 *
 * All parts must have one rate, one number of channels and one kind of sample; ERR_INPUT tells what
 * differs. WAV over 4 GiB becomes RF64 (EBU Tech 3306) when `bytes_expected` said that it might.
 */
#ifndef AUDIO_JOIN_H
#define AUDIO_JOIN_H

#include "audio/audio.h"

#define JOIN_GAP_MS_MAX 600000
#define JOIN_TRIM_DB (-50)   /* what is quieter is silence, where nothing else is said */
#define JOIN_TRIM_KEEP_MS 30 /* of it stays at both ends: a soft consonant is hardly louder */

struct join_options {
    enum audio_format format; /* of the file; AUDIO_UNKNOWN = as the first part */
    const char *codec;        /* of AUDIO_OGG: "opus" or NULL = Vorbis */
    bool has_gaps;            /* some parts will ask for silence before them */
    int trim_db;              /* < 0: silence at both ends of each part goes, below this much */
    int64_t bytes_expected;   /* of all parts together, about */
};

struct join_report {
    enum audio_format format;
    int64_t bytes;       /* of the file */
    int64_t duration_ms; /* -1 unknown */
    int channels;        /* 0 unknown */
    bool copied;         /* samples and frames are those of the parts */
};

struct join;

/* Writes to `fd`, an empty regular file open for reading and writing, which stays the caller's. */
struct join *join_new(int fd, const struct join_options *options);
void join_free(struct join *j); /* NULL is fine; what was written stays */

/* Adds a part, with `gap_ms` (≤ JOIN_GAP_MS_MAX) of silence before it when it is not the first and
 * has_gaps was said; reads it once, or twice to trim it. `format` is what it was stored as, which
 * tells PCM (the source then says rate and channels where they are known). After a failure nothing
 * can be added. ERR_INPUT for a part that does not fit or is damaged, ERR_IO, ERR_SPACE. */
bool join_add(struct join *j, struct audio_source *part, enum audio_format format, int64_t gap_ms,
              struct err *e) MUST_CHECK;

/* How long the file is so far, in milliseconds; -1 unknown. */
int64_t join_duration_ms(const struct join *j);

/* Completes the header. The caller syncs the file. */
bool join_end(struct join *j, struct join_report *report, struct err *e) MUST_CHECK;

#endif
