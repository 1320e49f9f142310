/* await.c: see await.h. */
#include "cli/delivery/await.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/view/text.h"

#define JOBS_BYTES 48

struct awaiting {
    const struct follow_options *options;
    size_t count;
    int code;
};

static void say_done(const struct followed *one, bool is_alone) {
    char shown[TEXT_SHOWN_BYTES], jobs[JOBS_BYTES] = "its one job is";
    text_word(one->name, shown);
    if (one->end.total != 1)
        (void)snprintf(jobs, sizeof jobs, "all %" PRId64 " jobs are", one->end.total);
    if (is_alone)
        cli_say("%s done; next: `ttsq get %s -o DIR`", jobs, shown);
    else
        cli_say("%s: %s done", shown, jobs);
}

static void on_over(const struct followed *one, void *arg) {
    struct awaiting *w = arg;
    int code = follow_verdict(one->name, &one->end, w->options->json);
    if (code > w->code)
        w->code = code;
    if (code == 0)
        say_done(one, w->count == 1);
    if (w->options->any && !w->options->json)
        puts(one->name);
}

/* The same batch twice is one. */
static size_t drop_twins(struct followed *list, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        size_t same = 0;
        while (same < kept && list[same].batch_id != list[i].batch_id)
            same++;
        if (same == kept)
            list[kept++] = list[i];
    }
    return kept;
}

int await_batches(struct session *s, struct followed *list, size_t count,
                  const struct follow_options *options) {
    struct awaiting w = {.options = options, .count = drop_twins(list, count)};
    struct follow_options follow = *options;
    struct err e;
    follow.on_over = on_over;
    follow.arg = &w;
    return follow_batches(s, list, w.count, &follow, &e) ? w.code : cli_fail(&e);
}
