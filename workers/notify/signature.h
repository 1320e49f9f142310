/*
 * signature: how the calls at a batch's end are signed, so that who gets them knows from whom they
 * are: Standard Webhooks 1.0.0, https://github.com/standard-webhooks/standard-webhooks,
 * spec/standard-webhooks.md, "Signature scheme": HMAC-SHA256 of "id.timestamp.body".
 */
#ifndef NOTIFY_SIGNATURE_H
#define NOTIFY_SIGNATURE_H

#include <stdint.h>

#include "base/err.h"

#define SIGNATURE_BYTES 64 /* "v1," and 44 characters of base64 */

/* Writes "v1,…" into out. `secret`: "whsec_" and base64, or any other text, whose bytes are the
 * key then. ERR_CONFIG when the base64 is damaged. Pure. */
bool signature_make(const char *secret, const char *id, int64_t timestamp_s, const char *body,
                    char out[SIGNATURE_BYTES], struct err *e) MUST_CHECK;

#endif
