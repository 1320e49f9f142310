/* wav.c: see wav.h. */
#include "wav.h"

#include <string.h>

#define CHUNK_HEAD_BYTES 8
#define RIFF_HEAD_BYTES 12
#define FMT_BYTES 16
#define FORMAT_PCM 1

static void put16(uint8_t *at, unsigned value) {
    at[0] = (uint8_t)(value & 0xff);
    at[1] = (uint8_t)(value >> 8 & 0xff);
}

static void put32(uint8_t *at, uint32_t value) {
    put16(at, value & 0xffff);
    put16(at + 2, value >> 16);
}

static unsigned get16(const uint8_t *at) {
    return (unsigned)(at[0] | at[1] << 8);
}

static uint32_t get32(const uint8_t *at) {
    return get16(at) | (uint32_t)get16(at + 2) << 16;
}

void wav_header(uint8_t out[WAV_HEADER_BYTES], unsigned rate_hz, unsigned bits,
                uint32_t data_bytes) {
    uint32_t riff_bytes =
        data_bytes == WAV_UNSIZED ? WAV_UNSIZED : data_bytes + WAV_HEADER_BYTES - CHUNK_HEAD_BYTES;
    memcpy(out, "RIFF....WAVEfmt ", 16);
    put32(out + 4, riff_bytes);
    put32(out + 16, FMT_BYTES);
    put16(out + 20, FORMAT_PCM);
    put16(out + 22, 1); /* channels */
    put32(out + 24, rate_hz);
    put32(out + 28, rate_hz * bits / 8);
    put16(out + 32, bits / 8);
    put16(out + 34, bits);
    memcpy(out + 36, "data", 4);
    put32(out + 40, data_bytes);
}

static bool is_16_bit_mono(const uint8_t *fmt) {
    return get16(fmt) == FORMAT_PCM && get16(fmt + 2) == 1 && get16(fmt + 14) == 16;
}

bool wav_read_stream(const uint8_t *data, size_t bytes, struct wav_stream *out, struct err *e) {
    if (bytes < RIFF_HEAD_BYTES || memcmp(data, "RIFF", 4) || memcmp(data + 8, "WAVE", 4))
        return err_set(e, ERR_INPUT, "not a WAV");
    unsigned rate_hz = 0;
    size_t at = RIFF_HEAD_BYTES;
    while (bytes - at >= CHUNK_HEAD_BYTES) {
        const uint8_t *body = data + at + CHUNK_HEAD_BYTES;
        size_t left = bytes - at - CHUNK_HEAD_BYTES;
        uint32_t size = get32(data + at + 4);
        if (!memcmp(data + at, "data", 4)) {
            if (!rate_hz)
                break;
            *out = (struct wav_stream){rate_hz, body, left & ~(size_t)1};
            return true;
        }
        if (size > left)
            break;
        if (!memcmp(data + at, "fmt ", 4) && size >= FMT_BYTES && is_16_bit_mono(body))
            rate_hz = get32(body + 4);
        at += CHUNK_HEAD_BYTES + size;
    }
    return err_set(e, ERR_INPUT, "not a 16 bit mono WAV with samples");
}
