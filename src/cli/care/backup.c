/* backup.c: see backup.h. Answers never change once they are on record, and segment files only
 * grow, so the database is copied first, and then whatever the copy refers to. Only a prune takes
 * bytes away, and none is at work meanwhile (fleet/prune_lock.h). */
#include "cli/care/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ensure.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/file_copy.h"
#include "base/segment.h"
#include "base/sha256.h"
#include "cli/cli.h"
#include "cli/service.h"
#include "fleet/prune_lock.h"

#define DATABASE_NAME "queue.db"
#define RESULTS_NAME "results"
#define FOLDER_MODE 0770
#define READ_BYTES 65536
#define DAMAGED_SHOWN 20
#define FOLDERS_OPEN 8 /* of three levels, while what was copied is removed again */
#define PRUNE_WAIT_MAX_MS 600000

/* ---- answers, file by file ------------------------------------------------------------------- */

struct copying {
    int from_fd, to_fd;
    char path[FILE_COPY_PATH_MAX]; /* the file whose rows are being read; "" = none yet */
    int64_t bytes;                 /* of it that are on record */
    bool segment;
    struct backup_report *report;
    bool ok;
    struct err *e;
};

/* How many of the first `bytes` bytes can be had. */
static int64_t readable_bytes(int from_fd, const char *path, int64_t bytes) {
    char data[READ_BYTES];
    int fd = openat(from_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int64_t at = 0;
    for (ssize_t n = fd >= 0; n > 0 && at < bytes;) {
        n = pread(fd, data, sizeof data, at);
        at += n > 0 ? n : 0;
    }
    if (fd >= 0)
        close(fd);
    return at < bytes ? at : bytes;
}

/* A file that is gone, cut short or unreadable is named, and all others are copied; of a segment
 * file what comes before the damage. Any other trouble ends the backup. */
static bool copy_rest(struct copying *c) {
    struct err why = *c->e;
    int64_t bytes = readable_bytes(c->from_fd, c->path, c->bytes);
    if (bytes == c->bytes)
        return false;
    if (c->report->damaged++ < DAMAGED_SHOWN)
        cli_say("%s", why.msg);
    c->bytes = c->segment ? bytes : 0;
    return c->bytes == 0 || file_copy((struct file_name){c->from_fd, c->path},
                                      (struct file_name){c->to_fd, c->path}, c->bytes, c->e);
}

static void copy_newest(struct copying *c) {
    const struct file_name from = {c->from_fd, c->path}, to = {c->to_fd, c->path};
    if (!c->ok || !c->path[0])
        return;
    /* a segment file may still grow */
    c->ok = (c->segment ? file_copy(from, to, c->bytes, c->e)
                        : file_link_or_copy(from, to, c->bytes, c->e)) ||
            copy_rest(c);
    c->report->files += c->bytes > 0;
    c->report->bytes += c->bytes;
}

static void on_result(const struct store_audit_result *row, void *arg) {
    struct copying *c = arg;
    if (row->is_nobodys)
        return;
    c->report->answers++;
    if (strcmp(c->path, row->path) != 0) {
        copy_newest(c);
        if (strlen(row->path) >= sizeof c->path)
            c->ok =
                c->ok && err_set(c->e, ERR_CORRUPT, "a path that is too long: %.100s", row->path);
        (void)snprintf(c->path, sizeof c->path, "%s", row->path);
        c->bytes = 0;
    }
    c->segment = row->offset > 0;
    if (row->offset + row->bytes > c->bytes)
        c->bytes = row->offset + row->bytes;
}

static bool copy_answers(const char *database, int from_fd, int to_fd, struct backup_report *report,
                         struct err *e) {
    struct copying c = {.from_fd = from_fd, .to_fd = to_fd, .report = report, .ok = true, .e = e};
    if (!store_backup_results(database, on_result, &c, e))
        return false;
    copy_newest(&c);
    return c.ok && file_sync_tree(to_fd, e);
}

/* ---- writing --------------------------------------------------------------------------------- */

static bool absolute(const char *path, char out[PATH_MAX], struct err *e) {
    char folder[PATH_MAX];
    int n = path[0] == '/'                  ? snprintf(out, PATH_MAX, "%s", path)
            : getcwd(folder, sizeof folder) ? snprintf(out, PATH_MAX, "%s/%s", folder, path)
                                            : -1;
    while (n > 1 && n < PATH_MAX && out[n - 1] == '/')
        out[--n] = '\0';
    return (n > 0 && n < PATH_MAX) || err_set(e, ERR_USAGE, "the folder's path is too long");
}

static bool join(const char *folder, const char *name, char out[PATH_MAX], struct err *e) {
    int n = snprintf(out, PATH_MAX, "%s/%s", folder, name);
    return (n > 0 && n < PATH_MAX) || err_set(e, ERR_USAGE, "the folder's path is too long");
}

static bool make_results(const char *folder, int *fd, struct err *e) {
    char path[PATH_MAX];
    return join(folder, RESULTS_NAME, path, e) && file_mkdir_p(path, FOLDER_MODE, e) &&
           file_open_dir(path, fd, e);
}

static bool copy_database(struct session *s, const char *database, struct err *e) {
    bool ok = store_backup(s->store, database, e);
    FAULT_POINT("backup_copied");
    return ok;
}

static void say_waiting(void) {
    cli_say("a prune is at work; the backup begins when it has ended");
}

static bool fill(struct session *s, const char *folder, struct backup_report *report,
                 struct err *e) {
    char database[PATH_MAX];
    int from_fd = -1, to_fd = -1;
    bool ok = join(folder, DATABASE_NAME, database, e) && copy_database(s, database, e) &&
              make_results(folder, &to_fd, e) && file_open_dir(s->config->results, &from_fd, e) &&
              copy_answers(database, from_fd, to_fd, report, e);
    if (from_fd >= 0)
        close(from_fd);
    if (to_fd >= 0)
        close(to_fd);
    return ok;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at) {
    (void)st;
    (void)kind;
    (void)at;
    (void)remove(path);
    return 0;
}

/* The disk may be full because of it. */
static void remove_part(const char *part) {
    (void)nftw(part, remove_one, FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS);
}

/* Under its name only when it is whole. */
static bool make(struct session *s, const char *name, struct backup_report *report, struct err *e) {
    char part[PATH_MAX];
    int n = snprintf(part, sizeof part, "%s.XXXXXX", name);
    if (n < 0 || (size_t)n >= sizeof part || !mkdtemp(part))
        return err_set_errno(e, errno, "cannot create %.300s", name);
    bool ok = fill(s, part, report, e) && file_sync_folder(part, e);
    if (ok && renameat2(AT_FDCWD, part, AT_FDCWD, name, RENAME_NOREPLACE) != 0)
        ok = err_set_errno(e, errno, "cannot rename %.300s", part);
    if (!ok)
        remove_part(part);
    return ok && file_sync_parent(name, e);
}

bool backup_write(struct session *s, const char *folder, struct backup_report *report,
                  struct err *e) {
    char name[PATH_MAX];
    int lock_fd = -1;
    *report = (struct backup_report){0};
    if (!absolute(folder, name, e))
        return false;
    if (access(name, F_OK) == 0)
        return err_set(e, ERR_FAILED, "%.300s is there already; choose another name", name);
    /* first of all: who gives up while it waits leaves nothing */
    if (!prune_lock_open(s->config->fleet, PRUNE_LOCK_BACKUP, PRUNE_WAIT_MAX_MS, say_waiting,
                         &lock_fd, e))
        return false;
    bool ok = make(s, name, report, e);
    close(lock_fd);
    return ok;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* SQLite writes what it finds in one of these into the database beside it, whosever it was. */
static bool refuse_log(const char *database, const char *ending, struct err *e) {
    char path[PATH_MAX];
    struct stat st;
    int n = snprintf(path, sizeof path, "%s%s", database, ending);
    if (n > 0 && (size_t)n < sizeof path && (lstat(path, &st) != 0 || st.st_size == 0))
        return true;
    return err_set(e, ERR_FAILED, "%.300s is there, of another database; move it away, too", path);
}

static bool refuse(const struct config *c, struct err *e) {
    if (service_is_running(c->fleet))
        return err_set(e, ERR_LATER, "a supervisor is running on %.300s; stop it first",
                       c->database);
    if (access(c->database, F_OK) == 0)
        return err_set(e, ERR_FAILED,
                       "there is a queue at %.300s already; move it away, or name another place "
                       "with `database`",
                       c->database);
    return refuse_log(c->database, "-wal", e) && refuse_log(c->database, "-journal", e);
}

/* Under its name only when it is whole: nobody opens half of it. */
static bool put_database(const char *from_folder, const char *database, struct err *e) {
    char folder[PATH_MAX], part[NAME_MAX];
    struct stat st;
    (void)snprintf(folder, sizeof folder, "%s", database);
    char *name = strrchr(folder, '/');
    ASSERT(name);
    *name++ = '\0';
    int n = snprintf(part, sizeof part, ".%s.restoring", name);
    int from_fd = -1, to_fd = -1;
    bool ok = n > 0 && (size_t)n < sizeof part && file_open_dir(from_folder, &from_fd, e) &&
              file_mkdir_shared(folder, e) && file_open_dir(folder, &to_fd, e);
    if (ok && fstatat(from_fd, DATABASE_NAME, &st, 0) != 0)
        ok = err_set_errno(e, errno, "%.300s/" DATABASE_NAME, from_folder);
    if (ok && unlinkat(to_fd, part, 0) != 0 && errno != ENOENT)
        ok = err_set_errno(e, errno, "cannot remove %.300s/%s", folder, part);
    ok = ok && file_copy((struct file_name){from_fd, DATABASE_NAME},
                         (struct file_name){to_fd, part}, st.st_size, e);
    if (ok && renameat2(to_fd, part, to_fd, name, RENAME_NOREPLACE) != 0)
        ok = err_set_errno(e, errno, "cannot rename %.300s/%s", folder, part);
    if (ok && fsync(to_fd) != 0)
        ok = err_set_errno(e, errno, "cannot sync %.300s", folder);
    if (from_fd >= 0)
        close(from_fd);
    if (to_fd >= 0)
        close(to_fd);
    return ok;
}

/* A segment file grows, and what is pruned of it becomes a hole. So the backup keeps its own, and
 * one that is there gets what the backup has of it, and keeps what it has on top: another database
 * may refer to that. */
static bool put_segment(struct file_name from, struct file_name to, int64_t bytes, struct err *e) {
    struct stat st;
    bool is_as_long = fstatat(to.dir_fd, to.path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
                      S_ISREG(st.st_mode) && st.st_size >= bytes;
    return is_as_long ? file_copy_over(from, to, bytes, e) : file_copy(from, to, bytes, e);
}

static bool hash_fd(int fd, unsigned char out[SHA256_BYTES]) {
    char data[READ_BYTES];
    struct sha256 sha;
    int64_t at = 0;
    ssize_t n;
    sha256_init(&sha);
    while ((n = file_read_at(fd, data, sizeof data, at)) > 0) {
        sha256_add(&sha, data, (size_t)n);
        at += n;
    }
    sha256_finish(&sha, out);
    return n == 0;
}

/* Is there a file with the content that its name speaks of, <kk>/<key>-<sha256>.<ext>? One of the
 * same size may have been damaged, which is what a backup is for. */
static bool is_whole(struct file_name name) {
    unsigned char digest[SHA256_BYTES];
    char hex[SHA256_HEX_BYTES];
    const char *said = strchr(name.path, '-');
    int fd = openat(name.dir_fd, name.path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    bool ok = said && fd >= 0 && hash_fd(fd, digest) &&
              strncmp(said + 1, sha256_hex(digest, hex), SHA256_HEX_BYTES - 1) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

/* What is damaged is replaced, not mended: its content may have other names. */
static bool put_answer(struct file_name from, struct file_name to, int64_t bytes, struct err *e) {
    if (is_whole(to))
        return true;
    if (unlinkat(to.dir_fd, to.path, 0) != 0 && errno != ENOENT)
        return err_set_errno(e, errno, "cannot replace %s", to.path);
    /* a link would keep the backup's group, which may not be that of the queue */
    return file_shared_mode(to.dir_fd) ? file_copy(from, to, bytes, e)
                                       : file_link_or_copy(from, to, bytes, e);
}

/* Everything in the backup's results folder belongs to its database. */
static bool put_folder(int from_fd, int to_fd, const char *folder, struct backup_report *report,
                       struct err *e) {
    int fd = openat(from_fd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir)
        return err_set_errno(e, errno, "cannot read the backup's folder %s", folder);
    bool ok = true, of_segments = strcmp(folder, SEGMENT_FOLDER) == 0;
    for (const struct dirent *entry; ok && (entry = readdir(dir));) {
        char path[FILE_COPY_PATH_MAX];
        struct stat st;
        int n = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (n < 0 || (size_t)n >= sizeof path || fstatat(from_fd, path, &st, AT_SYMLINK_NOFOLLOW) ||
            !S_ISREG(st.st_mode))
            continue;
        const struct file_name from = {from_fd, path}, to = {to_fd, path};
        ok = of_segments ? put_segment(from, to, st.st_size, e)
                         : put_answer(from, to, st.st_size, e);
        report->files++;
        report->bytes += st.st_size;
    }
    (void)closedir(dir);
    return ok;
}

static bool put_folders(int from_fd, int to_fd, struct backup_report *report, struct err *e) {
    int fd = openat(from_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir)
        return err_set_errno(e, errno, "cannot read the backup's results");
    bool ok = true;
    for (const struct dirent *entry; ok && (entry = readdir(dir));)
        ok = entry->d_name[0] == '.' || put_folder(from_fd, to_fd, entry->d_name, report, e);
    (void)closedir(dir);
    return ok && file_sync_tree(to_fd, e);
}

static bool put_answers(const struct config *c, const char *folder, struct backup_report *report,
                        struct err *e) {
    char from[PATH_MAX];
    int from_fd = -1, to_fd = -1;
    bool ok = join(folder, RESULTS_NAME, from, e) && file_open_dir(from, &from_fd, e) &&
              file_mkdir_shared(c->results, e) && file_open_dir(c->results, &to_fd, e) &&
              put_folders(from_fd, to_fd, report, e);
    if (from_fd >= 0)
        close(from_fd);
    if (to_fd >= 0)
        close(to_fd);
    return ok;
}

bool backup_restore(const struct config *c, const char *folder, struct backup_report *report,
                    struct err *e) {
    char name[PATH_MAX], database[PATH_MAX];
    *report = (struct backup_report){0};
    return absolute(folder, name, e) && refuse(c, e) && join(name, DATABASE_NAME, database, e) &&
           store_backup_check(database, e) && put_answers(c, name, report, e) &&
           put_database(name, c->database, e);
}
