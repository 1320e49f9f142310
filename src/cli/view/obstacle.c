/* obstacle.c: see obstacle.h. */
#include "cli/view/obstacle.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/duration.h"
#include "cli/service.h"
#include "cli/view/room.h"
#include "fleet/served.h"

#define SAY(out, field, ...) (void)snprintf((out)->field, sizeof(out)->field, __VA_ARGS__)

static struct obstacle *add(struct obstacles *all, enum obstacle_kind kind, const char *brief) {
    struct obstacle *one = &all->list[all->count++];
    *one = (struct obstacle){.kind = kind, .brief = brief};
    return one;
}

static void of_unserved(const char *what, const char *name, struct obstacle *out) {
    SAY(out, why, "the running service does not know %s %s", what, name);
    SAY(out, reason, "%s", name);
    SAY(out, advice,
        "`systemctl reload ttsq`, or SIGHUP to `ttsq supervise`, lets it read its settings and "
        "files of keys again; a key in its environment needs a restart");
}

/* These settings have it no more either, nor a built-in profile that only lacks its key. */
static bool is_gone(const struct config *c, const struct session_counts *counts) {
    struct err aside;
    const char *profile = counts->profile;
    return profile[0] && !served_has(c->fleet, SERVED_PROFILE, profile) &&
           !config_profile(c, profile) && !config_profile_is_aside(c, profile, &aside);
}

static void of_gone(const char *profile, const char *batch, struct obstacle *out) {
    SAY(out, reason, "%s", profile);
    SAY(out, why, "profile %s is not in the settings", profile);
    SAY(out, advice, "put [profile:%s] back and reload the service, or `ttsq cancel %s`", profile,
        batch);
}

static void of_failure(const struct served_failure *f, struct obstacles *all) {
    char shown[TEXT_SHOWN_BYTES];
    struct obstacle *out = f->lasts ? add(all, OBSTACLE_FAILED, "the service cannot work")
                                    : add(all, OBSTACLE_STARTING, "the service cannot start yet");
    SAY(out, why, SERVICE_FAILED "%s", text_show(f->why, SERVICE_WHY_SHOWN, shown));
    SAY(out, advice, "%s",
        f->lasts ? "mend it; the service tries again by itself, and at once when it is restarted"
                 : "nothing; it tries again each second");
}

static void of_service(const struct config *c, const struct session_counts *counts,
                       const char *batch, struct obstacles *all) {
    struct served_failure failure;
    if (!service_is_running(c->fleet)) {
        struct obstacle *out = add(all, OBSTACLE_NO_SERVICE, "no supervisor");
        SAY(out, why, "no supervisor is running");
        SAY(out, advice, "`%s`, or `ttsq run` for a batch", service_command(c));
    } else if (served_failure(c->fleet, &failure)) {
        of_failure(&failure, all);
    } else if (is_gone(c, counts)) {
        of_gone(counts->profile, batch, add(all, OBSTACLE_UNKNOWN, "profile not configured"));
    } else if (!served_has(c->fleet, SERVED_ACCOUNT, counts->account)) {
        of_unserved("account", counts->account,
                    add(all, OBSTACLE_UNKNOWN, "account unknown to the service"));
    } else if (counts->profile[0] && !served_has(c->fleet, SERVED_PROFILE, counts->profile)) {
        of_unserved("profile", counts->profile,
                    add(all, OBSTACLE_UNKNOWN, "profile unknown to the service"));
    }
}

static void of_stop(const struct session_counts *c, struct obstacles *all) {
    bool is_broken = !c->account_by_person;
    struct obstacle *out =
        add(all, OBSTACLE_STOPPED, is_broken ? "account stopped" : "account paused");
    SAY(out, reason, "%s", c->account_reason);
    SAY(out, why, "account %s is %s: %s", c->account, is_broken ? "stopped" : "paused",
        c->account_reason);
    if (is_broken)
        SAY(out, advice,
            "mend it, then `ttsq resume %s` (a service reads settings and files of keys again at a "
            "reload, its environment at a restart only)",
            c->account);
    else
        SAY(out, advice, "`ttsq resume %s`", c->account);
}

