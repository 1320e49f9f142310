/* follow.c: see follow.h. Wakes by the store's data version, which costs no lock. */
#include "cli/delivery/follow.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/duration.h"
#include "base/ensure.h"
#include "cli/cli.h"
#include "cli/service.h"
#include "cli/view/obstacle.h"
#include "cli/view/outlook.h"
#include "cli/view/progress.h"
#include "cli/view/text.h"

#define TOLD_BYTES 1024
#define WAITS_BYTES 256 /* what keeps a batch */
#define WAITS_SHOWN 3   /* different ones */
#define NAME_SHOWN 40
#define ETA_LOOK_MS 1000 /* how often the forecast is made anew */
#define CLOCK_TEXT_BYTES 24
#define JSON_PROGRESS_MS 1000
/* a service that starts, or reads its settings again, knows it soon */
#define UNSERVED_GRACE_MS 5000

struct follow {
    struct session *session;
    struct followed *list;
    size_t count;
    const struct follow_options *options;
    struct progress progress;
    struct outlook outlook;
    char waits[TOLD_BYTES]; /* what keeps batches of them, as it is shown; "" = nothing does */
    int64_t next_look_boot_ms, next_json_boot_ms, next_eta_boot_ms;
};

int64_t follow_open_jobs(const struct session_counts *c) {
    return c->count[JOB_READY] + c->count[JOB_DELAYED] + c->count[JOB_RUNNING];
}

static int64_t ended_jobs(const struct session_counts *c) {
    return c->count[JOB_DONE] + c->count[JOB_FAILED] + c->count[JOB_CANCELLED];
}

static const char *clock_text(int64_t ms, char out[CLOCK_TEXT_BYTES]) {
    int64_t s = ms / 1000;
    if (s < 3600)
        (void)snprintf(out, CLOCK_TEXT_BYTES, "%" PRId64 ":%02d", s / 60, (int)(s % 60));
    else
        (void)snprintf(out, CLOCK_TEXT_BYTES, "%" PRId64 ":%02d:%02d", s / 3600, (int)(s / 60 % 60),
                       (int)(s % 60));
    return out;
}

static int64_t open_jobs(const struct follow *f) {
    int64_t open = 0;
    for (size_t i = 0; i < f->count; i++)
        open += f->list[i].over ? 0 : follow_open_jobs(&f->list[i].end);
    return open;
}

/* "chapter-1", or "3 batches". */
static const char *of_what(const struct follow *f, char out[TEXT_SHOWN_BYTES]) {
    if (f->count == 1)
        return text_show(f->list[0].name, STORE_NAME_MAX, out);
    (void)snprintf(out, TEXT_SHOWN_BYTES, "%zu batches", f->count);
    return out;
}

/* ---- what is shown meanwhile ----------------------------------------------------------------- */

struct waits { /* what keeps some of them, in a few words */
    char text[WAITS_BYTES];
    size_t batches, first; /* of the list */
};

/* Adds the batch to those that the same keeps; returns how many different ones there are. */
static size_t add_waits(struct waits *list, size_t count, size_t at, const struct obstacle *x) {
    char text[WAITS_BYTES];
    size_t i = 0;
    (void)snprintf(text, sizeof text, "%s%s%.200s", x->brief, x->reason[0] ? ": " : "", x->reason);
    while (i < count && strcmp(list[i].text, text) != 0)
        i++;
    if (i == WAITS_SHOWN)
        return count;
    if (i == count) {
        list[count++] = (struct waits){.first = at};
        memcpy(list[i].text, text, sizeof text);
    }
    list[i].batches++;
    return count;
}

