/*
 * flow: the flow control of accounts (queue/flow.h) inside the open transaction: loaded when it is
 * first asked for, written once when the transaction ends, so that a turn of many settles and
 * claims touches an account's row once.
 */
#ifndef STORE_SQLITE_FLOW_H
#define STORE_SQLITE_FLOW_H

#include "queue/eta.h"
#include "queue/flow.h"
#include "store/store.h"

struct flow_row {
    struct flow_row *next; /* of the transaction's */
    int64_t account_id;
    int64_t vtime;
    struct flow flow;
    struct flow was;                  /* as the transaction found it */
    struct eta_service seen;          /* what its calls take */
    bool pace_changed, state_changed; /* to be written */
    char *pause_reason;               /* new words, owned by the row; NULL = as they were */
    char *breaker_why;
};

/* The account's row; it lives until the transaction ends. ERR_NOT_FOUND without such an account. */
bool flow_of(struct store *s, int64_t account_id, struct flow_row **out, struct err *e) MUST_CHECK;

/* Read outside of a transaction. */
bool flow_read(struct store *s, int64_t account_id, struct flow_row *out, struct err *e) MUST_CHECK;

/* New words about why the account is closed, copied; NULL changes nothing. */
void flow_say_pause(struct flow_row *row, const char *reason);
void flow_say_breaker(struct flow_row *row, const char *why);

/* For db.c: before COMMIT, and after the end of a transaction. */
bool flow_write_all(struct store *s, struct err *e) MUST_CHECK;
void flow_forget_all(struct store *s);

#endif
