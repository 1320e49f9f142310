/* answer.c: see answer.h. */
#include "answer.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define BODY_MEMORY_MAX ((size_t)1 << 31) /* response_bytes_max bounds it before */

void answer_init(struct answer *a) {
    *a = (struct answer){.part = {.fd = -1, .dir_fd = -1}};
    buf_init(&a->body, BODY_MEMORY_MAX);
}

void answer_release(struct answer *a) {
    file_part_discard(&a->part);
    buf_release(&a->body);
}

void answer_clear(struct answer *a) {
    file_part_discard(&a->part);
    if (a->body.room > ANSWER_KEEP_BYTES || a->body.failed)
        buf_release(&a->body);
    else
        buf_clear(&a->body);
}

static void forget_head(struct answer *a) {
    a->status = 0;
    a->content_type[0] = a->retry_after[0] = a->retry_after_ms[0] = a->request_id[0] = '\0';
}

void answer_begin(struct answer *a, const struct answer_limits *limits) {
    answer_clear(a);
    forget_head(a);
    a->limits = *limits;
    a->header_count = 0;
    a->header_bytes = 0;
    a->bytes = 0;
    a->disk_full = false;
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

/* Takes the value when the line is a header of this name; cut at ANSWER_VALUE_MAX, printable only.
 */
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
    if (bytes > 5 && memcmp(line, "HTTP/", 5) == 0) { /* again after a 100 Continue */
        forget_head(a);
        a->status = parse_status(line, bytes);
        return TRANSPORT_NOT_ABORTED;
    }
    bool taken = take(line, bytes, "content-type", a->content_type) ||
                 take(line, bytes, "retry-after", a->retry_after) ||
                 take(line, bytes, "retry-after-ms", a->retry_after_ms);
    if (!taken && a->limits.request_id_header)
        (void)take(line, bytes, a->limits.request_id_header, a->request_id);
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

static enum transport_abort keep_excerpt(struct answer *a, const void *data, size_t bytes) {
    size_t room = ANSWER_EXCERPT_BYTES - a->body.bytes;
    return keep_in_memory(a, data, bytes < room ? bytes : room);
}

enum transport_abort answer_body(struct answer *a, const void *data, size_t bytes) {
    a->bytes += (int64_t)bytes;
    if (a->bytes > a->limits.response_bytes_max)
        return TRANSPORT_ABORT_TOO_LARGE;
    if (!answer_is_success(a))
        return keep_excerpt(a, data, bytes);
    if (!answer_is_large(a) || a->disk_full)
        return keep_in_memory(a, data, bytes);
    return keep_in_file(a, data, bytes);
}
