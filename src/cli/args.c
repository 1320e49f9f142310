/* args.c: see args.h. */
#include "cli/args.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/ensure.h"
#include "cli/cli.h"
#include "cli/view/text.h"

#define MESSAGE_BYTES_MAX 512
#define HINT_BYTES_MAX 128

static FILE *talk; /* stderr while argp and getopt speak into a buffer */

static _Noreturn void usage_error(const char *message) {
    char line[MESSAGE_BYTES_MAX + HINT_BYTES_MAX];
    (void)fflush(stdout);
    (void)snprintf(line, sizeof line, "%s; try '%s --help'", message, program_invocation_name);
    text_print_line(talk ? talk : stderr, line);
    exit(err_exit_code(ERR_USAGE));
}

void args_error(const struct argp_state *state, const char *fmt, ...) {
    char message[MESSAGE_BYTES_MAX];
    int n = snprintf(message, sizeof message, "%s: ", state->name);
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(message + n, sizeof message - (size_t)n, fmt, ap);
    va_end(ap);
    usage_error(message);
}

static error_t on_help(int key, char *text, struct argp_state *state) {
    (void)text;
    if (key != 'h')
        return ARGP_ERR_UNKNOWN;
    argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
    exit(fflush(stdout) == 0 ? 0 : err_exit_code(ERR_IO));
}

static const struct argp_option help_options[] = {
    {"help", 'h', NULL, 0, "Show this help and exit", -1},
    {0},
};
const struct argp args_help = {.options = help_options, .parser = on_help};
const struct argp_child args_children[] = {{.argp = &args_help}, {0}};

/* What getopt has to say of an unknown option is the first of two lines. */
void args_parse(const struct argp *argp, int argc, char **argv, void *input) {
    char *said = NULL;
    size_t bytes = 0;
    FILE *ear = open_memstream(&said, &bytes);
    ASSERT(ear);
    program_invocation_name = argv[0];
    talk = stderr;
    stderr = ear;
    error_t failed = argp_parse(argp, argc, argv, ARGP_NO_HELP | ARGP_NO_EXIT, NULL, input);
    stderr = talk;
    talk = NULL;
    int rc = fclose(ear);
    ASSERT(rc == 0 && failed != ENOMEM); /* as ensure_alloc */
    if (failed != 0) {
        said[strcspn(said, "\n")] = '\0';
        usage_error(said);
    }
    free(said);
}

error_t args_remember(int key, char *text, struct argp_state *state) {
    char *input = state->input;
    if (key >= ARGS_FLAG_KEY && key < ARGS_FLAG_KEY + ARGS_PLACE_MAX)
        memcpy(input + (key - ARGS_FLAG_KEY), &(bool){true}, sizeof(bool));
    else if (key >= ARGS_TEXT_KEY && key < ARGS_TEXT_KEY + ARGS_PLACE_MAX)
        memcpy(input + (key - ARGS_TEXT_KEY), &text, sizeof text);
    else
        return ARGP_ERR_UNKNOWN;
    return 0;
}

error_t args_only_options(int key, char *text, struct argp_state *state) {
    if (key == ARGP_KEY_ARG)
        args_refuse(state, text);
    return args_remember(key, text, state);
}

error_t args_only_one(int key, char *text, struct argp_state *state) {
    const char **slot = state->input;
    if (key == ARGP_KEY_ARG)
        args_take_one(state, text, slot);
    else if (key == ARGP_KEY_END)
        args_need(state, *slot, state->root_argp->args_doc);
    else
        return ARGP_ERR_UNKNOWN;
    return 0;
}

int64_t args_number(struct argp_state *state, const char *option, const char *text, int64_t min,
                    int64_t max) {
    char *end;
    errno = 0;
    long long n = strtoll(text, &end, 10);
    bool is_whole = errno == 0 && end != text && *end == '\0' && *text != ' ' && *text != '+';
    if (!is_whole || n < min || n > max)
        argp_error(state, "%s must be a whole number from %lld to %lld, not '%s'", option,
                   (long long)min, (long long)max, text);
    return n;
}

int64_t args_duration_ms(struct argp_state *state, const char *option, const char *text) {
    int64_t ms = 0;
    if (!duration_parse(text, &ms) || ms > ARGS_DELAY_MS_MAX)
        argp_error(state, "%s must be a duration such as 30s, 5m or 1h30m, not '%s'", option, text);
    return ms;
}

void args_take_one(struct argp_state *state, const char *text, const char **slot) {
    if (*slot)
        args_refuse(state, text);
    *slot = text;
}

void args_need(struct argp_state *state, const char *slot, const char *what) {
    if (!slot)
        argp_error(state, "%s is missing", what);
}

void args_refuse(const struct argp_state *state, const char *text) {
    argp_error(state, "unexpected argument '%s'", text);
}
