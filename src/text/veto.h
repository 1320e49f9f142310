/*
 * veto: is this sentence end one? The languages' abbreviations and habits, as data. Pure.
 */
#ifndef TEXT_VETO_H
#define TEXT_VETO_H

#include <stdbool.h>
#include <stddef.h>

/* Looks at the candidate `at` in the text, of a sentence that began at `from`. Returns 0 when it is
 * no sentence end, else where the sentence ends: `at`, or a little behind it, when closing quotes
 * follow (« Vraiment ? » il …). */
size_t veto_sentence(const char *text, size_t bytes, size_t from, size_t at);

#endif
