/* complete.c: see complete.h. */
#include "cli/complete.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/options.h"
#include "cli/session.h"
#include "cli/view/text.h"

#define WORD_BYTES_MAX 64 /* of what a value may be called */

struct offers {
    const char *prefix; /* "--option=" where the value is part of the word, else "" */
    size_t count;
};

/* A name that would not come through line by line is not offered. */
static bool is_plain(const char *word) {
    for (const char *c = word; *c; c++)
        if (iscntrl((unsigned char)*c))
            return false;
    return *word != '\0';
}

static void offer(struct offers *o, const char *word, const char *about) {
    char shown[TEXT_SHOWN_BYTES];
    if (o->count++ < COMPLETE_OFFERS_MAX && is_plain(word))
        printf("%s%s\t%s\n", o->prefix, word, text_show(about, 120, shown));
}

/* ---- names that are looked up ---- */

static void offer_batch(const struct store_batch_row *row, void *arg) {
    char about[80];
    (void)snprintf(about, sizeof about, "%" PRId64 " of %" PRId64 " done", row->count[JOB_DONE],
                   row->total);
    offer(arg, row->name, about);
}

static void offer_account(const struct store_account_row *row, void *arg) {
    char about[80];
    (void)snprintf(about, sizeof about, "cap %" PRId64 ", %" PRId64 " in flight", row->cap,
                   row->in_flight);
    offer(arg, row->name, about);
}

static void offer_batches(struct session *s, struct offers *o) {
    struct store_reader reader = {.batch = offer_batch, .arg = o};
    struct err ignored;
    if (s->store && !store_status(s->store, 0, &reader, &ignored))
        return;
}

static void offer_accounts(struct session *s, struct offers *o) {
    struct store_reader reader = {.account = offer_account, .arg = o};
    struct err ignored;
    if (s->store && !store_status(s->store, 0, &reader, &ignored))
        return;
}

static void offer_profiles(struct session *s, struct offers *o) {
    for (size_t i = 0; s->config && i < s->config->profile_count; i++)
        offer(o, s->config->profiles[i]->name, "profile");
}

/* Jobs that somebody has to look at: the others are too many to choose from. */
struct troubled {
    struct offers *offers;
    int64_t ids[COMPLETE_OFFERS_MAX];
    size_t count;
};

static void note_troubled(const struct store_batch_row *row, void *arg) {
    struct troubled *t = arg;
    if (row->count[JOB_FAILED] + row->count[JOB_HELD] > 0 && t->count < COMPLETE_OFFERS_MAX)
        t->ids[t->count++] = row->id;
}

static bool offer_job(const struct store_job_row *row, void *arg) {
    struct offers *o = arg;
    char id[24], about[TEXT_SHOWN_BYTES];
    (void)snprintf(id, sizeof id, "%" PRId64, row->id);
    (void)snprintf(about, sizeof about, "%s of %s: %s", job_state_text(row->state), row->batch,
                   row->why ? row->why : "");
    offer(o, id, about);
    return o->count < COMPLETE_OFFERS_MAX;
}

static void offer_jobs(struct session *s, struct offers *o) {
    struct troubled t = {.offers = o};
    struct store_reader reader = {.batch = note_troubled, .arg = &t};
    struct err ignored;
    if (!s->store || !store_status(s->store, 0, &reader, &ignored))
        return;
    for (size_t i = 0; i < t.count && o->count < COMPLETE_OFFERS_MAX; i++)
        if (!store_jobs_each(s->store, t.ids[i], JOB_BIT(JOB_FAILED) | JOB_BIT(JOB_HELD), offer_job,
                             o, &ignored))
            return;
}

static const struct lookup {
    const char *word;
    void (*offer)(struct session *s, struct offers *o);
} lookups[] = {
    {"BATCH", offer_batches},
    {"ACCOUNT", offer_accounts},
    {"PROFILE", offer_profiles},
    {"JOB", offer_jobs},
};

static void look_up(const struct lookup *lookup, struct offers *o) {
    struct session s;
    struct err ignored;
    (void)!session_open(&s, SESSION_READ, &ignored); /* what there is of it is looked into */
    lookup->offer(&s, o);
    session_close(&s);
}

/* ---- a value by what it is called ---- */

struct wanted {
    char words[WORD_BYTES_MAX]; /* "JOB|BATCH"; "" = nothing may come here */
    const char *prefix;
};

static void offer_word(const char *word, struct offers *o) {
    for (size_t i = 0; i < sizeof lookups / sizeof lookups[0]; i++)
        if (!strcmp(word, lookups[i].word))
            look_up(&lookups[i], o);
    if (!strcmp(word, "STATE"))
        for (enum job_state state = 0; state < JOB_STATE_COUNT; state++)
            offer(o, job_state_text(state), "state of a job");
    if (islower((unsigned char)*word))
        offer(o, word, "");
}

static const char *kind_of(const char *words) {
    if (!strcmp(words, "FILE"))
        return ":files";
    return !strcmp(words, "DIR") || !strcmp(words, "FOLDER") ? ":folders" : ":none";
}

