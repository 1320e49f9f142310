/* judge.c: see judge.h. */
#include "judge.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/random.h"
#include "base/sha256.h"
#include "base/utf8.h"
#include "excerpt.h"
#include "pieces.h"
#include "queue/retry.h"

#define EXCERPT_OF_SUCCESS_BYTES 512
#define STATUS_SERVER_ERROR_MIN 500
#define US_PER_MS 1000

/* ---- facts ----------------------------------------------------------------------------------- */

/* The start of a body as text: of what was taken for audio a little is enough. */
static const char *excerpt_of(const struct call *c, char head[EXCERPT_OF_SUCCESS_BYTES + 1]) {
    const struct answer *a = &c->answer;
    if (a->is_decoded || !answer_is_success(a))
        return buf_str(&a->excerpt);
    size_t bytes = a->part.fd >= 0 ? 0 : a->body.bytes;
    if (bytes > EXCERPT_OF_SUCCESS_BYTES)
        bytes = EXCERPT_OF_SUCCESS_BYTES;
    if (bytes > 0)
        memcpy(head, a->body.data, bytes);
    head[bytes] = '\0';
    profile_mask(c->profile, head, bytes);
    return head;
}

struct found { /* the facts that the profile wants, by their index */
    const char *headers[FACT_NAMES_MAX];
    const char *pointers[FACT_NAMES_MAX];
};

static void find_facts(const struct call *c, struct found *found) {
    const struct answer *a = &c->answer;
    const struct fact_wanted *wanted = &c->profile->wanted;
    for (size_t i = 0; i < wanted->headers.count; i++)
        found->headers[i] = a->values[i][0] ? a->values[i] : NULL;
    for (size_t i = 0; i < wanted->pointers.count; i++)
        found->pointers[i] = answer_fact(a, i);
}

static const char *detail_of(const struct call *c, enum transport_end end) {
    if (end == TRANSPORT_STORAGE)
        return c->work_err.msg[0] ? c->work_err.msg : c->answer.err.msg;
    if (c->abort != TRANSPORT_NOT_ABORTED) /* libcurl can only say that we did it */
        return "";
    return end == TRANSPORT_OK && c->answer.status / 100 != 3 ? "" : c->detail;
}

static enum retry_action problem_action(const struct call *c) {
    if (c->audio_too_long)
        return RETRY_SPLIT;
    return c->answer.problem_stays ? RETRY_FAIL : RETRY_NONE;
}

static void ask_rules(struct call *c, enum transport_end end) {
    char head[EXCERPT_OF_SUCCESS_BYTES + 1];
    const struct answer *a = &c->answer;
    struct found found;
    find_facts(c, &found);
    if (c->answer.excerpt.bytes > 0) /* first, as what is shown of it may cut a secret in two */
        profile_mask(c->profile, c->answer.excerpt.data, c->answer.excerpt.bytes);
    struct call_facts facts = {.end = end,
                               .sent = call_was_sent(c),
                               .http_status = a->status,
                               .content_type = a->content_type,
                               .detail = detail_of(c, end),
                               .excerpt = excerpt_of(c, head),
                               .body_bytes = a->bytes,
                               .values = {found.headers, found.pointers},
                               .is_decoded = a->is_decoded,
                               .audio_problem = c->audio_problem,
                               .problem_action = problem_action(c)};
    outcome_judge(c->profile, &facts, c->ended_ms, &c->verdict);
    profile_mask(c->profile, c->verdict.why, strlen(c->verdict.why));
    profile_mask(c->profile, c->verdict.request_id, strlen(c->verdict.request_id));
}

/* ---- the settle ------------------------------------------------------------------------------ */

static struct retry_decision decide(const struct call *c) {
    const struct profile *p = c->profile;
    enum attempt_outcome outcome = c->verdict.outcome;
    bool counts = outcome == ATTEMPT_FAILED || outcome == ATTEMPT_UNCERTAIN;
    struct retry_policy policy = {.attempts_max = p->retry_max,
                                  .uncertain_max = p->retry_uncertain_max,
                                  .hold_uncertain = c->claim.hold_uncertain,
                                  .backoff_base_ms = p->retry_base_ms,
                                  .backoff_cap_ms = p->retry_cap_ms};
    struct retry_history history = {
        .attempts = c->claim.attempts + (counts ? 1 : 0),
        .refusals = c->claim.refusals + (outcome == ATTEMPT_REFUSED ? 1 : 0),
        .uncertain = c->claim.uncertain + (outcome == ATTEMPT_UNCERTAIN ? 1 : 0)};
    /* a person's business, but not the whole account's */
    if (c->verdict.action == RETRY_STOP && c->verdict.scope == RULE_SCOPE_JOB)
        return (struct retry_decision){.state = JOB_HELD};
    return retry_decide(&policy, &history, outcome, c->verdict.action, c->verdict.wait_ms,
                        random_u64());
}

/* How long the account makes no new call: as long as the provider asks; when it asks without a
 * time, one backoff step. What it has no requests left for waits until it has. */
