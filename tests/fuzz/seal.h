/*
 * seal: the checksums of an Ogg stream or a FLAC file made true, so that what is behind them meets
 * any bytes, too: no fuzzer guesses a checksum. What is neither stays as it is.
 */
#ifndef TESTS_FUZZ_SEAL_H
#define TESTS_FUZZ_SEAL_H

#include <stdbool.h>
#include <string.h>

#include "audio/crc.h"
#include "tests/fuzz/target.h"

#define SEAL_OGG_HEAD 27
#define SEAL_OGG_CRC_AT 22

/* The page at `at`; returns where it ends, 0 when there is none. */
static inline size_t seal_page(uint8_t *data, size_t bytes, size_t at) {
    uint8_t *page = data + at;
    if (bytes - at < SEAL_OGG_HEAD || memcmp(page, "OggS", 4) != 0 ||
        bytes - at - SEAL_OGG_HEAD < page[SEAL_OGG_HEAD - 1])
        return 0;
    size_t long_so_far = SEAL_OGG_HEAD + (size_t)page[SEAL_OGG_HEAD - 1];
    for (size_t i = SEAL_OGG_HEAD, lacings = long_so_far; i < lacings; i++)
        long_so_far += page[i];
    if (long_so_far > bytes - at)
        return 0;
    struct crc_table table;
    crc_table_init(&table, 32, CRC32_POLY);
    memset(page + SEAL_OGG_CRC_AT, 0, 4);
    uint32_t crc = crc_add(&table, 0, page, long_so_far);
    for (size_t i = 0; i < 4; i++)
        page[SEAL_OGG_CRC_AT + i] = (uint8_t)(crc >> 8 * i);
    return at + long_so_far;
}

/* Everything behind the metadata as one frame: its last two bytes. The header's own checksum is one
 * byte, which can be guessed. */
static inline void seal_frame(uint8_t *data, size_t bytes) {
    size_t at = 4;
    bool is_last = false;
    while (!is_last && at + 4 <= bytes) {
        is_last = (data[at] & 0x80) != 0;
        at += 4 + ((size_t)data[at + 1] << 16 | (size_t)data[at + 2] << 8 | data[at + 3]);
    }
    if (at + 2 >= bytes)
        return;
    struct crc_table table;
    crc_table_init(&table, 16, CRC16_POLY);
    uint32_t crc = crc_add(&table, 0, data + at, bytes - at - 2);
    data[bytes - 2] = (uint8_t)(crc >> 8);
    data[bytes - 1] = (uint8_t)crc;
}

static inline void seal(uint8_t *data, size_t bytes) {
    if (bytes >= 4 && memcmp(data, "fLaC", 4) == 0)
        seal_frame(data, bytes);
    for (size_t at = 0; at < bytes;)
        if ((at = seal_page(data, bytes, at)) == 0)
            break;
}

#endif
