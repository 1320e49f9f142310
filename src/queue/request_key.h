/*
 * request_key: what makes two jobs the same request: the fingerprint of the profile
 * (provider/fingerprint.h), the voice, the text and its context. Pure.
 *
 * The key is the first 128 bits of a SHA-256 over them, each with its length before it. The
 * store finds by the first half and compares the second, so that no text has to be read: that two
 * different requests among 2^40 ever made agree in 128 bits has a chance below 2^-48.
 */
#ifndef QUEUE_REQUEST_KEY_H
#define QUEUE_REQUEST_KEY_H

#include <stddef.h>
#include <stdint.h>

#define REQUEST_FINGERPRINT_BYTES 32

struct request_key {
    int64_t find, check;
};

struct request_parts { /* what a job brings into its request */
    const char *voice; /* that will be asked for, the profile's own included; NULL = none */
    const char *text;
    size_t text_bytes;
    const char *prev_text, *next_text; /* sent along as context; NULL = none */
};

struct request_key request_key(const unsigned char fingerprint[REQUEST_FINGERPRINT_BYTES],
                               const struct request_parts *parts);

#endif
