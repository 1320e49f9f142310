/* memory.c: see memory.h. */
#include "base/memory.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define LINE_BYTES 4096
#define KIB 1024

/* ---- control groups -------------------------------------------------------------------------- */

/* The number that a file begins with; INT64_MAX for "max", no file, no number. */
static int64_t read_limit(const char *path) {
    char text[64], *end;
    FILE *file = fopen(path, "re");
    if (!file)
        return INT64_MAX;
    bool any = fgets(text, sizeof text, file) != NULL;
    fclose(file);
    if (!any)
        return INT64_MAX;
    unsigned long long n = strtoull(text, &end, 10); /* version 1 writes "none" as a huge number */
    return end == text || n > INT64_MAX ? INT64_MAX : (int64_t)n;
}

/* The least along the way from `group` to its root. A group that is not seen from here (a
 * container shows its own as the root) has no file, and its root counts. */
static int64_t least_limit(const char *root, const char *group, const char *name) {
    char path[PATH_MAX], at[PATH_MAX];
    int64_t least = INT64_MAX;
    (void)snprintf(at, sizeof at, "%s", group);
    for (;;) {
        int n = snprintf(path, sizeof path, "%s%s/%s", root, at, name);
        int64_t limit = n > 0 && n < (int)sizeof path ? read_limit(path) : INT64_MAX;
        least = limit < least ? limit : least;
        char *slash = strrchr(at, '/');
        if (!slash)
            return least;
        *slash = '\0';
    }
}

static bool names_memory(char *controllers) {
    for (char *left, *one = strtok_r(controllers, ",", &left); one;
         one = strtok_r(NULL, ",", &left))
        if (strcmp(one, "memory") == 0)
            return true;
    return false;
}

/* "4:memory:/a/b" of version 1, "0::/a/b" of version 2. */
static int64_t limit_of_line(char *line, const char *groups) {
    char root[PATH_MAX];
    line[strcspn(line, "\n")] = '\0';
    char *controllers = strchr(line, ':');
    char *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group)
        return INT64_MAX;
    *group++ = '\0';
    if (controllers[1] == '\0')
        return least_limit(groups, group, "memory.max");
    int n = snprintf(root, sizeof root, "%s/memory", groups);
    return n < (int)sizeof root && names_memory(controllers + 1)
               ? least_limit(root, group, "memory.limit_in_bytes")
               : INT64_MAX;
}

int64_t memory_group_limit_bytes(const char *self, const char *groups) {
    char line[LINE_BYTES];
    int64_t least = INT64_MAX;
    FILE *file = fopen(self, "re");
    while (file && fgets(line, sizeof line, file)) {
        int64_t limit = limit_of_line(line, groups);
        least = limit < least ? limit : least;
    }
    if (file)
        fclose(file);
    return least;
}

/* ---- the machine, the process ---------------------------------------------------------------- */

int64_t memory_available_bytes(void) {
    char line[LINE_BYTES];
    long long kib = -1;
    FILE *file = fopen("/proc/meminfo", "re");
    while (file && kib < 0 && fgets(line, sizeof line, file))
        if (sscanf(line, "MemAvailable: %lld kB", &kib) != 1)
            kib = -1;
    if (file)
        fclose(file);
    return kib < 0 ? INT64_MAX : kib * KIB;
}

int64_t memory_address_limit_bytes(void) {
    struct rlimit limit;
    bool any = getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
               limit.rlim_cur <= (rlim_t)INT64_MAX;
    return any ? (int64_t)limit.rlim_cur : INT64_MAX;
}
