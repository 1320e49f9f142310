/* source.c: see source.h. */
#include "cli/intake/source.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ensure.h"
#include "base/utf8.h"
#include "cli/view/text.h"

#define FINGERPRINT_VERSION "ttsq source 1"
#define STEM_BYTES_MAX 200 /* of a chapter's title */

static bool add_path(struct source *s, const char *path, struct err *e) {
    if (s->count == SOURCE_FILES_MAX)
        return err_set(e, ERR_INPUT, "more than %d files", SOURCE_FILES_MAX);
    if ((s->count & (s->count + 1)) == 0) /* full at 0, 1, 3, 7, … */
        s->paths = ensure_realloc(s->paths, (2 * s->count + 1) * sizeof *s->paths);
    s->paths[s->count++] = ensure_strdup(path);
    return true;
}

static int is_text_file(const struct dirent *entry) {
    const char *dot = strrchr(entry->d_name, '.');
    return entry->d_name[0] != '.' && dot && (!strcasecmp(dot, ".txt") || !strcasecmp(dot, ".md"));
}

static int by_bytes(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool add_folder(struct source *s, const char *folder, struct err *e) {
    struct dirent **list;
    int n = scandir(folder, &list, is_text_file, by_bytes);
    if (n < 0)
        return err_set(e, ERR_INPUT, "cannot read the folder %.200s: %s", folder, strerror(errno));
    bool ok = n > 0 || err_set(e, ERR_INPUT, "no *.txt or *.md file in the folder %.200s", folder);
    for (int i = 0; i < n; i++) {
        char path[PATH_MAX];
        int used = snprintf(path, sizeof path, "%s/%s", folder, list[i]->d_name);
        if (ok)
            ok = (used > 0 && (size_t)used < sizeof path)
                     ? add_path(s, path, e)
                     : err_set(e, ERR_INPUT, "a path in %.200s is too long", folder);
        free(list[i]);
    }
    free(list);
    return ok;
}

static bool add_any(struct source *s, const char *path, struct err *e) {
    struct stat st;
    if (!strcmp(path, INPUT_STDIN)) {
        if (s->stdin_fd >= 0)
            return err_set(e, ERR_USAGE, "standard input ('-') can be given once only");
        return input_spool_stdin(&s->stdin_fd, e) && add_path(s, path, e);
    }
    if (stat(path, &st) != 0)
        return err_set(e, ERR_INPUT, "cannot open %.200s: %s", path, strerror(errno));
    return S_ISDIR(st.st_mode) ? add_folder(s, path, e) : add_path(s, path, e);
}

/* A descriptor at the file's beginning, for the caller to close. */
static bool open_one(const struct source *s, size_t i, int *fd, struct err *e) {
    if (strcmp(s->paths[i], INPUT_STDIN) != 0)
        return input_open_file(s->paths[i], fd, e);
    *fd = dup(s->stdin_fd);
    if (*fd < 0 || lseek(*fd, 0, SEEK_SET) != 0)
        return err_set_errno(e, errno, "cannot read standard input again");
    return true;
}

static const char *shown_name(const struct source *s, size_t i, char out[TEXT_SHOWN_BYTES]) {
    if (!strcmp(s->paths[i], INPUT_STDIN))
        return "standard input";
    return text_show(s->paths[i], 200, out);
}

static bool hash_files(struct source *s, struct err *e) {
    s->digests = ensure_alloc(s->count * sizeof *s->digests);
    for (size_t i = 0; i < s->count; i++) {
        char name[TEXT_SHOWN_BYTES];
        int fd;
        if (!open_one(s, i, &fd, e))
            return false;
        bool ok = input_hash(fd, shown_name(s, i, name), s->digests[i], e);
        close(fd);
        if (!ok)
            return false;
    }
    return true;
}

static void make_fingerprint(struct source *s, const struct source_settings *settings) {
    struct sha256 sha;
    sha256_init(&sha);
    const char *voice = settings->voice ? settings->voice : "";
    const char *split = records_split_text(settings->split);
    sha256_add(&sha, FINGERPRINT_VERSION, sizeof FINGERPRINT_VERSION);
    sha256_add(&sha, settings->profile, strlen(settings->profile) + 1);
    sha256_add(&sha, voice, strlen(voice) + 1);
    sha256_add(&sha, split, strlen(split) + 1);
    for (size_t i = 0; i < s->count; i++) {
        unsigned char format = (unsigned char)records_format_of(s->paths[i]);
        sha256_add(&sha, &format, 1);
        sha256_add(&sha, s->digests[i], SHA256_BYTES);
    }
    unsigned char digest[SHA256_BYTES];
    sha256_finish(&sha, digest);
    sha256_hex(digest, s->fingerprint);
}

bool source_open(struct source *s, char *const *paths, size_t count,
                 const struct source_settings *settings, struct err *e) {
    *s = (struct source){.stdin_fd = -1};
    for (size_t i = 0; i < count; i++)
        if (!add_any(s, paths[i], e))
            return false;
    if (!hash_files(s, e))
        return false;
    make_fingerprint(s, settings);
    return true;
}

void source_release(struct source *s) {
    for (size_t i = 0; i < s->count; i++)
        free(s->paths[i]);
    free(s->paths);
    free(s->digests);
    if (s->stdin_fd >= 0)
        close(s->stdin_fd);
    *s = (struct source){.stdin_fd = -1};
}

static bool is_unchanged(const struct source *s, size_t i, const unsigned char *digest,
                         const char *name, struct err *e) {
    return !memcmp(digest, s->digests[i], SHA256_BYTES) ||
           err_set(e, ERR_INPUT, "%.300s changed while it was read; nothing was added", name);
}

static bool read_lines(struct source *s, size_t i, int fd, enum records_split split,
                       struct records_sink *sink, struct err *e) {
    struct input in;
    unsigned char digest[SHA256_BYTES];
    input_open(&in, fd, sink->file);
    bool ok = records_read(&in, records_format_of(s->paths[i]), split, sink, e);
    if (ok) {
        input_digest(&in, digest);
        ok = is_unchanged(s, i, digest, sink->file, e);
    }
    input_close(&in);
    return ok;
}

static bool read_document(struct source *s, size_t i, int fd, enum records_split split,
                          struct records_sink *sink, struct err *e) {
    unsigned char digest[SHA256_BYTES];
    enum records_format format = records_format_of(s->paths[i]);
    bool ok = records_read_document(fd, sink->file, format, split, sink, e);
    if (ok && lseek(fd, 0, SEEK_SET) != 0)
        ok = err_set_errno(e, errno, "cannot read %.300s again", sink->file);
    ok = ok && input_hash(fd, sink->file, digest, e) && is_unchanged(s, i, digest, sink->file, e);
    close(fd);
    return ok;
}

static bool read_one(struct source *s, size_t i, enum records_split split,
                     struct records_sink *sink, struct err *e) {
    char name[TEXT_SHOWN_BYTES], chapter[STEM_BYTES_MAX + 1];
    int fd;
    if (!open_one(s, i, &fd, e))
        return false;
    source_stem(s->paths[i], STEM_BYTES_MAX, chapter);
    sink->chapter = s->count > 1 ? chapter : NULL;
    sink->file = shown_name(s, i, name);
    bool is_document = records_is_document(records_format_of(s->paths[i]));
    return (is_document ? read_document : read_lines)(s, i, fd, split, sink, e);
}

bool source_read(struct source *s, enum records_split split, struct records_sink *sink,
                 struct err *e) {
    for (size_t i = 0; i < s->count; i++)
        if (!read_one(s, i, split, sink, e))
            return false;
    return true;
}

static const char *last_part(const char *path, size_t *bytes) {
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/')
        end--;
    size_t begin = end;
    while (begin > 0 && path[begin - 1] != '/')
        begin--;
    const char *dot = memrchr(path + begin, '.', end - begin);
    if (dot && dot > path + begin)
        end = (size_t)(dot - path);
    *bytes = end - begin;
    return path + begin;
}

void source_stem(const char *path, size_t bytes_max, char *out) {
    char real[PATH_MAX];
    if (!strcmp(path, INPUT_STDIN))
        path = "stdin";
    else if ((!strcmp(path, ".") || !strcmp(path, "..")) && realpath(path, real))
        path = real;
    size_t bytes, used = 0;
    const char *stem = last_part(path, &bytes);
    for (size_t i = 0, n; i < bytes && used < bytes_max; i += n) {
        uint32_t c;
        n = utf8_decode(stem + i, bytes - i, &c);
        if (n == 0 || c < 0x20 || c == 0x7f || c == '/' || (used == 0 && c == '-')) {
            out[used++] = '_';
            n = n ? n : 1;
            continue;
        }
        if (used + n > bytes_max)
            break;
        memcpy(out + used, stem + i, n);
        used += n;
    }
    out[used] = '\0';
    if (used == 0)
        (void)snprintf(out, bytes_max + 1, "batch");
}
