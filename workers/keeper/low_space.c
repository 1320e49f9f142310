/* low_space.c: see low_space.h. */
#include "workers/keeper/low_space.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/duration.h"
#include "base/log.h"

/* It may have been given up since the last look, and there may be room for it again. */
static void look_at_reserve(struct low_space *l) {
    struct err e;
    bool had = l->has_reserve;
    l->has_reserve = space_has_reserve(&l->space);
    if (had && !l->has_reserve)
        log_event(LOG_WARNING, "reserve_given_up", "new_calls=no for=answers_in_flight");
    if (l->has_reserve)
        return;
    bool could = space_make_reserve(&l->space, &e);
    if (!could && !l->reserve_failed)
        log_failure(LOG_ERROR, "reserve_failed", &e);
    l->reserve_failed = !could;
    l->has_reserve = space_has_reserve(&l->space);
    if (l->has_reserve && l->space.low)
        log_event(LOG_INFO, "reserve_back", "bytes=%lld",
                  (long long)l->space.min_bytes / SPACE_RESERVE_PART);
}

void low_space_look(struct low_space *l) {
    char path[ERR_MSG_MAX];
    look_at_reserve(l);
    if (!space_look(&l->space, clock_boot_ms()))
        return;
    l->is_untold = true;
    if (l->space.low) {
        l->since_boot_ms = clock_boot_ms();
        log_event(LOG_WARNING, "space_low", "path=%s left_bytes=%lld space_min=%lld new_calls=no",
                  log_quote(l->space.low_path, path, sizeof path), (long long)l->space.low_bytes,
                  (long long)l->space.min_bytes);
    } else {
        log_event(LOG_INFO, "space_back", "new_calls=yes");
    }
}

void low_space_reload(struct low_space *l, int64_t min_bytes) {
    l->space.min_bytes = min_bytes;
    l->has_reserve = false; /* perhaps not as large as it is to be now */
    low_space_look(l);
}

/* A keeper that died may have said that there is no room. */
static void recall(struct low_space *l, struct store *s) {
    int64_t full_ms, now_ms = clock_wall_ms();
    struct err e;
    if (!store_space_told(s, &full_ms, &e)) {
        log_failure(LOG_ERROR, "tell_failed", &e);
        return;
    }
    if (full_ms == 0)
        return;
    l->since_boot_ms = clock_boot_ms() - (now_ms > full_ms ? now_ms - full_ms : 0);
    l->is_untold = !l->space.low;
}

void low_space_open(struct low_space *l, const struct config *config, struct store *s) {
    l->paths[0] = config->fleet; /* the database's file system, and surely there */
    l->paths[1] = config->results;
    l->space = (struct space){.paths = l->paths,
                              .path_count = 2,
                              .min_bytes = config->space_min_bytes,
                              .needs_reserve = true};
    low_space_look(l);
    recall(l, s);
}

bool low_space_tell(struct low_space *l, struct store *s, struct err *e) {
    char why[SPACE_WHY_BYTES], what[SPACE_WHY_BYTES + 32], span[DURATION_TEXT_BYTES];
    if (l->space.low)
        (void)snprintf(what, sizeof what, "no new calls: %s", space_why(&l->space, why));
    else
        (void)snprintf(what, sizeof what, "calls are made again, after %s without",
                       duration_text(clock_boot_ms() - l->since_boot_ms, span));
    bool ok = store_tell_space(s, l->space.low, what, e);
    l->is_untold = !ok;
    return ok || e->code == ERR_SPACE;
}
