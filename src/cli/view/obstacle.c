/* obstacle.c: see obstacle.h. */
#include "cli/view/obstacle.h"

#include <stdio.h>

#include "cli/service.h"
#include "cli/view/room.h"
#include "fleet/served.h"

#define SAY(out, field, ...) (void)snprintf((out)->field, sizeof(out)->field, __VA_ARGS__)

static void of_unserved(const char *what, const char *name, struct obstacle *out) {
    SAY(out, why, "the running service does not know %s %s", what, name);
    SAY(out, reason, "%s", name);
    SAY(out, advice,
        "let it read this ttsq.ini and its keys: `systemctl reload ttsq`, or SIGHUP to `ttsq "
        "supervise`; a key in the environment it has only when it is started with it");
}

/* These settings have it no more either, nor a built-in profile that only lacks its key. */
static bool is_gone(const struct config *c, const struct session_counts *counts) {
    struct err aside;
    const char *profile = counts->profile;
    return profile[0] && !served_has(c->fleet, SERVED_PROFILE, profile) &&
           !config_profile(c, profile) && !config_profile_is_aside(c, profile, &aside);
}

static void of_gone(const char *profile, const char *batch, struct obstacle *out) {
    out->brief = "profile not configured";
    SAY(out, reason, "%s", profile);
    SAY(out, why, "profile %s is not in the settings", profile);
    SAY(out, advice, "put [profile:%s] back and reload the service, or `ttsq cancel %s`", profile,
        batch);
}

static void of_account(const struct session_counts *c, struct obstacle *out) {
    bool is_broken = c->account_stopped && !c->account_by_person;
    out->brief = is_broken ? "account stopped" : "account paused";
    SAY(out, reason, "%s", c->account_reason);
    SAY(out, why, "account %s is %s: %s", c->account, is_broken ? "stopped" : "paused",
        c->account_reason);
    if (is_broken)
        SAY(out, advice,
            "mend it, then `ttsq resume %s` (a service reads settings and files of keys again at a "
            "reload, its environment at a restart only)",
            c->account);
    else if (c->account_stopped)
        SAY(out, advice, "`ttsq resume %s`", c->account);
    else
        SAY(out, advice, "nothing; it goes on by itself (`ttsq resume %s` ends the pause)",
            c->account);
}

static void of_outage(const struct session_counts *c, struct obstacle *out) {
    out->brief = "one call at a time";
    SAY(out, reason, "%s", c->account_reason);
    SAY(out, why, "account %s makes one call at a time: %s", c->account, c->account_reason);
    SAY(out, advice, "nothing; the others follow when one is answered (`ttsq resume %s` asks now)",
        c->account);
}

static void of_budget(const struct session_counts *c, const char *batch, struct obstacle *out) {
    out->brief = c->day_budget ? "day's budget used up" : "budget used up";
    SAY(out, reason, "%s", c->budget_reason);
    if (c->day_budget) {
        SAY(out, why, "the day's budget of account %s is used up: %s", c->account,
            c->budget_reason);
        SAY(out, advice,
            "wait for the next day (UTC), or raise `budget = ` of [account:%s] and reload",
            c->account);
        return;
    }
    SAY(out, why, "the batch's budget is used up: %s", c->budget_reason);
    SAY(out, advice, "`ttsq budget %s AMOUNT`", batch);
}

static void of_room(const struct room *room, struct obstacle *out) {
    out->brief = "no room on the disk";
    SAY(out, why, "%s", room->why);
    SAY(out, advice, "%s; it goes on by itself", room->advice);
}

void obstacle_find(const struct config *c, const struct session_counts *counts, const char *batch,
                   struct obstacle *out) {
    struct room room;
    *out = (struct obstacle){.brief = NULL};
    room_look(c, &room);
    if (!service_is_running(c->fleet)) {
        out->brief = "no supervisor";
        SAY(out, why, "no supervisor is running");
        SAY(out, advice, "`ttsq supervise`, or `ttsq run` for a batch");
    } else if (is_gone(c, counts)) {
        of_gone(counts->profile, batch, out);
    } else if (!served_has(c->fleet, SERVED_ACCOUNT, counts->account)) {
        out->brief = "account unknown to the service";
        of_unserved("account", counts->account, out);
    } else if (counts->profile[0] && !served_has(c->fleet, SERVED_PROFILE, counts->profile)) {
        out->brief = "profile unknown to the service";
        of_unserved("profile", counts->profile, out);
    } else if (counts->loading) {
        out->brief = "still loading";
        SAY(out, why, "%s is still being loaded", batch);
    } else if (room.low) {
        of_room(&room, out);
    } else if (counts->provider_down) {
        of_outage(counts, out);
    } else if (counts->account_reason[0]) {
        of_account(counts, out);
    } else if (counts->budget_reason[0]) {
        of_budget(counts, batch, out);
    }
}
