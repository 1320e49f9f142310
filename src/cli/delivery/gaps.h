/*
 * gaps: what of a batch has no result yet, or never will.
 */
#ifndef CLI_DELIVERY_GAPS_H
#define CLI_DELIVERY_GAPS_H

#include "cli/session.h"

/* ERR_JOBS_FAILED names the first of them, unless `partial`; ERR_LATER when the batch is still
 * being loaded. */
bool gaps_refuse(struct session *s, int64_t batch_id, bool partial, struct err *e) MUST_CHECK;

#endif
