/* publish.c: see publish.h. Everything above the last part runs in a pool thread, which owns the
 * call's answer and results meanwhile. */
#include "publish.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ensure.h"
#include "base/file.h"
#include "base/sha256.h"
#include "base/space.h"
#include "judge.h"

#define READ_BYTES (64 * 1024)
#define FOLDER_MODE 0770
#define FOLDER_NAME_BYTES 3

static bool check_audio(struct call *c, struct err *e) {
    struct audio_source source;
    struct err problem; /* not *e: an answer that is no audio is not a failure to store it */
    int fd = c->answer.part.fd;
    audio_source_fd(&source, fd, c->answer.bytes);
    if (!judge_audio(c, &source, &problem)) {
        if (problem.code != ERR_INPUT) {
            *e = problem;
            return false;
        }
        (void)snprintf(c->audio_problem, sizeof c->audio_problem, "%s", problem.msg);
        return true;
    }
    return !c->audio.needs_repair || audio_repair_fd(&c->audio, fd, e);
}

static bool hash_file(struct call *c, struct err *e) {
    char bytes[READ_BYTES];
    struct sha256 sha;
    int64_t at = 0;
    sha256_init(&sha);
    while (at < c->answer.bytes) {
        ssize_t n = file_read_at(c->answer.part.fd, bytes, sizeof bytes, at);
        if (n <= 0) {
            sha256_release(&sha);
            return err_set_errno(e, n < 0 ? errno : EIO, "cannot read the answer back");
        }
        sha256_add(&sha, bytes, (size_t)n);
        at += n;
    }
    sha256_finish(&sha, c->result.sha256);
    return true;
}

static int open_in(const struct call_host *h, const char *name) {
    return openat(h->results_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

/* Opens <results>/<kk>, which each worker makes durable once. */
static bool open_folder(struct call_host *h, unsigned kk, const char *name, int *fd,
                        struct err *e) {
    *fd = atomic_load(&h->has_folder[kk]) ? open_in(h, name) : -1;
    if (*fd >= 0)
        return true;
    if (!file_mkdir_at(h->results_fd, name, FOLDER_MODE, e))
        return false;
    atomic_store(&h->has_folder[kk], true);
    *fd = open_in(h, name);
    return *fd >= 0 || err_set_errno(e, errno, "cannot open results folder %s", name);
}

static bool link_file(struct call *c, struct err *e) {
    char folder[FOLDER_NAME_BYTES], hex[SHA256_HEX_BYTES];
    bool was_there;
    int fd = -1;
    unsigned kk = (uint64_t)c->claim.key % CALL_FOLDERS;
    int n =
        snprintf(c->path, sizeof c->path, "%02x/%016" PRIx64 "-%s.%s", kk, (uint64_t)c->claim.key,
                 sha256_hex(c->result.sha256, hex), audio_format_text(c->audio.format));
    ASSERT(n > 0 && (size_t)n < sizeof c->path);
    memcpy(folder, c->path, 2);
    folder[2] = '\0';
    if (!open_folder(c->host, kk, folder, &fd, e))
        return false;
    bool ok = file_part_publish(&c->answer.part, fd, c->path + sizeof folder, &was_there, e);
    close(fd);
    return ok;
}

static bool publish(struct call *c, struct err *e) {
    if (!answer_to_file(&c->answer, e))
        return false;
    c->audio_problem[0] = '\0';
    if (judge_wants_audio(c) && !check_audio(c, e))
        return false;
    return c->audio_problem[0] || (hash_file(c, e) && link_file(c, e));
}

static void on_work(uv_work_t *work) {
    struct call *c = work->data;
    c->work_err = (struct err){0};
    if (publish(c, &c->work_err) || c->work_err.code != ERR_SPACE)
        return;
    space_give_up_reserve(c->host->space);
    c->work_err = (struct err){0};
    (void)publish(c, &c->work_err);
}

/* ---- on the loop ----------------------------------------------------------------------------- */

static void on_after_work(uv_work_t *work, int status) {
    struct call *c = work->data;
    ASSERT(status == 0); /* never cancelled */
    c->on_published(c, c->work_err.code == ERR_NONE);
}

void publish_begin(uv_loop_t *loop, struct call *c, void (*on_done)(struct call *c, bool ok)) {
    c->work.data = c;
    c->on_published = on_done;
    int rc = uv_queue_work(loop, &c->work, on_work, on_after_work);
    ASSERT(rc == 0);
}
