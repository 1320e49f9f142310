/* signature.c: see signature.h. */
#include "workers/notify/signature.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "base/buf.h"
#include "provider/secret.h"

#define SECRET_PREFIX "whsec_"
#define VERSION "v1,"
#define CONTENT_BYTES_MAX (64 * 1024)

struct key {
    unsigned char bytes[SECRET_BYTES_MAX];
    int count;
};

static bool decode(const char *base64, struct key *key) {
    EVP_ENCODE_CTX *context = EVP_ENCODE_CTX_new();
    int count = 0, rest = 0;
    size_t length = strlen(base64);
    bool ok = context && length < sizeof key->bytes;
    if (ok) {
        EVP_DecodeInit(context);
        ok = EVP_DecodeUpdate(context, key->bytes, &count, (const unsigned char *)base64,
                              (int)length) >= 0 &&
             EVP_DecodeFinal(context, key->bytes + count, &rest) >= 0;
    }
    EVP_ENCODE_CTX_free(context);
    key->count = count + rest;
    return ok && key->count > 0;
}

static bool read_key(const char *secret, struct key *key, struct err *e) {
    size_t prefix = strlen(SECRET_PREFIX), length = strlen(secret);
    if (strncmp(secret, SECRET_PREFIX, prefix) == 0)
        return decode(secret + prefix, key) ||
               err_set(e, ERR_CONFIG, "what follows " SECRET_PREFIX " is not base64");
    if (length > sizeof key->bytes)
        return err_set(e, ERR_CONFIG, "longer than %zu bytes", sizeof key->bytes);
    memcpy(key->bytes, secret, length);
    key->count = (int)length;
    return true;
}

bool signature_make(const char *secret, const char *id, int64_t timestamp_s, const char *body,
                    char out[SIGNATURE_BYTES], struct err *e) {
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned mac_bytes = 0;
    struct key key;
    struct buf content;
    if (!read_key(secret, &key, e))
        return false;
    buf_init(&content, CONTENT_BYTES_MAX);
    bool ok = buf_printf(&content, "%s.%" PRId64 ".%s", id, timestamp_s, body) &&
              HMAC(EVP_sha256(), key.bytes, key.count, (const unsigned char *)content.data,
                   content.bytes, mac, &mac_bytes);
    OPENSSL_cleanse(&key, sizeof key);
    buf_release(&content);
    if (!ok)
        return err_set(e, ERR_FAILED, "cannot be computed");
    memcpy(out, VERSION, sizeof VERSION);
    (void)EVP_EncodeBlock((unsigned char *)out + strlen(VERSION), mac, (int)mac_bytes);
    return true;
}
