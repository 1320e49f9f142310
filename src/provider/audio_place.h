/*
 * audio_place: the text of a profile's `audio` key: where in an answer the audio is.
 *
 *   body · json /data base64 · json /output/audio/url url · json-stream /data base64
 *   end=/code=20000000 · sse /data/audio hex end=/data/status=2 repeats
 *
 * Pure.
 */
#ifndef PROVIDER_AUDIO_PLACE_H
#define PROVIDER_AUDIO_PLACE_H

#include "provider/profile.h"

/* Fills form, coding, pointers and drops_repeat; the rest of *out stays. On failure (ERR_CONFIG)
 * *at is the offset of the fault and *out is untouched. */
bool audio_place_parse(const char *text, struct profile_audio *out, size_t *at,
                       struct err *e) MUST_CHECK;
void audio_place_release(struct profile_audio *audio);

#endif
