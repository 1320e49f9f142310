/*
 * rule: what an answer means to this provider, one line each:
 *
 *   status:429 json:/error/type=insufficient_quota -> stop "add credit to the account"
 *
 * Conditions on the left hold together; on the right an action, and words about it. The rules are
 * asked in order and the first that fits decides; a good answer is never asked about. Pure.
 */
#ifndef PROVIDER_RULE_H
#define PROVIDER_RULE_H

#include "provider/fact.h"
#include "queue/retry.h"

#define RULE_CONDITIONS_MAX 8
#define RULE_VALUES_MAX 32
#define RULE_NOTE_MAX 160

enum rule_field {
    RULE_STATUS, /* status:429,500-599 */
    RULE_JSON,   /* json:/pointer=a,b or json:/pointer~part of it */
    RULE_HEADER, /* header:name=a,b or header:name~part of it */
    RULE_END,    /* curl:connect,timeout: how the transfer ended */
    RULE_EMPTY,  /* empty: a success without a body, or with less audio than is audio */
    RULE_TYPE,   /* type:text/html: beginnings of content types */
};

struct rule_range {
    int first, last; /* both belong to it */
};

struct rule_condition {
    enum rule_field field;
    bool contains; /* RULE_JSON, RULE_HEADER: values are parts, in any case; else the whole */
    size_t fact;   /* RULE_JSON, RULE_HEADER: index in the profile's wanted names */
    struct rule_range *ranges; /* RULE_STATUS */
    size_t range_count;
    char **values; /* one of them fits */
    size_t value_count;
    uint32_t ends; /* RULE_END: a bit for each enum transport_end */
};

/* Whom the action concerns. By default wait, shrink and stop are for the account, others for the
 * job. A wait or retry of the account lets no call begin until it is over; a stop of the job holds
 * the job. */
enum rule_scope {
    RULE_SCOPE_JOB,
    RULE_SCOPE_ACCOUNT,
};

struct profile_rule {
    struct rule_condition *conditions;
    size_t condition_count;
    enum retry_action action;
    enum rule_scope scope;
    bool uncertain; /* the call may be billed: counts as such */
    char *note;     /* for people; NULL = none */
};

struct call_facts; /* provider/outcome.h */

/* Parses "CONDITION… -> ACTION [WORD…]"; what the conditions look at is added to *w. WORD is
 * uncertain, job or account, and at the end a "note". A value that holds spaces, commas or quotes
 * stands in quotes (\" and \\ inside); spaces alone need none. On failure (ERR_CONFIG) *at is the
 * offset of the fault, and *out is empty. */
bool rule_parse(struct fact_wanted *w, const char *text, struct profile_rule *out, size_t *at,
                struct err *e) MUST_CHECK;
void rule_release(struct profile_rule *rule);

/* The left side alone, as in `ok = json:/code=3000`. */
bool rule_conditions_parse(struct fact_wanted *w, const char *text, struct rule_condition **out,
                           size_t *count, size_t *at, struct err *e) MUST_CHECK;
void rule_conditions_release(struct rule_condition *conditions, size_t count);

/* Do all hold? `empty`: see RULE_EMPTY. */
bool rule_conditions_hold(const struct rule_condition *conditions, size_t count,
                          const struct call_facts *facts, const struct fact_values *values,
                          bool empty);

/* Whenever `second` would fit, `first` fits too; so behind it `second` is never asked. */
bool rule_shadows(const struct profile_rule *first, const struct profile_rule *second);

/* Two of the rule's own conditions that cannot hold together. */
bool rule_contradicts_itself(const struct profile_rule *rule);

#endif
