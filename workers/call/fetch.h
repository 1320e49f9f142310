/*
 * fetch: the second half of a call whose answer only says where the audio is: GET that URL, with no
 * key, no redirect, past the guard, in what is left of the call's time, several times if need be.
 * The call keeps its slot meanwhile, since it is not over.
 *
 *   transfer ends ─▶ fetch_goes_on ─▶ GET ─▶ ends ─▶ fetch_goes_on ─▶ pause ─▶ GET …
 */
#ifndef CALL_FETCH_H
#define CALL_FETCH_H

#include <curl/curl.h>

#include "base/err.h"

#define FETCH_TRIES_MAX 4
#define FETCH_PAUSE_MS 200 /* before the second try; then four times as long each time */

struct call;

/* A transfer of the call has ended and its wire is put back. True: it goes on, with a GET now or
 * soon. False: it is over; after a GET that brought no audio, answer.problem says why, and the
 * call's own code and abort are those of its first transfer again. */
bool fetch_goes_on(struct call *c, CURLcode code);

/* Begins the GET whose pause is over. */
void fetch_check_time(struct call *c);

#endif
