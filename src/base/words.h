/*
 * words: a command line cut into words, without a shell.
 *
 * As systemd cuts ExecStart: blanks separate, '…' and "…" hold a word together, and a backslash
 * (not in '…') makes the next character an ordinary one. Nothing is expanded: no $, ~, * or |.
 */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include "base/err.h"

#define WORDS_MAX 64         /* words of a line */
#define WORDS_BYTES_MAX 4096 /* of a line */

/* *out is a NULL-terminated list of 1 to WORDS_MAX words, to be freed by words_free. ERR_INPUT: no
 * word, a quote that is not closed, too much. Pure. */
bool words_split(const char *line, char ***out, struct err *e) MUST_CHECK;
void words_free(char **words); /* NULL is fine */

/* The line that words_split cuts into these words; to be freed. ERR_INPUT when it is too long. */
bool words_join(char *const *words, char **out, struct err *e) MUST_CHECK;

#endif
