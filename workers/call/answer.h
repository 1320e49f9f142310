/*
 * answer: what arrives for one call: status, the few headers that matter, and the body, bounded in
 * every direction.
 *
 * A body up to `row_bytes_max` stays in memory; what is larger goes on into a file without a name,
 * so that memory stays flat. When the disk is full the rest stays in memory instead: an answer that
 * is paid for is not dropped for want of space. Of a body that is no success only the first
 * ANSWER_EXCERPT_BYTES are kept. Knows no libcurl.
 */
#ifndef CALL_ANSWER_H
#define CALL_ANSWER_H

#include "base/buf.h"
#include "base/file.h"
#include "transport.h"

#define ANSWER_EXCERPT_BYTES 8192
#define ANSWER_HEADERS_MAX 200
#define ANSWER_HEADER_BYTES_MAX (64 * 1024) /* all headers of one answer */
#define ANSWER_VALUE_MAX 160
#define ANSWER_KEEP_BYTES (64 * 1024) /* memory that a cleared answer keeps for the next one */

struct answer_limits {
    const char *request_id_header; /* NULL = none */
    int64_t row_bytes_max;
    int64_t response_bytes_max;
    int results_fd; /* folder for the file */
};

struct answer {
    struct answer_limits limits;
    int status; /* of the last status line; 0 = none yet */
    int header_count;
    size_t header_bytes;
    char content_type[ANSWER_VALUE_MAX], retry_after[ANSWER_VALUE_MAX];
    char retry_after_ms[ANSWER_VALUE_MAX], request_id[ANSWER_VALUE_MAX];
    int64_t bytes;         /* of the body, as received */
    struct buf body;       /* what is not in the file: everything, or the rest */
    struct file_part part; /* fd -1 = none */
    bool disk_full;
    struct err err; /* with TRANSPORT_ABORT_STORAGE */
};

void answer_init(struct answer *a);    /* once */
void answer_release(struct answer *a); /* drops the file, too */

/* Ready for a new call; `limits` is copied, its strings must outlive the call. */
void answer_begin(struct answer *a, const struct answer_limits *limits);
/* Forgets content and file, keeps a little memory. */
void answer_clear(struct answer *a);

/* One header line, with or without its line end. Anything but TRANSPORT_NOT_ABORTED ends the call.
 */
enum transport_abort answer_header(struct answer *a, const char *line, size_t bytes);
/* A piece of the body. May write to the file, so it blocks on the page cache at worst. */
enum transport_abort answer_body(struct answer *a, const void *data, size_t bytes);

static inline bool answer_is_success(const struct answer *a) {
    return a->status >= 200 && a->status < 300;
}

/* True when the body is to become a file: larger than a row may be. */
static inline bool answer_is_large(const struct answer *a) {
    return a->bytes > a->limits.row_bytes_max;
}

/* Writes what is still in memory into the file (opened if there is none). Blocks; any thread. May
 * be said again after ERR_SPACE. */
bool answer_to_file(struct answer *a, struct err *e) MUST_CHECK;

#endif
