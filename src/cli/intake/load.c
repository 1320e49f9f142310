/*
 * load.c: see load.h. Texts are copied into an arena and handed to the store some thousand at a
 * time, so a million lines need no more memory than ten thousand.
 *
 * While it loads, the process is a worker of kind "producer" with a presence file, so that the
 * keeper can tell a batch that is being loaded from one whose loader died.
 */
#include "cli/intake/load.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ensure.h"
#include "base/nearest.h"
#include "base/random.h"
#include "base/utf8.h"
#include "cli/cli.h"
#include "cli/intake/estimate.h"
#include "cli/intake/load_args.h"
#include "cli/intake/source.h"
#include "cli/view/ending.h"
#include "cli/view/progress.h"
#include "cli/view/text.h"
#include "fleet/presence.h"
#include "provider/request.h"
#include "text/split.h"

#define CHUNK_JOBS 5000
#define ARENA_BYTES (4 * 1024 * 1024) /* more than one record can hold */
#define NAME_TRIES_MAX 10000
#define NAME_SUFFIX_BYTES 8
#define PRODUCERS_MAX 64
#define QUIET_MS 1000 /* a load that is shorter needs no progress line */

struct load {
    struct session *session;
    const struct load_options *options;
    const struct profile *profile;
    struct load_result *result;
    int64_t producer_id;
    struct presence *presence;
    bool registered, half_loaded;
    struct progress progress;
    struct records_sink sink;
    struct store_job_spec *jobs; /* CHUNK_JOBS */
    size_t job_count;
    char *arena;
    size_t arena_used;
    struct splitter *splitter; /* NULL until a text needs it */
    size_t **owned;            /* piece_ends of jobs; CHUNK_JOBS */
    size_t owned_count;
    char *chapter;            /* of the job before; NULL = none */
    struct estimate estimate; /* when result->estimated */
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

/* ---- producers that died while loading ---- */

struct producers {
    int64_t id[PRODUCERS_MAX];
    size_t count;
};

static void collect_producer(int64_t id, const char *kind, const char *state, void *arg) {
    (void)state;
    struct producers *p = arg;
    if (!strcmp(kind, "producer") && p->count < PRODUCERS_MAX)
        p->id[p->count++] = id;
}

/* The keeper does the same, but it may not be running, and the dead one's batch name is taken. */
static bool reap_dead_producers(struct session *s, struct err *e) {
    struct producers p = {.count = 0};
    if (!store_workers_each(s->store, collect_producer, &p, e))
        return false;
    for (size_t i = 0; i < p.count; i++) {
        struct store_reap_report report;
        if (presence_is_alive(s->config->fleet, p.id[i]))
            continue;
        if (!store_reap(s->store, p.id[i], true, NULL, 0, &report, e))
            return false;
        presence_remove(s->config->fleet, p.id[i]);
    }
    return true;
}

/* ---- records into jobs ---- */

static void free_pieces(struct load *l) {
    while (l->owned_count > 0)
        free(l->owned[--l->owned_count]);
}

static bool flush(struct load *l, struct err *e) {
    if (l->job_count && !l->options->dry_run &&
        !store_batch_add(l->session->store, l->result->batch_id, l->jobs, l->job_count, e))
        return false;
    l->job_count = 0;
    l->arena_used = 0;
    free_pieces(l);
    if (cli_stop_count())
        return err_set(e, ERR_INTERRUPTED, "interrupted; nothing was added");
    if (progress_due(&l->progress))
        progress_line(&l->progress, "%" PRId64 " jobs read", l->result->jobs);
    return true;
}

static const char *keep(struct load *l, const char *s, size_t bytes) {
    char *copy = l->arena + l->arena_used;
    memcpy(copy, s, bytes);
    copy[bytes] = '\0';
    l->arena_used += bytes + 1;
    return copy;
}

static const char *keep_optional(struct load *l, const char *s) {
    return s ? keep(l, s, strlen(s)) : NULL;
}

/* A text over the profile's limit is spoken in pieces; job->piece_ends is freed by flush. */
static bool cut_pieces(struct load *l, const struct record *r, struct store_job_spec *job,
                       struct err *e) {
    const struct measure_limit *limit = &l->profile->text_max;
    struct err cut;
    size_t *ends;
    if (limit->max == 0 || (int64_t)r->text_bytes <= limit->max ||
        measure_text(r->text, r->text_bytes, limit->unit) <= limit->max)
        return true;
    if (!l->splitter && !splitter_new(&l->splitter, e))
        return false;
    if (!split_ends(l->splitter, r->text, r->text_bytes, limit->unit, limit->max, STORE_PIECES_MAX,
                    &ends, &job->piece_count, &cut))
        return err_set(e, ERR_INPUT,
                       "%s:%" PRId64 ": the text cannot be split for the profile '%s': %.200s",
                       l->sink.file, r->line, l->profile->name, cut.msg);
    l->owned[l->owned_count++] = ends;
    job->piece_ends = ends;
    if (job->piece_count < 2) /* only white space is over the limit */
        job->piece_count = 0;
    else
        l->result->split++;
    l->result->pieces += (int64_t)job->piece_count;
    return true;
}

static bool check_length(const struct load *l, const struct record *r, struct err *e) {
    return r->text_bytes <= INPUT_LINE_BYTES_MAX ||
           err_set(e, ERR_INPUT, "%s:%" PRId64 ": the text is longer than %d bytes", l->sink.file,
                   r->line, INPUT_LINE_BYTES_MAX);
}

static bool check_voice(const struct load *l, const struct record *r, struct err *e) {
    return r->voice || l->options->voice || !request_needs_voice(l->profile) ||
           err_set(e, ERR_INPUT,
                   "%s:%" PRId64 ": no voice: the profile '%s' has none of its own, give --voice",
                   l->sink.file, r->line, l->profile->name);
}

/* Remembers it for the next. */
static bool is_new_chapter(struct load *l, const char *chapter) {
    if (chapter == l->chapter || (chapter && l->chapter && strcmp(chapter, l->chapter) == 0))
        return false;
    free(l->chapter);
    l->chapter = chapter ? ensure_strdup(chapter) : NULL;
    return true;
}

static bool on_record(void *arg, const struct record *r, struct err *e) {
    struct load *l = arg;
    if (!check_length(l, r, e) || !check_voice(l, r, e))
        return false;
    size_t most = r->text_bytes + 5 + (size_t)4 * RECORDS_FIELD_BYTES_MAX;
    if ((l->job_count == CHUNK_JOBS || l->arena_used + most > ARENA_BYTES) && !flush(l, e))
        return false;
    struct store_job_spec pieces = {.piece_count = 0};
    const char *chapter = r->chapter ? r->chapter : l->sink.chapter;
    enum begin begins = is_new_chapter(l, chapter) ? BEGIN_CHAPTER : r->begins;
    if (!cut_pieces(l, r, &pieces, e))
        return false;
    l->result->jobs++;
    l->result->chars += r->chars;
    l->jobs[l->job_count++] = (struct store_job_spec){
        .piece_ends = pieces.piece_ends,
        .piece_count = pieces.piece_count,
        .text = keep(l, r->text, r->text_bytes),
        .text_bytes = r->text_bytes,
        .chars = r->chars,
        .name = keep_optional(l, r->name),
        .ext_id = keep_optional(l, r->ext_id),
        .voice = r->voice           ? keep_optional(l, r->voice)
                 : l->append_to > 0 ? l->options->voice
                                    : NULL,
        .chapter = keep_optional(l, chapter),
        .begins = begins,
        .priority = r->has_priority ? r->priority : 0,
        .delay_ms = l->options->delay_ms,
        .start_ms = l->options->at_ms,
    };
    return !l->result->estimated || estimate_add(&l->estimate, &l->jobs[l->job_count - 1], e);
}

static void begin_estimate(struct load *l) {
    const struct load_options *o = l->options;
    const struct profile *p = l->profile;
    l->result->currency = p->price.price.micros > 0 ? p->price.currency : NULL;
    l->result->estimated = o->dry_run || l->result->currency;
    estimate_init(&l->estimate, p, l->session->store, o->voice, o->fresh);
}

static void end_estimate(struct load *l) {
    l->result->calls = l->estimate.calls;
    l->result->cost_micros = l->estimate.cost_micros;
    estimate_release(&l->estimate);
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
    if (p->price.price.micros == 0)
        return err_set(e, ERR_CONFIG,
                       "profile '%s' has no price, so a budget cannot be kept; set `price = ` in "
                       "[profile:%s]",
                       p->name, p->name);
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

static bool read_all(struct load *l, struct source *source, struct err *e) {
    l->sink = (struct records_sink){.each = on_record, .arg = l};
    l->jobs = ensure_alloc(CHUNK_JOBS * sizeof *l->jobs);
    l->arena = ensure_alloc(ARENA_BYTES);
    l->owned = ensure_alloc(CHUNK_JOBS * sizeof *l->owned);
    begin_estimate(l);
    progress_begin(&l->progress, QUIET_MS);
    bool ok = source_read(source, l->options->split, &l->sink, e) && flush(l, e);
    progress_clear(&l->progress);
    end_estimate(l);
    free(l->jobs);
    free(l->arena);
    free(l->chapter);
    free_pieces(l);
    free(l->owned);
    splitter_free(l->splitter);
    l->result->empty_lines = l->sink.empty_lines;
    if (ok && l->result->jobs == 0) {
        char shown[TEXT_SHOWN_BYTES];
        return err_set(e, ERR_INPUT, "%.200s: there is no text in it",
                       text_show(source->paths[0], 60, shown));
    }
    return ok;
}

/* ---- the batch ---- */

static bool begin(struct load *l, const struct source *source, struct err *e) {
    const struct load_options *o = l->options;
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
        .producer_id = l->producer_id,
        .on_done = l->on_done,
        .notify = o->notify,
    };
    return store_batch_begin(l->session->store, &spec, &l->result->batch_id, e);
}

/* NAME, NAME-2, NAME-3 … until one is free. */
static bool begin_with_free_name(struct load *l, const struct source *source, const char *path,
                                 struct err *e) {
    char stem[STORE_NAME_MAX + 1];
    source_stem(path, STORE_NAME_MAX - NAME_SUFFIX_BYTES, stem);
    for (int i = 1; i <= NAME_TRIES_MAX; i++) {
        int64_t taken;
        char *name = l->result->batch;
        size_t stem_bytes = strlen(stem);
        memcpy(name, stem, stem_bytes + 1);
        if (i > 1)
            (void)snprintf(name + stem_bytes, NAME_SUFFIX_BYTES, "-%d", i);
        if (store_batch_by_name(l->session->store, name, &taken, e))
            continue;
        if (e->code != ERR_NOT_FOUND)
            return false;
        if (begin(l, source, e))
            return true;
        if (e->code != ERR_INPUT) /* somebody else took the name just now */
            return false;
    }
    return err_set(e, ERR_USAGE, "too many batches are called '%s'; give a name with --batch",
                   stem);
}

static bool begin_named(struct load *l, const struct source *source, struct err *e) {
    int64_t taken;
    char shown[TEXT_SHOWN_BYTES];
    (void)snprintf(l->result->batch, sizeof l->result->batch, "%s", l->options->batch);
    if (store_batch_by_name(l->session->store, l->options->batch, &taken, e))
        return err_set(e, ERR_USAGE,
                       "there is a batch '%s' already, with other content; choose another "
                       "name, or add to it with --append",
                       text_show(l->options->batch, 64, shown));
    return e->code == ERR_NOT_FOUND && begin(l, source, e);
}

static bool register_producer(struct load *l, struct err *e) {
    l->producer_id = random_id();
    if (!presence_open(&l->presence, l->session->config->fleet, l->producer_id, 0, e))
        return false;
    struct store_worker_row row = {.id = l->producer_id, .kind = "producer", .pid = getpid()};
    l->registered = store_worker_add(l->session->store, &row, e);
    return l->registered;
}

static void unregister_producer(struct load *l) {
    struct err ignored; /* a row that stays is the keeper's */
    if (l->registered && !l->half_loaded)
        (void)!store_worker_remove(l->session->store, l->producer_id, &ignored);
    if (l->presence)
        presence_close(l->presence);
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
    (void)snprintf(l->result->batch, sizeof l->result->batch, "%.80s (adding %016llx)",
                   l->options->batch, (unsigned long long)l->producer_id);
    return begin(l, source, e);
}

static bool has_source(struct load *l, const struct source *source, bool *has, struct err *e) {
    return store_batch_has_source(l->session->store, l->append_to, source->fingerprint, has, e);
}

/* ---- all of it or nothing ---- */

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
                          "`ttsq log --batch` says so if they were",
                          l->result->jobs, text_word(name, shown));
    return err_prefix(e, "nothing was added");
}