static void offer_value(struct wanted *w) {
    struct offers o = {.prefix = w->prefix};
    char *rest, *word = strtok_r(w->words, "|", &rest);
    for (; word; word = strtok_r(NULL, "|", &rest))
        offer_word(word, &o);
}

/* What the n-th word that is no option is called, from "BATCH -o DIR|--join FILE", "ACCOUNT [N]",
 * "FILE...". */
static void positional(const char *args_doc, size_t n, char out[WORD_BYTES_MAX]) {
    const char *c = args_doc ? args_doc : "";
    out[0] = '\0';
    for (bool is_value = false; *(c += strspn(c, " []")); c += strcspn(c, " ]")) {
        size_t bytes = strcspn(c, " ].");
        if (*c == '-' || is_value) { /* an option; its value, which may lead to another option */
            is_value = *c == '-' || memmem(c, bytes, "|-", 2);
            continue;
        }
        if (n == 0 || c[bytes] == '.') {
            (void)snprintf(out, WORD_BYTES_MAX, "%.*s", (int)bytes, c);
            return;
        }
        n--;
    }
}

/* ---- where in the line we are ---- */

struct search {
    const char *name; /* not terminated */
    size_t bytes;
    char letter;
    struct option_view found;
    bool ok;
};

static bool search_one(const struct option_view *option, void *arg) {
    struct search *s = arg;
    s->ok = s->letter ? option->letter == s->letter
                      : option->name && strlen(option->name) == s->bytes &&
                            !strncmp(option->name, s->name, s->bytes);
    s->found = *option;
    return !s->ok;
}

/* What the option of that word is called that must have a value; NULL = none. */
static const char *value_of(const struct argp *argp, const char *name, size_t bytes, char letter) {
    struct search s = {.name = name, .bytes = bytes, .letter = letter};
    options_each(argp, search_one, &s);
    return s.ok && s.found.arg ? s.found.arg : NULL;
}

/* What the next word is the value of, where `word` is an option that needs one. */
static const char *needs_value(const struct argp *argp, const char *word) {
    if (!strncmp(word, "--", 2))
        return strchr(word, '=') ? NULL : value_of(argp, word + 2, strlen(word + 2), '\0');
    for (const char *c = word + 1; *c; c++) { /* letters may stand together */
        const char *value = value_of(argp, NULL, 0, *c);
        if (value)
            return c[1] ? NULL : value;
    }
    return NULL;
}

static bool offer_option(const struct option_view *option, void *arg) {
    char word[WORD_BYTES_MAX];
    if (option->name)
        (void)snprintf(word, sizeof word, "--%s", option->name);
    else
        (void)snprintf(word, sizeof word, "-%c", option->letter);
    offer(arg, word, option->doc);
    return true;
}

static bool is_option(const char *word) {
    return word[0] == '-' && word[1] != '\0';
}

static void finish(struct wanted *w) {
    puts(kind_of(w->words));
    offer_value(w);
}

static void complete_word(const struct argp *argp, char *const *words, size_t last) {
    struct wanted w = {.prefix = ""};
    char prefix[WORD_BYTES_MAX];
    const char *typed = words[last], *value = NULL, *equals = strchr(typed, '=');
    size_t plain = 0;
    bool over = false; /* behind "--" */
    for (size_t i = 0; i < last; i++) {
        if (value || over || !is_option(words[i])) {
            plain += !value;
            value = NULL;
        } else if (!(over = !strcmp(words[i], "--"))) {
            value = needs_value(argp, words[i]);
        }
    }
    if (!value && !over && !strncmp(typed, "--", 2) && equals) {
        value = value_of(argp, typed + 2, (size_t)(equals - typed - 2), '\0');
        (void)snprintf(prefix, sizeof prefix, "%.*s", (int)(equals - typed + 1), typed);
        w.prefix = prefix;
    } else if (!value && !over && typed[0] == '-') {
        puts(":none");
        options_each(argp, offer_option, &(struct offers){.prefix = ""});
        return;
    }
    if (value)
        (void)snprintf(w.words, sizeof w.words, "%s", value);
    else if (!*w.prefix)
        positional(argp->args_doc, plain, w.words);
    finish(&w);
}

static void complete_command(const struct cli_command *commands, size_t count) {
    struct offers o = {.prefix = ""};
    puts(":none");
    for (size_t i = 0; i < count; i++)
        if (commands[i].summary)
            offer(&o, commands[i].name, commands[i].summary);
    offer(&o, "--help", "show all commands and exit");
    offer(&o, "--version", "show the version and exit");
}

void complete_print(const struct cli_command *commands, size_t count, char *const *words,
                    size_t word_count) {
    if (word_count <= 1) {
        complete_command(commands, count);
        return;
    }
    for (size_t i = 0; i < count; i++)
        if (commands[i].summary && !strcmp(commands[i].name, words[0])) {
            complete_word(commands[i].argp, words + 1, word_count - 2);
            return;
        }
    puts(":none");
}
