/*
 * join_encode.c: one file of many by decoding each and encoding the whole once, with libsndfile.
 *
 * Whole numbers stay whole numbers: WAV or FLAC of 16 or 24 bits to FLAC or WAV changes no sample.
 *
 * A limit: MP3 is decoded by libmpg123, which writes notes about odd frames and tags to standard
 * error. libsndfile neither asks it to be quiet (MPG123_QUIET) nor hands it out (its issue 958).
 * They stay: to take descriptor 2 away meanwhile would hide what others in the process say.
 */
#include <math.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>

#include "audio/join_way.h"
#include "base/ensure.h"
#include "base/file.h"

#define FRAMES_A_STEP 16384
#define CHANNELS_MAX 64
#define GROWTH_MAX 50 /* samples against what was compressed, at the most */

/* The file as libsndfile writes it, which does not tell of every write that fails. */
struct writing {
    int fd;
    sf_count_t at, bytes;
    bool failed;
    struct err why; /* if it has */
};

struct encode {
    struct writing file;
    enum audio_format format;
    bool opus;
    int trim_db; /* < 0: trimmed */
    int64_t bytes_expected;
    SNDFILE *out; /* NULL before the first part */
    SF_INFO info;
    bool is_float; /* samples go through as float: one side is lossy */
    int64_t frames;
    void *room;
};

static void *encode_open(int fd, enum audio_format format, const struct join_options *options) {
    struct encode *x = ensure_alloc(sizeof *x);
    *x = (struct encode){.file = {.fd = fd},
                         .format = format,
                         .opus = options->codec && !strcmp(options->codec, "opus"),
                         .trim_db = options->trim_db,
                         .bytes_expected = options->bytes_expected};
    return x;
}

static void encode_close(void *way) {
    struct encode *x = way;
    if (x->out)
        (void)sf_close(x->out);
    free(x->room);
    free(x);
}

static int sndfile_format(enum audio_format format, bool opus, int from) {
    int bits = from & SF_FORMAT_SUBMASK;
    bool wide = bits == SF_FORMAT_PCM_24 || bits == SF_FORMAT_PCM_32;
    int whole = wide ? SF_FORMAT_PCM_24 : SF_FORMAT_PCM_16;
    switch (format) {
    case AUDIO_WAV:
        return SF_FORMAT_WAV | whole;
    case AUDIO_FLAC:
        return SF_FORMAT_FLAC | whole;
    case AUDIO_OGG:
        return SF_FORMAT_OGG | (opus ? SF_FORMAT_OPUS : SF_FORMAT_VORBIS);
    case AUDIO_MP3:
        return SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III;
    case AUDIO_UNKNOWN:
    case AUDIO_AAC:
    case AUDIO_PCM:
    case AUDIO_FORMAT_COUNT:
        break;
    }
    return 0;
}

bool join_encode_can(enum audio_format format) {
    SF_INFO info = {.samplerate = 24000, .channels = 1};
    info.format = sndfile_format(format, false, SF_FORMAT_PCM_16);
    return info.format != 0 && sf_format_check(&info);
}

/* ---- a part, read through the source ---- */

struct reading {
    struct audio_source *src;
    sf_count_t at;
};

static sf_count_t part_length(void *arg) {
    const struct reading *r = arg;
    return r->src->bytes;
}

static sf_count_t part_seek(sf_count_t offset, int whence, void *arg) {
    struct reading *r = arg;
    sf_count_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? r->at : r->src->bytes;
    if (base + offset >= 0)
        r->at = base + offset;
    return r->at;
}

static sf_count_t part_read(void *room, sf_count_t count, void *arg) {
    struct reading *r = arg;
    size_t n = audio_source_read(r->src, r->at, room, (size_t)count);
    r->at += (sf_count_t)n;
    return (sf_count_t)n;
}

static sf_count_t part_tell(void *arg) {
    const struct reading *r = arg;
    return r->at;
}

static SNDFILE *open_part(struct reading *r, SF_INFO *info, struct err *e) {
    SF_VIRTUAL_IO io = {
        .get_filelen = part_length, .seek = part_seek, .read = part_read, .tell = part_tell};
    *info = (SF_INFO){.format = 0};
    SNDFILE *in = sf_open_virtual(&io, SFM_READ, info, r);
    if (!in)
        (void)err_set(e, ERR_INPUT, "cannot be decoded: %s", sf_strerror(NULL));
    return in;
}

/* ---- the file ---- */

static sf_count_t file_length(void *arg) {
    const struct writing *w = arg;
    return w->bytes;
}

