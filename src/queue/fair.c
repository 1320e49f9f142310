/* fair.c: see fair.h. */
#include "queue/fair.h"

#include <limits.h>
#include <stdbool.h>

#include "base/ensure.h"

static bool goes_before(const struct fair_batch *a, const struct fair_batch *b) {
    if (a->priority != b->priority)
        return a->priority > b->priority;
    if (a->vtime != b->vtime)
        return a->vtime < b->vtime;
    return a->batch_id < b->batch_id;
}

int fair_pick(const struct fair_batch *batches, size_t count) {
    PRE(count <= INT_MAX);
    int best = -1;
    for (size_t i = 0; i < count; i++)
        if (batches[i].ready > 0 && (best < 0 || goes_before(&batches[i], &batches[best])))
            best = (int)i;
    return best;
}

int64_t fair_advance(int64_t vtime, int64_t weight, int64_t chars) {
    PRE(weight >= 1);
    int64_t units;
    if (__builtin_mul_overflow(chars < 1 ? 1 : chars, FAIR_VTIME_PER_CHAR, &units))
        units = INT64_MAX;
    /* rounded up, so that no job is free of charge whatever the weight */
    int64_t step = units / weight + (units % weight != 0);
    int64_t next;
    return __builtin_add_overflow(vtime, step, &next) ? INT64_MAX : next;
}
