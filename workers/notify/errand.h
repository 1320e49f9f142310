/*
 * errand: one thing to be done for the end of a batch, in memory from its beginning to its record.
 * Owns copies of the row's strings. Knows how the end is told: as environment and as JSON.
 */
#ifndef NOTIFY_ERRAND_H
#define NOTIFY_ERRAND_H

#include "base/buf.h"
#include "config/config.h"
#include "store/ending.h"

#define ERRAND_ID_BYTES 32 /* of its name, with the NUL */
#define ERRAND_BODY_BYTES_MAX 8192

struct errand {
    bool used;
    struct store_ending row; /* its strings are the next three */
    char *batch, *target, *currency;
    struct store_ending_over over; /* what became of the try, … */
    char why[STORE_WHY_MAX + 1];
    bool is_over; /* … once it is over, until it is on record */
};

void errand_take(struct errand *errand, const struct store_ending *row);
void errand_release(struct errand *errand);

/* The try is over. `code`: exit status or HTTP status, -1 = none. `why`: NULL = it has been done.
 * `final`: trying again would not help. */
void errand_end(struct errand *errand, const struct config_ending *config, int code,
                const char *why, bool final);

/* The end's name, the same at each try: webhook-id. Returns out. */
const char *errand_id(const struct errand *errand, char out[ERRAND_ID_BYTES]);
/* What a webhook is sent. False: too long. */
bool errand_body(const struct errand *errand, struct buf *out) MUST_CHECK;

/* What a command gets as environment: NULL-terminated, freed by errand_free_environment. Of this
 * process's own only what names places and languages: keys and tokens stay here. */
char **errand_environment(const struct errand *errand, const struct config *config);
void errand_free_environment(char **environment);

#endif
