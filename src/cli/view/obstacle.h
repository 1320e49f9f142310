/*
 * obstacle: what keeps the ready jobs of a batch, or all of an account, from being called, and what
 * to do about it: in the same words wherever it is told.
 */
#ifndef CLI_VIEW_OBSTACLE_H
#define CLI_VIEW_OBSTACLE_H

#include "cli/session.h"
#include "cli/view/text.h"

#define OBSTACLE_BYTES (TEXT_SHOWN_BYTES + 512)

enum obstacle_kind {                      /* what comes first is told first */
                     OBSTACLE_NO_SERVICE, /* no supervisor */
                     OBSTACLE_FAILED,     /* its keeper cannot start */
                     OBSTACLE_UNKNOWN,  /* its account or profile, to the service or to the settings
                                         */
                     OBSTACLE_STOPPED,  /* its account, until a person says otherwise */
                     OBSTACLE_BUDGET,   /* of the batch */
                     OBSTACLE_NO_ROOM,  /* on the disk */
                     OBSTACLE_LOADING,  /* from here on it ends by itself */
                     OBSTACLE_STARTING, /* the keeper cannot start yet */
                     OBSTACLE_PAUSED,   /* its account, for a time */
                     OBSTACLE_PROVIDER_DOWN, /* or in doubt: one call at a time */
                     OBSTACLE_DAY_BUDGET,    /* of its account */
                     OBSTACLE_KIND_COUNT,
};

struct obstacle {
    enum obstacle_kind kind;
    const char *brief;           /* "account paused", for a narrow line */
    char reason[OBSTACLE_BYTES]; /* what is known beside the brief: "tea"; "" = no more */
    char why[OBSTACLE_BYTES];    /* the whole of it: "account main is paused: tea" */
    char advice[OBSTACLE_BYTES]; /* "" = it will be over by itself soon */
};
struct obstacles { /* by kind, one of each at most */
    size_t count;
    struct obstacle list[OBSTACLE_KIND_COUNT];
};

/* All of them: who mends the first meets the second. `batch` is its name as it may be copied into
 * a command; NULL = of the account that *counts tells of. Looks at the supervisor's lock and at the
 * disk: not in a tight loop (SERVICE_LOOK_MS). Never fails. */
void obstacle_find(const struct config *c, const struct session_counts *counts, const char *batch,
                   struct obstacles *out);

/* Does it need a person? */
bool obstacle_lasts(const struct obstacle *o);

/* "waits: …" and "do: …" of each, on standard output; a person's only, when only_lasting. Returns
 * how many. */
size_t obstacle_print(const struct obstacles *o, bool only_lasting);

#endif
