/* control.c: see control.h. To add a setting: a member, a row in `keys`, and a line in describe. */
#include "control.h"

#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"

#define STREAM_LATENCY 2
#define US_PER_MS 1000

struct control {
    pthread_mutex_t lock;
    struct control_settings settings;
};

struct control *control_new(const struct control_settings *settings) {
    struct control *c = ensure_alloc(sizeof *c);
    pthread_mutex_init(&c->lock, NULL);
    c->settings = *settings;
    return c;
}

void control_free(struct control *c) {
    pthread_mutex_destroy(&c->lock);
    free(c);
}

static int64_t latency_us(const struct control_settings *s, uint64_t req) {
    double ms = s->latency_ms;
    if (s->latency_jitter_ms > 0)
        ms += s->latency_jitter_ms * (2 * faults_fraction(s->faults.seed, req, STREAM_LATENCY) - 1);
    return ms > 0 ? (int64_t)(ms * US_PER_MS) : 0;
}

struct control_verdict control_decide(struct control *c, uint64_t req) {
    pthread_mutex_lock(&c->lock);
    const struct control_settings *s = &c->settings;
    struct control_verdict verdict = {s->cap, latency_us(s, req), s->down,
                                      faults_pick(&s->faults, req)};
    pthread_mutex_unlock(&c->lock);
    return verdict;
}

/* One change; `value` is borrowed. */
struct change {
    struct control_settings *settings;
    const char *key;
    json_t *value;
    uint64_t last_req;
};

static bool read_number(const struct change *c, double most, double *out, struct err *e) {
    double n = json_number_value(c->value);
    if (!json_is_number(c->value) || !(n >= 0 && n <= most))
        return err_set(e, ERR_INPUT, "%s must be a number of 0 to %.0f", c->key, most);
    *out = n;
    return true;
}

static bool read_whole(const struct change *c, uint64_t most, uint64_t *out, struct err *e) {
    json_int_t n = json_integer_value(c->value);
    if (!json_is_integer(c->value) || n < 0 || (uint64_t)n > most)
        return err_set(e, ERR_INPUT, "%s must be a whole number of 0 to %llu", c->key,
                       (unsigned long long)most);
    *out = (uint64_t)n;
    return true;
}

static bool set_cap(const struct change *c, struct err *e) {
    return read_whole(c, CONTROL_CAP_MAX, &c->settings->cap, e);
}

static bool set_latency(const struct change *c, struct err *e) {
    return read_number(c, CONTROL_LATENCY_MS_MAX, &c->settings->latency_ms, e);
}

static bool set_jitter(const struct change *c, struct err *e) {
    return read_number(c, CONTROL_LATENCY_MS_MAX, &c->settings->latency_jitter_ms, e);
}

static bool set_down(const struct change *c, struct err *e) {
    if (!json_is_boolean(c->value))
        return err_set(e, ERR_INPUT, "down must be true or false");
    c->settings->down = json_is_true(c->value);
    return true;
}

static bool set_fault(const struct change *c, struct err *e) {
    if (!json_is_object(c->value))
        return err_set(e, ERR_INPUT, "fault must be an object of kinds and percents");
    struct faults *faults = &c->settings->faults;
    memset(faults->percent, 0, sizeof faults->percent);
    const char *kind;
    json_t *share;
    json_object_foreach(c->value, kind, share) {
        double percent = json_is_number(share) ? json_number_value(share) : -1;
        if (!faults_set(faults, kind, percent, e))
            return false;
    }
    return true;
}

static bool set_fault_first(const struct change *c, struct err *e) {
    uint64_t n = 0;
    if (!read_whole(c, INT64_MAX, &n, e))
        return false;
    c->settings->faults.last_req = n ? c->last_req + n : 0;
    return true;
}

static const struct {
    const char *key;
    bool (*set)(const struct change *c, struct err *e);
} keys[] = {
    {"cap", set_cap},   {"latency_ms", set_latency}, {"latency_jitter_ms", set_jitter},
    {"down", set_down}, {"fault", set_fault},        {"fault_first", set_fault_first},
};
#define KEYS (sizeof keys / sizeof *keys)

static bool change_one(const struct change *c, struct err *e) {
    for (size_t i = 0; i < KEYS; i++)
        if (!strcmp(keys[i].key, c->key))
            return keys[i].set(c, e);
    return err_set(e, ERR_INPUT, "no setting is called \"%.40s\"", c->key);
}

static bool change_all(struct control_settings *settings, json_t *root, uint64_t last_req,
                       struct err *e) {
    struct change c = {.settings = settings, .last_req = last_req};
    json_object_foreach(root, c.key, c.value) {
        if (!change_one(&c, e))
            return false;
    }
    return true;
}

bool control_change(struct control *c, const char *body, size_t bytes, uint64_t last_req,
                    struct err *e) {
    json_error_t where;
    json_t *root = json_loadb(body, bytes, JSON_REJECT_DUPLICATES, &where);
    if (!json_is_object(root)) {
        json_decref(root);
        return err_set(e, ERR_INPUT, "the body is not a JSON object");
    }
    pthread_mutex_lock(&c->lock);
    struct control_settings settings = c->settings;
    bool done = change_all(&settings, root, last_req, e);
    if (done)
        c->settings = settings;
    pthread_mutex_unlock(&c->lock);
    json_decref(root);
    return done;
}

char *control_describe(struct control *c) {
    pthread_mutex_lock(&c->lock);
    struct control_settings s = c->settings;
    pthread_mutex_unlock(&c->lock);
    json_t *shares = json_object();
    for (int i = FAULT_NONE + 1; i < FAULT_COUNT; i++)
        if (s.faults.percent[i] > 0)
            json_object_set_new(shares, faults_name((enum fault_kind)i),
                                json_real(s.faults.percent[i]));
    json_t *root = json_pack("{s:I, s:f, s:f, s:b, s:I, s:I, s:o}", "cap", (json_int_t)s.cap,
                             "latency_ms", s.latency_ms, "latency_jitter_ms", s.latency_jitter_ms,
                             "down", s.down, "seed", (json_int_t)s.faults.seed, "fault_last_req",
                             (json_int_t)s.faults.last_req, "fault", shares);
    ASSERT(root);
    char *text = json_dumps(root, JSON_COMPACT);
    ASSERT(text);
    json_decref(root);
    return text;
}
