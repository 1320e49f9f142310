/* gaps.c: see gaps.h. */
#include "cli/delivery/gaps.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/view/text.h"

#define GAPS_SHOWN 6 /* jobs */
#define REASONS_SHOWN 3
#define WHY_SHOWN 60 /* characters */
#define NUMBERS_BYTES (GAPS_SHOWN * 24)

struct gaps { /* the first of them, those of a reason together */
    struct {
        char why[TEXT_SHOWN_BYTES], numbers[NUMBERS_BYTES];
    } reason[REASONS_SHOWN];
    int reasons, jobs;
};

static bool on_gap(const struct store_job_row *row, void *arg) {
    struct gaps *g = arg;
    char why[TEXT_SHOWN_BYTES];
    int i = 0;
    text_show(row->why ? row->why : job_state_text(row->state), WHY_SHOWN, why);
    while (i < g->reasons && strcmp(g->reason[i].why, why) != 0)
        i++;
    if (i == REASONS_SHOWN)
        return false;
    char *numbers = g->reason[i].numbers;
    size_t used = strlen(numbers);
    (void)snprintf(numbers + used, NUMBERS_BYTES - used, "%s#%" PRId64, used ? ", " : "", row->seq);
    memcpy(g->reason[i].why, why, sizeof why);
    g->reasons += i == g->reasons;
    return ++g->jobs < GAPS_SHOWN;
}

/* "#1, #3: HTTP 500; #4: delayed" */
static const char *gaps_text(const struct gaps *g, char out[ERR_MSG_MAX]) {
    size_t used = 0;
    out[0] = '\0';
    for (int i = 0; i < g->reasons && used < ERR_MSG_MAX; i++)
        used += (size_t)snprintf(out + used, ERR_MSG_MAX - used, "%s%s: %.80s", i ? "; " : "",
                                 g->reason[i].numbers, g->reason[i].why);
    return out;
}

bool gaps_refuse(struct session *s, int64_t batch_id, bool partial, struct err *e) {
    struct session_counts counts;
    if (!session_counts(s, batch_id, &counts, e))
        return false;
    if (counts.loading)
        return err_set(e, ERR_LATER, "the batch is still being loaded");
    if (counts.total == counts.count[JOB_DONE] || partial)
        return true;
    struct gaps gaps = {.jobs = 0};
    char text[ERR_MSG_MAX];
    unsigned not_done = ((1u << JOB_STATE_COUNT) - 1) & ~JOB_BIT(JOB_DONE);
    if (!store_jobs_each(s->store, batch_id, not_done, on_gap, &gaps, e))
        return false;
    int64_t missing = counts.total - counts.count[JOB_DONE];
    return err_set(e, ERR_JOBS_FAILED,
                   "%" PRId64 " of %" PRId64 " results are missing (%.300s%s); --partial takes "
                   "what is there",
                   missing, counts.total, gaps_text(&gaps, text), missing > gaps.jobs ? "; …" : "");
}
