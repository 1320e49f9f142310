/* replay.c: see replay.h. */
#include "queue/replay.h"

#include <stdlib.h>

#include "base/ensure.h"

#define SPANS_ROOM 1024

void replay_add(struct replay_spans *s, int64_t begin_ms, int64_t end_ms) {
    if (s->count == s->room) {
        s->room = s->room ? 2 * s->room : SPANS_ROOM;
        s->begin_ms = ensure_realloc(s->begin_ms, s->room * sizeof *s->begin_ms);
        s->end_ms = ensure_realloc(s->end_ms, s->room * sizeof *s->end_ms);
    }
    s->begin_ms[s->count] = begin_ms;
    s->end_ms[s->count++] = end_ms > begin_ms ? end_ms : begin_ms;
}

void replay_release(struct replay_spans *s) {
    free(s->begin_ms);
    free(s->end_ms);
    *s = (struct replay_spans){0};
}

static int compare(const void *a, const void *b) {
    const int64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static void sort(struct replay_spans *s) {
    if (s->count == 0)
        return;
    qsort(s->begin_ms, s->count, sizeof *s->begin_ms, compare);
    qsort(s->end_ms, s->count, sizeof *s->end_ms, compare);
}

struct walk { /* through the sorted begins and ends of one kind */
    const struct replay_spans *spans;
    size_t begun, ended;
};

static int64_t next_ms(const struct walk *w) {
    int64_t next = INT64_MAX;
    if (w->begun < w->spans->count)
        next = w->spans->begin_ms[w->begun];
    if (w->ended < w->spans->count && w->spans->end_ms[w->ended] < next)
        next = w->spans->end_ms[w->ended];
    return next;
}

static int64_t open_at(struct walk *w, int64_t now_ms) {
    while (w->ended < w->spans->count && w->spans->end_ms[w->ended] <= now_ms)
        w->ended++;
    while (w->begun < w->spans->count && w->spans->begin_ms[w->begun] <= now_ms)
        w->begun++;
    return (int64_t)w->begun - (int64_t)w->ended;
}

void replay_run(struct replay_spans *calls, struct replay_spans *waits, int64_t cap,
                struct replay_findings *out) {
    struct walk call = {.spans = calls}, wait = {.spans = waits};
    *out = (struct replay_findings){0};
    sort(calls);
    sort(waits);
    for (int64_t now_ms = 0, next;; now_ms = next) {
        int64_t in_flight = open_at(&call, now_ms), waiting = open_at(&wait, now_ms);
        int64_t call_ms = next_ms(&call), wait_ms = next_ms(&wait);
        next = call_ms < wait_ms ? call_ms : wait_ms;
        if (in_flight > out->max_in_flight)
            out->max_in_flight = in_flight;
        if (next == INT64_MAX)
            return;
        if (waiting > 0)
            out->waiting_ms += next - now_ms;
        if (waiting > 0 && in_flight >= cap)
            out->full_ms += next - now_ms;
    }
}
