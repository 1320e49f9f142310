/* follow.c: see follow.h. Wakes by the store's data version, which costs no lock. */
#include "cli/follow.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/service.h"
#include "cli/text.h"

#define RATE_WINDOW_MS 10000
#define RATE_SAMPLES 32
#define CLOCK_TEXT_BYTES 24
#define JSON_PROGRESS_MS 1000

struct follow {
    struct session *session;
    int64_t batch_id;
    const char *name;
    char shown[TEXT_SHOWN_BYTES]; /* the name, safe to print */
    const struct follow_options *options;
    struct progress progress;
    struct session_counts counts;
    struct {
        int64_t boot_ms, ended;
    } sample[RATE_SAMPLES]; /* ring */
    size_t samples;
    int64_t next_look_boot_ms, next_json_boot_ms;
    bool told_stopped;
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

/* Jobs a second over the last RATE_WINDOW_MS. */
static double rate(struct follow *f) {
    int64_t now = clock_boot_ms(), ended = ended_jobs(&f->counts);
    size_t last = (f->samples + RATE_SAMPLES - 1) % RATE_SAMPLES;
    if (f->samples == 0 || now - f->sample[last].boot_ms >= RATE_WINDOW_MS / (RATE_SAMPLES - 1)) {
        f->sample[f->samples % RATE_SAMPLES].boot_ms = now;
        f->sample[f->samples % RATE_SAMPLES].ended = ended;
        f->samples++;
    }
    size_t oldest = f->samples > RATE_SAMPLES ? f->samples % RATE_SAMPLES : 0;
    int64_t ms = now - f->sample[oldest].boot_ms, jobs = ended - f->sample[oldest].ended;
    return ms > 0 && jobs > 0 ? (double)jobs * 1000.0 / (double)ms : 0;
}

static void show_line(struct follow *f) {
    const struct session_counts *c = &f->counts;
    char clock[CLOCK_TEXT_BYTES], eta[CLOCK_TEXT_BYTES] = "?";
    double per_s = rate(f);
    if (per_s > 0)
        clock_text((int64_t)((double)follow_open_jobs(c) / per_s * 1000.0), eta);
    double share = c->total ? 100.0 * (double)ended_jobs(c) / (double)c->total : 0;
    progress_line(&f->progress,
                  "[%s]  %.1f%%  %" PRId64 "/%" PRId64 " jobs  %.1f/s  %" PRId64
                  " retrying  %" PRId64 " failed  ETA %s%s%.200s",
                  clock_text(clock_boot_ms() - f->progress.began_boot_ms, clock), share,
                  ended_jobs(c), c->total, per_s, c->count[JOB_DELAYED], c->count[JOB_FAILED], eta,
                  c->account_reason[0] ? "  paused: " : "", c->account_reason);
}

static void show_json(const char *type, const char *name, const struct session_counts *c) {
    text_json_print(
        json_pack("{s:s, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "message_type", type,
                  "batch", text_json(name), "total", (json_int_t)c->total, "ready",
                  (json_int_t)c->count[JOB_READY], "delayed", (json_int_t)c->count[JOB_DELAYED],
                  "running", (json_int_t)c->count[JOB_RUNNING], "done",
                  (json_int_t)c->count[JOB_DONE], "failed", (json_int_t)c->count[JOB_FAILED],
                  "cancelled", (json_int_t)c->count[JOB_CANCELLED], "held",
                  (json_int_t)c->count[JOB_HELD]),
        true);
    (void)fflush(stdout);
}

static void show(struct follow *f) {
    int64_t now = clock_boot_ms();
    if (!f->options->json) {
        if (progress_due(&f->progress))
            show_line(f);
    } else if (now >= f->next_json_boot_ms) {
        f->next_json_boot_ms = now + JSON_PROGRESS_MS;
        show_json("progress", f->name, &f->counts);
    }
}

static bool check_stopped(struct follow *f, struct err *e) {
    const struct session_counts *c = &f->counts;
    if (!c->account_stopped || follow_open_jobs(c) == 0)
        return true;
    if (f->options->give_up_when_stopped && c->count[JOB_RUNNING] == 0)
        return err_set(e, ERR_LATER, "account '%s' is stopped: %.200s; then `ttsq resume %s`",
                       c->account, c->account_reason, c->account);
    if (!f->told_stopped) {
        progress_clear(&f->progress);
        cli_say("account '%s' is stopped: %s; then `ttsq resume %s`", c->account, c->account_reason,
                c->account);
    }
    f->told_stopped = true;
    return true;
}

/* Nothing can move any more but by a larger budget, or another day. */
static bool check_budget(struct follow *f, struct err *e) {
    const struct session_counts *c = &f->counts;
    if (!c->budget_reason[0] || c->count[JOB_READY] == 0 ||
        c->count[JOB_RUNNING] + c->count[JOB_DELAYED] > 0)
        return true;
    if (c->day_budget)
        return err_set(e, ERR_LATER,
                       "the day's budget of account '%s' is used up: %s; %" PRId64
                       " jobs wait for the next day (UTC)",
                       c->account, c->budget_reason, c->count[JOB_READY]);
    return err_set(e, ERR_LATER,
                   "the batch's budget is used up: %s; %" PRId64
                   " jobs wait; `ttsq budget %.128s AMOUNT` raises it",
                   c->budget_reason, c->count[JOB_READY], f->shown);
}

static bool look_around(struct follow *f, struct err *e) {
    const struct follow_options *o = f->options;
    int64_t now = clock_boot_ms();
    if (cli_stop_count())
        return err_set(e, ERR_INTERRUPTED, "interrupted; %" PRId64 " jobs of %.128s are left",
                       follow_open_jobs(&f->counts), f->shown);
    if (o->timeout_ms && now - f->progress.began_boot_ms >= o->timeout_ms)
        return err_set(e, ERR_LATER, "the time is over; %" PRId64 " jobs of %.128s are left",
                       follow_open_jobs(&f->counts), f->shown);
    if (now < f->next_look_boot_ms)
        return true;
    f->next_look_boot_ms = now + SERVICE_LOOK_MS;
    if (o->check)
        return o->check(o->arg, e);
    return service_is_running(f->session->config->fleet) ||
           err_set(e, ERR_NO_SERVICE,
                   "no supervisor is running and %" PRId64
                   " jobs are left: start `ttsq supervise` or use `ttsq run`",
                   follow_open_jobs(&f->counts));
}

static bool is_over(const struct follow *f) {
    return !f->counts.loading && follow_open_jobs(&f->counts) == 0;
}

static bool follow(struct follow *f, struct err *e) {
    int64_t seen = -1;
    for (;;) {
        int64_t version = store_data_version(f->session->store);
        if (version != seen || version < 0) {
            if (!session_counts(f->session, f->batch_id, &f->counts, e))
                return false;
            seen = version;
        }
        if (is_over(f))
            return true;
        if (!check_stopped(f, e) || !check_budget(f, e) || !look_around(f, e))
            return false;
        show(f);
        cli_sleep_ms(CLI_POLL_MS);
    }
}

bool follow_batch(struct session *s, int64_t batch_id, const char *name,
                  const struct follow_options *options, struct session_counts *end, struct err *e) {
    struct follow f = {.session = s, .batch_id = batch_id, .name = name, .options = options};
    text_show(name, STORE_NAME_MAX, f.shown);
    progress_begin(&f.progress, 0);
    bool ok = follow(&f, e);
    progress_clear(&f.progress);
    *end = f.counts;
    return ok;
}

static const struct ending {
    enum job_state state;
    const char *what;
} endings[] = {
    {JOB_FAILED, "failed"},
    {JOB_HELD, "held: they wait for a person"},
    {JOB_CANCELLED, "cancelled"},
};

int follow_verdict(const char *name, const struct session_counts *end, bool json) {
    char shown[TEXT_SHOWN_BYTES];
    text_word(name, shown);
    int64_t bad = 0;
    if (json)
        show_json("result", name, end);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        int64_t jobs = end->count[endings[i].state];
        const char *state = job_state_text(endings[i].state);
        bad += jobs;
        if (jobs)
            cli_say("%" PRId64 " of %" PRId64 " jobs of %s %s; `ttsq list %s --state %s` says why, "
                    "`ttsq retry %s --%s` runs them again",
                    jobs, end->total, shown, endings[i].what, shown, state, shown, state);
    }
    return bad ? err_exit_code(ERR_JOBS_FAILED) : 0;
}
