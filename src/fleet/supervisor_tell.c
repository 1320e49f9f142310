/* supervisor_tell.c: what the service manager is told, and when; see supervisor_state.h. */
#include "fleet/supervisor_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

#define EXTEND_MS 30000 /* what a drain that makes progress asks the manager for */

static void describe(const struct supervisor *s, const struct tally *t, char *out, size_t room) {
    const char *state = s->phase == PHASE_STARTING   ? "starting: "
                        : s->phase == PHASE_DRAINING ? "draining: "
                        : s->phase >= PHASE_CLOSING  ? "closing: "
                                                     : "";
    const char *waits = t->waiting && supervisor_is_up(s) ? ", waiting for room or a lock" : "";
    char workers[48];
    if (supervisor_is_up(s) && t->ready != t->places)
        (void)snprintf(workers, sizeof workers, "%d of %d workers", t->ready, t->places);
    else
        (void)snprintf(workers, sizeof workers, "%d workers",
                       supervisor_is_up(s) ? t->ready : t->alive);
    (void)snprintf(out, room, "%s%s, %" PRId64 " calls in flight, %" PRId64 " restarts%s", state,
                   workers, t->calls, s->restarts, waits);
}

static void tell_status(struct supervisor *s, const struct tally *t) {
    char text[STATUS_BYTES_MAX];
    describe(s, t, text, sizeof text);
    if (strcmp(text, s->status) == 0)
        return;
    memcpy(s->status, text, sizeof text);
    notify_send(&s->notify, "STATUS=%s", text);
}

/* Half the manager's limit, so that one late turn does no harm; silence while a child is silent. */
static void feed_watchdog(struct supervisor *s, const struct tally *t) {
    if (s->notify.watchdog_ms == 0 || t->stale || supervisor_now_ms(s) < s->watchdog_due_ms)
        return;
    notify_send(&s->notify, "WATCHDOG=1");
    s->watchdog_due_ms = supervisor_now_ms(s) + s->notify.watchdog_ms / 2;
}

void supervisor_ask_for_time(const struct supervisor *s) {
    notify_send(&s->notify, "EXTEND_TIMEOUT_USEC=%d", EXTEND_MS * 1000);
}

/* For a drain that goes on, and for a start that waits for what is not in our hands. */
static void ask_for_time(struct supervisor *s, const struct tally *t) {
    bool starts_later = s->phase == PHASE_STARTING && t->waiting;
    bool drains_on = !supervisor_is_up(s) && t->calls < s->calls_before;
    if (!starts_later && !drains_on)
        return;
    supervisor_ask_for_time(s);
    s->calls_before = t->calls;
}

static void announce(struct supervisor *s, const struct tally *t) {
    if (s->announced || s->phase != PHASE_RUNNING || t->ready == 0)
        return;
    s->announced = true;
    log_event(LOG_INFO, "ready", "workers=%d of=%d", t->ready, t->places);
    notify_send(&s->notify, "READY=1");
}

void supervisor_tell(struct supervisor *s) {
    struct tally t = supervisor_count(s);
    announce(s, &t);
    tell_status(s, &t);
    feed_watchdog(s, &t);
    ask_for_time(s, &t);
}