/* "account paused: tea (2 batches); budget used up (chapter-1)"; of one batch without its name. */
static void look_for_obstacles(struct follow *f) {
    struct waits list[WAITS_SHOWN];
    struct obstacles found;
    char word[TEXT_SHOWN_BYTES];
    size_t count = 0, used = 0;
    for (size_t i = 0; i < f->count; i++) {
        if (f->list[i].over)
            continue;
        obstacle_find(f->session->config, &f->list[i].end, text_word(f->list[i].name, word),
                      &found);
        if (found.count)
            count = add_waits(list, count, i, &found.list[0]);
    }
    f->waits[0] = '\0';
    for (size_t i = 0; i < count && used < sizeof f->waits; i++) {
        char whose[TEXT_SHOWN_BYTES] = "";
        if (f->count > 1 && list[i].batches == 1)
            text_show(f->list[list[i].first].name, NAME_SHOWN, whose);
        else if (f->count > 1)
            (void)snprintf(whose, sizeof whose, "%zu batches", list[i].batches);
        used += (size_t)snprintf(f->waits + used, sizeof f->waits - used, "%s%s%s%s%s",
                                 i ? "; " : "  waits: ", list[i].text, whose[0] ? " (" : "", whose,
                                 whose[0] ? ")" : "");
    }
}

static bool look_ahead(struct follow *f, struct err *e) {
    int64_t now = clock_boot_ms();
    if (now < f->next_eta_boot_ms)
        return true;
    f->next_eta_boot_ms = now + ETA_LOOK_MS;
    outlook_release(&f->outlook);
    look_for_obstacles(f);
    return outlook_read(f->session, &f->outlook, e);
}

/* The one that ends last; with --any the first. */
static const struct outlook_batch *last_of(const struct follow *f) {
    const struct outlook_batch *last = NULL;
    for (size_t i = 0; i < f->count; i++) {
        const struct outlook_batch *b = outlook_of(&f->outlook, f->list[i].batch_id);
        if (f->list[i].over || !b)
            continue;
        if (b->done_ms == ETA_UNKNOWN)
            return b;
        if (!last || (f->options->any ? b->done_ms < last->done_ms : b->done_ms > last->done_ms))
            last = b;
    }
    return last;
}

struct sum {
    int64_t total, ended, delayed, failed;
    size_t over;
};

static struct sum sum_of(const struct follow *f) {
    struct sum sum = {0};
    for (size_t i = 0; i < f->count; i++) {
        const struct session_counts *c = &f->list[i].end;
        sum.total += c->total;
        sum.ended += ended_jobs(c);
        sum.delayed += c->count[JOB_DELAYED];
        sum.failed += c->count[JOB_FAILED];
        sum.over += f->list[i].over;
    }
    return sum;
}

static void show_line(struct follow *f) {
    const struct sum sum = sum_of(f);
    const struct outlook_batch *last = last_of(f);
    char clock[CLOCK_TEXT_BYTES], eta[OUTLOOK_TEXT_BYTES], batches[CLOCK_TEXT_BYTES * 2] = "";
    char money[OUTLOOK_MONEY_BYTES];
    const char *lasts = outlook_money(last, money);
    double per_s = last && last->job_ms > 0 ? 1000 / last->job_ms : 0;
    double share = sum.total ? 100.0 * (double)sum.ended / (double)sum.total : 0;
    if (f->count > 1)
        (void)snprintf(batches, sizeof batches, "  %zu/%zu batches", sum.over, f->count);
    progress_line(&f->progress,
                  "[%s]  %.1f%%%s  %" PRId64 "/%" PRId64 " jobs  %.1f/s  %" PRId64
                  " retrying  %" PRId64 " failed  ETA %s%s%s%s",
                  clock_text(clock_boot_ms() - f->progress.began_boot_ms, clock), share, batches,
                  sum.ended, sum.total, per_s, sum.delayed, sum.failed,
                  last ? outlook_text(last, eta) : "?", *lasts ? "  " : "", lasts, f->waits);
}

