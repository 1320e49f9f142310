/* load_args: the options that say how a source becomes a batch, for `enqueue` and `run`. */
#ifndef CLI_INTAKE_LOAD_ARGS_H
#define CLI_INTAKE_LOAD_ARGS_H

#include "cli/args.h"
#include "cli/intake/load.h"

/* A child of the command's argp; its input is a struct load_options that began as the defaults. */
extern const struct argp load_args;
extern const struct load_options load_args_defaults;

#endif
