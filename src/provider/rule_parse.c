/* rule_parse.c: the text of rules, see rule.h. One table of conditions, one of actions, one of the
 * ways in which transfers end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/nearest.h"
#include "provider/outcome.h"
#include "provider/rule.h"

#define ARROW "->"
#define STATUS_MIN 100
#define STATUS_MAX 999
#define VALUE_BYTES_MAX 200
#define WORD_BYTES_MAX 32
#define HINT_BYTES 160

struct reading {
    struct fact_wanted *wanted;
    const char *text;
    const char *s; /* what comes next */
    size_t *at;
    struct err *e;
};

static bool fail_at(struct reading *r, const char *where, const char *what) {
    *r->at = (size_t)(where - r->text);
    return err_set(r->e, ERR_CONFIG, "%s", what);
}

static bool is_space(char c) {
    return c == ' ' || c == '\t';
}

static void skip_spaces(struct reading *r) {
    r->s += strspn(r->s, " \t");
}

static bool at_arrow(const char *s) {
    return strncmp(s, ARROW, strlen(ARROW)) == 0;
}

/* ---- values ---------------------------------------------------------------------------------- */

static bool add_value(struct reading *r, struct rule_condition *c, const char *value, size_t bytes,
                      const char *where) {
    if (bytes == 0)
        return fail_at(r, where, "a value is missing here");
    if (c->value_count == RULE_VALUES_MAX)
        return fail_at(r, where, "more than 32 values");
    c->values = ensure_realloc(c->values, (c->value_count + 1) * sizeof *c->values);
    c->values[c->value_count++] = ensure_strndup(value, bytes);
    return true;
}

/* "…" with \" and \\; bytes beyond room are an error. */
static bool read_quoted(struct reading *r, char *out, size_t room, size_t *bytes) {
    const char *start = r->s++;
    for (*bytes = 0; *r->s && *r->s != '"'; r->s++) {
        if (*r->s == '\\' && (r->s[1] == '"' || r->s[1] == '\\'))
            r->s++;
        if (*bytes == room)
            return fail_at(r, start, "the text in quotes is too long");
        out[(*bytes)++] = *r->s;
    }
    if (!*r->s)
        return fail_at(r, start, "a quote without its end");
    r->s++;
    return true;
}

static const struct condition_row *row_at(const char *s);

/* Where an unquoted value ends: at a comma, before the next condition or the arrow. */
static const char *end_of_value(const char *s) {
    const char *end = s;
    for (; *s && *s != ','; s++) {
        if (!is_space(*s)) {
            end = s + 1;
            continue;
        }
        const char *next = s + strspn(s, " \t");
        if (!*next || *next == ',' || at_arrow(next) || row_at(next))
            break;
    }
    return end;
}

static bool read_value(struct reading *r, struct rule_condition *c) {
    const char *where = r->s;
    if (*r->s == '"') {
        char text[VALUE_BYTES_MAX];
        size_t bytes;
        return read_quoted(r, text, sizeof text, &bytes) && add_value(r, c, text, bytes, where);
    }
    const char *end = end_of_value(r->s);
    if (end - r->s > VALUE_BYTES_MAX)
        return fail_at(r, where, "the value is longer than 200 bytes");
    r->s = end;
    return add_value(r, c, where, (size_t)(end - where), where);
}

static bool read_values(struct reading *r, struct rule_condition *c) {
    for (;;) {
        if (!read_value(r, c))
            return false;
        const char *next = r->s + strspn(r->s, " \t");
        if (*next != ',')
            return true;
        r->s = next + 1;
        skip_spaces(r);
    }
}

/* ---- conditions ------------------------------------------------------------------------------ */

static bool read_status(struct reading *r, int *out) {
    const char *where = r->s;
    size_t n = strspn(r->s, "0123456789");
    *out = n == 3 ? atoi(r->s) : 0;
    if (*out < STATUS_MIN || *out > STATUS_MAX)
        return fail_at(r, where, "a status has three digits: status:429 or status:429,500-599");
    r->s += n;
    return true;
}

