/*
 * args: what every command's options share: -h, a usage error's line and exit code, numbers,
 * durations.
 */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include <argp.h>
#include <stddef.h>
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

/* An option that is only remembered needs no case of its own: its key in the option table says
 * which member of the parser's input takes it (a bool that becomes true, a const char * that
 * becomes its value), and the parser ends in `default: return args_remember(key, text, state);`. */
#define ARGS_FLAG(type, member) (ARGS_FLAG_KEY + ARGS_PLACE(type, member, bool))
#define ARGS_TEXT(type, member) (ARGS_TEXT_KEY + ARGS_PLACE(type, member, const char *))
#define ARGS_PLACE(type, member, kind)                                                             \
    ((int)offsetof(type, member) + 0 * (int)sizeof(_Generic(((type *)0)->member, kind : 1)))
#define ARGS_PLACE_MAX 0x10000
#define ARGS_FLAG_KEY ARGS_PLACE_MAX
#define ARGS_TEXT_KEY (2 * ARGS_PLACE_MAX)
error_t args_remember(int key, char *text, struct argp_state *state);

/* Whole parsers: of a command that takes options of this kind alone, and no argument; of one whose
 * only argument is what its args_doc names, and whose input is a const char *. */
error_t args_only_options(int key, char *text, struct argp_state *state);
error_t args_only_one(int key, char *text, struct argp_state *state);

/* The value of a number option; out of range is a usage error that names the option. */
int64_t args_number(struct argp_state *state, const char *option, const char *text, int64_t min,
                    int64_t max);
/* That of an option that takes a duration (base/duration.h), at most ARGS_DELAY_MS_MAX. */
int64_t args_duration_ms(struct argp_state *state, const char *option, const char *text);

/* The single positional argument of commands that take options, too: a parser's ARGP_KEY_ARG and
 * ARGP_KEY_END. `what` names it in the error. */
void args_take_one(struct argp_state *state, const char *text, const char **slot);
void args_need(struct argp_state *state, const char *slot, const char *what);
/* The ARGP_KEY_ARG of commands that take none. */
_Noreturn void args_refuse(const struct argp_state *state, const char *text);

#endif
