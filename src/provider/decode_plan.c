/* decode_plan.c: what a profile says about its answers, and which form an answer has.
 * See decode.h. */
#include "provider/decode_plan.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/ensure.h"
#include "provider/profile.h"

static bool add_path(struct decode_plan *plan, size_t place, const char *text, const char **which,
                     size_t *at, struct err *e) {
    struct json_pointer pointer;
    *which = text;
    if (!json_pointer_parse(&pointer, text, at, e))
        return false;
    plan->outer[place] = pointer.outer;
    plan->inner[place] = pointer.inner;
    plan->used_mask |= UINT32_C(1) << place;
    if (pointer.has_inner)
        plan->inner_mask |= UINT32_C(1) << place;
    return true;
}

static bool add_end(struct decode_plan *plan, const struct decode_spec *spec, const char **which,
                    size_t *at, struct err *e) {
    if (!spec->end)
        return true;
    *which = spec->end_value;
    *at = 0;
    if (strlen(spec->end_value) > DECODE_END_BYTES_MAX)
        return err_set(e, ERR_CONFIG, "an end mark has at most %d bytes", DECODE_END_BYTES_MAX);
    plan->has_end = true;
    plan->end_text = ensure_strdup(spec->end);
    plan->end_value = ensure_strdup(spec->end_value);
    return add_path(plan, DECODE_END, spec->end, which, at, e);
}

static bool add_facts(struct decode_plan *plan, const struct decode_spec *spec, const char **which,
                      size_t *at, struct err *e) {
    for (size_t i = 0; i < spec->fact_count; i++) {
        *which = spec->facts[i];
        *at = 0;
        if (i == DECODE_FACTS_MAX)
            return err_set(e, ERR_CONFIG, "more than %d different pointers", DECODE_FACTS_MAX);
        if (!add_path(plan, DECODE_FACTS + i, spec->facts[i], which, at, e))
            return false;
    }
    plan->fact_count = spec->fact_count;
    return true;
}

bool decode_plan_new(const struct decode_spec *spec, struct decode_plan **out, const char **which,
                     size_t *at, struct err *e) {
    struct decode_plan *plan = ensure_alloc(sizeof *plan);
    *plan = (struct decode_plan){
        .form = spec->form, .coding = spec->coding, .drops_repeat = spec->drops_repeat};
    bool ok = add_end(plan, spec, which, at, e) && add_facts(plan, spec, which, at, e);
    if (ok && spec->form != DECODE_BODY) {
        PRE(spec->audio);
        plan->audio_text = ensure_strdup(spec->audio);
        ok = add_path(plan, DECODE_AUDIO, spec->audio, which, at, e);
    }
    plan->path_count = DECODE_FACTS + plan->fact_count;
    if (ok)
        *out = plan;
    else
        decode_plan_free(plan);
    return ok;
}

void decode_plan_free(struct decode_plan *plan) {
    if (!plan)
        return;
    free(plan->audio_text);
    free(plan->end_text);
    free(plan->end_value);
    free(plan);
}

bool decode_plan_has_facts(const struct decode_plan *plan) {
    return plan->fact_count > 0;
}

bool decode_plan_of_profile(const struct profile *p, struct decode_plan **out, struct err *e) {
    static const enum decode_form forms[] = {[PROFILE_AUDIO_BODY] = DECODE_BODY,
                                             [PROFILE_AUDIO_JSON] = DECODE_JSON,
                                             [PROFILE_AUDIO_STREAM] = DECODE_STREAM,
                                             [PROFILE_AUDIO_EVENTS] = DECODE_EVENTS};
    static const enum decode_coding codings[] = {[PROFILE_AUDIO_RAW] = DECODE_BASE64,
                                                 [PROFILE_AUDIO_BASE64] = DECODE_BASE64,
                                                 [PROFILE_AUDIO_HEX] = DECODE_HEX,
                                                 [PROFILE_AUDIO_URL] = DECODE_URL};
    const struct fact_names *pointers = &p->wanted.pointers;
    const char *which = "";
    size_t at;
    if (p->audio.form == PROFILE_AUDIO_BODY && pointers->count == 0) {
        *out = NULL;
        return true;
    }
    struct decode_spec spec = {.form = forms[p->audio.form],
                               .coding = codings[p->audio.coding],
                               .audio = p->audio.pointer,
                               .end = p->audio.end_pointer,
                               .end_value = p->audio.end_value,
                               .drops_repeat = p->audio.drops_repeat,
                               .facts = (const char *const *)pointers->names,
                               .fact_count = pointers->count};
    return decode_plan_new(&spec, out, &which, &at, e) || err_prefix(e, "%.100s", which);
}

/* ---- which form an answer has ---------------------------------------------------------------- */

static bool begins(const char *content_type, const char *type) {
    return strncasecmp(content_type, type, strlen(type)) == 0;
}

static bool is_json_type(const char *content_type) {
    static const char *const types[] = {"application/json",     "text/json",
                                        "application/x-ndjson", "application/ndjson",
                                        "application/jsonl",    "application/x-jsonlines"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (begins(content_type, types[i]))
            return true;
    const char *suffix = strcasestr(content_type, "+json"), *end = strchr(content_type, ';');
    return suffix && (!end || suffix < end);
}

static bool opens_json(unsigned char first) {
    return first == '{' || first == '[';
}

/* "data:", "event:", "id:", "retry:", ": comment", or a byte order mark. */
static bool opens_events(unsigned char first) {
    return first && strchr("deir:\xef", first);
}

enum decode_form decode_form_of(const struct decode_plan *plan, const char *content_type,
                                unsigned char first) {
    if (plan->form == DECODE_BODY || begins(content_type, "audio/"))
        return DECODE_BODY;
    enum decode_form json = plan->form == DECODE_JSON ? DECODE_JSON : DECODE_STREAM;
    if (begins(content_type, "text/event-stream"))
        return DECODE_EVENTS;
    if (is_json_type(content_type))
        return json;
    if (opens_json(first))
        return json;
    if (plan->form == DECODE_EVENTS && opens_events(first))
        return DECODE_EVENTS;
    return begins(content_type, "text/") ? plan->form : DECODE_BODY;
}

bool decode_form_of_error(const char *content_type, unsigned char first, enum decode_form *form) {
    bool events = begins(content_type, "text/event-stream");
    *form = events ? DECODE_EVENTS : DECODE_STREAM;
    return events || opens_json(first);
}
