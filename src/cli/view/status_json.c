/* status_json.c: `ttsq status --json`. */
#include "base/ensure.h"
#include "cli/service.h"
#include "cli/view/ending.h"
#include "cli/view/outlook.h"
#include "cli/view/room.h"
#include "cli/view/status.h"
#include "cli/view/text.h"

struct document {
    json_t *accounts, *batches, *workers;
    const struct outlook *outlook;
    const struct config *config;
};

static void add(json_t *list, json_t *row) {
    ASSERT(row != NULL);
    json_array_append_new(list, row);
}

static json_t *per_second(double interval_s) {
    return interval_s > 0 ? json_real(1 / interval_s) : json_null();
}

/* What limits its calls beside the cap, and what they have taken lately. */
static void pace_json(json_t *o, const struct store_account_row *row) {
    const struct eta_service *seen = &row->seen;
    double call_ms = seen->calls > 0 ? eta_call_ms(seen, seen->chars / seen->calls) : -1;
    json_object_set_new(o, "rate_per_s", per_second((double)row->rate_interval_us / 1e6));
    json_object_set_new(o, "chars_per_s", per_second((double)row->chars_interval_ns / 1e9));
    json_object_set_new(o, "min_interval_s",
                        row->min_interval_us ? json_real((double)row->min_interval_us / 1e6)
                                             : json_null());
    json_object_set_new(o, "call_s", call_ms > 0 ? json_real(call_ms / 1000) : json_null());
}

static void flow_json(json_t *o, const struct store_account_row *row) {
    json_object_set_new(o, "paused_by_person", json_boolean(row->by_person));
    json_object_set_new(o, "breaker", json_string(breaker_state_text(row->breaker)));
    json_object_set_new(o, "breaker_until", text_json_time(row->breaker_until_ms));
    json_object_set_new(o, "breaker_why", text_json(row->is_down ? row->breaker_why : NULL));
    json_object_set_new(o, "learned_cap",
                        row->learned_cap ? json_integer(row->learned_cap) : json_null());
    json_object_set_new(o, "others", json_integer(row->others));
    pace_json(o, row);
}

static void json_account(const struct store_account_row *row, void *arg) {
    struct document *d = arg;
    bool closed = row->stopped || row->paused_until_ms;
    json_t *o = json_pack("{s:o, s:I, s:I, s:I, s:I, s:o, s:o, s:b}", "name", text_json(row->name),
                          "cap", (json_int_t)row->cap, "effective_cap",
                          (json_int_t)row->effective_cap, "in_flight", (json_int_t)row->in_flight,
                          "held_leases", (json_int_t)row->held_leases, "paused_until",
                          text_json_time(row->paused_until_ms), "pause_reason",
                          text_json(closed ? row->pause_reason : NULL), "stopped", row->stopped);
    ASSERT(o != NULL);
    flow_json(o, row);
    money_json(o, &row->money);
    add(d->accounts, o);
}

static void json_batch(const struct store_batch_row *row, void *arg) {
    struct document *d = arg;
    json_t *o =
        json_pack("{s:o, s:o, s:o, s:I, s:I, s:b}", "name", text_json(row->name), "profile",
                  text_json(row->profile), "account", text_json(row->account), "total",
                  (json_int_t)row->total, "chars", (json_int_t)row->chars, "loading", row->loading);
    ASSERT(o != NULL);
    for (int i = 0; i < JOB_STATE_COUNT; i++)
        json_object_set_new(o, job_state_text((enum job_state)i), json_integer(row->count[i]));
    json_object_set_new(o, "uncertain_attempts", json_integer(row->uncertain_attempts));
    json_object_set_new(o, "shared", json_integer(row->shared));
    money_json(o, &row->money);
    json_object_set_new(o, "priority", json_integer(row->priority));
    json_object_set_new(o, "weight", json_integer(row->weight));
    json_object_set_new(o, "cap", row->cap ? json_integer(row->cap) : json_null());
    json_object_set_new(o, "start", text_json_time(row->start_ms));
    json_object_set_new(o, "by", text_json_time(row->by_ms));
    json_object_set_new(o, "delivered", text_json_time(row->delivered_ms));
    json_object_set_new(o, "created", text_json_time(row->created_ms));
    outlook_json(o, outlook_of(d->outlook, row->id));
    add(d->batches, o);
}

static void json_worker(const struct store_status_worker *row, void *arg) {
    struct document *d = arg;
    add(d->workers,
        json_pack("{s:o, s:s, s:i, s:s, s:I, s:i, s:o}", "id", text_json_id(row->id), "kind",
                  row->kind, "pid", row->pid, "state", status_worker_state(d->config, row),
                  "in_flight", (json_int_t)row->in_flight, "restarts", row->restarts, "started",
                  text_json_time(row->started_ms)));
}

static json_t *space_json(const struct config *c) {
    struct room room;
    room_look(c, &room);
    return json_pack("{s:b, s:o, s:o, s:I}", "low", room.low, "path", text_json(room.path), "why",
                     text_json(room.low ? room.why : NULL), "min_bytes",
                     (json_int_t)room.min_bytes);
}

bool status_json(struct session *s, int64_t batch_id, bool one_line, struct err *e) {
    struct outlook outlook;
    if (!outlook_read(s, &outlook, e)) {
        outlook_release(&outlook);
        return false;
    }
    struct document d = {json_array(), json_array(), json_array(), &outlook, s->config};
    struct store_reader reader = {json_account, json_batch, json_worker, &d};
    bool ok = store_status(s->store, batch_id, &reader, e);
    if (!ok) {
        json_decref(d.accounts);
        json_decref(d.batches);
        json_decref(d.workers);
    } else {
        struct served_failure failure;
        bool fails = service_failure(s->config->fleet, &failure);
        json_t *o = json_pack(
            "{s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "message_type", "status", "supervisor",
            service_is_running(s->config->fleet) ? "running" : "not running", "supervisor_why",
            text_json(fails ? failure.why : NULL), "space", space_json(s->config), "accounts",
            d.accounts, "batches", d.batches, "workers", d.workers);
        ASSERT(o != NULL);
        ok = batch_id == 0 || ending_json(s, batch_id, o, e);
        if (ok)
            text_json_print(o, one_line);
        else
            json_decref(o);
    }
    outlook_release(&outlook);
    return ok;
}
