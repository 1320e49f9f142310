/* side_file.c: see side_file.h. */
#include "cli/delivery/side_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/view/text.h"

#define FILE_MODE 0666
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

bool side_file_open(const char *path, bool force, int *fd, struct err *e) {
    char part[PATH_MAX], shown[TEXT_SHOWN_BYTES];
    if (*path == '\0')
        return err_set(e, ERR_USAGE, "the file's name is empty");
    if (!side_file_part(path, part, e) || !is_free(path, force, e))
        return false;
    *fd = open(part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    return *fd >= 0 || err_set_errno(e, errno, "cannot write %s", text_show(path, 120, shown));
}

bool side_file_publish(const char *path, int fd, struct err *e) {
    char part[PATH_MAX], shown[TEXT_SHOWN_BYTES];
    if (!side_file_part(path, part, e))
        return false;
    if (fsync(fd) != 0 || rename(part, path) != 0)
        return err_set_errno(e, errno, "cannot write %s", text_show(path, 120, shown));
    return file_sync_parent(path, e);
}

void side_file_drop(const char *path) {
    char part[PATH_MAX];
    struct err ignored;
    if (path && side_file_part(path, part, &ignored))
        (void)unlink(part);
}