static sf_count_t file_seek(sf_count_t offset, int whence, void *arg) {
    struct writing *w = arg;
    sf_count_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? w->at : w->bytes;
    if (base + offset >= 0)
        w->at = base + offset;
    return w->at;
}

static sf_count_t file_write(const void *from, sf_count_t count, void *arg) {
    struct writing *w = arg;
    if (!w->failed)
        w->failed = !file_write_at(w->fd, from, (size_t)count, w->at, "the joined file", &w->why);
    if (w->failed)
        return 0;
    w->at += count;
    w->bytes = w->at > w->bytes ? w->at : w->bytes;
    return count;
}

static sf_count_t file_tell(void *arg) {
    const struct writing *w = arg;
    return w->at;
}

static bool is_written(const struct encode *x, struct err *e) {
    if (x->file.failed)
        *e = x->file.why;
    return !x->file.failed;
}

static bool is_whole(int format) {
    int bits = format & SF_FORMAT_SUBMASK;
    return bits == SF_FORMAT_PCM_16 || bits == SF_FORMAT_PCM_24 || bits == SF_FORMAT_PCM_32 ||
           bits == SF_FORMAT_PCM_U8 || bits == SF_FORMAT_PCM_S8;
}

/* RF64 is for what needs it: made smaller again, it is a WAV with a header that few expect. */
static bool may_be_large(const struct encode *x, const SF_INFO *part) {
    bool is_plain = (part->format & SF_FORMAT_TYPEMASK) == SF_FORMAT_WAV;
    return x->bytes_expected >= JOIN_RF64_FROM / (is_plain ? 1 : GROWTH_MAX);
}

static bool begin(struct encode *x, const SF_INFO *part, struct err *e) {
    x->info = (SF_INFO){.samplerate = part->samplerate, .channels = part->channels};
    x->info.format = sndfile_format(x->format, x->opus, part->format);
    if (x->format == AUDIO_WAV && may_be_large(x, part))
        x->info.format = SF_FORMAT_RF64 | (x->info.format & SF_FORMAT_SUBMASK);
    x->is_float = !is_whole(part->format) || !is_whole(x->info.format);
    if (part->channels > CHANNELS_MAX || !sf_format_check(&x->info))
        return err_set(e, ERR_INPUT, "%d Hz with %d channel(s) cannot be written as %s%s",
                       part->samplerate, part->channels, audio_format_text(x->format),
                       x->opus ? " (Opus takes 8, 12, 16, 24 and 48 kHz)" : "");
    SF_VIRTUAL_IO io = {
        .get_filelen = file_length, .seek = file_seek, .write = file_write, .tell = file_tell};
    x->out = sf_open_virtual(&io, SFM_WRITE, &x->info, &x->file);
    if (!x->out)
        return is_written(x, e) &&
               err_set(e, ERR_INPUT, "cannot write %s of %d Hz: %s", audio_format_text(x->format),
                       part->samplerate, sf_strerror(NULL));
    (void)sf_command(x->out, SFC_SET_CLIPPING, NULL, SF_TRUE);
    (void)sf_command(x->out, SFC_RF64_AUTO_DOWNGRADE, NULL, SF_TRUE);
    x->room = ensure_alloc((size_t)FRAMES_A_STEP * (size_t)part->channels * sizeof(float));
    return true;
}

static bool write_frames(struct encode *x, sf_count_t count, struct err *e) {
    sf_count_t done = x->is_float ? sf_writef_float(x->out, x->room, count)
                                  : sf_writef_int(x->out, x->room, count);
    x->frames += done;
    return is_written(x, e) &&
           (done == count ||
            err_set(e, ERR_IO, "cannot write the joined file: %s", sf_strerror(x->out)));
}

static bool write_silence(struct encode *x, int64_t frames, struct err *e) {
    memset(x->room, 0, (size_t)FRAMES_A_STEP * (size_t)x->info.channels * sizeof(float));
    for (int64_t step; frames > 0; frames -= step) {
        step = frames < FRAMES_A_STEP ? frames : FRAMES_A_STEP;
        if (!write_frames(x, step, e))
            return false;
    }
    return true;
}

/* The next frames of a part into x->room; 0 at its end. */
static bool read_frames(struct encode *x, SNDFILE *in, sf_count_t most, sf_count_t *got,
                        struct err *e) {
    sf_count_t want = most < FRAMES_A_STEP ? most : FRAMES_A_STEP;
    *got = x->is_float ? sf_readf_float(in, x->room, want) : sf_readf_int(in, x->room, want);
    return *got > 0 || sf_error(in) == SF_ERR_NO_ERROR ||
           err_set(e, ERR_INPUT, "cannot be decoded: %s", sf_strerror(in));
}

