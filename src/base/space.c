/* space.c: see space.h. */
#include "base/space.h"

#include <sys/statvfs.h>

int64_t space_free_bytes(const char *path) {
    struct statvfs fs;
    if (statvfs(path, &fs) != 0 || fs.f_frsize == 0)
        return INT64_MAX;
    uint64_t most = (uint64_t)INT64_MAX / fs.f_frsize;
    return fs.f_bavail > most ? INT64_MAX : (int64_t)(fs.f_bavail * fs.f_frsize);
}

static bool find_low(struct space *s) {
    for (size_t i = 0; s->min_bytes > 0 && i < s->path_count; i++) {
        int64_t bytes = space_free_bytes(s->paths[i]);
        if (bytes >= s->min_bytes)
            continue;
        s->low_path = s->paths[i];
        s->low_bytes = bytes;
        return true;
    }
    return false;
}

bool space_look(struct space *s, int64_t now_boot_ms) {
    if (s->low && now_boot_ms - s->low_boot_ms < SPACE_HOLD_MS)
        return false;
    bool was_low = s->low;
    s->low = find_low(s);
    if (s->low)
        s->low_boot_ms = now_boot_ms;
    return s->low != was_low;
}
