/*
 * decode_text: base64 and hexadecimal text back to bytes, a piece at a time.
 *
 * base64: both alphabets (+/ and -_), also mixed; padding at the end, or none; bits behind the last
 * whole byte are not judged. White space (some encoders wrap lines) is passed over in both. All
 * else is an error, because an answer that is paid for and damaged must not sound. Pure.
 */
#ifndef PROVIDER_DECODE_TEXT_H
#define PROVIDER_DECODE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum decode_coding { DECODE_BASE64, DECODE_HEX, DECODE_URL /* the string is where the audio is */ };

struct decode_text {
    enum decode_coding coding;
    uint32_t bits;
    int held;      /* digits in `bits` */
    int padding;   /* '=' seen */
    int64_t chars; /* read, for messages */
};

#define DECODE_TEXT_IN_MAX 4096 /* characters of one call */

void decode_text_begin(struct decode_text *t, enum decode_coding coding);

/* Decodes `count` characters (at most DECODE_TEXT_IN_MAX) to `out`, which has room for as many
 * bytes; *bytes is how many there are. */
bool decode_text_add(struct decode_text *t, const char *text, size_t count, unsigned char *out,
                     size_t *bytes, struct err *e) MUST_CHECK;

/* The text is over; writes what was held back: at most 2 bytes. */
bool decode_text_end(struct decode_text *t, unsigned char out[2], size_t *bytes,
                     struct err *e) MUST_CHECK;

#endif
