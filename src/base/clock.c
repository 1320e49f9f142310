/* clock.c: see clock.h. */
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/ensure.h"

static int64_t read_us(clockid_t id) {
    struct timespec ts;
    int rc = clock_gettime(id, &ts);
    ASSERT(rc == 0);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t clock_wall_ms(void) {
    return read_us(CLOCK_REALTIME) / 1000;
}

int64_t clock_boot_ms(void) {
    return read_us(CLOCK_BOOTTIME) / 1000;
}

int64_t clock_boot_us(void) {
    return read_us(CLOCK_BOOTTIME);
}

/* The kernel writes the id with dashes, systemd's %b without: both are the same boot. */
static void copy_without_dashes(char out[CLOCK_BOOT_ID_BYTES], const char *id) {
    size_t used = 0;
    for (; *id && used + 1 < CLOCK_BOOT_ID_BYTES; id++)
        if (*id != '-')
            out[used++] = *id;
    out[used] = '\0';
}

bool clock_boot_id(char out[CLOCK_BOOT_ID_BYTES], struct err *e) {
    static const char *const path = "/proc/sys/kernel/random/boot_id";
    const char *given = getenv("TTSQ_BOOT_ID");
    if (given && *given) {
        copy_without_dashes(out, given);
        return true;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set_errno(e, errno, "%s (set TTSQ_BOOT_ID=%%b in the unit)", path);
    char id[CLOCK_BOOT_ID_BYTES] = {0};
    ssize_t n = read(fd, id, CLOCK_BOOT_ID_BYTES - 1);
    int errnum = n < 0 ? errno : EIO;
    close(fd);
    if (n != CLOCK_BOOT_ID_BYTES - 1)
        return err_set_errno(e, errnum, "%s", path);
    copy_without_dashes(out, id);
    return true;
}

const char *clock_rfc3339(int64_t wall_ms, char out[CLOCK_RFC3339_BYTES]) {
    int64_t ms = ((wall_ms % 1000) + 1000) % 1000;
    time_t seconds = (time_t)((wall_ms - ms) / 1000);
    struct tm tm;
    char date[CLOCK_RFC3339_BYTES];
    if (!gmtime_r(&seconds, &tm) || !strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &tm))
        memcpy(date, "-", 2);
    (void)snprintf(out, CLOCK_RFC3339_BYTES, "%.24s.%03dZ", date, (int)ms);
    return out;
}
