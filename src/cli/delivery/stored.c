/* stored.c: see stored.h. */
#include "cli/delivery/stored.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ensure.h"
#include "base/segment.h"
#include "cli/cli.h"
#include "cli/view/text.h"

#define HASH_BYTES (256 * 1024)
#define LOADED_BYTES_MAX (1024 * 1024) /* what is smaller is read once, for hash and use alike */

static char *copy_or_null(const char *s) {
    return s ? ensure_strdup(s) : NULL;
}

static struct stored *add(struct stored_list *list, size_t room) {
    list->items = ensure_realloc(list->items, room * sizeof *list->items);
    return &list->items[list->count++];
}

struct gathering {
    struct stored_list *list;
    int64_t job_id;
    size_t room;
};

static bool take_piece(const struct store_piece_row *row, void *arg) {
    struct gathering *g = arg;
    if (!row->has_result)
        return true; /* the caller sees that one is missing by the count */
    if (g->list->count == g->room)
        g->room = 2 * g->room + 8;
    struct stored *one = add(g->list, g->room);
    *one = (struct stored){.job_id = g->job_id,
                           .result_id = row->result_id,
                           .path = copy_or_null(row->result_path),
                           .offset = row->result_offset,
                           .bytes = row->result_bytes,
                           .duration_ms = row->result_duration_ms,
                           .format = copy_or_null(row->result_format),
                           .text_at = (size_t)row->at,
                           .text_bytes = (size_t)row->bytes};
    memcpy(one->sha256, row->result_sha256, sizeof one->sha256);
    g->list->bytes += row->result_bytes;
    return true;
}

static bool take_pieces(struct session *s, const struct store_job_row *row,
                        struct stored_list *list, struct err *e) {
    struct gathering g = {.list = list, .job_id = row->id};
    if (!store_pieces_each(s->store, row->id, take_piece, &g, e))
        return false;
    return (int64_t)list->count == row->piece_count ||
           err_set(e, ERR_CORRUPT, "job %" PRId64 " is done, but has %zu of %" PRId64 " pieces",
                   row->id, list->count, row->piece_count);
}

bool stored_of_job(struct session *s, const struct store_job_row *row, struct stored_list *list,
                   struct err *e) {
    *list = (struct stored_list){.count = 0};
    if (row->piece_count > 0)
        return row->state != JOB_DONE || take_pieces(s, row, list, e);
    if (!row->has_result)
        return true;
    struct stored *one = add(list, 1);
    *one = (struct stored){.job_id = row->id,
                           .result_id = row->result_id,
                           .path = copy_or_null(row->result_path),
                           .offset = row->result_offset,
                           .bytes = row->result_bytes,
                           .duration_ms = row->result_duration_ms,
                           .format = copy_or_null(row->result_format),
                           .text_bytes = row->text_bytes};
    memcpy(one->sha256, row->result_sha256, sizeof one->sha256);
    list->bytes = row->result_bytes;
    return true;
}

void stored_release(struct stored_list *list) {
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].path);
        free(list->items[i].format);
    }
    free(list->items);
    *list = (struct stored_list){.count = 0};
}

bool stored_damaged(int64_t job_id, const char *what, struct err *e) {
    return err_set(e, ERR_CORRUPT, "the result of job %" PRId64 " is damaged: %s", job_id, what);
}

/* Returns how many bytes there were. */
static int64_t hash_file(struct audio_source *source, struct sha256 *sha) {
    unsigned char *room = ensure_alloc(HASH_BYTES);
    int64_t at = 0;
    for (size_t n; (n = audio_source_read(source, at, room, HASH_BYTES)) > 0; at += (int64_t)n)
        sha256_add(sha, room, n);
    free(room);
    return at;
}

static bool check(const struct stored *one, struct audio_source *source, struct err *e) {
    unsigned char digest[SHA256_BYTES];
    struct sha256 sha;
    size_t loaded;
    sha256_init(&sha);
    const void *bytes = audio_source_view(source, 0, (size_t)source->bytes, &loaded);
    if (bytes)
        sha256_add(&sha, bytes, loaded);
    int64_t at = bytes ? (int64_t)loaded : hash_file(source, &sha);
    sha256_finish(&sha, digest);
    if (source->errnum)
        return err_set_errno(e, source->errnum, "cannot read the result of job %" PRId64,
                             one->job_id);
    return (at == one->bytes && !memcmp(digest, one->sha256, sizeof digest)) ||
           stored_damaged(one->job_id, "its bytes have changed", e);
}

