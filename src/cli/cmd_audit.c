/* cmd_audit.c: `ttsq audit`: what the log of calls proves: was the cap kept, was it used, what may
 * have been billed for nothing, and are all answers there. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "cli/args.h"
#include "cli/care/stray.h"
#include "cli/cli.h"
#include "cli/view/table.h"
#include "cli/view/text.h"
#include "queue/replay.h"

#define STRAYS_SHOWN 20

struct options {
    bool json, repair;
};

static const struct argp_option option_table[] = {
    {"repair", ARGS_FLAG(struct options, repair), NULL, 0,
     "Move files that no answer is on record for to the folder quarantine in the results folder",
     0},
    {"json", ARGS_FLAG(struct options, json), NULL, 0, "As JSON", 0},
    {0},
};

static const char doc[] =
    "Replay the log of calls: the most in flight ever, the share of time in which the account was "
    "full while work waited, calls that may have been billed without an answer; and compare the "
    "answers on record with the files.\n"
    "\n"
    "  ttsq audit\n"
    "  ttsq audit --repair\n"
    "\v"
    "Times are this machine's wall clock: setting it back while calls are made blurs the first two "
    "figures. A cap that was higher once explains more calls than it allows now. Exit code 1: an "
    "answer on record is not there.";

struct books { /* of one account */
    int64_t id, cap;
    char name[STORE_NAME_MAX + 1];
    struct replay_spans calls, waits;
    int64_t count[ATTEMPT_OUTCOME_COUNT];
    int64_t adopted, reused, needless;
    int64_t untimed; /* of calls that a death has left without a time */
    struct replay_findings findings;
};

struct audit {
    struct books *books;
    size_t count;
    struct stray stray;
    int64_t moved;
};

static struct books *books_of(struct audit *a, int64_t account_id) {
    for (size_t i = 0; i < a->count; i++)
        if (a->books[i].id == account_id)
            return &a->books[i];
    return NULL;
}

static void on_account(const struct store_account_row *row, void *arg) {
    struct audit *a = arg;
    a->books = ensure_realloc(a->books, (a->count + 1) * sizeof *a->books);
    struct books *b = &a->books[a->count++];
    *b = (struct books){.id = row->id, .cap = row->cap};
    (void)snprintf(b->name, sizeof b->name, "%s", row->name);
}

/* A first call's job waited from the making of its batch on; what came between later calls is not
 * on record as waiting. */
static void on_attempt(const struct store_audit_attempt *row, void *arg) {
    struct books *b = books_of(arg, row->account_id);
    if (!b)
        return;
    b->count[row->outcome]++;
    b->adopted += row->adopted;
    b->needless += row->needless;
    if (row->n == 1 && row->started_ms > 0)
        replay_add(&b->waits, row->batch_ms, row->started_ms);
    if (row->started_ms > 0 && row->ended_ms > 0)
        replay_add(&b->calls, row->started_ms, row->ended_ms);
    else if (row->outcome == ATTEMPT_UNCERTAIN || row->outcome == ATTEMPT_ANSWERED)
        b->untimed++;
}

static void on_shared(int64_t account_id, int64_t jobs, void *arg) {
    struct books *b = books_of(arg, account_id);
    if (b)
        b->reused = jobs;
}

static bool read_books(struct session *s, struct audit *a, struct err *e) {
    const struct store_reader reader = {.account = on_account, .arg = a};
    if (!store_status(s->store, 0, &reader, e) ||
        !store_audit_attempts(s->store, on_attempt, a, e) ||
        !store_audit_shared(s->store, on_shared, a, e))
        return false;
    for (size_t i = 0; i < a->count; i++)
        replay_run(&a->books[i].calls, &a->books[i].waits, a->books[i].cap, &a->books[i].findings);
    return true;
}

static void release(struct audit *a) {
    for (size_t i = 0; i < a->count; i++) {
        replay_release(&a->books[i].calls);
        replay_release(&a->books[i].waits);
    }
    free(a->books);
    stray_release(&a->stray);
}

static int64_t calls_of(const struct books *b) {
    int64_t calls = 0;
    for (int outcome = 0; outcome < ATTEMPT_OUTCOME_COUNT; outcome++)
        calls += outcome == ATTEMPT_UNSENT ? 0 : b->count[outcome];
    return calls;
}

/* 0 … 1; -1 when nothing ever waited. */
static double full_share(const struct books *b) {
    const struct replay_findings *f = &b->findings;
    return f->waiting_ms > 0 ? (double)f->full_ms / (double)f->waiting_ms : -1;
}

/* ---- for people ------------------------------------------------------------------------------ */

static void print_strays(const char *what, const struct stray_list *list) {
    char shown[TEXT_SHOWN_BYTES];
    for (size_t i = 0; i < list->count && i < STRAYS_SHOWN; i++)
        printf("%s  %s\n", what, text_show(list->path[i], 200, shown));
    if (list->count > STRAYS_SHOWN)
        printf("%s  … and %zu more\n", what, list->count - STRAYS_SHOWN);
}

