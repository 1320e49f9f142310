/* cmd_prune.c: `ttsq prune`: batches that were fetched go, with their answers. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/discard.h"
#include "base/duration.h"
#include "base/ensure.h"
#include "cli/args.h"
#include "cli/care/compact.h"
#include "cli/cli.h"
#include "cli/session.h"
#include "cli/view/text.h"
#include "fleet/prune_lock.h"

#define KEEP_BATCHES_MAX 1000000000
#define LOCK_WAIT_MAX_MS 10000 /* the keeper is at it for moments, a backup for longer */
#define KIB 1024.0
#define MIB (1024.0 * 1024.0)

enum { OPTION_KEEP = 0x100, OPTION_KEEP_BATCHES };

struct options {
    char **names;
    size_t name_count;
    bool has_keep, undelivered, dry_run, compact;
    int64_t keep_ms, keep_batches;
};

static const struct argp_option option_table[] = {
    {"keep", OPTION_KEEP, "TIME", 0, "All batches that were fetched longer ago than TIME: 30d", 0},
    {"keep-batches", OPTION_KEEP_BATCHES, "N", 0, "All that were fetched, but for the newest N", 0},
    {"undelivered", ARGS_FLAG(struct options, undelivered), NULL, 0,
     "Also what has ended and was not fetched whole (its answers are lost)", 0},
    {"compact", ARGS_FLAG(struct options, compact), NULL, 0,
     "Then make the database smaller by what is free in it; no service may run", 0},
    {"dry-run", ARGS_FLAG(struct options, dry_run), NULL, 0, "Say what would go, change nothing",
     0},
    {0},
};

static const char doc[] =
    "Remove batches that have ended and were fetched whole by `ttsq get` or `ttsq run`: texts, "
    "answers, the log of their calls. What they cost stays in `ttsq cost`.\n"
    "\n"
    "  ttsq prune --keep 30d --dry-run      what would go\n"
    "  ttsq prune --keep 30d\n"
    "  ttsq prune --keep-batches 100\n"
    "  ttsq prune chapter-1                 this one, now\n"
    "  ttsq prune --compact                 no batch; make the database smaller\n"
    "\v"
    "It cannot be undone (`ttsq backup` makes a copy first). The same texts, put in again, are "
    "paid for again. An answer that a batch which stays shares is kept. While a backup is being "
    "made nothing goes (exit code 75). With both --keep and --keep-batches goes what both let go. "
    "`keep = 30d` in ttsq.ini lets the service do it.\n"
    "\n"
    "The space of answers in files is given back; the database keeps its size, and what becomes "
    "free in it is used again by new texts and small answers; `space_min` counts only what the "
    "disk has. --compact writes the database anew, which takes as much room as what is left in it, "
    "twice for a while. What was removed is not wiped from the disk.";

static error_t on_option(int key, char *text, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case OPTION_KEEP:
        o->keep_ms = args_duration_ms(state, "--keep", text);
        o->has_keep = true;
        return 0;
    case OPTION_KEEP_BATCHES:
        o->keep_batches = args_number(state, "--keep-batches", text, 0, KEEP_BATCHES_MAX);
        o->has_keep = true;
        return 0;
    case ARGP_KEY_ARGS:
        o->names = state->argv + state->next;
        o->name_count = (size_t)(state->argc - state->next);
        return 0;
    case ARGP_KEY_SUCCESS:
        if (!o->name_count && !o->has_keep && !o->compact)
            argp_error(state, "say what: BATCH, --keep TIME or --keep-batches N");
        if (o->compact && o->dry_run)
            argp_error(state, "--compact and --dry-run are not for the same time");
        if (o->name_count && o->has_keep)
            argp_error(state, "BATCH, or --keep and --keep-batches, not both");
        return 0;
    default:
        return args_remember(key, text, state);
    }
}

/* ---- which batches ---- */

struct candidate {
    char name[STORE_NAME_MAX + 1];
    int64_t id, jobs, open, done, delivered_ms, since_ms, answers, bytes;
};

struct candidates {
    struct candidate *list;
    size_t count, room;
};

