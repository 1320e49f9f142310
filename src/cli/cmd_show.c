/* cmd_show.c: `ttsq show`: one job with its attempts. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/sha256.h"
#include "base/utf8.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/session.h"
#include "cli/view/job_view.h"
#include "cli/view/obstacle.h"
#include "cli/view/status.h"
#include "cli/view/text.h"
#include "cli/view/timeline.h"

#define EXCERPT_SHOWN_CHARS 200
#define EXCERPT_SHOWN_BYTES 65536 /* of a line, escaped */

struct options {
    const char *job;
    int64_t job_id;
    bool json, full;
};

static const struct argp_option option_table[] = {
    {"full", ARGS_FLAG(struct options, full), NULL, 0,
     "All of what the provider said to calls that failed", 0},
    {"json", ARGS_FLAG(struct options, json), NULL, 0, "As JSON", 0},
    {0},
};

static const char doc[] = "Show one job, its result and every call made for it.\n"
                          "\n"
                          "  ttsq show 17                 the number is in `ttsq list BATCH`\n"
                          "  ttsq show 17 --json\n";

static error_t on_option(int key, char *text, struct argp_state *state) {
    struct options *o = state->input;
    char shown[TEXT_SHOWN_BYTES], word[TEXT_SHOWN_BYTES];
    switch (key) {
    case ARGP_KEY_ARG:
        args_take_one(state, text, &o->job);
        if (text[strspn(text, "0123456789")])
            argp_error(state, "JOB is a number, not '%s'; `ttsq list %s` shows those of a batch",
                       text_show(text, STORE_NAME_MAX, shown), text_word(text, word));
        o->job_id = args_number(state, "JOB", text, 1, INT64_MAX);
        return 0;
    case ARGP_KEY_END:
        args_need(state, o->job, "JOB");
        return 0;
    default:
        return args_remember(key, text, state);
    }
}

struct show {
    struct session *session;
    bool json, full, ok;
    struct err *e;
    int32_t last_excerpt; /* the newest attempt that has one; 0 = none */
};

static void print_result(const struct store_job_row *row) {
    char shown[TEXT_SHOWN_BYTES], sha[SHA256_HEX_BYTES];
    if (!row->has_result)
        return;
    printf("result    %s, %" PRId64 " bytes", text_show(row->result_format, 20, shown),
           row->result_bytes);
    if (row->result_duration_ms >= 0)
        printf(", %.2f s", (double)row->result_duration_ms / 1000.0);
    printf(", %s", row->result_path ? text_show(row->result_path, 200, shown) : "in the database");
    if (row->result_offset > 0)
        printf(" from byte %" PRId64, row->result_offset);
    putchar('\n');
    printf("sha256    %s\n", sha256_hex(row->result_sha256, sha));
    if (job_view_is_shared(row))
        printf("shared    with job %" PRId64 ", which asked the same\n", row->result_job_id);
}

static void print_job(const struct store_job_row *row, bool all_are_dead) {
    char time[JOB_VIEW_WHY_BYTES];
    const char *why = job_view_why(row, all_are_dead, time);
    char shown[TEXT_SHOWN_BYTES], date[CLOCK_RFC3339_BYTES];
    printf("%s\n", job_state_text(row->state));
    printf("job       %" PRId64 "\n", row->id);
    printf("batch     %s, number %" PRId64 "\n", text_show(row->batch, STORE_NAME_MAX, shown),
           row->seq);
    if (row->name)
        printf("name      %s\n", text_show(row->name, 200, shown));
    if (row->ext_id)
        printf("id        %s\n", text_show(row->ext_id, 200, shown));
    printf("text      %s (%" PRId64 " characters)\n", text_show(row->text, 70, shown), row->chars);
    if (row->piece_count > 0)
        printf("pieces    %" PRId64 " of %" PRId64 " spoken\n", row->piece_no - 1,
               row->piece_count);
    if (row->not_before_ms && why != time)
        printf("not until %s\n", clock_rfc3339(row->not_before_ms, date));
    if (why)
        printf("why       %s\n", text_show(why, 200, shown));
    print_result(row);
}

/* A ready job has nothing to say of itself; what it waits for may be its account. */
static bool print_wait(struct session *s, const struct store_job_row *row, struct err *e) {
    struct session_counts counts;
    struct obstacles obstacles;
    char shown[TEXT_SHOWN_BYTES];
    if (row->state != JOB_READY)
        return true;
    if (!session_counts(s, row->batch_id, &counts, e))
        return false;
    obstacle_find(s->config, &counts, text_word(row->batch, shown), &obstacles);
    for (size_t i = 0; i < obstacles.count; i++) {
        printf("waits     %s\n", obstacles.list[i].why);
        if (obstacles.list[i].advice[0])
            printf("do        %s\n", obstacles.list[i].advice);
    }
    return true;
}

/* Line by line, so that it reads as it came; a terminal obeys nothing in it. */
static void print_whole(const char *text) {
    while (*text) {
        size_t bytes = strcspn(text, "\n");
        struct buf line;
        buf_init(&line, EXCERPT_SHOWN_BYTES);
        if (utf8_escape_terminal(text, bytes, &line))
            printf("  %s\n", buf_str(&line));
        buf_release(&line);
        text += bytes + (text[bytes] != '\0');
    }
}

static void excerpt_row(const struct store_attempt_row *row, void *arg) {
    const struct show *show = arg;
    char shown[TEXT_SHOWN_BYTES];
    if (!row->excerpt || (!show->full && row->n != show->last_excerpt))
        return;
    printf("\ncall %d was told%s\n", (int)row->n, show->full ? "" : " (`--full`: all of it)");
    if (show->full)
        print_whole(row->excerpt);
    else
        printf("  %s\n", text_show(row->excerpt, EXCERPT_SHOWN_CHARS, shown));
}

static void find_excerpt(const struct store_attempt_row *row, void *arg) {
    struct show *show = arg;
    if (row->excerpt)
        show->last_excerpt = row->n;
}

/* Of the newest call that has one, or with --full of all. */
static bool print_excerpts(struct show *show, int64_t job_id) {
    struct store *s = show->session->store;
    return store_attempts_each(s, job_id, find_excerpt, show, show->e) &&
           (show->last_excerpt == 0 || store_attempts_each(s, job_id, excerpt_row, show, show->e));
}

static void on_job(const struct store_job_row *row, void *arg) {
    struct show *show = arg;
    bool all_are_dead;
    if (!show->json) {
        show->ok = status_all_are_dead(show->session, &all_are_dead, show->e);
        if (!show->ok)
            return;
        print_job(row, all_are_dead);
        show->ok = print_wait(show->session, row, show->e) &&
                   timeline_print(show->session->store, row->id, show->e) &&
                   print_excerpts(show, row->id);
        return;
    }
    json_t *o = job_view_json(show->session, row, true, show->e);
    show->ok = o != NULL;
    if (o)
        text_json_print(o, false);
}

const struct argp cmd_show_argp = {.options = option_table,
                                   .parser = on_option,
                                   .args_doc = "JOB",
                                   .doc = doc,
                                   .children = args_children};

int cmd_show(int argc, char **argv) {
    struct options o = {0};
    args_parse(&cmd_show_argp, argc, argv, &o);
    struct session s;
    struct err e;
    struct show show = {.session = &s, .json = o.json, .full = o.full, .ok = true, .e = &e};
    bool ok = session_open(&s, SESSION_READ, &e) && store_job(s.store, o.job_id, on_job, &show, &e);
    session_close(&s);
    return ok && show.ok ? 0 : cli_fail(&e);
}
