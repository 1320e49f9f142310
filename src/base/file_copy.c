/* file_copy.c: see file_copy.h. */
#include "base/file_copy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ensure.h"
#include "base/file.h"

#define FOLDER_MODE 0770
#define FILE_MODE 0640
#define COPY_BYTES (64 * 1024)

static bool make_folder(int to_fd, const char *path, struct err *e) {
    char folder[FILE_COPY_PATH_MAX];
    const char *slash = strchr(path, '/');
    if (!slash)
        return true;
    PRE((size_t)(slash - path) < sizeof folder);
    memcpy(folder, path, (size_t)(slash - path));
    folder[slash - path] = '\0';
    return file_add_folder(to_fd, folder, FOLDER_MODE, e);
}

static bool copy_bytes(int from, int to, const char *path, int64_t bytes, struct err *e) {
    char data[COPY_BYTES];
    while (bytes > 0) {
        ssize_t n = read(from, data, bytes < COPY_BYTES ? (size_t)bytes : COPY_BYTES);
        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0)
            return err_set(e, ERR_CORRUPT, "%s is shorter than what is on record", path);
        if (n < 0)
            return err_set_errno(e, errno, "cannot read %s", path);
        if (!file_write_all(to, data, (size_t)n, e))
            return err_prefix(e, "%s", path);
        bytes -= n;
    }
    return fsync(to) == 0 || err_set_errno(e, errno, "cannot sync %s", path);
}

/* What has the name is replaced, never written to: its content may have other names. */
static bool copy(int from, int to_fd, const char *path, int64_t bytes, struct err *e) {
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
    if (unlinkat(to_fd, path, 0) != 0 && errno != ENOENT)
        return err_set_errno(e, errno, "cannot replace %s", path);
    int to = openat(to_fd, path, flags, FILE_MODE);
    if (to < 0)
        return err_set_errno(e, errno, "cannot write %s", path);
    file_share_at(to, to_fd); /* who tidies may be another user */
    bool ok = copy_bytes(from, to, path, bytes, e);
    close(to);
    return ok;
}

static bool is_there(struct file_name name, int64_t bytes) {
    struct stat st;
    return fstatat(name.dir_fd, name.path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
           st.st_size == bytes;
}

static bool put(struct file_name from, struct file_name to, int64_t bytes, bool may_link,
                struct err *e) {
    struct stat st;
    if (is_there(to, bytes))
        return true;
    int fd = openat(from.dir_fd, from.path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return err_set_errno(e, errno, "cannot read %s", from.path);
    bool whole = fstat(fd, &st) == 0 && st.st_size == bytes;
    bool ok = make_folder(to.dir_fd, to.path, e);
    bool linked =
        ok && may_link && whole && linkat(from.dir_fd, from.path, to.dir_fd, to.path, 0) == 0;
    ok = ok && (linked || copy(fd, to.dir_fd, to.path, bytes, e));
    close(fd);
    return ok;
}

bool file_copy(struct file_name from, struct file_name to, int64_t bytes, struct err *e) {
    return put(from, to, bytes, false, e);
}

bool file_link_or_copy(struct file_name from, struct file_name to, int64_t bytes, struct err *e) {
    return put(from, to, bytes, true, e);
}

bool file_copy_over(struct file_name from, struct file_name to, int64_t bytes, struct err *e) {
    int from_fd = openat(from.dir_fd, from.path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (from_fd < 0)
        return err_set_errno(e, errno, "cannot read %s", from.path);
    int to_fd = openat(to.dir_fd, to.path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    bool ok = to_fd >= 0 ? copy_bytes(from_fd, to_fd, to.path, bytes, e)
                         : err_set_errno(e, errno, "cannot write %s", to.path);
    if (to_fd >= 0)
        close(to_fd);
    close(from_fd);
    return ok;
}

static bool sync_folder(int in_fd, const char *name, struct err *e) {
    int fd = openat(in_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOTDIR || errno == ELOOP ||
               err_set_errno(e, errno, "cannot open folder %s", name);
    bool ok = fsync(fd) == 0 || err_set_errno(e, errno, "cannot sync folder %s", name);
    close(fd);
    return ok;
}

bool file_sync_tree(int to_fd, struct err *e) {
    int fd = openat(to_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir)
        return err_set_errno(e, errno, "cannot read the folder");
    bool ok = true;
    for (const struct dirent *entry; ok && (entry = readdir(dir));)
        if (strcmp(entry->d_name, "..") != 0)
            ok = sync_folder(to_fd, entry->d_name, e);
    (void)closedir(dir);
    return ok;
}