static void print_accounts(const struct audit *a) {
    static const char *const heads[] = {
        "ACCOUNT",   "CAP",      "MOST AT A TIME", "FULL WHILE WAITING",
        "CALLS",     "ANSWERED", "REFUSED",        "FAILED",
        "UNCERTAIN", "ADOPTED",  "REUSED"};
    struct table t;
    char shown[TEXT_SHOWN_BYTES];
    table_init(&t, heads, sizeof heads / sizeof heads[0], ~1u);
    for (size_t i = 0; i < a->count; i++) {
        const struct books *b = &a->books[i];
        table_cell(&t, "%s", text_show(b->name, 60, shown));
        table_cell(&t, "%" PRId64, b->cap);
        table_cell(&t, "%" PRId64, b->findings.max_in_flight);
        if (full_share(b) < 0)
            table_cell(&t, "-");
        else
            table_cell(&t, "%.1f%%", 100 * full_share(b));
        table_cell(&t, "%" PRId64, calls_of(b));
        table_cell(&t, "%" PRId64, b->count[ATTEMPT_ANSWERED]);
        table_cell(&t, "%" PRId64, b->count[ATTEMPT_REFUSED]);
        table_cell(&t, "%" PRId64, b->count[ATTEMPT_FAILED]);
        table_cell(&t, "%" PRId64, b->count[ATTEMPT_UNCERTAIN]);
        table_cell(&t, "%" PRId64, b->adopted);
        table_cell(&t, "%" PRId64, b->reused);
    }
    table_end(&t);
}

/* So rare that it has no column. */
static void print_needless(const struct audit *a) {
    for (size_t i = 0; i < a->count; i++)
        if (a->books[i].needless > 0)
            printf(
                "\naccount %s: answers that came too late to be of use, and were paid for twice: "
                "%" PRId64 "\n",
                a->books[i].name, a->books[i].needless);
}

static void print(const struct audit *a, const struct options *o) {
    const struct stray *s = &a->stray;
    print_accounts(a);
    print_needless(a);
    printf("\n%" PRId64 " answers in files: %zu not there; %zu files (%" PRId64
           " bytes) that no answer is on record for%s\n",
           s->results, s->missing.count, s->unowned.count, s->unowned_bytes,
           o->repair && s->unowned.count ? ", now in quarantine" : "");
    if (s->spare)
        printf("%" PRId64 " %s (%" PRId64 " bytes) that no job needs any more, and that %s with %s "
               "batch\n",
               s->spare, s->spare == 1 ? "answer" : "answers", s->spare_bytes,
               s->spare == 1 ? "goes" : "go", s->spare == 1 ? "its" : "their");
    print_strays("missing", &s->missing);
    if (!o->repair)
        print_strays("unowned", &s->unowned);
    if (s->missing.count)
        cli_say(
            "restore the results folder, or `ttsq retry BATCH --damaged` asks again for what is "
            "lost (`--dry-run` says what that costs)");
    if (s->unowned.count && !o->repair)
        cli_say("next: `ttsq audit --repair` puts the files that nobody knows aside");
}

/* ---- for programs ---------------------------------------------------------------------------- */

static json_t *account_json(const struct books *b) {
    return json_pack("{s:o, s:I, s:I, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
                     "name", text_json(b->name), "cap", (json_int_t)b->cap, "max_in_flight",
                     (json_int_t)b->findings.max_in_flight, "full_share",
                     full_share(b) < 0 ? json_null() : json_real(full_share(b)), "calls",
                     (json_int_t)calls_of(b), "answered", (json_int_t)b->count[ATTEMPT_ANSWERED],
                     "refused", (json_int_t)b->count[ATTEMPT_REFUSED], "failed",
                     (json_int_t)b->count[ATTEMPT_FAILED], "uncertain",
                     (json_int_t)b->count[ATTEMPT_UNCERTAIN], "open",
                     (json_int_t)b->count[ATTEMPT_SENDING], "adopted", (json_int_t)b->adopted,
                     "reused", (json_int_t)b->reused, "needless", (json_int_t)b->needless,
                     "untimed", (json_int_t)b->untimed);
}

static json_t *list_json(const struct stray_list *list) {
    json_t *array = json_array();
    for (size_t i = 0; i < list->count; i++)
        json_array_append_new(array, text_json(list->path[i]));
    return array;
}

static void print_json(const struct audit *a) {
    json_t *accounts = json_array();
    for (size_t i = 0; i < a->count; i++)
        json_array_append_new(accounts, account_json(&a->books[i]));
    json_t *document =
        json_pack("{s:o, s:{s:I, s:o, s:o, s:I, s:I, s:I, s:I}}", "accounts", accounts, "files",
                  "results", (json_int_t)a->stray.results, "missing", list_json(&a->stray.missing),
                  "unowned", list_json(&a->stray.unowned), "unowned_bytes",
                  (json_int_t)a->stray.unowned_bytes, "quarantined", (json_int_t)a->moved, "spare",
                  (json_int_t)a->stray.spare, "spare_bytes", (json_int_t)a->stray.spare_bytes);
    ASSERT(document);
    text_json_print(document, false);
}

static bool audit(struct session *s, struct audit *a, const struct options *o, struct err *e) {
    if (!read_books(s, a, e) || !stray_find(s, &a->stray, e) ||
        (o->repair && !stray_quarantine(s, &a->stray, &a->moved, e)))
        return false;
    if (o->json)
        print_json(a);
    else
        print(a, o);
    return a->stray.missing.count == 0 ||
           err_set(e, ERR_FAILED, "%zu answers on record are not there", a->stray.missing.count);
}

const struct argp cmd_audit_argp = {
    .options = option_table, .parser = args_only_options, .doc = doc, .children = args_children};

int cmd_audit(int argc, char **argv) {
    struct options o = {0};
    args_parse(&cmd_audit_argp, argc, argv, &o);
    struct session s;
    struct audit a = {0};
    struct err e;
    bool ok = session_open(&s, SESSION_READ, &e) && audit(&s, &a, &o, &e);
    release(&a);
    session_close(&s);
    return ok ? 0 : cli_fail(&e);
}
