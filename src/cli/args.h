/*
 * args: what every command's options share: -h, the exit code of a usage error, numbers, durations.
 */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include <argp.h>
#include <stdint.h>

#define ARGS_DELAY_MS_MAX (INT64_C(366) * 24 * 3600 * 1000)

/* Every command's struct argp has these children: they give it -h and --help. */
extern const struct argp_child args_children[];

/* Parses; a usage error or --help ends the process, as argp does. */
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
