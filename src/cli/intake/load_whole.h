/*
 * load_whole: all of a source is in the store, or nothing; and after a failure, which of the two.
 * Part of load.
 */
#ifndef CLI_INTAKE_LOAD_WHOLE_H
#define CLI_INTAKE_LOAD_WHOLE_H

#include "cli/intake/load_state.h"
#include "cli/intake/source.h"

/* Begins the batch, reads all jobs into it and commits; a dry run only reads. What an ERR_IO leaves
 * behind is looked for over a new connection, and *e tells. Blocks. */
bool load_whole(struct load *l, struct source *source, const char *path, struct err *e) MUST_CHECK;

#endif
