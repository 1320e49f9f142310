/* session.c: see session.h. */
#include "cli/session.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/nearest.h"
#include "cli/service.h"
#include "cli/view/text.h"
#include "workers/keeper/mirror.h"

#define NAME_BYTES 64

static bool make_folders(const struct config *c, struct err *e) {
    return file_mkdir_shared(c->fleet, e) && file_mkdir_shared(c->results, e);
}

/* Who acts, for the log. */
static const char *person(char name[NAME_BYTES]) {
    const struct passwd *user = getpwuid(getuid());
    if (user && *user->pw_name)
        (void)snprintf(name, NAME_BYTES, "%.63s", user->pw_name);
    else
        (void)snprintf(name, NAME_BYTES, "uid %lu", (unsigned long)getuid());
    return name;
}

/* The nearest that can be seen of a path: it, or a folder above it. */
static bool look_from(const char *path, struct stat *st) {
    char at[PATH_MAX];
    (void)snprintf(at, sizeof at, "%s", path);
    char *slash = at;
    while (stat(at, st) != 0) {
        slash = strrchr(at, '/');
        if (!slash || slash == at)
            return false;
        *slash = '\0';
    }
    return true;
}

bool session_no_access(const char *path, struct err *e) {
    char name[NAME_BYTES];
    struct stat st = {0};
    if (access(path, R_OK | W_OK) == 0 || errno != EACCES)
        return false;
    (void)person(name); /* before the owner is looked up: the answers share their place */
    bool seen = look_from(path, &st), is_folder = !seen || S_ISDIR(st.st_mode);
    mode_t share = is_folder ? S_IRWXG : S_IRGRP | S_IWGRP;
    const struct group *group = seen && (st.st_mode & share) == share ? getgrgid(st.st_gid) : NULL;
    const struct passwd *owner = seen ? getpwuid(st.st_uid) : NULL;
    if (group)
        return err_set(e, e->code,
                       "%.300s: %s may not use this queue; be a member of the group %.63s", path,
                       name, group->gr_name);
    return is_folder || !owner
               ? err_set(e, e->code,
                         "%.300s: %s may not use this queue: its folder is closed to others", path,
                         name)
               : err_set(e, e->code, "%.300s: %s may not use this queue: it is for %.63s alone",
                         path, name, owner->pw_name);
}

bool session_open(struct session *s, enum session_mode mode, struct err *e) {
    static const enum store_mode store_modes[] = {
        [SESSION_READ] = STORE_READ,
        [SESSION_WRITE] = STORE_WRITE,
        [SESSION_CREATE] = STORE_CREATE,
    };
    char name[NAME_BYTES];
    *s = (struct session){0};
    if (!config_load(&s->config, e))
        return false;
    if (mode == SESSION_CREATE && !make_folders(s->config, e))
        return session_no_access(s->config->database, e);
    if (!store_open(&s->store, s->config->database, store_modes[mode], e))
        return session_no_access(s->config->database, e);
    store_set_actor(s->store, person(name));
    if (mode == SESSION_READ)
        return true;
    return service_is_running(s->config->fleet) ? mirror_missing(s->store, s->config, e)
                                                : mirror_config(s->store, s->config, e);
}

bool session_reopen(struct session *s, struct err *e) {
    store_close(s->store);
    s->store = NULL;
    if (!store_open(&s->store, s->config->database, STORE_WRITE, e))
        return false;
    char name[NAME_BYTES];
    store_set_actor(s->store, person(name));
    return true;
}

void session_close(struct session *s) {
    store_close(s->store);
    if (s->config)
        config_free(s->config);
    *s = (struct session){0};
}

static void offer(const char *name, void *arg) {
    nearest_offer(arg, name);
}

static bool not_found(const char *what, const struct nearest *near, struct err *e) {
    char typed[TEXT_SHOWN_BYTES], best[TEXT_SHOWN_BYTES];
    text_show(near->typed, 64, typed);
    if (near->best[0])
        return err_set(e, ERR_NOT_FOUND, "no %s '%s'; did you mean '%s'?", what, typed,
                       text_show(near->best, 64, best));
    return err_set(e, ERR_NOT_FOUND, "no %s '%s'; `ttsq status` lists them", what, typed);
}

