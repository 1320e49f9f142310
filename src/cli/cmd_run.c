/*
 * cmd_run.c: `ttsq run`: the shortest way from texts to audio. Enqueues, sees to it that somebody
 * works, waits, delivers. Each step finds out what an earlier run of the same file has done, so
 * running it again continues, and pays for nothing twice.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/delivery/deliver.h"
#include "cli/delivery/follow.h"
#include "cli/intake/load.h"
#include "cli/intake/load_args.h"
#include "cli/intake/source.h"
#include "cli/service.h"
#include "cli/view/text.h"

#define FOLDER_ENDING ".audio"
#define STEM_BYTES_MAX 200

struct options {
    struct load_options load;
    const char *folder;
    char **files;
    size_t file_count;
};

static const struct argp_option option_table[] = {
    {"output", 'o', "DIR", 0, "Where the audio goes (default: FILE" FOLDER_ENDING ", next to it)",
     0},
    {0},
};

static const char doc[] =
    "Turn files into audio now. Starts its own workers when no supervisor runs.\n"
    "\n"
    "  ttsq run chapter.txt                   audio in chapter" FOLDER_ENDING "/\n"
    "  ttsq run chapter.txt -o out/           audio in out/\n"
    "  ttsq run --split paragraph book.txt\n"
    "\v"
    "Ctrl-C finishes the calls that are being made and stops; the same command again continues "
    "where it was. What was made already is not made again. FILE is as for `ttsq enqueue`.";

static error_t on_option(int key, char *text, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case 'o':
        o->folder = text;
        return 0;
    case ARGP_KEY_INIT:
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
        return ARGP_ERR_UNKNOWN;
    }
}

struct item { /* one batch */
    const char *path;
    struct load_result load;
    int64_t calls_before;
};

struct run {
    const struct options *options;
    struct session session;
    struct service service;
    struct item *items;
    size_t item_count;
    int64_t files, duration_ms, calls;
    int code; /* of the first batch that is not complete */
};

/* ---- calls made for a batch: what may have been billed ---- */

struct calls {
    struct store *store;
    int64_t count;
    bool ok;
    struct err *e;
};

static void count_attempt(const struct store_attempt_row *row, void *arg) {
    struct calls *c = arg;
    c->count += row->outcome != ATTEMPT_UNSENT && row->outcome != ATTEMPT_SENDING;
}

static bool count_job(const struct store_job_row *row, void *arg) {
    struct calls *c = arg;
    if (row->attempt_no == 0)
        return true;
    if (row->attempt_no == 1 && row->state == JOB_DONE) {
        c->count++;
        return true;
    }
    c->ok = store_attempts_each(c->store, row->id, count_attempt, c, c->e);
    return c->ok;
}

static bool count_calls(struct run *r, int64_t batch_id, int64_t *count, struct err *e) {
    struct calls calls = {.store = r->session.store, .ok = true, .e = e};
    unsigned all = (1u << JOB_STATE_COUNT) - 1;
    if (!store_jobs_each(r->session.store, batch_id, all, count_job, &calls, e) || !calls.ok)
        return false;
    *count = calls.count;
    return true;
}

/* ---- the steps ---- */

static bool load_item(struct run *r, size_t first, size_t count, struct err *e) {
    struct item *item = &r->items[r->item_count];
    char shown[TEXT_SHOWN_BYTES];
    item->path = r->options->files[first];
    if (!load_batch(&r->session, &r->options->load, r->options->files + first, count, &item->load,
                    e) ||
        !count_calls(r, item->load.batch_id, &item->calls_before, e))
        return false;
    r->item_count++;
    cli_say("batch %s: %" PRId64 " %s, %" PRId64 " characters%s",
            text_show(item->load.batch, STORE_NAME_MAX, shown), item->load.jobs,
            item->load.jobs == 1 ? "job" : "jobs", item->load.chars,
            item->load.already ? ", enqueued before" : "");
    return true;
}

static bool load_all(struct run *r, struct err *e) {
    const struct options *o = r->options;
    size_t step = o->load.batch ? o->file_count : 1;
    for (size_t i = 0; i < o->file_count; i += step)
        if (!load_item(r, i, step, e))
            return false;
    return true;
}

static bool ensure_service(void *arg, struct err *e) {
    return service_ensure(arg, e);
}

static void choose_service(struct run *r) {
    const struct config *c = r->session.config;
    const char *name = r->options->load.profile ? r->options->load.profile : c->profile;
    const struct profile *profile = config_profile(c, name);
    service_init(&r->service, c);
    r->service.needs_say = profile && service_is_say_url(profile_var(profile, "base_url"));
}

static bool follow_item(struct run *r, const struct item *item, struct err *e) {
    struct follow_options follow = {
        .check = ensure_service, .arg = &r->service, .give_up_when_stopped = true};
    struct session_counts end;
    if (!follow_batch(&r->session, item->load.batch_id, item->load.batch, &follow, &end, e))
        return false;
    int code = follow_verdict(item->load.batch, &end, false);
    r->code = r->code ? r->code : code;
    return true;
}

