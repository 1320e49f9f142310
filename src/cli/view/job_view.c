/* job_view.c: see job_view.h. */
#include "cli/view/job_view.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/sha256.h"
#include "cli/view/text.h"

bool job_view_is_shared(const struct store_job_row *row) {
    return row->has_result && row->result_job_id != row->id;
}

const char *job_view_why(const struct store_job_row *row, bool all_are_dead,
                         char time[JOB_VIEW_WHY_BYTES]) {
    char date[CLOCK_RFC3339_BYTES];
    if (row->state == JOB_RUNNING && all_are_dead)
        return "its worker died during the call";
    if (row->state == JOB_RUNNING && row->hold)
        return "held when its call is over, unless that answers it";
    if (row->why || row->state != JOB_DELAYED || row->not_before_ms == 0)
        return row->why;
    (void)snprintf(time, JOB_VIEW_WHY_BYTES, "starts at %s",
                   clock_rfc3339(row->not_before_ms, date));
    return time;
}

/* Seconds, null when unknown. */
static json_t *seconds_json(int64_t duration_ms) {
    return duration_ms >= 0 ? json_real((double)duration_ms / 1000.0) : json_null();
}

struct attempts {
    json_t *list;
    bool excerpts;
};

static void add_attempt(const struct store_attempt_row *row, void *arg) {
    const struct attempts *attempts = arg;
    json_t *o =
        json_pack("{s:i, s:s, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o}", "n", (int)row->n, "outcome",
                  attempt_outcome_text(row->outcome), "http_status",
                  row->http_status ? json_integer(row->http_status) : json_null(), "error",
                  text_json(row->error), "claimed", text_json_time(row->claimed_ms), "started",
                  text_json_time(row->started_ms), "ended", text_json_time(row->ended_ms), "bytes",
                  (json_int_t)row->bytes, "request_id", text_json(row->request_id), "slot",
                  row->slot_no >= 0 ? json_integer(row->slot_no) : json_null());
    ASSERT(o != NULL);
    json_object_set_new(o, "cost_micros", json_integer(row->cost_micros));
    if (attempts->excerpts)
        json_object_set_new(o, "excerpt", text_json(row->excerpt));
    json_array_append_new(attempts->list, o);
}

static json_t *result_json(const struct store_job_row *row) {
    char sha[SHA256_HEX_BYTES];
    if (!row->has_result)
        return json_null();
    return json_pack("{s:o, s:o, s:I, s:s, s:o, s:o}", "path", text_json(row->result_path),
                     "offset", row->result_path ? json_integer(row->result_offset) : json_null(),
                     "bytes", (json_int_t)row->result_bytes, "sha256",
                     sha256_hex(row->result_sha256, sha), "format", text_json(row->result_format),
                     "seconds", seconds_json(row->result_duration_ms));
}

static bool add_piece(const struct store_piece_row *row, void *list) {
    char sha[SHA256_HEX_BYTES];
    json_t *result = json_null();
    if (row->has_result)
        result = json_pack(
            "{s:o, s:o, s:I, s:s, s:o, s:o}", "path", text_json(row->result_path), "offset",
            row->result_path ? json_integer(row->result_offset) : json_null(), "bytes",
            (json_int_t)row->result_bytes, "sha256", sha256_hex(row->result_sha256, sha), "format",
            text_json(row->result_format), "seconds", seconds_json(row->result_duration_ms));
    json_t *o = json_pack("{s:I, s:I, s:I, s:o}", "n", (json_int_t)row->n, "at",
                          (json_int_t)row->at, "bytes", (json_int_t)row->bytes, "result", result);
    ASSERT(o != NULL);
    json_array_append_new(list, o);
    return true;
}

/* Of a job in pieces: which one is next, and what each has. */
static bool add_pieces(struct session *s, const struct store_job_row *row, json_t *job,
                       struct err *e) {
    if (row->piece_count == 0)
        return true;
    json_t *list = json_array();
    json_object_set_new(job, "pieces", list);
    json_object_set_new(job, "piece", json_integer(row->piece_no));
    return store_pieces_each(s->store, row->id, add_piece, list, e);
}

json_t *job_view_json(struct session *s, const struct store_job_row *row, bool excerpts,
                      struct err *e) {
    struct attempts attempts = {json_array(), excerpts};
    if (!store_attempts_each(s->store, row->id, add_attempt, &attempts, e)) {
        json_decref(attempts.list);
        return NULL;
    }
    json_t *o = json_pack("{s:o, s:o, s:I, s:o, s:o, s:s, s:o, s:I, s:o, s:o, s:o, s:o}", "id",
                          text_json_id(row->id), "batch", text_json(row->batch), "seq",
                          (json_int_t)row->seq, "name", text_json(row->name), "ext_id",
                          text_json(row->ext_id), "state", job_state_text(row->state), "text",
                          text_json(row->text), "chars", (json_int_t)row->chars, "not_before",
                          text_json_time(row->not_before_ms), "attempts", attempts.list, "result",
                          result_json(row), "why", text_json(row->why));
    ASSERT(o != NULL);
    json_object_set_new(o, "cost_micros", json_integer(row->cost_micros));
    json_object_set_new(o, "hold", json_boolean(row->hold));
    json_object_set_new(o, "shared_from",
                        job_view_is_shared(row) ? text_json_id(row->result_job_id) : json_null());
    if (add_pieces(s, row, o, e))
        return o;
    json_decref(o);
    return NULL;
}
