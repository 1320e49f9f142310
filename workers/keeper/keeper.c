/*
 * keeper.c: the keeper's life: one loop, one store. The longer duties have files of their own.
 *
 *   link (supervisor) ── dead, reload, drain ──▶ ┌────────┐
 *   every WATCH_MS: is it time, is the log long? │        │
 *   every TIDY_MS: has anybody committed? ─────▶ │ keeper │──▶ tidy, reap, checkpoint
 *   every LOOK_MS: is everybody alive? ────────▶ └────────┘
 *
 * The store's calls block the loop for milliseconds; nothing here is more urgent than they are.
 */
#include "workers/keeper/keeper.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/file.h"
#include "base/log.h"
#include "fleet/link.h"
#include "fleet/presence.h"
#include "fleet/served.h"
#include "store/store.h"
#include "workers/keeper/low_space.h"
#include "workers/keeper/mirror.h"
#include "workers/keeper/prune.h"
#include "workers/keeper/reap.h"

#define WATCH_MS 10
#define TIDY_MS 50 /* between looks at what others have committed */
#define LOOK_MS 200
#define READER_MS 100   /* between checkpoints while a reader needs the log */
#define FAILURES_MAX 20 /* errors in a row before the process gives up and starts afresh */
#define AGAIN_MS 1000   /* between tries while the disk is full or the database locked */
/* With a locked database. With the wait for a turn it stays below the supervisor's patience. */
#define PATIENCE_MS 4000

struct keeper {
    int64_t id;
    struct config *config, *given; /* in force; the first, which is the caller's */
    struct store *store;
    struct presence *presence;
    struct link *link;
    uv_loop_t loop;
    uv_timer_t watch, look, beat;
    int64_t seen_version, looked_boot_ms, next_boot_ms, again_boot_ms, checkpoint_boot_ms;
    struct prune prune;
    struct low_space low_space;
    int failures, exit_code;
    bool must_reload, ending;
};

static void end(struct keeper *k, int exit_code) {
    if (k->ending)
        return;
    k->ending = true;
    k->exit_code = exit_code;
    uv_close((uv_handle_t *)&k->watch, NULL);
    uv_close((uv_handle_t *)&k->look, NULL);
    uv_close((uv_handle_t *)&k->beat, NULL);
    link_close(k->link);
}

static bool is_from_store(const struct err *e) {
    return e->origin && strcmp(e->origin, "sqlite") == 0;
}

/* A failed duty is tried again in the next round. What time mends is waited for: a process that
 * ended would be started again later and later. A broken database is not for trying, and after an
 * I/O error only a new connection tells what was written. Several duties may each have waited for
 * a lock before the loop comes to its timers, so each ends with a sign of life. */
static void judge(struct keeper *k, bool ok, const char *duty, const struct err *e) {
    link_beat(k->link, 0);
    if (ok) {
        k->failures = 0;
        return;
    }
    log_failure(LOG_ERROR, duty, e);
    if (e->code == ERR_SPACE)
        space_give_up_reserve(&k->low_space.space); /* it is for what the dead have left, too */
    if (e->code == ERR_SPACE || e->code == ERR_DB_LOCKED)
        k->again_boot_ms = clock_boot_ms() + AGAIN_MS;
    else if (e->code == ERR_CORRUPT || (e->code == ERR_IO && is_from_store(e)) ||
             ++k->failures >= FAILURES_MAX)
        end(k, err_exit_code(e->code));
}

static bool must_wait(const struct keeper *k) {
    return clock_boot_ms() < k->again_boot_ms;
}

static void tidy(struct keeper *k) {
    struct err e;
    bool due = k->next_boot_ms <= clock_boot_ms();
    judge(k,
          (!due || reap_frozen(k->store, k->given->fleet, k->config->results, &e)) &&
              store_tidy(k->store, &k->next_boot_ms, &e),
          "tidy_failed", &e);
}

static void checkpoint_when_due(struct keeper *k) {
    struct err e;
    if (clock_boot_ms() < k->checkpoint_boot_ms || !store_checkpoint_is_due(k->store))
        return;
    judge(k, store_checkpoint(k->store, false, &e), "checkpoint_failed", &e);
    if (store_checkpoint_is_due(k->store))
        k->checkpoint_boot_ms = clock_boot_ms() + READER_MS;
}

static bool others_have_committed(struct keeper *k) {
    int64_t now_boot_ms = clock_boot_ms();
    if (now_boot_ms - k->looked_boot_ms < TIDY_MS)
        return false;
    int64_t version = store_data_version(k->store), before = k->seen_version;
    k->looked_boot_ms = now_boot_ms;
    k->seen_version = version;
    return version != before;
}

