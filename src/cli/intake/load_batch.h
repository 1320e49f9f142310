/*
 * load_batch: which batch a source becomes: one of its own, or more of one that is there. Part of
 * load.
 */
#ifndef CLI_INTAKE_LOAD_BATCH_H
#define CLI_INTAKE_LOAD_BATCH_H

#include "cli/intake/load_state.h"
#include "cli/intake/source.h"

/* Looks at the name that was asked for; with --append finds its batch: l->append_to,
 * l->append_profile. ERR_USAGE for a name that is none, or what cannot be said of a batch that is
 * there; ERR_NOT_FOUND. */
bool load_batch_find(struct load *l, struct err *e) MUST_CHECK;

/* Begins the batch, which nobody sees before it is committed: l->result->batch_id. Its name is the
 * one that was asked for, or PATH's, with a number where it is taken; what is to be appended has
 * one of its own until it is. In a dry run only the name is found. ERR_USAGE when the name is
 * taken. */
bool load_batch_begin(struct load *l, const struct source *source, const char *path,
                      struct err *e) MUST_CHECK;

#endif
