/*
 * context: what is spoken before and after a claimed text, for providers that take it along.
 */
#ifndef STORE_SQLITE_CONTEXT_H
#define STORE_SQLITE_CONTEXT_H

#include "store/store.h"

/* Fills prev_text and next_text of a claim: of the neighbouring pieces, else of the neighbouring
 * jobs of its batch; NULL where there is none. Runs within the transaction that claims. */
bool context_read(struct store *s, struct store_claim *claim, struct err *e) MUST_CHECK;

#endif
