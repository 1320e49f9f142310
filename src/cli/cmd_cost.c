/* cmd_cost.c: `ttsq cost`: what calls have cost. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/ensure.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/session.h"
#include "cli/view/table.h"
#include "cli/view/text.h"

#define DAY_S 86400

enum { OPTION_BY = 0x100, OPTION_SINCE };

struct options {
    enum store_bill_by by;
    const char *since;
    int64_t since_day; /* since 1970 */
    bool csv, json;
};

static const char *const by_names[] = {
    [STORE_BILL_BATCH] = "batch", [STORE_BILL_ACCOUNT] = "account", [STORE_BILL_DAY] = "day"};
#define BY_COUNT (sizeof by_names / sizeof by_names[0])

static const struct argp_option option_table[] = {
    {"by", OPTION_BY, "batch|account|day", 0, "Add up by batch (default), account or day", 0},
    {"since", OPTION_SINCE, "DATE", 0, "Calls of that day (UTC) and later, as 2026-11-21", 0},
    {"csv", ARGS_FLAG(struct options, csv), NULL, 0, "Comma-separated, amounts in millionths", 0},
    {"json", ARGS_FLAG(struct options, json), NULL, 0, "As JSON, amounts in millionths", 0},
    {0},
};

static const char doc[] = "What calls have cost, of profiles that have a price.\n"
                          "\n"
                          "  ttsq cost                          by batch\n"
                          "  ttsq cost --by day --since 2026-11-01\n"
                          "  ttsq cost --by account --csv\n"
                          "\v"
                          "BILLED is what answered calls cost: as the provider said, else by the "
                          "price. MAYBE is what calls "
                          "without a definite answer may have cost on top. A call belongs to the "
                          "day (UTC) on which it was "
                          "claimed.";

static void take_by(struct argp_state *state, const char *text, struct options *o) {
    for (size_t i = 0; i < BY_COUNT; i++)
        if (strcmp(by_names[i], text) == 0) {
            o->by = (enum store_bill_by)i;
            return;
        }
    argp_error(state, "--by must be batch, account or day, not '%s'", text);
}

static void take_since(struct argp_state *state, const char *text, struct options *o) {
    struct tm day = {0};
    const char *rest = strptime(text, "%Y-%m-%d", &day);
    struct tm asked = day;
    time_t t = rest && !*rest ? timegm(&day) : -1;
    if (t < 0 || asked.tm_mday != day.tm_mday)
        argp_error(state, "--since must be a date like 2026-11-21, not '%s'", text);
    o->since = text;
    o->since_day = t / DAY_S;
}

static error_t on_option(int key, char *text, struct argp_state *state) {
    struct options *o = state->input;
    switch (key) {
    case OPTION_BY:
        take_by(state, text, o);
        return 0;
    case OPTION_SINCE:
        take_since(state, text, o);
        return 0;
    case ARGP_KEY_ARG:
        args_refuse(state, text);
    case ARGP_KEY_END:
        if (o->csv && o->json)
            argp_error(state, "--csv and --json exclude each other");
        return 0;
    default:
        return args_remember(key, text, state);
    }
}

struct output {
    const struct options *options;
    json_t *rows;
    struct table table;
    int64_t count;
};

/* RFC 4180: quoted, with quotes doubled. */
static void print_csv_text(const char *text) {
    putchar('"');
    for (const char *s = text; *s; s++) {
        if (*s == '"')
            putchar('"');
        putchar(*s);
    }
    putchar('"');
}

static void csv_row(const struct store_bill_row *row) {
    print_csv_text(row->label);
    printf(",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%s\r\n", row->calls, row->chars,
           row->micros, row->maybe, row->currency);
}

static void json_row(struct output *out, const struct store_bill_row *row) {
    json_t *o = json_pack("{s:o, s:I, s:I, s:I, s:I, s:s}", by_names[out->options->by],
                          text_json(row->label), "calls", (json_int_t)row->calls, "chars",
                          (json_int_t)row->chars, "billed_micros", (json_int_t)row->micros,
                          "maybe_micros", (json_int_t)row->maybe, "currency", row->currency);
    ASSERT(o != NULL);
    json_array_append_new(out->rows, o);
}

static void table_row(struct table *t, const struct store_bill_row *row) {
    char shown[TEXT_SHOWN_BYTES], money[PRICE_MONEY_BYTES];
    table_cell(t, "%s", text_show(row->label, 64, shown));
    table_cell(t, "%" PRId64, row->calls);
    table_cell(t, "%" PRId64, row->chars);
    table_cell(t, "%s", price_money_text(row->micros, money));
    table_cell(t, "%s", price_money_text(row->maybe, money));
    table_cell(t, "%s", row->currency);
}

static void on_row(const struct store_bill_row *row, void *arg) {
    struct output *out = arg;
    out->count++;
    if (out->options->csv)
        csv_row(row);
    else if (out->options->json)
        json_row(out, row);
    else
        table_row(&out->table, row);
}

static bool cost(struct session *s, const struct options *o, struct err *e) {
    static const char *const heads[BY_COUNT][6] = {
        {"BATCH", "CALLS", "CHARACTERS", "BILLED", "MAYBE", ""},
        {"ACCOUNT", "CALLS", "CHARACTERS", "BILLED", "MAYBE", ""},
        {"DAY", "CALLS", "CHARACTERS", "BILLED", "MAYBE", ""}};
    struct output out = {.options = o, .rows = json_array()};
    table_init(&out.table, heads[o->by], 6, 1u << 1 | 1u << 2 | 1u << 3 | 1u << 4);
    if (o->csv)
        printf("%s,calls,characters,billed_micros,maybe_micros,currency\r\n", by_names[o->by]);
    bool ok = store_bill_each(s->store, o->by, o->since_day, on_row, &out, e);
    if (!ok)
        out.table.cell_count = 0;
    table_end(&out.table);
    if (ok && o->json)
        text_json_print(json_pack("{s:s, s:s, s:O}", "message_type", "cost", "by", by_names[o->by],
                                  "rows", out.rows),
                        false);
    json_decref(out.rows);
    if (ok && out.count == 0 && !o->json)
        cli_say("nothing was billed%s%s; a profile's `price = ` says what its calls cost",
                o->since ? " since " : "", o->since ? o->since : "");
    return ok;
}

const struct argp cmd_cost_argp = {
    .options = option_table, .parser = on_option, .doc = doc, .children = args_children};

int cmd_cost(int argc, char **argv) {
    struct options o = {.by = STORE_BILL_BATCH};
    args_parse(&cmd_cost_argp, argc, argv, &o);
    struct session s;
    struct err e;
    bool ok = session_open(&s, SESSION_READ, &e) && cost(&s, &o, &e);
    session_close(&s);
    return ok ? 0 : cli_fail(&e);
}
