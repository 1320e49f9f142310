/* args.c: see args.h. */
#include "cli/args.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

enum { OPTION_USAGE = 0x400 };

static error_t on_help(int key, char *text, struct argp_state *state) {
    (void)text;
    if (key != 'h' && key != OPTION_USAGE)
        return ARGP_ERR_UNKNOWN;
    argp_state_help(state, stdout,
                    key == 'h' ? ARGP_HELP_STD_HELP : ARGP_HELP_USAGE | ARGP_HELP_EXIT_OK);
    return 0;
}

static const struct argp_option help_options[] = {
    {"help", 'h', NULL, 0, "Show this help and exit", -1},
    {"usage", OPTION_USAGE, NULL, OPTION_HIDDEN, NULL, -1}, /* argp's usage errors point to it */
    {0},
};
static const struct argp help_argp = {.options = help_options, .parser = on_help};
const struct argp_child args_children[] = {{.argp = &help_argp}, {0}};

void args_parse(const struct argp *argp, int argc, char **argv, void *input) {
    if (argp_parse(argp, argc, argv, ARGP_NO_HELP, NULL, input) != 0)
        exit(err_exit_code(ERR_USAGE));
}

static bool whole(const char *text, char **end, int64_t *out) {
    errno = 0;
    long long n = strtoll(text, end, 10);
    if (errno != 0 || *end == text || *text == ' ' || *text == '+')
        return false;
    *out = n;
    return true;
}

int64_t args_number(struct argp_state *state, const char *option, const char *text, int64_t min,
                    int64_t max) {
    char *end;
    int64_t n = 0;
    if (!whole(text, &end, &n) || *end != '\0' || n < min || n > max)
        argp_error(state, "%s must be a whole number from %lld to %lld, not '%s'", option,
                   (long long)min, (long long)max, text);
    return n;
}

static const struct {
    const char *name;
    int64_t ms;
} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};

int64_t args_duration_ms(struct argp_state *state, const char *option, const char *text) {
    char *end;
    int64_t n;
    if (whole(text, &end, &n) && n >= 0)
        for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
            if (!strcmp(end, units[i].name) && n <= ARGS_DELAY_MS_MAX / units[i].ms)
                return n * units[i].ms;
    argp_error(state, "%s must be a duration such as 30s, 5m or 1h, not '%s'", option, text);
    return 0; /* argp_error ends the process */
}

void args_take_one(struct argp_state *state, const char *text, const char **slot) {
    if (*slot)
        argp_error(state, "unexpected argument '%s'", text);
    *slot = text;
}

void args_need(struct argp_state *state, const char *slot, const char *what) {
    if (!slot)
        argp_error(state, "%s is missing", what);
}
