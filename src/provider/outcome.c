/*
 * outcome.c: see outcome.h. The profile's rules come first. Behind them two tables: what a status
 * means, and what the end of a transfer without a definite status means, before and after the first
 * byte may have left.
 */
#include "provider/outcome.h"

#include <jansson.h>
#include <string.h>
#include <strings.h>

#include "base/ensure.h"
#include "provider/pointer.h"
#include "provider/why.h"

#define STATUS_FINAL_MIN 200
#define STATUS_ERROR_MIN 300
#define STATUS_REQUEST_ERROR_MIN 400
#define STATUS_TOO_MANY 429

struct meaning {
    enum attempt_outcome outcome;
    enum retry_action action;
};

/* The first row that holds the status decides. A status that is not listed by itself falls to its
 * class. 503 waits when it says for how long. */
static const struct status_row {
    int first, last;
    struct meaning meaning;
} status_rows[] = {
    {401, 403, {ATTEMPT_REFUSED, RETRY_STOP}},  /* key, credit, region: a person's business */
    {408, 409, {ATTEMPT_FAILED, RETRY_AGAIN}},  /* request timeout, conflict */
    {425, 425, {ATTEMPT_FAILED, RETRY_AGAIN}},  /* too early */
    {429, 429, {ATTEMPT_REFUSED, RETRY_WAIT}},  /* too many requests */
    {499, 499, {ATTEMPT_FAILED, RETRY_AGAIN}},  /* the gateway thinks that we hung up */
    {503, 503, {ATTEMPT_REFUSED, RETRY_AGAIN}}, /* overloaded */
    {300, 399, {ATTEMPT_FAILED, RETRY_FAIL}},   /* redirects would take the key along */
    {400, 499, {ATTEMPT_FAILED, RETRY_FAIL}},   /* the request is at fault */
    {500, 999, {ATTEMPT_FAILED, RETRY_AGAIN}},  /* the server is at fault */
};

/* Never sent is never billed. Sent and not answered may be billed. */
static const struct end_row {
    struct meaning unsent, sent;
} end_rows[] = {
    [TRANSPORT_OK] = {{ATTEMPT_UNCERTAIN, RETRY_AGAIN}, {ATTEMPT_UNCERTAIN, RETRY_AGAIN}},
    [TRANSPORT_RESOLVE] = {{ATTEMPT_REFUSED, RETRY_AGAIN}, {ATTEMPT_UNCERTAIN, RETRY_AGAIN}},
    [TRANSPORT_CONNECT] = {{ATTEMPT_REFUSED, RETRY_AGAIN}, {ATTEMPT_UNCERTAIN, RETRY_AGAIN}},
    [TRANSPORT_TLS] = {{ATTEMPT_REFUSED, RETRY_AGAIN}, {ATTEMPT_UNCERTAIN, RETRY_AGAIN}},
    [TRANSPORT_CERTIFICATE] = {{ATTEMPT_REFUSED, RETRY_STOP}, {ATTEMPT_UNCERTAIN, RETRY_AGAIN}},
    [TRANSPORT_TIMEOUT] = {{ATTEMPT_REFUSED, RETRY_AGAIN}, {ATTEMPT_UNCERTAIN, RETRY_AGAIN}},
    [TRANSPORT_FIRST_BYTE] = {{ATTEMPT_REFUSED, RETRY_AGAIN}, {ATTEMPT_UNCERTAIN, RETRY_AGAIN}},
    [TRANSPORT_STALL] = {{ATTEMPT_REFUSED, RETRY_AGAIN}, {ATTEMPT_UNCERTAIN, RETRY_AGAIN}},
    [TRANSPORT_CLOSED] = {{ATTEMPT_REFUSED, RETRY_AGAIN}, {ATTEMPT_UNCERTAIN, RETRY_AGAIN}},
    [TRANSPORT_CUT] = {{ATTEMPT_UNCERTAIN, RETRY_AGAIN}, {ATTEMPT_UNCERTAIN, RETRY_AGAIN}},
    [TRANSPORT_TOO_LARGE] = {{ATTEMPT_FAILED, RETRY_FAIL}, {ATTEMPT_FAILED, RETRY_FAIL}},
    [TRANSPORT_RESENT] = {{ATTEMPT_UNCERTAIN, RETRY_AGAIN}, {ATTEMPT_UNCERTAIN, RETRY_AGAIN}},
    [TRANSPORT_ABORTED] = {{ATTEMPT_UNSENT, RETRY_AGAIN}, {ATTEMPT_UNCERTAIN, RETRY_AGAIN}},
    [TRANSPORT_BAD_URL] = {{ATTEMPT_REFUSED, RETRY_STOP}, {ATTEMPT_UNCERTAIN, RETRY_AGAIN}},
    [TRANSPORT_STORAGE] = {{ATTEMPT_UNSENT, RETRY_AGAIN}, {ATTEMPT_UNCERTAIN, RETRY_AGAIN}},
    [TRANSPORT_OTHER] = {{ATTEMPT_REFUSED, RETRY_AGAIN}, {ATTEMPT_UNCERTAIN, RETRY_AGAIN}},
};

