/*
 * load_jobs: the records of a source become jobs of a batch. Part of load.
 *
 * Texts are copied into an arena and handed to the store some thousand at a time, so a million
 * lines need no more memory than ten thousand.
 */
#ifndef CLI_INTAKE_LOAD_JOBS_H
#define CLI_INTAKE_LOAD_JOBS_H

#include "cli/intake/load.h"
#include "cli/intake/source.h"

struct load_jobs {
    struct session *session;
    const struct load_options *options;
    const struct profile *profile;
    const char *voice;          /* of jobs that name none; NULL = the batch's */
    struct load_result *result; /* batch_id: where to, unless it is a dry run; the rest is filled */
};

/* ERR_INPUT also when there is no text at all. Blocks; what was added before an error is there. */
bool load_jobs(const struct load_jobs *to, struct source *source, struct err *e) MUST_CHECK;

#endif
