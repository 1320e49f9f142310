/* vendor.c: see vendor.h. */
#include "vendor.h"

#include <ctype.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/sha256.h"
#include "base/utf8.h"
#include "files.h"
#include "match.h"
#include "render.h"
#include "reply.h"
#include "server.h"

#define CASE_BEGIN "[[case:"
#define CASE_END "]]"
#define FILES_PATH "/files/"
#define COUNTS_MAX 1024
#define URL_BYTES 128
#define BILLED_PER_CHAR 2 /* so that a count of one's own is not taken for the vendor's word */
#define HEADER_NAME_BYTES 64
#define ESCAPED_GROWTH 4 /* one byte becomes \xNN at most */

/* --- how often a text has had its case --- */

struct vendor_counts {
    pthread_mutex_t lock;
    struct {
        uint64_t text_hash;
        unsigned long count;
    } text[COUNTS_MAX]; /* by hash; a collision forgets the older text */
};

struct vendor_counts *vendor_counts_new(void) {
    struct vendor_counts *c = ensure_alloc(sizeof *c);
    *c = (struct vendor_counts){0};
    pthread_mutex_init(&c->lock, NULL);
    return c;
}

void vendor_counts_free(struct vendor_counts *c) {
    pthread_mutex_destroy(&c->lock);
    free(c);
}

/* 1 for the first request of this vendor with this text. */
static unsigned long count_text(const struct exchange *x) {
    struct vendor_counts *c = x->server->counts;
    uint64_t hash = x->speech.input_hash ^ ledger_hash(x->shape->name, strlen(x->shape->name));
    pthread_mutex_lock(&c->lock);
    size_t at = hash % COUNTS_MAX;
    if (c->text[at].text_hash != hash)
        c->text[at].count = 0;
    c->text[at].text_hash = hash;
    unsigned long count = ++c->text[at].count;
    pthread_mutex_unlock(&c->lock);
    return count;
}

/* --- what was seen --- */

/* A URL may name any bytes; JSON holds text, so what is none is written as a terminal shows it. */
static json_t *note_text(const char *text) {
    json_t *as_it_is = json_string(text);
    if (as_it_is)
        return as_it_is;
    struct buf shown;
    size_t bytes = strlen(text);
    buf_init(&shown, bytes * ESCAPED_GROWTH);
    ASSERT(utf8_escape_terminal(text, bytes, &shown));
    json_t *escaped = json_string(buf_str(&shown));
    buf_release(&shown);
    return escaped;
}

static enum MHD_Result note_pair(void *arg, enum MHD_ValueKind kind, const char *name,
                                 const char *value) {
    char lower[HEADER_NAME_BYTES];
    size_t i = 0;
    for (; name[i] && i + 1 < sizeof lower; i++)
        lower[i] = kind == MHD_HEADER_KIND ? (char)tolower((unsigned char)name[i]) : name[i];
    lower[i] = '\0';
    json_object_set_new(arg, lower, json_string(value ? value : "")); /* not UTF-8: not noted */
    return MHD_YES;
}

static void note_body(struct exchange *x, json_t *seen) {
    json_t *json = json_loadb(buf_str(&x->body), x->body.bytes, JSON_REJECT_DUPLICATES, NULL);
    json_t *text = json_stringn(buf_str(&x->body), x->body.bytes); /* NULL: not UTF-8 */
    if (json)
        json_object_set_new(seen, "json", json);
    if (x->body.bytes && text && (!json || json_object_get(x->shape->request, "signed")))
        json_object_set(seen, "text", text);
    json_decref(text);
}

static json_t *note_request(struct exchange *x) {
    json_t *query = json_object(), *headers = json_object();
    MHD_get_connection_values(x->connection, MHD_GET_ARGUMENT_KIND, note_pair, query);
    MHD_get_connection_values(x->connection, MHD_HEADER_KIND, note_pair, headers);
    json_t *seen = json_pack("{s:s, s:o, s:o, s:o, s:o}", "shape", x->shape->name, "method",
                             note_text(x->method), "path", note_text(x->shape_path), "query", query,
                             "headers", headers);
    ASSERT(seen);
    note_body(x, seen);
    return seen;
}

