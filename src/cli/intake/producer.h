/*
 * producer: while it loads a batch, a process is a worker of kind "producer" with a presence file,
 * so that a batch that is being loaded can be told from one whose loader died.
 */
#ifndef CLI_INTAKE_PRODUCER_H
#define CLI_INTAKE_PRODUCER_H

#include "cli/session.h"
#include "fleet/presence.h"

struct producer {
    struct session *session;
    int64_t id; /* random */
    struct presence *presence;
    bool is_registered;
};

/* Removes what dead producers have left, then registers. *p is ready for producer_close also on
 * failure. */
bool producer_open(struct producer *p, struct session *s, struct err *e) MUST_CHECK;

/* `half_loaded`: a part of a batch may be left; the row stays, and the keeper removes both. */
void producer_close(struct producer *p, bool half_loaded);

#endif
