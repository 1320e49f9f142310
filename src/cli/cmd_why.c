/* cmd_why.c: `ttsq why`: one line on why a job is where it is, and one on what to do about it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/duration.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/session.h"
#include "cli/view/ending.h"
#include "cli/view/job_view.h"
#include "cli/view/money.h"
#include "cli/view/obstacle.h"
#include "cli/view/outlook.h"
#include "cli/view/reasons.h"
#include "cli/view/status.h"
#include "cli/view/text.h"

static const char doc[] =
    "Say why a job waits, failed or is held, or an account makes no calls, and what to do.\n"
    "\n"
    "  ttsq why 17                  the number is in `ttsq list BATCH`\n"
    "  ttsq why chapter-1           the same for what is not done of a batch\n"
    "  ttsq why main                the same for an account\n";

struct why { /* what is known of the job's surroundings */
    struct session *session;
    struct session_counts counts;
    char batch[TEXT_SHOWN_BYTES];
    bool all_are_dead; /* status_all_are_dead */
    bool ok;
    struct err *e;
};

static bool look_around(struct why *w, const char *batch, int64_t batch_id) {
    text_word(batch, w->batch);
    return session_counts(w->session, batch_id, &w->counts, w->e) &&
           status_all_are_dead(w->session, &w->all_are_dead, w->e);
}

/* ---- one sentence a state -------------------------------------------------------------------- */

/* Its place in its batch, and when it may be its turn by the batch's part of the account. */
static bool say_turn(struct why *w, const struct store_job_row *row) {
    int64_t before;
    char age[DURATION_TEXT_BYTES], time[OUTLOOK_TEXT_BYTES];
    struct outlook outlook;
    bool ok = store_position(w->session->store, row->id, &before, w->e) &&
              outlook_read(w->session, &outlook, w->e);
    if (!ok)
        return false;
    const struct outlook_batch *b = outlook_of(&outlook, row->batch_id);
    printf("waits for its turn: %" PRId64 " job%s of %s come%s before it", before,
           before == 1 ? "" : "s", w->batch, before == 1 ? "s" : "");
    int64_t start_ms =
        b && b->job_ms >= 0 ? b->start_ms + (int64_t)((double)before * b->job_ms) : -1;
    bool is_paid = !b || b->stop_ms == ETA_UNKNOWN || before < eta_paid_jobs(&b->eta);
    if (is_paid && start_ms >= 0)
        printf("; expected to start in about %s", duration_text(start_ms, age));
    putchar('\n');
    if (!is_paid)
        printf("before its turn the batch's budget is used up, in about %s\ndo: `ttsq budget %s "
               "AMOUNT`\n",
               outlook_time(b->stop_ms, time), w->batch);
    else if (b && b->dry_ms != ETA_UNKNOWN && start_ms > b->dry_ms)
        printf("before its turn the day's budget of account %s is used up, in about %s; it goes on "
               "the next day (UTC)\n",
               w->counts.account, outlook_time(b->dry_ms, time));
    outlook_release(&outlook);
    return true;
}

/* What keeps all ready jobs of a batch, or an account, from calls; false = nothing does.
 * only_lasting: what a person has to end. */
static bool say_obstacles(const struct why *w, bool only_lasting) {
    struct obstacles obstacles;
    obstacle_find(w->session->config, &w->counts, w->batch, &obstacles);
    return obstacle_print(&obstacles, only_lasting) > 0;
}

/* A cheap job asks why it is not called. Jobs of a batch are called in their order. */
static bool say_order(struct why *w, const struct store_job_row *row) {
    int64_t before;
    if (!w->counts.budget_reason[0])
        return true;
    if (!store_position(w->session->store, row->id, &before, w->e))
        return false;
    if (before > 0)
        printf("it waits even if it would cost less than is left: a batch is called in its order, "
               "and %" PRId64 " job%s of %s come%s before it\n",
               before, before == 1 ? "" : "s", w->batch, before == 1 ? "s" : "");
    return true;
}

static bool say_ready(struct why *w, const struct store_job_row *row) {
    return say_obstacles(w, false) ? say_order(w, row) : say_turn(w, row);
}

