/*
 * decode.c: see decode.h. From the body's bytes to the audio, each layer knowing only the next:
 *
 *   bytes ─▶ (sse_scan ─▶ data) ─▶ json_scan ─▶ (~json: json_scan) ─▶ audio's text ─▶ decode_text
 * ─▶ sink └▶ end mark, facts
 */
#include "provider/decode.h"

#include <inttypes.h>
#include <string.h>

#include "base/ensure.h"
#include "provider/decode_plan.h"

#define SUM_START UINT64_C(0xcbf29ce484222325) /* FNV-1a: tells a repetition, no adversary */
#define SUM_FACTOR UINT64_C(0x100000001b3)

static bool has(uint32_t hits, size_t place) {
    return (hits >> place & 1u) != 0;
}

/* ---- audio ----------------------------------------------------------------------------------- */

static uint64_t sum_add(uint64_t sum, const unsigned char *data, size_t bytes) {
    for (size_t i = 0; i < bytes; i++)
        sum = (sum ^ data[i]) * SUM_FACTOR;
    return sum;
}

static bool audio_out(struct decode *d, const unsigned char *data, size_t bytes, struct err *e) {
    if (bytes == 0)
        return true;
    if (d->plan->drops_repeat) {
        d->sum = sum_add(d->sum, data, bytes);
        d->piece_sum = sum_add(d->piece_sum, data, bytes);
    }
    d->audio_bytes += (int64_t)bytes;
    return d->sink.write(d->sink.arg, data, bytes, e);
}

static bool audio_begin(struct decode *d, enum json_type type, struct err *e) {
    d->audio_open = type == JSON_SCAN_STRING;
    if (type == JSON_SCAN_NULL)
        return true;
    if (!d->audio_open)
        return err_set(e, ERR_INPUT, "no text at %s where the audio should be",
                       d->plan->audio_text);
    if (d->audio_bytes > d->before_bytes || d->url_bytes > 0)
        return err_set(e, ERR_INPUT, "%s is there twice", d->plan->audio_text);
    if (d->plan->coding != DECODE_URL)
        decode_text_begin(&d->text, d->plan->coding);
    return true;
}

static bool url_piece(struct decode *d, const char *text, size_t bytes, struct err *e) {
    if (bytes > DECODE_URL_BYTES_MAX - d->url_bytes)
        return err_set(e, ERR_INPUT, "the audio's URL has more than %d bytes",
                       DECODE_URL_BYTES_MAX);
    memcpy(d->url + d->url_bytes, text, bytes);
    d->url_bytes += bytes;
    d->url[d->url_bytes] = '\0';
    return true;
}

static bool audio_piece(struct decode *d, const char *text, size_t bytes, struct err *e) {
    unsigned char out[DECODE_TEXT_IN_MAX];
    if (d->plan->coding == DECODE_URL)
        return url_piece(d, text, bytes, e);
    for (size_t step; bytes > 0; text += step, bytes -= step) {
        size_t decoded;
        step = bytes < DECODE_TEXT_IN_MAX ? bytes : DECODE_TEXT_IN_MAX;
        if (!decode_text_add(&d->text, text, step, out, &decoded, e) ||
            !audio_out(d, out, decoded, e))
            return false;
    }
    return true;
}

static bool audio_end(struct decode *d, struct err *e) {
    unsigned char out[2];
    size_t bytes;
    d->audio_open = false;
    if (d->plan->coding == DECODE_URL)
        return true;
    return decode_text_end(&d->text, out, &bytes, e) && audio_out(d, out, bytes, e);
}

/* The document with the end mark held audio, and so did those before it: the whole again, or the
 * last piece. What is longer than all before and not the same cannot be put together. */
static bool drop_repeat(struct decode *d, struct err *e) {
    int64_t piece = d->audio_bytes - d->before_bytes;
    if (!d->plan->drops_repeat || !d->end_here || d->before_bytes == 0 || piece < d->before_bytes)
        return true;
    if (piece != d->before_bytes || d->piece_sum != d->sum_before)
        return err_set(e, ERR_INPUT,
                       "the last document repeats the audio, but not the same: %" PRId64
                       " bytes, not %" PRId64,
                       piece, d->before_bytes);
    d->audio_bytes = d->before_bytes;
    d->sum = d->sum_before;
    return d->sink.take_back(d->sink.arg, piece, e);
}