const char *transport_end_text(enum transport_end end) {
    switch (end) {
#define TRANSPORT_TEXT(name, text)                                                                 \
    case name:                                                                                     \
        return text;
        TRANSPORT_ENDS(TRANSPORT_TEXT)
#undef TRANSPORT_TEXT
    }
    return "unknown end";
}

/* One question to the rules: the facts, and what was found for the profile's names. */
struct judging {
    const struct call_facts *facts;
    struct fact_values values;
    int64_t now_wall_ms;
};

static struct meaning meaning_of_status(int status, bool has_wait) {
    if (status == 503 && has_wait)
        return (struct meaning){ATTEMPT_REFUSED, RETRY_WAIT};
    for (size_t i = 0; i < sizeof status_rows / sizeof *status_rows; i++)
        if (status >= status_rows[i].first && status <= status_rows[i].last)
            return status_rows[i].meaning;
    return (struct meaning){ATTEMPT_FAILED, RETRY_AGAIN};
}

static int64_t asked_wait_ms(const struct profile *p, const struct judging *j) {
    return fact_wait_ms(&p->retry_after, &j->values, j->now_wall_ms, p->retry_after_max_ms);
}

static void say_answer(struct verdict *v, const struct call_facts *facts) {
    why_say_status(v, facts->http_status);
    if (facts->http_status >= STATUS_ERROR_MIN && facts->http_status < STATUS_REQUEST_ERROR_MIN) {
        why_say(v, *facts->detail ? ", redirect to " : ", redirect");
        why_say(v, facts->detail);
        why_say(v, " not followed");
    } else {
        why_say_excerpt(v, facts->excerpt);
    }
}

static void set_meaning(struct verdict *v, struct meaning meaning, int64_t wait_ms) {
    v->outcome = meaning.outcome;
    v->action = meaning.action;
    v->scope = meaning.action == RETRY_WAIT || meaning.action == RETRY_SHRINK ||
                       meaning.action == RETRY_STOP
                   ? RULE_SCOPE_ACCOUNT
                   : RULE_SCOPE_JOB;
    if (meaning.action == RETRY_WAIT || meaning.action == RETRY_AGAIN)
        v->wait_ms = wait_ms > 0 ? wait_ms : 0;
}

static void judge_status(const struct profile *p, const struct judging *j, struct verdict *v) {
    int64_t wait_ms = asked_wait_ms(p, j);
    set_meaning(v, meaning_of_status(j->facts->http_status, wait_ms >= 0), wait_ms);
    say_answer(v, j->facts);
}

static bool has_prefix(const char *s, const char *prefix) {
    return strncasecmp(s, prefix, strlen(prefix)) == 0;
}

bool outcome_is_audio(const struct profile *p, int http_status, const char *content_type) {
    if (http_status < STATUS_FINAL_MIN || http_status >= STATUS_ERROR_MIN)
        return false;
    for (size_t i = 0; p->accept && p->accept[i]; i++)
        if (has_prefix(content_type, p->accept[i]))
            return true;
    return false;
}

/* ---- facts ----------------------------------------------------------------------------------- */

struct excerpt_facts {
    const char *texts[FACT_NAMES_MAX];
    char found[FACT_NAMES_MAX][FACT_BYTES_MAX + 1];
};

static void look_into_excerpt(const struct profile *p, struct excerpt_facts *x, struct judging *j) {
    const struct fact_names *names = &p->wanted.pointers;
    json_t *body = json_loads(j->facts->excerpt, 0, NULL);
    for (size_t i = 0; i < names->count; i++)
        x->texts[i] = body && pointer_text(body, names->names[i], x->found[i], sizeof x->found[i])
                          ? x->found[i]
                          : NULL;
    j->values.pointers = x->texts;
    json_decref(body);
}