static void on_watch(uv_timer_t *timer) {
    struct keeper *k = timer->data;
    if (must_wait(k))
        return;
    if (k->next_boot_ms <= clock_boot_ms() || others_have_committed(k))
        tidy(k);
    if (!k->ending && !must_wait(k))
        checkpoint_when_due(k);
}

static void release_config(struct keeper *k) {
    if (k->config != k->given)
        config_free(k->config);
}

static void tell_served(const struct config *c) {
    struct served list[CONFIG_ACCOUNTS_MAX + 2 * CONFIG_PROFILES_MAX + 1];
    char digits[24];
    size_t count = 0;
    struct err e;
    for (size_t i = 0; i < c->account_count; i++)
        list[count++] = (struct served){SERVED_ACCOUNT, c->accounts[i].name};
    for (size_t i = 0; i < c->profile_count; i++) {
        list[count++] = (struct served){SERVED_PROFILE, c->profiles[i]->name};
        if (profile_missing_secret(c->profiles[i]))
            list[count++] = (struct served){SERVED_KEYLESS, c->profiles[i]->name};
    }
    (void)snprintf(digits, sizeof digits, "%" PRId64, c->space_min_bytes);
    list[count++] = (struct served){SERVED_SPACE_MIN, digits};
    if (!served_write(c->fleet, list, count, &e))
        log_failure(LOG_ERROR, "served_failed", &e);
}

static void take_config(struct keeper *k, struct config *fresh) {
    release_config(k);
    k->config = fresh;
    tell_served(fresh);
    low_space_reload(&k->low_space, fresh->space_min_bytes);
    log_event(LOG_INFO, "reloaded", "accounts=%zu profiles=%zu", fresh->account_count,
              fresh->profile_count);
}

/* In the service's log and for people. */
static void refuse_settings(struct keeper *k, const struct err *why) {
    char what[ERR_MSG_MAX + 64];
    struct err e;
    log_failure_with(LOG_ERROR, "reload_failed", why, "kept=old");
    if (must_wait(k))
        return;
    (void)snprintf(what, sizeof what, "not taken over, the old settings stay: %s", why->msg);
    judge(k, store_tell_settings(k->store, what, &e), "tell_failed", &e);
}

/* The supervisor, which opens no database, cannot read them; nor, then, can this process. */
static void on_refused(void *arg) {
    struct config *fresh;
    struct err e;
    if (config_load(&fresh, &e)) {
        config_free(fresh);
        (void)err_set(&e, ERR_CONFIG, "they were wrong, and are right by now; reload again");
    }
    refuse_settings(arg, &e);
}

/* One set by hand goes when the configured one changes: the log tells from what to what. */
static bool mirror_and_tell(struct keeper *k, const struct config *config, struct err *e) {
    int64_t before[CONFIG_ACCOUNTS_MAX], now[CONFIG_ACCOUNTS_MAX];
    struct err ignored; /* it is taken over all the same, and `ttsq log` tells */
    if (!mirror_caps(k->store, config, before, e) || !mirror_config(k->store, config, e))
        return false;
    bool known = mirror_caps(k->store, config, now, &ignored);
    for (size_t i = 0; known && i < config->account_count; i++)
        if (before[i] > 0 && before[i] != now[i])
            log_event(LOG_INFO, "cap", "account=%s from=%" PRId64 " to=%" PRId64,
                      config->accounts[i].name, before[i], now[i]);
    return true;
}

/* What time mends is tried again: nobody says it a second time, and the workers have the new
 * configuration already. */
static void reload(struct keeper *k) {
    struct config *fresh = NULL;
    struct err e;
    bool loaded = config_load(&fresh, &e);
    bool ok = loaded && mirror_and_tell(k, fresh, &e);
    link_beat(k->link, 0); /* it may have waited for a lock */
    k->must_reload = loaded && !ok && (e.code == ERR_SPACE || e.code == ERR_DB_LOCKED);
    if (k->must_reload)
        k->again_boot_ms = clock_boot_ms() + AGAIN_MS;
    if (ok) {
        take_config(k, fresh);
    } else {
        refuse_settings(k, &e);
        config_free(fresh);
    }
}

static void on_look(uv_timer_t *timer) {
    struct keeper *k = timer->data;
    struct err e;
    low_space_look(&k->low_space);
    if (k->low_space.is_untold && !must_wait(k))
        judge(k, low_space_tell(&k->low_space, k->store, &e), "tell_failed", &e);
    if (k->must_reload && !k->ending && !must_wait(k))
        reload(k);
    if (k->ending || must_wait(k))
        return;
    judge(k, reap_all(k->store, k->given->fleet, k->config->results, k->id, &e), "reap_failed", &e);
    if (!k->ending && !must_wait(k))
        judge(k, prune_go_on(&k->prune, k->store, k->given->fleet, k->config, &e), "prune_failed",
              &e);
}

