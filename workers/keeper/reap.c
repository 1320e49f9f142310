/* reap.c: see reap.h. */
#include "workers/keeper/reap.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/log.h"
#include "fleet/presence.h"
#include "workers/keeper/adopt.h"

#define WORKERS_SEEN_MAX 1024 /* in one look; the others wait for the next */

struct found { /* a worker that may begin no call any more */
    int64_t worker_id;
    struct presence_record record;
    int64_t adopted;
    struct store_reap_report report;
};

/* Nothing is known of it then, as after a reboot. */
static void log_unreadable(const struct err *e) {
    log_failure(LOG_WARNING, "presence_unreadable", e);
}

static void log_reaped(const struct found *f, const char *event) {
    log_event(LOG_INFO, event,
              "worker=%016llx adopted=%lld freed=%lld uncertain=%lld slots_freed=%lld "
              "slots_held=%lld",
              (unsigned long long)f->worker_id, (long long)f->adopted, (long long)f->report.freed,
              (long long)f->report.uncertain, (long long)f->report.slots_freed,
              (long long)f->report.slots_held);
}

static bool adopt(struct store *s, const char *results, struct found *f, struct err *e) {
    return adopt_answers(s, results, f->worker_id, &f->record, &f->adopted, e);
}

/* In the store's words; the caller frees them. */
static struct store_sent_mark *sent_marks(const struct presence_record *record) {
    struct store_sent_mark *out = ensure_alloc(record->count * sizeof *out);
    for (size_t i = 0; i < record->count; i++) {
        const struct presence_mark *mark = &record->marks[i];
        out[i] = (struct store_sent_mark){.job_id = mark->job_id,
                                          .account_id = mark->account_id,
                                          .attempt_no = mark->attempt_no,
                                          .slot_no = mark->slot_no,
                                          .over = mark->phase == PRESENCE_OVER,
                                          .over_by_boot_ms = mark->over_by_boot_ms};
    }
    return out;
}

static bool reap_found(struct store *s, struct found *f, struct err *e) {
    struct store_sent_mark *marks = sent_marks(&f->record);
    const struct store_sent sent = {.marks = marks, .count = f->record.count};
    bool ok = store_reap(s, f->worker_id, f->record.known ? &sent : NULL, &f->report, e);
    free(marks);
    if (ok)
        log_reaped(f, "reaped");
    return ok;
}

bool reap_worker(struct store *s, const char *fleet, const char *results, int64_t worker_id,
                 struct err *e) {
    struct found f = {.worker_id = worker_id};
    if (presence_is_alive(fleet, worker_id))
        return true;
    if (!presence_read_dead(fleet, worker_id, &f.record, e)) {
        if (presence_is_alive(fleet, worker_id))
            return true;
        log_unreadable(e);
    }
    bool ok = adopt(s, results, &f, e) && reap_found(s, &f, e);
    free(f.record.marks);
    if (ok)
        presence_remove(fleet, worker_id);
    return ok;
}

static bool reap_frozen_found(struct store *s, int64_t account_id, struct found *f, struct err *e) {
    struct store_sent_mark *marks = sent_marks(&f->record);
    const struct store_sent sent = {.marks = marks, .count = f->record.count};
    bool ok = store_reap_frozen(s, f->worker_id, account_id, f->record.known ? &sent : NULL,
                                &f->report, e);
    free(marks);
    if (ok)
        log_reaped(f, "frozen");
    return ok;
}

bool reap_frozen(struct store *s, const char *fleet, const char *results, struct err *e) {
    for (;;) {
        struct found f = {0};
        int64_t account_id;
        bool found = false;
        if (!store_frozen(s, &f.worker_id, &account_id, &found, e))
            return false;
        if (!found)
            return true;
        if (!presence_read_frozen(fleet, f.worker_id, &f.record, e))
            log_unreadable(e);
        bool ok = adopt(s, results, &f, e) && reap_frozen_found(s, account_id, &f, e);
        free(f.record.marks);
        if (!ok)
            return false;
    }
}

struct workers_seen {
    int64_t self;
    size_t count;
    int64_t id[WORKERS_SEEN_MAX];
};

static void see_worker(int64_t id, const char *kind, const char *state, void *arg) {
    struct workers_seen *seen = arg;
    (void)kind;
    (void)state;
    if (id != seen->self && seen->count < WORKERS_SEEN_MAX)
        seen->id[seen->count++] = id;
}

bool reap_all(struct store *s, const char *fleet, const char *results, int64_t self,
              struct err *e) {
    struct workers_seen seen = {.self = self};
    if (!store_workers_each(s, see_worker, &seen, e))
        return false;
    for (size_t i = 0; i < seen.count; i++)
        if (!reap_worker(s, fleet, results, seen.id[i], e))
            return false;
    return true;
}

struct others {
    const char *fleet;
    int64_t self;
    bool any_alive;
};

static void see_other(int64_t id, const char *kind, const char *state, void *arg) {
    struct others *o = arg;
    (void)state;
    bool counts = strcmp(kind, "call") == 0 || strcmp(kind, "keeper") == 0;
    if (counts && id != o->self && presence_is_alive(o->fleet, id))
        o->any_alive = true;
}

bool reap_is_last(struct store *s, const char *fleet, int64_t self) {
    struct others o = {.fleet = fleet, .self = self};
    struct err e;
    return store_workers_each(s, see_other, &o, &e) && !o.any_alive;
}

struct strangers {
    int64_t *ids;
    size_t count;
};

static void forget_id(int64_t id, const char *kind, const char *state, void *arg) {
    struct strangers *strangers = arg;
    (void)kind;
    (void)state;
    for (size_t i = 0; i < strangers->count; i++)
        if (strangers->ids[i] == id)
            strangers->ids[i] = strangers->ids[--strangers->count];
}

/* The files first: who registers after that is alive, and presence_remove leaves the living. */
bool reap_strangers(struct store *s, const char *fleet, struct err *e) {
    struct strangers strangers;
    if (!presence_list(fleet, &strangers.ids, &strangers.count, e))
        return false;
    bool ok = store_workers_each(s, forget_id, &strangers, e);
    for (size_t i = 0; ok && i < strangers.count; i++)
        presence_remove(fleet, strangers.ids[i]);
    free(strangers.ids);
    return ok;
}