/* ---- what stands at the pointers ------------------------------------------------------------- */

static bool leaf_begin(void *arg, uint32_t hits, enum json_type type, struct err *e) {
    struct decode *d = arg;
    if (has(hits, DECODE_AUDIO) && d->wants_audio && !audio_begin(d, type, e)) {
        d->failed = true;
        return false;
    }
    if (has(hits, DECODE_END))
        d->end_bytes = 0;
    for (size_t i = 0; type != JSON_SCAN_NULL && i < d->plan->fact_count; i++)
        if (has(hits, DECODE_FACTS + i)) {
            d->facts[i].bytes = 0;
            d->facts[i].found = d->facts[i].is_cut = false;
        }
    return true;
}

static void fact_piece(struct decode_fact *f, const char *text, size_t bytes) {
    size_t room = DECODE_FACT_BYTES_MAX - f->bytes;
    if (bytes > room) {
        bytes = room;
        f->is_cut = true;
    }
    memcpy(f->text + f->bytes, text, bytes);
    f->bytes += bytes;
}

static void end_piece(struct decode *d, const char *text, size_t bytes) {
    size_t room = sizeof d->end_text - d->end_bytes; /* one byte more than any mark has */
    if (bytes > room)
        bytes = room;
    memcpy(d->end_text + d->end_bytes, text, bytes);
    d->end_bytes += bytes;
}

static bool leaf_piece(void *arg, uint32_t hits, const char *text, size_t bytes, struct err *e) {
    struct decode *d = arg;
    if (has(hits, DECODE_AUDIO) && d->audio_open && !audio_piece(d, text, bytes, e)) {
        d->failed = true;
        return false;
    }
    if (has(hits, DECODE_END))
        end_piece(d, text, bytes);
    for (size_t i = 0; i < d->plan->fact_count; i++)
        if (has(hits, DECODE_FACTS + i))
            fact_piece(&d->facts[i], text, bytes);
    return true;
}

static bool leaf_end(void *arg, uint32_t hits, enum json_type type, struct err *e) {
    struct decode *d = arg;
    if (has(hits, DECODE_AUDIO) && d->audio_open && !audio_end(d, e)) {
        d->failed = true;
        return false;
    }
    if (has(hits, DECODE_END) && d->plan->has_end)
        d->end_here = d->end_here || (d->end_bytes == strlen(d->plan->end_value) &&
                                      memcmp(d->end_text, d->plan->end_value, d->end_bytes) == 0);
    for (size_t i = 0; type != JSON_SCAN_NULL && i < d->plan->fact_count; i++)
        if (has(hits, DECODE_FACTS + i)) {
            d->facts[i].text[d->facts[i].bytes] = '\0';
            d->facts[i].found = true;
        }
    return true;
}

static const struct json_scan_callbacks leaf_callbacks = {
    .on_begin = leaf_begin, .on_piece = leaf_piece, .on_end = leaf_end};

/* ---- JSON inside a string -------------------------------------------------------------------- */

/* A string that is no JSON holds nothing that we look for; but what a callback refuses counts. */
static bool inner_read(struct decode *d, bool ok, const struct err *inner_err, struct err *e) {
    if (ok)
        return true;
    d->inner_broken = true;
    if (!d->failed)
        return true;
    *e = *inner_err;
    return false;
}

static bool outer_begin(void *arg, uint32_t hits, enum json_type type, struct err *e) {
    struct decode *d = arg;
    uint32_t into = hits & d->plan->inner_mask;
    d->inner_open = into && type == JSON_SCAN_STRING;
    d->inner_broken = false;
    if (d->inner_open)
        json_scan_begin(&d->inner, &(struct json_search){.paths = d->plan->inner,
                                                         .path_count = d->plan->path_count,
                                                         .mask = into,
                                                         .callbacks = &leaf_callbacks,
                                                         .arg = d});
    hits &= ~into;
    return !hits || leaf_begin(d, hits, type, e);
}

static bool outer_piece(void *arg, uint32_t hits, const char *text, size_t bytes, struct err *e) {
    struct decode *d = arg;
    struct err inner_err;
    if (d->inner_open && !d->inner_broken &&
        !inner_read(d, json_scan_feed(&d->inner, text, bytes, &inner_err), &inner_err, e))
        return false;
    hits &= ~d->plan->inner_mask;
    return !hits || leaf_piece(d, hits, text, bytes, e);
}

