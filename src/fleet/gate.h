/*
 * gate: one file in the fleet's folder, mapped by all workers: until when no call may begin on an
 * account. The worker that reads "wait" tells the others through it in the same microsecond, before
 * anything is stored.
 *
 * It is a hint, not the truth: the truth is the account's row, which every worker reads before it
 * claims. A hint holds for GATE_HINT_MS at most, so that nobody is kept longer by one that was
 * taken back; by then every worker has read the row. What is further away than that is from another
 * boot, or damage, and counts for nothing.
 */
#ifndef FLEET_GATE_H
#define FLEET_GATE_H

#include <stdint.h>

#include "base/err.h"

#define GATE_HINT_MS 1000
/* Accounts whose ids differ by this share a place: harmless, and unlikely. */
#define GATE_PLACES 1024

struct gate;

/* Maps `<dir>/gate`, made when it is not there. The folder must exist. */
bool gate_open(struct gate **out, const char *dir, struct err *e) MUST_CHECK;
void gate_close(struct gate *g); /* NULL is fine */

/* No call on the account before until_boot_ms (INT64_MAX: unknown), as far as a hint goes. Never
 * shortens what is there. Any thread, any process. */
void gate_raise(struct gate *g, int64_t account_id, int64_t until_boot_ms, int64_t now_boot_ms);

/* Until when no call may begin; ≤ now_boot_ms means open. */
int64_t gate_until(const struct gate *g, int64_t account_id, int64_t now_boot_ms);

#endif
