/*
 * low_space: says when there is no room for new calls, and when there is again; keeps the reserve
 * for the answers of calls in flight.
 *
 * The workers stop claiming by themselves (base/space.h); this is what one process says of it, in
 * the log and, when it can be written, for people (`ttsq log`).
 */
#ifndef WORKERS_KEEPER_LOW_SPACE_H
#define WORKERS_KEEPER_LOW_SPACE_H

#include "base/space.h"
#include "config/config.h"
#include "store/store.h"

struct low_space {
    struct space space;
    const char *paths[2];
    int64_t since_boot_ms; /* there is no room, or was none */
    bool has_reserve, reserve_failed;
    bool is_untold; /* to people */
};

/* Looks, and recalls what a keeper that died has told: the end of it is to be told, too. `config`
 * must stay. */
void low_space_open(struct low_space *l, const struct config *config, struct store *s);

void low_space_look(struct low_space *l);
/* Looks with another `space_min` than before, which makes the reserve anew. */
void low_space_reload(struct low_space *l, int64_t min_bytes);

/* Tells people what they have not been told. An event is not worth the reserve: on a disk that is
 * full to the last byte only the end of it is told, with how long it took. */
bool low_space_tell(struct low_space *l, struct store *s, struct err *e) MUST_CHECK;

#endif
