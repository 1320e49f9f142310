/*
 * outlook: when the batches of a queue will be done, from what their accounts' calls have taken
 * lately (queue/eta.h). Reads kept figures only, so it costs as much as `ttsq status`.
 */
#ifndef CLI_VIEW_OUTLOOK_H
#define CLI_VIEW_OUTLOOK_H

#include <jansson.h>

#include "cli/session.h"
#include "queue/eta.h"

#define OUTLOOK_TEXT_BYTES 32
#define OUTLOOK_MONEY_BYTES 64

struct outlook_batch {
    int64_t id;
    int64_t start_ms, done_ms; /* from now; ETA_UNKNOWN; done_ms 0 = nothing of it moves any more */
    int64_t stop_ms;           /* its budget stops it then; ETA_UNKNOWN = that lasts */
    int64_t dry_ms;            /* the day's budget of its account, before it is done; the same */
    int64_t by_ms;             /* its deadline, from now; INT64_MAX = none */
    double job_ms;             /* between the ends of two of its jobs; < 0 = not known */
    size_t account;
    int64_t cap;  /* its own; 0 = none */
    bool sleeps;  /* all of its jobs are delayed */
    bool unknown; /* its account or profile, to the running service: none of it is called */
    struct eta_batch eta;
};
struct outlook {
    struct outlook_batch *batch; /* those with open jobs, by id */
    size_t count;
    struct outlook_account {
        char name[STORE_NAME_MAX + 1];
        bool served; /* the running service has it */
        struct eta_account eta;
    } * account;
    size_t account_count;
    int64_t now_ms;
};

/* Without a supervisor nothing moves, so nothing is known. *out is ready for outlook_release also
 * on failure. */
bool outlook_read(struct session *s, struct outlook *out, struct err *e) MUST_CHECK;
void outlook_release(struct outlook *o);

/* NULL = nothing of the batch is open. */
const struct outlook_batch *outlook_of(const struct outlook *o, int64_t batch_id);

/* Its deadline is over, or will be. */
bool outlook_is_late(const struct outlook_batch *b);
/* How long the day's budget of an account lasts; ETA_UNKNOWN = for all that there is. */
int64_t outlook_dry_ms(const struct outlook *o, const char *account);

/* "1:42", "2:05:10", "2d05h". Returns out. */
const char *outlook_time(int64_t ms, char out[OUTLOOK_TEXT_BYTES]);
/* Such a time, with "late" behind it; "stops 1:42" or "stopped" by its own budget; "?" when it is
 * not known, "-" for NULL. Returns out. */
const char *outlook_text(const struct outlook_batch *b, char out[OUTLOOK_TEXT_BYTES]);
/* "the batch's budget lasts 1:42", "the day's budget …"; "" when there is money for all. */
const char *outlook_money(const struct outlook_batch *b, char out[OUTLOOK_MONEY_BYTES]);
/* Adds eta_s, seconds until the end, null when not known, 0 for NULL; money_s, how long budgets
 * last, null = to the end; late. */
void outlook_json(json_t *object, const struct outlook_batch *b);

#endif
