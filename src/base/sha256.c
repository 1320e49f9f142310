/* sha256.c: see sha256.h. */
#include "base/sha256.h"

#include <openssl/evp.h>
#include <pthread.h>

#include "base/ensure.h"

/* Looked up once: OpenSSL 3 does it anew for every digest that begins with EVP_sha256(). */
static EVP_MD *algorithm;
static pthread_once_t algorithm_once = PTHREAD_ONCE_INIT;

static void fetch_algorithm(void) {
    algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
    ASSERT(algorithm != NULL);
}

void sha256_init(struct sha256 *sha) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    ASSERT(context != NULL);
    ASSERT(pthread_once(&algorithm_once, fetch_algorithm) == 0);
    ASSERT(EVP_DigestInit_ex(context, algorithm, NULL) == 1);
    sha->context = context;
}

void sha256_add(struct sha256 *sha, const void *data, size_t bytes) {
    PRE(sha->context != NULL);
    ASSERT(EVP_DigestUpdate(sha->context, data, bytes) == 1);
}

void sha256_finish(struct sha256 *sha, unsigned char out[SHA256_BYTES]) {
    PRE(sha->context != NULL);
    unsigned bytes = 0;
    ASSERT(EVP_DigestFinal_ex(sha->context, out, &bytes) == 1 && bytes == SHA256_BYTES);
    sha256_release(sha);
}

void sha256_release(struct sha256 *sha) {
    EVP_MD_CTX_free(sha->context);
    sha->context = NULL;
}

const char *sha256_hex(const unsigned char digest[SHA256_BYTES], char out[SHA256_HEX_BYTES]) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < SHA256_BYTES; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    out[SHA256_HEX_BYTES - 1] = '\0';
    return out;
}

const char *sha256_hex_of(const void *data, size_t bytes, char out[SHA256_HEX_BYTES]) {
    struct sha256 sha;
    unsigned char digest[SHA256_BYTES];
    sha256_init(&sha);
    sha256_add(&sha, data, bytes);
    sha256_finish(&sha, digest);
    return sha256_hex(digest, out);
}
