/*
 * deadline: whether a batch will be done when a person wants it (`--by`). Nothing is reordered for
 * it: who asks for a time would else go before who does not.
 */
#ifndef CLI_INTAKE_DEADLINE_H
#define CLI_INTAKE_DEADLINE_H

#include "cli/session.h"

/* Says on stderr when the batch will probably be done later than by_ms (wall clock), by the
 * outlook, or that this is not known. */
void deadline_warn(struct session *s, int64_t batch_id, const char *name, int64_t by_ms);

#endif
