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

static bool on_loaded(const struct load_result *one, void *arg, struct err *e) {
    struct run *r = arg;
    struct item *item = &r->items[r->item_count];
    char shown[TEXT_SHOWN_BYTES];
    item->load = *one;
    /* of a new batch all calls are this run's, also those that a service has made since */
    bool is_new = !one->already && !r->options->load.append;
    if (!is_new && !count_calls(r, one->batch_id, &item->calls_before, e))
        return false;
    r->item_count++;
    cli_say("batch %s: %" PRId64 " %s, %" PRId64 " characters%s",
            text_show(one->batch, STORE_NAME_MAX, shown), one->jobs,
            one->jobs == 1 ? "job" : "jobs", one->chars, one->already ? ", enqueued before" : "");
    return true;
}

static bool load_all(struct run *r, struct err *e) {
    const struct options *o = r->options;
    struct load_list list = {.on_one = on_loaded, .arg = r};
    bool ok = load_files(&r->session, &o->load, o->files, o->file_count, &list, e);
    free(list.results);
    return ok;
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

static bool folder_beside(const char *path, char out[PATH_MAX], struct err *e) {
    const char *slash = strrchr(path, '/');
    char stem[STEM_BYTES_MAX + 1];
    source_stem(path, STEM_BYTES_MAX, stem);
    int above = slash && slash[1] ? (int)(slash - path) + 1 : 0;
    int n = snprintf(out, PATH_MAX, "%.*s%s" FOLDER_ENDING, above, path, stem);
    return (n > 0 && n < PATH_MAX) || err_set(e, ERR_USAGE, "the folder's path is too long");
}

struct place { /* where the audio of a file goes, which was said at this place */
    size_t at;
    const char *file;
    char *folder;
};

static int by_folder(const void *a, const void *b) {
    const struct place *x = a, *y = b;
    int order = strcmp(x->folder, y->folder);
    return order ? order : (x->at > y->at) - (x->at < y->at);
}

static bool check_places(const struct place *list, size_t count, struct err *e) {
    char shown[3][TEXT_SHOWN_BYTES];
    for (size_t i = 1; i < count; i++)
        if (strcmp(list[i - 1].folder, list[i].folder) == 0 &&
            strcmp(list[i - 1].file, list[i].file) != 0)
            return err_set(
                e, ERR_USAGE, "%s and %s would both go to %s; -o DIR has a folder for each",
                text_show(list[i - 1].file, 100, shown[0]), text_show(list[i].file, 100, shown[1]),
                text_show(list[i].folder, 100, shown[2]));
    return true;
}

/* Each file has a folder of its own, or their sound would be mixed. */
static bool check_folders(const struct options *o, struct err *e) {
    char folder[PATH_MAX];
    if (o->folder || o->load.batch)
        return true;
    struct place *list = ensure_alloc(o->file_count * sizeof *list);
    size_t count = 0;
    bool ok = true;
    for (; ok && count < o->file_count; count += ok) {
        ok = folder_beside(o->files[count], folder, e);
        if (ok)
            list[count] = (struct place){count, o->files[count], ensure_strdup(folder)};
    }
    qsort(list, count, sizeof *list, by_folder);
    ok = ok && check_places(list, count, e);
    while (count > 0)
        free(list[--count].folder);
    free(list);
    return ok;
}

static bool folder_of(const struct run *r, const struct item *item, char out[PATH_MAX],
                      struct err *e) {
    const char *folder = r->options->folder;
    char safe[TEXT_FILE_NAME_BYTES_MAX + 1];
    int n;
    if (!folder)
        return folder_beside(item->load.path, out, e);
    if (r->options->file_count > 1 && !r->options->load.batch)
        n = snprintf(out, PATH_MAX, "%s/%s", folder, text_file_name(item->load.batch, 0, safe));
    else
        n = snprintf(out, PATH_MAX, "%s", folder);
    return (n > 0 && n < PATH_MAX) || err_set(e, ERR_USAGE, "the folder's path is too long");
}

static void note_delivered(struct run *r, const struct item *item, int64_t files) {
    struct session_counts after;
    struct err ignored;
    int64_t batch_id = item->load.batch_id;
    if (session_counts(&r->session, batch_id, &after, &ignored) && files == after.count[JOB_DONE] &&
        !store_batch_delivered(r->session.store, batch_id, files, &ignored))
        return; /* it is kept a while longer */
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
    note_delivered(r, item, report.files);
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
    service_drain(&r->service); /* it ends while the files are written */
    for (size_t i = 0; i < r->item_count; i++)
        if (!deliver_item(r, &r->items[i], e))
            return false;
    cli_say("%" PRId64 " %s, %.1f s of audio, %" PRId64 " %s", r->files,
            r->files == 1 ? "file" : "files", (double)r->duration_ms / 1000.0, r->calls,
            r->calls == 1 ? "call" : "calls");
    return true;
}

/* After Ctrl-C: what is left and how to go on. */
static void say_rest(struct run *r) {
    int64_t left = 0;
    for (size_t i = 0; i < r->item_count; i++) {
        struct session_counts counts;
        struct err ignored;
        if (session_counts(&r->session, r->items[i].load.batch_id, &counts, &ignored))
            left += follow_open_jobs(&counts);
    }
    cli_say("%" PRId64 " %s left; %s", left, left == 1 ? "job is" : "jobs are",
            service_is_running(r->session.config->fleet)
                ? "the running supervisor goes on with them"
                : "the same command again goes on where it was");
}

static int run(struct run *r) {
    struct err e;
    r->items = ensure_alloc(r->options->file_count * sizeof *r->items);
    memset(r->items, 0, r->options->file_count * sizeof *r->items);
    choose_service(r);
    bool ok = check_folders(r->options, &e) && load_all(r, &e) && work(r, &e);
    bool interrupted = !ok && e.code == ERR_INTERRUPTED;
    if (interrupted && r->service.supervisor > 0)
        cli_say("finishing the calls that are being made; Ctrl-C again stops at once");
    service_end(&r->service);
    int code = ok ? r->code : err_exit_code(e.code);
    if (interrupted && r->item_count > 0)
        say_rest(r);
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