/* Frames from .. to - 1 of a part that is at its beginning. */
static bool copy_frames(struct encode *x, SNDFILE *in, sf_count_t from, sf_count_t to,
                        struct err *e) {
    sf_count_t got = 1;
    for (sf_count_t at = 0; at < to && got > 0; at += got) {
        bool skips = at < from;
        if (!read_frames(x, in, (skips ? from : to) - at, &got, e) ||
            (got > 0 && !skips && !write_frames(x, got, e)))
            return false;
    }
    return true;
}

/* ---- trimming ---- */

/* The first sample of x->room that is no silence, as an index; `samples` when there is none. */
static sf_count_t find_loud(const struct encode *x, sf_count_t samples, bool last) {
    double limit = pow(10, x->trim_db / 20.0);
    const float *f = x->room;
    const int *n = x->room;
    for (sf_count_t i = 0; i < samples; i++) {
        sf_count_t at = last ? samples - 1 - i : i;
        double level = x->is_float ? fabs((double)f[at]) : fabs((double)n[at]) / INT32_MAX;
        if (level > limit)
            return at;
    }
    return samples;
}

/* Where a part sounds, with what is kept at both ends; all of it when it does nowhere. */
static bool find_sound(struct encode *x, SNDFILE *in, sf_count_t *from, sf_count_t *to,
                       struct err *e) {
    sf_count_t keep = x->info.samplerate * JOIN_TRIM_KEEP_MS / 1000, channels = x->info.channels;
    sf_count_t first = -1, last = -1, at = 0;
    for (sf_count_t got = 1; got > 0; at += got) {
        if (!read_frames(x, in, FRAMES_A_STEP, &got, e))
            return false;
        sf_count_t samples = got * channels, loud = find_loud(x, samples, false);
        if (loud == samples)
            continue;
        if (first < 0)
            first = at + loud / channels;
        last = at + find_loud(x, samples, true) / channels;
    }
    *from = first > keep ? first - keep : 0;
    *to = last < 0 || last + 1 + keep > at ? at : last + 1 + keep;
    return true;
}

/* ---- a part ---- */

static bool is_alike(const struct encode *x, const SF_INFO *part, struct err *e) {
    return (part->samplerate == x->info.samplerate && part->channels == x->info.channels) ||
           err_set(e, ERR_INPUT, "%d Hz, %d channel(s) where the parts before it have %d Hz, %d",
                   part->samplerate, part->channels, x->info.samplerate, x->info.channels);
}

static bool trim_part(struct encode *x, struct audio_source *part, sf_count_t *from, sf_count_t *to,
                      struct err *e) {
    struct reading reading = {.src = part};
    SF_INFO info;
    SNDFILE *in = open_part(&reading, &info, e);
    bool ok = in && find_sound(x, in, from, to, e);
    if (in)
        (void)sf_close(in);
    return ok;
}

static bool encode_add(void *way, struct audio_source *part, enum audio_format format,
                       const struct audio_facts *facts, int64_t gap, struct err *e) {
    struct encode *x = way;
    struct reading reading = {.src = part};
    sf_count_t from = 0, to = SF_COUNT_MAX;
    SF_INFO info;
    (void)format, (void)facts;
    SNDFILE *in = open_part(&reading, &info, e);
    if (!in)
        return false;
    bool ok = (x->out || begin(x, &info, e)) && is_alike(x, &info, e) &&
              (x->trim_db == 0 || trim_part(x, part, &from, &to, e)) && write_silence(x, gap, e) &&
              copy_frames(x, in, from, to, e);
    (void)sf_close(in);
    if (ok && part->errnum) /* to libsndfile it looked like the part's end */
        return err_set_errno(e, part->errnum, "cannot read a part");
    return ok;
}

static int64_t encode_frames(const void *way) {
    const struct encode *x = way;
    return x->frames;
}

static bool encode_end(void *way, int64_t *bytes, struct err *e) {
    struct encode *x = way;
    if (x->frames == 0) /* whole by its checksums, and still nothing that decodes */
        return err_set(e, ERR_INPUT, "there is no sound to join");
    int rc = sf_close(x->out);
    x->out = NULL;
    if (!is_written(x, e))
        return false;
    if (rc != 0)
        return err_set(e, ERR_IO, "cannot write the joined file: %s", sf_error_number(rc));
    *bytes = x->file.bytes;
    return *bytes > 0 || err_set(e, ERR_IO, "the joined file is empty");
}

const struct join_way join_encode = {encode_open, encode_add, encode_frames, encode_end,
                                     encode_close};
