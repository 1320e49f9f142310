/*
 * store_desk: one request to the store, tried until it is done, and what each failure means. What
 * the store thread does, without the thread: no mutex, no waiting, so that the simulation runs the
 * same code.
 *
 * Locked is tried again, no space is tried again without new claims (at once when the reserve has
 * been given up for it), an unknown outcome is said again on a new connection; everything else ends
 * the request.
 */
#ifndef CALL_STORE_DESK_H
#define CALL_STORE_DESK_H

#include <stdatomic.h>

#include "base/segment.h"
#include "base/space.h"
#include "store_thread.h"

struct store_desk {
    const char *path;
    struct store_worker_row row;
    struct store *store; /* NULL after a failure: opened again by the next try */
    struct segment segment;
    const struct space *space;    /* whose reserve answers may use; NULL = there is none */
    atomic_llong inside_since_ms; /* 0 = not inside the store; any thread may read it */
    int64_t version;              /* data version last seen */
    int64_t look_boot_ms;         /* look again then, changed or not */
    int64_t worked_boot_ms;
    bool sated; /* after the last turn this worker had all that it may have */
    /* of the request under way */
    int64_t begun_us;
    int tries;
    bool space_missing; /* the loop has been told that there is no space */
};

/* What the place holds and the row's strings are kept until store_desk_close. */
void store_desk_init(struct store_desk *d, const struct store_thread_place *place,
                     const struct store_worker_row *row);
/* Opens the database and adds the worker's row. To be closed also when it fails. */
bool store_desk_open(struct store_desk *d, struct err *e) MUST_CHECK;
void store_desk_close(struct store_desk *d);

enum store_desk_news {
    STORE_DESK_DONE,     /* r->ok says how */
    STORE_DESK_AGAIN,    /* to be tried again in *again_ms */
    STORE_DESK_NO_SPACE, /* the same, and the loop is to know that there is no space */
};

/* begin, then try until it is done or given up, then end. */
void store_desk_begin(struct store_desk *d, struct store_thread_request *r);
enum store_desk_news store_desk_try(struct store_desk *d, struct store_thread_request *r,
                                    int64_t *again_ms) MUST_CHECK;
void store_desk_end(struct store_desk *d, struct store_thread_request *r);

/* True when the loop should look for work: others have committed, or a gate opens now. */
bool store_desk_has_changed(struct store_desk *d);
/* When to ask that again; ≤ 0 = now. */
int64_t store_desk_look_in_ms(const struct store_desk *d);

#endif