static void of_pause(const struct session_counts *c, struct obstacles *all) {
    struct obstacle *out = add(all, OBSTACLE_PAUSED, "account paused");
    char age[DURATION_TEXT_BYTES], date[CLOCK_RFC3339_BYTES];
    int64_t left_ms = c->account_until_ms - clock_wall_ms();
    SAY(out, reason, "%s", c->account_reason);
    SAY(out, why, "account %s is paused: %s", c->account, c->account_reason);
    SAY(out, advice, "nothing; it goes on by itself in %s, at %s (`ttsq resume %s` ends the pause)",
        duration_text(left_ms > 0 ? left_ms : 0, age), clock_rfc3339(c->account_until_ms, date),
        c->account);
}

static void of_outage(const struct session_counts *c, struct obstacles *all) {
    struct obstacle *out = add(all, OBSTACLE_PROVIDER_DOWN, "provider down");
    SAY(out, reason, "%s", c->account_reason);
    SAY(out, why, "account %s makes one call at a time: the provider is down: %s", c->account,
        c->account_reason);
    SAY(out, advice, "nothing; the others follow when one is answered (`ttsq resume %s` asks now)",
        c->account);
}

static void of_doubt(const struct session_counts *c, struct obstacles *all) {
    struct obstacle *out = add(all, OBSTACLE_PROVIDER_DOWN, "one call is tried first");
    SAY(out, why, "account %s was stopped and is resumed: one call is tried first", c->account);
    SAY(out, advice, "nothing; the others follow when it succeeds");
}

static void of_budget(const struct session_counts *c, const char *batch, struct obstacles *all) {
    struct obstacle *out = add(all, OBSTACLE_BUDGET, "budget used up");
    SAY(out, reason, "%s", c->budget_reason);
    SAY(out, why, "the batch's budget is used up: %s", c->budget_reason);
    SAY(out, advice, "`ttsq budget %s AMOUNT`", batch);
}

static void of_day_budget(const struct session_counts *c, struct obstacles *all) {
    struct obstacle *out = add(all, OBSTACLE_DAY_BUDGET, "day's budget used up");
    SAY(out, reason, "%s", c->budget_reason);
    SAY(out, why, "the day's budget of account %s is used up: %s", c->account, c->budget_reason);
    SAY(out, advice, "wait for the next day (UTC), or raise `budget = ` of [account:%s] and reload",
        c->account);
}

static void of_room(const struct config *c, struct obstacles *all) {
    struct room room;
    room_look(c, &room);
    if (!room.low)
        return;
    struct obstacle *out = add(all, OBSTACLE_NO_ROOM, "no room on the disk");
    SAY(out, why, "%s", room.why);
    SAY(out, advice, "%s; it goes on by itself", room.advice);
}

static void of_loading(const char *batch, struct obstacles *all) {
    struct obstacle *out = add(all, OBSTACLE_LOADING, "still loading");
    SAY(out, why, "%s is still being loaded", batch);
}

void obstacle_find(const struct config *c, const struct session_counts *counts, const char *batch,
                   struct obstacles *out) {
    out->count = 0;
    of_service(c, counts, batch, out);
    bool runs = out->count == 0 || out->list[0].kind == OBSTACLE_UNKNOWN;
    if (counts->account_stopped)
        of_stop(counts, out);
    if (counts->budget_reason[0] && !counts->day_budget)
        of_budget(counts, batch, out);
    of_room(c, out);
    if (counts->loading)
        of_loading(batch, out);
    if (counts->account_until_ms > 0)
        of_pause(counts, out);
    else if (runs && counts->provider_down)
        of_outage(counts, out);
    else if (runs && counts->account_in_doubt)
        of_doubt(counts, out);
    if (counts->day_budget)
        of_day_budget(counts, out);
}

bool obstacle_lasts(const struct obstacle *o) {
    return o->kind < OBSTACLE_LOADING;
}

size_t obstacle_print(const struct obstacles *o, bool only_lasting) {
    size_t count = 0;
    for (size_t i = 0; i < o->count; i++) {
        if (only_lasting && !obstacle_lasts(&o->list[i]))
            continue;
        printf("waits: %s\n", o->list[i].why);
        if (o->list[i].advice[0])
            printf("do: %s\n", o->list[i].advice);
        count++;
    }
    return count;
}
