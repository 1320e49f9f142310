/*
 * why: the one line in which people read what became of a call (verdict.why). Pure. Part of
 * outcome.
 *
 * Each function adds to the line, safe for terminals whatever others have said; what does not fit
 * is left out at a character's edge.
 */
#ifndef PROVIDER_WHY_H
#define PROVIDER_WHY_H

#include "provider/outcome.h"

void why_say(struct verdict *v, const char *text);
void why_say_status(struct verdict *v, int http_status); /* "HTTP 429 Too Many Requests" */

/* ": " and the words, white space folded into single spaces, without the last full stop, cut at 160
 * bytes. */
void why_say_words(struct verdict *v, const char *words);
/* The same of the start of an error body: the sentence in it that is meant for people, by the
 * shapes that providers use, or else all of it. */
void why_say_excerpt(struct verdict *v, const char *excerpt);

#endif
