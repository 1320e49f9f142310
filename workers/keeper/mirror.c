/* mirror.c: see mirror.h. */
#include "workers/keeper/mirror.h"

#include <string.h>

#include "provider/request.h"
#include "store/ending.h"

struct mirrored {
    struct store_account_config accounts[CONFIG_ACCOUNTS_MAX];
    struct store_profile_config profiles[CONFIG_PROFILES_MAX];
    struct store_settings settings; /* of those two */
};

static void mirror(const struct config *config, struct mirrored *out) {
    for (size_t i = 0; i < config->account_count; i++) {
        const struct config_account *a = &config->accounts[i];
        out->accounts[i] = (struct store_account_config){
            .name = a->name,
            .cap = a->cap,
            .rate_interval_us = a->rate_interval_us,
            .rate_burst = a->rate_burst,
            .chars_interval_ns = a->chars_interval_ns,
            .chars_burst = a->chars_burst,
            .min_interval_ms = a->min_interval_ms,
            .ramp_per_min = a->ramp_per_min,
            .breaker = {a->breaker_failures, a->breaker_wait_ms, a->breaker_max_ms},
            .hold_uncertain = a->hold_uncertain,
            .linger_ms = a->linger_ms,
            .currency = a->currency[0] ? a->currency : NULL,
            .has_budget = a->budget.is_set,
            .budget_day_micros = a->budget.day_micros};
    }
    for (size_t i = 0; i < config->profile_count; i++) {
        const struct profile *p = config->profiles[i];
        out->profiles[i] =
            (struct store_profile_config){.name = p->name,
                                          .account = p->account,
                                          .retry_max = p->retry_max,
                                          .uncertain_max = p->retry_uncertain_max,
                                          .backoff_base_ms = p->retry_base_ms,
                                          .backoff_cap_ms = p->retry_cap_ms,
                                          .timeout_total_ms = p->timeout_total_ms,
                                          .voice = profile_var(p, "voice"),
                                          .fingerprint = p->shares ? p->fingerprint : NULL,
                                          .wants_context = request_wants_context(p),
                                          .price = p->price.price,
                                          .bills_failed = p->bills_failed};
    }
    out->settings = (struct store_settings){.accounts = out->accounts,
                                            .account_count = config->account_count,
                                            .profiles = out->profiles,
                                            .profile_count = config->profile_count,
                                            .default_profile = config->profile};
}

bool mirror_config(struct store *s, const struct config *config, struct err *e) {
    struct mirrored m;
    mirror(config, &m);
    return store_ending_defaults(s, config->ending.on_done, config->ending.notify, e) &&
           store_configure(s, &m.settings, e);
}

bool mirror_missing(struct store *s, const struct config *config, struct err *e) {
    struct mirrored m;
    mirror(config, &m);
    return store_configure_missing(s, &m.settings, e);
}

struct caps_read {
    const struct config *config;
    int64_t *caps;
};

static void note_cap(const struct store_account_row *row, void *arg) {
    const struct caps_read *r = arg;
    for (size_t i = 0; i < r->config->account_count; i++)
        if (strcmp(r->config->accounts[i].name, row->name) == 0)
            r->caps[i] = row->cap;
}

bool mirror_caps(struct store *s, const struct config *config, int64_t caps[CONFIG_ACCOUNTS_MAX],
                 struct err *e) {
    struct caps_read r = {.config = config, .caps = caps};
    const struct store_reader reader = {.account = note_cap, .arg = &r};
    memset(caps, 0, CONFIG_ACCOUNTS_MAX * sizeof *caps);
    return store_status(s, 0, &reader, e);
}
