/* gaps.c: see gaps.h. */
#include "cli/delivery/gaps.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/view/text.h"

#define GAPS_SHOWN 3

struct gaps {
    char text[ERR_MSG_MAX];
    size_t used;
    int count;
};

static bool on_gap(const struct store_job_row *row, void *arg) {
    struct gaps *g = arg;
    char why[TEXT_SHOWN_BYTES];
    text_show(row->why ? row->why : job_state_text(row->state), 60, why);
    int n = snprintf(g->text + g->used, sizeof g->text - g->used, "%s#%" PRId64 " %.80s",
                     g->count ? "; " : "", row->seq, why);
    if (n > 0 && (size_t)n < sizeof g->text - g->used)
        g->used += (size_t)n;
    return ++g->count < GAPS_SHOWN;
}

bool gaps_refuse(struct session *s, int64_t batch_id, bool partial, struct err *e) {
    struct session_counts counts;
    if (!session_counts(s, batch_id, &counts, e))
        return false;
    if (counts.loading)
        return err_set(e, ERR_LATER, "the batch is still being loaded");
    if (counts.total == counts.count[JOB_DONE] || partial)
        return true;
    struct gaps gaps = {.used = 0};
    unsigned not_done = ((1u << JOB_STATE_COUNT) - 1) & ~JOB_BIT(JOB_DONE);
    if (!store_jobs_each(s->store, batch_id, not_done, on_gap, &gaps, e))
        return false;
    int64_t missing = counts.total - counts.count[JOB_DONE];
    return err_set(e, ERR_JOBS_FAILED,
                   "%" PRId64 " of %" PRId64 " results are missing (%.300s%s); --partial takes "
                   "what is there",
                   missing, counts.total, gaps.text, missing > GAPS_SHOWN ? "; ..." : "");
}
