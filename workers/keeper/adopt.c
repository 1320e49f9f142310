/* adopt.c: see adopt.h. The name of a file is `<kk>/<key>-<sha256>.<ext>`, see workers/call;
 * segment files: base/segment.h. */
#include "workers/keeper/adopt.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audio/audio.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/segment.h"
#include "base/sha256.h"

#define KEY_HEX 16
#define SHA_HEX (2 * STORE_SHA256_BYTES)
#define FOLDER_MAX 4096
#define PATH_MAX_BYTES 512
#define READ_BYTES 65536

struct owner { /* whose answers are looked for */
    int64_t worker_id;
    const struct presence_record *record;
    struct store_open_attempt *open;
    size_t open_count;
};

struct candidate {
    char folder[FOLDER_MAX];   /* results/<kk> */
    char path[PATH_MAX_BYTES]; /* <kk>/<name>: what the store keeps */
    char name[PATH_MAX_BYTES - 4];
    struct store_result result;
};

/* Looks through the key's folder for a file that begins with the key. */
static bool find_file(const char *results, int64_t key, struct candidate *c) {
    char hex[KEY_HEX + 1];
    (void)snprintf(hex, sizeof hex, "%016llx", (unsigned long long)key);
    int n = snprintf(c->folder, sizeof c->folder, "%s/%s", results, hex + KEY_HEX - 2);
    DIR *dir = n > 0 && (size_t)n < sizeof c->folder ? opendir(c->folder) : NULL;
    if (!dir)
        return false;
    bool found = false;
    for (struct dirent *entry; !found && (entry = readdir(dir));) {
        size_t bytes = strlen(entry->d_name);
        found = bytes > KEY_HEX + 1 + SHA_HEX && bytes < sizeof c->name &&
                strncmp(entry->d_name, hex, KEY_HEX) == 0 && entry->d_name[KEY_HEX] == '-';
        if (found) {
            memcpy(c->name, entry->d_name, bytes + 1);
            (void)snprintf(c->path, sizeof c->path, "%s/%s", hex + KEY_HEX - 2, c->name);
        }
    }
    (void)closedir(dir);
    return found;
}

static bool hash_fd(int fd, unsigned char out[STORE_SHA256_BYTES], struct err *e) {
    struct sha256 hash;
    char *chunk = malloc(READ_BYTES);
    if (!chunk)
        return err_set(e, ERR_MEMORY, "hashing an answer");
    sha256_init(&hash);
    ssize_t n;
    while ((n = read(fd, chunk, READ_BYTES)) > 0)
        sha256_add(&hash, chunk, (size_t)n);
    int errnum = errno;
    sha256_finish(&hash, out);
    free(chunk);
    return n == 0 || err_set_errno(e, errnum, "reading an answer");
}

static bool hash_is_in_name(const unsigned char sha256[STORE_SHA256_BYTES], const char *name) {
    char hex[SHA256_HEX_BYTES];
    return strncmp(name + KEY_HEX + 1, sha256_hex(sha256, hex), SHA_HEX) == 0;
}

/* By the ending of its name; AUDIO_UNKNOWN for what is no sound. */
static enum audio_format format_in_name(const char *name) {
    const char *dot = strrchr(name, '.');
    for (int i = 0; dot && i < AUDIO_FORMAT_COUNT; i++)
        if (strcmp(dot + 1, audio_format_text((enum audio_format)i)) == 0)
            return (enum audio_format)i;
    return AUDIO_UNKNOWN;
}

/* -1 where that is not known. */
static bool read_duration(int fd, int64_t bytes, enum audio_format format, int64_t *ms,
                          struct err *e) {
    struct audio_source source;
    struct audio_facts facts = {.duration_ms = -1};
    audio_source_fd(&source, fd, bytes);
    bool ok = format == AUDIO_UNKNOWN || audio_check(&source, format, &facts, e);
    *ms = ok ? facts.duration_ms : -1;
    return ok || e->code == ERR_INPUT;
}

/* Only an answer that had been judged good got a name. So what has the hash of its name is one,
 * sound or not, and only how long it is stands nowhere else. */
static bool examine(struct candidate *c, int fd, struct err *e) {
    struct stat st;
    enum audio_format format = format_in_name(c->name);
    if (fstat(fd, &st) != 0)
        return err_set_errno(e, errno, "%s", c->path);
    if (!hash_fd(fd, c->result.sha256, e))
        return false;
    if (!hash_is_in_name(c->result.sha256, c->name))
        return err_set(e, ERR_INPUT, "%s: content is not what the name says", c->path);
    c->result.format = audio_format_text(format);
    c->result.bytes = st.st_size;
    c->result.path = c->path;
    return read_duration(fd, st.st_size, format, &c->result.duration_ms, e);
}

static bool examine_path(struct candidate *c, struct err *e) {
    char path[FOLDER_MAX + PATH_MAX_BYTES];
    (void)snprintf(path, sizeof path, "%s/%s", c->folder, c->name);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return err_set_errno(e, errno, "%s", path);
    /* its worker may have died before the name was durable, or the folder's */
    bool ok = examine(c, fd, e) && file_sync_folder(c->folder, e) && file_sync_parent(c->folder, e);
    close(fd);
    return ok;
}

