/*
 * piece: jobs whose text is spoken in parts, one call each, one after the other. Everything here
 * runs within the caller's transaction.
 *
 *   piece_no   1 ──answered──▶ 2 ──answered──▶ … n ──answered──▶ n + 1, and the job is done
 */
#ifndef STORE_SQLITE_PIECE_H
#define STORE_SQLITE_PIECE_H

#include "store/store.h"

/* Writes the pieces of a new job. */
bool piece_insert_all(struct store *s, int64_t job_id, const size_t *ends, size_t count,
                      struct err *e) MUST_CHECK;

/* Is there a piece behind `piece_no`? Then its answer makes the job ready, else done. */
bool piece_follows(struct store *s, int64_t job_id, int64_t piece_no, bool *follows,
                   struct err *e) MUST_CHECK;

/* Piece `piece_no` has this result; the job becomes `state`. The counts of the batch are the
 * caller's. */
bool piece_answered(struct store *s, int64_t job_id, int64_t piece_no, int64_t result_id,
                    enum job_state state, struct err *e) MUST_CHECK;

/* What was claimed (piece_no, 0 = the whole text) becomes several pieces, the first of which is
 * next. */
bool piece_split(struct store *s, int64_t job_id, int64_t piece_no, const size_t *ends,
                 size_t count, struct err *e) MUST_CHECK;

/* The text is answered as a whole: it has no pieces, what was said of them serves nobody, and no
 * late answer of one serves the job. job.piece_no is the caller's. */
bool piece_drop_all(struct store *s, int64_t job_id, struct err *e) MUST_CHECK;

#endif