static void show_json(const char *type, const struct followed *one, const struct outlook *outlook) {
    const struct session_counts *c = &one->end;
    json_t *o = json_pack(
        "{s:s, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "message_type", type, "batch",
        text_json(one->name), "total", (json_int_t)c->total, "ready",
        (json_int_t)c->count[JOB_READY], "delayed", (json_int_t)c->count[JOB_DELAYED], "running",
        (json_int_t)c->count[JOB_RUNNING], "done", (json_int_t)c->count[JOB_DONE], "failed",
        (json_int_t)c->count[JOB_FAILED], "cancelled", (json_int_t)c->count[JOB_CANCELLED], "held",
        (json_int_t)c->count[JOB_HELD]);
    ASSERT(o != NULL);
    if (outlook) {
        outlook_json(o, outlook_of(outlook, one->batch_id));
        json_object_set_new(o, "paused",
                            c->account_reason[0] ? text_json(c->account_reason) : json_null());
    }
    text_json_print(o, true);
    (void)fflush(stdout);
}

/* Until somebody acts. Returns out. */
static const char *stop_text(const struct session_counts *c, char out[TOLD_BYTES]) {
    bool by_person = c->account_by_person;
    (void)snprintf(out, TOLD_BYTES, "account '%s' is %s: %.200s; %s`ttsq resume %s`%s", c->account,
                   by_person ? "paused" : "stopped", c->account_reason,
                   by_person ? "" : "mend it, then ", c->account, by_person ? " ends it" : "");
    return out;
}

/* One line for all of its batches. */
static bool is_told(const struct follow *f, const char *account) {
    for (size_t i = 0; i < f->count; i++)
        if (f->list[i].stop_told && strcmp(f->list[i].end.account, account) == 0)
            return true;
    return false;
}

/* Said once, not only on the line that is rewritten: nothing will move until somebody acts. */
static void tell_stopped(struct follow *f) {
    char told[TOLD_BYTES];
    for (size_t i = 0; i < f->count; i++) {
        struct followed *one = &f->list[i];
        bool is_stopped = !one->over && one->end.account_stopped && follow_open_jobs(&one->end) > 0;
        if (is_stopped && !is_told(f, one->end.account)) {
            progress_clear(&f->progress);
            cli_say("%s", stop_text(&one->end, told));
        }
        one->stop_told = is_stopped;
    }
}

/* profile: NULL = whatever theirs is. */
static bool is_unserved_told(const struct follow *f, const char *profile) {
    for (size_t i = 0; i < f->count; i++)
        if (f->list[i].unserved_told && (!profile || strcmp(f->list[i].end.profile, profile) == 0))
            return true;
    return false;
}

/* The same of what the running service does not know, or of its keeper that cannot start, once that
 * has lasted. */
static void look_at_service(struct follow *f, struct followed *one, int64_t now) {
    struct obstacles found;
    char word[TEXT_SHOWN_BYTES];
    obstacle_find(f->session->config, &one->end, text_word(one->name, word), &found);
    bool fails = found.count > 0 && found.list[0].kind == OBSTACLE_FAILED;
    if (!fails && (found.count == 0 || found.list[0].kind != OBSTACLE_UNKNOWN)) {
        one->unserved_told = false;
        one->unserved_boot_ms = 0;
        return;
    }
    if (!one->unserved_boot_ms)
        one->unserved_boot_ms = now;
    if (one->unserved_told || now - one->unserved_boot_ms < UNSERVED_GRACE_MS)
        return;
    if (!is_unserved_told(f, fails ? NULL : one->end.profile)) {
        progress_clear(&f->progress);
        cli_say("%s; %s", found.list[0].why, found.list[0].advice);
    }
    one->unserved_told = true;
}

static bool show(struct follow *f, struct err *e) {
    int64_t now = clock_boot_ms();
    tell_stopped(f);
    bool due = f->options->json ? now >= f->next_json_boot_ms : progress_due(&f->progress);
    if (!due)
        return true;
    if (!look_ahead(f, e))
        return false;
    f->next_json_boot_ms = now + JSON_PROGRESS_MS;
    if (!f->options->json)
        show_line(f);
    for (size_t i = 0; f->options->json && i < f->count; i++)
        if (!f->list[i].over)
            show_json("progress", &f->list[i], &f->outlook);
    return true;
}

