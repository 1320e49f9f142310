/*
 * publish: a large answer becomes a file that is durably there under its content's name, or not at
 * all: checked, repaired, hashed, synced, linked, in libuv's thread pool, so that the disk stalls
 * no transfer. The slot has been handed on long before.
 *
 * `<results>/<kk>/<key>-<sha256>.<format>`: key is the attempt's random name (16 hex digits), kk
 * its last two. By the key the keeper finds and adopts a file whose settle was lost in a crash.
 */
#ifndef CALL_PUBLISH_H
#define CALL_PUBLISH_H

#include "call.h"

/* Begins; on_done runs on the loop with ok false and c->work_err filled when it could not be done
 * (ERR_SPACE: may be begun again). With ok true either c->audio_problem is set and nothing was
 * published, or c->audio, c->path and c->result.sha256 are filled. */
void publish_begin(uv_loop_t *loop, struct call *c, void (*on_done)(struct call *c, bool ok));

#endif
