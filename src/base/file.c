/* file.c: see file.h. Whole files, directories, locks; the parts are in file_part.c. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#define LOCK_TRIES_MAX 5
#define LOCK_PAUSE_MS 2
#define FILE_LOCK_TEXT_BYTES 24

static bool is_dir(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static void parent_of(const char *path, char parent[PATH_MAX]) {
    const char *slash = strrchr(path, '/');
    if (!slash)
        memcpy(parent, ".", 2);
    else
        (void)snprintf(parent, PATH_MAX, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

bool file_sync_folder(const char *path, struct err *e) {
    int fd;
    if (!file_open_dir(path, &fd, e))
        return false;
    bool ok = fsync(fd) == 0 || err_set_errno(e, errno, "cannot sync %s", path);
    close(fd);
    return ok;
}

bool file_sync_parent(const char *path, struct err *e) {
    char parent[PATH_MAX];
    parent_of(path, parent);
    return file_sync_folder(parent, e);
}

static bool make_one(const char *path, mode_t mode, struct err *e) {
    if (mkdir(path, mode) == 0)
        return file_sync_parent(path, e);
    int errnum = errno;
    /* automounters and read-only parents answer other than EEXIST for what is there */
    return is_dir(path) ||
           err_set_errno(e, errnum == EEXIST ? ENOTDIR : errnum, "cannot make directory %s", path);
}

mode_t file_shared_mode(int dir_fd) {
    struct stat st;
    return fstat(dir_fd, &st) == 0 && (st.st_mode & S_ISGID) ? st.st_mode & 02770 : 0;
}

static void share_new_folder(int dir_fd, const char *name) {
    struct stat st;
    mode_t mode = file_shared_mode(dir_fd) | 0700;
    if (mode == 0700)
        return;
    /* what is so already is left alone: see file_mkdir_shared */
    if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && (st.st_mode & 07777) != mode &&
        fchmodat(dir_fd, name, mode, 0) != 0)
        return; /* it stays as it was made, as with file_share */
}

bool file_add_folder(int dir_fd, const char *name, mode_t mode, struct err *e) {
    bool is_new = mkdirat(dir_fd, name, mode) == 0;
    if (!is_new && errno != EEXIST)
        return err_set_errno(e, errno, "cannot make the folder %s", name);
    if (is_new)
        share_new_folder(dir_fd, name);
    return true;
}

bool file_mkdir_at(int dir_fd, const char *name, mode_t mode, struct err *e) {
    if (!file_add_folder(dir_fd, name, mode, e))
        return false;
    return fsync(dir_fd) == 0 || err_set_errno(e, errno, "cannot sync the folder above %s", name);
}

bool file_mkdir_p(const char *path, mode_t mode, struct err *e) {
    char so_far[PATH_MAX];
    size_t bytes = strlen(path);
    if (bytes == 0 || bytes >= sizeof so_far)
        return err_set(e, ERR_INPUT, "directory name is empty or too long");
    memcpy(so_far, path, bytes + 1);
    while (bytes > 1 && so_far[bytes - 1] == '/')
        so_far[--bytes] = '\0';
    for (size_t i = 1; i < bytes; i++) {
        if (so_far[i] != '/' || so_far[i - 1] == '/')
            continue;
        so_far[i] = '\0';
        if (!make_one(so_far, mode, e))
            return false;
        so_far[i] = '/';
    }
    return make_one(so_far, mode, e);
}

/* The group's share in what is made in this folder, as a mode; 0 = the folder is not shared. */
static mode_t shared_mode(const char *folder) {
    struct stat st;
    return stat(folder, &st) == 0 && (st.st_mode & S_ISGID) ? st.st_mode & 02770 : 0;
}

static bool has_mode(const char *path, mode_t mode) {
    struct stat st;
    return stat(path, &st) == 0 && (st.st_mode & 07777) == mode;
}

bool file_mkdir_shared(const char *path, struct err *e) {
    char parent[PATH_MAX];
    bool is_new = !is_dir(path);
    parent_of(path, parent);
    if (!file_mkdir_p(path, 0770, e))
        return false;
    mode_t mode = is_new ? shared_mode(parent) : 0;
    /* Linux hands the set-group-ID bit down by itself, and a service whose system calls are
     * restricted may not set it (RestrictSUIDSGID) */
    return mode == 0 || has_mode(path, mode | 0700) || chmod(path, mode | 0700) == 0 ||
           err_set_errno(e, errno, "cannot share %s with its group", path);
}

static void share(int fd, mode_t folder_mode) {
    mode_t mode = folder_mode & 0660;
    if (mode)
        (void)fchmod(fd, mode | 0600);
}

void file_share(int fd, const char *folder) {
    share(fd, shared_mode(folder));
}

void file_share_at(int fd, int dir_fd) {
    share(fd, file_shared_mode(dir_fd));
}

bool file_open_dir(const char *path, int *dir_fd, struct err *e) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return err_set_errno(e, errno, "cannot open directory %s", path);
    *dir_fd = fd;
    return true;
}

