/* timeline.c: see timeline.h. */
#include "cli/view/timeline.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/duration.h"
#include "cli/view/table.h"
#include "cli/view/text.h"

#define ERROR_SHOWN 120
#define ID_SHOWN 40

struct line {                       /* one call, or several that ended alike one after the other */
    struct store_attempt_row first; /* its strings are those below */
    char error[TEXT_SHOWN_BYTES], request_id[TEXT_SHOWN_BYTES];
    int64_t calls, took_ms, timed; /* of `timed` calls together */
};

struct timeline {
    struct table table;
    struct line line; /* not printed yet; calls 0 = none */
    int64_t began_ms; /* the first call */
};

static void print_started(struct timeline *t, int64_t started_ms) {
    char date[CLOCK_RFC3339_BYTES], age[DURATION_TEXT_BYTES];
    if (started_ms == 0)
        table_cell(&t->table, "-");
    else if (t->began_ms == 0 || started_ms <= t->began_ms)
        table_cell(&t->table, "%s", clock_rfc3339(started_ms, date));
    else
        table_cell(&t->table, "+%s", duration_text(started_ms - t->began_ms, age));
    if (t->began_ms == 0)
        t->began_ms = started_ms;
}

static void print_line(struct timeline *t) {
    const struct line *l = &t->line;
    const struct store_attempt_row *row = &l->first;
    if (l->calls == 0)
        return;
    if (l->calls == 1)
        table_cell(&t->table, "%d", (int)row->n);
    else
        table_cell(&t->table, "%d-%d", (int)row->n, (int)(row->n + l->calls - 1));
    table_cell(&t->table, "%s", attempt_outcome_text(row->outcome));
    if (row->http_status)
        table_cell(&t->table, "%d", row->http_status);
    else
        table_cell(&t->table, "-");
    print_started(t, row->started_ms);
    if (l->timed > 0)
        table_cell(&t->table, "%.2fs%s", (double)l->took_ms / (double)l->timed / 1000.0,
                   l->calls > 1 ? " each" : "");
    else
        table_cell(&t->table, "-");
    table_cell(&t->table, "%" PRId64, row->bytes);
    table_cell(&t->table, "%s", l->request_id);
    table_cell(&t->table, "%s", l->error);
}

static bool is_alike(const struct line *l, const struct store_attempt_row *row, const char *error) {
    return l->calls > 0 && l->first.outcome == row->outcome && row->outcome != ATTEMPT_ANSWERED &&
           l->first.http_status == row->http_status && strcmp(l->error, error) == 0;
}

static void on_attempt(const struct store_attempt_row *row, void *arg) {
    struct timeline *t = arg;
    struct line *l = &t->line;
    char error[TEXT_SHOWN_BYTES];
    text_show(row->error ? row->error : "-", ERROR_SHOWN, error);
    if (!is_alike(l, row, error)) {
        print_line(t);
        *l = (struct line){.first = *row};
        memcpy(l->error, error, sizeof l->error);
        text_show(row->request_id ? row->request_id : "-", ID_SHOWN, l->request_id);
    }
    l->calls++;
    if (row->ended_ms && row->started_ms) {
        l->timed++;
        l->took_ms += row->ended_ms - row->started_ms;
    }
}

bool timeline_print(struct store *s, int64_t job_id, struct err *e) {
    static const char *const heads[] = {"N",    "OUTCOME", "HTTP",       "STARTED",
                                        "TOOK", "BYTES",   "REQUEST ID", "ERROR"};
    static const unsigned char drop[] = {6, 5, 3, 4};
    struct timeline t = {.began_ms = 0};
    table_init(&t.table, heads, sizeof heads / sizeof heads[0],
               1u << 0 | 1u << 2 | 1u << 4 | 1u << 5);
    t.table.drop = drop;
    t.table.drop_count = sizeof drop;
    bool ok = store_attempts_each(s, job_id, on_attempt, &t, e);
    print_line(&t);
    if (t.table.cell_count)
        putchar('\n');
    table_end(&t.table);
    return ok;
}
