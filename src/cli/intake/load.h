/*
 * load: a source becomes a batch in the store, all of it or nothing.
 */
#ifndef CLI_INTAKE_LOAD_H
#define CLI_INTAKE_LOAD_H

#include "base/sha256.h"
#include "cli/intake/records.h"
#include "cli/session.h"

#define LOAD_WEIGHT_MAX 1000

struct load_options {
    const char *batch;     /* NULL = named after the first path */
    const char *profile;   /* NULL = the configuration's */
    const char *voice;     /* NULL = the profile's */
    const char *uncertain; /* "retry", "hold", NULL = the account's */
    enum records_split split;
    int64_t priority, weight, delay_ms;
    int64_t at_ms;       /* wall clock of its start; 0 = now, or after delay_ms */
    int64_t by_ms;       /* wall clock by which it should be done; 0 = any time */
    int64_t cap;         /* most of its jobs at a time; 0 = as many as its account makes */
    const char *budget;  /* "2.00" or "2.00 USD"; NULL = none */
    const char *on_done; /* a command; NULL = the configuration's, "" = none */
    const char *notify;  /* a URL; the same */
    bool append;         /* adds to the batch of that name, which must be there */
    bool fresh;          /* pay for each job, whatever has been answered before */
    bool force;          /* also when the same content is in the queue already */
    bool dry_run;        /* read and check only; the session needs no store then, but what was
                          * called before is known with it */
};

struct load_result {
    const char *path; /* the first that it was made of; the caller's */
    char batch[STORE_NAME_MAX + 1];
    char fingerprint[SHA256_HEX_BYTES]; /* of the content, with what makes another request of it */
    int64_t batch_id;                   /* 0 after a dry run that found no such batch */
    int64_t jobs, chars, empty_lines;
    int64_t split;       /* texts over the profile's limit, … */
    int64_t pieces;      /* … and in how many pieces they are spoken */
    bool estimated;      /* the next three are known: with a price, and in a dry run */
    int64_t calls;       /* that it will need */
    int64_t shared;      /* jobs that need none: their request was made, or is another job's, too */
    int64_t cost_micros; /* that they may cost */
    int64_t budget_micros; /* of the batch, in the same currency; 0 = none */
    const char *currency;  /* lives with the configuration; NULL = no price is known */
    bool already;          /* the same content is in the queue, under this name: nothing is added */
};

struct load_list {
    /* Hears of each batch when it is there; false with *e filled makes no more. NULL = nobody. */
    bool (*on_one)(const struct load_result *one, void *arg, struct err *e);
    void *arg;
    struct load_result *results; /* out: to be freed, also after a failure */
    size_t count;
};

/* Makes a batch of each path, or of all together when they have a name; what a dry run would make
 * of one path it knows when it comes to the next. Of the path that fails nothing is in the queue,
 * those before it stay. ERR_INPUT for bad input, ERR_USAGE for a batch name that is taken,
 * ERR_NOT_FOUND for a batch to add to that is not there, ERR_CONFIG for an unknown profile; ERR_IO
 * says whether something was added, as far as it can be known. Blocks. */
bool load_files(struct session *s, const struct load_options *options, char *const *paths,
                size_t count, struct load_list *list, struct err *e) MUST_CHECK;

#endif
