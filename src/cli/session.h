/*
 * session: what most commands work on: the configuration and the store that it names.
 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "cli/view/money.h"
#include "config/config.h"
#include "store/store.h"

enum session_mode {
    SESSION_READ,   /* an existing store, never written */
    SESSION_WRITE,  /* an existing store */
    SESSION_CREATE, /* folders and store are made where missing */
};

struct session {
    struct config *config;
    struct store *store;
};

/* Loads the configuration and opens the store; where it may write, the store then knows the
 * configured accounts and profiles. *s is ready for session_close also on failure. */
bool session_open(struct session *s, enum session_mode mode, struct err *e) MUST_CHECK;
void session_close(struct session *s);
/* Where this user may not use a queue's file or folder *e says so, and who may: what SQLite and the
 * system have to say of a queue that belongs to others helps nobody. A reader, too, needs to write:
 * the locks. Else *e stays. Always returns false. */
bool session_no_access(const char *path, struct err *e);
/* Closes the store and opens it anew, as after ERR_IO; on failure there is none (NULL). */
bool session_reopen(struct session *s, struct err *e) MUST_CHECK;

/* The id of the batch with this name; ERR_NOT_FOUND with a suggestion. */
bool session_batch(struct session *s, const char *name, int64_t *batch_id,
                   struct err *e) MUST_CHECK;

/* ERR_NOT_FOUND for an account that is not in the store, with a suggestion. */
bool session_account(struct session *s, const char *name, struct err *e) MUST_CHECK;

/* Always ERR_NOT_FOUND: the name is that of neither, with the nearest of both. */
bool session_neither(struct session *s, const char *name, struct err *e) MUST_CHECK;

/* One batch's row with the name copied, for commands that look at one. */
struct session_counts {
    int64_t total, chars, uncertain_attempts;
    int64_t count[JOB_STATE_COUNT];
    bool loading, found;
    char account[STORE_NAME_MAX + 1];
    char profile[STORE_NAME_MAX + 1]; /* "" = of an account alone */
    bool account_stopped;             /* until a person resumes it */
    bool account_by_person;           /* … who also stopped or paused it */
    int64_t account_until_ms;         /* paused until then, wall clock; 0 = not for a time */
    bool provider_down;               /* one call at a time asks whether it answers again */
    bool account_in_doubt;            /* resumed after a stop of its own: one call is tried first */
    char budget_reason[MONEY_BYTES];  /* why the batch's, or its account's, keeps its calls back; ""
                                       * = there is room */
    bool day_budget;                  /* the account's, until the day (UTC) is over */
    int64_t spent_micros, reserved_micros; /* by its calls; set aside for those in flight */
    char currency[PRICE_CURRENCY_BYTES];
    /* why it is paused or stopped, or its provider down, safe to print; "" = neither */
    char account_reason[256];
};
bool session_counts(struct session *s, int64_t batch_id, struct session_counts *out,
                    struct err *e) MUST_CHECK;

/* What there is to say of an account alone; its name must be known. */
bool session_account_counts(struct session *s, const char *account, struct session_counts *out,
                            struct err *e) MUST_CHECK;

#endif