static void on_beat(uv_timer_t *timer) {
    struct keeper *k = timer->data;
    link_beat(k->link, 0);
}

/* While nothing can be written the dead wait for the next look, which finds all of them. */
static void on_dead(void *arg, int64_t worker_id) {
    struct keeper *k = arg;
    struct err e;
    if (must_wait(k))
        return;
    judge(k, reap_worker(k->store, k->given->fleet, k->config->results, worker_id, &e),
          "reap_failed", &e);
}

static void on_reload(void *arg) {
    reload(arg);
}

static void on_drain(void *arg) {
    struct keeper *k = arg;
    struct err e;
    judge(k, reap_all(k->store, k->given->fleet, k->config->results, k->id, &e), "reap_failed", &e);
    end(k, 0);
}

static void on_stop(void *arg) {
    end(arg, 0);
}

/* Whoever sits on the database keeps us from our work, but not from telling that we live. */
static bool open_store(struct keeper *k, struct err *e) {
    if (!store_open(&k->store, k->config->database, STORE_CREATE, e))
        return false;
    store_set_patience(k->store, PATIENCE_MS);
    return true;
}

static bool open_all(struct keeper *k, int restarts, struct err *e) {
    static const struct link_handlers handlers = {.on_reload = on_reload,
                                                  .on_drain = on_drain,
                                                  .on_stop = on_stop,
                                                  .on_dead = on_dead,
                                                  .on_refused = on_refused};
    struct store_worker_row row = {
        .id = k->id, .kind = "keeper", .pid = (int)getpid(), .restarts = restarts};
    return file_mkdir_shared(k->config->fleet, e) && file_mkdir_shared(k->config->results, e) &&
           presence_open(&k->presence, k->config->fleet, k->id, 0, e) && open_store(k, e) &&
           mirror_and_tell(k, k->config, e) && store_worker_add(k->store, &row, e) &&
           reap_all(k->store, k->given->fleet, k->config->results, k->id, e) &&
           reap_strangers(k->store, k->given->fleet, e) &&
           reap_frozen(k->store, k->given->fleet, k->config->results, e) &&
           store_tidy(k->store, &k->next_boot_ms, e) &&
           link_open(&k->link, &k->loop, &handlers, k, e);
}

static void start_timer(struct keeper *k, uv_timer_t *timer, uv_timer_cb cb, uint64_t every_ms) {
    int rc = uv_timer_init(&k->loop, timer);
    ASSERT(rc == 0);
    timer->data = k;
    rc = uv_timer_start(timer, cb, every_ms, every_ms);
    ASSERT(rc == 0);
}

static void leave(struct keeper *k) {
    struct err e;
    if (k->store && k->exit_code == 0) {
        if (!store_worker_remove(k->store, k->id, &e) || !store_checkpoint(k->store, true, &e))
            log_failure(LOG_ERROR, "leave_failed", &e);
        presence_close(k->presence);
        k->presence = NULL;
        if (reap_is_last(k->store, k->given->fleet, k->id))
            space_give_up_reserve(&k->low_space.space); /* nobody is at work */
    }
    store_close(k->store);
    release_config(k);
}

int keeper_run(const struct link_start *start, struct config *config) {
    static struct keeper k; /* what a failed one leaves to be reaped with it is no leak */
    k = (struct keeper){
        .id = start->id, .config = config, .given = config, .next_boot_ms = INT64_MAX};
    struct err e;
    (void)umask(0007);
    int rc = uv_loop_init(&k.loop);
    ASSERT(rc == 0);
    if (open_all(&k, start->restarts, &e)) {
        tell_served(k.config);
        low_space_open(&k.low_space, k.given, k.store);
        start_timer(&k, &k.watch, on_watch, WATCH_MS);
        start_timer(&k, &k.look, on_look, LOOK_MS);
        start_timer(&k, &k.beat, on_beat, LINK_BEAT_MS);
        link_ready(k.link);
        rc = uv_run(&k.loop, UV_RUN_DEFAULT);
        ASSERT(rc == 0);
    } else {
        k.exit_code = link_start_failed(start, &e);
        served_tell_failure(k.config->fleet, &e, k.exit_code != LINK_EXIT_LATER);
    }
    leave(&k);
    rc = uv_loop_close(&k.loop);
    ASSERT(rc == 0);
    return k.exit_code;
}
