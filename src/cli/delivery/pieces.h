/*
 * pieces: the sound of a text that was spoken in several calls, as one.
 */
#ifndef CLI_DELIVERY_PIECES_H
#define CLI_DELIVERY_PIECES_H

#include "audio/join.h"
#include "cli/delivery/stored.h"

/* Writes them, checked and in order, without a gap, into the empty file `fd`. */
bool pieces_join(struct session *s, int results_fd, const struct stored_list *list, int fd,
                 struct join_report *report, struct err *e) MUST_CHECK;

#endif
