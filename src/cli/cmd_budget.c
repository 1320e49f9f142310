/* cmd_budget.c: `ttsq budget`: how much a batch may cost. */
#include <stdio.h>
#include <string.h>

#include "cli/args.h"
#include "cli/cli.h"
#include "cli/session.h"
#include "cli/view/money.h"
#include "cli/view/text.h"

#define NO_BUDGET "none"

struct options {
    const char *batch, *amount;
};

static const char doc[] =
    "Show or set how much the calls of a batch may cost; calls go on at once when there is room.\n"
    "\n"
    "  ttsq budget course              what is spent\n"
    "  ttsq budget course 5.00         at most 5.00, all in all\n"
    "  ttsq budget course none         no budget\n"
    "\v"
    "It counts in the currency of its account. The budget of a day is the account's: `budget = "
    "5.00 USD/day` in the configuration.";

static error_t on_option(int key, char *text, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        if (!o->batch)
            o->batch = text;
        else
            args_take_one(state, text, &o->amount);
        return 0;
    case ARGP_KEY_END:
        args_need(state, o->batch, "BATCH");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void take_money(const struct store_batch_row *row, void *arg) {
    char spent[MONEY_BYTES], waits[MONEY_BYTES], shown[TEXT_SHOWN_BYTES];
    (void)arg;
    text_word(row->name, shown);
    money_spent(&row->money, spent);
    if (row->money.has_budget)
        printf("batch %s: %s\n", shown, spent);
    else
        printf("batch %s: no budget, %s spent\n", shown, row->money.spent ? spent : "nothing");
    if (row->money.is_waiting)
        printf("it waits: %s\n", money_waits(&row->money, waits));
}

struct payer {
    const struct config *config;
    const struct profile *profile; /* NULL = it is not configured */
    char currency[PRICE_CURRENCY_BYTES];
};

static void take_payer(const struct store_batch_row *row, void *arg) {
    struct payer *payer = arg;
    payer->profile = config_profile(payer->config, row->profile);
    (void)snprintf(payer->currency, sizeof payer->currency, "%s", row->money.currency);
}

/* 0 = none. */
static bool read_amount(struct session *s, int64_t batch_id, const char *text, int64_t *micros,
                        struct err *e) {
    char currency[PRICE_CURRENCY_BYTES];
    struct payer payer = {.config = s->config};
    struct store_reader reader = {.batch = take_payer, .arg = &payer};
    *micros = 0;
    if (strcmp(text, NO_BUDGET) == 0)
        return true;
    if (!store_status(s->store, batch_id, &reader, e))
        return false;
    if (!price_money_parse(text, "", true, micros, currency, e) || *micros == 0)
        return err_set(e, ERR_USAGE, "'%.40s' is no amount like 5.00, nor " NO_BUDGET, text);
    if (payer.profile && !money_has_price(payer.profile, e))
        return false;
    return !currency[0] || strcmp(currency, payer.currency) == 0 ||
           err_set(e, ERR_USAGE, "the batch's account counts in %s, not in %s", payer.currency,
                   currency);
}

/* `before`: 0 = none. */
static void say_undo(const char *batch, int64_t before) {
    char shown[TEXT_SHOWN_BYTES], amount[PRICE_MONEY_BYTES];
    cli_say("`ttsq budget %s %s` undoes it", text_word(batch, shown),
            before ? price_money_text(before, amount) : NO_BUDGET);
}

static bool budget(struct session *s, const struct options *o, struct err *e) {
    int64_t batch_id, micros, before;
    if (!session_batch(s, o->batch, &batch_id, e))
        return false;
    if (o->amount && (!read_amount(s, batch_id, o->amount, &micros, e) ||
                      !store_batch_budget(s->store, batch_id, micros, &before, e)))
        return false;
    struct store_reader reader = {.batch = take_money};
    if (!store_status(s->store, batch_id, &reader, e))
        return false;
    if (o->amount && before != micros)
        say_undo(o->batch, before);
    return true;
}

const struct argp cmd_budget_argp = {
    .parser = on_option, .args_doc = "BATCH [AMOUNT|none]", .doc = doc, .children = args_children};

int cmd_budget(int argc, char **argv) {
    struct options o = {0};
    args_parse(&cmd_budget_argp, argc, argv, &o);
    struct session s;
    struct err e;
    bool ok = session_open(&s, o.amount ? SESSION_WRITE : SESSION_READ, &e) && budget(&s, &o, &e);
    session_close(&s);
    return ok ? 0 : cli_fail(&e);
}
