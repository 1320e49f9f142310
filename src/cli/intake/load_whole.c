/* load_whole.c: see load_whole.h. */
#include "cli/intake/load_whole.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/intake/load_batch.h"
#include "cli/intake/load_jobs.h"
#include "cli/view/text.h"

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

static bool store_all(struct load *l, struct source *source, const char *path, enum fate *fate,
                      struct err *e) {
    if (!load_batch_begin(l, source, path, e))
        return false;
    if (read_all(l, source, e) && commit(l, source, fate, e))
        return true;
    abort_load(l, e);
    if (*fate == FATE_UNSEEN && l->half_loaded)
        *fate = FATE_UNKNOWN;
    return false;
}

bool load_whole(struct load *l, struct source *source, const char *path, struct err *e) {
    if (l->options->dry_run)
        return load_batch_begin(l, source, path, e) && read_all(l, source, e);
    enum fate fate = FATE_OUT;
    bool ok = producer_open(&l->producer, l->session, e) && store_all(l, source, path, &fate, e);
    producer_close(&l->producer, l->half_loaded);
    return ok || explain(l, fate, e);
}
