/*
 * keys: every section and key of the configuration, one table row each: type, place, range,
 * default, help. The reader, the values' parser, `check --origin` and the test that compares them
 * with etc/ttsq.ini all walk these tables.
 *
 * To add a key: a field in config.h or profile.h, a row in keys.c, a line in etc/ttsq.ini, and for
 * a profile's key a line in etc/man/ttsq-profile.5.scd.
 */
#ifndef CONFIG_KEYS_H
#define CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a value is, and so what it is stored as. */
enum key_type {
    KEY_NAME,     /* char *: letters, digits, '.', '_', '-' */
    KEY_PATH,     /* char *: made absolute from the file's folder */
    KEY_TEXT,     /* char * */
    KEY_INT,      /* int, min … max */
    KEY_COUNT,    /* int64_t, min … max; durations in ms too */
    KEY_SIZE,     /* int64_t bytes, min … max; K, M, G, or KiB and so on, are powers of 1024 */
    KEY_AGE,      /* int64_t ms, a duration (base/duration.h); INT64_MAX from "forever" */
    KEY_RATE,     /* int64_t µs between calls, from N/s, N/min, N/h */
    KEY_RATE_NS,  /* int64_t ns between characters, the same */
    KEY_LENGTH,   /* struct measure_limit, "N codepoints", "N bytes", "N han" */
    KEY_PRICE,    /* struct profile_price, "15.00 USD/1M codepoints" */
    KEY_FACTOR,   /* int64_t millionths, "0.5" */
    KEY_BUDGET,   /* struct config_budget, "5.00 USD/day" */
    KEY_FLAG,     /* bool: true for the second of `choices` */
    KEY_LEVEL,    /* int: enum log_level */
    KEY_VARIABLE, /* a profile's variable of the key's name */
    KEY_OWN,      /* … of the name behind "var." */
    KEY_SAMPLE,   /* what a variable's value looks like, for `ttsq init`; the profile has none */
    KEY_TEMPLATE, /* struct template * */
    KEY_LIST,     /* char **, words */
    KEY_HEADER,   /* one more header "Name: template" */
    KEY_SET,      /* one more "/pointer TYPE VALUE" */
    KEY_QUERY,    /* one more "NAME=VALUE" */
    KEY_RULE,     /* one more "CONDITION… -> ACTION" */
    KEY_OK,       /* conditions of a success */
    KEY_AUDIO,    /* struct profile_audio: form, pointer, coding */
    KEY_FACTS,    /* struct fact_list; `choices` says how values are usually read */
    KEY_DATE,     /* int64_t ms since 1970, from YYYY-MM-DD */
    KEY_LIMIT,    /* a default for the account's key of the name behind "limit." */
    KEY_DROP,     /* names of inherited headers to leave out */
    KEY_INHERIT,  /* name of another profile */
    KEY_FILE,     /* [secrets]: any name = file:PATH */
};

struct key {
    const char *name;
    enum key_type type;
    bool repeats;    /* may stand several times in a section */
    bool whole_line; /* " ;" in it would be lost as a comment, so it is refused */
    bool quotes;     /* may begin and end with quotes; elsewhere they are a slip, and refused */
    size_t offset;   /* in the section's struct, for the types that are stored */
    int64_t min, max;
    const char *fallback; /* the default as it would be written; NULL = none, or worked out */
    const char *choices;  /* KEY_FLAG, KEY_LEVEL: "a|b"; KEY_FACTS: a word of fact_as_parse;
                             KEY_LIMIT: "lowest" or "highest" of an account's profiles counts */
    const char *join;     /* what goes between continued lines; NULL = one line only */
    const char *help;
};

enum section_kind {
    SECTION_TTSQ,
    SECTION_ACCOUNT,
    SECTION_PROFILE,
    SECTION_SECRETS,
    SECTION_KINDS
};

struct section_keys {
    const char *name;
    bool named; /* written [NAME:own-name] */
    const struct key *keys;
    size_t key_count;
};

extern const struct section_keys section_table[SECTION_KINDS];

#define KEY_OWN_PREFIX "var."
#define KEY_SAMPLE_PREFIX "sample."
#define KEY_LIMIT_PREFIX "limit."

/* The key that people mean who write `name`, which is a key elsewhere; NULL = not known. */
const char *key_meant(enum section_kind kind, const char *name);

/* The row for a key as written ("var.region" finds the row of "var."), or NULL. */
const struct key *key_find(enum section_kind kind, const char *name);

#endif
