/* served.c: see served.h. */
#include "fleet/served.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"

#define NAME "served"
#define NEW_NAME NAME ".new"
#define MODE 0660
#define BYTES_MAX (1024 * 1024)

static bool path_of(const char *dir, const char *name, char out[PATH_MAX]) {
    int n = snprintf(out, PATH_MAX, "%s/%s", dir, name);
    return n > 0 && n < PATH_MAX;
}

static bool name_lines(const char *const *accounts, size_t count, struct buf *out, struct err *e) {
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++)
        ok = buf_printf(out, "%s\n", accounts[i]);
    return ok || err_set(e, ERR_CONFIG, "too many accounts to be named in %d bytes", BYTES_MAX);
}

static bool write_new(const char *dir, const char *path, const struct buf *lines, struct err *e) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, MODE);
    if (fd < 0)
        return err_set_errno(e, errno, "cannot write %.300s", path);
    file_share(fd, dir);
    bool ok = file_write_all(fd, buf_str(lines), lines->bytes, e);
    close(fd);
    return ok;
}

bool served_write(const char *dir, const char *const *accounts, size_t count, struct err *e) {
    char path[PATH_MAX], fresh[PATH_MAX];
    struct buf lines;
    if (!path_of(dir, NAME, path) || !path_of(dir, NEW_NAME, fresh))
        return err_set(e, ERR_CONFIG, "%.200s: the path is too long", dir);
    buf_init(&lines, BYTES_MAX);
    bool ok = name_lines(accounts, count, &lines, e) && write_new(dir, fresh, &lines, e) &&
              (rename(fresh, path) == 0 || err_set_errno(e, errno, "cannot write %.300s", path));
    buf_release(&lines);
    if (!ok)
        (void)unlink(path); /* what it says is no longer true */
    return ok;
}

bool served_has(const char *dir, const char *account) {
    char path[PATH_MAX], *line = NULL;
    size_t room = 0;
    FILE *file = path_of(dir, NAME, path) ? fopen(path, "re") : NULL;
    bool found = !file;
    while (!found && getline(&line, &room, file) >= 0) {
        line[strcspn(line, "\n")] = '\0';
        found = strcmp(line, account) == 0;
    }
    free(line);
    if (file)
        (void)fclose(file);
    return found;
}
