/*
 * file_part.c: a file being written, until it is published or dropped; see file.h.
 *
 * Nameless (O_TMPFILE) wherever possible: then a dead process leaves nothing behind.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/file.h"
#include "base/random.h"

#define FILE_PART_PREFIX ".part-"
#define FILE_PART_MODE 0440 /* content never changes; a delivered file may be a link to it */
#define FILE_PART_TRIES_MAX 16
#define FILE_FD_PATH_BYTES 32

static bool no_nameless(int errnum) {
    return errnum == EOPNOTSUPP || errnum == EISDIR || errnum == EINVAL || errnum == ENOSYS;
}

static void random_name(char out[FILE_PART_NAME_BYTES]) {
    (void)snprintf(out, FILE_PART_NAME_BYTES, FILE_PART_PREFIX "%016" PRIx64, random_u64());
}

/* A sweeper may meet the file between its creation and its lock; then it is made again. */
static bool open_named(struct file_part *part, struct err *e) {
    int errnum = EBUSY;
    for (int i = 0; i < FILE_PART_TRIES_MAX; i++) {
        random_name(part->name);
        int fd = openat(part->dir_fd, part->name,
                        O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, FILE_PART_MODE);
        if (fd < 0 && errno == EEXIST)
            continue;
        if (fd < 0) {
            errnum = errno;
            break;
        }
        struct stat st = {0};
        if (flock(fd, LOCK_EX) == 0 && fstat(fd, &st) == 0 && st.st_nlink > 0) {
            part->fd = fd;
            return true;
        }
        (void)unlinkat(part->dir_fd, part->name, 0);
        close(fd);
    }
    part->name[0] = '\0';
    return err_set_errno(e, errnum, "cannot create a temporary file");
}

bool file_part_open(struct file_part *part, int dir_fd, struct err *e) {
    *part = (struct file_part){.fd = -1, .dir_fd = -1};
    part->dir_fd = fcntl(dir_fd, F_DUPFD_CLOEXEC, 0);
    if (part->dir_fd < 0)
        return err_set_errno(e, errno, "cannot open a temporary file");
    part->fd = openat(part->dir_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, FILE_PART_MODE);
    if (part->fd >= 0)
        return true;
    if (!no_nameless(errno))
        return err_set_errno(e, errno, "cannot create a temporary file");
    return open_named(part, e);
}

bool file_part_write(struct file_part *part, const void *data, size_t bytes, struct err *e) {
    if (!file_write_all(part->fd, data, bytes, e))
        return false;
    part->bytes += (int64_t)bytes;
    return true;
}

/* Links the part's content as `name`; 0 or an errno. */
static int link_as(const struct file_part *part, int dir_fd, const char *name) {
    if (part->name[0])
        return linkat(part->dir_fd, part->name, dir_fd, name, 0) == 0 ? 0 : errno;
    char path[FILE_FD_PATH_BYTES];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", part->fd);
    if (linkat(AT_FDCWD, path, dir_fd, name, AT_SYMLINK_FOLLOW) == 0)
        return 0;
    if (errno != ENOENT)
        return errno;
    /* a sandbox without /proc; kernels before 6.10 want CAP_DAC_READ_SEARCH for this */
    return linkat(part->fd, "", dir_fd, name, AT_EMPTY_PATH) == 0 ? 0 : errno;
}

/* Puts the part in the place of what has the name; locked, for it has a part's name on the way. */
static int replace_as(const struct file_part *part, int dir_fd, const char *name) {
    char temporary[FILE_PART_NAME_BYTES];
    random_name(temporary);
    int errnum = flock(part->fd, LOCK_EX) == 0 ? link_as(part, dir_fd, temporary) : errno;
    if (errnum == 0 && renameat(dir_fd, temporary, dir_fd, name) != 0) {
        errnum = errno;
        (void)unlinkat(dir_fd, temporary, 0);
    }
    return errnum;
}

static bool same_size(const struct file_part *part, int dir_fd, const char *name) {
    struct stat ours, theirs;
    return fstat(part->fd, &ours) == 0 &&
           fstatat(dir_fd, name, &theirs, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(theirs.st_mode) &&
           ours.st_size == theirs.st_size;
}

bool file_part_publish(struct file_part *part, int dir_fd, const char *name, bool *was_there,
                       struct err *e) {
    if (fdatasync(part->fd) != 0)
        return err_set_errno(e, errno, "cannot sync %s", name);
    FAULT_POINT("result_before_link");
    int errnum = link_as(part, dir_fd, name);
    bool there = errnum == EEXIST && same_size(part, dir_fd, name);
    if (errnum == EEXIST && !there)
        errnum = replace_as(part, dir_fd, name);
    FAULT_POINT("result_after_link");
    if (errnum != 0 && !there)
        return err_set_errno(e, errnum, "cannot publish %s", name);
    /* also when it was there: whoever published it may not have come this far yet */
    if (fsync(dir_fd) != 0)
        return err_set_errno(e, errno, "cannot sync the directory of %s", name);
    *was_there = there;
    return true;
}

void file_part_discard(struct file_part *part) {
    if (part->name[0])
        (void)unlinkat(part->dir_fd, part->name, 0);
    if (part->fd >= 0)
        close(part->fd);
    if (part->dir_fd >= 0)
        close(part->dir_fd);
    *part = (struct file_part){.fd = -1, .dir_fd = -1};
}

/* True when the file was a part whose owner is dead, and is gone now. */
static bool sweep_one(int dir_fd, const char *name) {
    int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return false;
    bool swept = flock(fd, LOCK_SH | LOCK_NB) == 0 && unlinkat(dir_fd, name, 0) == 0;
    close(fd);
    return swept;
}

int file_part_sweep(int dir_fd) {
    int swept = 0;
    int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        if (fd >= 0)
            close(fd);
        return 0;
    }
    for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir))
        if (strncmp(entry->d_name, FILE_PART_PREFIX, strlen(FILE_PART_PREFIX)) == 0)
            swept += sweep_one(dir_fd, entry->d_name);
    closedir(dir);
    return swept;
}
