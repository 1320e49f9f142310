/* cmd_enqueue.c: `ttsq enqueue`: files into the queue. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/when.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/delivery/await.h"
#include "cli/intake/deadline.h"
#include "cli/intake/load.h"
#include "cli/intake/load_args.h"
#include "cli/service.h"
#include "cli/view/text.h"
#include "fleet/served.h"

#define NEXT_NAMES_MAX 10 /* more are no line that anybody would copy */

struct options {
    struct load_options load;
    bool wait, json;
    char **files;
    size_t file_count;
};

struct adding {
    struct session *session;
    const struct options *options;
};

static const struct argp_option option_table[] = {
    {"dry-run", ARGS_FLAG(struct options, load.dry_run), NULL, 0,
     "Read and check everything, add nothing", 0},
    {"wait", ARGS_FLAG(struct options, wait), NULL, 0, "Then wait as `ttsq wait` does", 0},
    {"json", ARGS_FLAG(struct options, json), NULL, 0, "What was added, as JSON", 0},
    {0},
};

static const char doc[] =
    "Add texts to the queue: all of a file or, when something is wrong in it, nothing.\n"
    "\n"
    "  ttsq enqueue chapter.txt                   a job for each line\n"
    "  ttsq enqueue --split paragraph book.txt    a job for each paragraph\n"
    "  ttsq enqueue novel.epub                    the same, by chapters\n"
    "  ttsq enqueue --batch course *.jsonl        several files as one batch\n"
    "  ttsq enqueue --dry-run texts.csv           check only\n"
    "  make-texts | ttsq enqueue --batch today -\n"
    "\v"
    "FILE is plain text; JSON lines (*.jsonl: {\"text\": ..., \"voice\": ..., \"id\": ..., "
    "\"name\": ..., \"chapter\": ..., \"priority\": ...}); CSV (*.csv, whose first line names "
    "these fields); Markdown or EPUB (*.md, *.epub, read by pandoc: a job for each paragraph, "
    "headings begin chapters; tables, images, code and notes are not read aloud); a folder (its "
    "*.txt and *.md files in order of their names, each a chapter); or - for standard input. Each "
    "FILE is a batch of its own unless --batch is given. The same content again adds nothing, "
    "but with --force.";

static error_t on_option(int key, char *text, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = NULL;
        state->child_inputs[1] = &o->load;
        return 0;
    case ARGP_KEY_ARGS:
        o->files = state->argv + state->next;
        o->file_count = (size_t)(state->argc - state->next);
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "FILE is missing");
        return 0;
    default:
        return args_remember(key, text, state);
    }
}

static void print_estimate(const struct load_result *r, bool dry_run) {
    char money[PRICE_MONEY_BYTES];
    if (!r->estimated)
        return;
    printf(", %" PRId64 " %s", r->calls, r->calls == 1 ? "call" : "calls");
    if (r->shared)
        printf(", %" PRId64 " shared", r->shared);
    if (r->currency)
        printf(", about %s %s", price_money_text(r->cost_micros, money), r->currency);
    else if (dry_run)
        printf(" (no price is known)");
}

static void print_result(const struct load_result *r, const struct load_options *o) {
    bool dry_run = o->dry_run;
    char start[WHEN_TEXT_BYTES], money[PRICE_MONEY_BYTES];
    char shown[TEXT_SHOWN_BYTES];
    text_word(r->batch, shown);
    if (r->already) {
        printf("already enqueued as batch %s: nothing %sadded\n", shown,
               dry_run ? "would be " : "");
        return;
    }
    printf("%s%s: %" PRId64 " %s, %" PRId64 " characters", dry_run ? "would add " : "batch ", shown,
           r->jobs, r->jobs == 1 ? "job" : "jobs", r->chars);
    if (r->empty_lines)
        printf(", %" PRId64 " empty %s skipped", r->empty_lines,
               r->empty_lines == 1 ? "line" : "lines");
    if (r->split)
        printf(", %" PRId64 " long %s in %" PRId64 " pieces", r->split,
               r->split == 1 ? "text" : "texts", r->pieces);
    print_estimate(r, dry_run);
    if (o->at_ms)
        printf(", from %s", when_text(o->at_ms, start));
    putchar('\n');
    if (r->currency && r->budget_micros && r->cost_micros > r->budget_micros)
        cli_say("warning: that is more than its budget of %s %s: what is left over waits",
                price_money_text(r->budget_micros, money), r->currency);
}

