/*
 * exchange: the life of one request, from its first byte to its last event in the ledger.
 *
 *   receiving ─▶ refused (400, 413, 429, 503: at once)
 *       └─────▶ accepted ─▶ waiting (latency, speech being made) ─▶ answering ─▶ over
 *                              └──────── client gone ───────────────────────────▶ over
 *
 * One lives in each connection and is used again for its next request. It belongs to the one thread
 * that serves; while it is in work, speech and audio are the pool's.
 */
#ifndef SAY_EXCHANGE_H
#define SAY_EXCHANGE_H

#include <microhttpd.h>

#include "base/buf.h"
#include "encode.h"
#include "faults.h"
#include "ledger.h"
#include "pool.h"
#include "shape.h"
#include "speech.h"
#include "wait.h"

/* 4096 characters, each written as a pair of \uXXXX escapes, and room for the rest. */
#define EXCHANGE_BODY_BYTES_MAX ((size_t)64 << 10)
#define EXCHANGE_DRAIN_BYTES_MAX ((size_t)16 << 20) /* a longer body is cut off instead of read */

struct server;
struct http_route;

enum exchange_stage { EXCHANGE_RECEIVING, EXCHANGE_WAITING };

struct exchange {
    struct server *server;
    struct MHD_Connection *connection;
    int fd;
    const struct http_route *route;
    const char *method;        /* of MHD, as long as the request */
    const struct shape *shape; /* NULL: OpenAI's, as this endpoint speaks by itself */
    const char *shape_path;    /* behind the shape's name */
    const json_t *shape_case;  /* that the text asks for; NULL = none */
    char case_name[SHAPE_NAME_BYTES];

    struct buf body;
    size_t body_bytes; /* received, kept or not */

    enum exchange_stage stage;
    struct speech speech;
    struct ledger_entry entry;
    enum fault_kind fault;
    int64_t due_us;
    bool in_flight; /* accepted, and no last event yet */
    bool we_ended;  /* the connection breaks by our own will */

    struct pool_job job;
    struct wait wait;
    struct encode_blob audio;
    bool audio_is_shared;
    const char *content_type; /* of the answer, where it is not its format's; NULL */
    struct err failure;       /* of the engine; code ERR_NONE = none */
};

struct exchange *exchange_new(struct server *server, struct MHD_Connection *connection, int fd);
void exchange_free(struct exchange *x);

/* Of a right answer. */
const char *exchange_content_type(const struct exchange *x);

void exchange_begin(struct exchange *x); /* a new request on this connection */

/* Takes a piece of the body. false when it is so long that the connection has to be cut. */
bool exchange_receive(struct exchange *x, const char *data, size_t bytes) MUST_CHECK;

/* A request for speech is complete, or its wait is over. */
enum MHD_Result exchange_speak(struct exchange *x);

/* A POST that is no request for speech and gets `status`: goes into the books as refused. */
void exchange_refused(struct exchange *x, unsigned status);

/* Writes the last event, once; later calls change nothing. */
void exchange_end(struct exchange *x, enum ledger_event event);

/* MHD is done with the request: its last event, if it had none yet. */
void exchange_completed(struct exchange *x, enum MHD_RequestTerminationCode how);

void exchange_on_gone(void *owner); /* for the waiter */

#endif
