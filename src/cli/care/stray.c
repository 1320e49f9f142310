/* stray.c: see stray.h. */
#include "cli/care/stray.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ensure.h"
#include "base/file.h"
#include "base/segment.h"

#define QUARANTINE "quarantine"
#define PATH_BYTES 512 /* below the results folder */
#define LIST_ROOM 256
#define FOLDER_MODE 0770

static void add(struct stray_list *l, const char *path) {
    if (l->count == l->room) {
        l->room = l->room ? 2 * l->room : LIST_ROOM;
        l->path = ensure_realloc(l->path, l->room * sizeof *l->path);
    }
    l->path[l->count++] = ensure_strdup(path);
}

static void release(struct stray_list *l) {
    for (size_t i = 0; i < l->count; i++)
        free(l->path[i]);
    free(l->path);
    *l = (struct stray_list){0};
}

static bool holds(const struct stray_list *sorted, const char *path) {
    size_t low = 0, high = sorted->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(sorted->path[middle], path);
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

struct looking {
    struct stray *found;
    struct stray_list known; /* paths on record, in order, each once */
    int results_fd;
    int64_t file_bytes; /* of the newest path; -1 = not there */
    bool told;          /* as missing */
};

/* ---- answers without bytes ------------------------------------------------------------------- */

static int64_t size_of(int folder_fd, const char *path) {
    struct stat st;
    return fstatat(folder_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode)
               ? st.st_size
               : -1;
}

static void on_result(const struct store_audit_result *row, void *arg) {
    struct looking *l = arg;
    bool same = l->known.count > 0 && strcmp(l->known.path[l->known.count - 1], row->path) == 0;
    if (!same) {
        add(&l->known, row->path);
        l->file_bytes = l->results_fd >= 0 ? size_of(l->results_fd, row->path) : -1;
        l->told = false;
    }
    bool is_there = l->file_bytes >= row->offset + row->bytes;
    l->found->results += !row->is_nobodys;
    if (row->is_nobodys && is_there) {
        l->found->spare++;
        l->found->spare_bytes += row->bytes;
    }
    if (!row->is_nobodys && !is_there && !l->told) {
        add(&l->found->missing, row->path);
        l->told = true;
    }
}

/* ---- files without an answer ----------------------------------------------------------------- */

/* It looks old when the clock was set, and its next answer goes by its name. */
static bool is_being_written(int results_fd, const char *path) {
    int fd = openat(results_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    bool yes = fd >= 0 && segment_is_being_written(fd);
    if (fd >= 0)
        close(fd);
    return yes;
}

static void look_at(struct looking *l, const char *path, time_t now) {
    struct stat st;
    if (fstatat(l->results_fd, path, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
        return; /* gone meanwhile, or none of ours */
    if (now - st.st_mtime < STRAY_YOUNG_S || holds(&l->known, path) ||
        is_being_written(l->results_fd, path))
        return;
    add(&l->found->unowned, path);
    l->found->unowned_bytes += st.st_size;
}

static bool look_into(struct looking *l, const char *folder, time_t now, struct err *e) {
    int fd = openat(l->results_fd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        int errnum = errno;
        if (fd >= 0)
            close(fd);
        return errnum == ENOTDIR || errnum == ELOOP || errnum == ENOENT ||
               err_set_errno(e, errnum, "results folder %s", folder);
    }
    for (const struct dirent *entry; (entry = readdir(dir));) {
        char path[PATH_BYTES];
        int n = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.' && n > 0 && (size_t)n < sizeof path)
            look_at(l, path, now);
    }
    (void)closedir(dir);
    return true;
}

/* Answers lie in folders of the results folder; what lies beside these is not ours. */
static bool look_around(struct looking *l, struct err *e) {
    int fd = openat(l->results_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir)
        return err_set_errno(e, errno, "results folder");
    bool ok = true;
    time_t now = time(NULL);
    for (const struct dirent *entry; ok && (entry = readdir(dir));)
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, QUARANTINE) != 0)
            ok = look_into(l, entry->d_name, now, e);
    (void)closedir(dir);
    return ok;
}

bool stray_find(struct session *s, struct stray *out, struct err *e) {
    struct looking l = {.found = out, .results_fd = -1};
    struct err absent;
    *out = (struct stray){0};
    if (!file_open_dir(s->config->results, &l.results_fd, &absent))
        l.results_fd = -1; /* then every file on record is missing, and there is none beside them */
    bool ok =
        store_audit_results(s->store, on_result, &l, e) && (l.results_fd < 0 || look_around(&l, e));
    if (l.results_fd >= 0)
        close(l.results_fd);
    release(&l.known);
    if (!ok)
        stray_release(out);
    return ok;
}

void stray_release(struct stray *s) {
    release(&s->missing);
    release(&s->unowned);
}

/* ---- quarantine ------------------------------------------------------------------------------ */

static bool move(int results_fd, const char *path, struct err *e) {
    char to[PATH_BYTES];
    const char *name = strchr(path, '/');
    ASSERT(name);
    int n = snprintf(to, sizeof to, QUARANTINE "%s", name);
    ASSERT(n > 0 && (size_t)n < sizeof to);
    return renameat2(results_fd, path, results_fd, to, RENAME_NOREPLACE) == 0 ||
           err_set_errno(e, errno, "cannot move %s to %s", path, to);
}

bool stray_quarantine(struct session *s, const struct stray *found, int64_t *moved, struct err *e) {
    int fd = -1;
    *moved = 0;
    if (found->unowned.count == 0)
        return true;
    if (!file_open_dir(s->config->results, &fd, e))
        return false;
    bool ok = mkdirat(fd, QUARANTINE, FOLDER_MODE) == 0 || errno == EEXIST ||
              err_set_errno(e, errno, "cannot create the folder " QUARANTINE);
    for (size_t i = 0; ok && i < found->unowned.count; i++) {
        ok = move(fd, found->unowned.path[i], e);
        *moved += ok;
    }
    close(fd);
    return ok;
}
