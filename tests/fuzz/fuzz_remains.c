/* fuzz_remains: what a dead process leaves to the keeper, damaged anywhere: its presence file and a
 * segment file of its answers. Real files are made once; an input is a list of damages. What is
 * read is what a worker may have written, and within its file. */
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/ensure.h"
#include "base/segment.h"
#include "fleet/presence.h"
#include "tests/fuzz/target.h"

#define WORKER 1
#define MARKS 8
#define FILE_BYTES_MAX 65536
#define PRESENCE_FILE "worker-0000000000000001"
#define SEGMENT_FILE SEGMENT_FOLDER "/0000000000000001-0.seg"
#define CUT 0x80
#define SEALED 0x40
#define CHECKED_BYTES 96

struct sample {
    const char *path;
    unsigned char data[FILE_BYTES_MAX];
    size_t bytes;
};

static char folder[] = "/tmp/ttsq-fuzz-XXXXXX";
static int folder_fd;
static struct sample presence = {.path = PRESENCE_FILE}, segment = {.path = SEGMENT_FILE};

/* ---- the files as they were ---- */

static void keep_sample(struct sample *s) {
    int fd = openat(folder_fd, s->path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, s->data, sizeof s->data) : -1;
    MUST(n > 0);
    s->bytes = (size_t)n;
    close(fd);
}

static void make_presence(void) {
    const struct presence_mark call = {.job_id = 5, .account_id = 1, .attempt_no = 2, .slot_no = 3};
    struct presence *p;
    struct err e;
    MUST(presence_open(&p, folder, WORKER, MARKS, &e));
    (void)presence_sent(p, &call);
    presence_over(p, presence_sent(p, &call));
    keep_sample(&presence);
    presence_close(p);
}

static void make_segment(void) {
    struct segment_record records[2] = {
        {.key = 11, .owner = 5, .number = 1, .format = "wav", .bytes = 100, .duration_ms = 12},
        {.key = 12, .owner = 6, .number = 1, .format = "mp3", .bytes = 5000, .duration_ms = -1}};
    static const char body[5000];
    struct segment s;
    struct err e;
    segment_init(&s, folder_fd, WORKER);
    for (size_t i = 0; i < 2; i++)
        records[i].body = body;
    MUST(segment_append(&s, records, 2, &e));
    segment_close(&s);
    keep_sample(&segment);
}

static void clean_up(void) {
    (void)unlinkat(folder_fd, PRESENCE_FILE, 0);
    (void)unlinkat(folder_fd, SEGMENT_FILE, 0);
    (void)unlinkat(folder_fd, SEGMENT_FOLDER, AT_REMOVEDIR);
    (void)rmdir(folder);
}

static void make_samples(void) {
    MUST(mkdtemp(folder));
    folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    MUST(folder_fd >= 0 && atexit(clean_up) == 0);
    make_presence();
    make_segment();
}

/* ---- the files as they are found ---- */

/* A header that the damage has hit is as its writer would have sealed it: FNV-1a 64. */
static void seal_header(unsigned char *data, size_t bytes, size_t at) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    at -= at % SEGMENT_BLOCK_BYTES;
    if (at + SEGMENT_HEADER_BYTES > bytes)
        return;
    for (size_t i = 0; i < CHECKED_BYTES; i++)
        hash = (hash ^ data[at + i]) * UINT64_C(0x100000001b3);
    memcpy(data + at + CHECKED_BYTES, &hash, sizeof hash);
}

/* Damages: where (2 bytes), how and how much (1), with what. */
static void put_damaged(const struct sample *s, const uint8_t *damage, size_t bytes) {
    static unsigned char data[FILE_BYTES_MAX];
    size_t length = s->bytes;
    memcpy(data, s->data, length);
    while (bytes >= 3 && length > 0) {
        size_t at = ((size_t)damage[0] << 8 | damage[1]) % length, how = damage[2];
        size_t n = how & (SEALED - 1);
        damage += 3;
        bytes -= 3;
        n = n < bytes ? n : bytes;
        n = n < length - at ? n : length - at;
        memcpy(data + at, damage, n);
        damage += n;
        bytes -= n;
        if (how & SEALED)
            seal_header(data, length, at);
        if (how & CUT)
            length = at;
    }
    int fd = openat(folder_fd, s->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    MUST(fd >= 0 && write(fd, data, length) == (ssize_t)length);
    close(fd);
}

static void read_presence(void) {
    struct presence_record record = {.marks = NULL};
    struct err e = {.code = ERR_NONE};
    if (!presence_read_dead(folder, WORKER, &record, &e)) {
        MUST(e.code == ERR_IO && e.msg[0] && !record.known && !record.marks);
        return;
    }
    MUST(record.count <= PRESENCE_MARKS_MAX && (record.known || record.count == 0));
    for (size_t i = 0; i < record.count; i++) {
        const struct presence_mark *mark = &record.marks[i];
        MUST(mark->job_id > 0 && mark->slot_no >= 0);
        MUST(mark->phase == PRESENCE_SENT || mark->phase == PRESENCE_OVER);
    }
    free(record.marks);
}

static bool see(const struct segment_record *r, void *arg) {
    struct buf body;
    struct err e = {.code = ERR_NONE};
    int *seen = arg;
    MUST(r->bytes > 0 && r->bytes <= SEGMENT_BODY_MAX && r->offset >= SEGMENT_HEADER_BYTES);
    MUST(memchr(r->format, '\0', sizeof r->format) && strcmp(r->path, SEGMENT_FILE) == 0);
    buf_init(&body, (size_t)r->bytes);
    if (segment_read(folder_fd, r->path, r->offset, r->bytes, &body, &e))
        MUST(body.bytes == (size_t)r->bytes);
    else
        MUST(e.code == ERR_CORRUPT);
    buf_release(&body);
    return ++*seen < FILE_BYTES_MAX / SEGMENT_HEADER_BYTES;
}

static void read_segment(void) {
    struct err e;
    int seen = 0;
    MUST(segment_scan(folder_fd, WORKER, see, &seen, &e));
    MUST(seen < FILE_BYTES_MAX / SEGMENT_HEADER_BYTES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    if (bytes == 0)
        return 0;
    if (!presence.bytes)
        make_samples();
    bool is_segment = (data[0] & 1) != 0;
    put_damaged(is_segment ? &segment : &presence, data + 1, bytes - 1);
    if (is_segment)
        read_segment();
    else
        read_presence();
    return 0;
}
