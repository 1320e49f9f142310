/* side_file.c: see side_file.h. */
#include "cli/delivery/side_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/view/text.h"

#define FILE_MODE 0666
#define FOLDER_MODE 0777 /* subject to the umask, too */
#define PART_ENDING ".ttsq-part"

bool side_file_part(const char *path, char out[PATH_MAX], struct err *e) {
    int n = snprintf(out, PATH_MAX, "%s" PART_ENDING, path);
    return (n > 0 && n < PATH_MAX) || err_set(e, ERR_USAGE, "the path is too long");
}

/* What takes a name takes it from a device, a pipe or a link, too: /dev/stdout would be gone. */
static bool is_free(const char *path, bool force, struct err *e) {
    char shown[TEXT_SHOWN_BYTES];
    struct stat st;
    if (lstat(path, &st) != 0)
        return true; /* or what is wrong with it is told when the part is made */
    if (!S_ISREG(st.st_mode))
        return err_set(e, ERR_FAILED, "%s is no plain file; name another one",
                       text_show(path, 120, shown));
    return force || err_set(e, ERR_FAILED, "%s is there already; --force replaces it",
                            text_show(path, 120, shown));
}

/* Nobody else is writing it, nor has given it its name meanwhile. */
static bool is_mine(int fd, const char *part) {
    struct stat opened, there;
    bool is_locked = flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    return !is_locked && fstat(fd, &opened) == 0 && lstat(part, &there) == 0 &&
           opened.st_dev == there.st_dev && opened.st_ino == there.st_ino;
}

/* What an interrupted run has left goes, and is not written to: it may be the file that had the
 * name before, which may have other names. */
static bool remove_left(const char *part, const char *shown, struct err *e) {
    int fd = open(part, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
    bool ok = fd >= 0 || errno == ENOENT || err_set_errno(e, errno, "cannot write %s", shown);
    if (fd < 0)
        return ok;
    if (!is_mine(fd, part))
        ok = err_set(e, ERR_LATER, "another program is writing %s", shown);
    else if (unlink(part) != 0)
        ok = err_set_errno(e, errno, "cannot write %s", shown);
    close(fd);
    return ok;
}

static bool make_part(const char *part, const char *shown, int *fd, struct err *e) {
    const int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC;
    *fd = open(part, flags, FILE_MODE);
    if (*fd < 0 && errno == EEXIST) {
        if (!remove_left(part, shown, e))
            return false;
        *fd = open(part, flags, FILE_MODE);
    }
    if (*fd < 0)
        return err_set_errno(e, errno, "cannot write %s", shown);
    if (is_mine(*fd, part))
        return true;
    close(*fd);
    return err_set(e, ERR_LATER, "another program is writing %s", shown);
}

/* As the folder of `get -o` is. */
static bool make_folder(const char *path, struct err *e) {
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return true;
    (void)snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
    return file_mkdir_p(folder, FOLDER_MODE, e);
}

bool side_file_open(struct side_file *f, const char *path, bool force, struct err *e) {
    char part[PATH_MAX], shown[TEXT_SHOWN_BYTES];
    if (!path)
        return true;
    if (*path == '\0')
        return err_set(e, ERR_USAGE, "the file's name is empty");
    if (!side_file_part(path, part, e) || !is_free(path, force, e) || !make_folder(path, e))
        return false;
    int fd;
    if (!make_part(part, text_show(path, 120, shown), &fd, e))
        return false;
    *f = (struct side_file){.path = path, .fd = fd, .is_open = true, .force = force};
    return true;
}

/* ---- all of them or none --------------------------------------------------------------------- */

/* Swapped with what has the name, so that it can be taken back. */
static bool take_name(struct side_file *f, const char *part) {
    struct stat st;
    bool swap = f->force && lstat(f->path, &st) == 0;
    unsigned flags = swap ? RENAME_EXCHANGE : RENAME_NOREPLACE;
    if (renameat2(AT_FDCWD, part, AT_FDCWD, f->path, flags) == 0)
        f->has_old = swap;
    else if (errno != EINVAL || rename(part, f->path) != 0) /* the file system knows no flags */
        return false;
    return f->is_named = true;
}

static bool name_file(struct side_file *f, struct err *e) {
    char part[PATH_MAX], shown[TEXT_SHOWN_BYTES];
    if (!side_file_part(f->path, part, e))
        return false;
    if (!take_name(f, part))
        return err_set_errno(e, errno, "cannot write %s", text_show(f->path, 120, shown));
    return file_sync_parent(f->path, e);
}

/* Where even that fails, what had the name stays as the part: nobody has another one. */
static void take_back(struct side_file *f) {
    char part[PATH_MAX];
    struct err ignored;
    unsigned flags = f->has_old ? RENAME_EXCHANGE : 0;
    if (f->is_named && side_file_part(f->path, part, &ignored))
        f->is_named = renameat2(AT_FDCWD, f->path, AT_FDCWD, part, flags) != 0;
    f->has_old = false;
}

static bool sync_file(const struct side_file *f, struct err *e) {
    char shown[TEXT_SHOWN_BYTES];
    return fsync(f->fd) == 0 ||
           err_set_errno(e, errno, "cannot write %s", text_show(f->path, 120, shown));
}

bool side_files_publish(struct side_file *const *files, size_t count, struct err *e) {
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++)
        ok = !files[i]->is_open || sync_file(files[i], e);
    for (size_t i = 0; ok && i < count; i++)
        ok = !files[i]->is_open || name_file(files[i], e);
    for (size_t i = 0; !ok && i < count; i++)
        take_back(files[i]);
    return ok;
}

void side_file_close(struct side_file *f) {
    char part[PATH_MAX];
    struct err ignored;
    if (!f->is_open)
        return;
    if ((!f->is_named || f->has_old) && side_file_part(f->path, part, &ignored))
        (void)unlink(part);
    close(f->fd); /* now it is nobody's */
    f->is_open = false;
}

bool side_file_explain(struct err *e) {
    char why[ERR_MSG_MAX];
    if (e->code != ERR_SPACE)
        return false;
    memcpy(why, e->msg, sizeof why);
    return err_set(e, ERR_SPACE,
                   "%.400s; nothing was written: make room there, or name a file elsewhere", why);
}