/* A file that cannot be read stays one: reading it again says why. */
static void load(struct stored_sound *sound) {
    size_t bytes = (size_t)sound->source.bytes;
    buf_init(&sound->body, bytes);
    char *room = buf_extend(&sound->body, bytes);
    if (room && audio_source_read(&sound->source, 0, room, bytes) == bytes)
        audio_source_memory(&sound->source, room, bytes);
}

bool stored_open_file(const struct session *s, int results_fd, int64_t job_id, const char *path,
                      int *fd, struct err *e) {
    *fd = openat(results_fd, path, O_RDONLY | O_CLOEXEC);
    if (*fd >= 0)
        return true;
    bool gone = errno == ENOENT || errno == ENOTDIR;
    (void)!err_set_errno(e, errno, "cannot open the result of job %" PRId64 ", %.200s/%.100s",
                         job_id, s->config->results, path);
    if (gone)
        e->code = ERR_CORRUPT;
    return false;
}

static bool open_file(struct session *s, int results_fd, const struct stored *one,
                      struct stored_sound *out, struct err *e) {
    struct stat st;
    if (!stored_open_file(s, results_fd, one->job_id, one->path, &out->fd, e))
        return false;
    if (fstat(out->fd, &st) != 0 || st.st_size != one->bytes)
        return stored_damaged(one->job_id, "its file has another size", e);
    audio_source_fd(&out->source, out->fd, one->bytes);
    if (one->bytes <= LOADED_BYTES_MAX)
        load(out);
    return true;
}

static bool open_body(struct session *s, int results_fd, const struct stored *one,
                      struct stored_sound *out, struct err *e) {
    buf_init(&out->body, (size_t)one->bytes + 1);
    bool ok = one->path
                  ? segment_read(results_fd, one->path, one->offset, one->bytes, &out->body, e)
                  : store_result_body(s->store, one->result_id, &out->body, e);
    if (ok)
        audio_source_memory(&out->source, buf_str(&out->body), out->body.bytes);
    return ok;
}

bool stored_open(struct session *s, int results_fd, const struct stored *one,
                 struct stored_sound *out, struct err *e) {
    *out = (struct stored_sound){.fd = -1};
    bool is_file = one->path && one->offset == 0;
    return (is_file ? open_file(s, results_fd, one, out, e)
                    : open_body(s, results_fd, one, out, e)) &&
           check(one, &out->source, e);
}

bool stored_is_lost(const struct err *e) {
    bool is_errno = strcmp(e->origin ? e->origin : "", "errno") == 0;
    return e->code == ERR_CORRUPT || e->code == ERR_NOT_FOUND ||
           (is_errno && (e->detail == ENOENT || e->detail == ENOTDIR || e->detail == EIO));
}

static bool check_job(struct session *s, int results_fd, const struct store_job_row *row,
                      struct err *e) {
    struct stored_list list;
    bool ok = stored_of_job(s, row, &list, e);
    for (size_t i = 0; ok && i < list.count; i++) {
        struct stored_sound sound;
        ok = stored_open(s, results_fd, &list.items[i], &sound, e);
        stored_close(&sound);
    }
    stored_release(&list);
    return ok;
}

bool stored_leave_out(struct session *s, int results_fd, const struct store_job_row *row,
                      struct progress *progress, int64_t *count) {
    struct err why;
    if (check_job(s, results_fd, row, &why) || !stored_is_lost(&why))
        return false;
    progress_clear(progress);
    if ((*count)++ < STORED_LOST_SHOWN)
        cli_say("number %" PRId64 " is left out: %s", row->seq, why.msg);
    return true;
}

bool stored_none_lost(const char *batch, int64_t count, struct err *e) {
    char shown[TEXT_SHOWN_BYTES];
    return count == 0 ||
           err_set(e, ERR_JOBS_FAILED,
                   "%" PRId64
                   " %s lost or damaged; `ttsq retry %.300s --damaged` asks for %s again",
                   count, count == 1 ? "answer is" : "answers are", text_word(batch, shown),
                   count == 1 ? "it" : "them");
}

int stored_fail(const char *batch, const struct err *e) {
    char shown[TEXT_SHOWN_BYTES];
    int code = cli_fail(e);
    /* an answer is damaged, not the database */
    if (e->code == ERR_CORRUPT && strcmp(e->origin ? e->origin : "", "sqlite") != 0)
        cli_say("--partial leaves it out; `ttsq retry %.300s --damaged` asks for it again",
                text_word(batch, shown));
    return code;
}

void stored_close(struct stored_sound *sound) {
    if (sound->fd >= 0)
        close(sound->fd);
    buf_release(&sound->body);
    sound->fd = -1;
}

enum audio_format stored_format(const struct stored *one) {
    return audio_format_of_name(one->format);
}
