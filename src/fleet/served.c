/* served.c: see served.h. */
#include "fleet/served.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"

#define NAME "served"
#define FAILURE_NAME "start_failed"
#define NEW_SUFFIX ".new"
#define MODE 0660
#define BYTES_MAX (1024 * 1024)

static bool path_of(const char *dir, const char *name, char out[PATH_MAX]) {
    int n = snprintf(out, PATH_MAX, "%s/%s", dir, name);
    return n > 0 && n < PATH_MAX;
}

static const char *const kinds[] = {[SERVED_ACCOUNT] = "account ",
                                    [SERVED_PROFILE] = "profile ",
                                    [SERVED_KEYLESS] = "keyless ",
                                    [SERVED_SPACE_MIN] = "space_min "};
static const char lasting[] = "lasts ", passing[] = "passes ";

static bool add_lines(const struct served *list, size_t count, struct buf *out, struct err *e) {
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++)
        ok = buf_printf(out, "%s%s\n", kinds[list[i].kind], list[i].value);
    return ok || err_set(e, ERR_CONFIG, "too many names for %d bytes", BYTES_MAX);
}

/* A group may share the folder: what somebody left at this name is neither followed nor opened. */
static bool write_new(const char *dir, const char *path, const struct buf *lines, struct err *e) {
    (void)unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, MODE);
    if (fd < 0)
        return err_set_errno(e, errno, "cannot write %.300s", path);
    file_share(fd, dir);
    bool ok = file_write_all(fd, buf_str(lines), lines->bytes, e);
    close(fd);
    return ok;
}

static void forget(const char *dir, const char *name) {
    char path[PATH_MAX];
    if (path_of(dir, name, path))
        (void)unlink(path);
}

/* After a failure there is no such file: what it says is no longer true. */
static bool replace(const char *dir, const char *name, const struct buf *lines, struct err *e) {
    char path[PATH_MAX], fresh[PATH_MAX], new_name[sizeof FAILURE_NAME NEW_SUFFIX];
    (void)snprintf(new_name, sizeof new_name, "%s" NEW_SUFFIX, name);
    if (!path_of(dir, name, path) || !path_of(dir, new_name, fresh))
        return err_set(e, ERR_CONFIG, "%.200s: the path is too long", dir);
    bool ok = write_new(dir, fresh, lines, e) &&
              (rename(fresh, path) == 0 || err_set_errno(e, errno, "cannot write %.300s", path));
    if (!ok)
        (void)unlink(path);
    return ok;
}

bool served_write(const char *dir, const struct served *list, size_t count, struct err *e) {
    struct buf lines;
    buf_init(&lines, BYTES_MAX);
    forget(dir, FAILURE_NAME);
    bool ok = add_lines(list, count, &lines, e);
    if (!ok)
        forget(dir, NAME);
    ok = ok && replace(dir, NAME, &lines, e);
    buf_release(&lines);
    return ok;
}

void served_tell_failure(const char *dir, const struct err *why, bool lasts) {
    struct buf line;
    struct err ignored;
    int bytes = (int)strcspn(why->msg, "\n");
    buf_init(&line, BYTES_MAX);
    if (!buf_printf(&line, "%s%.*s\n", lasts ? lasting : passing, bytes, why->msg) ||
        !replace(dir, FAILURE_NAME, &line, &ignored))
        forget(dir, FAILURE_NAME);
    buf_release(&line);
}

void served_forget(const char *dir) {
    forget(dir, NAME);
    forget(dir, FAILURE_NAME);
}

/* The value of the first line of that kind, or with that value; NULL = none.
 * The caller frees it. */
static char *find_line(FILE *file, enum served_kind kind, const char *value) {
    char *line = NULL;
    size_t room = 0, bytes = strlen(kinds[kind]);
    while (getline(&line, &room, file) >= 0) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, kinds[kind], bytes) == 0 && (!value || strcmp(line + bytes, value) == 0))
            return memmove(line, line + bytes, strlen(line + bytes) + 1);
    }
    free(line);
    return NULL;
}

/* NULL where no file of ours tells: there is none, or something else stands in its place. */
static FILE *open_list(const char *dir, const char *name) {
    char path[PATH_MAX];
    struct stat st;
    int fd =
        path_of(dir, name, path) ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) : -1;
    if (fd < 0)
        return NULL;
    bool is_ours = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= BYTES_MAX;
    FILE *file = is_ours ? fdopen(fd, "r") : NULL;
    if (!file)
        close(fd);
    return file;
}

/* *is_there: is there a file? */
static char *find(const char *dir, enum served_kind kind, const char *value, bool *is_there) {
    FILE *file = open_list(dir, NAME);
    *is_there = file != NULL;
    if (!file)
        return NULL;
    char *found = find_line(file, kind, value);
    (void)fclose(file);
    return found;
}

bool served_failure(const char *dir, struct served_failure *out) {
    char line[sizeof passing + sizeof out->why];
    FILE *file = open_list(dir, FAILURE_NAME);
    if (!file)
        return false;
    bool told = fgets(line, sizeof line, file) != NULL;
    (void)fclose(file);
    if (!told)
        return false;
    line[strcspn(line, "\n")] = '\0';
    out->lasts = strncmp(line, lasting, sizeof lasting - 1) == 0;
    const char *why = line + (out->lasts ? sizeof lasting : sizeof passing) - 1;
    if (!out->lasts && strncmp(line, passing, sizeof passing - 1) != 0)
        return false;
    (void)snprintf(out->why, sizeof out->why, "%.*s", (int)sizeof out->why - 1, why);
    return true;
}

bool served_has(const char *dir, enum served_kind kind, const char *value) {
    bool is_there;
    char *found = find(dir, kind, value, &is_there);
    bool has = found || !is_there;
    free(found);
    return has;
}

bool served_has_key(const char *dir, const char *profile) {
    bool is_there;
    char *served = find(dir, SERVED_PROFILE, profile, &is_there);
    char *keyless = find(dir, SERVED_KEYLESS, profile, &is_there);
    bool has = served && !keyless;
    free(served);
    free(keyless);
    return has;
}

bool served_is_anothers(const char *dir) {
    char path[PATH_MAX];
    struct stat st;
    return path_of(dir, NAME, path) && stat(path, &st) == 0 && st.st_uid != geteuid();
}

int64_t served_space_min(const char *dir, int64_t otherwise) {
    bool is_there;
    char *found = find(dir, SERVED_SPACE_MIN, NULL, &is_there);
    int64_t bytes = found ? strtoll(found, NULL, 10) : otherwise;
    free(found);
    return bytes;
}