static size_t count_already(const struct load_list *list) {
    size_t already = 0;
    for (size_t i = 0; i < list->count; i++)
        already += list->results[i].already;
    return already;
}

/* What all files come to: who has ten asks about the money of all ten. */
static void print_sum(const struct load_list *list) {
    struct load_result sum = {.estimated = true};
    for (size_t i = 0; i < list->count; i++) {
        const struct load_result *one = &list->results[i];
        if (one->already)
            continue;
        sum.jobs += one->jobs;
        sum.chars += one->chars;
        sum.calls += one->calls;
        sum.shared += one->shared;
        sum.cost_micros += one->cost_micros;
        sum.currency = one->currency;
    }
    printf("in all %zu batches: %" PRId64 " jobs, %" PRId64 " characters",
           list->count - count_already(list), sum.jobs, sum.chars);
    print_estimate(&sum, true);
    putchar('\n');
}

/* One line, however many files there were. */
static void say_next(const struct load_list *list) {
    char names[(TEXT_SHOWN_BYTES + 1) * NEXT_NAMES_MAX] = "", shown[TEXT_SHOWN_BYTES];
    size_t at = 0;
    for (size_t i = 0; i < list->count && i < NEXT_NAMES_MAX; i++)
        at += (size_t)snprintf(names + at, sizeof names - at, " %s",
                               text_word(list->results[i].batch, shown));
    if (list->count > NEXT_NAMES_MAX)
        cli_say("next: `ttsq status`");
    else
        cli_say("%snext: `ttsq wait%s`", count_already(list) ? "--force adds the same again; " : "",
                names);
}

static json_t *estimate_json(const struct load_result *r) {
    if (!r->estimated)
        return json_null();
    json_t *o =
        json_pack("{s:I, s:I}", "calls", (json_int_t)r->calls, "shared", (json_int_t)r->shared);
    json_object_set_new(o, "cost_micros", r->currency ? json_integer(r->cost_micros) : json_null());
    json_object_set_new(o, "currency", r->currency ? json_string(r->currency) : json_null());
    return o;
}

static json_t *result_json(const struct load_result *r, bool dry_run) {
    json_t *o = json_pack("{s:o, s:I, s:I, s:I, s:I, s:b}", "batch", text_json(r->batch), "jobs",
                          (json_int_t)r->jobs, "chars", (json_int_t)r->chars, "empty_lines",
                          (json_int_t)r->empty_lines, "pieces", (json_int_t)r->pieces, "added",
                          !r->already && !dry_run);
    json_object_set_new(o, "already", json_boolean(r->already));
    json_object_set_new(o, "estimate", estimate_json(r));
    return o;
}

static bool on_loaded(const struct load_result *r, void *arg, struct err *e) {
    const struct adding *a = arg;
    const struct load_options *o = &a->options->load;
    (void)e;
    if (!a->options->json)
        print_result(r, o);
    if (o->by_ms && !r->already && !o->dry_run)
        deadline_warn(a->session, r->batch_id, r->batch, o->by_ms);
    return true;
}

static int wait_for(struct session *s, const struct options *o, const struct load_list *added) {
    const struct follow_options follow = {.json = o->json};
    struct followed *list = ensure_alloc(added->count * sizeof *list);
    for (size_t i = 0; i < added->count; i++)
        list[i] = (struct followed){.batch_id = added->results[i].batch_id,
                                    .name = added->results[i].batch};
    int code = await_batches(s, list, added->count, &follow);
    free(list);
    return code;
}

