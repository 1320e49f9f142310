/*
 * proof: checks answers against their hashes on a thread of its own, while the caller already uses
 * their bytes. Hashing takes longer than copying: a join waits for the slower of both, not for
 * both.
 *
 * One answer at a time. What is made of an answer may be published only after proof_end has said
 * that it is good.
 */
#ifndef CLI_DELIVERY_PROOF_H
#define CLI_DELIVERY_PROOF_H

#include "cli/delivery/stored.h"

struct proof;

struct proof *proof_new(void);
void proof_free(struct proof *p); /* waits for what is being checked; NULL is fine */

/* Begins with `one`, which is copied. `sound` (by stored_load) stays the caller's, who may read it
 * meanwhile and closes it only after proof_end. None may be under way. */
void proof_begin(struct proof *p, const struct stored *one, const struct stored_sound *sound);

/* Waits for the verdict on what was begun: ERR_CORRUPT or ERR_IO. True when nothing was begun. */
bool proof_end(struct proof *p, struct err *e) MUST_CHECK;

#endif
