/*
 * server: what all requests share, and starting and stopping it in the right order.
 */
#ifndef SAY_SERVER_H
#define SAY_SERVER_H

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>

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
    pthread_t thread; /* serves connections */
    int wake_fd;      /* an eventfd: written to when that thread has to look */
    atomic_bool stopping;
    unsigned port;
};

/* Listens and serves on threads of its own; out->port is the real one. ERR_IO when the address
 * cannot be had. Whatever a failed start has made is left to the end of the process. */
bool server_start(const struct options *options, struct server *out, struct err *e) MUST_CHECK;

/* Stops accepting, ends what is in flight (the books call it a fault, "shutdown"), writes the
 * ledger. */
void server_stop(struct server *s);

#endif
