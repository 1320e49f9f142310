/*
 * notify: telling the service manager how things are (the sd_notify datagram protocol).
 *
 * Own code instead of libsystemd: the protocol is one datagram to a socket named in the
 * environment. Without such a socket every call does nothing, so callers do not ask.
 */
#ifndef FLEET_NOTIFY_H
#define FLEET_NOTIFY_H

#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/err.h"

#define NOTIFY_TEXT_MAX 1024 /* bytes of one message */

struct notify {
    int fd; /* -1: nobody listens */
    struct sockaddr_un to;
    socklen_t to_bytes;
    int64_t watchdog_ms; /* the manager's limit between two WATCHDOG=1; 0 = none wanted */
};

/* Reads NOTIFY_SOCKET (a path, or an abstract name with a leading @), WATCHDOG_USEC and
 * WATCHDOG_PID, and removes them from the environment, so that children do not speak for us. A
 * malformed address is ERR_CONFIG. */
bool notify_open(struct notify *n, struct err *e) MUST_CHECK;
/* As notify_open for a process that must not speak:
 * forgets the variables, every send is nothing. */
void notify_open_mute(struct notify *n);
void notify_close(struct notify *n);

/* Sends "KEY=VALUE" lines. Never blocks and never fails: a lost message costs at worst a restart by
 * the watchdog, which is then due. */
void notify_send(const struct notify *n, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
