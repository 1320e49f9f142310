/* play.c: see play.h. */
#include "play.h"

#include <string.h>
#include <sys/socket.h>

#include "base/ensure.h"
#include "reply.h"
#include "server.h"
#include "wav.h"

#define BLOCK_BYTES 16384
#define HTML "<!DOCTYPE html><html><body><h1>Sign in to the network</h1></body></html>\n"

/* --- bodies that come in pieces --- */

enum ending {
    END_WELL,  /* as the framing wants it */
    END_BREAK, /* the connection is closed */
    END_STALL, /* nothing more, until the client goes */
    END_NEVER, /* the body begins anew */
};

struct stream {
    bool is_whole; /* else the first half */
    bool is_sized; /* Content-Length of the whole is promised; else chunked */
    bool is_close; /* no length and no chunks: the end of the connection is the end */
    enum ending ending;
};

static const struct stream streams[FAULT_COUNT] = {
    [FAULT_NONE] = {.is_whole = true,
                    .ending = END_WELL}, /* a vendor that does not know the length */
    [FAULT_CUT] = {.is_sized = true, .ending = END_BREAK},
    [FAULT_CUT_CHUNKED] = {.ending = END_BREAK},
    [FAULT_CUT_CLOSE] = {.is_close = true, .ending = END_WELL},
    [FAULT_STALL] = {.is_sized = true, .ending = END_STALL},
    [FAULT_HUGE] = {.is_whole = true, .ending = END_NEVER},
    [FAULT_WAV_UNSIZED] = {.is_whole = true, .ending = END_WELL},
};

/* What was given so far has left; nothing more does. MHD 0.9.75 does not close a chunked answer
 * whose reader ends with an error, but it does when it cannot send: so the connection is ended
 * here, and one byte given that will never leave. */
static ssize_t break_off(struct exchange *x, char *to) {
    x->we_ended = true;
    exchange_end(x, LEDGER_FAULTED); /* in the books before the client can see it */
    shutdown(x->fd, SHUT_RDWR);
    *to = 0;
    return 1;
}

/* Suspends until the client has gone; called again after that, and when the server stops. */
static ssize_t stall(struct exchange *x) {
    bool again = x->wait.due_us == WAIT_FOREVER && x->stage == EXCHANGE_WAITING;
    x->stage = EXCHANGE_WAITING;
    if (!again && wait_begin(x->server->waiter, &x->wait, WAIT_FOREVER, false))
        return 0;
    if (!again || !wait_is_gone(&x->wait))
        x->entry.fault = "shutdown";
    x->we_ended = true;
    return MHD_CONTENT_READER_END_WITH_ERROR;
}

static ssize_t read_piece(void *arg, uint64_t at, char *to, size_t room) {
    struct exchange *x = arg;
    const struct stream *stream = &streams[x->fault];
    size_t bytes = stream->is_whole ? x->audio.bytes : x->audio.bytes / 2;
    if (stream->ending == END_NEVER)
        at %= bytes;
    if (at < bytes) {
        size_t piece = bytes - at < room ? (size_t)(bytes - at) : room;
        memcpy(to, x->audio.data + at, piece);
        x->entry.bytes += piece;
        return (ssize_t)piece;
    }
    if (stream->ending == END_BREAK)
        return break_off(x, to);
    return stream->ending == END_STALL ? stall(x) : MHD_CONTENT_READER_END_OF_STREAM;
}

static enum MHD_Result play_stream(struct exchange *x) {
    const struct stream *stream = &streams[x->fault];
    uint64_t size = stream->is_sized ? x->audio.bytes : MHD_SIZE_UNKNOWN;
    struct MHD_Response *response =
        MHD_create_response_from_callback(size, BLOCK_BYTES, read_piece, x, NULL);
    ASSERT(response);
    ASSERT(MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                                   exchange_content_type(x)) == MHD_YES);
    if (stream->is_close)
        ASSERT(MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END) ==
               MHD_YES);
    return reply_queue(x, MHD_HTTP_OK, response);
}

