/*
 * pieces: a text that is too long for one call is cut where it may be cut.
 *
 * Batches that come through `ttsq enqueue` bring their pieces along; what a producer in SQL put in
 * is found to be too long here, when it is claimed, and a limit that a profile does not tell is
 * found by the provider's answer.
 */
#ifndef CALL_PIECES_H
#define CALL_PIECES_H

#include "call.h"

#define PIECES_HALVE_CHARS_MIN 20 /* a text this short is not what a provider finds too long */

/* Is the claimed text longer than the profile says a call may be? */
bool pieces_are_needed(const struct call *c);

/* Cuts the claimed text by the profile's limit into c->split_ends, the call's until it is finished.
 * ERR_INPUT when it cannot be cut so short. Takes a moment for a long text: it runs on the loop. */
bool pieces_cut(struct call *c, struct err *e) MUST_CHECK;

/* Cuts it into about two: the provider said that it is too long. */
bool pieces_halve(struct call *c, struct err *e) MUST_CHECK;

#endif