/* Its time, and what will keep it from being called then. */
static void say_delayed(struct why *w, const struct store_job_row *row) {
    char shown[TEXT_SHOWN_BYTES], date[CLOCK_RFC3339_BYTES], age[DURATION_TEXT_BYTES];
    printf("waits: %s", row->why ? text_show(row->why, 200, shown) : "for its time");
    if (row->not_before_ms) {
        int64_t left_ms = row->not_before_ms - clock_wall_ms();
        printf("; %s in %s, at %s", row->why ? "again" : "starts",
               duration_text(left_ms > 0 ? left_ms : 0, age),
               clock_rfc3339(row->not_before_ms, date));
    }
    putchar('\n');
    if (!say_obstacles(w, true))
        puts("do: nothing; it goes on by itself");
}

struct newest {
    int64_t started_ms, calls;
};

static void see_attempt(const struct store_attempt_row *row, void *arg) {
    struct newest *n = arg;
    n->started_ms = row->started_ms ? row->started_ms : row->claimed_ms;
    n->calls++;
}

static bool say_running(struct why *w, const struct store_job_row *row) {
    struct newest newest = {0};
    char age[DURATION_TEXT_BYTES];
    if (!store_attempts_each(w->session->store, row->id, see_attempt, &newest, w->e))
        return false;
    if (w->all_are_dead) {
        printf("its worker died during call %" PRId64 "; a service finds out what became of it\n",
               newest.calls);
        (void)say_obstacles(w, false);
        return true;
    }
    printf("a call is being made for it since %s (call %" PRId64 ")\n",
           duration_text(clock_wall_ms() - newest.started_ms, age), newest.calls);
    if (row->hold)
        printf("what that leaves to be done is held then\ndo: `ttsq release %s --job %" PRId64
               "` to go on\n",
               w->batch, row->id);
    return true;
}

static void say_ended(const struct why *w, const struct store_job_row *row) {
    char shown[TEXT_SHOWN_BYTES];
    const char *why = text_show(row->why ? row->why : "no reason on record", 200, shown);
    if (row->state == JOB_FAILED)
        printf("failed after %" PRId64
               " attempt%s: %s\ndo: mend what it names, then `ttsq retry %s "
               "--job %" PRId64 "`\n",
               row->attempts, row->attempts == 1 ? "" : "s", why, w->batch, row->id);
    else if (row->state == JOB_HELD)
        printf("held: %s\ndo: `ttsq release %s --job %" PRId64 "` to go on, `ttsq cancel %s --job "
               "%" PRId64 "` to leave it\n",
               why, w->batch, row->id, w->batch, row->id);
    else if (row->state == JOB_CANCELLED)
        printf("cancelled: %s\ndo: `ttsq retry %s --job %" PRId64 "` undoes it\n", why, w->batch,
               row->id);
    else
        printf("done%s\ndo: `ttsq get %s -o DIR`\n",
               row->attempts ? "" : ", without a call of its own: the same text was spoken already",
               w->batch);
}

static void on_job(const struct store_job_row *row, void *arg) {
    struct why *w = arg;
    w->ok = look_around(w, row->batch, row->batch_id);
    if (!w->ok)
        return;
    switch (row->state) {
    case JOB_READY:
        w->ok = say_ready(w, row);
        return;
    case JOB_DELAYED:
        say_delayed(w, row);
        return;
    case JOB_RUNNING:
        w->ok = say_running(w, row);
        return;
    case JOB_DONE:
    case JOB_FAILED:
    case JOB_CANCELLED:
    case JOB_HELD:
    case JOB_STATE_COUNT:
        break;
    }
    say_ended(w, row);
}

/* ---- a batch: its reasons, by how many jobs have them ---------------------------------------- */

struct open_jobs {
    bool all_are_dead; /* status_all_are_dead */
    struct reasons reasons;
    int64_t next_ms; /* when the first delayed one goes on, wall clock; 0 = none is */
};

static bool on_open_job(const struct store_job_row *row, void *arg) {
    struct open_jobs *o = arg;
    struct store_job_row told = *row;
    char time[JOB_VIEW_WHY_BYTES];
    told.why = job_view_why(row, o->all_are_dead, time);
    if (told.why == time) /* to the millisecond: hardly two that were put in have the same */
        told.why = "each until its time";
    reasons_add(&o->reasons, &told);
    if (row->state == JOB_DELAYED && (!o->next_ms || row->not_before_ms < o->next_ms))
        o->next_ms = row->not_before_ms;
    return true;
}

static const struct {
    enum job_state state;
    const char *first, *command, *option;
} advice[] = {
    {JOB_FAILED, "mend what it names, then", "retry", " --failed"},
    {JOB_HELD, "to go on with what is held,", "release", ""},
};

