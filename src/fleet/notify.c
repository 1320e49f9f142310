/* notify.c: see notify.h. */
#include "fleet/notify.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ensure.h"

static int64_t number_from_env(const char *name) {
    const char *text = getenv(name);
    char *end;
    if (!text || !*text)
        return 0;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    return errno == 0 && *end == '\0' && value > 0 ? (int64_t)value : 0;
}

static int64_t watchdog_from_env(void) {
    int64_t pid = number_from_env("WATCHDOG_PID");
    if (pid != 0 && pid != getpid())
        return 0;
    return number_from_env("WATCHDOG_USEC") / 1000;
}

static void forget_env(void) {
    (void)unsetenv("NOTIFY_SOCKET");
    (void)unsetenv("WATCHDOG_USEC");
    (void)unsetenv("WATCHDOG_PID");
}

static bool address_set(struct notify *n, const char *name, struct err *e) {
    size_t bytes = strlen(name);
    bool abstract = name[0] == '@';
    if ((!abstract && name[0] != '/') || bytes < 2 || bytes >= sizeof n->to.sun_path)
        return err_set(e, ERR_CONFIG, "NOTIFY_SOCKET: neither a path nor an abstract name");
    n->to.sun_family = AF_UNIX;
    memcpy(n->to.sun_path, name, bytes);
    if (abstract)
        n->to.sun_path[0] = '\0';
    n->to_bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + bytes);
    return true;
}

bool notify_open(struct notify *n, struct err *e) {
    struct notify opened = {.fd = -1};
    const char *name = getenv("NOTIFY_SOCKET");
    if (name && *name) {
        if (!address_set(&opened, name, e))
            return false;
        opened.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (opened.fd < 0)
            return err_set_errno(e, errno, "socket for NOTIFY_SOCKET");
        opened.watchdog_ms = watchdog_from_env();
    }
    forget_env();
    *n = opened;
    return true;
}

void notify_open_mute(struct notify *n) {
    forget_env();
    *n = (struct notify){.fd = -1};
}

void notify_close(struct notify *n) {
    if (n->fd >= 0)
        close(n->fd);
    n->fd = -1;
}

void notify_send(const struct notify *n, const char *fmt, ...) {
    if (n->fd < 0)
        return;
    char text[NOTIFY_TEXT_MAX];
    va_list ap;
    va_start(ap, fmt);
    int bytes = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    PRE(bytes > 0 && (size_t)bytes < sizeof text);
    ssize_t ignored = sendto(n->fd, text, (size_t)bytes, MSG_NOSIGNAL,
                             (const struct sockaddr *)&n->to, n->to_bytes);
    (void)ignored;
}
