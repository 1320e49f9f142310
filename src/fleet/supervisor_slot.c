/* supervisor_slot.c: the supervisor's places and the processes in them; see supervisor_state.h. */
#include "fleet/supervisor_state.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>

#include "base/log.h"
#include "fleet/link.h"

#define KEEPER_DRAIN_MS 10000 /* to reap and to checkpoint */

struct slot *supervisor_keeper(struct supervisor *s) {
    return &s->slots[0];
}

static struct slot *notifier_of(struct supervisor *s) {
    return &s->slots[1];
}

struct tally supervisor_count(const struct supervisor *s) {
    struct tally t = {0};
    for (size_t i = 0; i < SLOTS_MAX; i++) {
        const struct slot *slot = &s->slots[i];
        if (!slot->used)
            continue;
        t.waiting += slot->waiting;
        t.stale += slot->child && !child_is_fresh(slot->child);
        if (slot->kind != CHILD_CALL)
            continue;
        t.places += !slot->leaving;
        t.refused += slot->refused != 0;
        if (!slot->child)
            continue;
        t.alive++;
        t.ready += child_state(slot->child) == CHILD_READY;
        t.calls += child_in_flight(slot->child);
    }
    return t;
}

/* --- one place ------------------------------------------------------------------------------- */

void supervisor_slot_take(struct supervisor *s, struct slot *slot, enum child_kind kind) {
    *slot =
        (struct slot){.owner = s, .kind = kind, .used = true, .start_at_ms = supervisor_now_ms(s)};
}

static void tell_keeper_of(struct supervisor *s, const struct child *c) {
    struct slot *keeper = supervisor_keeper(s);
    if (keeper->child)
        child_tell_dead(keeper->child, child_id(c));
}

static bool is_final(int64_t exit_code) {
    return exit_code == LINK_EXIT_CONFIG || exit_code == LINK_EXIT_CORRUPT;
}

static void log_end(const struct slot *slot, const struct child_end *end, const char *verdict) {
    bool quiet = end->asked && end->signal == 0 && end->exit_code == 0;
    enum log_level level = slot->waiting ? LOG_DEBUG : quiet ? LOG_INFO : LOG_WARNING;
    char id[LINK_ID_BYTES];
    log_event(level, "child_died", "kind=%s id=%s %s=%" PRId64 " lived_ms=%" PRId64 " %s",
              child_kind_name(slot->kind), link_id_write(child_id(slot->child), id),
              end->signal ? "signal" : "exit", end->signal ? end->signal : end->exit_code,
              end->lived_ms, verdict);
}

static bool could_not_start_yet(const struct child_end *end) {
    return !end->was_ready && end->signal == 0 && end->exit_code == LINK_EXIT_LATER;
}

static enum restart_cause cause_of(const struct child_end *end) {
    if (could_not_start_yet(end))
        return RESTART_WAITS;
    bool from_outside = end->signal == SIGKILL && !end->hung;
    bool in_good_order = end->was_ready && end->signal == 0 && end->exit_code == 0;
    return from_outside || in_good_order ? RESTART_KILLED : RESTART_CRASHED;
}

static void plan_restart(struct slot *slot, enum restart_cause cause, int64_t healthy_ms) {
    struct supervisor *s = slot->owner;
    slot->start_at_ms = supervisor_now_ms(s) + restart_wait_ms(&slot->restart, cause, healthy_ms);
    slot->restarts++;
    s->restarts += cause != RESTART_WAITS;
}

static void on_child_ready(void *arg) {
    struct slot *slot = arg;
    slot->refused = 0;
    slot->waiting = false;
    supervisor_advance(slot->owner);
}

