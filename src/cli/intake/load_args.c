/* load_args.c: see load_args.h. */
#include "cli/intake/load_args.h"

#include <string.h>

#include "base/clock.h"
#include "base/when.h"

enum {
    OPTION_VOICE = 0x300,
    OPTION_SPLIT,
    OPTION_PRIORITY,
    OPTION_WEIGHT,
    OPTION_AT,
    OPTION_BY,
    OPTION_CAP,
    OPTION_DELAY,
    OPTION_UNCERTAIN
};

const struct load_options load_args_defaults = {.split = RECORDS_LINE, .weight = 1};

static const struct argp_option option_table[] = {
    {"batch", ARGS_TEXT(struct load_options, batch), "NAME", 0,
     "One batch of this name (default: the file's name)", 0},
    {"profile", ARGS_TEXT(struct load_options, profile), "PROFILE", 0,
     "Which provider profile speaks", 0},
    {"voice", OPTION_VOICE, "NAME", 0, "Instead of the profile's voice", 0},
    {"split", OPTION_SPLIT, "line|paragraph|sentence|none", 0,
     "A job for each line (default; of Markdown and EPUB each paragraph), paragraph, sentence, or "
     "none: the whole file (chapter)",
     0},
    {"priority", OPTION_PRIORITY, "N", 0, "Higher goes first (default 0)", 0},
    {"weight", OPTION_WEIGHT, "N", 0, "Share among batches of equal priority, 1 to 1000", 0},
    {"by", OPTION_BY, "TIME", 0,
     "Should be done by then: a warning when it will not (orders nothing, see `ttsq boost`)", 0},
    {"cap", OPTION_CAP, "N", 0,
     "At most N of its jobs in flight, 1 to 4096 (default: as many as its account makes)", 0},
    {"append", ARGS_FLAG(struct load_options, append), NULL, 0,
     "Add to the batch that --batch names, behind what is in it, also while it runs", 0},
    {"at", OPTION_AT, "TIME", 0,
     "Not before TIME of the clock here: 06:30, 2026-11-22T06:30, or with +01:00 behind it", 0},
    {"delay", OPTION_DELAY, "TIME", 0,
     "Not before TIME from now: 30s, 5m, 1h; setting the clock changes nothing", 0},
    {"uncertain", OPTION_UNCERTAIN, "retry|hold", 0,
     "When a call's outcome is unknown (maybe billed): "
     "retry or hold",
     0},
    {"budget", ARGS_TEXT(struct load_options, budget), "AMOUNT", 0,
     "Most that the batch's calls may cost, as 2.00; then it waits (needs the profile's price)", 0},
    {"on-done", ARGS_TEXT(struct load_options, on_done), "COMMAND", 0,
     "Run this program, without a shell, when the batch has ended ('' = none)", 0},
    {"notify", ARGS_TEXT(struct load_options, notify), "URL", 0,
     "Call this URL when the batch has ended ('' = none)", 0},
    {"fresh", ARGS_FLAG(struct load_options, fresh), NULL, 0,
     "Call for every job, also when an equal request is answered already or on its way", 0},
    {"force", ARGS_FLAG(struct load_options, force), NULL, 0,
     "Also when the same content is in the queue", 0},
    {0},
};

static void take_voice(struct argp_state *state, const char *text, struct load_options *o) {
    if (*text == '\0')
        argp_error(state, "--voice must not be empty; leave it out for the profile's voice");
    o->voice = text;
}

static void take_split(struct argp_state *state, const char *text, struct load_options *o) {
    if (!records_split_parse(text, &o->split))
        argp_error(state, "--split must be line, paragraph, sentence or none, not '%s'", text);
}

static void take_uncertain(struct argp_state *state, const char *text, struct load_options *o) {
    if (strcmp(text, "retry") != 0 && strcmp(text, "hold") != 0)
        argp_error(state, "--uncertain must be retry or hold, not '%s'", text);
    o->uncertain = text;
}

static void take_time(struct argp_state *state, const char *option, const char *text,
                      int64_t *wall_ms) {
    struct err e;
    if (!when_parse(text, clock_wall_ms(), wall_ms, &e))
        argp_error(state, "%s: %s", option, e.msg);
}

static error_t on_option(int key, char *text, struct argp_state *state) {
    struct load_options *o = state->input;
    switch (key) {
    case OPTION_VOICE:
        take_voice(state, text, o);
        return 0;
    case OPTION_SPLIT:
        take_split(state, text, o);
        return 0;
    case OPTION_PRIORITY:
        o->priority =
            args_number(state, "--priority", text, -RECORDS_PRIORITY_MAX, RECORDS_PRIORITY_MAX);
        return 0;
    case OPTION_WEIGHT:
        o->weight = args_number(state, "--weight", text, 1, LOAD_WEIGHT_MAX);
        return 0;
    case OPTION_AT:
        take_time(state, "--at", text, &o->at_ms);
        return 0;
    case OPTION_BY:
        take_time(state, "--by", text, &o->by_ms);
        return 0;
    case OPTION_CAP:
        o->cap = args_number(state, "--cap", text, 1, CONFIG_CAP_MAX);
        return 0;
    case OPTION_DELAY:
        o->delay_ms = args_duration_ms(state, "--delay", text);
        return 0;
    case OPTION_UNCERTAIN:
        take_uncertain(state, text, o);
        return 0;
    case ARGP_KEY_END:
        if (o->append && !o->batch)
            argp_error(state, "--append goes with --batch NAME");
        if (o->at_ms && o->delay_ms)
            argp_error(state, "--at or --delay, not both");
        if (o->by_ms && o->by_ms <= o->at_ms)
            argp_error(state, "--by is not after --at");
        if (o->by_ms && o->delay_ms && o->by_ms - clock_wall_ms() <= o->delay_ms)
            argp_error(state, "--by is over before --delay is");
        return 0;
    default:
        return args_remember(key, text, state);
    }
}

const struct argp load_args = {.options = option_table, .parser = on_option};