static bool folder_of(const struct run *r, const struct item *item, char out[PATH_MAX],
                      struct err *e) {
    const char *folder = r->options->folder, *slash = strrchr(item->path, '/');
    char stem[STEM_BYTES_MAX + 1], safe[TEXT_FILE_NAME_BYTES_MAX + 1];
    source_stem(item->path, STEM_BYTES_MAX, stem);
    int n;
    if (folder && r->options->file_count > 1 && !r->options->load.batch)
        n = snprintf(out, PATH_MAX, "%s/%s", folder, text_file_name(item->load.batch, 0, safe));
    else if (folder)
        n = snprintf(out, PATH_MAX, "%s", folder);
    else if (slash && slash[1] && slash != item->path)
        n = snprintf(out, PATH_MAX, "%.*s/%s" FOLDER_ENDING, (int)(slash - item->path), item->path,
                     stem);
    else
        n = snprintf(out, PATH_MAX, "%s%s" FOLDER_ENDING, slash == item->path ? "/" : "", stem);
    return (n > 0 && n < PATH_MAX) || err_set(e, ERR_USAGE, "the folder's path is too long");
}

static bool deliver_item(struct run *r, const struct item *item, struct err *e) {
    char folder[PATH_MAX], shown[TEXT_SHOWN_BYTES];
    struct deliver_report report;
    int64_t calls;
    struct deliver_options deliver = {.folder = folder, .partial = r->code != 0};
    if (!folder_of(r, item, folder, e) ||
        !deliver_batch(&r->session, item->load.batch_id, item->load.batch, &deliver, &report, e) ||
        !count_calls(r, item->load.batch_id, &calls, e))
        return false;
    struct session_counts after;
    if (session_counts(&r->session, item->load.batch_id, &after, e) &&
        report.files == after.count[JOB_DONE])
        deliver_note(&r->session, item->load.batch_id, report.files);
    r->files += report.files;
    r->duration_ms += report.duration_ms;
    r->calls += calls - item->calls_before;
    printf("%s\n", text_show(folder, 200, shown));
    return true;
}

static bool work(struct run *r, struct err *e) {
    for (size_t i = 0; i < r->item_count; i++)
        if (!follow_item(r, &r->items[i], e))
            return false;
    for (size_t i = 0; i < r->item_count; i++)
        if (!deliver_item(r, &r->items[i], e))
            return false;
    cli_say("%" PRId64 " %s, %.1f s of audio, %" PRId64 " %s", r->files,
            r->files == 1 ? "file" : "files", (double)r->duration_ms / 1000.0, r->calls,
            r->calls == 1 ? "call" : "calls");
    return true;
}

/* After Ctrl-C: what is left and how to go on. */
static void say_rest(struct run *r, bool ours) {
    int64_t left = 0;
    for (size_t i = 0; i < r->item_count; i++) {
        struct session_counts counts;
        struct err ignored;
        if (session_counts(&r->session, r->items[i].load.batch_id, &counts, &ignored))
            left += follow_open_jobs(&counts);
    }
    cli_say("%" PRId64 " %s left; %s", left, left == 1 ? "job is" : "jobs are",
            ours ? "the same command again goes on where it was"
                 : "the running supervisor goes on with them");
}

static int run(struct run *r) {
    struct err e;
    r->items = ensure_alloc(r->options->file_count * sizeof *r->items);
    memset(r->items, 0, r->options->file_count * sizeof *r->items);
    choose_service(r);
    bool ok = load_all(r, &e) && work(r, &e);
    bool ours = r->service.supervisor > 0, interrupted = !ok && e.code == ERR_INTERRUPTED;
    if (interrupted && ours)
        cli_say("finishing the calls that are being made; Ctrl-C again stops at once");
    service_end(&r->service);
    int code = ok ? r->code : err_exit_code(e.code);
    if (interrupted)
        say_rest(r, ours);
    else if (!ok)
        (void)cli_fail(&e);
    free(r->items);
    return code;
}

static const struct argp_child children[] = {{.argp = &args_help}, {.argp = &load_args}, {0}};
const struct argp cmd_run_argp = {.options = option_table,
                                  .parser = on_option,
                                  .args_doc = "FILE...",
                                  .doc = doc,
                                  .children = children};

int cmd_run(int argc, char **argv) {
    struct options o = {.load = load_args_defaults};
    args_parse(&cmd_run_argp, argc, argv, &o);
    cli_stop_catch();
    struct run r = {.options = &o};
    struct err e;
    int code = session_open(&r.session, SESSION_CREATE, &e) ? run(&r) : cli_fail(&e);
    session_close(&r.session);
    return code;
}