static bool read_range(struct reading *r, struct rule_condition *c) {
    const char *where = r->s;
    struct rule_range range;
    if (!read_status(r, &range.first))
        return false;
    range.last = range.first;
    if (*r->s == '-') {
        r->s++;
        if (!read_status(r, &range.last))
            return false;
    }
    if (range.last < range.first)
        return fail_at(r, where, "the range is upside down");
    if (c->range_count == RULE_VALUES_MAX)
        return fail_at(r, where, "more than 32 values");
    c->ranges = ensure_realloc(c->ranges, (c->range_count + 1) * sizeof *c->ranges);
    c->ranges[c->range_count++] = range;
    return true;
}

static bool read_ranges(struct reading *r, struct rule_condition *c) {
    for (;;) {
        if (!read_range(r, c))
            return false;
        if (*r->s != ',')
            return true;
        r->s++;
    }
}

static bool read_fact(struct reading *r, struct rule_condition *c) {
    const char *name = r->s;
    size_t inside, n = strcspn(name, "=~ \t");
    if (c->field == RULE_JSON) /* ~0, ~1 and ~json are steps of a pointer, any other ~ ends it */
        while (name[n] == '~' &&
               (name[n + 1] == '0' || name[n + 1] == '1' ||
                (n > 0 && name[n - 1] == '/' && strncmp(name + n, "~json", 5) == 0)))
            n += 1 + strcspn(name + n + 1, "=~ \t");
    if (name[n] != '=' && name[n] != '~')
        return fail_at(r, name + n, "= and the value, or ~ and a part of it, is missing here");
    const struct fact_name fact = {c->field == RULE_JSON ? FACT_JSON : FACT_HEADER, name, n};
    if (!fact_want(r->wanted, &fact, &c->fact, &inside, r->e)) {
        *r->at = (size_t)(name - r->text) + inside;
        return false;
    }
    c->contains = name[n] == '~';
    r->s = name + n + 1;
    return read_values(r, c);
}

#define END(end) (UINT32_C(1) << (end))

static const struct end_word {
    const char *word;
    uint32_t ends;
} end_words[] = {
    {"resolve", END(TRANSPORT_RESOLVE)},
    {"connect", END(TRANSPORT_RESOLVE) | END(TRANSPORT_CONNECT) | END(TRANSPORT_TLS)},
    {"tls", END(TRANSPORT_TLS)},
    {"certificate", END(TRANSPORT_CERTIFICATE)},
    {"timeout", END(TRANSPORT_TIMEOUT) | END(TRANSPORT_FIRST_BYTE) | END(TRANSPORT_STALL)},
    {"first-byte", END(TRANSPORT_FIRST_BYTE)},
    {"stall", END(TRANSPORT_STALL)},
    {"closed", END(TRANSPORT_CLOSED)},
    {"cut", END(TRANSPORT_CUT)},
    {"transfer",
     END(TRANSPORT_CLOSED) | END(TRANSPORT_CUT) | END(TRANSPORT_RESENT) | END(TRANSPORT_OTHER)},
    {"too-large", END(TRANSPORT_TOO_LARGE)},
};

static size_t copy_word(const char *s, char out[WORD_BYTES_MAX]) {
    size_t n = strcspn(s, ", \t:");
    size_t kept = n < WORD_BYTES_MAX ? n : WORD_BYTES_MAX - 1;
    memcpy(out, s, kept);
    out[kept] = '\0';
    return n;
}

/* What went wrong with a word, the nearest known one, and all of them. */
static bool fail_word(struct reading *r, const char *where, const char *kind, const char *word,
                      const struct nearest *near, const char *all) {
    char hint[HINT_BYTES];
    *r->at = (size_t)(where - r->text);
    return err_set(r->e, ERR_CONFIG, "unknown %s %.32s%s (%s)", kind, *word ? word : "\"\"",
                   nearest_hint(near, hint, sizeof hint), all);
}

