/*
 * judge: what a call's end means: facts, audio check, verdict, settle. No disk, no libcurl; runs on
 * the loop.
 */
#ifndef CALL_JUDGE_H
#define CALL_JUDGE_H

#include "call.h"

/* Judges a call that is over and fills its settle. False: the answer is good as far as can be told
 * but large; publish it, then say judge_published. */
bool judge_over(struct call *c);

/* Is what came to be checked as audio? */
bool judge_wants_audio(const struct call *c);

/* Is it whole, plausible sound, as the profile wants it? Fills c->audio. ERR_INPUT with a line for
 * people when not, another code when it cannot be read. Blocks on the source; any thread that owns
 * the call. */
bool judge_audio(struct call *c, struct audio_source *source, struct err *e) MUST_CHECK;

/* The large answer has been checked and, unless audio_problem says otherwise, published. `stored`
 * false: it could not be (c->work_err says why). */
void judge_published(struct call *c, bool stored);

/* The claim is given back: nothing was sent. `why` NULL: ready again; else the job is held, and why
 * is shown to a person. */
void judge_unsent(struct call *c, const char *why);

/* The same for want of a secret, which no call of its account would get by without: the job is
 * ready again, and the account stops, with `why` for a person. */
void judge_locked_out(struct call *c, const char *why);

/* The claimed text is too long for one call (pieces_are_needed): it is given back in pieces, or
 * held when it cannot be cut. */
void judge_too_long(struct call *c);

#endif