static bool has_state(const struct reasons *r, enum job_state state) {
    for (size_t i = 0; i < r->count; i++)
        if (r->list[i].state == state)
            return true;
    return false;
}

/* What to do, or to wait for, in the order of what a person can do about it. */
static void advise(struct why *w, const struct open_jobs *o) {
    char date[CLOCK_RFC3339_BYTES], age[DURATION_TEXT_BYTES];
    for (size_t i = 0; i < sizeof advice / sizeof advice[0]; i++)
        if (has_state(&o->reasons, advice[i].state))
            printf("do: %s `ttsq %s %s%s`\n", advice[i].first, advice[i].command, w->batch,
                   advice[i].option);
    bool is_due = has_state(&o->reasons, JOB_READY) ||
                  (o->all_are_dead && has_state(&o->reasons, JOB_RUNNING));
    if (is_due || has_state(&o->reasons, JOB_DELAYED))
        (void)say_obstacles(w, !is_due);
    if (o->next_ms) {
        int64_t left_ms = o->next_ms - clock_wall_ms();
        printf("the first that is delayed goes on in %s, at %s\n",
               duration_text(left_ms > 0 ? left_ms : 0, age), clock_rfc3339(o->next_ms, date));
    }
}

static bool explain_batch(struct why *w, const char *name, int64_t batch_id) {
    struct open_jobs o = {0};
    unsigned open = ((1u << JOB_STATE_COUNT) - 1) & ~JOB_BIT(JOB_DONE);
    bool ok = look_around(w, name, batch_id);
    o.all_are_dead = w->all_are_dead;
    ok = ok && store_jobs_each(w->session->store, batch_id, open, on_open_job, &o, w->e);
    if (ok && o.reasons.count == 0)
        puts("all of its jobs are done");
    else if (ok)
        reasons_print(&o.reasons);
    if (ok)
        advise(w, &o);
    reasons_release(&o.reasons);
    return ok && ending_explain(w->session, batch_id, w->e);
}

/* ---- an account ------------------------------------------------------------------------------ */

static void on_account(const struct store_account_row *row, void *arg) {
    const struct why *w = arg;
    char money[MONEY_BYTES];
    if (strcmp(row->name, w->counts.account) != 0)
        return;
    printf("account %s: %" PRId64 " of %" PRId64 " calls are being made", row->name,
           w->all_are_dead ? 0 : row->in_flight, row->cap);
    if (w->all_are_dead && row->in_flight > 0)
        printf("; %" PRId64 " were when their workers died", row->in_flight);
    if (row->effective_cap < row->cap)
        printf("; the provider lets through %" PRId64, row->effective_cap);
    if (row->money.has_budget)
        printf("; %s today", money_spent(&row->money, money));
    putchar('\n');
}

static bool explain_account(struct why *w, const char *name) {
    const struct store_reader reader = {.account = on_account, .arg = w};
    if (!session_account_counts(w->session, name, &w->counts, w->e) ||
        !status_all_are_dead(w->session, &w->all_are_dead, w->e) ||
        !store_status(w->session->store, 0, &reader, w->e))
        return false;
    if (!say_obstacles(w, false))
        puts("nothing keeps it from making calls");
    return true;
}

static bool explain(struct session *s, const char *what, struct err *e) {
    struct why w = {.session = s, .ok = true, .e = e};
    int64_t batch_id, account_id;
    char *end;
    if (store_batch_by_name(s->store, what, &batch_id, e))
        return explain_batch(&w, what, batch_id);
    if (e->code != ERR_NOT_FOUND)
        return false;
    long long id = strtoll(what, &end, 10);
    if (*end == '\0' && id >= 1)
        return store_job(s->store, id, on_job, &w, e) && w.ok;
    if (store_account_id(s->store, what, &account_id, e))
        return explain_account(&w, what);
    return e->code == ERR_NOT_FOUND && session_neither(s, what, e); /* says which is nearest */
}

const struct argp cmd_why_argp = {.parser = args_only_one,
                                  .args_doc = "JOB|BATCH|ACCOUNT",
                                  .doc = doc,
                                  .children = args_children};

int cmd_why(int argc, char **argv) {
    const char *what = NULL;
    args_parse(&cmd_why_argp, argc, argv, &what);
    struct session s;
    struct err e;
    bool ok = session_open(&s, SESSION_READ, &e) && explain(&s, what, &e);
    session_close(&s);
    return ok ? 0 : cli_fail(&e);
}