static bool store_all(struct load *l, struct source *source, const char *path, enum fate *fate,
                      struct err *e) {
    bool begun = l->append_to        ? begin_append(l, source, e)
                 : l->options->batch ? begin_named(l, source, e)
                                     : begin_with_free_name(l, source, path, e);
    if (!begun)
        return false;
    if (read_all(l, source, e) && commit(l, source, fate, e))
        return true;
    abort_load(l, e);
    if (*fate == FATE_UNSEEN && l->half_loaded)
        *fate = FATE_UNKNOWN;
    return false;
}

static bool load_new(struct load *l, struct source *source, const char *path, struct err *e) {
    if (l->options->dry_run) {
        if (l->options->batch)
            (void)snprintf(l->result->batch, sizeof l->result->batch, "%s", l->options->batch);
        else
            source_stem(path, STORE_NAME_MAX, l->result->batch);
        return read_all(l, source, e);
    }
    enum fate fate = FATE_OUT;
    bool ok = reap_dead_producers(l->session, e) && register_producer(l, e) &&
              store_all(l, source, path, &fate, e);
    unregister_producer(l);
    return ok || explain(l, fate, e);
}

/* Is the same content in the queue already? *found tells. */
static bool find_same(struct load *l, const struct source *source, bool *found, struct err *e) {
    *found = false;
    if (l->options->dry_run || l->options->force)
        return true;
    struct load_result *r = l->result;
    struct err missing;
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
    /* somebody who names another batch will ask for it by that name; its answers are shared anyway
     */
    if (l->options->batch && strcmp(l->options->batch, r->batch) != 0)
        return true;
    struct session_counts counts;
    if (!session_counts(l->session, r->batch_id, &counts, e))
        return false;
    r->jobs = counts.total;
    r->chars = counts.chars;
    *found = true;
    return true;
}

bool load_batch(struct session *s, const struct load_options *options, char *const *paths,
                size_t count, struct load_result *result, struct err *e) {
    *result = (struct load_result){0};
    struct load l = {.session = s, .options = options, .result = result};
    if ((options->batch && !check_name(options->batch, e)) || !find_append(&l, e) ||
        !find_profile(&l, e) || !check_budget(&l, e) || !check_ending(&l, e))
        return false;
    struct source_settings settings = {
        .profile = l.profile->name, .voice = options->voice, .split = options->split};
    struct source source;
    bool found = false;
    bool ok = source_open(&source, paths, count, &settings, e) && find_same(&l, &source, &found, e);
    if (ok && !found) {
        ok = load_new(&l, &source, paths[0], e);
        result->added = ok && !options->dry_run;
    }
    source_release(&source);
    free(l.on_done);
    return ok;
}
