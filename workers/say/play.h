/*
 * play: how each fault looks on the wire. Which request gets which fault is decided elsewhere.
 *
 * To add a fault: its row in faults.h, its row in play.c's table, its test in
 * tests/fleet/test_say.py.
 */
#ifndef SAY_PLAY_H
#define SAY_PLAY_H

#include <microhttpd.h>

#include "exchange.h"

#define PLAY_REDIRECT_PATH "/v1/audio/elsewhere"

/* False for faults that give no audio, not even a part. */
bool play_needs_audio(enum fault_kind fault);

/* Answers as the exchange's fault wants it; without one, as one should. */
enum MHD_Result play_answer(struct exchange *x);

#endif
