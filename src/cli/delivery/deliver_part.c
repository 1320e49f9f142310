/* deliver_part.c: see deliver_part.h. */
#include "cli/delivery/deliver_part.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ensure.h"

static void path_of(size_t number, char out[DELIVER_PART_NAME_BYTES]) {
    (void)snprintf(out, DELIVER_PART_NAME_BYTES, ".ttsq-part-%zu", number);
}

bool deliver_part_place(const struct deliver_parts *p, char out[DELIVER_PART_NAME_BYTES]) {
    path_of(p->count, out);
    return unlinkat(p->dir_fd, out, 0) == 0 || errno == ENOENT;
}

bool deliver_part_open(const struct deliver_parts *p, int *fd, struct err *e) {
    char path[DELIVER_PART_NAME_BYTES];
    const int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC;
    *fd = deliver_part_place(p, path) ? openat(p->dir_fd, path, flags, DELIVER_FILE_MODE) : -1;
    return *fd >= 0 || err_set_errno(e, errno, "cannot write in %.200s", p->folder);
}

bool deliver_part_add(struct deliver_parts *p, int *fd, const char *name, struct err *e) {
    PRE(p->count < p->most && p->most <= DELIVER_PARTS_MAX);
    p->part[p->count].fd = *fd;
    (void)snprintf(p->part[p->count++].name, DELIVER_NAME_BYTES, "%s", name);
    *fd = -1;
    return p->count < p->most || deliver_part_name_all(p, e);
}

static bool cannot_write(const struct deliver_parts *p, size_t i, struct err *e) {
    return err_set_errno(e, errno, "cannot write %.200s/%.100s", p->folder, p->part[i].name);
}

/* Not from what has got it since it was looked at: another job's sound, where the file system takes
 * "Intro" and "intro" for one. */
static bool take_name(const struct deliver_parts *p, size_t i, struct err *e) {
    char path[DELIVER_PART_NAME_BYTES];
    struct stat st;
    if (!p->force && fstatat(p->dir_fd, p->part[i].name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        return err_set(e, ERR_FAILED,
                       "%.200s/%.100s is there meanwhile; a {seq} in the template "
                       "tells jobs apart",
                       p->folder, p->part[i].name);
    path_of(i, path);
    return renameat(p->dir_fd, path, p->dir_fd, p->part[i].name) == 0 || cannot_write(p, i, e);
}

bool deliver_part_name_all(struct deliver_parts *p, struct err *e) {
    bool ok = true;
    for (size_t i = 0; ok && i < p->count; i++)
        ok = fsync(p->part[i].fd) == 0 || cannot_write(p, i, e);
    for (size_t i = 0; ok && i < p->count; i++)
        ok = take_name(p, i, e);
    for (size_t i = 0; i < p->count; i++)
        close(p->part[i].fd);
    p->count = 0;
    return ok;
}

void deliver_part_sweep(const struct deliver_parts *p) {
    char path[DELIVER_PART_NAME_BYTES];
    for (size_t i = 0; i < DELIVER_PARTS_MAX; i++) {
        path_of(i, path);
        (void)unlinkat(p->dir_fd, path, 0);
    }
}
