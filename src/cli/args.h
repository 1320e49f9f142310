/*
 * args: what every command's options share: -h, a usage error's line and exit code, numbers,
 * durations.
 */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include <argp.h>
#include <stdint.h>

#include "base/err.h"

#define ARGS_DELAY_MS_MAX (INT64_C(366) * 24 * 3600 * 1000)

/* Every command's struct argp has these children: they give it -h and --help. */
extern const struct argp_child args_children[];
extern const struct argp args_help; /* for a command that has other children, too */

/* A usage error: "ttsq NAME: MESSAGE; try 'ttsq NAME --help'" on one line, and the end of the
 * process. argp's own takes two lines, so its name means this one for all commands. */
_Noreturn void args_error(const struct argp_state *state, const char *fmt, ...) PRINTF_LIKE(2, 3);
#define argp_error args_error

/* Parses; a usage error or --help ends the process. */
void args_parse(const struct argp *argp, int argc, char **argv, void *input);

/* The value of a number option; out of range is a usage error that names the option. */
int64_t args_number(struct argp_state *state, const char *option, const char *text, int64_t min,
                    int64_t max);
/* "10s", "5m", "1h", "250ms", "2d" as milliseconds, at most ARGS_DELAY_MS_MAX. */
int64_t args_duration_ms(struct argp_state *state, const char *option, const char *text);

/* The single positional argument of commands that take one: a parser's ARGP_KEY_ARG and
 * ARGP_KEY_END. `what` names it in the error. */
void args_take_one(struct argp_state *state, const char *text, const char **slot);
void args_need(struct argp_state *state, const char *slot, const char *what);

#endif