static void copy_id(char out[OUTCOME_ID_MAX + 1], const char *id) {
    size_t n = 0;
    for (; id && *id && n < OUTCOME_ID_MAX; id++)
        out[n++] = *id >= ' ' && *id <= '~' ? *id : '?';
    out[n] = '\0';
}

static void take_facts(const struct profile *p, const struct judging *j, struct verdict *v) {
    const struct fact_values *values = &j->values;
    copy_id(v->request_id, fact_text(&p->request_id, values));
    v->cost_units = fact_number(&p->cost, values);
    v->live.max = fact_number(&p->live.max, values);
    v->live.now = fact_number(&p->live.now, values);
    v->live.remaining = fact_number(&p->live.remaining, values);
    v->live.reset_ms = fact_wait_ms(&p->live.reset, values, j->now_wall_ms, p->retry_after_max_ms);
}

/* ---- a success that may be none -------------------------------------------------------------- */

static bool is_success(const struct call_facts *facts) {
    return facts->end == TRANSPORT_OK && facts->http_status >= STATUS_FINAL_MIN &&
           facts->http_status < STATUS_ERROR_MIN;
}

static bool is_empty(const struct profile *p, const struct call_facts *facts) {
    return is_success(facts) && facts->body_bytes < p->audio_bytes_min;
}

static bool is_ok(const struct profile *p, const struct judging *j) {
    return rule_conditions_hold(p->ok, p->ok_count, j->facts, &j->values, false);
}

static bool is_audio(const struct profile *p, const struct call_facts *facts) {
    return facts->is_decoded || outcome_is_audio(p, facts->http_status, facts->content_type);
}

static bool is_good(const struct profile *p, const struct judging *j) {
    const struct call_facts *facts = j->facts;
    return is_success(facts) && is_audio(p, facts) && facts->body_bytes >= p->audio_bytes_min &&
           !*facts->audio_problem && is_ok(p, j);
}

/* A complete 2xx that is no audio: a definite answer, useless, and maybe billed. */
static void judge_useless(const struct call_facts *facts, const char *problem, struct verdict *v) {
    v->outcome = ATTEMPT_FAILED;
    v->action = facts->problem_action != RETRY_NONE ? facts->problem_action : RETRY_AGAIN;
    why_say_status(v, facts->http_status);
    why_say(v, ", but ");
    why_say(v, problem);
}

/* "code is 3001" for the first of `ok` that does not hold. */
static void say_not_ok(const struct profile *p, const struct judging *j, struct verdict *v) {
    for (size_t i = 0; i < p->ok_count; i++) {
        const struct rule_condition *c = &p->ok[i];
        if (rule_conditions_hold(c, 1, j->facts, &j->values, false))
            continue;
        bool json = c->field == RULE_JSON;
        const char *const *values = json ? j->values.pointers : j->values.headers;
        if (!json && c->field != RULE_HEADER)
            return;
        const char *value = values ? values[c->fact] : NULL;
        why_say(v, " (");
        why_say(v, (json ? &p->wanted.pointers : &p->wanted.headers)->names[c->fact]);
        why_say(v, value ? " is " : " is missing");
        why_say(v, value ? value : "");
        why_say(v, ")");
        return;
    }
}

static void judge_answer(const struct profile *p, const struct judging *j, struct verdict *v) {
    const struct call_facts *facts = j->facts;
    if (!is_ok(p, j)) {
        judge_useless(facts, "not a success", v);
        say_not_ok(p, j, v);
        why_say_excerpt(v, facts->excerpt);
    } else if (!is_audio(p, facts)) {
        judge_useless(facts, *facts->content_type ? "no audio: " : "without a content type", v);
        why_say(v, facts->content_type);
        why_say_excerpt(v, facts->excerpt);
    } else if (*facts->audio_problem) {
        judge_useless(facts, facts->audio_problem, v);
        if (facts->is_decoded && facts->body_bytes == 0) /* else it would be the audio's text */
            why_say_excerpt(v, facts->excerpt);
    } else {
        judge_useless(facts, "empty or too small to be audio", v);
    }
}

