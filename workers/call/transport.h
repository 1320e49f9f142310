/*
 * transport: libcurl's result codes in our own words. Pure.
 */
#ifndef CALL_TRANSPORT_H
#define CALL_TRANSPORT_H

#include <curl/curl.h>

#include "provider/outcome.h"

/* Why we ended a transfer ourselves; libcurl only reports that a callback said no. */
enum transport_abort {
    TRANSPORT_NOT_ABORTED,
    TRANSPORT_ABORT_UNSENT,     /* the right to send was gone before the first byte */
    TRANSPORT_ABORT_RESENT,     /* libcurl wanted to send a second time */
    TRANSPORT_ABORT_TOO_LARGE,  /* answer or its headers over a limit */
    TRANSPORT_ABORT_STORAGE,    /* the answer's bytes could not be kept */
    TRANSPORT_ABORT_FIRST_BYTE, /* sent, and no answer has begun for too long */
    TRANSPORT_ABORT_STALL,      /* begun, and then no byte for too long */
    TRANSPORT_ABORT_TIMEOUT,
    TRANSPORT_ABORT_STOP, /* the worker has to end */
};

/* How the transfer ended. `sent`: the first byte of the request may have left; `answered`: a status
 * line has arrived. */
enum transport_end transport_end_of(CURLcode code, enum transport_abort abort, bool sent,
                                    bool answered);

#endif
