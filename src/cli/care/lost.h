/*
 * lost: the answers of a batch that are gone or not what was stored, and asking for them again.
 */
#ifndef CLI_CARE_LOST_H
#define CLI_CARE_LOST_H

#include "cli/pick.h"

/* Checks every answer of the picked done jobs against its hash and makes jobs whose answer is lost
 * ready again; says what was found. ERR_NOT_FOUND when a picked job is not done; ERR_FAILED, and
 * nothing is changed, when not one of several files is there: then the folder is not. Blocks for as
 * long as reading all answers takes. *jobs is how many were, or would be, moved. */
bool lost_ask_again(struct session *s, const struct pick *pick, int64_t *jobs,
                    struct err *e) MUST_CHECK;

#endif
