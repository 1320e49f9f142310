/* crc: the checksums of FLAC (8 and 16 bit) and Ogg (32 bit): most significant bit first, initial
 * value 0, no final inversion. FLAC's run over data followed by its own checksum gives 0. */
#ifndef AUDIO_CRC_H
#define AUDIO_CRC_H

#include <stddef.h>
#include <stdint.h>

#define CRC8_POLY 0x07u
#define CRC16_POLY 0x8005u
#define CRC32_POLY 0x04c11db7u

/* Byte-wise table of a polynomial of `bits` bits (8, 16 or 32). */
struct crc_table {
    unsigned bits;
    uint32_t row[256];
};

void crc_table_init(struct crc_table *table, unsigned bits, uint32_t poly);

static inline uint32_t crc_step(const struct crc_table *table, uint32_t crc, unsigned char byte) {
    uint32_t index = (crc >> (table->bits - 8) ^ byte) & 0xffu;
    uint32_t mask = UINT32_MAX >> (32 - table->bits);
    return (crc << 8 ^ table->row[index]) & mask;
}

uint32_t crc_add(const struct crc_table *table, uint32_t crc, const unsigned char *data,
                 size_t bytes);

#endif
