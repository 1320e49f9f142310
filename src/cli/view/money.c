/* money.c: see money.h. */
#include "cli/view/money.h"

#include <stdio.h>

const char *money_spent(const struct store_money *m, char out[MONEY_BYTES]) {
    char spent[PRICE_MONEY_BYTES], budget[PRICE_MONEY_BYTES];
    if (m->has_budget)
        (void)snprintf(out, MONEY_BYTES, "%s of %s %.8s", price_money_text(m->spent, spent),
                       price_money_text(m->budget, budget), m->currency);
    else if (m->spent)
        (void)snprintf(out, MONEY_BYTES, "%s %.8s", price_money_text(m->spent, spent), m->currency);
    else
        (void)snprintf(out, MONEY_BYTES, "-");
    return out;
}

const char *money_waits(const struct store_money *m, char out[MONEY_BYTES]) {
    char taken[PRICE_MONEY_BYTES], budget[PRICE_MONEY_BYTES], need[PRICE_MONEY_BYTES];
    (void)snprintf(
        out, MONEY_BYTES, "%s of %s %.8s are spent or set aside, the next call may cost %s",
        price_money_text(m->spent + m->reserved, taken), price_money_text(m->budget, budget),
        m->currency, price_money_text(m->need, need));
    return out;
}

bool money_has_price(const struct profile *p, struct err *e) {
    return p->price.price.micros > 0 ||
           err_set(e, ERR_CONFIG,
                   "profile '%s' has no price, so a budget cannot be kept; set `price = ` in "
                   "[profile:%s]",
                   p->name, p->name);
}

void money_json(json_t *object, const struct store_money *m) {
    json_object_set_new(object, "currency", json_string(m->currency));
    json_object_set_new(object, "budget_micros",
                        m->has_budget ? json_integer(m->budget) : json_null());
    json_object_set_new(object, "spent_micros", json_integer(m->spent));
    json_object_set_new(object, "reserved_micros", json_integer(m->reserved));
    json_object_set_new(object, "waits_for_budget", json_boolean(m->is_waiting));
}