bool file_write_all(int fd, const void *data, size_t bytes, struct err *e) {
    const char *from = data;
    while (bytes) {
        ssize_t n = write(fd, from, bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_set_errno(e, errno, "cannot write");
        from += n;
        bytes -= (size_t)n;
    }
    return true;
}

ssize_t file_read_at(int fd, void *out, size_t bytes, int64_t at) {
    char *to = out;
    size_t done = 0;
    while (done < bytes) {
        ssize_t n = pread(fd, to + done, bytes - done, at + (int64_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

static bool stop_direct(int fd) {
    int flags = fcntl(fd, F_GETFL);
    return flags > 0 && (flags & O_DIRECT) && fcntl(fd, F_SETFL, flags & ~O_DIRECT) == 0;
}

bool file_write_at(int fd, const void *data, size_t bytes, int64_t at, const char *name,
                   struct err *e) {
    const char *from = data;
    while (bytes) {
        ssize_t n = pwrite(fd, from, bytes, at);
        if (n < 0 && (errno == EINTR || (errno == EINVAL && stop_direct(fd))))
            continue;
        if (n < 0)
            return err_set_errno(e, errno, "cannot write %s", name);
        from += n;
        at += n;
        bytes -= (size_t)n;
    }
    return true;
}

/* The file's text is for people only; the lock is what counts. */
static void write_owner(int fd) {
    char text[FILE_LOCK_TEXT_BYTES];
    int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)n, 0) != n)
        (void)!ftruncate(fd, 0);
}

static bool held_error(int fd, const char *path, struct err *e) {
    char text[FILE_LOCK_TEXT_BYTES] = "";
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    size_t digits = n > 0 ? strspn(text, "0123456789") : 0;
    if (digits == 0)
        return err_set(e, ERR_LATER, "%s is locked by another process", path);
    return err_set(e, ERR_LATER, "%s is locked by process %.*s", path, (int)digits, text);
}

/* Whoever only looks whether the lock is held has it for microseconds:
 * a few tries get past that. */
static int try_lock(int fd) {
    for (int tries = 0;; tries++) {
        int rc = flock(fd, LOCK_EX | LOCK_NB);
        bool again =
            rc != 0 && (errno == EINTR || (errno == EWOULDBLOCK && tries < LOCK_TRIES_MAX));
        if (!again)
            return rc;
        (void)poll(NULL, 0, LOCK_PAUSE_MS);
        errno = EWOULDBLOCK;
    }
}

bool file_lock_open(const char *path, int *fd, struct err *e) {
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0660);
    if (file < 0)
        return err_set_errno(e, errno, "cannot open %s", path);
    int rc = try_lock(file);
    if (rc != 0) {
        if (errno == EWOULDBLOCK)
            (void)held_error(file, path, e);
        else
            (void)err_set_errno(e, errno, "cannot lock %s", path);
        close(file);
        return false;
    }
    write_owner(file);
    *fd = file;
    return true;
}

struct fs_kind {
    uint32_t magic;
    const char *name;
};

/* from statfs(2), linux/magic.h and the file systems' own sources */
static const struct fs_kind network_kinds[] = {
    {NFS_SUPER_MAGIC, "NFS"},     {SMB_SUPER_MAGIC, "SMB"},   {0xff534d42U, "CIFS"},
    {0xfe534d42U, "SMB2"},        {CEPH_SUPER_MAGIC, "Ceph"}, {AFS_SUPER_MAGIC, "AFS"},
    {AFS_FS_MAGIC, "AFS"},        {CODA_SUPER_MAGIC, "Coda"}, {NCP_SUPER_MAGIC, "NCP"},
    {V9FS_MAGIC, "9p"},           {0x0bd00bd0U, "Lustre"},    {0x47504653U, "GPFS"},
    {OCFS2_SUPER_MAGIC, "OCFS2"}, {0x01161970U, "GFS2"},
};

bool file_is_network_fs(const char *path, bool *network, const char **fs_name, struct err *e) {
    struct statfs st;
    if (statfs(path, &st) != 0)
        return err_set_errno(e, errno, "cannot tell the file system of %s", path);
    *network = false;
    *fs_name = "local";
    for (size_t i = 0; i < sizeof network_kinds / sizeof network_kinds[0]; i++)
        if ((uint32_t)st.f_type == network_kinds[i].magic) {
            *network = true;
            *fs_name = network_kinds[i].name;
        }
    return true;
}

bool file_open_scratch(int *fd, struct err *e) {
    const char *folder = getenv("TMPDIR");
    if (!folder || !*folder)
        folder = "/tmp";
    char name[PATH_MAX];
    int n = snprintf(name, sizeof name, "%s/ttsq-XXXXXX", folder);
    int file = n > 0 && (size_t)n < sizeof name ? mkostemp(name, O_CLOEXEC) : -1;
    if (file < 0)
        return err_set_errno(e, errno, "cannot make a temporary file in %.200s", folder);
    (void)unlink(name);
    *fd = file;
    return true;
}