static bool asked_otherwise(const struct owner *o, const struct store_open_attempt *a) {
    for (size_t i = 0; i < o->record->count; i++) {
        const struct presence_mark *mark = &o->record->marks[i];
        if (mark->job_id == a->job_id && mark->attempt_no == a->attempt_no)
            return mark->asked_otherwise != 0;
    }
    return false;
}

static bool settle_adopted(struct store *s, const struct owner *o,
                           const struct store_open_attempt *a, const struct candidate *c,
                           struct err *e) {
    struct store_settle settle = {
        .job_id = a->job_id,
        .attempt_no = a->attempt_no,
        .outcome = ATTEMPT_ANSWERED,
        .state = JOB_DONE,
        .why = "adopted: its worker died, or stood still, after publishing the answer",
        .slot_no = -1,
        .ended_ms = clock_wall_ms(),
        .bytes = c->result.bytes,
        .result = &c->result,
        .unshared = asked_otherwise(o, a)};
    struct store_turn turn = {.settles = &settle, .settle_count = 1};
    return store_turn(s, &turn, e);
}

static void not_adopted(const struct store_open_attempt *a, const struct err *why) {
    log_failure_with(LOG_WARNING, "not_adopted", why, "job=%lld", (long long)a->job_id);
}

/* ---- segment files ----------------------------------------------------------------------------*/

struct tail {
    int results_fd;
    const struct owner *owner;
    struct segment_record *found; /* of owner->open[i]; bytes 0 = nothing */
};

/* The newest of a key counts: an append that was said again is there twice. */
static bool see_record(const struct segment_record *r, void *arg) {
    struct tail *tail = arg;
    for (size_t i = 0; i < tail->owner->open_count; i++)
        if (tail->owner->open[i].key == r->key)
            tail->found[i] = *r;
    return true;
}

/* Only answers that had been judged good are appended: what the header says of them is true when
 * the hash is. */
static bool examine_record(int results_fd, const struct segment_record *r, struct candidate *c,
                           struct err *e) {
    struct buf body;
    struct sha256 hash;
    buf_init(&body, (size_t)r->bytes);
    bool ok = segment_read(results_fd, r->path, r->offset, r->bytes, &body, e);
    if (ok) {
        c->result = (struct store_result){.format = r->format,
                                          .bytes = r->bytes,
                                          .duration_ms = r->duration_ms,
                                          .path = r->path,
                                          .offset = r->offset};
        sha256_init(&hash);
        sha256_add(&hash, buf_str(&body), body.bytes);
        sha256_finish(&hash, c->result.sha256);
        ok = memcmp(c->result.sha256, r->sha256, sizeof r->sha256) == 0 ||
             err_set(e, ERR_INPUT, "%s: what is at %lld is not what its header says", r->path,
                     (long long)r->offset);
    }
    buf_release(&body);
    return ok && segment_sync(results_fd, r->path, e);
}

static bool settle_found(struct store *s, const struct tail *tail, struct candidate *c,
                         int64_t *adopted, struct err *e) {
    for (size_t i = 0; i < tail->owner->open_count; i++) {
        const struct store_open_attempt *a = &tail->owner->open[i];
        struct err why;
        if (tail->found[i].bytes == 0)
            continue;
        if (!examine_record(tail->results_fd, &tail->found[i], c, &why)) {
            not_adopted(a, &why);
            continue;
        }
        if (!settle_adopted(s, tail->owner, a, c, e))
            return false;
        ++*adopted;
    }
    return true;
}

static bool adopt_records(struct store *s, const char *results, const struct owner *o,
                          struct candidate *c, int64_t *adopted, struct err *e) {
    struct tail tail = {.owner = o};
    if (o->open_count == 0 || access(results, F_OK) != 0)
        return true;
    if (!file_open_dir(results, &tail.results_fd, e))
        return false;
    tail.found = calloc(o->open_count, sizeof *tail.found);
    bool ok = (tail.found || err_set(e, ERR_MEMORY, "adopting answers")) &&
              segment_scan(tail.results_fd, o->worker_id, see_record, &tail, e) &&
              settle_found(s, &tail, c, adopted, e);
    free(tail.found);
    close(tail.results_fd);
    return ok;
}

/* ---- both -------------------------------------------------------------------------------------*/

static bool adopt_files(struct store *s, const char *results, const struct owner *o,
                        struct candidate *c, int64_t *adopted, struct err *e) {
    for (size_t i = 0; i < o->open_count; i++) {
        struct err why;
        if (!find_file(results, o->open[i].key, c))
            continue;
        if (!examine_path(c, &why)) {
            not_adopted(&o->open[i], &why);
            continue;
        }
        if (!settle_adopted(s, o, &o->open[i], c, e))
            return false;
        ++*adopted;
    }
    return true;
}

bool adopt_answers(struct store *s, const char *results, int64_t worker_id,
                   const struct presence_record *record, int64_t *adopted, struct err *e) {
    struct owner o = {.worker_id = worker_id, .record = record};
    if (!store_open_attempts(s, worker_id, &o.open, &o.open_count, e))
        return false;
    struct candidate *c = calloc(1, sizeof *c);
    bool ok = (c || err_set(e, ERR_MEMORY, "adopting answers")) &&
              adopt_files(s, results, &o, c, adopted, e) &&
              adopt_records(s, results, &o, c, adopted, e);
    free(c);
    free(o.open);
    return ok;
}
