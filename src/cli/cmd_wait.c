/* cmd_wait.c: `ttsq wait`: until a batch is done. */
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/follow.h"
#include "cli/text.h"

#define TIMEOUT_S_MAX (366 * 24 * 3600)

enum { OPTION_JSON = 0x100, OPTION_TIMEOUT };

struct options {
    const char *batch;
    struct follow_options follow;
};

static const struct argp_option option_table[] = {
    {"json", OPTION_JSON, NULL, 0, "Progress and result as JSON, one message a line", 0},
    {"timeout", OPTION_TIMEOUT, "SECONDS", 0, "Give up then (exit code 75)", 0},
    {0},
};

static const char doc[] = "Wait until a batch is done, with a progress line on a terminal.\n"
                          "\n"
                          "  ttsq wait chapter-1 && ttsq get chapter-1 -o audio/\n"
                          "  ttsq wait --timeout 600 chapter-1\n"
                          "\v"
                          "Exit code 0: every job is done. 3: some failed, were cancelled, or are "
                          "held for a person. 5: no "
                          "supervisor is running. 75: the timeout is over.";

static error_t on_option(int key, char *text, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case OPTION_JSON:
        o->follow.json = true;
        return 0;
    case OPTION_TIMEOUT:
        o->follow.timeout_ms = 1000 * args_number(state, "--timeout", text, 1, TIMEOUT_S_MAX);
        return 0;
    case ARGP_KEY_ARG:
        args_take_one(state, text, &o->batch);
        return 0;
    case ARGP_KEY_END:
        args_need(state, o->batch, "BATCH");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int wait_for(struct session *s, const struct options *o) {
    struct err e;
    int64_t batch_id;
    struct session_counts end;
    if (!session_batch(s, o->batch, &batch_id, &e) ||
        !follow_batch(s, batch_id, o->batch, &o->follow, &end, &e))
        return cli_fail(&e);
    int code = follow_verdict(o->batch, &end, o->follow.json);
    char shown[TEXT_SHOWN_BYTES];
    if (code == 0)
        cli_say("all %lld jobs are done; next: `ttsq get %s -o DIR`", (long long)end.total,
                text_word(o->batch, shown));
    return code;
}

const struct argp cmd_wait_argp = {.options = option_table,
                                   .parser = on_option,
                                   .args_doc = "BATCH",
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
    return code;
}
