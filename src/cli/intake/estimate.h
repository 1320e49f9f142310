/*
 * estimate: how many calls the texts of a batch will need, and what they may cost: without those
 * whose request is in the batch already, or was made before.
 */
#ifndef CLI_INTAKE_ESTIMATE_H
#define CLI_INTAKE_ESTIMATE_H

#include "provider/profile.h"
#include "store/store.h"

struct estimate {
    const struct profile *profile;
    struct store *store; /* NULL = what was made before is not known */
    bool shares;         /* equal requests are counted once */
    const char *voice;   /* of the batch; NULL = the profile's */
    unsigned char fingerprint[REQUEST_FINGERPRINT_BYTES];
    struct request_key *keys; /* seen so far: open addressing, a power of two of places */
    size_t key_count, key_room;
    int64_t calls, cost_micros; /* out; the cost is 0 when there is no price */
    int64_t shared;             /* out: jobs that need no call of their own */
};

void estimate_init(struct estimate *x, const struct profile *p, struct store *store,
                   const char *voice, bool fresh);
void estimate_release(struct estimate *x);
bool estimate_add(struct estimate *x, const struct store_job_spec *job, struct err *e) MUST_CHECK;

#endif
