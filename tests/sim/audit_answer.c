/*
 * audit_answer.c: what "done" means. The answer to the whole text, or to each of its pieces, which
 * lie in it one behind the other, from its first byte to its last.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "base/sha256.h"
#include "sim.h"

static sqlite3_stmt *text_stmt, *whole_stmt, *pieces_stmt;
static bool reads_files;

enum {
    COLUMN_PATH,
    COLUMN_BODY,
    COLUMN_BYTES,
    COLUMN_SHA256,
    COLUMN_OFFSET,
    COLUMN_AT,
    COLUMN_LENGTH
};

void audit_answer_open(void) {
    text_stmt = audit_prepare("SELECT text FROM job_text WHERE job_id = ?1");
    whole_stmt =
        audit_prepare("SELECT r.path, r.body, r.bytes, r.sha256, r.offset FROM job j JOIN result r "
                      "ON r.id = j.result_id WHERE j.id = ?1");
    pieces_stmt = audit_prepare("SELECT r.path, r.body, r.bytes, r.sha256, r.offset, p.at, p.bytes "
                                "FROM piece p LEFT JOIN result r "
                                "ON r.id = p.result_id WHERE p.job_id = ?1 ORDER BY p.n");
}

static bool is_in_file(sqlite3_stmt *stmt, const unsigned char *expected, size_t count) {
    unsigned char bytes[SIM_AUDIO_MAX];
    int fd = openat(sim_results_fd, (const char *)sqlite3_column_text(stmt, COLUMN_PATH),
                    O_RDONLY | O_CLOEXEC);
    ssize_t n =
        fd < 0 ? -1 : pread(fd, bytes, count, (off_t)sqlite3_column_int64(stmt, COLUMN_OFFSET));
    if (fd >= 0)
        close(fd);
    return n == (ssize_t)count && memcmp(bytes, expected, count) == 0;
}

/* The row is the sound that the text becomes. */
static bool is_sound(sqlite3_stmt *stmt, const char *text) {
    unsigned char expected[SIM_AUDIO_MAX], hash[STORE_SHA256_BYTES];
    struct sha256 state;
    size_t count = sim_audio(text, expected);
    sha256_init(&state);
    sha256_add(&state, expected, count);
    sha256_finish(&state, hash);
    if (sqlite3_column_int64(stmt, COLUMN_BYTES) != (int64_t)count ||
        sqlite3_column_bytes(stmt, COLUMN_SHA256) != (int)sizeof hash ||
        memcmp(sqlite3_column_blob(stmt, COLUMN_SHA256), hash, sizeof hash) != 0)
        return false;
    if (sqlite3_column_type(stmt, COLUMN_PATH) == SQLITE_NULL)
        return memcmp(sqlite3_column_blob(stmt, COLUMN_BODY), expected, count) == 0;
    return !reads_files || is_in_file(stmt, expected, count);
}

/* White space at its ends is not sent with a piece. */
static void trim(char *piece, const char *text, size_t bytes) {
    while (bytes > 0 && *text == ' ')
        text++, bytes--;
    while (bytes > 0 && text[bytes - 1] == ' ')
        bytes--;
    memcpy(piece, text, bytes);
    piece[bytes] = '\0';
}

static void check_pieces(int64_t job_id, const char *text) {
    char piece[SIM_TEXT_MAX];
    int64_t end = 0, length = (int64_t)strlen(text);
    sqlite3_bind_int64(pieces_stmt, 1, job_id);
    while (audit_row(pieces_stmt)) {
        int64_t at = sqlite3_column_int64(pieces_stmt, COLUMN_AT);
        int64_t bytes = sqlite3_column_int64(pieces_stmt, COLUMN_LENGTH);
        if (at != end || bytes < 1 || at + bytes > length)
            sim_violation("I1: a piece of job %lld is %lld bytes from %lld, the last ended at %lld",
                          (long long)job_id, (long long)bytes, (long long)at, (long long)end);
        end = at + bytes;
        trim(piece, text + at, (size_t)bytes);
        if (!is_sound(pieces_stmt, piece))
            sim_violation("I1: the answer of job %lld is not what its piece \"%s\" becomes",
                          (long long)job_id, piece);
    }
    if (end != length)
        sim_violation("I1: job %lld is done, and %lld of %lld bytes are spoken", (long long)job_id,
                      (long long)end, (long long)length);
}

void audit_answer(int64_t job_id) {
    sqlite3_bind_int64(text_stmt, 1, job_id);
    sqlite3_bind_int64(whole_stmt, 1, job_id);
    if (!audit_row(text_stmt))
        sim_violation("I1: job %lld is done and has no text", (long long)job_id);
    const char *text = (const char *)sqlite3_column_text(text_stmt, 0);
    if (!audit_row(whole_stmt))
        check_pieces(job_id, text);
    else if (!is_sound(whole_stmt, text))
        sim_violation("I1: the answer of job %lld is not what \"%s\" becomes", (long long)job_id,
                      text);
    (void)sqlite3_reset(whole_stmt);
    (void)sqlite3_reset(text_stmt);
}

void audit_answer_bytes(int64_t job_id) {
    reads_files = true;
    audit_answer(job_id);
    reads_files = false;
}
