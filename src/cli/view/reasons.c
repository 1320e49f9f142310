/* reasons.c: see reasons.h. */
#include "cli/view/reasons.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "cli/view/text.h"

#define WHY_SHOWN 160

/* So much of it can be the same for many jobs: not what each one's calls may have cost. */
static size_t shared_bytes(const char *why) {
    const char *billed = strstr(why, STORE_MAYBE_BILLED);
    return billed ? (size_t)(billed - why) + strlen(STORE_MAYBE_BILLED) : strlen(why);
}

static bool is_same(const struct reason *known, enum job_state state, const char *why,
                    size_t bytes) {
    return known->state == state && strncmp(known->why, why, bytes) == 0 &&
           known->why[bytes] == '\0';
}

void reasons_add(struct reasons *r, const struct store_job_row *row) {
    const char *why = row->why ? row->why : "";
    size_t bytes = shared_bytes(why), i = 0;
    while (i < r->count && !is_same(&r->list[i], row->state, why, bytes))
        i++;
    if (i == REASONS_MAX)
        i--;
    if (i == r->count) {
        r->list[r->count++] =
            (struct reason){.state = row->state, .why = ensure_strdup(why), .example = row->id};
        r->list[i].why[bytes] = '\0';
    }
    r->list[i].jobs++;
}

static int by_jobs(const void *a, const void *b) {
    const struct reason *x = a, *y = b;
    return x->jobs > y->jobs ? -1 : x->jobs < y->jobs;
}

static void sort(struct reasons *r) {
    qsort(r->list, r->count, sizeof r->list[0], by_jobs);
}

void reasons_print(struct reasons *r) {
    char shown[TEXT_SHOWN_BYTES];
    sort(r);
    for (size_t i = 0; i < r->count; i++)
        printf("%" PRId64 " %s%s%s (`ttsq why %" PRId64 "`)\n", r->list[i].jobs,
               job_state_text(r->list[i].state), r->list[i].why[0] ? ": " : "",
               text_show(r->list[i].why, WHY_SHOWN, shown), r->list[i].example);
}

json_t *reasons_json(struct reasons *r) {
    json_t *list = json_array();
    sort(r);
    for (size_t i = 0; i < r->count; i++)
        json_array_append_new(
            list,
            json_pack("{s:s, s:o, s:I, s:o}", "state", job_state_text(r->list[i].state), "why",
                      r->list[i].why[0] ? text_json(r->list[i].why) : json_null(), "jobs",
                      (json_int_t)r->list[i].jobs, "example", text_json_id(r->list[i].example)));
    return list;
}

void reasons_release(struct reasons *r) {
    for (size_t i = 0; i < r->count; i++)
        free(r->list[i].why);
    r->count = 0;
}
