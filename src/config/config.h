/*
 * config: the settings of one installation, read once and then immutable.
 *
 * Sources, later over earlier: built-in defaults, /etc/ttsq/ttsq.ini with conf.d/ and providers.d/,
 * $XDG_CONFIG_HOME/ttsq/ttsq.ini, ./ttsq.ini, TTSQ_* environment; TTSQ_CONFIG=FILE replaces the
 * files. Every key is one row of the tables in config/keys.c; tests compare them with etc/ttsq.ini.
 * Relative paths are taken from the folder of the file that sets them.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "provider/profile.h"
#include "queue/price.h"

#define CONFIG_CAP_MAX 4096 /* most calls at a time on one account */
#define CONFIG_CHARS_MAX 100000000
#define CONFIG_RAMP_MAX 1000000
#define CONFIG_WORKERS_MAX 64
#define CONFIG_ACCOUNTS_MAX 64
#define CONFIG_PROFILES_MAX 128
#define CONFIG_TRIES_MAX 1000 /* of what the end of a batch sets off */
/* The folder that tells who is alive belongs to the database: two sessions that configured it
 * differently would take each other's workers for dead. */
#define CONFIG_FLEET_SUFFIX ".run"

struct config_budget {
    bool is_set;
    int64_t day_micros;
    char currency[PRICE_CURRENCY_BYTES];
};

struct config_account {
    char *name;
    int64_t cap;              /* concurrency, 1 … CONFIG_CAP_MAX */
    int64_t rate_interval_us; /* 0 = no rate limit */
    int64_t rate_burst;
    int64_t chars_interval_ns; /* 0 = no limit of characters */
    int64_t chars_burst;
    int64_t min_interval_ms;
    int64_t ramp_per_min;     /* 0 = no ramp */
    int64_t breaker_failures; /* 0 = no breaker */
    int64_t breaker_wait_ms, breaker_max_ms;
    bool hold_uncertain; /* uncertain = hold */
    int64_t linger_ms;   /* how long an abandoned call still counts */
    struct config_budget budget;
    char currency[PRICE_CURRENCY_BYTES]; /* of the budget and of its profiles' prices; "" = none */
};

/* A built-in profile that is not in service. */
struct config_aside {
    char *name;
    char *problem; /* one line for people: why, and what puts it in service */
};

/* What the end of a batch sets off. */
struct config_ending {
    char *on_done;        /* command line (base/words.h) of batches that name none; NULL = none */
    char **on_done_allow; /* programs; NULL = none. Who may name others: workers/notify/trust.h */
    int64_t on_done_timeout_ms, on_done_tries;
    char *notify;                 /* URL of batches that name none; NULL = none */
    char **notify_allow;          /* hosts; NULL = none */
    char *notify_secret;          /* its name; NULL = calls are not signed */
    struct profile_secret secret; /* its value, if it has a name */
    int64_t notify_timeout_ms, notify_tries;
    int64_t retry_ms; /* until the second try; doubles */
};

struct config {
    char *database; /* absolute paths; this one is no link */
    char *results;
    char *runtime;             /* what a session needs to itself: the log of `ttsq run` */
    char *fleet;               /* locks and presence files: DATABASE CONFIG_FLEET_SUFFIX */
    char *profile;             /* default profile's name */
    int workers;               /* call worker processes */
    int64_t calls_max;         /* most calls in flight in one worker */
    int64_t row_bytes_max;     /* answers up to this size need no file of their own */
    int64_t segment_bytes_min; /* that many of them in one turn are appended to a segment file */
    int64_t space_min_bytes;   /* less than that is left: no new calls; 0 = never mind */
    int64_t keep_ms;  /* a batch is pruned so long after it was fetched; INT64_MAX = never */
    int64_t drain_ms; /* most that a drain may take before calls are given up */
    int log_level;    /* enum log_level */
    struct config_ending ending;
    struct config_account accounts[CONFIG_ACCOUNTS_MAX];
    size_t account_count;
    struct profile *profiles[CONFIG_PROFILES_MAX];
    size_t profile_count;
    struct config_aside aside[CONFIG_PROFILES_MAX];
    size_t aside_count;
    bool is_of_machine;  /* the system's settings name the database, not a user's */
    char **files;        /* that were read, NULL-terminated */
    struct sheet *sheet; /* every setting with its origin (config/sheet.h); owns `files` */
};

/* Reads all sources. On failure e->code is ERR_CONFIG and e->msg begins with FILE:LINE. Secrets are
 * not required to be present (see config_secrets_check). Blocks on file reads. */
bool config_load(struct config **out, struct err *e) MUST_CHECK;
void config_free(struct config *c);

const struct profile *config_profile(const struct config *c, const char *name);        /* or NULL */
const struct config_account *config_account(const struct config *c, const char *name); /* or NULL */

/* Does a profile that is in service use this account? */
bool config_uses_account(const struct config *c, const char *name);

/* Does a file of the user's have a section of this account, or a profile of his that uses it? */
bool config_sets_account(const struct config *c, const char *name);

/* Is `name` a built-in profile that is not in service? Then *e (ERR_CONFIG) says what to do. A
 * built-in profile serves when its secrets are there, or when a file has a section for it. */
bool config_profile_is_aside(const struct config *c, const char *name, struct err *e);

/* Names the first secret that a used profile needs and that is missing (its name and where it was
 * looked for, never its value). */
bool config_secrets_check(const struct config *c, struct err *e) MUST_CHECK;

/* "key = value    ; from FILE:LINE" lines of every setting, secrets not shown. */
bool config_print_origin(const struct config *c, struct buf *out, struct err *e) MUST_CHECK;

#endif