static void on_child_end(void *arg, const struct child_end *end) {
    struct slot *slot = arg;
    struct supervisor *s = slot->owner;
    char verdict[48] = "restart=no";
    bool stays = supervisor_is_up(s) && !slot->leaving;
    if (stays && end->signal == 0 && is_final(end->exit_code)) {
        slot->refused = (int)end->exit_code;
    } else if (stays) {
        plan_restart(slot, cause_of(end), end->healthy_ms);
        (void)snprintf(verdict, sizeof verdict, "restart_in_ms=%" PRId64,
                       slot->start_at_ms - supervisor_now_ms(s));
    }
    log_end(slot, end, verdict);
    slot->waiting = stays && could_not_start_yet(end);
    if (slot->kind == CHILD_CALL)
        tell_keeper_of(s, slot->child);
    slot->child = NULL;
    slot->used = stays;
    supervisor_advance(s);
}

static void slot_start(struct slot *slot) {
    struct supervisor *s = slot->owner;
    struct child_spec spec = {
        .exe = s->options.exe,
        .kind = slot->kind,
        .restarts = slot->restarts,
        .waiting = slot->waiting,
        .start_ms = s->options.start_ms,
        .hang_ms = s->options.hang_ms,
        .handlers = {.on_ready = on_child_ready, .on_end = on_child_end},
        .arg = slot,
    };
    struct err e;
    if (child_start(&slot->child, &s->loop, &spec, &e))
        return;
    plan_restart(slot, RESTART_CRASHED, 0);
    log_failure_with(LOG_ERROR, "child_not_started", &e, "kind=%s restart_in_ms=%" PRId64,
                     child_kind_name(slot->kind), slot->start_at_ms - supervisor_now_ms(s));
}

/* --- all places ------------------------------------------------------------------------------ */

void supervisor_start_due(struct supervisor *s) {
    for (size_t i = 0; i < SLOTS_MAX; i++) {
        struct slot *slot = &s->slots[i];
        if (slot->used && !slot->child && !slot->refused &&
            slot->start_at_ms <= supervisor_now_ms(s))
            slot_start(slot);
    }
}

static void slot_leave(struct slot *slot) {
    slot->leaving = true;
    if (slot->child)
        child_drain(slot->child, slot->owner->options.drain_ms);
    else
        slot->used = false;
}

void supervisor_fit(struct supervisor *s) {
    int missing = s->options.workers - supervisor_count(s).places;
    if (!notifier_of(s)->used)
        supervisor_slot_take(s, notifier_of(s), CHILD_NOTIFY);
    for (size_t i = FIRST_CALL_SLOT; i < SLOTS_MAX && missing > 0; i++)
        if (!s->slots[i].used) {
            supervisor_slot_take(s, &s->slots[i], CHILD_CALL);
            missing--;
        }
    for (size_t i = SLOTS_MAX - 1; i >= FIRST_CALL_SLOT && missing < 0; i--)
        if (s->slots[i].used && !s->slots[i].leaving) {
            slot_leave(&s->slots[i]);
            missing++;
        }
}

static void slot_end(struct slot *slot, int64_t drain_ms) {
    if (slot->child && slot->owner->hurry)
        child_stop(slot->child);
    else if (slot->child)
        child_drain(slot->child, drain_ms);
    else
        slot->used = false;
}

void supervisor_end_calls(struct supervisor *s) {
    for (size_t i = FIRST_CALL_SLOT; i < SLOTS_MAX; i++)
        if (s->slots[i].used)
            slot_end(&s->slots[i], s->options.drain_ms);
}

void supervisor_end_others(struct supervisor *s) {
    struct slot *notifier = notifier_of(s);
    if (notifier->used)
        slot_end(notifier, s->options.drain_ms);
    if (!notifier->child)
        slot_end(supervisor_keeper(s), KEEPER_DRAIN_MS);
}

void supervisor_reload_children(struct supervisor *s) {
    for (size_t i = 0; i < SLOTS_MAX; i++) {
        struct slot *slot = &s->slots[i];
        if (slot->child)
            child_reload(slot->child);
        else if (slot->refused) { /* what it refused may be mended */
            slot->refused = 0;
            slot->start_at_ms = supervisor_now_ms(s);
        }
    }
}

void supervisor_look(struct supervisor *s, bool excused) {
    for (size_t i = 0; i < SLOTS_MAX; i++) {
        struct child *c = s->slots[i].child;
        if (c && excused)
            child_excuse(c);
        if (c)
            child_tick(c);
    }
}
