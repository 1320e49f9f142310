/* cmd_wait.c: `ttsq wait`: until batches are done. */
#include <stdlib.h>

#include "base/ensure.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/delivery/await.h"

#define TIMEOUT_S_MAX (366 * 24 * 3600)

enum { OPTION_TIMEOUT = 0x100 };

struct options {
    const char **batches; /* allocated */
    size_t batch_count;
    struct follow_options follow;
};

static const struct argp_option option_table[] = {
    {"any", ARGS_FLAG(struct options, follow.any), NULL, 0,
     "Until the first of them is done; its name is printed", 0},
    {"json", ARGS_FLAG(struct options, follow.json), NULL, 0,
     "Progress and result as JSON, one message a line", 0},
    {"no-wait-paused", ARGS_FLAG(struct options, follow.give_up_when_paused), NULL, 0,
     "Give up when the account is paused, stopped or unknown to the service (exit code 75)", 0},
    {"timeout", OPTION_TIMEOUT, "SECONDS", 0, "Give up then (exit code 75)", 0},
    {0},
};

static const char doc[] = "Wait until batches are done, with a progress line on a terminal.\n"
                          "\n"
                          "  ttsq wait chapter-1 && ttsq get chapter-1 -o audio/\n"
                          "  ttsq wait chapter-1 chapter-2 chapter-3\n"
                          "  ttsq wait --any chapter-1 chapter-2\n"
                          "  ttsq wait --timeout 600 chapter-1\n"
                          "\v"
                          "Exit code 0: every job is done. 3: some failed, were cancelled, or are "
                          "held for a person. 5: no "
                          "supervisor is running. 75: the timeout is over, or nothing can move "
                          "without a larger budget or a person.";

static error_t on_option(int key, char *text, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case OPTION_TIMEOUT:
        o->follow.timeout_ms = 1000 * args_number(state, "--timeout", text, 1, TIMEOUT_S_MAX);
        return 0;
    case ARGP_KEY_ARG:
        o->batches = ensure_realloc(o->batches, (o->batch_count + 1) * sizeof *o->batches);
        o->batches[o->batch_count++] = text;
        return 0;
    case ARGP_KEY_END:
        args_need(state, o->batch_count ? o->batches[0] : NULL, "BATCH");
        return 0;
    default:
        return args_remember(key, text, state);
    }
}

static bool find_all(struct session *s, const struct options *o, struct followed *list,
                     struct err *e) {
    for (size_t i = 0; i < o->batch_count; i++) {
        list[i] = (struct followed){.name = o->batches[i]};
        if (!session_batch(s, list[i].name, &list[i].batch_id, e))
            return false;
    }
    return true;
}

static int wait_for(struct session *s, const struct options *o) {
    struct err e;
    struct followed *list = ensure_alloc(o->batch_count * sizeof *list);
    int code = find_all(s, o, list, &e) ? await_batches(s, list, o->batch_count, &o->follow)
                                        : cli_fail(&e);
    free(list);
    return code;
}

const struct argp cmd_wait_argp = {.options = option_table,
                                   .parser = on_option,
                                   .args_doc = "BATCH...",
                                   .doc = doc,
                                   .children = args_children};

int cmd_wait(int argc, char **argv) {
    struct options o = {0};
    args_parse(&cmd_wait_argp, argc, argv, &o);
    cli_stop_catch();
    struct session s;
    struct err e;
    int code = session_open(&s, SESSION_READ, &e) ? wait_for(&s, &o) : cli_fail(&e);
    session_close(&s);
    free(o.batches);
    return code;
}
