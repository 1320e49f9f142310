/* adts.c: the frame header of AAC as ADTS. A file that ends between two frames looks whole.
 * Source: ISO/IEC 13818-7, section 6.2. */
#include "audio/frames.h"

#define ADTS_HEADER_BYTES 7
#define ADTS_BLOCK_SAMPLES 1024

static const int rates_hz[16] = {96000, 88200, 64000, 48000, 44100, 32000, 24000,
                                 22050, 16000, 12000, 11025, 8000,  7350};

static bool parse(const unsigned char *h, struct frame *out) {
    if (h[0] != 0xff || (h[1] & 0xf6) != 0xf0)
        return false;
    unsigned channels = (h[2] & 1u) << 2 | h[3] >> 6;
    out->rate_hz = rates_hz[h[2] >> 2 & 15u];
    out->channels = channels == 7 ? 8 : (int)channels;
    out->bytes = (int64_t)(h[3] & 3) << 11 | h[4] << 3 | h[5] >> 5;
    out->samples = ADTS_BLOCK_SAMPLES * ((h[6] & 3) + 1);
    out->kind = h[1] & 8u;
    return out->rate_hz != 0 && out->bytes > ADTS_HEADER_BYTES;
}

static const struct frame_format adts_format = {
    .name = "AAC", .header_bytes = ADTS_HEADER_BYTES, .parse = parse};

bool adts_is_header(const unsigned char *head, size_t bytes) {
    struct frame frame;
    return bytes >= ADTS_HEADER_BYTES && parse(head, &frame);
}

bool adts_check(struct audio_source *src, struct audio_facts *facts, struct err *e) {
    return frames_check(&adts_format, src, facts, e);
}