static void print_json(const struct load_list *list, const struct options *o) {
    json_t *batches = json_array();
    for (size_t i = 0; i < list->count; i++)
        json_array_append_new(batches, result_json(&list->results[i], o->load.dry_run));
    text_json_print(json_pack("{s:s, s:o}", "message_type", "enqueue", "batches", batches),
                    o->wait);
}

static void hint(const struct config *config, const char *profile) {
    service_hint(config);
    if (service_lacks_say(config, profile))
        cli_say(SERVICE_SAY_HINT);
    const struct profile *p = config_profile(config, profile);
    char shown[TEXT_SHOWN_BYTES];
    if (!p || !service_is_running(config->fleet))
        return;
    if (!served_has(config->fleet, SERVED_ACCOUNT, p->account))
        cli_say("the running service does not know account %s yet: `ttsq why %s` says what to do",
                p->account, text_word(p->account, shown));
    else if (!served_has(config->fleet, SERVED_PROFILE, profile))
        cli_say("the running service does not know profile %s yet: it has to read its "
                "configuration again (a reload)",
                profile);
}

/* What will come to nothing, or soon: said before, not by jobs that end held. A running service
 * tells whether it has the key that this shell lacks; one that does not run yet may have it. */
static void warn_of_profile(const struct config *config, const char *name) {
    const struct profile *p = config_profile(config, name);
    const struct profile_secret *missing = p ? profile_missing_secret(p) : NULL;
    char line[PROFILE_EXPIRY_BYTES];
    if (p && profile_expiry(p, clock_wall_ms(), line))
        cli_say("warning: %s", line);
    if (missing && !(service_is_running(config->fleet) && served_has_key(config->fleet, name)))
        cli_say("warning: secret %s: %s; unless the service has it the account will stop",
                missing->name, missing->problem);
}

static int enqueue(struct session *s, const struct options *o) {
    const char *profile = o->load.profile ? o->load.profile : s->config->profile;
    struct adding adding = {.session = s, .options = o};
    struct load_list list = {.on_one = on_loaded, .arg = &adding};
    struct err e;
    warn_of_profile(s->config, profile);
    bool ok = load_files(s, &o->load, o->files, o->file_count, &list, &e);
    if (ok && o->load.dry_run && list.count - count_already(&list) > 1 && !o->json)
        print_sum(&list);
    if (o->json && list.count)
        print_json(&list, o);
    int code = ok ? 0 : cli_fail(&e);
    if (ok && o->wait && !o->load.dry_run)
        code = wait_for(s, o, &list);
    else if (list.count && !o->load.dry_run) {
        if (!o->json)
            say_next(&list);
        hint(s->config, profile);
    }
    free(list.results);
    return code;
}

/* With the store, if there is one: what was called before costs nothing. */
static bool open_dry(struct session *s, struct err *e) {
    if (!config_load(&s->config, e))
        return false;
    return store_open(&s->store, s->config->database, STORE_READ, e) || e->code == ERR_NO_SERVICE;
}

static const struct argp_child children[] = {{.argp = &args_help}, {.argp = &load_args}, {0}};
const struct argp cmd_enqueue_argp = {.options = option_table,
                                      .parser = on_option,
                                      .args_doc = "FILE...",
                                      .doc = doc,
                                      .children = children};

int cmd_enqueue(int argc, char **argv) {
    struct options o = {.load = load_args_defaults};
    args_parse(&cmd_enqueue_argp, argc, argv, &o);
    cli_stop_catch();
    struct session s = {0};
    struct err e;
    bool opened = o.load.dry_run ? open_dry(&s, &e) : session_open(&s, SESSION_CREATE, &e);
    int code = opened ? enqueue(&s, &o) : cli_fail(&e);
    session_close(&s);
    return code;
}