/* ---- when waiting is of no use --------------------------------------------------------------- */

/* Until a wall clock time. Returns out. */
static const char *left_text(int64_t until_ms, char out[DURATION_TEXT_BYTES]) {
    int64_t left_ms = until_ms - clock_wall_ms();
    return duration_text(left_ms > 0 ? left_ms : 0, out);
}

/* Nothing of it can move any more but by a person, a larger budget, or another day. */
static bool is_stuck(const struct follow *f, const struct followed *one, struct err *why) {
    const struct session_counts *c = &one->end;
    const struct follow_options *o = f->options;
    char shown[TEXT_SHOWN_BYTES], told[TOLD_BYTES], left[DURATION_TEXT_BYTES];
    if (c->count[JOB_RUNNING] > 0 || follow_open_jobs(c) == 0)
        return false;
    if (c->account_stopped && (o->give_up_when_stopped || o->give_up_when_paused)) {
        if (one->stop_told)
            return !err_set(why, ERR_LATER, "until then nothing of %.128s moves",
                            of_what(f, shown));
        return !err_set(why, ERR_LATER, "%s", stop_text(c, told));
    }
    if (one->unserved_told && (o->give_up_when_stopped || o->give_up_when_paused))
        return !err_set(why, ERR_LATER, "until then nothing of %.128s moves", of_what(f, shown));
    if (c->account_until_ms && o->give_up_when_paused)
        return !err_set(why, ERR_LATER,
                        "account '%s' is paused: %.200s; it goes on in %s, `ttsq resume %s` at "
                        "once",
                        c->account, c->account_reason, left_text(c->account_until_ms, left),
                        c->account);
    if (c->provider_down && o->give_up_when_paused)
        return !err_set(why, ERR_LATER,
                        "the provider of account '%s' is down: %.200s; `ttsq resume %s` asks now",
                        c->account, c->account_reason, c->account);
    if (!c->budget_reason[0] || c->count[JOB_READY] == 0 || c->count[JOB_DELAYED] > 0)
        return false;
    if (c->day_budget)
        return !err_set(why, ERR_LATER,
                        "the day's budget of account '%s' is used up: %s; %" PRId64
                        " jobs wait for the next day (UTC)",
                        c->account, c->budget_reason, c->count[JOB_READY]);
    return !err_set(why, ERR_LATER,
                    "the batch's budget is used up: %s; %" PRId64
                    " jobs wait; `ttsq budget %.128s AMOUNT` raises it",
                    c->budget_reason, c->count[JOB_READY],
                    text_show(one->name, STORE_NAME_MAX, shown));
}

/* All that are left are. */
static bool check_stuck(const struct follow *f, struct err *e) {
    struct err why;
    bool any = false;
    for (size_t i = 0; i < f->count; i++) {
        if (f->list[i].over)
            continue;
        if (!is_stuck(f, &f->list[i], &why))
            return true;
        any = true;
    }
    if (any)
        *e = why;
    return !any;
}

