/*
 * outcome.c: see outcome.h. Two tables: what a status means, and what the end of a transfer without
 * a definite status means, before and after the first byte may have left.
 */
#include "provider/outcome.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/ensure.h"
#include "base/utf8.h"

#define EXCERPT_SHOWN_MAX 160 /* bytes of a provider's words in one line */
#define STATUS_FINAL_MIN 200
#define STATUS_ERROR_MIN 300
#define STATUS_REQUEST_ERROR_MIN 400

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

/* RFC 9110, 15, and what gateways add: those that people meet. */
static const char *status_text(int status) {
    static const struct {
        int status;
        const char *text;
    } rows[] = {
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {402, "Payment Required"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {422, "Unprocessable Content"},
        {425, "Too Early"},
        {429, "Too Many Requests"},
        {499, "Client Closed Request"},
        {500, "Internal Server Error"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].status == status)
            return rows[i].text;
    return NULL;
}

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

/* Adds `s`, safe for terminals, to the line; what does not fit is left out at a character's edge.
 */
static void say(struct verdict *v, const char *s, size_t bytes) {
    size_t used = strlen(v->why);
    for (size_t i = 0; i < bytes;) {
        uint32_t code_point;
        size_t n = utf8_decode(s + i, bytes - i, &code_point);
        n = n ? n : 1;
        struct buf shown;
        buf_init(&shown, sizeof v->why);
        bool fits = utf8_escape_terminal(s + i, n, &shown) && used + shown.bytes < sizeof v->why;
        if (fits) {
            memcpy(v->why + used, buf_str(&shown), shown.bytes + 1);
            used += shown.bytes;
        }
        buf_release(&shown);
        if (!fits)
            return;
        i += n;
    }
}

static void say_str(struct verdict *v, const char *s) {
    say(v, s, strlen(s));
}

static void say_status(struct verdict *v, int status) {
    char text[64];
    const char *name = status_text(status);
    (void)snprintf(text, sizeof text, "HTTP %d%s%s", status, name ? " " : "", name ? name : "");
    say_str(v, text);
}

static void say_wait(struct verdict *v) {
    if (v->wait_ms == 0)
        return;
    char text[64];
    if (v->wait_ms % 1000 == 0)
        (void)snprintf(text, sizeof text, ", waits %" PRId64 " s", v->wait_ms / 1000);
    else
        (void)snprintf(text, sizeof text, ", waits %" PRId64 ".%03" PRId64 " s", v->wait_ms / 1000,
                       v->wait_ms % 1000);
    say_str(v, text);
}

/* The sentence meant for people in an error body, by the shapes that providers use. Borrowed. */
static const char *message_in(const json_t *body) {
    static const char *const objects[] = {"error", "detail"};
    static const char *const names[] = {"message", "error", "detail", "err_msg", "title"};
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        const char *message =
            json_string_value(json_object_get(json_object_get(body, objects[i]), "message"));
        if (message)
            return message;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *message = json_string_value(json_object_get(body, names[i]));
        if (message)
            return message;
    }
    return NULL;
}

/* `bytes`, less a character at the end that was cut in two. */
static size_t whole_characters(const char *s, size_t bytes) {
    size_t start = bytes;
    while (start > 0 && ((unsigned char)s[start - 1] & 0xc0) == 0x80)
        start--;
    uint32_t code_point;
    if (start == 0 || utf8_decode(s + start - 1, bytes - (start - 1), &code_point) > 0)
        return bytes;
    return (unsigned char)s[start - 1] >= 0xc0 ? start - 1 : bytes;
}

/* At most EXCERPT_SHOWN_MAX bytes, white space folded into single spaces, "…" where cut. */
static void say_folded(struct verdict *v, const char *s) {
    char line[EXCERPT_SHOWN_MAX];
    size_t n = 0;
    bool space = false;
    for (; *s && n < sizeof line; s++) {
        if (strchr(" \t\r\n", *s)) {
            space = n > 0;
            continue;
        }
        if (space && n < sizeof line)
            line[n++] = ' ';
        space = false;
        if (n < sizeof line)
            line[n++] = *s;
    }
    bool cut = *s != '\0';
    if (n == 0)
        return;
    if (cut)
        n = whole_characters(line, n);
    say_str(v, ": ");
    say(v, line, n);
    if (cut)
        say_str(v, "…");
}