static bool read_end(struct reading *r, struct rule_condition *c) {
    char word[WORD_BYTES_MAX];
    size_t n = copy_word(r->s, word);
    struct nearest near;
    nearest_init(&near, word);
    for (size_t i = 0; i < sizeof end_words / sizeof *end_words; i++) {
        nearest_offer(&near, end_words[i].word);
        if (strcmp(end_words[i].word, word) != 0)
            continue;
        c->ends |= end_words[i].ends;
        r->s += n;
        return true;
    }
    return fail_word(
        r, r->s, "end of a transfer", word, &near,
        "resolve, connect, tls, certificate, timeout, first-byte, stall, closed, cut, transfer, "
        "too-large");
}

static bool read_ends(struct reading *r, struct rule_condition *c) {
    for (;;) {
        if (!read_end(r, c))
            return false;
        if (*r->s != ',')
            return true;
        r->s++;
    }
}

static bool read_nothing(struct reading *r, struct rule_condition *c) {
    (void)r;
    (void)c;
    return true;
}

static const struct condition_row {
    const char *prefix;
    enum rule_field field;
    bool (*read)(struct reading *r, struct rule_condition *c);
} condition_rows[] = {
    {"status:", RULE_STATUS, read_ranges}, {"json:", RULE_JSON, read_fact},
    {"header:", RULE_HEADER, read_fact},   {"curl:", RULE_END, read_ends},
    {"type:", RULE_TYPE, read_values},     {"empty", RULE_EMPTY, read_nothing},
};

static const struct condition_row *row_at(const char *s) {
    for (size_t i = 0; i < sizeof condition_rows / sizeof *condition_rows; i++) {
        const struct condition_row *row = &condition_rows[i];
        size_t n = strlen(row->prefix);
        if (strncmp(row->prefix, s, n) != 0)
            continue;
        if (row->prefix[n - 1] == ':' || !s[n] || is_space(s[n]))
            return row;
    }
    return NULL;
}