static void keep_seen(struct exchange *x, json_t *seen) {
    x->entry.seen = json_dumps(seen, JSON_COMPACT);
    ASSERT(x->entry.seen);
    json_decref(seen);
}

/* --- what is asked for --- */

static bool find_format(const struct exchange *x, const char *asked, enum encode_format *out) {
    const json_t *known = json_object_get(x->shape->formats, asked ? asked : "");
    const char *name = json_is_string(known) ? json_string_value(known) : asked;
    return name && (known || !x->shape->formats) && encode_format_named(name, out);
}

static void read_speech(struct exchange *x, struct match *m) {
    struct speech *s = &x->speech;
    s->input = m->text;
    s->input_bytes = strlen(m->text);
    for (const char *c = m->text; *c; c++)
        s->input_chars += ((unsigned char)*c & 0xc0) != 0x80;
    s->input_hash = ledger_hash(s->input, s->input_bytes);
    s->speed = 1;
    m->text = NULL;
}

static void find_case(struct exchange *x) {
    const char *at = strstr(x->speech.input, CASE_BEGIN);
    const char *end = at ? strstr(at, CASE_END) : NULL;
    if (!end)
        return;
    at += strlen(CASE_BEGIN);
    const char *slash = memchr(at, '/', (size_t)(end - at));
    unsigned long most = slash ? strtoul(slash + 1, NULL, 10) : ULONG_MAX;
    const json_t *found = shape_case(x->shape, at, (size_t)((slash ? slash : end) - at));
    if (!found || count_text(x) > most)
        return;
    x->shape_case = found;
    snprintf(x->case_name, sizeof x->case_name, "%.*s", (int)((slash ? slash : end) - at), at);
}

static bool misfit(struct speech_error *error, const char *shape, const char *why) {
    *error = (struct speech_error){MHD_HTTP_BAD_REQUEST, "misfit", NULL, NULL, ""};
    snprintf(error->message, sizeof error->message, "%s: %.200s", shape, why);
    return false;
}

bool vendor_parse(struct exchange *x, struct speech_error *error) {
    json_t *seen = note_request(x);
    struct match m;
    bool fits = match_request(x->shape, seen, &m);
    if (fits && !m.text)
        fits = misfit(error, x->shape->name, "there is no text");
    else if (fits && !find_format(x, m.format, &x->speech.format))
        fits = misfit(error, x->shape->name, "the format is unknown");
    else if (!fits)
        misfit(error, x->shape->name, m.problem);
    if (!fits) {
        x->entry.fault = "misfit";
        json_object_set_new(seen, "misfit", note_text(error->message));
    } else {
        read_speech(x, &m);
        if (!voices_find(m.voice ? m.voice : "", x->speech.input, &x->speech.voice))
            ASSERT(voices_find("alloy", x->speech.input, &x->speech.voice));
        find_case(x);
    }
    keep_seen(x, seen);
    match_release(&m);
    return fits;
}

/* --- answers --- */

static struct render_values values_of(const struct exchange *x, const char *url) {
    return (struct render_values){
        .req = x->entry.req,
        .in_flight = ledger_stats(x->server->ledger).in_flight,
        .chars = x->speech.input_chars,
        .bytes = x->speech.input_bytes,
        .billed = BILLED_PER_CHAR * x->speech.input_chars,
        .ms = x->speech.input_chars * x->server->options->tone_ms_per_char,
        .url = url,
        .audio = x->audio,
    };
}

static void make_url(const struct exchange *x, char url[URL_BYTES]) {
    snprintf(url, URL_BYTES, "http://127.0.0.1:%u/%s" FILES_PATH "%" PRIu64, x->server->port,
             x->shape->name, x->entry.req);
}

