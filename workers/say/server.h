/*
 * server: what all requests share, and starting and stopping it in the right order.
 */
#ifndef SAY_SERVER_H
#define SAY_SERVER_H

#include <limits.h>
#include <poll.h>

#include "encode.h"
#include "ledger.h"
#include "options.h"
#include "pool.h"
#include "shape.h"
#include "wait.h"

struct MHD_Daemon;

struct server {
    const struct options *options;
    struct ledger *ledger;
    struct control *control;
    struct waiter *waiter;
    struct pool *pool;
    struct shapes shapes;
    struct files *files;
    struct vendor_counts *counts;
    struct encode_blob
        fixed[ENCODE_FORMATS];  /* shared answers of --answer-bytes; data NULL = none */
    char espeak_path[PATH_MAX]; /* "" = espeak-ng is not there */
    struct MHD_Daemon *daemon;
    unsigned port;
};

#define SERVER_MORE_FDS 2 /* that the caller waits for */

/* Listens; server_turn serves. out->port is the real one. ERR_IO when the address
 * cannot be had. Whatever a failed start has made is left to the end of the process. */
bool server_start(const struct options *options, struct server *out, struct err *e) MUST_CHECK;

/* Waits until something is to be done, or one of `more` is ready, and does it. `more` is as for
 * poll(2): a descriptor of -1 is passed over. */
void server_turn(struct server *s, struct pollfd more[SERVER_MORE_FDS]);

/* Stops accepting, ends what is in flight (the books call it a fault, "shutdown"), writes the
 * ledger. */
void server_stop(struct server *s);

#endif
