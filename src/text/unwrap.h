/*
 * unwrap: lines that were broken to fit a page become one line again. Pure.
 */
#ifndef TEXT_UNWRAP_H
#define TEXT_UNWRAP_H

#include <stddef.h>

/* Joins the hard-wrapped lines of a paragraph in place and returns its new length; the text stays
 * NUL-terminated when it was. A line end is a wrap when the next line's first word had no room
 * before the paragraph's longest line end; so headings, verses and lists keep their lines. Between
 * ideographs nothing is put in its place, else a space. */
size_t text_unwrap(char *text, size_t bytes);

#endif
