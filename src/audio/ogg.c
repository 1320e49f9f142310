/*
 * ogg.c: the pages of an Ogg stream with Opus or Vorbis.
 *
 * A whole stream has every page number, good checksums, and an end mark on its last page. Streams
 * may follow one another (chained); pages of a second stream in between (a skeleton) are stepped
 * over. Sources: RFC 3533 (Ogg), RFC 7845 (Opus in Ogg), Vorbis I specification A.2.
 */
#include <inttypes.h>
#include <string.h>

#include "audio/crc.h"
#include "audio/format.h"

#define OGG_HEADER_BYTES 27
#define OGG_SEGMENTS_MAX 255
#define OGG_IDENT_BYTES 32
#define OGG_STEP_BYTES 4096
#define OGG_CRC_AT 22
#define OGG_FIRST 2 /* flags */
#define OGG_LAST 4
#define OPUS_RATE_HZ 48000
#define OGG_SILENT_PACKET_BYTES 8

struct ogg_page {
    unsigned flags;
    int64_t granule; /* -1 = no packet ends here */
    uint32_t serial;
    uint32_t number;
    unsigned longest; /* segment */
    bool ends_inside; /* its last packet goes on in a next page */
    int64_t body_at;
    int64_t end;
};

struct ogg {
    struct crc_table crc;
    bool open; /* a stream is going on */
    bool seen; /* there was one */
    uint32_t serial;
    uint32_t next_number;
    int rate_hz; /* 0 = a codec whose positions are not known here */
    int64_t pre_skip;
    int64_t position;
    bool heard;          /* a packet was large enough to hold sound */
    int64_t duration_ms; /* of the streams that ended; -1 = unknown */
};

static uint64_t le(const unsigned char *p, int bytes) {
    uint64_t value = 0;
    for (int i = bytes - 1; i >= 0; i--)
        value = value << 8 | p[i];
    return value;
}

static bool cut_short(struct err *e) {
    return err_set(e, ERR_INPUT, "Ogg cut short in a page");
}

static uint32_t body_crc(const struct ogg *o, struct audio_source *src, const struct ogg_page *page,
                         uint32_t crc) {
    unsigned char data[OGG_STEP_BYTES];
    for (int64_t at = page->body_at; at < page->end;) {
        int64_t left = page->end - at;
        size_t want = left < OGG_STEP_BYTES ? (size_t)left : sizeof data;
        size_t n = audio_source_read(src, at, data, want);
        if (n == 0)
            break;
        crc = crc_add(&o->crc, crc, data, n);
        at += (int64_t)n;
    }
    return crc;
}

static bool read_page(const struct ogg *o, struct audio_source *src, int64_t at,
                      struct ogg_page *page, struct err *e) {
    unsigned char head[OGG_HEADER_BYTES + OGG_SEGMENTS_MAX];
    if (audio_source_read(src, at, head, OGG_HEADER_BYTES) < OGG_HEADER_BYTES)
        return cut_short(e);
    if (memcmp(head, "OggS", 4) != 0 || head[4] != 0)
        return err_set(e, ERR_INPUT, "Ogg damaged: no page at byte %" PRId64, at);
    size_t segments = head[26];
    unsigned char *lacing = head + OGG_HEADER_BYTES;
    if (audio_source_read(src, at + OGG_HEADER_BYTES, lacing, segments) < segments)
        return cut_short(e);
    page->flags = head[5];
    page->granule = (int64_t)le(head + 6, 8);
    page->serial = (uint32_t)le(head + 14, 4);
    page->number = (uint32_t)le(head + 18, 4);
    page->ends_inside = segments > 0 && lacing[segments - 1] == 255;
    page->body_at = page->end = at + OGG_HEADER_BYTES + (int64_t)segments;
    page->longest = 0;
    for (size_t i = 0; i < segments; i++) {
        page->end += lacing[i];
        if (lacing[i] > page->longest)
            page->longest = lacing[i];
    }
    if (page->end > src->bytes)
        return cut_short(e);
    uint32_t expected = (uint32_t)le(head + OGG_CRC_AT, 4);
    memset(head + OGG_CRC_AT, 0, 4);
    uint32_t crc = crc_add(&o->crc, 0, head, OGG_HEADER_BYTES + segments);
    return body_crc(o, src, page, crc) == expected ||
           err_set(e, ERR_INPUT, "Ogg damaged: bad checksum of the page at byte %" PRId64, at);
}

