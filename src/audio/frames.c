/* frames.c: see frames.h. */
#include "audio/frames.h"

#include <inttypes.h>
#include <string.h>

#define FRAMES_JUNK_BYTES_MAX 4096 /* in all; padding and tags of makers we do not know */
#define FRAMES_TAG_HEAD_BYTES 16
#define FRAMES_TAIL_BYTES 256
#define FRAMES_ID3V1_BYTES 128
#define FRAMES_APE_BYTES 32

struct walk {
    const struct frame_format *format;
    struct audio_source *src;
    int64_t at;
    int64_t frames;
    int64_t samples;
    int64_t declared; /* frames, 0 = unknown */
    int64_t junk_bytes;
    int64_t junk_at;             /* where the latest junk began */
    bool lost;                   /* the bytes before `at` were junk */
    int64_t sound_at, sound_end; /* first and behind the last frame that sounds */
    bool heard;                  /* a frame may hold sound */
    struct frame first;
};

int64_t id3_bytes(const unsigned char *head, size_t bytes) {
    if (bytes < 10 || memcmp(head, "ID3", 3) != 0 || head[3] == 0xff || head[4] == 0xff)
        return 0;
    if ((head[6] | head[7] | head[8] | head[9]) & 0x80)
        return 0;
    int64_t size = (int64_t)head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9];
    bool has_footer = (head[5] & 0x10) != 0;
    return 10 + size + (has_footer ? 10 : 0);
}

/* Length of a tag at this place, 0 when there is none. */
static int64_t tag_bytes(struct audio_source *src, int64_t at) {
    unsigned char head[FRAMES_TAG_HEAD_BYTES];
    size_t n = audio_source_read(src, at, head, sizeof head);
    if (n >= 3 && memcmp(head, "TAG", 3) == 0 && src->bytes - at == FRAMES_ID3V1_BYTES)
        return FRAMES_ID3V1_BYTES;
    if (n == sizeof head && memcmp(head, "APETAGEX", 8) == 0) {
        uint32_t size = (uint32_t)head[12] | (uint32_t)head[13] << 8 | (uint32_t)head[14] << 16 |
                        (uint32_t)head[15] << 24;
        return (int64_t)size + FRAMES_APE_BYTES;
    }
    return id3_bytes(head, n);
}

static bool cut_short(const struct walk *w, struct err *e) {
    return err_set(e, ERR_INPUT, "%s cut short after %" PRId64 " frames", w->format->name,
                   w->frames);
}

static bool read_frame(const struct walk *w, int64_t at, struct frame *out) {
    unsigned char header[FRAMES_HEADER_BYTES_MAX];
    size_t need = w->format->header_bytes;
    return audio_source_read(w->src, at, header, need) == need && w->format->parse(header, out) &&
           (w->frames == 0 || (out->kind == w->first.kind && out->rate_hz == w->first.rate_hz));
}

/* After junk, a frame counts only with another one behind it or when it ends the source: bytes that
 * look like a header are not rare. */
static bool is_trusted(const struct walk *w, const struct frame *frame) {
    struct frame next;
    int64_t end = w->at + frame->bytes;
    return !w->lost || end == w->src->bytes || read_frame(w, end, &next);
}

static void count_frame(struct walk *w, const struct frame *frame) {
    bool is_first = w->frames == 0 && w->declared == 0;
    if (is_first)
        w->first = *frame;
    bool is_info =
        is_first && w->format->is_info && w->format->is_info(w->src, w->at, frame, &w->declared);
    if (!is_info) {
        if (w->frames == 0)
            w->sound_at = w->at;
        w->sound_end = w->at + frame->bytes;
        w->heard = w->heard || !w->format->is_silent || !w->format->is_silent(w->src, w->at, frame);
        w->frames++;
        w->samples += frame->samples;
    }
    w->at += frame->bytes;
    w->lost = false;
}

/* One byte on; a header's beginning as the very last bytes is a cut frame, not junk. */
static bool skip_junk(struct walk *w, struct err *e) {
    unsigned char sync[2] = {0};
    int64_t left = w->src->bytes - w->at;
    (void)audio_source_read(w->src, w->at, sync, sizeof sync);
    bool opens = sync[0] == 0xff && (left == 1 || (sync[1] & 0xe0) == 0xe0);
    if (!w->lost && left < (int64_t)w->format->header_bytes && opens)
        return cut_short(w, e);
    if (++w->junk_bytes > FRAMES_JUNK_BYTES_MAX)
        return err_set(e, ERR_INPUT, "%s damaged: no frame at byte %" PRId64, w->format->name,
                       w->at);
    if (!w->lost)
        w->junk_at = w->at;
    w->at++;
    w->lost = true;
    return true;
}

/* Words behind the sound are a server's report that it failed on the way. */
static bool ends_in_text(const struct walk *w) {
    unsigned char tail[FRAMES_TAIL_BYTES];
    return w->lost &&
           stranger_is_text(tail, audio_source_read(w->src, w->junk_at, tail, sizeof tail));
}

static bool step(struct walk *w, struct err *e) {
    struct frame frame;
    if (read_frame(w, w->at, &frame) && is_trusted(w, &frame)) {
        if (frame.bytes > w->src->bytes - w->at)
            return cut_short(w, e);
        count_frame(w, &frame);
        return true;
    }
    int64_t tag = tag_bytes(w->src, w->at);
    if (tag > w->src->bytes - w->at)
        return cut_short(w, e);
    w->at += tag;
    return tag > 0 || skip_junk(w, e);
}

bool frames_check(const struct frame_format *format, struct audio_source *src,
                  struct audio_facts *facts, struct err *e) {
    struct walk w = {.format = format, .src = src};
    while (w.at < src->bytes)
        if (!step(&w, e))
            return false;
    if (w.frames == 0)
        return err_set(e, ERR_INPUT, "%s without a frame of sound", format->name);
    if (ends_in_text(&w))
        return err_set(e, ERR_INPUT, "%s with text behind the sound, at byte %" PRId64,
                       format->name, w.junk_at);
    if (w.frames < w.declared)
        return err_set(e, ERR_INPUT, "%s cut short: %" PRId64 " of %" PRId64 " frames",
                       format->name, w.frames, w.declared);
    facts->silent = !w.heard;
    facts->complete = w.declared > 0;
    facts->frames_at = w.sound_at;
    facts->frames_bytes = w.sound_end - w.sound_at;
    facts->frames_kind = w.first.kind;
    facts->sample_rate_hz = w.first.rate_hz;
    facts->channels = w.first.channels;
    facts->duration_ms = format_duration_ms(w.samples, w.first.rate_hz);
    return true;
}