static void judge_end(const struct call_facts *facts, struct verdict *v) {
    PRE((size_t)facts->end < sizeof end_rows / sizeof *end_rows);
    const struct end_row *row = &end_rows[facts->end];
    set_meaning(v, facts->sent ? row->sent : row->unsent, 0);
    why_say(v, facts->end == TRANSPORT_OK ? "no HTTP answer" : transport_end_text(facts->end));
    if (*facts->detail)
        why_say_words(v, facts->detail);
}

/* The default table. */
static void judge_plainly(const struct profile *p, const struct judging *j, struct verdict *v) {
    if (j->facts->http_status >= STATUS_ERROR_MIN)
        judge_status(p, j, v); /* definite, however its body ended */
    else if (is_success(j->facts))
        judge_answer(p, j, v);
    else
        judge_end(j->facts, v);
}

/* ---- rules ----------------------------------------------------------------------------------- */

static const struct profile_rule *find_rule(const struct profile *p, const struct judging *j) {
    bool empty = is_empty(p, j->facts);
    for (size_t i = 0; i < p->rule_count; i++)
        if (rule_conditions_hold(p->rules[i].conditions, p->rules[i].condition_count, j->facts,
                                 &j->values, empty))
            return &p->rules[i];
    return NULL;
}

/* What the attempt was, by what the rule makes of it. Where nothing definite arrived, that stays as
 * the transport's table has it. */
static enum attempt_outcome outcome_of(const struct profile_rule *rule,
                                       const struct call_facts *facts, enum attempt_outcome plain) {
    bool definite = facts->http_status >= STATUS_ERROR_MIN || is_success(facts);
    if (rule->uncertain && plain != ATTEMPT_UNSENT)
        return ATTEMPT_UNCERTAIN;
    if (!definite)
        return plain;
    switch (rule->action) {
    case RETRY_WAIT:
    case RETRY_SHRINK:
    case RETRY_STOP:
        return ATTEMPT_REFUSED;
    case RETRY_AGAIN:
        return facts->http_status == STATUS_TOO_MANY ? ATTEMPT_REFUSED : ATTEMPT_FAILED;
    case RETRY_FAIL:
    case RETRY_SPLIT:
    case RETRY_NONE:
        break;
    }
    return ATTEMPT_FAILED;
}

static void apply_rule(const struct profile *p, const struct profile_rule *rule,
                       const struct judging *j, struct verdict *v) {
    judge_plainly(p, j, v); /* for its line and, where nothing definite came, its outcome */
    struct meaning meaning = {outcome_of(rule, j->facts, v->outcome), rule->action};
    v->wait_ms = 0;
    set_meaning(v, meaning, asked_wait_ms(p, j));
    v->scope = rule->scope;
    if (rule->action == RETRY_SPLIT)
        why_say(v, "; the text is too long for the provider");
    if (rule->note) {
        why_say(v, "; ");
        why_say(v, rule->note);
    }
}

static void judge(const struct profile *p, const struct judging *j, struct verdict *v) {
    take_facts(p, j, v);
    if (is_good(p, j)) {
        v->outcome = ATTEMPT_ANSWERED;
        v->action = RETRY_NONE;
        return;
    }
    const struct profile_rule *rule = find_rule(p, j);
    if (rule)
        apply_rule(p, rule, j, v);
    else
        judge_plainly(p, j, v);
}

/* Nobody has read the whole body: what its start says at the profile's pointers. Apart, because the
 * room for that is large and most calls need none. */
__attribute__((noinline)) static void judge_by_excerpt(const struct profile *p,
                                                       const struct judging *j, struct verdict *v) {
    struct excerpt_facts found;
    struct judging informed = *j;
    look_into_excerpt(p, &found, &informed);
    judge(p, &informed, v);
}

void outcome_judge(const struct profile *p, const struct call_facts *facts, int64_t now_wall_ms,
                   struct verdict *v) {
    struct judging j = {.facts = facts, .values = facts->values, .now_wall_ms = now_wall_ms};
    *v = (struct verdict){.outcome = ATTEMPT_UNCERTAIN, .action = RETRY_AGAIN, .cost_units = -1};
    v->live = (struct live_facts){.max = -1, .now = -1, .remaining = -1, .reset_ms = -1};
    if (!facts->values.pointers && p->wanted.pointers.count > 0)
        judge_by_excerpt(p, &j, v);
    else
        judge(p, &j, v);
}