static bool fail_condition(struct reading *r) {
    char word[WORD_BYTES_MAX];
    size_t n = copy_word(r->s, word);
    struct nearest near;
    nearest_init(&near, word);
    static const char *const names[] = {"status", "json", "header", "curl", "type", "empty"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        nearest_offer(&near, names[i]);
    if (n == 0 || at_arrow(r->s))
        return fail_at(r, r->s, "a condition is missing here");
    return fail_word(r, r->s, "condition", word, &near,
                     "status:, json:, header:, curl:, type:, empty");
}

static bool read_condition(struct reading *r, struct rule_condition **all, size_t *count) {
    const char *where = r->s;
    const struct condition_row *row = row_at(r->s);
    if (!row)
        return fail_condition(r);
    if (*count == RULE_CONDITIONS_MAX)
        return fail_at(r, where, "more than 8 conditions");
    *all = ensure_realloc(*all, (*count + 1) * sizeof **all);
    struct rule_condition *c = &(*all)[(*count)++];
    *c = (struct rule_condition){.field = row->field};
    r->s += strlen(row->prefix);
    if (!row->read(r, c))
        return false;
    if (*r->s && !is_space(*r->s))
        return fail_at(r, r->s, "a space is missing here");
    skip_spaces(r);
    return true;
}

static bool read_conditions(struct reading *r, struct rule_condition **all, size_t *count) {
    skip_spaces(r);
    do {
        if (!read_condition(r, all, count))
            return false;
    } while (*r->s && !at_arrow(r->s));
    return true;
}

bool rule_conditions_parse(struct fact_wanted *w, const char *text, struct rule_condition **out,
                           size_t *count, size_t *at, struct err *e) {
    struct rule_condition *all = NULL;
    size_t n = 0;
    struct reading r = {.wanted = w, .text = text, .s = text, .at = at, .e = e};
    bool ok = read_conditions(&r, &all, &n);
    if (ok && *r.s)
        ok = fail_at(&r, r.s, "only conditions stand here, no action");
    if (!ok) {
        rule_conditions_release(all, n);
        return false;
    }
    *out = all;
    *count = n;
    return true;
}

/* ---- actions --------------------------------------------------------------------------------- */

static const struct action_row {
    const char *word;
    enum retry_action action;
    enum rule_scope scope; /* when none is said */
    bool has_scope;        /* one may be said */
} action_rows[] = {
    {"retry", RETRY_AGAIN, RULE_SCOPE_JOB, true},
    {"wait", RETRY_WAIT, RULE_SCOPE_ACCOUNT, true},
    {"shrink", RETRY_SHRINK, RULE_SCOPE_ACCOUNT, false},
    {"split", RETRY_SPLIT, RULE_SCOPE_JOB, false},
    {"fail", RETRY_FAIL, RULE_SCOPE_JOB, false},
    {"stop", RETRY_STOP, RULE_SCOPE_ACCOUNT, true},
};

static const struct action_row *read_action(struct reading *r) {
    char word[WORD_BYTES_MAX];
    const char *where = r->s;
    size_t n = copy_word(r->s, word);
    struct nearest near;
    nearest_init(&near, word);
    for (size_t i = 0; i < sizeof action_rows / sizeof *action_rows; i++) {
        nearest_offer(&near, action_rows[i].word);
        if (strcmp(action_rows[i].word, word) != 0)
            continue;
        r->s += n;
        skip_spaces(r);
        return &action_rows[i];
    }
    (void)fail_word(r, where, "action", word, &near, "retry, wait, shrink, split, fail, stop");
    return NULL;
}

static bool read_note(struct reading *r, struct profile_rule *rule) {
    char text[RULE_NOTE_MAX];
    const char *where = r->s;
    size_t bytes;
    if (!read_quoted(r, text, sizeof text, &bytes))
        return false;
    skip_spaces(r);
    if (*r->s)
        return fail_at(r, r->s, "nothing comes behind the note");
    if (bytes == 0)
        return fail_at(r, where, "the note is empty");
    rule->note = ensure_strndup(text, bytes);
    return true;
}

static bool take_scope(struct reading *r, const struct action_row *row, enum rule_scope scope,
                       struct profile_rule *rule, const char *where) {
    if (!row->has_scope)
        return fail_at(r, where, "retry, wait and stop may be of a job or an account, others not");
    rule->scope = scope;
    return true;
}

static bool read_word(struct reading *r, const struct action_row *row, struct profile_rule *rule) {
    char word[WORD_BYTES_MAX];
    const char *where = r->s;
    r->s += copy_word(r->s, word);
    skip_spaces(r);
    if (strcmp(word, "uncertain") == 0) {
        rule->uncertain = true;
        return true;
    }
    if (strcmp(word, "job") == 0)
        return take_scope(r, row, RULE_SCOPE_JOB, rule, where);
    if (strcmp(word, "account") == 0)
        return take_scope(r, row, RULE_SCOPE_ACCOUNT, rule, where);
    struct nearest near;
    nearest_init(&near, word);
    nearest_offer(&near, "uncertain");
    nearest_offer(&near, "account");
    return fail_word(r, where, "word behind the action", word, &near,
                     "uncertain, job, account, and a \"note\" in quotes");
}

static bool read_right(struct reading *r, struct profile_rule *rule) {
    if (!*r->s)
        return fail_at(r, r->s, "-> and an action are missing here");
    r->s += strlen(ARROW);
    skip_spaces(r);
    const struct action_row *row = read_action(r);
    if (!row)
        return false;
    rule->action = row->action;
    rule->scope = row->scope;
    while (*r->s && *r->s != '"')
        if (!read_word(r, row, rule))
            return false;
    if (*r->s && !read_note(r, rule))
        return false;
    if (rule->uncertain && (rule->action == RETRY_WAIT || rule->action == RETRY_SHRINK))
        return fail_at(r, r->text, "wait and shrink mean that nothing was done: not uncertain");
    return true;
}

bool rule_parse(struct fact_wanted *w, const char *text, struct profile_rule *out, size_t *at,
                struct err *e) {
    struct profile_rule rule = {.action = RETRY_NONE};
    struct reading r = {.wanted = w, .text = text, .s = text, .at = at, .e = e};
    *at = 0;
    *out = (struct profile_rule){0};
    if (read_conditions(&r, &rule.conditions, &rule.condition_count) && read_right(&r, &rule)) {
        *out = rule;
        return true;
    }
    rule_release(&rule);
    return false;
}
