/* ending.c: see ending.h. */
#include "cli/view/ending.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/words.h"
#include "cli/cli.h"
#include "cli/view/text.h"
#include "store/ending.h"
#include "workers/notify/trust.h"
#include "workers/notify/webhook.h"

#define SHOWN_MAX 120 /* characters of a command, a URL, a reason */

/* ---- what is asked for ---- */

static bool is_program(const char *path) {
    return access(path, X_OK) == 0;
}

/* Writes the whole path of `name` into out, found as a shell finds it. */
static bool find_program(const char *name, char out[PATH_MAX]) {
    char candidate[PATH_MAX];
    if (strchr(name, '/'))
        return realpath(name, out) && is_program(out);
    const char *path = getenv("PATH");
    for (const char *s = path ? path : ""; *s;) {
        size_t n = strcspn(s, ":");
        int length = snprintf(candidate, sizeof candidate, "%.*s/%s", (int)n, s, name);
        if (*s == '/' && length > 0 && (size_t)length < sizeof candidate && is_program(candidate)) {
            memcpy(out, candidate, (size_t)length + 1);
            return true;
        }
        s += n + (s[n] == ':');
    }
    return false;
}

static bool use_program(const struct config *c, char **words, char **line, struct err *e) {
    char path[PATH_MAX], shown[TEXT_SHOWN_BYTES], *joined;
    if (!find_program(words[0], path))
        return err_set(e, ERR_USAGE, "--on-done: there is no program '%s'",
                       text_show(words[0], SHOWN_MAX, shown));
    free(words[0]);
    words[0] = ensure_strdup(path);
    if (!words_join(words, &joined, e))
        return err_prefix(e, "--on-done");
    if (!trust_command(c, joined, words, e)) {
        free(joined);
        return err_prefix(e, "--on-done");
    }
    *line = joined;
    return true;
}

bool ending_command(const struct config *c, const char *typed, char **line, struct err *e) {
    char **words;
    if (!*typed) {
        *line = ensure_strdup("");
        return true;
    }
    if (!words_split(typed, &words, e)) {
        e->code = ERR_USAGE;
        return err_prefix(e, "--on-done");
    }
    bool ok = use_program(c, words, line, e);
    words_free(words);
    return ok;
}

bool ending_url(const struct config *c, const char *typed, struct err *e) {
    struct guard guard;
    if (!*typed || webhook_check(&c->ending, typed, &guard, e))
        return true;
    e->code = ERR_USAGE;
    return err_prefix(e, "--notify");
}

/* ---- what came of it ---- */

static void print_row(const struct store_ending *row, void *arg) {
    static const char *const states[] = {[ENDING_WAITING] = "waits",
                                         [ENDING_RUNNING] = "is being done",
                                         [ENDING_DONE] = "done",
                                         [ENDING_FAILED] = "given up"};
    char target[TEXT_SHOWN_BYTES], why[TEXT_SHOWN_BYTES], date[CLOCK_RFC3339_BYTES];
    FILE *out = arg;
    fprintf(out, "end %" PRId64 ": %s %s: %s", row->end_no,
            row->kind == ENDING_COMMAND ? "on-done" : "notify",
            text_show(row->target, SHOWN_MAX, target),
            row->state == ENDING_WAITING && row->why ? "failed, will be tried again"
                                                     : states[row->state]);
    if (row->tries > 1)
        fprintf(out, ", %d tries", row->tries);
    if (row->over_ms)
        fprintf(out, ", %s", clock_rfc3339(row->over_ms, date));
    if (row->why)
        fprintf(out, ": %s", text_show(row->why, SHOWN_MAX, why));
    fputc('\n', out);
}

bool ending_print(struct session *s, int64_t batch_id, FILE *out, struct err *e) {
    int64_t ended_ms = 0;
    char date[CLOCK_RFC3339_BYTES];
    if (!store_endings_of(s->store, batch_id, &ended_ms, print_row, out, e))
        return false;
    if (ended_ms)
        fprintf(out, "ended: %s\n", clock_rfc3339(ended_ms, date));
    return true;
}

/* ---- what went wrong ---- */

static void explain_row(const struct store_ending *row, void *arg) {
    char target[TEXT_SHOWN_BYTES], why[TEXT_SHOWN_BYTES], batch[TEXT_SHOWN_BYTES];
    bool given_up = row->state == ENDING_FAILED;
    (void)arg;
    if (!row->why || row->state == ENDING_DONE)
        return;
    printf("its end was not told: %s %s %s %d %s: %s\n",
           row->kind == ENDING_COMMAND ? "program" : "webhook",
           text_show(row->target, SHOWN_MAX, target), given_up ? "was given up after" : "failed in",
           row->tries, row->tries == 1 ? "try" : "tries", text_show(row->why, SHOWN_MAX, why));
    if (given_up)
        printf("do: mend what it names, then `ttsq retry %s --ending`\n",
               text_word(row->batch, batch));
    else
        puts("do: mend what it names; it is tried again by itself");
}

bool ending_explain(struct session *s, int64_t batch_id, struct err *e) {
    int64_t ended_ms;
    return store_endings_of(s->store, batch_id, &ended_ms, explain_row, NULL, e);
}

static void count_given_up(const struct store_ending *row, void *arg) {
    int64_t *count = arg;
    *count += row->state == ENDING_FAILED;
}

bool ending_again(struct session *s, const char *batch, bool dry_run, struct err *e) {
    int64_t batch_id, ended_ms, count = 0;
    char shown[TEXT_SHOWN_BYTES];
    if (!session_batch(s, batch, &batch_id, e) ||
        !store_endings_of(s->store, batch_id, &ended_ms, count_given_up, &count, e))
        return false;
    text_word(batch, shown);
    if (count == 0)
        return err_set(e, ERR_NOT_FOUND,
                       "nothing that the end of %.300s set off was given up; `ttsq status %.300s` "
                       "shows it",
                       shown, shown);
    if (!dry_run && !store_endings_again(s->store, batch_id, &count, e))
        return false;
    printf("%" PRId64 " %s that the end of %s set off %s done again\n", count,
           count == 1 ? "thing" : "things", shown,
           dry_run      ? "would be"
           : count == 1 ? "is"
                        : "are");
    if (!dry_run)
        cli_say("next: `ttsq status %s`", shown);
    return true;
}

/* ---- as JSON ---- */

static void add_row(const struct store_ending *row, void *arg) {
    json_t *o = json_pack(
        "{s:I, s:s, s:o, s:s, s:i, s:o, s:o, s:o}", "end", (json_int_t)row->end_no, "kind",
        ending_kind_text(row->kind), "target", text_json(row->target), "state",
        ending_state_text(row->state), "tries", row->tries, "over", text_json_time(row->over_ms),
        "code", row->code < 0 ? json_null() : json_integer(row->code), "why", text_json(row->why));
    ASSERT(o != NULL);
    json_array_append_new(arg, o);
}

bool ending_json(struct session *s, int64_t batch_id, json_t *o, struct err *e) {
    int64_t ended_ms = 0;
    json_t *list = json_array();
    if (!store_endings_of(s->store, batch_id, &ended_ms, add_row, list, e)) {
        json_decref(list);
        return false;
    }
    json_object_set_new(o, "ended", text_json_time(ended_ms));
    json_object_set_new(o, "endings", list);
    return true;
}
