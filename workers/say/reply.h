/*
 * reply: whole answers: JSON, OpenAI-shaped errors, a body of bytes. What is sent wrong on purpose
 * is play.c's.
 *
 * Every function queues the answer on the exchange's connection, notes status and bytes in its
 * entry, and returns what an MHD handler has to return.
 */
#ifndef SAY_REPLY_H
#define SAY_REPLY_H

#include <microhttpd.h>

#include "exchange.h"
#include "speech.h"

/* Adds x-request-id, or the headers of its vendor, queues and destroys `response`. */
enum MHD_Result reply_queue(struct exchange *x, unsigned status, struct MHD_Response *response);

/* Bytes that outlive the answer; `content_type` is a literal. */
enum MHD_Result reply_static(struct exchange *x, unsigned status, const char *content_type,
                             const char *body);

/* `json` is a malloc'ed string, which becomes the answer's. */
enum MHD_Result reply_json(struct exchange *x, unsigned status, char *json);

/* The content of `body`, which becomes the answer's. */
enum MHD_Result reply_bytes(struct exchange *x, unsigned status, const char *content_type,
                            struct buf *body);

enum MHD_Result reply_error(struct exchange *x, const struct speech_error *error);

/* 429 or 503 with Retry-After in whole seconds, rounded up, and retry-after-ms, exact. */
enum MHD_Result reply_later(struct exchange *x, const struct speech_error *error);

/* The exchange's audio with its content type. */
enum MHD_Result reply_audio(struct exchange *x);

#endif
