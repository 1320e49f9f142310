/*
 * chars: what the splitter must know of single characters, and stepping through UTF-8.
 */
#ifndef TEXT_CHARS_H
#define TEXT_CHARS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The code point at `at` and where the next one begins; 0 at the end. */
uint32_t chars_at(const char *text, size_t bytes, size_t at, size_t *next);
/* The code point before `at` (not below `from`) and where it begins; 0 when there is none. */
uint32_t chars_before(const char *text, size_t from, size_t at, size_t *begin);

bool chars_is_space(uint32_t c);  /* of any width, line ends too */
bool chars_is_closer(uint32_t c); /* quotes (also those that open elsewhere) and closing brackets */
bool chars_is_opener(uint32_t c);
bool chars_is_sentence_mark(uint32_t c);
bool chars_is_cjk(uint32_t c); /* written without spaces between words */

size_t chars_skip_space(const char *text, size_t bytes, size_t at);
size_t chars_skip_space_back(const char *text, size_t from, size_t at);

#endif
