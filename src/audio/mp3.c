/*
 * mp3.c: the frame header of MPEG-1/2/2.5 audio, and the Xing/Info header in a first frame.
 *
 * A file that ends between two frames looks whole unless that header counts the frames.
 * Sources: ISO/IEC 11172-3 and 13818-3, section 2.4.2.3; for Xing the LAME "mp3 info tag" notes.
 */
#include <string.h>

#include "audio/frames.h"

#define MP3_HEADER_BYTES 4
#define MP3_SIDE_BYTES_MAX 32
#define MP3_COUNT_UNKNOWN UINT32_C(0xffffffff)

enum mp3_version {
    MP3_V25 = 0,
    MP3_V2 = 2,
    MP3_V1 = 3
}; /* as in the header's bits; 1 is reserved */
enum mp3_layer { MP3_L3 = 1, MP3_L2 = 2, MP3_L1 = 3 };

/* kbit/s by bit rate index; 0 = free format, which has no length and is not accepted */
static const short v1_kbps[3][16] = {
    {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0},     /* layer 3 */
    {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 0},    /* layer 2 */
    {0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448, 0}, /* layer 1 */
};
static const short v2_kbps[3][16] = {
    {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0},
    {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0},
    {0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256, 0},
};
static const int v1_rates_hz[3] = {44100, 48000, 32000};

static int samples_of(unsigned version, unsigned layer) {
    if (layer == MP3_L1)
        return 384;
    return layer == MP3_L3 && version != MP3_V1 ? 576 : 1152;
}

static bool parse(const unsigned char *h, struct frame *out) {
    unsigned version = h[1] >> 3 & 3u, layer = h[1] >> 1 & 3u;
    unsigned rate = h[2] >> 2 & 3u, padding = h[2] >> 1 & 1u, mode = h[3] >> 6;
    if (h[0] != 0xff || (h[1] & 0xe0) != 0xe0 || version == 1 || layer == 0 || rate == 3)
        return false;
    int kbps = (version == MP3_V1 ? v1_kbps : v2_kbps)[layer - 1][h[2] >> 4];
    if (kbps == 0)
        return false;
    int shift = version == MP3_V1 ? 0 : version == MP3_V2 ? 1 : 2;
    out->rate_hz = v1_rates_hz[rate] >> shift;
    out->samples = samples_of(version, layer);
    out->channels = mode == 3 ? 1 : 2;
    out->kind = version << 2 | layer;
    out->has_crc = (h[1] & 1) == 0;
    int slot_bytes = layer == MP3_L1 ? 4 : 1;
    int slots = out->samples / 8 / slot_bytes * kbps * 1000 / out->rate_hz + (int)padding;
    out->bytes = (int64_t)slots * slot_bytes;
    return true;
}

static uint32_t be32(const unsigned char *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

/* "Xing" (variable bit rate) or "Info" (constant) stands where the side information ends. */
static bool is_info(struct audio_source *src, int64_t at, const struct frame *first,
                    int64_t *declared) {
    bool is_v1 = first->kind >> 2 == MP3_V1;
    int side_bytes = first->channels == 1 ? (is_v1 ? 17 : 9) : (is_v1 ? 32 : 17);
    unsigned char tag[12];
    size_t n = audio_source_read(src, at + MP3_HEADER_BYTES + side_bytes, tag, sizeof tag);
    if (n < sizeof tag || (memcmp(tag, "Xing", 4) != 0 && memcmp(tag, "Info", 4) != 0))
        return false;
    bool has_count = (tag[7] & 1) != 0;
    uint32_t count = has_count ? be32(tag + 8) : 0;
    *declared = count == MP3_COUNT_UNKNOWN ? 0 : count;
    return true;
}

static unsigned take_bits(const unsigned char *data, unsigned *at, unsigned count) {
    unsigned value = 0;
    for (; count > 0; count--, (*at)++)
        value = value << 1 | ((unsigned)data[*at / 8] >> (7 - *at % 8) & 1u);
    return value;
}

/* The side information (2.4.1.7) gives the length of each granule's part of each channel; digital
 * silence has none. */
static bool is_silent(struct audio_source *src, int64_t at, const struct frame *frame) {
    unsigned char side[MP3_SIDE_BYTES_MAX];
    bool is_v1 = frame->kind >> 2 == MP3_V1, mono = frame->channels == 1;
    size_t side_bytes = mono ? (is_v1 ? 17 : 9) : (is_v1 ? 32 : 17);
    if ((frame->kind & 3) != MP3_L3 ||
        audio_source_read(src, at + MP3_HEADER_BYTES + (frame->has_crc ? 2 : 0), side, side_bytes) <
            side_bytes)
        return false;
    unsigned bit = is_v1 ? (mono ? 9 + 5 + 4 : 9 + 3 + 8) : (mono ? 8 + 1 : 8 + 2);
    unsigned rest = is_v1 ? 59 - 12 : 63 - 12;
    for (int i = (is_v1 ? 2 : 1) * frame->channels; i > 0; i--, bit += rest)
        if (take_bits(side, &bit, 12) != 0)
            return false;
    return true;
}

static const struct frame_format mp3_format = {.name = "MP3",
                                               .header_bytes = MP3_HEADER_BYTES,
                                               .parse = parse,
                                               .is_info = is_info,
                                               .is_silent = is_silent};

bool mp3_is_header(const unsigned char *head, size_t bytes) {
    struct frame frame;
    return bytes >= MP3_HEADER_BYTES && parse(head, &frame);
}

bool mp3_check(struct audio_source *src, struct audio_facts *facts, struct err *e) {
    return frames_check(&mp3_format, src, facts, e);
}
