/*
 * load.c: see load.h: which batch it is, whether it is there already, and what became of it. Its
 * jobs come in by load_jobs.c.
 */
#include "cli/intake/load.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/nearest.h"
#include "base/utf8.h"
#include "cli/intake/load_args.h"
#include "cli/intake/load_jobs.h"
#include "cli/intake/producer.h"
#include "cli/intake/source.h"
#include "cli/view/ending.h"
#include "cli/view/money.h"
#include "cli/view/text.h"

#define NAME_TRIES_MAX 10000
#define NAME_SUFFIX_BYTES 8

struct load {
    struct session *session;
    const struct load_options *options;
    const struct profile *profile;
    const struct load_list *earlier; /* what has been made by the same call */
    struct load_result *result;
    struct producer producer;
    bool half_loaded;
    int64_t budget_micros;
    char *on_done;     /* with the whole path of its program; NULL = not asked for */
    int64_t append_to; /* a batch that is there and gets more; 0 = a batch of its own */
    char append_profile[STORE_NAME_MAX + 1];
};

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

static bool check_name(const char *name, struct err *e) {
    size_t bytes = strlen(name), bad;
    bool good = bytes >= 1 && bytes <= STORE_NAME_MAX && name[0] != '-' &&
                utf8_check(name, bytes, &bad) == UTF8_GOOD;
    for (size_t i = 0; i < bytes; i++)
        good = good && (unsigned char)name[i] >= 0x20 && name[i] != 0x7f;
    return good || err_set(e, ERR_USAGE,
                           "a batch's name has 1 to %d bytes of UTF-8, no control characters, and "
                           "does not begin with '-'",
                           STORE_NAME_MAX);
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

/* ---- the batch ---- */

static bool begin(struct load *l, const struct source *source, struct err *e) {
    const struct load_options *o = l->options;
    if (o->dry_run)
        return true; /* its name is what was to be found out */
    struct store_batch_spec spec = {
        .name = l->result->batch,
        .profile = l->profile->name,
        .voice = o->voice,
        .source_sha256 = source->fingerprint,
        .uncertain = o->uncertain,
        .priority = o->priority,
        .weight = o->weight,
        .fresh = o->fresh,
        .budget_micros = l->budget_micros,
        .cap = o->cap,
        .by_ms = o->by_ms,
        .start_ms = o->at_ms,
        .producer_id = l->producer.id,
        .on_done = l->on_done,
        .notify = o->notify,
    };
    return store_batch_begin(l->session->store, &spec, &l->result->batch_id, e);
}

/* What a dry run would have made by now is in no store. */
static bool would_be_taken(const struct load *l, const char *name) {
    bool taken = false;
    for (size_t i = 0; l->options->dry_run && i < l->earlier->count; i++)
        taken = taken || strcmp(l->earlier->results[i].batch, name) == 0;
    return taken;
}

/* Before the first batch there may be no store: in a dry run. */
static bool is_taken(struct load *l, const char *name, bool *taken, struct err *e) {
    int64_t id;
    *taken = would_be_taken(l, name) ||
             (l->session->store && store_batch_by_name(l->session->store, name, &id, e));
    return *taken || !l->session->store || e->code == ERR_NOT_FOUND;
}

/* NAME, NAME-2, NAME-3 … until one is free. */
static bool begin_with_free_name(struct load *l, const struct source *source, const char *path,
                                 struct err *e) {
    char stem[STORE_NAME_MAX + 1];
    source_stem(path, STORE_NAME_MAX - NAME_SUFFIX_BYTES, stem);
    for (int i = 1; i <= NAME_TRIES_MAX; i++) {
        bool taken;
        char *name = l->result->batch;
        size_t stem_bytes = strlen(stem);
        memcpy(name, stem, stem_bytes + 1);
        if (i > 1)
            (void)snprintf(name + stem_bytes, NAME_SUFFIX_BYTES, "-%d", i);
        if (!is_taken(l, name, &taken, e))
            return false;
        if (taken)
            continue;
        if (begin(l, source, e))
            return true;
        if (e->code != ERR_INPUT) /* somebody else took the name just now */
            return false;
    }
    return err_set(e, ERR_USAGE, "too many batches are called '%s'; give a name with --batch",
                   stem);
}

static bool begin_named(struct load *l, const struct source *source, struct err *e) {
    bool taken;
    char shown[TEXT_SHOWN_BYTES];
    (void)snprintf(l->result->batch, sizeof l->result->batch, "%s", l->options->batch);
    if (!is_taken(l, l->options->batch, &taken, e))
        return false;
    if (taken)
        return err_set(e, ERR_USAGE,
                       "there is a batch '%s' already, with other content; choose another "
                       "name, or add to it with --append",
                       text_show(l->options->batch, 64, shown));
    return begin(l, source, e);
}

/* ---- more of a batch that is there ---- */

static void take_profile(const struct store_batch_row *row, void *arg) {
    struct load *l = arg;
    (void)snprintf(l->append_profile, sizeof l->append_profile, "%s", row->profile);
}

/* What was said of a batch once counts for what is added, too. */
static bool check_append(const struct load *l, struct err *e) {
    const struct load_options *o = l->options;
    char shown[TEXT_SHOWN_BYTES];
    text_word(o->batch, shown);
    if (o->profile && strcmp(o->profile, l->append_profile) != 0)
        return err_set(e, ERR_USAGE, "%.300s was put in with profile %.130s; leave --profile out",
                       shown, l->append_profile);
    if (o->priority || o->weight != load_args_defaults.weight || o->cap || o->by_ms || o->at_ms ||
        o->budget || o->uncertain || o->fresh || o->on_done || o->notify)
        return err_set(e, ERR_USAGE,
                       "%.300s is there already: with --append say only --voice, --delay, --split "
                       "(`ttsq boost`, `cap` and `budget` change a batch)",
                       shown);
    return true;
}

static bool find_append(struct load *l, struct err *e) {
    struct store_reader reader = {.batch = take_profile, .arg = l};
    char shown[TEXT_SHOWN_BYTES];
    if (!l->options->append)
        return true;
    if (!l->session->store)
        return err_set(e, ERR_NOT_FOUND, "no batch '%.300s': there is no queue yet",
                       text_show(l->options->batch, 64, shown));
    return session_batch(l->session, l->options->batch, &l->append_to, e) &&
           store_status(l->session->store, l->append_to, &reader, e) && check_append(l, e);
}

/* Loaded under a name of its own, which nobody else has. */
static bool begin_append(struct load *l, const struct source *source, struct err *e) {
    if (l->options->dry_run)
        (void)snprintf(l->result->batch, sizeof l->result->batch, "%s", l->options->batch);
    else
        (void)snprintf(l->result->batch, sizeof l->result->batch, "%.80s (adding %016llx)",
                       l->options->batch, (unsigned long long)l->producer.id);
    return begin(l, source, e);
}

static bool has_source(struct load *l, const struct source *source, bool *has, struct err *e) {
    return store_batch_has_source(l->session->store, l->append_to, source->fingerprint, has, e);
}

/* ---- all of it or nothing ---- */

static bool read_all(struct load *l, struct source *source, struct err *e) {
    const struct load_jobs to = {.session = l->session,
                                 .options = l->options,
                                 .profile = l->profile,
                                 .voice = l->append_to ? l->options->voice : NULL,
                                 .result = l->result};
    return load_jobs(&to, source, e);
}

enum fate {
    FATE_OUT,     /* nothing of it was to be seen by anybody yet */
    FATE_UNSEEN,  /* a commit failed, and nobody sees it */
    FATE_UNKNOWN, /* a commit failed, and nothing more is known */
    FATE_IN,
};

/* After an I/O error only a new connection knows what was written. What is to be appended has its
 * own name until it is; whether its source is there says nothing, as it may be added again. */
static enum fate look_again(struct load *l) {
    struct session_counts counts;
    struct err e;
    int64_t id;
    if (!session_reopen(l->session, &e))
        return FATE_UNKNOWN;
    if (l->append_to && store_batch_by_name(l->session->store, l->result->batch, &id, &e))
        return FATE_UNSEEN;
    if (l->append_to)
        return e.code == ERR_NOT_FOUND ? FATE_IN : FATE_UNKNOWN;
    if (!session_counts(l->session, l->result->batch_id, &counts, &e))
        return e.code == ERR_NOT_FOUND ? FATE_UNSEEN : FATE_UNKNOWN;
    return counts.loading ? FATE_UNSEEN : FATE_IN;
}

static bool commit(struct load *l, const struct source *source, enum fate *fate, struct err *e) {
    struct store *store = l->session->store;
    struct load_result *r = l->result;
    bool ok = l->append_to ? store_batch_append(store, r->batch_id, l->append_to,
                                                source->fingerprint, l->options->force, e)
                           : store_batch_commit(store, r->batch_id, e);
    *fate = ok ? FATE_IN : e->code == ERR_IO ? look_again(l) : FATE_OUT;
    if (*fate != FATE_IN)
        return false;
    if (l->append_to) {
        r->batch_id = l->append_to;
        (void)snprintf(r->batch, sizeof r->batch, "%s", l->options->batch);
    }
    return true;
}

/* What cannot be removed now is left to the keeper, which sees the producer's row and its death. */
static void abort_load(struct load *l, const struct err *why) {
    struct err ignored;
    if (why->code == ERR_IO && !session_reopen(l->session, &ignored))
        l->half_loaded = true;
    else
        l->half_loaded = !store_batch_abort(l->session->store, l->result->batch_id, &ignored);
}

/* Says what became of it where a person could not know. A commit that nobody sees, and that could
 * not be written over, may come back with the log when the machine starts afresh. */
static bool explain(const struct load *l, enum fate fate, struct err *e) {
    char shown[TEXT_SHOWN_BYTES];
    const char *name = l->options->batch ? l->options->batch : l->result->batch;
    if (e->code != ERR_IO || !e->origin || strcmp(e->origin, "sqlite") != 0)
        return false;
    if (fate == FATE_UNKNOWN)
        return err_prefix(e,
                          "it is not known whether %" PRId64 " jobs were added to %.150s: "
                          "`ttsq log --batch %.150s` says so if they were",
                          l->result->jobs, text_word(name, shown), shown);
    return err_prefix(e, "nothing was added");
}

static bool begin_any(struct load *l, const struct source *source, const char *path,
                      struct err *e) {
    if (l->append_to)
        return begin_append(l, source, e);
    return l->options->batch ? begin_named(l, source, e) : begin_with_free_name(l, source, path, e);
}

static bool store_all(struct load *l, struct source *source, const char *path, enum fate *fate,
                      struct err *e) {
    if (!begin_any(l, source, path, e))
        return false;
    if (read_all(l, source, e) && commit(l, source, fate, e))
        return true;
    abort_load(l, e);
    if (*fate == FATE_UNSEEN && l->half_loaded)
        *fate = FATE_UNKNOWN;
    return false;
}

static bool load_new(struct load *l, struct source *source, const char *path, struct err *e) {
    if (l->options->dry_run)
        return begin_any(l, source, path, e) && read_all(l, source, e);
    enum fate fate = FATE_OUT;
    bool ok = producer_open(&l->producer, l->session, e) && store_all(l, source, path, &fate, e);
    producer_close(&l->producer, l->half_loaded);
    return ok || explain(l, fate, e);
}

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

/* Is the same content in the queue already? *found tells. */
static bool find_same(struct load *l, const struct source *source, bool *found, struct err *e) {
    struct load_result *r = l->result;
    struct err missing;
    *found = !l->options->force && would_be_there(l);
    if (*found || l->options->force || !l->session->store)
        return true;
    if (l->append_to) {
        r->batch_id = l->append_to;
        (void)snprintf(r->batch, sizeof r->batch, "%s", l->options->batch);
        return has_source(l, source, found, e);
    }
    if (!store_batch_by_source(l->session->store, source->fingerprint, &r->batch_id, r->batch,
                               &missing)) {
        if (missing.code != ERR_NOT_FOUND)
            *e = missing;
        return missing.code == ERR_NOT_FOUND;
    }
    /* somebody who names another batch will ask for it by that name;
     * its answers are shared anyway */
    if (l->options->batch && strcmp(l->options->batch, r->batch) != 0) {
        r->batch_id = 0;
        return true;
    }
    struct session_counts counts;
    if (!session_counts(l->session, r->batch_id, &counts, e))
        return false;
    r->jobs = counts.total;
    r->chars = counts.chars;
    *found = true;
    return true;
}

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
             (r->already || load_new(l, &source, paths[0], e));
    }
    source_release(&source);
    return ok;
}

/* One batch of all of these paths. */
static bool load_batch(struct load *l, char *const *paths, size_t count, struct err *e) {
    const char *name = l->options->batch;
    *l->result = (struct load_result){.path = paths[0]};
    bool ok = (!name || check_name(name, e)) && find_append(l, e) && find_profile(l, e) &&
              check_budget(l, e) && check_ending(l, e) && load_source(l, paths, count, e);
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
        if (!load_batch(&l, paths + i, step, e))
            return false;
        list->count++;
        if (list->on_one && !list->on_one(l.result, list->arg, e))
            return false;
    }
    return true;
}
