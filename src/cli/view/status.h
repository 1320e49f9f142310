/*
 * status: what is going on, as tables, as one JSON document or as metrics.
 */
#ifndef CLI_VIEW_STATUS_H
#define CLI_VIEW_STATUS_H

#include <stdio.h>

#include "cli/session.h"

/* Of one batch (batch_id > 0) or of all. Prints on stdout. */
bool status_json(struct session *s, int64_t batch_id, bool one_line, struct err *e) MUST_CHECK;

/* By account, never by batch: a batch comes and goes. Prints on stdout. */
bool status_metrics(struct session *s, struct err *e) MUST_CHECK;

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

/* Does no process that makes calls live? Then what is on record as running is not: a service finds
 * out what became of it. */
bool status_all_are_dead(struct session *s, bool *dead, struct err *e) MUST_CHECK;

#endif