static bool outer_end(void *arg, uint32_t hits, enum json_type type, struct err *e) {
    struct decode *d = arg;
    struct err inner_err;
    if (d->inner_open && !d->inner_broken &&
        !inner_read(d, json_scan_end(&d->inner, &inner_err), &inner_err, e))
        return false;
    d->inner_open = false;
    hits &= ~d->plan->inner_mask;
    return !hits || leaf_end(d, hits, type, e);
}

static bool on_document(void *arg, struct err *e) {
    struct decode *d = arg;
    if (!drop_repeat(d, e)) {
        d->failed = true;
        return false;
    }
    d->ended = d->ended || d->end_here;
    d->end_here = false;
    d->before_bytes = d->audio_bytes;
    d->sum_before = d->sum;
    d->piece_sum = SUM_START;
    return true;
}

static const struct json_scan_callbacks outer_callbacks = {.on_begin = outer_begin,
                                                           .on_piece = outer_piece,
                                                           .on_end = outer_end,
                                                           .on_document = on_document};

/* ---- events ---------------------------------------------------------------------------------- */

static bool on_data(void *arg, const char *data, size_t bytes, struct err *e) {
    return json_scan_feed(&((struct decode *)arg)->scan, data, bytes, e);
}

static bool on_event(void *arg, struct err *e) {
    struct decode *d = arg;
    return json_scan_end(&d->scan, e) || err_prefix(e, "event stream");
}

static const struct sse_scan_callbacks event_callbacks = {.on_data = on_data, .on_event = on_event};

/* ---- the whole ------------------------------------------------------------------------------- */

void decode_begin(struct decode *d, const struct decode_plan *plan, enum decode_form form,
                  bool wants_audio, const struct decode_sink *sink) {
    d->plan = plan;
    d->sink = *sink;
    d->form = form;
    d->wants_audio = wants_audio;
    d->inner_open = d->inner_broken = d->audio_open = d->failed = false;
    d->ended = d->end_here = false;
    d->audio_bytes = d->before_bytes = 0;
    d->sum = d->sum_before = d->piece_sum = SUM_START;
    d->url_bytes = d->end_bytes = 0;
    d->url[0] = '\0';
    for (size_t i = 0; i < plan->fact_count; i++)
        d->facts[i].found = false;
    json_scan_begin(&d->scan, &(struct json_search){.paths = plan->outer,
                                                    .path_count = plan->path_count,
                                                    .mask = plan->used_mask,
                                                    .is_stream = form != DECODE_JSON,
                                                    .callbacks = &outer_callbacks,
                                                    .arg = d});
    sse_scan_begin(&d->events, &event_callbacks, d);
}

bool decode_feed(struct decode *d, const void *data, size_t bytes, struct err *e) {
    switch (d->form) {
    case DECODE_BODY:
        return !d->wants_audio || audio_out(d, data, bytes, e);
    case DECODE_EVENTS:
        return sse_scan_feed(&d->events, data, bytes, e);
    case DECODE_JSON:
    case DECODE_STREAM:
        break;
    }
    return json_scan_feed(&d->scan, data, bytes, e);
}

static bool check_complete(const struct decode *d, struct err *e) {
    const struct decode_plan *p = d->plan;
    if (p->has_end && !d->ended)
        return err_set(e, ERR_INPUT, "answer cut short: it has no %s = %s", p->end_text,
                       p->end_value);
    if (p->coding == DECODE_URL ? d->url_bytes == 0 : d->audio_bytes == 0)
        return err_set(e, ERR_INPUT, "no audio at %s", p->audio_text);
    return true;
}

bool decode_end(struct decode *d, struct err *e) {
    if (d->form == DECODE_BODY)
        return true;
    bool ok = d->form != DECODE_EVENTS || sse_scan_end(&d->events, e);
    ok = ok && json_scan_end(&d->scan, e);
    return ok && (!d->wants_audio || check_complete(d, e));
}

const struct decode_fact *decode_fact(const struct decode *d, size_t i) {
    PRE(i < d->plan->fact_count);
    return d->facts[i].found ? &d->facts[i] : NULL;
}