static void add(const struct store_batch_row *row, void *arg) {
    struct candidates *c = arg;
    if (c->count == c->room) {
        c->room = c->room ? 2 * c->room : 64;
        c->list = ensure_realloc(c->list, c->room * sizeof *c->list);
    }
    struct candidate *b = &c->list[c->count++];
    *b = (struct candidate){.id = row->id,
                            .jobs = row->total,
                            .done = row->count[JOB_DONE],
                            .delivered_ms = row->delivered_ms,
                            .since_ms = row->delivered_ms ? row->delivered_ms : row->created_ms};
    b->open = row->loading + row->count[JOB_READY] + row->count[JOB_RUNNING] +
              row->count[JOB_DELAYED] + row->count[JOB_HELD];
    (void)snprintf(b->name, sizeof b->name, "%s", row->name);
}

static int newest_first(const void *a, const void *b) {
    const struct candidate *x = a, *y = b;
    return x->since_ms != y->since_ms ? (x->since_ms < y->since_ms ? 1 : -1)
                                      : (x->id < y->id ? 1 : -1);
}

static bool may_go(const struct options *o, const struct candidate *b) {
    return b->open == 0 && (b->delivered_ms > 0 || o->undelivered);
}

/* Those of the list that the rule lets go, the newest kept. */
static void choose_by_age(const struct options *o, struct candidates *c) {
    int64_t before_ms = clock_wall_ms() - o->keep_ms, kept = 0;
    size_t n = 0;
    qsort(c->list, c->count, sizeof *c->list, newest_first);
    for (size_t i = 0; i < c->count; i++)
        if (may_go(o, &c->list[i]) && kept++ >= o->keep_batches && c->list[i].since_ms <= before_ms)
            c->list[n++] = c->list[i];
    c->count = n;
}

static bool check_named(const struct options *o, const struct candidate *b, struct err *e) {
    char shown[TEXT_SHOWN_BYTES];
    text_word(b->name, shown);
    if (b->open > 0)
        return err_set(e, ERR_FAILED,
                       "%.300s has %" PRId64 " jobs that have not ended; `ttsq cancel %.300s` ends "
                       "them",
                       shown, b->open, shown);
    return may_go(o, b) ||
           err_set(e, ERR_FAILED,
                   "%.300s was not fetched whole: `ttsq get %.300s -o DIR`, or say --undelivered "
                   "(%" PRId64 " answers are lost then)",
                   shown, shown, b->done);
}

static bool choose_named(struct session *s, const struct options *o, struct candidates *c,
                         struct err *e) {
    struct store_reader reader = {.batch = add, .arg = c};
    for (size_t i = 0; i < o->name_count; i++) {
        int64_t id;
        if (!session_batch(s, o->names[i], &id, e) || !store_status(s->store, id, &reader, e))
            return false;
        if (c->count <= i)
            return err_set(e, ERR_NOT_FOUND, "the batch has been removed meanwhile");
        if (!check_named(o, &c->list[i], e))
            return false;
    }
    return true;
}

static bool choose(struct session *s, const struct options *o, struct candidates *c,
                   struct err *e) {
    struct store_reader reader = {.batch = add, .arg = c};
    if (o->name_count)
        return choose_named(s, o, c, e);
    if (!store_status(s->store, 0, &reader, e))
        return false;
    choose_by_age(o, c);
    return true;
}

/* ---- their bytes ---- */

struct removal {
    const char *results;
    int64_t failed;
    struct err first; /* failure */
};

static void on_gone(const struct store_pruned_answer *a, void *arg) {
    struct removal *r = arg;
    struct err e;
    if (!discard_answer(r->results, a->path, a->offset, a->bytes, &e) && r->failed++ == 0)
        r->first = e;
}

/* ---- saying and doing ---- */

static const char *bytes_text(int64_t bytes, char out[32]) {
    double b = (double)bytes;
    if (b < MIB)
        (void)snprintf(out, 32, "%.1f KiB", b / KIB);
    else
        (void)snprintf(out, 32, "%.1f MiB", b / MIB);
    return out;
}

static void say(const struct options *o, const struct candidate *b) {
    char shown[TEXT_SHOWN_BYTES], size[32], age[DURATION_TEXT_BYTES];
    printf("%s %s: %" PRId64 " %s, %" PRId64 " %s of %s, %s %s ago\n",
           o->dry_run ? "would prune" : "pruned", text_word(b->name, shown), b->jobs,
           b->jobs == 1 ? "job" : "jobs", b->answers, b->answers == 1 ? "answer" : "answers",
           bytes_text(b->bytes, size), b->delivered_ms ? "fetched" : "not fetched whole, put in",
           duration_text(clock_wall_ms() - b->since_ms, age));
}

