/* http.c: see http.h. To add a path: one row in `routes`. */
#include "http.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "exchange.h"
#include "reply.h"
#include "server.h"
#include "speech.h"
#include "vendor.h"

#define MODELS_CREATED 1700000000 /* clients want a time; it means nothing here */

struct http_route {
    const char *method, *path;
    enum MHD_Result (*handle)(struct exchange *x);
};

static char *dump(json_t *root) {
    ASSERT(root);
    char *text = json_dumps(root, JSON_COMPACT);
    ASSERT(text);
    json_decref(root);
    return text;
}

static enum MHD_Result get_models(struct exchange *x) {
    json_t *list = json_array();
    for (const char *const *model = speech_models; *model; model++)
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:i, s:s}", "id", *model, "object", "model",
                                        "created", MODELS_CREATED, "owned_by", "ttsq-say"));
    return reply_json(x, MHD_HTTP_OK,
                      dump(json_pack("{s:s, s:o}", "object", "list", "data", list)));
}

static enum MHD_Result get_healthz(struct exchange *x) {
    const struct server *s = x->server;
    bool missing = s->options->engine == ENGINE_ESPEAK && !s->espeak_path[0];
    json_t *root = json_pack("{s:s, s:s}", "status", missing ? "unable" : "ok", "engine",
                             options_engine_name(s->options->engine));
    if (missing)
        json_object_set_new(
            root, "reason",
            json_sprintf("%s is not there: install the package espeak-ng", s->options->espeak));
    return reply_json(x, missing ? MHD_HTTP_SERVICE_UNAVAILABLE : MHD_HTTP_OK, dump(root));
}

static enum MHD_Result get_stats(struct exchange *x) {
    struct ledger_stats stats = ledger_stats(x->server->ledger);
    json_t *root = json_object();
    for (int i = 0; i < LEDGER_EVENTS; i++)
        json_object_set_new(root, ledger_event_name((enum ledger_event)i),
                            json_integer((json_int_t)stats.events[i]));
    json_object_set_new(root, "in_flight", json_integer((json_int_t)stats.in_flight));
    json_object_set_new(root, "max_in_flight", json_integer((json_int_t)stats.in_flight_max));
    json_object_set_new(root, "first_accept_us", json_integer(stats.first_accept_us));
    json_object_set_new(root, "last_answer_us", json_integer(stats.last_answer_us));
    return reply_json(x, MHD_HTTP_OK, dump(root));
}

static enum MHD_Result client_error(struct exchange *x, unsigned status, const char *message) {
    struct speech_error error = {status, "invalid_request_error", NULL, NULL, ""};
    snprintf(error.message, sizeof error.message, "%.*s", SPEECH_MESSAGE_BYTES - 1, message);
    return reply_error(x, &error);
}

static enum MHD_Result get_control(struct exchange *x) {
    return reply_json(x, MHD_HTTP_OK, control_describe(x->server->control));
}

static enum MHD_Result post_control(struct exchange *x) {
    struct server *s = x->server;
    struct err e;
    if (x->body_bytes > EXCHANGE_BODY_BYTES_MAX)
        return client_error(x, MHD_HTTP_CONTENT_TOO_LARGE, "The body is larger than 64 KiB.");
    if (!control_change(s->control, buf_str(&x->body), x->body.bytes, ledger_last_req(s->ledger),
                        &e))
        return client_error(x, MHD_HTTP_BAD_REQUEST, e.msg);
    return get_control(x);
}

/* A POST that went astray is in the books: a client that followed a redirect shows there. */
static enum MHD_Result no_path(struct exchange *x) {
    if (x->body_bytes)
        exchange_refused(x, MHD_HTTP_NOT_FOUND);
    return client_error(x, MHD_HTTP_NOT_FOUND, "There is nothing at this path.");
}

static enum MHD_Result no_method(struct exchange *x) {
    return client_error(x, MHD_HTTP_METHOD_NOT_ALLOWED, "This path has no such method.");
}

static const struct http_route routes[] = {
    {"POST", "/v1/audio/speech", exchange_speak},
    {"GET", "/v1/models", get_models},
    {"GET", "/healthz", get_healthz},
    {"GET", "/stats", get_stats},
    {"GET", "/control", get_control},
    {"POST", "/control", post_control},
};
#define ROUTES (sizeof routes / sizeof *routes)
static const struct http_route route_no_path = {NULL, NULL, no_path};
static const struct http_route route_shape = {NULL, NULL, vendor_handle};
static const struct http_route route_no_method = {NULL, NULL, no_method};

static const struct http_route *find_route(const struct server *s, const char *method,
                                           const char *path) {
    const struct http_route *found = &route_no_path;
    for (size_t i = 0; i < ROUTES; i++) {
        if (strcmp(routes[i].path, path))
            continue;
        if (!s->options->control && !strcmp(path, "/control"))
            continue;
        if (!strcmp(routes[i].method, method))
            return &routes[i];
        found = &route_no_method;
    }
    return found;
}

enum MHD_Result http_on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                const char *method, const char *version, const char *upload,
                                size_t *upload_bytes, void **request) {
    (void)version;
    const struct server *server = cls;
    struct exchange *x = *request;
    if (!x) { /* the head is there */
        x = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
        exchange_begin(x);
        x->method = method;
        x->shape = shapes_find(&server->shapes, url, &x->shape_path);
        x->route = x->shape ? &route_shape : find_route(server, method, url);
        *request = x;
        return MHD_YES;
    }
    if (*upload_bytes) {
        size_t bytes = *upload_bytes;
        *upload_bytes = 0;
        return exchange_receive(x, upload, bytes) ? MHD_YES : MHD_NO;
    }
    return x->route->handle(x);
}

void http_on_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
                        enum MHD_ConnectionNotificationCode what) {
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        exchange_free(*socket_context);
        return;
    }
    int fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    *socket_context = exchange_new(cls, connection, fd);
}

void http_on_completed(void *cls, struct MHD_Connection *connection, void **request,
                       enum MHD_RequestTerminationCode how) {
    (void)cls;
    (void)connection;
    if (*request)
        exchange_completed(*request, how);
}
