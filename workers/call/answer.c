/* answer.c: see answer.h. */
#include "answer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/ensure.h"

#define BODY_MEMORY_MAX ((size_t)1 << 31) /* response_bytes_max bounds it before */

void answer_init(struct answer *a) {
    *a = (struct answer){.part = {.fd = -1, .dir_fd = -1}};
    buf_init(&a->body, BODY_MEMORY_MAX);
    buf_init(&a->excerpt, ANSWER_EXCERPT_BYTES);
}

void answer_release(struct answer *a) {
    file_part_discard(&a->part);
    buf_release(&a->body);
    buf_release(&a->excerpt);
    free(a->decode);
    a->decode = NULL;
}

static void clear_audio(struct answer *a) {
    file_part_discard(&a->part);
    if (a->body.room > ANSWER_KEEP_BYTES || a->body.failed)
        buf_release(&a->body);
    else
        buf_clear(&a->body);
    a->bytes = a->received_bytes = 0;
    a->disk_full = false;
}

void answer_clear(struct answer *a) {
    clear_audio(a);
    buf_clear(&a->excerpt);
}

static void forget_head(struct answer *a) {
    a->status = 0;
    a->content_type[0] = '\0';
    for (size_t i = 0; i < a->limits.wanted_count; i++)
        a->values[i][0] = '\0';
}

void answer_begin(struct answer *a, const struct answer_limits *limits) {
    PRE(limits->wanted_count <= ANSWER_WANTED_MAX);
    answer_clear(a);
    a->limits = *limits;
    forget_head(a);
    a->header_count = 0;
    a->header_bytes = 0;
    a->has_form = a->has_facts = a->is_decoding = a->is_decoded = a->is_fetching = false;
    a->problem[0] = '\0';
    a->problem_stays = false;
}

/* ---- headers --------------------------------------------------------------------------------- */

