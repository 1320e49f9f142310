/* load_batch.c: see load_batch.h. */
#include "cli/intake/load_batch.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "cli/intake/load_args.h"
#include "cli/view/text.h"

#define NAME_TRIES_MAX 10000
#define NAME_SUFFIX_BYTES 8

/* ---- one of its own ---- */

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

/* ---- more of one that is there ---- */

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

/* ---- either ---- */

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

bool load_batch_find(struct load *l, struct err *e) {
    const char *name = l->options->batch;
    return (!name || check_name(name, e)) && find_append(l, e);
}

bool load_batch_begin(struct load *l, const struct source *source, const char *path,
                      struct err *e) {
    if (l->append_to)
        return begin_append(l, source, e);
    return l->options->batch ? begin_named(l, source, e) : begin_with_free_name(l, source, path, e);
}
