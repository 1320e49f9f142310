/*
 * answer: what arrives for one call: status, the headers that matter, and the body, bounded in
 * every direction.
 *
 * The body of a success goes through the profile's decoder (provider/decode.h) where it is not the
 * audio itself. Audio up to `row_bytes_max` stays in memory; what is larger goes on into a file
 * without a name, so that memory stays flat. When the disk is full the rest stays in memory
 * instead: an answer that is paid for is not dropped for want of space. Of a body that is no
 * success, or had to be decoded, the first ANSWER_EXCERPT_BYTES are kept for people. Knows no
 * libcurl.
 *
 * Where the body only says at which URL the audio is, a second transfer follows:
 *   begin ─▶ header, body … ─▶ end ─▶ (fetch ─▶ header, body … , perhaps several times)
 */
#ifndef CALL_ANSWER_H
#define CALL_ANSWER_H

#include "base/buf.h"
#include "base/file.h"
#include "provider/decode.h"
#include "transport.h"

#define ANSWER_EXCERPT_BYTES 8192
#define ANSWER_HEADERS_MAX 200
#define ANSWER_HEADER_BYTES_MAX (64 * 1024) /* all headers of one answer */
#define ANSWER_VALUE_MAX 256
#define ANSWER_WANTED_MAX 24         /* headers that a profile wants */
#define ANSWER_KEEP_BYTES (4 * 1024) /* memory that a cleared answer keeps for the next one */

struct answer_limits {
    const struct decode_plan *plan;    /* NULL = a body is audio, and nothing in it is wanted */
    const char *const *wanted_headers; /* names */
    size_t wanted_count;               /* at most ANSWER_WANTED_MAX */
    int64_t row_bytes_max;
    int64_t response_bytes_max; /* as received, of each transfer */
    int results_fd;             /* folder for the file */
};

struct answer {
    struct answer_limits limits;
    int status; /* of the last status line; 0 = none yet */
    int header_count;
    size_t header_bytes;
    char content_type[ANSWER_VALUE_MAX];
    char values[ANSWER_WANTED_MAX][ANSWER_VALUE_MAX]; /* of the wanted headers; "" = none */
    int64_t received_bytes;                           /* of the body */
    int64_t bytes;         /* of the audio: body, what was decoded from it, or what was fetched */
    struct buf body;       /* the audio that is not in the file: everything, or the rest */
    struct buf excerpt;    /* of what is not audio as it came */
    struct file_part part; /* fd -1 = none */
    bool disk_full;
    struct err err; /* with TRANSPORT_ABORT_STORAGE */

    bool has_form;             /* the body's first piece has been seen */
    bool has_facts;            /* decode has been at the body */
    bool is_decoding;          /* … and still is */
    bool is_decoded;           /* and what it finds is the audio, whatever the content type */
    struct decode *decode;     /* NULL until one is needed */
    char problem[ERR_MSG_MAX]; /* why the body holds no whole audio; "" = none */
    bool problem_stays;        /* … and asking again would not change it */

    bool is_fetching; /* the second transfer has begun */
    int fetch_status;
};

void answer_init(struct answer *a);    /* once */
void answer_release(struct answer *a); /* drops the file, too */

/* Ready for a new call; `limits` is copied, its strings must outlive the call. */
void answer_begin(struct answer *a, const struct answer_limits *limits);
/* Forgets content and file, keeps a little memory. */
void answer_clear(struct answer *a);

/* One header line, with or without its line end.
 * Anything but TRANSPORT_NOT_ABORTED ends the call. */
enum transport_abort answer_header(struct answer *a, const char *line, size_t bytes);
/* A piece of the body. May write to the file, so it blocks on the page cache at worst. */
enum transport_abort answer_body(struct answer *a, const void *data, size_t bytes);

static inline bool answer_is_success(const struct answer *a) {
    return a->status >= 200 && a->status < 300;
}

/* The body has come whole. What is wrong with that of a success is in a->problem then. */
enum transport_abort answer_end(struct answer *a);

/* True when the body itself has proved that nothing is missing, by the end mark that the profile
 * names: what the connection did after that does not matter. */
bool answer_has_ended(const struct answer *a);

/* Where the audio is, when a success says so and no more; else NULL. After answer_end. */
const char *answer_url(const struct answer *a);

/* Ready for the answer from there; what came of an earlier try is dropped. Status, headers and
 * facts stay those of the call. */
void answer_fetch(struct answer *a);

/* The value at the profile's pointer i, or NULL. */
const char *answer_fact(const struct answer *a, size_t i);

/* True when the audio is to become a file: larger than a row may be, or in one already. */
static inline bool answer_is_large(const struct answer *a) {
    return a->bytes > a->limits.row_bytes_max || a->part.fd >= 0;
}

/* Writes what is still in memory into the file (opened if there is none). Blocks; any thread. May
 * be said again after ERR_SPACE. */
bool answer_to_file(struct answer *a, struct err *e) MUST_CHECK;

#endif