/* A batch that has changed since it was chosen stays, and is said. */
static bool prune_one(struct session *s, const struct options *o, struct candidate *b, bool *gone,
                      struct err *e) {
    char shown[TEXT_SHOWN_BYTES];
    *gone = false;
    if (!store_prune_size(s->store, b->id, &b->answers, &b->bytes, e))
        return false;
    if (!o->dry_run && !store_prune_begin(s->store, b->id, o->undelivered, e)) {
        if (e->code != ERR_FAILED)
            return false;
        cli_say("%s stays: %s", text_word(b->name, shown), e->msg);
        return true;
    }
    *gone = true;
    say(o, b);
    return true;
}

static bool remove_rows(struct session *s, struct err *e) {
    struct removal removal = {.results = s->config->results};
    int64_t files;
    if (!store_prune_go_on(s->store, on_gone, &removal, e) ||
        !discard_segments(removal.results, &files, e))
        return false;
    if (removal.failed)
        cli_say("%" PRId64 " files could not be removed (%s); `ttsq audit` finds them",
                removal.failed, removal.first.msg);
    return true;
}

static bool say_free(struct session *s, struct err *e) {
    struct store_size database;
    char size[32];
    if (!store_database_size(s->store, &database, e))
        return false;
    if (database.free_bytes >= COMPACT_FREE_TOLD_BYTES)
        cli_say(
            "%s inside the database are free, and used again; `ttsq prune --compact` gives them "
            "back to the disk",
            bytes_text(database.free_bytes, size));
    return true;
}

/* An error, unless there is more to be done. */
static bool none_is_due(const struct options *o, struct err *e) {
    (void)err_set(e, ERR_NOT_FOUND, "nothing to prune: no batch was fetched whole that long ago");
    if (o->compact)
        cli_say("%s", e->msg);
    return o->compact;
}

static bool prune(struct session *s, const struct options *o, struct candidates *c, struct err *e) {
    int64_t gone = 0, bytes = 0;
    char size[32];
    if (!choose(s, o, c, e))
        return false;
    if (c->count == 0)
        return (o->dry_run || remove_rows(s, e)) && none_is_due(o, e);
    for (size_t i = 0; i < c->count; i++) {
        bool one;
        if (!prune_one(s, o, &c->list[i], &one, e))
            return false;
        gone += one;
        bytes += one ? c->list[i].bytes : 0;
    }
    if (!o->dry_run && !remove_rows(s, e))
        return false;
    cli_say("%" PRId64 " %s, %s%s; what they cost stays in `ttsq cost`", gone,
            gone == 1 ? "batch" : "batches", bytes_text(bytes, size),
            o->dry_run ? " would go" : " of answers are gone");
    return o->dry_run || o->compact || say_free(s, e);
}

static void say_waiting(void) {
    cli_say("waiting for the end of a backup, or of another prune");
}

static bool prune_locked(struct session *s, const struct options *o, struct candidates *c,
                         struct err *e) {
    int lock_fd = -1;
    if (!prune_lock_open(s->config->fleet, PRUNE_LOCK_PRUNE, LOCK_WAIT_MAX_MS, say_waiting,
                         &lock_fd, e))
        return false;
    bool ok = ((!o->name_count && !o->has_keep) || prune(s, o, c, e)) &&
              (!o->compact || compact_database(s, e));
    close(lock_fd);
    return ok;
}

const struct argp cmd_prune_argp = {.options = option_table,
                                    .parser = on_option,
                                    .args_doc = "[BATCH...]",
                                    .doc = doc,
                                    .children = args_children};

int cmd_prune(int argc, char **argv) {
    struct options o = {0};
    args_parse(&cmd_prune_argp, argc, argv, &o);
    struct candidates c = {0};
    struct session s;
    struct err e;
    bool ok = session_open(&s, o.dry_run ? SESSION_READ : SESSION_WRITE, &e) &&
              (o.dry_run ? prune(&s, &o, &c, &e) : prune_locked(&s, &o, &c, &e));
    session_close(&s);
    free(c.list);
    return ok ? 0 : cli_fail(&e);
}