static bool look_around(struct follow *f, struct err *e) {
    const struct follow_options *o = f->options;
    int64_t now = clock_boot_ms();
    char what[TEXT_SHOWN_BYTES], word[TEXT_SHOWN_BYTES];
    if (cli_stop_count())
        return err_set(e, ERR_INTERRUPTED, "interrupted; %" PRId64 " jobs of %.128s are left",
                       open_jobs(f), of_what(f, what));
    if (o->timeout_ms && now - f->progress.began_boot_ms >= o->timeout_ms)
        return err_set(e, ERR_LATER,
                       "the timeout is over; %" PRId64 " jobs of %.128s are left: `ttsq %s%s` says "
                       "why",
                       open_jobs(f), of_what(f, what), f->count == 1 ? "why " : "status",
                       f->count == 1 ? text_word(f->list[0].name, word) : "");
    if (now < f->next_look_boot_ms)
        return true;
    f->next_look_boot_ms = now + SERVICE_LOOK_MS;
    for (size_t i = 0; i < f->count; i++)
        if (!f->list[i].over && follow_open_jobs(&f->list[i].end) > 0)
            look_at_service(f, &f->list[i], now);
    if (o->check)
        return o->check(o->arg, e);
    return service_is_running(f->session->config->fleet) ||
           err_set(e, ERR_NO_SERVICE,
                   "no supervisor is running and %" PRId64
                   " jobs are left: start it with `%s` or use `ttsq run`",
                   open_jobs(f), service_command(f->session->config));
}

/* ---- following ------------------------------------------------------------------------------- */

static bool read_counts(struct follow *f, struct err *e) {
    for (size_t i = 0; i < f->count; i++) {
        struct followed *one = &f->list[i];
        if (one->over)
            continue;
        if (!session_counts(f->session, one->batch_id, &one->end, e))
            return false;
        one->over = !one->end.loading && follow_open_jobs(&one->end) == 0;
        if (one->over)
            progress_clear(&f->progress);
        if (one->over && f->options->on_over)
            f->options->on_over(one, f->options->arg);
    }
    return true;
}

static bool is_over(const struct follow *f) {
    size_t over = 0;
    for (size_t i = 0; i < f->count; i++)
        over += f->list[i].over;
    return over == f->count || (f->options->any && over > 0);
}

static bool follow(struct follow *f, struct err *e) {
    int64_t seen = -1;
    for (;;) {
        int64_t version = store_data_version(f->session->store);
        if ((version != seen || version < 0) && !read_counts(f, e))
            return false;
        seen = version;
        if (is_over(f))
            return true;
        if (!check_stuck(f, e) || !look_around(f, e) || !show(f, e))
            return false;
        cli_sleep_ms(CLI_POLL_MS);
    }
}

bool follow_batches(struct session *s, struct followed *list, size_t count,
                    const struct follow_options *options, struct err *e) {
    struct follow f = {.session = s, .list = list, .count = count, .options = options};
    progress_begin(&f.progress, 0);
    bool ok = follow(&f, e);
    progress_clear(&f.progress);
    outlook_release(&f.outlook);
    return ok;
}

bool follow_batch(struct session *s, int64_t batch_id, const char *name,
                  const struct follow_options *options, struct session_counts *end, struct err *e) {
    struct followed one = {.batch_id = batch_id, .name = name};
    bool ok = follow_batches(s, &one, 1, options, e);
    *end = one.end;
    return ok;
}

static const struct ending {
    enum job_state state;
    const char *what, *command, *option, *does;
} endings[] = {
    {JOB_FAILED, "failed", "retry", " --failed", "runs them again"},
    {JOB_HELD, "are held for a person", "release", "", "lets them go on"},
    {JOB_CANCELLED, "were cancelled", "retry", " --cancelled", "runs them again"},
};

int follow_verdict(const char *name, const struct session_counts *end, bool json) {
    char shown[TEXT_SHOWN_BYTES];
    text_word(name, shown);
    int64_t bad = 0;
    const struct followed one = {.name = name, .end = *end};
    if (json)
        show_json("result", &one, NULL);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        int64_t jobs = end->count[endings[i].state];
        const char *state = job_state_text(endings[i].state);
        bad += jobs;
        if (jobs)
            cli_say("%" PRId64 " of %" PRId64 " jobs of %s %s; `ttsq list %s --state %s` says why, "
                    "`ttsq %s %s%s` %s",
                    jobs, end->total, shown, endings[i].what, shown, state, endings[i].command,
                    shown, endings[i].option, endings[i].does);
    }
    return bad ? err_exit_code(ERR_JOBS_FAILED) : 0;
}
