/*
 * pick: which jobs a command is about: a batch, and what of it; the same words for retry, cancel,
 * hold and release.
 */
#ifndef CLI_PICK_H
#define CLI_PICK_H

#include <argp.h>

#include "cli/session.h"

struct pick {
    const char *batch;
    unsigned states; /* JOB_BIT()s; 0 = wherever the change may begin */
    int64_t job;     /* 0 = all */
    const char *why; /* NULL = for any reason */
    /* how the newest call ended: status 0 = whatever it was, error NULL, since 0 = any time */
    int64_t status_from, status_to;
    const char *code, *error, *error_or; /* code: as it was written */
    int64_t since_ms;                    /* wall clock */
    bool dry_run;
};

/* The children of such a command's struct argp: --job, --why, --code,
 * --error, --since, --dry-run, the batch's name, and -h.
 * Its parser says pick_begin(state, &pick) at ARGP_KEY_INIT. */
extern const struct argp_child pick_children[];
void pick_begin(struct argp_state *state, struct pick *pick);
/* All of that parser where there are no options but these; the input is a struct pick. */
error_t pick_only(int key, char *text, struct argp_state *state);

/* Is it not the whole batch, whatever the states? */
bool pick_is_filter(const struct pick *pick);

/* Does the change to what was picked. ERR_NOT_FOUND when a filter, of which the states are one,
 * matches nothing. What is as was asked for already is no error, nor is a whole batch that has
 * ended: then nothing is changed, and pick_say_already says so. *counts (may be NULL) is the batch
 * as it was before. */
bool pick_change(struct session *s, const struct pick *pick, enum store_change change,
                 struct session_counts *counts, struct store_changed *out,
                 struct err *e) MUST_CHECK;

/* When nothing was changed says why ("3 jobs of chapter-1 are held already") and is true: nothing
 * more is to be said. */
bool pick_say_already(const struct pick *pick, const struct store_changed *changed,
                      const char *what);

/* Of what was released or retried, those that wait for their time again: until when, and what
 * starts them now. */
void pick_say_waiting(const struct pick *pick, const struct store_changed *changed);

/* "3 jobs of chapter-1 are ready again", or with --dry-run "3 jobs of chapter-1 would be …". */
void pick_say(const struct pick *pick, const struct store_changed *changed, const char *what);

#endif
