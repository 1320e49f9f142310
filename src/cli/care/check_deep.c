/* check_deep.c: see check.h. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "cli/care/check.h"
#include "cli/service.h"
#include "fleet/presence.h"

#define MIB (1024.0 * 1024.0)
#define LOG_LARGE_BYTES (INT64_C(256) * 1024 * 1024)
#define CLOCK_AHEAD_MS 60000 /* rows from so far in the future mean that the clock was set back */

/* The keeper copies the log into the database; a reader that never ends keeps it from that. */
static void check_log(struct check *c) {
    int64_t bytes = store_wal_bytes(c->session.store);
    if (bytes >= LOG_LARGE_BYTES)
        check_warn(c,
                   "log: %.0f MiB; a program that reads the database for long keeps it from "
                   "shrinking: end it (`fuser` names it), or start `ttsq supervise`",
                   (double)bytes / MIB);
    else
        check_ok(c, "log: %.1f MiB", (double)bytes / MIB);
}

/* Files of living processes are locked; those of the dead are the keeper's to clear. */
static void check_presence(struct check *c) {
    const char *fleet = c->session.config->fleet;
    int64_t *ids = NULL;
    size_t count = 0, dead = 0;
    struct err e;
    if (!presence_list(fleet, &ids, &count, &e)) {
        check_fail(c, &e);
        return;
    }
    for (size_t i = 0; i < count; i++)
        dead += !presence_is_alive(fleet, ids[i]);
    free(ids);
    if (dead > 0 && !service_is_running(fleet))
        check_warn(c,
                   "locks: %zu of %zu processes have died; `ttsq supervise` clears up after them",
                   dead, count);
    else
        check_ok(c, "locks: %zu processes are at work", count - dead);
}

struct newest {
    int64_t created_ms;
};

static void see_batch(const struct store_batch_row *row, void *arg) {
    struct newest *n = arg;
    if (row->created_ms > n->created_ms)
        n->created_ms = row->created_ms;
}

/* Nothing depends on the wall clock but what people read, and the day of a budget. */
static void check_clock(struct check *c) {
    struct newest newest = {0};
    struct store_reader reader = {.batch = see_batch, .arg = &newest};
    struct err e;
    char date[CLOCK_RFC3339_BYTES];
    if (!store_status(c->session.store, 0, &reader, &e))
        check_fail(c, &e);
    else if (newest.created_ms > clock_wall_ms() + CLOCK_AHEAD_MS)
        check_warn(c, "clock: a batch is from %s, which is in the future; set the clock",
                   clock_rfc3339(newest.created_ms, date));
    else
        check_ok(c, "clock: no batch is from the future");
}

void check_deep(struct check *c) {
    check_presence(c);
    if (!c->session.store)
        return;
    check_log(c);
    check_clock(c);
}