static int64_t pause_of(const struct call *c, const struct retry_decision *decision) {
    const struct verdict *v = &c->verdict;
    int64_t spent_ms = v->live.remaining == 0 && v->live.reset_ms > 0 ? v->live.reset_ms : 0;
    int64_t pause_ms = 0;
    if (v->scope == RULE_SCOPE_ACCOUNT && (v->action == RETRY_WAIT || v->action == RETRY_AGAIN))
        pause_ms = v->wait_ms > 0 ? v->wait_ms : decision->delay_ms;
    return spent_ms > pause_ms ? spent_ms : pause_ms;
}

/* What the end says about the provider's health. Our own giving up says nothing. */
static enum breaker_news news_of(const struct call *c) {
    const struct verdict *v = &c->verdict;
    bool again = v->action == RETRY_AGAIN || v->action == RETRY_WAIT;
    bool server_error = c->answer.status >= STATUS_SERVER_ERROR_MIN;
    switch (v->outcome) {
    case ATTEMPT_ANSWERED:
        return BREAKER_NEWS_ALIVE;
    case ATTEMPT_REFUSED:
    case ATTEMPT_FAILED:
        return again && (server_error || c->answer.status == 0) ? BREAKER_NEWS_DOWN
                                                                : BREAKER_NEWS_ALIVE;
    case ATTEMPT_UNCERTAIN:
        return c->abort == TRANSPORT_ABORT_STOP || c->abort == TRANSPORT_ABORT_STORAGE
                   ? BREAKER_NEWS_NONE
                   : BREAKER_NEWS_DOWN;
    case ATTEMPT_UNSENT:
    case ATTEMPT_SENDING:
    case ATTEMPT_OUTCOME_COUNT:
        break;
    }
    return BREAKER_NEWS_NONE;
}

static void fill_live(struct call *c) {
    c->live = (struct store_live){.max = c->verdict.live.max, .now = c->verdict.live.now};
    c->settle.live = c->live.max > 0 || c->live.now >= 0 ? &c->live : NULL;
}

static void fill(struct call *c, enum attempt_outcome outcome, enum job_state state) {
    c->settle = (struct store_settle){.job_id = c->claim.job_id,
                                      .key = c->claim.key,
                                      .attempt_no = c->claim.attempt_no,
                                      .outcome = outcome,
                                      .state = state,
                                      .slot_no = c->slot_no};
}

static void fill_split(struct call *c) {
    c->settle.state = JOB_READY;
    c->settle.delay_ms = 0;
    c->settle.split_ends = c->split_ends;
    c->settle.split_count = c->split_count;
}

/* The provider finds the text too long: two halves instead of a failure, where it can be cut. */
static void split_refused(struct call *c) {
    struct err e;
    if (c->verdict.action == RETRY_SPLIT && c->settle.state == JOB_FAILED && pieces_halve(c, &e))
        fill_split(c);
}

static void fill_from_verdict(struct call *c) {
    struct retry_decision decision = decide(c);
    bool answered = c->verdict.outcome == ATTEMPT_ANSWERED;
    fill(c, c->verdict.outcome, decision.state);
    c->settle.delay_ms = decision.delay_ms;
    c->settle.why = answered ? NULL : c->verdict.why;
    c->settle.started_ms = c->started_ms;
    c->settle.ended_ms = c->started_ms ? c->ended_ms : 0;
    c->settle.http_status = c->answer.status;
    c->settle.bytes = c->answer.received_bytes;
    c->settle.request_id = c->verdict.request_id[0] ? c->verdict.request_id : NULL;
    c->settle.cost_told = c->verdict.cost_units >= 0;
    c->settle.cost_units = c->settle.cost_told ? c->verdict.cost_units : 0;
    c->settle.pause_ms = pause_of(c, &decision);
    c->settle.stop = c->verdict.action == RETRY_STOP && c->verdict.scope == RULE_SCOPE_ACCOUNT;
    c->settle.shrink = c->verdict.action == RETRY_SHRINK;
    c->settle.news = news_of(c);
    c->settle.begun_boot_ms = c->begun_boot_us / US_PER_MS;
    fill_live(c);
    c->settle.result = answered ? &c->result : NULL;
    c->settle.unshared = call_asks_otherwise(c);
    c->settle.abandoned_over_by_boot_ms = call_is_abandoned(c) ? c->deadline_boot_ms : 0;
    split_refused(c);
    excerpt_fill(c);
}

static void fill_result(struct call *c) {
    c->result.format = audio_format_text(c->audio.format);
    c->result.bytes = c->answer.bytes;
    c->result.duration_ms = c->audio.duration_ms;
}

/* ---- the audio ------------------------------------------------------------------------------- */

/* A text of signs alone may well be silent. */
static bool may_be_silent(const struct call *c) {
    return c->profile->audio_accepts_silence ||
           utf8_count_speakable(c->claim.text, c->claim.text_bytes) == 0;
}

