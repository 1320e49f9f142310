/*
 * excerpt: what a provider said that was no result, as it is kept with the attempt for who looks
 * closely: text without secrets, bounded. Pure.
 */
#ifndef CALL_EXCERPT_H
#define CALL_EXCERPT_H

#include "call.h"

#define EXCERPT_REFUSED_BYTES 1024 /* of a refusal: there may be very many of them */

/* Sets c->settle.excerpt, from c->answer.excerpt or the head of its body; NULL when nothing came or
 * the call was answered. It lives as long as the answer. Secrets are masked, bytes that are no text
 * become "N bytes of TYPE" and a few of them in hex. */
void excerpt_fill(struct call *c);

#endif
