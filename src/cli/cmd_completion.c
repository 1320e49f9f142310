/* cmd_completion.c: `ttsq completion SHELL`, and `ttsq __complete`, which its scripts ask. */
#include <stdio.h>
#include <string.h>

#include "cli/args.h"
#include "cli/cli.h"
#include "cli/complete.h"
#include "completion_embedded.h"

struct options {
    const char *shell;
    const char *script;
};

static const char doc[] =
    "Print the script that makes a shell complete ttsq's commands, options and names.\n"
    "\n"
    "  source <(ttsq completion bash)       in ~/.bashrc\n"
    "  source <(ttsq completion zsh)        in ~/.zshrc, below compinit\n"
    "  ttsq completion fish | source        in ~/.config/fish/config.fish\n"
    "\v"
    "A package has them in place already.";

#define SCRIPT(name, text) {name, text},
static const struct { const char *name, *text; } scripts[] = {COMPLETIONS(SCRIPT)};

static void take_shell(struct argp_state *state, const char *text, struct options *o) {
    char name[32];
    args_take_one(state, text, &o->shell);
    (void)snprintf(name, sizeof name, "ttsq.%s", text);
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++)
        if (!strcmp(scripts[i].name, name))
            o->script = scripts[i].text;
    if (!o->script)
        argp_error(state, "the shell must be bash, zsh or fish, not '%s'", text);
}

static error_t on_option(int key, char *text, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        take_shell(state, text, o);
        return 0;
    case ARGP_KEY_END:
        args_need(state, o->shell, "bash, zsh or fish");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp cmd_completion_argp = {
    .parser = on_option, .args_doc = "bash|zsh|fish", .doc = doc, .children = args_children};

int cmd_completion(int argc, char **argv) {
    struct options o = {0};
    args_parse(&cmd_completion_argp, argc, argv, &o);
    fputs(o.script, stdout);
    return 0;
}

int cmd_complete(int argc, char **argv) {
    size_t count;
    const struct cli_command *commands = cli_commands(&count);
    complete_print(commands, count, argv + 1, (size_t)(argc - 1));
    return 0;
}
