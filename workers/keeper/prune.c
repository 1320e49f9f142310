/* prune.c: see prune.h. */
#include "workers/keeper/prune.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/discard.h"
#include "base/log.h"
#include "fleet/prune_lock.h"

#define PRUNE_SLICE_MS 20
#define LOOK_MS 10000
#define SEGMENTS_MS 3600000

static void log_begun(const char *name) {
    char quoted[ERR_MSG_MAX];
    log_event(LOG_INFO, "pruned", "batch=%s", log_quote(name, quoted, sizeof quoted));
}

/* One batch that is due; one that has just begun to move again is passed over. */
static bool begin(struct store *s, int64_t before_ms, struct err *e) {
    char name[STORE_NAME_MAX + 1];
    for (int64_t id = 0;;) {
        if (!store_prune_due(s, before_ms, &id, name, e))
            return false;
        if (id == 0)
            return true;
        if (store_prune_begin(s, id, false, e)) {
            log_begun(name);
            return true;
        }
        if (e->code != ERR_FAILED)
            return false;
    }
}

static void look_at_segments(const struct config *config) {
    int64_t files;
    struct err e;
    if (!discard_segments(config->results, &files, &e))
        log_failure(LOG_WARNING, "prune_failed", &e);
    else if (files > 0)
        log_event(LOG_INFO, "segments_emptied", "files=%lld", (long long)files);
}

static bool look(struct prune *p, struct store *s, const struct config *config, struct err *e) {
    int64_t now_boot_ms = clock_boot_ms();
    if (now_boot_ms >= p->segments_boot_ms) {
        p->segments_boot_ms = now_boot_ms + SEGMENTS_MS;
        look_at_segments(config);
    }
    p->look_boot_ms = now_boot_ms + LOOK_MS;
    if (config->keep_ms < INT64_MAX && !begin(s, clock_wall_ms() - config->keep_ms, e))
        return false;
    p->at = (struct store_prune){.step = STORE_PRUNE_FIND};
    p->under_way = true;
    return true;
}

static void on_gone(const struct store_pruned_answer *answer, void *arg) {
    const struct config *config = arg;
    struct err e;
    if (!discard_answer(config->results, answer->path, answer->offset, answer->bytes, &e))
        log_failure(LOG_WARNING, "prune_failed", &e);
}

static bool go_on(struct prune *p, struct store *s, const struct config *config, struct err *e) {
    int64_t until_boot_ms = clock_boot_ms() + PRUNE_SLICE_MS;
    if (!p->under_way && clock_boot_ms() >= p->look_boot_ms && !look(p, s, config, e))
        return false;
    bool any = false;
    while (p->under_way && clock_boot_ms() < until_boot_ms) {
        bool found = p->at.step == STORE_PRUNE_FIND;
        if (!store_prune_part(s, &p->at, &p->under_way, on_gone, (void *)(uintptr_t)config, e))
            return false;
        any = any || (found && p->under_way);
    }
    if (any)
        p->look_boot_ms = clock_boot_ms(); /* the next that is due follows at once */
    return true;
}

/* What may not go yet, for a backup is being made, goes later. */
bool prune_go_on(struct prune *p, struct store *s, const char *fleet, const struct config *config,
                 struct err *e) {
    int lock_fd;
    if (!p->under_way && clock_boot_ms() < p->look_boot_ms)
        return true;
    if (!prune_lock_open(fleet, PRUNE_LOCK_PRUNE, 0, NULL, &lock_fd, e))
        return e->code == ERR_LATER;
    bool ok = go_on(p, s, config, e);
    close(lock_fd);
    return ok;
}
