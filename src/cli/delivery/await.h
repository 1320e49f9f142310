/*
 * await: batches until all of them have ended; each one's end is said when it comes.
 */
#ifndef CLI_DELIVERY_AWAIT_H
#define CLI_DELIVERY_AWAIT_H

#include "cli/delivery/follow.h"

/* Follows the batches of the list, of which those that are named twice are followed once, and says
 * on stderr (with options->json on stdout) how each ended. The exit code of the command: 0, 3 when
 * jobs of one failed, were cancelled or are held; a failure has been said. on_over and arg of the
 * options are its own. Blocks. */
int await_batches(struct session *s, struct followed *list, size_t count,
                  const struct follow_options *options);

#endif
