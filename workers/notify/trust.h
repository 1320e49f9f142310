/*
 * trust: may the service run this command?
 *
 * Whoever may write to the database can name a command, and it would run as the service's user. So
 * a command that stands in a batch runs only when that gives nobody a right that he lacks:
 *   - it is the configuration's own `on_done`, or its program stands in `on_done.allow`, or
 *   - nobody but this process's user may write to the database or its folder (a group that he is
 *     the only member of does not count).
 * Asked by who runs it, at each try; by `ttsq enqueue` too, so that a person hears of it at once.
 */
#ifndef NOTIFY_TRUST_H
#define NOTIFY_TRUST_H

#include "config/config.h"

/* `line` and its words (base/words.h). ERR_CONFIG and a line for people when it may not be run.
 * Blocks on looking at files. */
bool trust_command(const struct config *c, const char *line, char *const *words,
                   struct err *e) MUST_CHECK;

#endif
