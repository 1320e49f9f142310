/*
 * status: what is going on, as one JSON document or as tables.
 */
#ifndef CLI_VIEW_STATUS_H
#define CLI_VIEW_STATUS_H

#include <stdio.h>

#include "cli/session.h"

/* Of one batch (batch_id > 0) or of all. Prints on stdout. */
bool status_json(struct session *s, int64_t batch_id, bool one_line, struct err *e) MUST_CHECK;

struct status_view {
    FILE *out;
    size_t columns; /* of the terminal; 0 = any width */
    size_t ended;   /* of the batches that have ended, only the newest ones; they come last */
};
#define STATUS_ALL SIZE_MAX /* … each in its place */
bool status_view(struct session *s, int64_t batch_id, const struct status_view *view,
                 struct err *e) MUST_CHECK;

/* Its state on record, or "dead" when its process is gone and nobody has noticed yet, as when the
 * supervisor died with it. */
const char *status_worker_state(const struct config *c, const struct store_status_worker *row);

#endif