bool judge_audio(struct call *c, struct audio_source *source, struct err *e) {
    const struct profile *p = c->profile;
    const char *format = profile_var(p, "format");
    enum audio_format wanted = format ? audio_format_of_name(format) : AUDIO_UNKNOWN;
    source->pcm_rate_hz = p->audio.rate;
    source->pcm_channels = p->audio.channels;
    if (!audio_check(source, wanted, &c->audio, e) ||
        !audio_plausible(&c->audio, c->speakable, p->audio_min_ms_per_char, e))
        return false;
    if (!audio_within(&c->audio, p->audio.max_s, e)) {
        c->audio_too_long = true;
        return false;
    }
    return !c->audio.silent || may_be_silent(c) ||
           err_set(e, ERR_INPUT, "silence from beginning to end");
}

/* ---- small answers --------------------------------------------------------------------------- */

static void check_in_memory(struct call *c) {
    struct audio_source source;
    struct err e;
    audio_source_memory(&source, buf_str(&c->answer.body), c->answer.body.bytes);
    if (!judge_audio(c, &source, &e))
        (void)snprintf(c->audio_problem, sizeof c->audio_problem, "%s", e.msg);
    else if (c->audio.needs_repair)
        audio_repair_memory(&c->audio, c->answer.body.data, c->answer.body.bytes);
}

static void keep_as_row(struct call *c) {
    struct sha256 sha;
    const struct buf *body = &c->answer.body;
    c->result = (struct store_result){.body = buf_str(body)};
    sha256_init(&sha);
    sha256_add(&sha, buf_str(body), body->bytes);
    sha256_finish(&sha, c->result.sha256);
    fill_result(c);
}

/* What a profile accepts though it says that it is text is taken at its word:
 * not all jobs speak. */
static bool is_text_type(const char *content_type) {
    static const char *const types[] = {"text/", "application/json", "application/xhtml",
                                        "application/xml"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strncasecmp(content_type, types[i], strlen(types[i])) == 0)
            return true;
    return false;
}

bool judge_wants_audio(const struct call *c) {
    if (c->answer.is_decoded)
        return true;
    return !is_text_type(c->answer.content_type) &&
           outcome_is_audio(c->profile, c->answer.status, c->answer.content_type);
}

/* Only a body that came whole can lack something of its own. */
static enum transport_end end_answer(struct call *c, enum transport_end end) {
    if (end != TRANSPORT_OK)
        return end;
    bool kept = answer_end(&c->answer) == TRANSPORT_NOT_ABORTED;
    (void)snprintf(c->audio_problem, sizeof c->audio_problem, "%s", c->answer.problem);
    return kept ? end : TRANSPORT_STORAGE;
}

bool judge_over(struct call *c) {
    if (c->refused_address && !call_was_sent(c)) {
        judge_unsent(c, "the text is no URL to be asked: its host has no public address");
        return true;
    }
    if (c->abort == TRANSPORT_ABORT_UNSENT) {
        judge_unsent(c, NULL);
        return true;
    }
    enum transport_end end =
        transport_end_of(c->code, c->abort, call_was_sent(c), c->answer.status != 0);
    if (end == TRANSPORT_CUT && answer_has_ended(&c->answer))
        end = TRANSPORT_OK; /* paid for and whole: not asked for again */
    end = end_answer(c, end);
    ask_rules(c, end);
    if (c->verdict.outcome == ATTEMPT_ANSWERED) {
        if (answer_is_large(&c->answer))
            return false;
        if (judge_wants_audio(c)) {
            check_in_memory(c);
            if (c->audio_problem[0])
                ask_rules(c, end);
        }
    }
    if (c->verdict.outcome == ATTEMPT_ANSWERED)
        keep_as_row(c);
    fill_from_verdict(c);
    return true;
}

void judge_published(struct call *c, bool stored) {
    ask_rules(c, stored ? TRANSPORT_OK : TRANSPORT_STORAGE);
    if (c->verdict.outcome == ATTEMPT_ANSWERED) {
        ASSERT(stored && c->path[0]);
        c->result.body = NULL;
        c->result.path = c->path;
        fill_result(c);
    }
    fill_from_verdict(c);
}

void judge_unsent(struct call *c, const char *why) {
    PRE(!call_was_sent(c));
    fill(c, ATTEMPT_UNSENT, why ? JOB_HELD : JOB_READY);
    c->settle.slot_no = -1;
    if (why) {
        (void)snprintf(c->verdict.why, sizeof c->verdict.why, "%s", why);
        c->settle.why = c->verdict.why;
    }
}

void judge_locked_out(struct call *c, const char *why) {
    judge_unsent(c, why);
    c->settle.state = JOB_READY;
    c->settle.stop = true;
}

void judge_too_long(struct call *c) {
    struct err e;
    if (!pieces_cut(c, &e)) {
        judge_unsent(c, e.msg);
        return;
    }
    judge_unsent(c, NULL);
    fill_split(c);
}