static int parse_status(const char *line, size_t bytes) {
    const char *space = memchr(line, ' ', bytes);
    if (!space || bytes - (size_t)(space - line) < 4)
        return 0;
    int status = 0;
    for (int i = 1; i <= 3; i++) {
        if (space[i] < '0' || space[i] > '9')
            return 0;
        status = status * 10 + (space[i] - '0');
    }
    return status;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Takes the value when the line is a header of this name;
 * cut at ANSWER_VALUE_MAX, printable only. */
static bool take(const char *line, size_t bytes, const char *name, char out[ANSWER_VALUE_MAX]) {
    size_t n = strlen(name);
    if (bytes <= n || line[n] != ':' || strncasecmp(line, name, n) != 0)
        return false;
    size_t from = n + 1, used = 0;
    while (from < bytes && is_blank(line[from]))
        from++;
    while (bytes > from && is_blank(line[bytes - 1]))
        bytes--;
    for (; from < bytes && used + 1 < ANSWER_VALUE_MAX; from++)
        out[used++] = line[from] >= ' ' && line[from] <= '~' ? line[from] : '?';
    out[used] = '\0';
    return true;
}

enum transport_abort answer_header(struct answer *a, const char *line, size_t bytes) {
    a->header_bytes += bytes;
    if (++a->header_count > ANSWER_HEADERS_MAX || a->header_bytes > ANSWER_HEADER_BYTES_MAX)
        return TRANSPORT_ABORT_TOO_LARGE;
    bool is_status = bytes > 5 && memcmp(line, "HTTP/", 5) == 0; /* again after a 100 Continue */
    if (a->is_fetching) {
        if (is_status)
            a->fetch_status = parse_status(line, bytes);
        return TRANSPORT_NOT_ABORTED;
    }
    if (is_status) {
        forget_head(a);
        a->status = parse_status(line, bytes);
        return TRANSPORT_NOT_ABORTED;
    }
    (void)take(line, bytes, "content-type", a->content_type);
    for (size_t i = 0; i < a->limits.wanted_count; i++)
        (void)take(line, bytes, a->limits.wanted_headers[i], a->values[i]);
    return TRANSPORT_NOT_ABORTED;
}

/* ---- body ------------------------------------------------------------------------------------ */

/* Appends to the file; a failed write leaves nothing of itself behind. */
static bool part_append(struct answer *a, const void *data, size_t bytes, struct err *e) {
    if (file_part_write(&a->part, data, bytes, e))
        return true;
    if (ftruncate(a->part.fd, a->part.bytes) != 0 ||
        lseek(a->part.fd, a->part.bytes, SEEK_SET) != a->part.bytes)
        return err_set_errno(e, errno, "cannot take back a failed write");
    return false;
}

bool answer_to_file(struct answer *a, struct err *e) {
    if (a->part.fd < 0 && !file_part_open(&a->part, a->limits.results_fd, e)) {
        file_part_discard(&a->part);
        return false;
    }
    if (a->body.bytes > 0 && !part_append(a, a->body.data, a->body.bytes, e))
        return false;
    buf_clear(&a->body);
    return true;
}

static enum transport_abort keep_in_memory(struct answer *a, const void *data, size_t bytes) {
    if (buf_add(&a->body, data, bytes))
        return TRANSPORT_NOT_ABORTED;
    (void)err_set(&a->err, ERR_MEMORY, "no memory for the answer");
    return TRANSPORT_ABORT_STORAGE;
}

static enum transport_abort keep_in_file(struct answer *a, const void *data, size_t bytes) {
    if ((a->part.fd >= 0 || answer_to_file(a, &a->err)) && part_append(a, data, bytes, &a->err))
        return TRANSPORT_NOT_ABORTED;
    if (a->err.code != ERR_SPACE)
        return TRANSPORT_ABORT_STORAGE;
    a->disk_full = true;
    return keep_in_memory(a, data, bytes);
}

/* ---- from body to audio ---------------------------------------------------------------------- */

static enum transport_abort keep_audio(struct answer *a, const void *data, size_t bytes) {
    a->bytes += (int64_t)bytes;
    if (!answer_is_large(a) || a->disk_full)
        return keep_in_memory(a, data, bytes);
    return keep_in_file(a, data, bytes);
}

static bool write_audio(void *arg, const void *data, size_t bytes, struct err *e) {
    struct answer *a = arg;
    if (keep_audio(a, data, bytes) == TRANSPORT_NOT_ABORTED)
        return true;
    *e = a->err;
    return false;
}

/* What is in memory came after what is in the file. */
static bool take_back_audio(void *arg, int64_t bytes, struct err *e) {
    struct answer *a = arg;
    PRE(bytes >= 0 && bytes <= a->bytes);
    a->bytes -= bytes;
    size_t rest = (uint64_t)bytes < a->body.bytes ? (size_t)bytes : a->body.bytes;
    a->body.bytes -= rest;
    bytes -= (int64_t)rest;
    if (bytes == 0)
        return true;
    a->part.bytes -= bytes;
    return (ftruncate(a->part.fd, a->part.bytes) == 0 &&
            lseek(a->part.fd, a->part.bytes, SEEK_SET) == a->part.bytes) ||
           err_set_errno(e, errno, "cannot shorten the answer");
}

static void keep_excerpt(struct answer *a, const void *data, size_t bytes) {
    size_t room = ANSWER_EXCERPT_BYTES - a->excerpt.bytes;
    if (!buf_add(&a->excerpt, data, bytes < room ? bytes : room))
        return; /* memory is out: there is none, then */
}

static unsigned char first_sign(const unsigned char *data, size_t bytes) {
    for (size_t i = 0; i < bytes; i++)
        if (!is_blank((char)data[i]))
            return data[i];
    return 0;
}

static void begin_decoding(struct answer *a, enum decode_form form, bool wants_audio) {
    struct decode_sink sink = {.write = write_audio, .take_back = take_back_audio, .arg = a};
    if (!a->decode)
        a->decode = ensure_alloc(sizeof *a->decode);
    decode_begin(a->decode, a->limits.plan, form, wants_audio, &sink);
    a->has_facts = a->is_decoding = true;
    a->is_decoded = wants_audio;
}

/* With the first piece of the body: who reads it. A body that is taken as it is may still be the
 * words of an error with status 200, so facts are looked for in it, too. */
static void find_form(struct answer *a, const void *data, size_t bytes) {
    const struct decode_plan *plan = a->limits.plan;
    enum decode_form form;
    a->has_form = true;
    if (!plan)
        return;
    unsigned char first = first_sign(data, bytes);
    if (answer_is_success(a) &&
        (form = decode_form_of(plan, a->content_type, first)) != DECODE_BODY)
        begin_decoding(a, form, true);
    else if (decode_plan_has_facts(plan) && strncasecmp(a->content_type, "audio/", 6) != 0 &&
             decode_form_of_error(a->content_type, first, &form))
        begin_decoding(a, form, false);
}

/* The decoder has refused to go on. A body that cannot be read is still received to its end, so
 * that the connection stays good. */
static enum transport_abort stop_decoding(struct answer *a, const struct err *e) {
    a->is_decoding = false;
    if (e->code != ERR_INPUT) {
        a->err = *e;
        return TRANSPORT_ABORT_STORAGE;
    }
    if (a->is_decoded)
        (void)snprintf(a->problem, sizeof a->problem, "%s", e->msg);
    return TRANSPORT_NOT_ABORTED;
}

static enum transport_abort decode_body(struct answer *a, const void *data, size_t bytes) {
    struct err e;
    return decode_feed(a->decode, data, bytes, &e) ? TRANSPORT_NOT_ABORTED : stop_decoding(a, &e);
}

enum transport_abort answer_body(struct answer *a, const void *data, size_t bytes) {
    a->received_bytes += (int64_t)bytes;
    if (a->received_bytes > a->limits.response_bytes_max)
        return TRANSPORT_ABORT_TOO_LARGE;
    if (a->is_fetching) {
        if (a->fetch_status == 200)
            return keep_audio(a, data, bytes);
        keep_excerpt(a, data, bytes);
        return TRANSPORT_NOT_ABORTED;
    }
    if (!a->has_form)
        find_form(a, data, bytes);
    if (a->is_decoded || !answer_is_success(a))
        keep_excerpt(a, data, bytes);
    if (a->is_decoding) {
        enum transport_abort abort = decode_body(a, data, bytes);
        if (abort != TRANSPORT_NOT_ABORTED)
            return abort;
    }
    return answer_is_success(a) && !a->is_decoded ? keep_audio(a, data, bytes)
                                                  : TRANSPORT_NOT_ABORTED;
}

enum transport_abort answer_end(struct answer *a) {
    struct err e;
    if (a->is_decoding && !decode_end(a->decode, &e))
        return stop_decoding(a, &e);
    a->is_decoding = false;
    return TRANSPORT_NOT_ABORTED;
}

bool answer_has_ended(const struct answer *a) {
    return answer_is_success(a) && a->is_decoded && !a->problem[0] && a->decode->ended &&
           !a->is_fetching;
}

const char *answer_url(const struct answer *a) {
    return a->is_decoded && !a->problem[0] && a->decode->url_bytes > 0 ? a->decode->url : NULL;
}

void answer_fetch(struct answer *a) {
    clear_audio(a);
    a->is_fetching = true;
    a->fetch_status = 0;
    a->header_count = 0;
    a->header_bytes = 0;
}

const char *answer_fact(const struct answer *a, size_t i) {
    if (!a->has_facts)
        return NULL;
    const struct decode_fact *fact = decode_fact(a->decode, i);
    return fact ? fact->text : NULL;
}
