/* cmd_wait.c: `ttsq wait`: until batches are done. */
#include <stdlib.h>

#include "base/ensure.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/delivery/await.h"
#include "cli/view/text.h"

#define TIMEOUT_S_MAX (366 * 24 * 3600)

enum { OPTION_TIMEOUT = 0x100 };

struct options {
    const char **batches; /* allocated; none = all that are not done */
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

static const char doc[] =
    "Wait until batches are done, with a progress line on a terminal; without "
    "a name, until all are that are not now.\n"
    "\n"
    "  ttsq wait chapter-1 && ttsq get chapter-1 -o audio/\n"
    "  ttsq wait chapter-1 chapter-2 chapter-3\n"
    "  ttsq wait --any chapter-1 chapter-2\n"
    "  ttsq wait                       for all that goes on, whosever it is\n"
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
    default:
        return args_remember(key, text, state);
    }
}

struct waiting {
    struct followed *list; /* allocated */
    size_t count;
    char **names; /* of those that nobody named; allocated */
    size_t name_count;
};

static void add(struct waiting *w, const char *name, int64_t batch_id) {
    w->list = ensure_realloc(w->list, (w->count + 1) * sizeof *w->list);
    w->list[w->count++] = (struct followed){.name = name, .batch_id = batch_id};
}

static void release(struct waiting *w) {
    while (w->name_count > 0)
        free(w->names[--w->name_count]);
    free(w->names);
    free(w->list);
}

static bool find_named(struct session *s, const struct options *o, struct waiting *w,
                       struct err *e) {
    for (size_t i = 0; i < o->batch_count; i++) {
        int64_t batch_id;
        if (!session_batch(s, o->batches[i], &batch_id, e))
            return false;
        add(w, o->batches[i], batch_id);
    }
    return true;
}

static void add_open(const struct store_batch_row *row, void *arg) {
    struct waiting *w = arg;
    int64_t open = row->count[JOB_READY] + row->count[JOB_DELAYED] + row->count[JOB_RUNNING];
    if (!row->loading && open == 0)
        return;
    w->names = ensure_realloc(w->names, (w->name_count + 1) * sizeof *w->names);
    w->names[w->name_count] = ensure_strdup(row->name);
    add(w, w->names[w->name_count++], row->id);
}

static bool find_open(struct session *s, struct waiting *w, struct err *e) {
    const struct store_reader reader = {.batch = add_open, .arg = w};
    char shown[TEXT_SHOWN_BYTES];
    if (!store_status(s->store, 0, &reader, e))
        return false;
    if (w->count == 0)
        cli_say("no batch is on its way: there is nothing to wait for");
    else if (w->count == 1)
        cli_say("waiting for batch %s", text_word(w->list[0].name, shown));
    else
        cli_say("waiting for %zu batches; `ttsq status` names them", w->count);
    return true;
}

static int wait_for(struct session *s, const struct options *o) {
    struct err e;
    struct waiting w = {0};
    bool found = o->batch_count ? find_named(s, o, &w, &e) : find_open(s, &w, &e);
    size_t count = w.count;
    int code = !found ? cli_fail(&e) : count ? await_batches(s, w.list, count, &o->follow) : 0;
    release(&w);
    return code;
}

const struct argp cmd_wait_argp = {.options = option_table,
                                   .parser = on_option,
                                   .args_doc = "[BATCH...]",
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
