/*
 * configure: accounts and profiles of the configuration, mirrored into the store, so that producers
 * in SQL and the keeper see them.
 */
#ifndef STORE_CONFIGURE_H
#define STORE_CONFIGURE_H

#include "queue/breaker.h"
#include "queue/price.h"
#include "store/open.h"

struct store_account_config {
    const char *name;
    int64_t cap;
    int64_t rate_interval_us, rate_burst; /* 0 = no limit; see queue/rate.h */
    int64_t chars_interval_ns, chars_burst;
    int64_t min_interval_ms;
    int64_t ramp_per_min;
    struct breaker_limits breaker; /* failures 0 = never opens; else base_ms ≥ 1, max_ms ≥ base */
    bool hold_uncertain;
    int64_t linger_ms;
    const char *currency; /* NULL = "USD" */
    bool has_budget;
    int64_t budget_day_micros; /* most that is spent on a day (UTC), maybe-billed calls too */
};
struct store_profile_config {
    const char *name, *account;
    int retry_max, uncertain_max;
    int64_t backoff_base_ms, backoff_cap_ms, timeout_total_ms;
    bool wants_context; /* claims bring the texts before and after */
    const char *voice;  /* of jobs that name none; NULL = the requests have none */
    /* REQUEST_FINGERPRINT_BYTES of everything in its requests but job and secrets; jobs of profiles
     * that have the same one share answers. NULL = they share nothing. */
    const unsigned char *fingerprint;
    struct price price; /* micros 0 = none: its calls are not billed and no budget counts them */
    bool bills_failed;  /* a failed call costs what was estimated */
};
struct store_settings {
    const struct store_account_config *accounts;
    size_t account_count;
    const struct store_profile_config *profiles;
    size_t profile_count;
    const char *default_profile; /* of batches that name none */
};

/* Writes accounts and profiles. A cap or rate changed by a person stays until the configured value
 * itself changes; batches go with their profile when it moves to another account. Changes nothing
 * (and takes no turn) when all is equal already. */
bool store_configure(struct store *s, const struct store_settings *settings,
                     struct err *e) MUST_CHECK;

/* Adds the accounts and profiles that are not there, and changes none, nor the default profile:
 * what somebody else's settings say of an account that is being served is not this one's business.
 * Takes no turn when all are. */
bool store_configure_missing(struct store *s, const struct store_settings *settings,
                             struct err *e) MUST_CHECK;

bool store_account_id(struct store *s, const char *name, int64_t *id, struct err *e) MUST_CHECK;

#endif
