/* secret.c: see secret.h. */
#include "provider/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ensure.h"

#define SECRET_MODE_FORBIDDEN 0177 /* anything for others, or execution */

enum found { FOUND, FOUND_NOTHING, FOUND_UNUSABLE };

/* Takes the value over from `text`, which is wiped by the caller. One newline at the end is a
 * file's habit and not part of the secret. */
static bool take_value(const char *text, size_t bytes, struct profile_secret *out, char *problem,
                       size_t problem_bytes) {
    if (bytes > 0 && text[bytes - 1] == '\n')
        bytes--;
    if (bytes == 0) {
        (void)snprintf(problem, problem_bytes, "is empty");
        return false;
    }
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] >= ' ' && text[i] <= '~')
            continue;
        (void)snprintf(problem, problem_bytes, "has a byte that is not printable ASCII");
        return false;
    }
    out->value = ensure_alloc(bytes + 1);
    memcpy(out->value, text, bytes);
    out->value[bytes] = '\0';
    return true;
}

static bool check_file(int fd, bool private_only, char *problem, size_t problem_bytes) {
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        (void)snprintf(problem, problem_bytes, "is not a regular file");
        return false;
    }
    if (private_only && st.st_uid != geteuid()) {
        (void)snprintf(problem, problem_bytes, "belongs to another user");
        return false;
    }
    if (private_only && (st.st_mode & SECRET_MODE_FORBIDDEN)) {
        (void)snprintf(problem, problem_bytes, "has mode %04o; chmod 600 it",
                       (unsigned)st.st_mode & 07777u);
        return false;
    }
    return true;
}

static bool read_value(int fd, struct profile_secret *out, char *problem, size_t problem_bytes) {
    char text[SECRET_BYTES_MAX + 2];
    size_t bytes = 0;
    ssize_t n = 0;
    while (bytes < sizeof text && (n = read(fd, text + bytes, sizeof text - bytes)) > 0)
        bytes += (size_t)n;
    bool ok = false;
    if (n < 0)
        (void)snprintf(problem, problem_bytes, "cannot be read: %s", strerror(errno));
    else if (bytes == sizeof text)
        (void)snprintf(problem, problem_bytes, "is longer than %d bytes", SECRET_BYTES_MAX);
    else
        ok = take_value(text, bytes, out, problem, problem_bytes);
    explicit_bzero(text, sizeof text);
    return ok;
}

static enum found from_file(const char *path, bool private_only, struct profile_secret *out) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return FOUND_NOTHING;
    char problem[160];
    bool ok = false;
    if (fd < 0)
        (void)snprintf(problem, sizeof problem, "cannot be opened: %s", strerror(errno));
    else
        ok = check_file(fd, private_only, problem, sizeof problem) &&
             read_value(fd, out, problem, sizeof problem);
    if (fd >= 0)
        (void)close(fd);
    if (ok)
        return FOUND;
    char why[PATH_MAX + sizeof problem];
    (void)snprintf(why, sizeof why, "file %s %s", path, problem);
    out->problem = ensure_strdup(why);
    return FOUND_UNUSABLE;
}

static enum found from_credentials(const char *folder, const char *name,
                                   struct profile_secret *out) {
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (n < 0 || (size_t)n >= sizeof path)
        return FOUND_NOTHING;
    return from_file(path, false, out);
}

static enum found from_environment(const char *value, struct profile_secret *out) {
    char problem[160];
    if (take_value(value, strlen(value), out, problem, sizeof problem))
        return FOUND;
    char why[2 * sizeof problem];
    (void)snprintf(why, sizeof why, "environment variable %s", problem);
    out->problem = ensure_strdup(why);
    return FOUND_UNUSABLE;
}

static void set_absent(const struct secret_places *places, struct profile_secret *out) {
    char why[PATH_MAX + 256];
    (void)snprintf(why, sizeof why,
                   "not found: $CREDENTIALS_DIRECTORY %s, %s%s, and the environment has no "
                   "variable of that name",
                   places->credentials ? "has no file of that name" : "is not set",
                   places->file ? "there is no file " : "[secrets] does not name it",
                   places->file ? places->file : "");
    out->problem = ensure_strdup(why);
    out->absent = true;
}

void secret_find(const char *name, const struct secret_places *places, struct profile_secret *out) {
    *out = (struct profile_secret){.name = ensure_strdup(name)};
    enum found found = FOUND_NOTHING;
    if (places->credentials)
        found = from_credentials(places->credentials, name, out);
    if (found == FOUND_NOTHING && places->file)
        found = from_file(places->file, true, out);
    if (found == FOUND_NOTHING && places->environment && *places->environment)
        found = from_environment(places->environment, out);
    if (found == FOUND_NOTHING)
        set_absent(places, out);
}
