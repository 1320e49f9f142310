/* deliver.c: see deliver.h. The batch: what must be there, in which order, and the manifest. */
#include "cli/delivery/deliver.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/file.h"
#include "base/sha256.h"
#include "cli/cli.h"
#include "cli/delivery/deliver_file.h"
#include "cli/delivery/follow.h"
#include "cli/delivery/gaps.h"
#include "cli/delivery/manifest.h"
#include "cli/service.h"
#include "cli/view/progress.h"
#include "cli/view/text.h"

#define QUIET_MS 1000

/* ---- the manifest ---- */

static bool open_manifest(struct deliver *d) {
    int fd = openat(d->dir_fd, "." MANIFEST_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                    DELIVER_FILE_MODE);
    d->manifest = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!d->manifest)
        return err_set_errno(d->e, errno, "cannot write in %.200s", d->options->folder);
    manifest_begin(d->manifest, d->batch);
    return true;
}

/* The names of all files, too: whatever is fetched may be pruned. Names in many folders are made
 * durable with all that the file system has: once is cheaper than folder by folder. */
static bool sync_names(const struct deliver *d) {
    return (d->has_subfolders ? syncfs(d->dir_fd) : fsync(d->dir_fd)) == 0;
}

static bool close_manifest(struct deliver *d) {
    manifest_end(d->manifest);
    bool ok = fflush(d->manifest) == 0 && !ferror(d->manifest) && fsync(fileno(d->manifest)) == 0 &&
              renameat(d->dir_fd, "." MANIFEST_NAME, d->dir_fd, MANIFEST_NAME) == 0 &&
              sync_names(d);
    return ok ||
           err_set_errno(d->e, errno, "cannot write %.200s/" MANIFEST_NAME, d->options->folder);
}

/* ---- the batch ---- */

static bool on_job(const struct store_job_row *row, void *arg) {
    struct deliver *d = arg;
    struct delivered one;
    bool has_sound = false;
    if (cli_stop_count())
        return d->ok = err_set(d->e, ERR_INTERRUPTED, "interrupted; say it again to continue");
    d->ok = deliver_file(d, row, &one, &has_sound);
    if (!d->ok)
        return false;
    d->report->missing += !has_sound;
    manifest_add(d->manifest, has_sound ? &one.row : row, has_sound ? one.name : NULL);
    if (progress_due(&d->progress))
        progress_line(&d->progress, "%" PRId64 "/%" PRId64 " files", d->report->files, d->total);
    return true;
}

/* What is written stays written, also when something has gone wrong. */
static bool name_rest(struct deliver *d, bool ok) {
    struct err ignored;
    return deliver_part_name_all(&d->parts, ok ? d->e : &ignored) && ok;
}

static bool deliver_all(struct deliver *d) {
    unsigned all = (1u << JOB_STATE_COUNT) - 1;
    progress_begin(&d->progress, QUIET_MS);
    bool read =
        open_manifest(d) && store_jobs_each(d->session->store, d->batch_id, all, on_job, d, d->e);
    progress_clear(&d->progress);
    bool ok = name_rest(d, read && d->ok) && close_manifest(d);
    if (d->manifest)
        (void)fclose(d->manifest); /* flushed and checked where it counts */
    deliver_part_sweep(&d->parts);
    if (!ok)
        (void)unlinkat(d->dir_fd, "." MANIFEST_NAME, 0);
    return ok;
}

/* Parts have the same names in every delivery, so one at a time writes into a folder. Where the
 * file system locks no folders, nobody is waited for. */