static bool begin_stream(struct ogg *o, struct audio_source *src, const struct ogg_page *page,
                         struct audio_facts *facts, struct err *e) {
    unsigned char ident[OGG_IDENT_BYTES] = {0};
    int64_t body = page->end - page->body_at;
    size_t want = body < OGG_IDENT_BYTES ? (size_t)body : sizeof ident;
    (void)audio_source_read(src, page->body_at, ident, want);
    uint64_t rate_hz = 0;
    o->pre_skip = 0;
    if (memcmp(ident, "OpusHead", 8) == 0) {
        rate_hz = OPUS_RATE_HZ;
        facts->channels = ident[9];
        o->pre_skip = (int64_t)le(ident + 10, 2);
    } else if (memcmp(ident, "\x01vorbis", 7) == 0) {
        rate_hz = le(ident + 12, 4);
        facts->channels = ident[11];
        if (rate_hz < FORMAT_RATE_HZ_MIN || rate_hz > FORMAT_RATE_HZ_MAX)
            return err_set(e, ERR_INPUT, "Ogg damaged: Vorbis at %" PRIu64 " Hz", rate_hz);
    }
    facts->sample_rate_hz = o->rate_hz = (int)rate_hz;
    o->open = o->seen = true;
    o->serial = page->serial;
    o->next_number = page->number;
    o->position = 0;
    return true;
}

static void end_stream(struct ogg *o) {
    o->open = false;
    if (o->rate_hz == 0)
        o->duration_ms = -1;
    if (o->duration_ms < 0)
        return;
    int64_t add_ms = format_duration_ms(o->position - o->pre_skip, o->rate_hz);
    if (__builtin_add_overflow(o->duration_ms, add_ms, &o->duration_ms))
        o->duration_ms = -1;
}

static bool take_page(struct ogg *o, struct audio_source *src, const struct ogg_page *page,
                      struct audio_facts *facts, struct err *e) {
    if (!o->open && (page->flags & OGG_FIRST) && !begin_stream(o, src, page, facts, e))
        return false;
    if (!o->open)
        return o->seen || err_set(e, ERR_INPUT, "Ogg does not begin with a first page");
    if (page->serial != o->serial)
        return true;
    if (page->number != o->next_number)
        return err_set(e, ERR_INPUT, "Ogg damaged: page %" PRIu32 " is missing", o->next_number);
    o->next_number++;
    if (page->granule >= 0)
        o->position = page->granule;
    bool is_header = page->granule == 0 || (page->granule < 0 && o->position == 0);
    o->heard = o->heard || (!is_header && page->longest > OGG_SILENT_PACKET_BYTES);
    if (!(page->flags & OGG_LAST))
        return true;
    if (page->ends_inside)
        return err_set(e, ERR_INPUT, "Ogg cut short in its last packet");
    end_stream(o);
    return true;
}

bool ogg_check(struct audio_source *src, struct audio_facts *facts, struct err *e) {
    struct ogg o = {0};
    struct ogg_page page = {0};
    crc_table_init(&o.crc, 32, CRC32_POLY);
    for (int64_t at = 0; at < src->bytes; at = page.end)
        if (!read_page(&o, src, at, &page, e) || !take_page(&o, src, &page, facts, e))
            return false;
    if (o.open)
        return err_set(e, ERR_INPUT, "Ogg cut short: no end-of-stream page");
    if (o.duration_ms == 0)
        return err_set(e, ERR_INPUT, "Ogg without sound");
    facts->duration_ms = o.duration_ms;
    facts->silent = !o.heard;
    facts->complete = true;
    return true;
}
