/*
 * width: how many columns of a terminal a text takes: two for a wide character (Chinese, Japanese,
 * Korean, most emoji; Unicode's East Asian Width W and F, UAX 11), none for a mark upon the one
 * before. Pure; the text is UTF-8 that is safe to print, an invalid byte counts as one column.
 */
#ifndef TEXT_WIDTH_H
#define TEXT_WIDTH_H

#include <stddef.h>

size_t width_of(const char *s);

/* Bytes from the beginning of s that fit in so many columns; no character is cut. */
size_t width_fit(const char *s, size_t columns);

#endif
