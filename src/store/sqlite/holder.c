/* holder.c: see holder.h. */
#include "store/sqlite/holder.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define WRITE_LOCK_BYTE 120 /* of the write lock in the -shm file (SQLite, walformat 2.3.1) */
#define PATH_BYTES 4200
#define LINE_BYTES 256

/* "1: POSIX  ADVISORY  WRITE 4711 08:02:1234 120 120"; who waits for a lock has a "->" in front. */
static int holder_in(const char *line, const struct stat *st) {
    unsigned major_no, minor_no;
    unsigned long inode;
    long long first, last;
    int pid;
    if (sscanf(line, "%*d: POSIX %*s WRITE %d %x:%x:%lu %lld %lld", &pid, &major_no, &minor_no,
               &inode, &first, &last) != 6)
        return 0;
    bool is_ours = major_no == major(st->st_dev) && minor_no == minor(st->st_dev) &&
                   inode == (unsigned long)st->st_ino;
    return is_ours && first <= WRITE_LOCK_BYTE && WRITE_LOCK_BYTE <= last ? pid : 0;
}

static int find_holder(const struct stat *st) {
    char line[LINE_BYTES];
    int pid = 0;
    FILE *locks = fopen("/proc/locks", "re");
    if (!locks)
        return 0;
    while (pid <= 0 && fgets(line, sizeof line, locks))
        pid = holder_in(line, st);
    fclose(locks);
    return pid > 0 ? pid : 0;
}

/* The third field of its line, behind a name that may hold anything. */
static bool is_stopped(int pid) {
    char path[64], line[LINE_BYTES] = "";
    (void)snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    size_t n = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[n] = '\0';
    const char *behind = strrchr(line, ')');
    return behind && strncmp(behind, ") T", 3) == 0;
}

const char *holder_text(const char *database_path, char out[HOLDER_BYTES]) {
    char path[PATH_BYTES];
    struct stat st;
    out[0] = '\0';
    int n = snprintf(path, sizeof path, "%s-shm", database_path);
    if (n < 0 || (size_t)n >= sizeof path || stat(path, &st) != 0)
        return out;
    int pid = find_holder(&st);
    if (pid && is_stopped(pid))
        (void)snprintf(out, HOLDER_BYTES,
                       " (held by process %d, which is stopped: `kill -CONT %d` lets it go on)",
                       pid, pid);
    else if (pid)
        (void)snprintf(out, HOLDER_BYTES, " (held by process %d)", pid);
    return out;
}