static json_int_t file_status(const struct exchange *x) {
    return json_integer_value(json_object_get(x->shape_case, "file_status"));
}

bool vendor_has_case(const struct exchange *x) {
    return x->shape_case && !file_status(x);
}

void vendor_dress(struct exchange *x) {
    const json_t *answer = x->shape->answer;
    char url[URL_BYTES];
    make_url(x, url);
    x->content_type = json_string_value(json_object_get(answer, "content_type"));
    if (!x->content_type)
        x->content_type = encode_content_type(x->speech.format);
    sha256_hex_of(x->audio.data, x->audio.bytes, x->entry.audio_sha256);
    files_put(x->server->files, x->entry.req, &x->audio, encode_content_type(x->speech.format),
              (unsigned)file_status(x));
    struct render_values values = values_of(x, url);
    struct buf body;
    buf_init(&body, RENDER_BODY_BYTES_MAX);
    render_body(answer, &values, &body);
    if (!x->audio_is_shared)
        free(x->audio.data);
    x->audio_is_shared = false;
    x->audio.bytes = body.bytes;
    x->audio.data = (uint8_t *)buf_steal(&body);
}

void vendor_add_headers(struct exchange *x, struct MHD_Response *response) {
    const json_t *from = vendor_has_case(x) ? x->shape_case : x->shape->answer;
    struct render_values values = values_of(x, "");
    json_t *headers = json_deep_copy(json_object_get(from, "headers"));
    const char *name;
    json_t *value;
    json_object_foreach(headers, name, value) {
        struct buf text;
        buf_init(&text, RENDER_HEADER_BYTES_MAX);
        render_text(json_string_value(value), &values, &text);
        ASSERT(MHD_add_response_header(response, name, buf_str(&text)) == MHD_YES);
        buf_release(&text);
    }
    json_decref(headers);
}

enum MHD_Result vendor_play_case(struct exchange *x) {
    json_int_t status = json_integer_value(json_object_get(x->shape_case, "status"));
    const char *type = json_string_value(json_object_get(x->shape_case, "content_type"));
    struct render_values values = values_of(x, "");
    struct buf body;
    buf_init(&body, RENDER_BODY_BYTES_MAX);
    render_body(x->shape_case, &values, &body);
    x->entry.fault = x->case_name;
    x->entry.bytes = body.bytes;
    exchange_refused(x, status ? (unsigned)status : MHD_HTTP_OK);
    return reply_bytes(x, x->entry.status, type ? type : "application/json", &body);
}

/* --- its files --- */

static enum MHD_Result serve_file(struct exchange *x) {
    json_t *seen = note_request(x);
    bool has_key = json_object_get(json_object_get(seen, "headers"), "authorization") != NULL;
    keep_seen(x, seen);
    struct files_file file = {.content_type = "text/plain", .status = MHD_HTTP_NOT_FOUND};
    if (has_key) /* what a store of files may do with a key that is not its own */
        file.status = MHD_HTTP_BAD_REQUEST;
    else
        (void)files_take(x->server->files, strtoull(x->shape_path + strlen(FILES_PATH), NULL, 10),
                         &file);
    bool good = file.status == MHD_HTTP_OK;
    x->entry.req = ledger_next_req(x->server->ledger);
    x->entry.status = file.status;
    x->entry.bytes = good ? file.blob.bytes : 0;
    ledger_serve(x->server->ledger, &x->entry);
    struct buf body;
    buf_init(&body, RENDER_BODY_BYTES_MAX);
    if (good)
        ASSERT(buf_add(&body, file.blob.data, file.blob.bytes));
    free(file.blob.data);
    return reply_bytes(x, file.status, good ? file.content_type : "text/plain", &body);
}

enum MHD_Result vendor_handle(struct exchange *x) {
    if (!strncmp(x->shape_path, FILES_PATH, strlen(FILES_PATH)))
        return serve_file(x);
    return exchange_speak(x);
}
