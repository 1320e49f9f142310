/* reply.c: see reply.h. */
#include "reply.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "base/utf8.h"
#include "server.h"
#include "vendor.h"

#define ID_BYTES 32
#define NUMBER_BYTES 32
#define MS_PER_S 1000
#define ESCAPED_GROWTH 4 /* one byte becomes \xNN at most */

static void add_header(struct MHD_Response *response, const char *name, const char *value) {
    ASSERT(MHD_add_response_header(response, name, value) == MHD_YES);
}

enum MHD_Result reply_queue(struct exchange *x, unsigned status, struct MHD_Response *response) {
    x->entry.status = status;
    if (x->shape) {
        vendor_add_headers(x, response);
    } else if (x->entry.req) {
        char id[ID_BYTES];
        snprintf(id, sizeof id, "say-%" PRIu64, x->entry.req);
        add_header(response, "x-request-id", id);
    }
    enum MHD_Result rc = MHD_queue_response(x->connection, status, response);
    MHD_destroy_response(response);
    return rc;
}

/* MHD takes void * and changes nothing in a persistent body. */
static void *unconst(const void *body) {
    union {
        const void *from;
        void *to;
    } u = {body};
    return u.to;
}

static struct MHD_Response *response_of(struct exchange *x, const void *body, size_t bytes,
                                        enum MHD_ResponseMemoryMode mode, const char *type) {
    struct MHD_Response *response = MHD_create_response_from_buffer(bytes, unconst(body), mode);
    ASSERT(response);
    add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    x->entry.bytes = bytes;
    return response;
}

enum MHD_Result reply_static(struct exchange *x, unsigned status, const char *content_type,
                             const char *body) {
    return reply_queue(x, status,
                       response_of(x, body, strlen(body), MHD_RESPMEM_PERSISTENT, content_type));
}

enum MHD_Result reply_json(struct exchange *x, unsigned status, char *json) {
    return reply_queue(
        x, status, response_of(x, json, strlen(json), MHD_RESPMEM_MUST_FREE, "application/json"));
}

enum MHD_Result reply_bytes(struct exchange *x, unsigned status, const char *content_type,
                            struct buf *body) {
    size_t bytes = body->bytes;
    return reply_queue(x, status,
                       response_of(x, buf_steal(body), bytes, MHD_RESPMEM_MUST_FREE, content_type));
}

static struct MHD_Response *error_response(struct exchange *x, const struct speech_error *error) {
    struct buf message; /* may quote a request, cut amid a character, which would be no JSON */
    buf_init(&message, SPEECH_MESSAGE_BYTES * ESCAPED_GROWTH);
    ASSERT(utf8_escape_terminal(error->message, strlen(error->message), &message));
    json_t *root = json_pack("{s:{s:s, s:s, s:s?, s:s?}}", "error", "message", buf_str(&message),
                             "type", error->type, "param", error->param, "code", error->code);
    ASSERT(root);
    char *text = json_dumps(root, JSON_COMPACT);
    ASSERT(text);
    json_decref(root);
    buf_release(&message);
    return response_of(x, text, strlen(text), MHD_RESPMEM_MUST_FREE, "application/json");
}

enum MHD_Result reply_error(struct exchange *x, const struct speech_error *error) {
    return reply_queue(x, error->status, error_response(x, error));
}

enum MHD_Result reply_later(struct exchange *x, const struct speech_error *error) {
    struct MHD_Response *response = error_response(x, error);
    uint64_t ms = (uint64_t)(x->server->options->retry_after_s * MS_PER_S + 0.5);
    char number[NUMBER_BYTES];
    snprintf(number, sizeof number, "%" PRIu64, (ms + MS_PER_S - 1) / MS_PER_S);
    add_header(response, "Retry-After", number);
    snprintf(number, sizeof number, "%" PRIu64, ms);
    add_header(response, "retry-after-ms", number);
    return reply_queue(x, error->status, response);
}

enum MHD_Result reply_audio(struct exchange *x) {
    enum MHD_ResponseMemoryMode mode =
        x->audio_is_shared ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_FREE;
    struct MHD_Response *response =
        response_of(x, x->audio.data, x->audio.bytes, mode, exchange_content_type(x));
    x->audio = (struct encode_blob){0};
    return reply_queue(x, MHD_HTTP_OK, response);
}