static bool take_folder(const struct deliver *d) {
    bool told = false;
    while (flock(d->dir_fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        if (cli_stop_count())
            return err_set(d->e, ERR_INTERRUPTED, "interrupted; say it again to continue");
        if (!told)
            cli_say("another delivery writes into %.200s; waiting for its end", d->options->folder);
        told = true;
        cli_sleep_ms(CLI_POLL_MS);
    }
    return true;
}

/* Who is told of each file finds it there. */
static bool open_folders(struct deliver *d) {
    const char *folder = d->options->folder;
    if (!file_mkdir_p(folder, DELIVER_FOLDER_MODE, d->e) ||
        !file_open_dir(folder, &d->dir_fd, d->e) || !take_folder(d) ||
        !file_open_dir(d->session->config->results, &d->results_fd, d->e))
        return false;
    d->parts = (struct deliver_parts){.dir_fd = d->dir_fd,
                                      .folder = folder,
                                      .force = d->options->force,
                                      .most = d->options->follow ? 1 : DELIVER_PARTS_MAX};
    return true;
}

static void close_folders(struct deliver *d) {
    if (d->dir_fd >= 0)
        close(d->dir_fd);
    if (d->results_fd >= 0)
        close(d->results_fd);
}

static bool check_names(struct deliver *d) {
    return deliver_name_init(&d->name, d->options->template, d->batch, d->total, d->e) &&
           deliver_name_check_all(&d->name, d->session->store, d->batch_id, d->e);
}

/* ---- as they finish ---- */

struct following {
    struct deliver *deliver;
    int64_t after_id; /* the job that was delivered last, or has no sound and ended */
};

static bool is_open(enum job_state state) {
    return state == JOB_READY || state == JOB_DELAYED || state == JOB_RUNNING;
}

static bool on_followed(const struct store_job_row *row, void *arg) {
    struct following *f = arg;
    struct deliver *d = f->deliver;
    struct delivered one;
    bool has_sound = false;
    if (is_open(row->state))
        return false; /* what is behind it waits for it */
    if (cli_stop_count())
        return d->ok = err_set(d->e, ERR_INTERRUPTED, "interrupted; say it again to continue");
    d->ok = deliver_file(d, row, &one, &has_sound);
    if (d->ok && d->options->on_file)
        d->options->on_file(d->options->arg, row, has_sound ? one.name : NULL);
    f->after_id = row->id;
    return d->ok;
}

struct waiting {
    int64_t next_look_boot_ms;
    bool told;
};

/* A service that is gone may come back: it is restarted, or the machine is. */
static void say_who_works(const struct deliver *d, struct waiting *w) {
    int64_t now = clock_boot_ms();
    if (now < w->next_look_boot_ms)
        return;
    w->next_look_boot_ms = now + SERVICE_LOOK_MS;
    bool works = service_is_running(d->session->config->fleet);
    if (!works && !w->told)
        cli_say("no supervisor is running; the rest comes when there is one (`%s`)",
                service_command(d->session->config));
    w->told = !works;
}

static bool follow(struct deliver *d) {
    struct following f = {.deliver = d};
    struct waiting waiting = {0};
    for (int64_t seen = -1;;) {
        struct session_counts counts;
        int64_t version = store_data_version(d->session->store);
        if (version != seen || version < 0) {
            seen = version;
            if (!session_counts(d->session, d->batch_id, &counts, d->e) ||
                !store_jobs_after(d->session->store, d->batch_id, f.after_id, on_followed, &f,
                                  d->e) ||
                !d->ok)
                return false;
            if (!counts.loading && follow_open_jobs(&counts) == 0)
                return true;
        }
        if (cli_stop_count())
            return err_set(d->e, ERR_INTERRUPTED, "interrupted; say it again to continue");
        say_who_works(d, &waiting);
        cli_sleep_ms(CLI_POLL_MS);
    }
}

/* ---- */

static bool count_missing(const struct deliver *d) {
    const struct deliver_report *r = d->report;
    return r->missing == 0 || d->options->partial ||
           err_set(d->e, ERR_JOBS_FAILED,
                   "the batch has ended, and %" PRId64 " of %" PRId64
                   " results are missing; `ttsq why %.128s`",
                   r->missing, d->total, d->batch);
}

/* The last round is as without following: it takes what was mended meanwhile, and makes the
 * manifest. Of the files that it finds there, those count as new that following has written. */
static bool follow_all(struct deliver *d) {
    if (!follow(d))
        return false;
    int64_t written = d->report->files - d->report->same;
    *d->report = (struct deliver_report){0};
    if (!deliver_all(d))
        return false;
    d->report->same = d->report->same > written ? d->report->same - written : 0;
    return count_missing(d);
}

bool deliver_batch(struct session *s, int64_t batch_id, const char *name,
                   const struct deliver_options *options, struct deliver_report *report,
                   struct err *e) {
    struct session_counts counts;
    *report = (struct deliver_report){0};
    struct deliver d = {.session = s,
                        .options = options,
                        .report = report,
                        .batch = name,
                        .batch_id = batch_id,
                        .dir_fd = -1,
                        .results_fd = -1,
                        .ok = true,
                        .e = e};
    if (!session_counts(s, batch_id, &counts, e) ||
        (!options->follow && !gaps_refuse(s, batch_id, options->partial, e)))
        return false;
    d.total = counts.total;
    bool ok =
        check_names(&d) && open_folders(&d) && (options->follow ? follow_all(&d) : deliver_all(&d));
    close_folders(&d);
    return ok;
}

void deliver_note(struct session *s, int64_t batch_id, int64_t done) {
    struct err ignored;
    if (session_reopen(s, &ignored) && !store_batch_delivered(s->store, batch_id, done, &ignored))
        return; /* it is kept a while longer */
}
