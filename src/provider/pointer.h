/*
 * pointer: JSON pointers (json_scan.h) in documents that are in memory, as jansson has them: to set
 * members of a request's body, and to look at the facts in the start of an error's body. Pure.
 */
#ifndef PROVIDER_POINTER_H
#define PROVIDER_POINTER_H

#include <jansson.h>

#include "base/err.h"

/* The scalar there as text, numbers as written by jansson; cut at `room` - 1 bytes, at a
 * character's edge. False: none there. */
bool pointer_text(const json_t *root, const char *pointer, char *out, size_t room);

/* Puts `value` (taken over, also on failure) there. Objects on the way are made; an element of an
 * array must exist, or be the one behind the last (its number, or -). ERR_INPUT: the way leads
 * through something that is neither. */
bool pointer_put(json_t *root, const char *pointer, json_t *value, struct err *e) MUST_CHECK;

#endif
