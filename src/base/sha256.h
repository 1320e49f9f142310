/* sha256: streaming SHA-256 (OpenSSL EVP), for content addresses and fingerprints. Never fails: an
 * OpenSSL without SHA-256 ends the process. One struct belongs to one thread at a time. */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>

#define SHA256_BYTES 32
#define SHA256_HEX_BYTES 65 /* 64 lower-case digits and a NUL */

struct sha256 {
    void *context; /* EVP_MD_CTX */
};

void sha256_init(struct sha256 *sha);
void sha256_add(struct sha256 *sha, const void *data, size_t bytes);
void sha256_finish(struct sha256 *sha, unsigned char out[SHA256_BYTES]); /* also releases */
void sha256_release(struct sha256 *sha); /* without a result; may be called again */

/* Writes the digest in hex and returns out. */
const char *sha256_hex(const unsigned char digest[SHA256_BYTES], char out[SHA256_HEX_BYTES]);
/* Digest of one piece of memory, in hex. */
const char *sha256_hex_of(const void *data, size_t bytes, char out[SHA256_HEX_BYTES]);

#endif
