/*
 * served: which accounts the running service knows, for those who ask why nothing of theirs is
 * called: a service reads its configuration at its start and at a reload only. A file in the
 * fleet's folder, a name a line, that the keeper writes whenever it has taken a configuration over.
 */
#ifndef FLEET_SERVED_H
#define FLEET_SERVED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Replaces the file at once, for whoever reads it; after a failure there is none. Not synced: who
 * starts writes it again. */
bool served_write(const char *dir, const char *const *accounts, size_t count,
                  struct err *e) MUST_CHECK;

/* False only where the file is there and lacks the name. */
bool served_has(const char *dir, const char *account);

#endif
