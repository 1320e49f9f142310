/*
 * load.c: see load.h: what was asked for is checked, and the same content is not added twice. Which
 * batch it becomes is in load_batch.c, that it comes in whole in load_whole.c, its jobs in
 * load_jobs.c.
 */
#include "cli/intake/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/nearest.h"
#include "cli/intake/load_batch.h"
#include "cli/intake/load_whole.h"
#include "cli/view/ending.h"
#include "cli/view/money.h"
#include "cli/view/text.h"

/* ---- what was asked for ---- */

static bool find_profile(struct load *l, struct err *e) {
    const struct config *c = l->session->config;
    const char *name = l->options->profile ? l->options->profile : c->profile;
    if (l->append_to && !l->options->profile)
        name = l->append_profile;
    l->profile = config_profile(c, name);
    if (l->profile)
        return true;
    if (config_profile_is_aside(c, name, e))
        return false;
    struct nearest near;
    nearest_init(&near, name);
    for (size_t i = 0; i < c->profile_count; i++)
        nearest_offer(&near, c->profiles[i]->name);
    for (size_t i = 0; i < c->aside_count; i++)
        nearest_offer(&near, c->aside[i].name);
    char shown[TEXT_SHOWN_BYTES];
    text_show(name, 64, shown);
    if (near.best[0])
        return err_set(e, ERR_CONFIG, "no profile '%s' is configured; did you mean '%s'?", shown,
                       near.best);
    return err_set(e, ERR_CONFIG, "no profile '%s' is configured; `ttsq check --origin` lists them",
                   shown);
}

static bool check_budget(struct load *l, struct err *e) {
    const struct profile *p = l->profile;
    char currency[PRICE_CURRENCY_BYTES];
    if (!l->options->budget)
        return true;
    if (!price_money_parse(l->options->budget, "", true, &l->budget_micros, currency, e) ||
        l->budget_micros == 0)
        return err_set(e, ERR_USAGE, "--budget must be an amount like 2.00, not '%.40s'",
                       l->options->budget);
    if (!money_has_price(p, e))
        return false;
    l->result->budget_micros = l->budget_micros;
    return !currency[0] || strcmp(currency, p->price.currency) == 0 ||
           err_set(e, ERR_USAGE, "the price of profile '%s' is in %s, not in %s", p->name,
                   p->price.currency, currency);
}

/* What the service would refuse at the batch's end is better refused now. */
static bool check_ending(struct load *l, struct err *e) {
    const struct load_options *o = l->options;
    const struct config *c = l->session->config;
    return (!o->notify || ending_url(c, o->notify, e)) &&
           (!o->on_done || ending_command(c, o->on_done, &l->on_done, e));
}

/* ---- the same content, earlier ---- */

/* Of this call: a dry run leaves nothing in the queue. */
static bool would_be_there(const struct load *l) {
    struct load_result *r = l->result;
    for (size_t i = 0; l->options->dry_run && i < l->earlier->count; i++) {
        const struct load_result *one = &l->earlier->results[i];
        if (strcmp(one->fingerprint, r->fingerprint) != 0)
            continue;
        memcpy(r->batch, one->batch, sizeof r->batch);
        r->batch_id = one->batch_id;
        r->jobs = one->jobs;
        r->chars = one->chars;
        return true;
    }
    return false;
}

static bool is_in_appended(struct load *l, const struct source *source, bool *found,
                           struct err *e) {
    struct load_result *r = l->result;
    r->batch_id = l->append_to;
    (void)snprintf(r->batch, sizeof r->batch, "%s", l->options->batch);
    return store_batch_has_source(l->session->store, l->append_to, source->fingerprint, found, e);
}

static bool is_a_batch(struct load *l, const struct source *source, bool *found, struct err *e) {
    struct load_result *r = l->result;
    struct session_counts counts;
    struct err why;
    if (!store_batch_by_source(l->session->store, source->fingerprint, &r->batch_id, r->batch,
                               &why)) {
        if (why.code != ERR_NOT_FOUND)
            *e = why;
        return why.code == ERR_NOT_FOUND;
    }
    /* who names another batch will ask for it by that name; its answers are shared anyway */
    if (l->options->batch && strcmp(l->options->batch, r->batch) != 0) {
        r->batch_id = 0;
        return true;
    }
    if (!session_counts(l->session, r->batch_id, &counts, e))
        return false;
    r->jobs = counts.total;
    r->chars = counts.chars;
    *found = true;
    return true;
}

/* Is it in the queue already? *found tells, and l->result where. */
static bool find_same(struct load *l, const struct source *source, bool *found, struct err *e) {
    *found = !l->options->force && would_be_there(l);
    if (*found || l->options->force || !l->session->store)
        return true;
    return l->append_to ? is_in_appended(l, source, found, e) : is_a_batch(l, source, found, e);
}

/* ---- one batch, and all of them ---- */

static bool load_source(struct load *l, char *const *paths, size_t count, struct err *e) {
    const struct load_options *o = l->options;
    struct load_result *r = l->result;
    const struct source_settings settings = {
        .profile = l->profile->name, .voice = o->voice, .split = o->split};
    struct source source;
    bool ok = source_open(&source, paths, count, &settings, e);
    if (ok) {
        memcpy(r->fingerprint, source.fingerprint, sizeof r->fingerprint);
        ok = find_same(l, &source, &r->already, e) &&
             (r->already || load_whole(l, &source, paths[0], e));
    }
    source_release(&source);
    return ok;
}

/* One batch of all of these paths. */
static bool load_one(struct load *l, char *const *paths, size_t count, struct err *e) {
    *l->result = (struct load_result){.path = paths[0]};
    bool ok = load_batch_find(l, e) && find_profile(l, e) && check_budget(l, e) &&
              check_ending(l, e) && load_source(l, paths, count, e);
    free(l->on_done);
    return ok;
}

bool load_files(struct session *s, const struct load_options *options, char *const *paths,
                size_t count, struct load_list *list, struct err *e) {
    size_t step = options->batch ? count : 1;
    list->results = ensure_alloc(count * sizeof *list->results);
    list->count = 0;
    for (size_t i = 0; i < count; i += step) {
        struct load l = {.session = s,
                         .options = options,
                         .earlier = list,
                         .result = &list->results[list->count]};
        if (!load_one(&l, paths + i, step, e))
            return false;
        list->count++;
        if (list->on_one && !list->on_one(l.result, list->arg, e))
            return false;
    }
    return true;
}
