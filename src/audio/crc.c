/* crc.c: see crc.h. */
#include "audio/crc.h"

#include "base/ensure.h"

void crc_table_init(struct crc_table *table, unsigned bits, uint32_t poly) {
    PRE(bits == 8 || bits == 16 || bits == 32);
    table->bits = bits;
    uint32_t top = UINT32_C(1) << (bits - 1);
    uint32_t mask = UINT32_MAX >> (32 - bits);
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i << (bits - 8);
        for (int bit = 0; bit < 8; bit++)
            crc = (crc & top ? crc << 1 ^ poly : crc << 1) & mask;
        table->row[i] = crc;
    }
}

uint32_t crc_add(const struct crc_table *table, uint32_t crc, const unsigned char *data,
                 size_t bytes) {
    for (size_t i = 0; i < bytes; i++)
        crc = crc_step(table, crc, data[i]);
    return crc;
}
