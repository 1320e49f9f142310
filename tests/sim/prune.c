/*
 * prune.c: a batch that a person is done with goes: his decision in one transaction, the rows and
 * files in parts, his and the keeper's, and either may die between two of them.
 */
#include "base/discard.h"
#include "sim.h"

static struct store_prune at; /* the keeper's, as long as it lives */
static bool is_left;          /* something may be */

void sim_prune_begin(void) {
    is_left = false;
}

bool sim_prune_is_left(void) {
    return is_left;
}

void sim_prune_forget(void) {
    at = (struct store_prune){.step = STORE_PRUNE_FIND};
}

static void on_gone(const struct store_pruned_answer *answer, void *arg) {
    struct err e;
    (void)arg;
    sim_audit_discarded(answer->path, answer->offset);
    if (!discard_answer(sim_results, answer->path, answer->offset, answer->bytes, &e))
        sim_violation("prune: the bytes of an answer cannot be removed: %s", e.msg);
}

bool sim_prune_go_on(struct store *s, struct err *e) {
    bool is_new = at.step == STORE_PRUNE_FIND, more = false;
    if (!store_prune_part(s, &at, &more, on_gone, NULL, e))
        return false;
    is_left = more || !is_new;
    return true;
}

bool sim_prune(struct store *s, const struct sim_batch *b, bool *done, struct err *e) {
    bool undelivered = sim_chance(0.5);
    struct store_prune own = {.step = STORE_PRUNE_FIND};
    *done = false;
    if (!undelivered && !store_batch_delivered(s, b->batch_id, b->jobs, e))
        return false;
    sim_audit_may_prune(b->batch_id);
    if (!store_prune_begin(s, b->batch_id, undelivered, e))
        return e->code == ERR_FAILED; /* it goes on */
    *done = is_left = true;
    sim_say("person: batch %lld is pruned", (long long)b->batch_id);
    sim_audit_pruned(b->batch_id, undelivered);
    for (int64_t parts = sim_between(0, 8); parts > 0; parts--) { /* then he may be killed */
        bool more = true;
        if (!store_prune_part(s, &own, &more, on_gone, NULL, e))
            return false;
        if (!more)
            break;
    }
    return true;
}