static void say_excerpt(struct verdict *v, const char *excerpt) {
    json_t *body = json_loads(excerpt, 0, NULL);
    const char *message = body ? message_in(body) : NULL;
    say_folded(v, message ? message : excerpt);
    json_decref(body);
}

static struct meaning meaning_of_status(int status, bool has_wait) {
    if (status == 503 && has_wait)
        return (struct meaning){ATTEMPT_REFUSED, RETRY_WAIT};
    for (size_t i = 0; i < sizeof status_rows / sizeof *status_rows; i++)
        if (status >= status_rows[i].first && status <= status_rows[i].last)
            return status_rows[i].meaning;
    return (struct meaning){ATTEMPT_FAILED, RETRY_AGAIN};
}

static void judge_status(const struct profile *p, const struct call_facts *facts,
                         int64_t now_wall_ms, struct verdict *v) {
    int64_t wait_ms = outcome_retry_after_ms(facts->retry_after, facts->retry_after_ms, now_wall_ms,
                                             p->retry_after_max_ms);
    struct meaning meaning = meaning_of_status(facts->http_status, wait_ms >= 0);
    v->outcome = meaning.outcome;
    v->action = meaning.action;
    if (meaning.action == RETRY_WAIT || meaning.action == RETRY_AGAIN)
        v->wait_ms = wait_ms > 0 ? wait_ms : 0;
    say_status(v, facts->http_status);
    say_wait(v);
    if (facts->http_status < STATUS_REQUEST_ERROR_MIN) {
        say_str(v, *facts->detail ? ", redirect to " : ", redirect");
        say_str(v, facts->detail);
        say_str(v, " not followed");
    } else {
        say_excerpt(v, facts->excerpt);
    }
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

/* A complete 2xx that is no audio: a definite answer, useless, and maybe billed. */
static void judge_useless(const struct call_facts *facts, const char *problem, struct verdict *v) {
    v->outcome = ATTEMPT_FAILED;
    v->action = facts->problem_action != RETRY_NONE ? facts->problem_action : RETRY_AGAIN;
    say_status(v, facts->http_status);
    say_str(v, ", but ");
    say_str(v, problem);
}

static void judge_answer(const struct profile *p, const struct call_facts *facts,
                         struct verdict *v) {
    if (facts->is_decoded && *facts->audio_problem) {
        judge_useless(facts, facts->audio_problem, v);
        if (facts->body_bytes == 0) /* else it would be the audio's text */
            say_excerpt(v, facts->excerpt);
    } else if (!facts->is_decoded &&
               !outcome_is_audio(p, facts->http_status, facts->content_type)) {
        judge_useless(facts, *facts->content_type ? "no audio: " : "without a content type", v);
        say_str(v, facts->content_type);
        say_excerpt(v, facts->excerpt);
    } else if (facts->body_bytes < p->audio_bytes_min) {
        judge_useless(facts, "empty or too small to be audio", v);
    } else if (*facts->audio_problem) {
        judge_useless(facts, facts->audio_problem, v);
    } else {
        v->outcome = ATTEMPT_ANSWERED;
        v->action = RETRY_NONE;
    }
}

static void judge_end(const struct call_facts *facts, struct verdict *v) {
    PRE((size_t)facts->end < sizeof end_rows / sizeof *end_rows);
    const struct end_row *row = &end_rows[facts->end];
    const struct meaning *meaning = facts->sent ? &row->sent : &row->unsent;
    v->outcome = meaning->outcome;
    v->action = meaning->action;
    say_str(v, facts->end == TRANSPORT_OK ? "no HTTP answer" : transport_end_text(facts->end));
    if (*facts->detail)
        say_folded(v, facts->detail);
}

void outcome_judge(const struct profile *p, const struct call_facts *facts, int64_t now_wall_ms,
                   struct verdict *v) {
    *v = (struct verdict){.outcome = ATTEMPT_UNCERTAIN,
                          .action = RETRY_AGAIN,
                          .live = {.max = -1, .now = -1, .remaining = -1, .reset_ms = -1},
                          .cost_units = -1};
    if (facts->http_status >= STATUS_ERROR_MIN)
        judge_status(p, facts, now_wall_ms, v); /* definite, however its body ended */
    else if (facts->end == TRANSPORT_OK && facts->http_status >= STATUS_FINAL_MIN)
        judge_answer(p, facts, v);
    else
        judge_end(facts, v);
}
