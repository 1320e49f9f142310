/* estimate.c: see estimate.h. */
#include "cli/intake/estimate.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "provider/request.h"

#define ROOM 1024 /* places of the smallest table */

void estimate_init(struct estimate *x, const struct profile *p, struct store *store,
                   const char *voice, bool fresh) {
    *x = (struct estimate){.profile = p, .store = store, .voice = voice};
    /* with context a request depends on its neighbours, who are not known here */
    x->shares = !fresh && p->shares && !request_wants_context(p);
    memcpy(x->fingerprint, p->fingerprint, sizeof x->fingerprint);
}

void estimate_release(struct estimate *x) {
    free(x->keys);
    x->keys = NULL;
}

static bool is_free(const struct request_key *place) {
    return place->find == 0 && place->check == 0;
}

/* The key's place, or the free one where it belongs. */
static struct request_key *place_of(struct request_key *keys, size_t room,
                                    const struct request_key *key) {
    size_t i = (size_t)key->find & (room - 1);
    while (!is_free(&keys[i]) && (keys[i].find != key->find || keys[i].check != key->check))
        i = (i + 1) & (room - 1);
    return &keys[i];
}

static void grow(struct estimate *x) {
    size_t room = x->key_room ? 2 * x->key_room : ROOM;
    struct request_key *keys = ensure_alloc(room * sizeof *keys);
    memset(keys, 0, room * sizeof *keys);
    for (size_t i = 0; i < x->key_room; i++)
        if (!is_free(&x->keys[i]))
            *place_of(keys, room, &x->keys[i]) = x->keys[i];
    free(x->keys);
    x->keys = keys;
    x->key_room = room;
}

static bool is_new(struct estimate *x, const struct request_key *key) {
    if (2 * x->key_count >= x->key_room)
        grow(x);
    struct request_key *place = place_of(x->keys, x->key_room, key);
    if (!is_free(place))
        return false;
    *place = *key;
    x->key_count++;
    return true;
}

static const char *voice_of(const struct estimate *x, const struct store_job_spec *job) {
    if (job->voice)
        return job->voice;
    return x->voice ? x->voice : profile_var(x->profile, "voice");
}

static bool needs_call(struct estimate *x, const struct store_job_spec *job, bool *needs,
                       struct err *e) {
    const struct request_parts parts = {
        .voice = voice_of(x, job), .text = job->text, .text_bytes = job->text_bytes};
    bool known = false;
    *needs = true;
    if (!x->shares || job->piece_count > 0)
        return true;
    struct request_key key = request_key(x->fingerprint, &parts);
    if (!is_new(x, &key)) {
        *needs = false;
        return true;
    }
    if (x->store && !store_request_known(x->store, &key, &known, e))
        return false;
    *needs = !known;
    return true;
}

static void add_call(struct estimate *x, const char *text, size_t bytes) {
    const struct price *p = &x->profile->price.price;
    int64_t cost = price_cost(p, price_count(p->unit, text, bytes));
    x->calls++;
    if (__builtin_add_overflow(x->cost_micros, cost, &x->cost_micros))
        x->cost_micros = INT64_MAX;
}

bool estimate_add(struct estimate *x, const struct store_job_spec *job, struct err *e) {
    bool needs;
    size_t at = 0;
    if (!needs_call(x, job, &needs, e))
        return false;
    x->shared += !needs;
    if (!needs)
        return true;
    if (job->piece_count == 0)
        add_call(x, job->text, job->text_bytes);
    for (size_t i = 0; i < job->piece_count; i++) {
        add_call(x, job->text + at, job->piece_ends[i] - at);
        at = job->piece_ends[i];
    }
    return true;
}
