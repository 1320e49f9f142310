/* space.c: see space.h. */
#include "base/space.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define RESERVE_MODE 0660
#define MIB (1024.0 * 1024.0)

/* ---- the reserve ----------------------------------------------------------------------------- */

/* False when the path is too long for one: then there is none. */
static bool reserve_path(const char *folder, char out[PATH_MAX]) {
    int n = snprintf(out, PATH_MAX, "%s/" SPACE_RESERVE_NAME, folder);
    return n > 0 && n < PATH_MAX;
}

static int64_t reserve_bytes(const char *folder) {
    char path[PATH_MAX];
    struct stat st;
    bool is_there = reserve_path(folder, path) && lstat(path, &st) == 0 && S_ISREG(st.st_mode);
    return is_there ? (int64_t)st.st_size : 0;
}

static int64_t reserve_wanted(const struct space *s) {
    return s->min_bytes / SPACE_RESERVE_PART;
}

/* One that is too small may be of another user, who alone could make it larger. */
static bool make_reserve(const char *folder, int64_t bytes, struct err *e) {
    char path[PATH_MAX];
    if (!reserve_path(folder, path))
        return err_set(e, ERR_INPUT, "the path of %s is too long", folder);
    (void)unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, RESERVE_MODE);
    if (fd < 0)
        return err_set_errno(e, errno, "cannot create %s", path);
    int rc;
    do
        rc = posix_fallocate(fd, 0, bytes);
    while (rc == EINTR);
    close(fd);
    if (rc == 0)
        return true;
    (void)unlink(path);
    return err_set_errno(e, rc, "no room for %s", path);
}

bool space_make_reserve(const struct space *s, struct err *e) {
    int64_t wanted = reserve_wanted(s);
    bool ok = true;
    for (size_t i = 0; i < s->path_count; i++)
        if (reserve_bytes(s->paths[i]) < wanted && space_free_bytes(s->paths[i]) >= s->min_bytes &&
            !make_reserve(s->paths[i], wanted, e))
            ok = false;
    return ok;
}

bool space_has_reserve(const struct space *s) {
    for (size_t i = 0; i < s->path_count; i++)
        if (reserve_bytes(s->paths[i]) < reserve_wanted(s))
            return false;
    return true;
}

void space_give_up_reserve(const struct space *s) {
    char path[PATH_MAX];
    for (size_t i = 0; i < s->path_count; i++)
        if (reserve_path(s->paths[i], path))
            (void)unlink(path);
}

/* ---- the floor ------------------------------------------------------------------------------- */

int64_t space_free_bytes(const char *path) {
    struct statvfs fs;
    if (statvfs(path, &fs) != 0 || fs.f_frsize == 0)
        return INT64_MAX;
    int64_t held = reserve_bytes(path);
    uint64_t most = (uint64_t)(INT64_MAX - held) / fs.f_frsize;
    return fs.f_bavail > most ? INT64_MAX : (int64_t)(fs.f_bavail * fs.f_frsize) + held;
}

static bool find_low(struct space *s) {
    for (size_t i = 0; s->min_bytes > 0 && i < s->path_count; i++) {
        int64_t bytes = space_free_bytes(s->paths[i]);
        bool spent = s->needs_reserve && reserve_bytes(s->paths[i]) < reserve_wanted(s);
        if (bytes >= s->min_bytes && !spent)
            continue;
        s->low_path = s->paths[i];
        s->low_bytes = bytes;
        return true;
    }
    return false;
}

bool space_look(struct space *s, int64_t now_boot_ms) {
    if (s->low && now_boot_ms - s->low_boot_ms < SPACE_HOLD_MS)
        return false;
    bool was_low = s->low;
    s->low = find_low(s);
    if (s->low)
        s->low_boot_ms = now_boot_ms;
    return s->low != was_low;
}

const char *space_why(const struct space *s, char out[SPACE_WHY_BYTES]) {
    if (s->low_bytes < s->min_bytes)
        (void)snprintf(out, SPACE_WHY_BYTES, "less than space_min is left, %.1f MiB at %s",
                       (double)s->low_bytes / MIB, s->low_path);
    else
        (void)snprintf(out, SPACE_WHY_BYTES, "the reserve is not there, though there is room: %s",
                       s->low_path);
    return out;
}