bool session_batch(struct session *s, const char *name, int64_t *batch_id, struct err *e) {
    if (store_batch_by_name(s->store, name, batch_id, e))
        return true;
    if (e->code != ERR_NOT_FOUND)
        return false;
    struct nearest near;
    nearest_init(&near, name);
    struct err names_error;
    if (!store_batch_names(s->store, offer, &near, &names_error))
        near.best[0] = '\0'; /* the suggestion is a courtesy */
    return not_found("batch", &near, e);
}

static void offer_account(const struct store_account_row *row, void *arg) {
    nearest_offer(arg, row->name);
}

bool session_account(struct session *s, const char *name, struct err *e) {
    int64_t id;
    if (store_account_id(s->store, name, &id, e))
        return true;
    if (e->code != ERR_NOT_FOUND)
        return false;
    struct nearest near;
    nearest_init(&near, name);
    struct store_reader reader = {.account = offer_account, .arg = &near};
    struct err names_error;
    if (!store_status(s->store, 0, &reader, &names_error))
        near.best[0] = '\0';
    return not_found("account", &near, e);
}

bool session_neither(struct session *s, const char *name, struct err *e) {
    struct nearest near;
    nearest_init(&near, name);
    struct store_reader reader = {.account = offer_account, .arg = &near};
    struct err names_error;
    if (!store_status(s->store, 0, &reader, &names_error) ||
        !store_batch_names(s->store, offer, &near, &names_error))
        near.best[0] = '\0';
    return not_found("account or batch", &near, e);
}

static void copy_batch(const struct store_batch_row *row, void *arg) {
    struct session_counts *out = arg;
    out->found = true;
    out->total = row->total;
    out->chars = row->chars;
    out->uncertain_attempts = row->uncertain_attempts;
    out->loading = row->loading;
    memcpy(out->count, row->count, sizeof out->count);
    if (row->money.is_waiting)
        (void)money_waits(&row->money, out->budget_reason);
    out->spent_micros = row->money.spent;
    out->reserved_micros = row->money.reserved;
    (void)snprintf(out->currency, sizeof out->currency, "%s", row->money.currency);
    (void)snprintf(out->account, sizeof out->account, "%s", row->account);
    (void)snprintf(out->profile, sizeof out->profile, "%s", row->profile);
}

static void copy_account(const struct store_account_row *row, void *arg) {
    struct session_counts *out = arg;
    if (strcmp(row->name, out->account) != 0)
        return;
    out->account_stopped = row->stopped;
    out->account_by_person = row->by_person;
    out->account_until_ms = row->stopped ? 0 : row->paused_until_ms;
    if (row->money.is_waiting && !out->budget_reason[0]) {
        (void)money_waits(&row->money, out->budget_reason);
        out->day_budget = true;
    }
    char shown[TEXT_SHOWN_BYTES];
    bool closed = row->stopped || row->paused_until_ms > 0;
    const char *why = row->pause_reason;
    out->provider_down = !closed && row->is_down;
    out->account_in_doubt = !closed && !row->is_down && row->breaker != BREAKER_CLOSED;
    if (out->provider_down)
        why = row->breaker_why;
    else if (!closed)
        return;
    text_show(why ? why : "no reason given", 200, shown);
    (void)snprintf(out->account_reason, sizeof out->account_reason, "%.255s", shown);
}

bool session_counts(struct session *s, int64_t batch_id, struct session_counts *out,
                    struct err *e) {
    struct session_counts found = {0};
    struct store_reader batches = {.batch = copy_batch, .arg = &found};
    struct store_reader accounts = {.account = copy_account, .arg = &found};
    if (!store_status(s->store, batch_id, &batches, e))
        return false;
    if (!found.found)
        return err_set(e, ERR_NOT_FOUND, "the batch has been removed meanwhile");
    if (!store_status(s->store, batch_id, &accounts, e))
        return false;
    *out = found;
    return true;
}

bool session_account_counts(struct session *s, const char *account, struct session_counts *out,
                            struct err *e) {
    struct session_counts found = {0};
    const struct store_reader reader = {.account = copy_account, .arg = &found};
    (void)snprintf(found.account, sizeof found.account, "%s", account);
    if (!store_status(s->store, 0, &reader, e))
        return false;
    *out = found;
    return true;
}
