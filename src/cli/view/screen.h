/*
 * screen: the terminal as a live view: the whole of it, redrawn, and given back as it was whatever
 * ends the view: a key, a signal, a stop (Ctrl-Z), an error.
 */
#ifndef CLI_VIEW_SCREEN_H
#define CLI_VIEW_SCREEN_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"

#define SCREEN_COLUMNS_MAX 1000
#define SCREEN_ROWS_MAX 1000

/* Columns of the terminal that is this stream; 0 = it is none. */
size_t screen_columns(FILE *stream);

/* Can stdout show a live view? */
bool screen_is_live(void);

/* Draws again each `every_ms`, at each new size, and after a stop, until 'q' or a signal to end.
 * draw() writes lines to `out`; those that do not fit are cut. False with *e when draw() says so or
 * the terminal is gone. */
bool screen_watch(bool (*draw)(FILE *out, size_t columns, size_t rows, void *arg, struct err *e),
                  void *arg, int every_ms, struct err *e) MUST_CHECK;

#endif
