/* request_key.c: see request_key.h. */
#include "queue/request_key.h"

#include <string.h>

#include "base/sha256.h"

static void add_part(struct sha256 *sha, const void *data, uint64_t bytes) {
    sha256_add(sha, &bytes, sizeof bytes);
    sha256_add(sha, data, bytes);
}

static void add_text(struct sha256 *sha, const char *text) {
    add_part(sha, text ? text : "", text ? strlen(text) : 0);
}

struct request_key request_key(const unsigned char fingerprint[REQUEST_FINGERPRINT_BYTES],
                               const struct request_parts *parts) {
    unsigned char digest[SHA256_BYTES];
    struct request_key key;
    struct sha256 sha;
    sha256_init(&sha);
    add_part(&sha, fingerprint, REQUEST_FINGERPRINT_BYTES);
    add_text(&sha, parts->voice);
    add_part(&sha, parts->text, parts->text_bytes);
    add_text(&sha, parts->prev_text);
    add_text(&sha, parts->next_text);
    sha256_finish(&sha, digest);
    memcpy(&key, digest, sizeof key);
    return key;
}
