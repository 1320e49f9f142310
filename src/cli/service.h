/*
 * service: is a supervisor running, and, for `ttsq run`, one of our own that dies with us.
 */
#ifndef CLI_SERVICE_H
#define CLI_SERVICE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "config/config.h"
#include "fleet/served.h"

/* Does a supervisor hold its lock in this folder (config's `fleet`)? Looks by taking a shared lock
 * for some microseconds, so not to be asked in a tight loop: once in SERVICE_LOOK_MS is enough. */
bool service_is_running(const char *fleet);
#define SERVICE_LOOK_MS 1000
#define SERVICE_LOG_NAME "run.log"

/* One runs, and its keeper cannot start; *out says why. */
bool service_failure(const char *fleet, struct served_failure *out);
#define SERVICE_FAILED "the service cannot work: "
#define SERVICE_WHY_SHOWN 200 /* characters of why */

/* The command that starts the service: the machine's, where the settings or the database are not
 * the caller's own. */
const char *service_command(const struct config *c);

/* "no supervisor is running: …" on stderr, when there is none, or that it cannot work. */
void service_hint(const struct config *c);

/* Does this profile speak to the built-in endpoint, and nobody listens there? Connects. */
bool service_lacks_say(const struct config *config, const char *profile);
#define SERVICE_SAY_HINT "nothing listens on 127.0.0.1:8890: start `ttsq-say`"

/* Our own processes. Zero-initialise; service_end also after a failure. */
struct service {
    const struct config *config;
    bool needs_say; /* a profile in use speaks to the built-in endpoint */
    pid_t supervisor, say;
    bool draining;
    int log_fd;      /* what they have to say: SERVICE_LOG_NAME in the runtime folder; -1 */
    int alive_fd[2]; /* pipe: theirs, and ours, whose closing tells them that we are gone; -1 */
};
void service_init(struct service *s, const struct config *config);

/* Starts what is missing: ttsq-say when needed and nobody listens there, a supervisor when none
 * runs; and again when what we relied on has gone. ERR_NO_SERVICE when ours cannot be started.
 * Blocks until ttsq-say listens. Forks. */
bool service_ensure(struct service *s, struct err *e) MUST_CHECK;

/* Nothing is left for our supervisor: it begins to end. Does not wait. */
void service_drain(struct service *s);

/* Drains and waits for the end of what we started; a signal meanwhile makes it end now. */
void service_end(struct service *s);

/* Is it the address at which ttsq-say listens by default? */
bool service_is_say_url(const char *url);

#endif
