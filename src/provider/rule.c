/* rule.c: see rule.h: whether conditions hold, and what they say of each other. Reading them is in
 * rule_parse.c. */
#include "provider/rule.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "provider/outcome.h"

void rule_conditions_release(struct rule_condition *conditions, size_t count) {
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < conditions[i].value_count; k++)
            free(conditions[i].values[k]);
        free(conditions[i].values);
        free(conditions[i].ranges);
    }
    free(conditions);
}

void rule_release(struct profile_rule *rule) {
    rule_conditions_release(rule->conditions, rule->condition_count);
    free(rule->note);
    *rule = (struct profile_rule){0};
}

/* ---- does it hold ---------------------------------------------------------------------------- */

static bool has_status(const struct rule_condition *c, int status) {
    for (size_t i = 0; i < c->range_count; i++)
        if (status >= c->ranges[i].first && status <= c->ranges[i].last)
            return true;
    return false;
}

static bool has_value(const struct rule_condition *c, const char *value) {
    for (size_t i = 0; value && i < c->value_count; i++)
        if (c->contains ? strcasestr(value, c->values[i]) != NULL
                        : strcmp(value, c->values[i]) == 0)
            return true;
    return false;
}

static bool has_beginning(const struct rule_condition *c, const char *text) {
    for (size_t i = 0; i < c->value_count; i++)
        if (strncasecmp(text, c->values[i], strlen(c->values[i])) == 0)
            return true;
    return false;
}

static bool holds(const struct rule_condition *c, const struct call_facts *facts,
                  const struct fact_values *values, bool empty) {
    switch (c->field) {
    case RULE_STATUS:
        return has_status(c, facts->http_status);
    case RULE_JSON:
        return values->pointers && has_value(c, values->pointers[c->fact]);
    case RULE_HEADER:
        return values->headers && has_value(c, values->headers[c->fact]);
    case RULE_END:
        return (c->ends >> facts->end & 1) != 0;
    case RULE_EMPTY:
        return empty;
    case RULE_TYPE:
        return has_beginning(c, facts->content_type);
    }
    return false;
}

bool rule_conditions_hold(const struct rule_condition *conditions, size_t count,
                          const struct call_facts *facts, const struct fact_values *values,
                          bool empty) {
    for (size_t i = 0; i < count; i++)
        if (!holds(&conditions[i], facts, values, empty))
            return false;
    return true;
}

/* ---- what two conditions say of each other --------------------------------------------------- */

static bool same_subject(const struct rule_condition *a, const struct rule_condition *b) {
    bool by_name = a->field == RULE_JSON || a->field == RULE_HEADER;
    return a->field == b->field && (!by_name || a->fact == b->fact);
}

/* Is every status of this range in one of the condition's? (Ranges that only together cover it are
 * not put together: a rule that is not recognised as idle does no harm.) */
static bool covers_range(const struct rule_condition *c, const struct rule_range *range) {
    for (size_t i = 0; i < c->range_count; i++)
        if (c->ranges[i].first <= range->first && c->ranges[i].last >= range->last)
            return true;
    return false;
}

/* Does a value that fits `text` as `b` means it always fit one of a's? */
static bool covers_value(const struct rule_condition *a, const struct rule_condition *b,
                         const char *text) {
    if (a->field == RULE_TYPE)
        return has_beginning(a, text);
    return (a->contains || !b->contains) && has_value(a, text);
}

/* Whenever b holds, a holds. */
static bool follows(const struct rule_condition *a, const struct rule_condition *b) {
    if (!same_subject(a, b))
        return false;
    for (size_t i = 0; i < b->range_count; i++)
        if (!covers_range(a, &b->ranges[i]))
            return false;
    for (size_t i = 0; i < b->value_count; i++)
        if (!covers_value(a, b, b->values[i]))
            return false;
    return (b->ends & ~a->ends) == 0;
}

bool rule_shadows(const struct profile_rule *first, const struct profile_rule *second) {
    for (size_t i = 0; i < first->condition_count; i++) {
        bool sure = false;
        for (size_t k = 0; k < second->condition_count && !sure; k++)
            sure = follows(&first->conditions[i], &second->conditions[k]);
        if (!sure)
            return false;
    }
    return true;
}

static bool share_status(const struct rule_condition *a, const struct rule_condition *b) {
    for (size_t i = 0; i < a->range_count; i++)
        for (size_t k = 0; k < b->range_count; k++)
            if (a->ranges[i].first <= b->ranges[k].last && a->ranges[i].last >= b->ranges[k].first)
                return true;
    return false;
}

static bool share_value(const struct rule_condition *a, const struct rule_condition *b) {
    if (a->contains && b->contains)
        return true; /* a longer text may hold both */
    const struct rule_condition *whole = a->contains ? b : a;
    const struct rule_condition *other = a->contains ? a : b;
    for (size_t i = 0; i < whole->value_count; i++)
        if (has_value(other, whole->values[i]))
            return true;
    return false;
}

static bool may_both_hold(const struct rule_condition *a, const struct rule_condition *b) {
    if (!same_subject(a, b))
        return true;
    if (a->field == RULE_STATUS)
        return share_status(a, b);
    if (a->field == RULE_END)
        return (a->ends & b->ends) != 0;
    return a->field == RULE_EMPTY || a->field == RULE_TYPE || share_value(a, b);
}

bool rule_contradicts_itself(const struct profile_rule *rule) {
    for (size_t i = 0; i < rule->condition_count; i++)
        for (size_t k = 0; k < i; k++)
            if (!may_both_hold(&rule->conditions[k], &rule->conditions[i]))
                return true;
    return false;
}