/* As one has to write it who does not know the length yet. A shared answer is copied first. */
static enum MHD_Result play_unsized(struct exchange *x) {
    if (x->speech.format != ENCODE_WAV)
        return play_stream(x);
    if (x->audio_is_shared) {
        uint8_t *copy = ensure_alloc(x->audio.bytes);
        memcpy(copy, x->audio.data, x->audio.bytes);
        x->audio.data = copy;
        x->audio_is_shared = false;
    }
    memset(x->audio.data + 4, 0xff, 4);                    /* RIFF */
    memset(x->audio.data + WAV_HEADER_BYTES - 4, 0xff, 4); /* data */
    return play_stream(x);
}

static enum MHD_Result play_right(struct exchange *x) {
    bool is_chunked = x->shape && json_object_get(x->shape->answer, "chunked");
    return is_chunked ? play_stream(x) : reply_audio(x);
}

/* --- whole answers that are wrong --- */

static enum MHD_Result play_error(struct exchange *x) {
    static const struct speech_error error = {
        500, "server_error", NULL, NULL, "The server had an error while processing your request."};
    return reply_error(x, &error);
}

static enum MHD_Result play_empty(struct exchange *x) {
    return reply_static(x, MHD_HTTP_OK, exchange_content_type(x), "");
}

static enum MHD_Result play_html(struct exchange *x) {
    return reply_static(x, MHD_HTTP_OK, "text/html; charset=utf-8", HTML);
}

static enum MHD_Result play_html_as_audio(struct exchange *x) {
    return reply_static(x, MHD_HTTP_OK, exchange_content_type(x), HTML);
}

static enum MHD_Result play_redirect(struct exchange *x) {
    struct MHD_Response *response =
        MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    ASSERT(response);
    ASSERT(MHD_add_response_header(response, MHD_HTTP_HEADER_LOCATION, PLAY_REDIRECT_PATH) ==
           MHD_YES);
    return reply_queue(x, MHD_HTTP_TEMPORARY_REDIRECT, response);
}

/* --- no answer --- */

static enum MHD_Result play_silent_close(struct exchange *x) {
    x->we_ended = true;
    exchange_end(x, LEDGER_FAULTED);
    return MHD_NO;
}

/* Dissolving the association of a connected TCP socket sends RST at once (tcp(7)); SO_LINGER would
 * be too late, for MHD shuts the socket down, which sends FIN, before it closes it. */
static enum MHD_Result play_reset(struct exchange *x) {
    static const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    x->we_ended = true;
    exchange_end(x, LEDGER_FAULTED);
    ASSERT(connect(x->fd, &nobody, sizeof nobody) == 0);
    return MHD_NO;
}

static const struct {
    enum MHD_Result (*play)(struct exchange *x);
    bool needs_audio;
} plays[FAULT_COUNT] = {
    [FAULT_NONE] = {play_right, true},
    [FAULT_ERROR] = {play_error, false},
    [FAULT_EMPTY] = {play_empty, false},
    [FAULT_HTML] = {play_html, false},
    [FAULT_HTML_AS_AUDIO] = {play_html_as_audio, false},
    [FAULT_CUT] = {play_stream, true},
    [FAULT_CUT_CHUNKED] = {play_stream, true},
    [FAULT_CUT_CLOSE] = {play_stream, true},
    [FAULT_SILENT_CLOSE] = {play_silent_close, false},
    [FAULT_RESET] = {play_reset, false},
    [FAULT_STALL] = {play_stream, true},
    [FAULT_HUGE] = {play_stream, true},
    [FAULT_WAV_UNSIZED] = {play_unsized, true},
    [FAULT_REDIRECT] = {play_redirect, false},
};

bool play_needs_audio(enum fault_kind fault) {
    return plays[fault].needs_audio;
}

enum MHD_Result play_answer(struct exchange *x) {
    ASSERT(plays[x->fault].play); /* refuse, limit and hang come to no answer */
    return plays[x->fault].play(x);
}
