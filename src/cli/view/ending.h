/*
 * ending: what the end of a batch sets off, as a person says it and as he is told of it.
 */
#ifndef CLI_VIEW_ENDING_H
#define CLI_VIEW_ENDING_H

#include <jansson.h>
#include <stdio.h>

#include "cli/session.h"

/* `typed` is a command as in base/words.h, or "" for none. Its program is looked for as a shell
 * would, now, and the line with its whole path is *line, to be freed. ERR_USAGE: no such program,
 * a quote that is not closed; ERR_CONFIG: the service would not run it (workers/notify/trust.h). */
bool ending_command(const struct config *c, const char *typed, char **line,
                    struct err *e) MUST_CHECK;
/* `typed` is a URL, or "" for none. ERR_USAGE when it would not be called. */
bool ending_url(const struct config *c, const char *typed, struct err *e) MUST_CHECK;

/* When the batch ended and what came of what that set off, in lines on `out`; nothing when it
 * is not at an end and has set off nothing. */
bool ending_print(struct session *s, int64_t batch_id, FILE *out, struct err *e) MUST_CHECK;
/* What of that went wrong, each with what to do, for `ttsq why`;
 * nothing when all went well. */
bool ending_explain(struct session *s, int64_t batch_id, struct err *e) MUST_CHECK;
/* What was given up of a batch's ends is done again, and said so. ERR_NOT_FOUND: nothing was. */
bool ending_again(struct session *s, const char *batch, bool dry_run, struct err *e) MUST_CHECK;
/* As ending_print: puts "ended" and "endings" into *o. */
bool ending_json(struct session *s, int64_t batch_id, json_t *o, struct err *e) MUST_CHECK;

#endif
